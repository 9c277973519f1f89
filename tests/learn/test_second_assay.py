import numpy as np

from molagent.learn.second_assay import SecondAssay


def assay(same, when):
    size = len(same)
    return SecondAssay(
        name="screen",
        counts=np.zeros((size, 4096), dtype=np.uint16),
        embedding=None,
        values=np.zeros(size),
        censoring=np.zeros(size, dtype=np.int8),
        same=np.array(same),
        when=np.array(when, dtype=float),
    )


TRAIN = np.array([True, True, False, False])
WHEN = np.array([1.0, 2.0, 3.0, 4.0])


def test_forward_in_time_only_what_was_known_before_the_test_is_told():
    told = assay(same=[-1, 0, -1, -1], when=[1.0, 2.0, 3.0, np.nan])
    assert told.usable(TRAIN, ~TRAIN, WHEN).tolist() == [True, True, False, False]


def test_a_held_out_compound_is_not_answered_by_its_own_second_measurement():
    told = assay(same=[2, 3, 0, -1], when=[1.0, 1.0, 1.0, 1.0])
    assert told.usable(TRAIN, ~TRAIN, WHEN).tolist() == [False, False, True, True]
    unknown = np.full(4, np.nan)
    assert told.usable(TRAIN, ~TRAIN, unknown).tolist() == [False, False, True, True]


def test_dates_do_not_count_where_the_split_is_not_in_time():
    mixed = np.array([True, False, True, False])
    told = assay(same=[-1, -1], when=[9.0, np.nan])
    assert told.usable(mixed, ~mixed, WHEN).tolist() == [True, True]
