"""What is worked out once while one question is answered, and forgotten with it."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lmpeval.once import once, remembering


class Counted:
    """Work that counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def test_outside_of_a_question_work_is_done_every_time():
    work = Counted()
    assert [once("key", work), once("key", work)] == [1, 2]


def test_within_a_question_it_is_done_once_and_forgotten_with_it():
    work = Counted()
    with remembering():
        assert [once("key", work), once("key", work), once("other", work)] == [1, 1, 2]
    with remembering():
        assert once("key", work) == 3


def test_what_fails_is_tried_again_and_leaves_nothing_behind():
    def fail() -> int:
        raise ValueError("no answer")

    work = Counted()
    with remembering():
        with pytest.raises(ValueError, match="no answer"):
            once("key", fail)
        assert once("key", work) == 1
    assert once("key", work) == 2


def test_a_question_within_a_question_does_not_end_it():
    work = Counted()
    with remembering():
        once("key", work)
        with remembering():
            assert once("key", work) == 2
        assert once("key", work) == 1


def test_threads_do_not_answer_for_each_other():
    work = Counted()
    with remembering(), ThreadPoolExecutor(1) as another:
        once("key", work)
        assert another.submit(once, "key", work).result() == 2


def test_what_lends_its_place_in_memory_to_a_key_lives_as_long_as_the_answer():
    held = np.zeros(3)
    alive = weakref.ref(held)
    with remembering():
        once(("key", id(held)), Counted(), held)
        del held
        gc.collect()
        assert alive() is not None
    gc.collect()
    assert alive() is None
