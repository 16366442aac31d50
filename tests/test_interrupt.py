import signal

import pytest

from lmpeval.interrupt import heard


def test_an_interrupt_that_was_dropped_is_raised_again():
    with heard() as stop_if_pressed:
        stop_if_pressed()  # nothing yet
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            stop_if_pressed()


def test_what_listened_before_listens_again():
    before = signal.getsignal(signal.SIGINT)
    with heard():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
