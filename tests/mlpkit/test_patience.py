"""What takes too long is stopped, and the function at fault is named: the one that runs on, not one that it calls."""

import itertools
import signal
import threading
import time

import numpy as np
import pytest

from mlpkit.patience import NeverEnded, time_limit


def endless_in_numpy(z):
    while True:
        z = np.abs(z)


def endless_over_another(z):
    while True:
        quick(z)


def quick(z):
    return np.abs(z).sum()


def calls_an_endless_one(z):
    return endless_in_numpy(z)


def swallows_exceptions(z):
    while True:
        try:
            quick(z)
        except Exception:
            continue


def swallows_everything(z):
    for n in itertools.count():
        try:
            quick(z + n)
        except:  # noqa: E722 - as students write it
            continue


def waits(z):
    time.sleep(30)


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (endless_in_numpy, "endless_in_numpy"),
        (endless_over_another, "endless_over_another"),
        (calls_an_endless_one, "endless_in_numpy"),
        (waits, "waits"),
        (swallows_exceptions, "swallows_exceptions"),
        (swallows_everything, "swallows_everything"),
    ],
)
def test_a_loop_without_an_end_is_stopped_and_the_function_at_fault_named(function, named):
    start = time.monotonic()
    said = rf"^{named} did not come to an end within 0\.4 seconds: is there a loop that never ends\?"
    with pytest.raises(NeverEnded, match=said) as caught, time_limit(0.4):
        function(np.ones(3))
    assert caught.value.function == named
    assert time.monotonic() - start < 3


def test_what_ends_in_time_is_left_alone_and_so_is_what_comes_after_it():
    with time_limit(0.2):
        assert quick(np.ones(3)) == 3
    time.sleep(0.3)
    for _ in range(1000):
        quick(np.ones(3))


def test_an_exception_of_the_block_is_its_own():
    with pytest.raises(ZeroDivisionError), time_limit(5):
        1 / 0  # noqa: B018


def test_a_function_that_was_stopped_refuses_at_once_until_it_is_defined_anew():
    namespace = {"__name__": "__main__"}
    code = "def loop(z):\n    while True:\n        z = -z\ndef user(z):\n    return loop(z)\n"
    exec(compile(code, "<cell>", "exec"), namespace)
    with pytest.raises(NeverEnded), time_limit(0.3, refuse=True):
        namespace["user"](1)
    start = time.monotonic()
    with pytest.raises(NeverEnded, match=r"loop did not come to an end within 0\.3 seconds"):
        namespace["user"](1)
    assert time.monotonic() - start < 0.2
    exec("def loop(z):\n    return z", namespace)
    assert namespace["user"](1) == 1


def test_an_interrupt_by_the_reader_is_the_readers():
    before = signal.getsignal(signal.SIGINT)  # a run in the background is begun with interrupts ignored
    threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt), time_limit(5):
        endless_in_numpy(np.ones(3))
    assert signal.getsignal(signal.SIGINT) is before


def test_what_is_sent_as_the_block_ends_hits_nothing_that_comes_after_it():
    ended, a, before = 0, np.ones((200, 200)), signal.getsignal(signal.SIGINT)
    for n in range(60):
        until = time.monotonic() + 0.015 + n / 6000
        try:
            with time_limit(0.02):
                while time.monotonic() < until:
                    a @ a
        except NeverEnded:
            ended += 1
        sum(range(1000))
    assert 0 < ended < 60
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_of_the_main_thread_there_is_no_limit():
    done = []

    def work():
        with time_limit(0.05):
            time.sleep(0.2)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
