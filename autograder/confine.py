"""Shuts the calling process in, from the inside: its own namespaces, no privileges, few system calls, hard limits.

`clone_confined` is `os.fork` with fresh kernel namespaces; `confine` is called by the child before it runs anything
of a student's. Both need nothing but the standard library. On other systems than Linux they do what is possible
(a plain fork and limits), which is no sandbox: the caller has been told so.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

LINUX = sys.platform == "linux"
libc = ctypes.CDLL(None, use_errno=True) if LINUX else None
# The same library with the GIL held. Made once: each such object is a cycle, and a template does not collect any.
holding = ctypes.PyDLL(None, use_errno=True) if LINUX else None

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
NAMESPACES = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
ALL_NAMESPACES = NAMESPACES | CLONE_NEWUSER | 0x02000000 | 0x00000080  # with cgroup and time

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_DUMPABLE = 38, 22, 24, 4
STUDENT_UID = 1000  # what a confined process without privileges is told that it is

SYS_CLONE = {"x86_64": 56, "aarch64": 220}
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# System calls that neither Python nor NumPy needs: (number on x86_64, number on aarch64), None where there is none.
DENIED = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_setup": (206, 0),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    "uselib": (134, None),
    "vhangup": (153, 58),
    "syslog": (103, 116),
    "lookup_dcookie": (212, 18),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
}
CLONE3 = 435  # answered with "no such call", so that the C library takes clone, whose flags can be looked at


def clone_confined(new_user: bool) -> int:
    """Fork into new PID, mount, network, IPC and host-name namespaces (and a user namespace if `new_user`).

    Returns 0 in the child, which is process 1 of its namespace: when it dies the kernel kills all that it started.
    Raises OSError where the kernel refuses.
    """
    if not LINUX:
        return os.fork()
    flags = NAMESPACES | (CLONE_NEWUSER if new_user else 0) | signal.SIGCHLD
    # One clone in place of fork, unshare and fork again. The GIL is held throughout (pythonapi, PyDLL), there is one
    # thread only, and the hooks are those that os.fork runs.
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    pid = holding.syscall(SYS_CLONE[platform.machine()], flags, 0, 0, 0, 0)
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    python.PyOS_AfterFork_Parent()
    if pid < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"no new namespaces: {os.strerror(code)}")
    return pid


def map_user(uid: int, gid: int) -> None:
    """In a new user namespace: be user 1000, which outside is `uid`, the only one there is."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{STUDENT_UID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{STUDENT_UID} {gid} 1")


def private_mounts(tmp_bytes: int) -> None:
    """Give the process an empty /tmp and /dev/shm of its own, and nothing at all under /proc."""
    _mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    size = f"size={tmp_bytes},nr_inodes=4096,mode=1777".encode()
    _mount(b"tmpfs", b"/tmp", b"tmpfs", MS_NOSUID | MS_NODEV, size)
    _mount(b"tmpfs", b"/dev/shm", b"tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, size)
    _mount(b"tmpfs", b"/proc", b"tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | 1, b"size=4096,mode=0555")


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, data: bytes | None) -> None:
    if libc.mount(source, target, kind, flags, data):
        code = ctypes.get_errno()
        raise OSError(code, f"mount {target.decode()}: {os.strerror(code)}")


def drop_privileges(uid: int | None) -> None:
    """Become user `uid` (when root) and give up every capability, for good."""
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = struct.pack("Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    if libc.capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs could not be set")
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit(memory: int, processes: int, file_bytes: int, cpu_seconds: int) -> None:
    """Set the kernel's limits, hard ones, so that they cannot be raised again."""
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (getattr(resource, "RLIMIT_NPROC", None), processes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        if what is not None and (LINUX or what != resource.RLIMIT_AS):  # macOS cannot limit its address space
            resource.setrlimit(what, (value, value))


def filter_system_calls() -> None:
    """Install the seccomp filter: a denied call fails with EPERM, one for another architecture kills."""
    program = _seccomp_program(platform.machine())
    buffer = ctypes.create_string_buffer(program, len(program))
    fprog = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(PR_SET_SECCOMP, 2, fprog, 0, 0):
        raise OSError(ctypes.get_errno(), "the seccomp filter was refused")


def _seccomp_program(machine: str) -> bytes:
    """The filter in the kernel's classic BPF: load a word of the call's description, compare, jump, return."""
    column = list(AUDIT_ARCH).index(machine)
    load, equal, at_least, any_bit, ret = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, refuse = 0x7FFF0000, 0x80000000, 0x00050000
    numbers = sorted({numbers[column] for numbers in DENIED.values()} - {None})

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    steps = [
        step(load, 4),  # the architecture
        step(equal, AUDIT_ARCH[machine], 1, 0),
        step(ret, kill),
        step(load, 0),  # the number of the call
        step(at_least, 0x40000000, 0, 1),  # x32
        step(ret, kill),
        step(equal, CLONE3, 0, 1),
        step(ret, refuse | errno.ENOSYS),
    ]
    for number in numbers:
        steps += [step(equal, number, 0, 1), step(ret, refuse | errno.EPERM)]
    steps += [
        step(equal, SYS_CLONE[machine], 0, 3),
        step(load, 16),  # the low half of the first argument: the flags of clone
        step(any_bit, ALL_NAMESPACES, 0, 1),
        step(ret, refuse | errno.EPERM),
        step(ret, allow),
    ]
    return b"".join(steps)


def confine(settings: dict, sandboxed: bool) -> None:
    """Shut this process in. `settings` names tmp_bytes, memory, processes, file_bytes, cpu_seconds and, for a
    machine where the grader is root, the `uid` to become. Raises OSError if any lock does not close."""
    if sandboxed:
        private_mounts(settings["tmp_bytes"])
        drop_privileges(settings.get("uid"))
        filter_system_calls()
    limit(settings["memory"], settings["processes"], settings["file_bytes"], settings["cpu_seconds"])
