import numpy as np

from benchmarks.lost_rows import count_lost_rows, generate_file
from benchmarks.reader_fuzz import fuzz_readers, mutated


def test_no_row_of_a_file_of_each_kind_is_lost():
    found = count_lost_rows(files=7, seed=5)
    assert [each.files for each in found] == [1] * 7
    assert sum(each.written for each in found) > 0
    assert sum(each.lost for each in found) == 0


def test_mutated_inputs_of_each_reader_end_in_a_sentence():
    found = fuzz_readers(inputs=15, seed=5)
    assert len(found) == 15
    assert [each.first for each in found if each.tracebacks] == []


def test_a_mutated_input_is_another_one_and_the_same_again_by_its_seed():
    content = generate_file("xlsx", np.random.default_rng(1)).content
    one, again = (mutated(content, np.random.default_rng(2)) for _ in range(2))
    assert one != content
    assert len(one) == len(again)
