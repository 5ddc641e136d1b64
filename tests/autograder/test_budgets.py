"""One submission never stops the class, and the trusted side has budgets of its own."""

import base64
import json
import os
import signal
import time

import pytest

from autograder.protocol import Encoder, ProtocolError
from autograder.sandbox import Limits, start_template, wait_ready
from autograder.static import functions
from autograder.times import read_time
from tests.autograder.classes import fill, grade, marks
from tests.autograder.course import ID, hand_in, notebook, scores, submission
from tests.autograder.test_protocol import Decoder, refuse


@pytest.mark.parametrize(
    "stamp",
    ["0001-01-01 00:00:00 +14:00", "9999-12-31 23:59:59 -14:00", "2026-03-01 10:00:00 +9999", "yesterday", "\x00"],
)
def test_a_time_outside_of_all_years_is_no_time(stamp):
    assert read_time(stamp)[0] is None


def test_strange_submissions_do_not_stop_the_class(tmp_path):
    folder = fill(tmp_path / "strange", 2)
    for number, stamp in enumerate(("0001-01-01 00:00:00 +14:00", "2026-03-01 10:00:00 +9999")):
        hand_in(
            folder, f"odd{number}", submission({"double": f"def double(x):\n    # {number}\n    return 2 * x"}), stamp
        )
    hand_in(folder, "huge", submission({"double": "def double(x):\n    raise ValueError(10**9000)"}))
    done = grade(folder)
    assert done.returncode == 0, done.stderr
    found = {(row[0], row[2]): row[3] for row in marks(folder)[0]}
    assert [found[name, "test-double"] for name in ("odd0", "odd1", "huge")] == [2, 2, 0]
    assert grade(folder).stdout.startswith("0 graded")


def test_one_that_the_gradebook_refuses_is_that_students_line(tmp_path, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from autograder.course import load
    from autograder.gradebook import Gradebook
    from autograder.runs import Run
    from autograder.submissions import find

    course = load(fill(tmp_path / "refused", 3))
    record = Gradebook.record

    def refuses_one(self, batch, people=None):
        if any(student == "student01" for student, _, _ in batch):
            raise ValueError("string or blob too big")
        record(self, batch, people)

    monkeypatch.setattr(Gradebook, "record", refuses_one)
    with ThreadPoolExecutor(1) as executor:
        summary = Run(course, ID, course.job(ID)).run(find(course, ID, None, None).submissions, executor, 2)
    assert summary.failed == {"student01": "cannot be written into the gradebook: string or blob too big"}
    assert {row[0] for row in marks(course.root)[0]} == {"student00", "student02", "twin", "vandal"}


def test_what_a_notebook_shows_has_a_budget(grade):
    cells = json.loads(submission())["cells"]
    picture = base64.b64encode(bytes(1_400_000)).decode()
    cells[-1]["attachments"] = {f"p{i}.png": {"image/png": picture} for i in range(9)}
    noisy = "from IPython.display import Image, display\n"
    noisy += "for i in range(90):\n    display(Image(bytes(1_400_000), format='png'))"
    result = grade(notebook([{**cells[0], "metadata": {}, "source": noisy}, *cells]))
    assert len(json.dumps(result)) < 20_000_000
    assert scores(result)["test-double"] == 2
    assert "too large to be kept" in result["cells"][-1]["source"]


def test_a_set_of_equal_hashes_is_refused_at_once():
    equal = {i * (2**61 - 1) for i in range(200)}
    data = bytearray(Encoder(refuse).encode(equal))
    items = [i * (2**61 - 1) for i in range(30_000)]
    forged = b"e" + Encoder(refuse).encode(items)[1:]
    start = time.perf_counter()
    with pytest.raises(ProtocolError, match="one hash"):
        Decoder(forged, None, None).decode()
    assert time.perf_counter() - start < 10
    assert Decoder(bytes(data), None, None).decode() == equal


def test_nested_finally_is_not_compiled():
    text = "def f():\n"
    for depth in range(24):
        text += " " * (depth + 1) + "try:\n"
    text += " " * 25 + "pass\n"
    for depth in reversed(range(24)):
        text += " " * (depth + 1) + "finally:\n" + " " * (depth + 2) + "pass\n"
    start = time.perf_counter()
    assert functions([text]) == {}
    assert time.perf_counter() - start < 2


def test_a_signal_while_a_worker_is_asked_for_leaves_nothing_behind():
    template = start_template([], [], Limits())
    wait_ready(template)

    class Alarm(Exception):
        pass

    def alarm(*_: object) -> None:
        raise Alarm

    previous = signal.signal(signal.SIGALRM, alarm)
    try:
        rings = 0
        for number in range(40):
            signal.setitimer(signal.ITIMER_REAL, 0.0002 * (number % 20 + 1))
            worker = None
            try:
                worker = template.fork(number)
                time.sleep(0.01)
            except Alarm:
                rings += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            if worker is not None:
                worker.kill()
        assert rings >= 20
        last = template.fork(0)
        info = os.readlink(f"/proc/self/fd/{last.pidfd}")
        assert "pidfd" in info
        last.kill()
        assert last.pidfd is None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        template.close()


def test_a_reply_to_an_earlier_request_is_thrown_away():
    import socket

    template = start_template([], [], Limits())
    wait_ready(template)
    ours, theirs = socket.socketpair()
    with theirs:  # a request whose reply nobody has read
        request = {"limits": vars(Limits()), "uid": 1, "gid": 1, "seed": 1, "number": 1, "folder": "/tmp/notebook"}
        socket.send_fds(template.control, [json.dumps(request).encode()], [theirs.fileno()])
    worker = template.fork(2)
    worker.kill()
    assert worker.sock.fileno() == -1
    ours.close()
    template.close()
