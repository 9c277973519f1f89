"""Keys are found wherever they stand, and words of one key are never another's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.patents.index.key_arrays import STEP, KeyArray, key_words

WORDS = st.integers(0, 2**64 - 1) | st.integers(0, 40) | st.integers(2**64 - 40, 2**64 - 1)


def array_of(keys) -> KeyArray:
    words = np.array(keys, dtype=np.uint64).reshape(-1, 2)
    order = np.lexsort((np.arange(len(words)), words[:, 0]))
    word = words[order, 0]
    return KeyArray(word, words[order, 1], order.astype(np.uint32), word[::STEP].copy())


@settings(max_examples=60, deadline=None)
@given(
    keys=st.lists(st.tuples(WORDS, st.integers(0, 3)), max_size=700),
    queries=st.lists(st.tuples(WORDS, st.integers(0, 3)), max_size=40),
    data=st.data(),
)
def test_all_rows_of_every_key_are_found(keys, queries, data):
    if keys:
        queries = queries + data.draw(st.lists(st.sampled_from(keys), max_size=40))
    asked = np.array(queries, dtype=np.uint64).reshape(-1, 2)
    query, rows = array_of(keys).find(asked)
    expected = [
        (at, row)
        for at, wanted in enumerate(queries)
        for row, key in enumerate(keys)
        if key == wanted
    ]
    assert list(zip(query.tolist(), rows.tolist(), strict=True)) == expected


@pytest.mark.parametrize("count", [1, STEP - 1, STEP, STEP + 1, 3 * STEP + 7])
def test_the_first_and_the_last_key_of_a_block_are_found(count):
    keys = [(7 * at + 3, 0) for at in range(count)]
    query, rows = array_of(keys).find(np.array(keys, dtype=np.uint64))
    assert rows.tolist() == query.tolist() == list(range(count))
    absent = np.array([(7 * at + 4, 0) for at in range(-1, count) if at >= 0], dtype=np.uint64)
    assert not len(array_of(keys).find(absent)[0])


def test_keys_that_share_the_sorted_word_are_told_apart():
    query, rows = array_of([(5, 1), (5, 2), (5, 1)]).find(np.array([(5, 1), (5, 3)], np.uint64))
    assert (query.tolist(), rows.tolist()) == ([0, 0], [0, 2])


LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=25, max_size=25)


@given(one=LETTERS, other=LETTERS)
def test_an_inchikey_is_packed_without_loss(one, other):
    keys = [f"{text[:14]}-{text[14:24]}-{text[24]}" for text in (one, other)]
    first, second = key_words("inchikey", keys)
    assert (first == second).all() == (one == other)


def test_letters_that_differ_at_any_place_give_other_words():
    base = "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"
    keys = [base]
    for place, letter in enumerate(base):
        if letter != "-":
            other = "A" if letter != "A" else "B"
            keys.append(base[:place] + other + base[place + 1 :])
    assert len({tuple(words) for words in key_words("inchikey", keys).tolist()}) == 26


@pytest.mark.parametrize("key", ["LFQSCWFLJHTTHZ", "lfqscwfljhtthz-uhfffaoysa-n", "", "Å" * 27])
def test_what_is_no_inchikey_is_named(key):
    with pytest.raises(InputError, match="is no inchikey key"):
        key_words("inchikey", ["LFQSCWFLJHTTHZ-UHFFFAOYSA-N", key])
