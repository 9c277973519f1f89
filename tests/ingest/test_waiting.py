"""A process that was started ahead answers the next file, and only one ever waits."""

import pytest

from molagent.ingest import waiting
from molagent.ingest.parents import ParentFinder

BENZYLAMINE_HCL = "NCc1ccccc1.Cl"


@pytest.fixture
def nobody_waits():
    waiting._end_waiting()
    yield
    waiting._end_waiting()


@pytest.mark.usefixtures("nobody_waits")
def test_the_process_that_was_started_ahead_answers():
    waiting.start_ahead()
    (ahead,) = waiting._waiting
    begun = ahead._begun
    assert begun is not None
    assert begun.is_alive
    with ParentFinder() as finder:
        assert finder.find([BENZYLAMINE_HCL])["smiles"].tolist() == ["NCc1ccccc1"]
        assert ahead._process is begun
    # It waits for the next file, and a second start ahead makes no second process.
    waiting.start_ahead()
    assert waiting._waiting == [ahead]
    assert ahead._process is begun


@pytest.mark.usefixtures("nobody_waits")
def test_one_of_other_limits_is_left_waiting():
    waiting.start_ahead()
    (ahead,) = waiting._waiting
    with ParentFinder(max_atoms=50) as finder:
        assert finder.find([BENZYLAMINE_HCL])["smiles"].tolist() == ["NCc1ccccc1"]
        assert waiting._waiting == [ahead]


@pytest.mark.usefixtures("nobody_waits")
def test_one_that_dies_before_it_is_asked_is_replaced():
    waiting.start_ahead()
    (ahead,) = waiting._waiting
    ahead._begun.kill()
    with ParentFinder() as finder:
        assert finder.find([BENZYLAMINE_HCL])["smiles"].tolist() == ["NCc1ccccc1"]


@pytest.mark.usefixtures("nobody_waits")
def test_it_ends_with_the_program():
    waiting.start_ahead()
    begun = waiting._waiting[0]._begun
    waiting._end_waiting()
    assert not begun.is_alive
    assert waiting._waiting == []
