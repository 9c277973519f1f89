"""The compiled scan, its numpy twin and RDKit find the same rows, whatever the fingerprints."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdkit import DataStructs

from molagent.patents.index import similarity
from molagent.patents.index.layout import FingerprintLayout, reordered
from molagent.patents.index.similarity import (
    find_similar_approximately,
    has_compiled_scan,
    needed_bits,
    search_threshold,
    search_top,
    tanimoto_of_counts,
)

KINDS = [False, pytest.param(True, marks=pytest.mark.skipif(
    not has_compiled_scan(), reason="numba is not installed: molagent[fast]"))]  # fmt: skip


@st.composite
def fingerprints(draw):
    """Draw fingerprints as a collection has them: some bits frequent, relatives and repeats."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0.005, 0.05, 0.5, 0.99]))
    frequency = rng.random(1024) * 2 * density
    bits = rng.random((draw(st.integers(1, 60)), 1024)) < frequency
    relatives = bits[rng.integers(0, len(bits), 40)] ^ (rng.random((40, 1024)) < 0.01)
    return np.concatenate([bits, relatives, bits[:5]])


def packed(bits):
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def by_rdkit(bits, query, at_least):
    """Return row and similarity, nearest first, ties by row."""
    texts = [(row + np.uint8(ord("0"))).tobytes().decode() for row in bits.astype(np.uint8)]
    prints = [DataStructs.CreateFromBitString(text) for text in texts]
    values = DataStructs.BulkTanimotoSimilarity(prints[query], prints)
    rows = [(row, value) for row, value in enumerate(values) if value >= at_least]
    return sorted(rows, key=lambda pair: (-pair[1], pair[0]))


def ordered(layout, bits, hits, n_queries):
    sizes = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    values = tanimoto_of_counts(layout, sizes[hits.query], hits.position, hits.common)
    rows = layout.rows[hits.position]
    found = [[] for _ in range(n_queries)]
    for at in np.lexsort((rows, -values)):
        found[hits.query[at]].append((int(rows[at]), float(values[at])))
    return found


@pytest.mark.parametrize("compiled", KINDS)
@settings(max_examples=25, deadline=None)
@given(bits=fingerprints(), at_least=st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 1.0]))
def test_hits_similarities_and_order_are_those_of_rdkit(compiled, bits, at_least):
    bits = bits[bits.any(axis=1)]  # RDKit calls two empty fingerprints equal, we do not
    if not len(bits):
        return
    words = packed(bits)
    layout = FingerprintLayout.from_bits(words)
    queries = [0, len(bits) // 2, len(bits) - 1]
    hits = search_threshold(layout, words[queries], at_least, compiled=compiled)
    found = ordered(layout, words[queries], hits, len(queries))
    assert found == [by_rdkit(bits, query, at_least) for query in queries]


@pytest.mark.parametrize("sample", [16, 16_384])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(bits=fingerprints(), top=st.integers(1, 30), at_least=st.sampled_from([0.0, 0.3, 0.7]))
def test_the_nearest_few_are_those_of_rdkit(monkeypatch, sample, bits, top, at_least):
    bits = bits[bits.any(axis=1)]
    if not len(bits):
        return
    words = packed(bits)
    layout = FingerprintLayout.from_bits(words)
    # a small sample makes a small layout take the way of a large one
    monkeypatch.setattr(similarity, "_SAMPLE", sample)
    hits = search_top(layout, words[:3], top, at_least)
    found = ordered(layout, words[:3], hits, len(words[:3]))
    for query, neighbours in enumerate(found):
        assert neighbours[:top] == by_rdkit(bits, query, at_least)[:top]


@pytest.mark.parametrize("compiled", KINDS)
def test_a_pair_on_the_threshold_is_found(compiled):
    # 7 of 10 in common: 0.7 as a quotient of doubles, not as a product
    bits = np.zeros((2, 1024), dtype=bool)
    bits[0, :10] = True
    bits[1, 3:10] = True
    words = packed(bits)
    layout = FingerprintLayout.from_bits(words)
    hits = search_threshold(layout, words[:1], 0.7, compiled=compiled)
    assert sorted(layout.rows[hits.position]) == [0, 1]
    hits = search_threshold(layout, words[:1], np.nextafter(0.7, 1), compiled=compiled)
    assert list(layout.rows[hits.position]) == [0]


@pytest.mark.parametrize("compiled", KINDS)
@settings(max_examples=25, deadline=None)
@given(bits=fingerprints(), at_least=st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]))
def test_an_approximate_answer_is_labelled_and_holds_nothing_wrong(compiled, bits, at_least):
    words = packed(bits)
    layout = FingerprintLayout.from_bits(words)
    exact = search_threshold(layout, words[:4], at_least, compiled=compiled)
    hits = search_threshold(layout, words[:4], at_least, compiled=compiled, proportional=True)
    every = set(zip(exact.query.tolist(), exact.position.tolist(), strict=True))
    some = set(zip(hits.query.tolist(), hits.position.tolist(), strict=True))
    assert some <= every
    if at_least == 1.0:
        assert some == every
    answer = find_similar_approximately(layout, words[:4], at_least=at_least)
    assert answer.approximate is True
    assert sum(map(len, answer.neighbours)) == len(some)


def test_each_query_can_have_a_threshold_of_its_own():
    words = packed(np.random.default_rng(3).random((200, 1024)) < 0.3)
    layout = FingerprintLayout.from_bits(words)
    together = search_threshold(layout, words[:3], np.array([0.2, 0.9, 0.2]))
    for query, at_least in enumerate([0.2, 0.9, 0.2]):
        alone = search_threshold(layout, words[query : query + 1], at_least)
        assert sorted(together.position[together.query == query]) == sorted(alone.position)


@pytest.mark.parametrize("at_least", [0.1, 0.3, 0.5, 0.7, 0.85, 0.9, 1.0])
def test_the_bits_needed_are_the_fewest_that_reach_the_threshold(at_least):
    needed = needed_bits(at_least, 64)
    for total, fewest in enumerate(needed):
        reaching = [
            common
            for common in range(1, total)
            if total - common > 0 and common / (total - common) >= at_least
        ]
        assert fewest == (reaching[0] if reaching else fewest)


def test_a_layout_in_another_order_has_the_same_popcounts():
    words = packed(np.random.default_rng(0).random((20, 1024)) < 0.1)
    order = np.random.default_rng(1).permutation(1024).astype(np.uint16)
    moved = reordered(words, order)
    assert (np.bitwise_count(moved).sum(axis=1) == np.bitwise_count(words).sum(axis=1)).all()
    assert (reordered(moved, np.argsort(order).astype(np.uint16)) == words).all()
