import signal

import pytest

from lmpeval.interrupt import heard


def test_an_interrupt_waits_for_the_end_of_a_piece_of_work():
    with heard() as stop_if_pressed:
        stop_if_pressed()  # nothing yet
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            stop_if_pressed()


def test_a_second_interrupt_does_not_wait():
    with heard():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_what_fails_after_an_interrupt_is_interrupted():
    def work():
        signal.raise_signal(signal.SIGINT)
        raise OSError("a worker is gone")

    with pytest.raises(KeyboardInterrupt), heard():
        work()


def test_what_fails_by_itself_keeps_its_error():
    with pytest.raises(OSError, match="gone"), heard():
        raise OSError("a worker is gone")


def test_what_listened_before_listens_again():
    before = signal.getsignal(signal.SIGINT)
    with heard():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
