"""What is loaded stays, and what is young is looked through less often."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from imageloom.runtime import collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.set_threshold(700, 10, 10)
    yield
    gc.unfreeze()
    if frozen:
        gc.freeze()
    gc.set_threshold(*threshold)
    gc.enable()


def test_nothing_is_looked_through_while_it_is_loaded() -> None:
    with collector.loading():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_is_loaded_is_never_looked_through_again() -> None:
    with collector.loading():
        loaded = [object()]
    assert all(found is not loaded for found in gc.get_objects())


def test_the_young_are_looked_through_less_often_and_the_old_as_before() -> None:
    _young, *old = gc.get_threshold()
    with collector.loading():
        pass
    assert gc.get_threshold() == (collector.YOUNG_OBJECTS, *old)


def test_what_could_not_be_loaded_leaves_the_collector_at_work() -> None:
    with pytest.raises(LookupError), collector.loading():
        raise LookupError
    assert gc.isenabled()
