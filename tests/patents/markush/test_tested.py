"""A claim file is tried once for each text of it, and never skipped when something changed."""

import shutil

import pytest

from molagent.errors import FileFormatError
from molagent.patents.markush import claims, tested
from molagent.patents.markush.claims import read_claim
from tests.patents.conftest import EGFR_CLAIM


@pytest.fixture
def tries(monkeypatch, tmp_path):
    """Return the list of claims whose members were tried, with a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tried: list[str] = []
    check = claims.check_members

    def count(claim, place):
        tried.append(claim.claim_id)
        check(claim, place)

    monkeypatch.setattr(claims, "check_members", count)
    return tried


def test_a_claim_that_passed_is_not_tried_again(tries):
    first = read_claim(EGFR_CLAIM)
    assert read_claim(EGFR_CLAIM) == first
    assert tries == [first.claim_id]


def test_a_changed_text_is_tried_again_and_a_wrong_one_refused(tries, tmp_path):
    copy = tmp_path / "claim.toml"
    shutil.copy(EGFR_CLAIM, copy)
    read_claim(copy)
    text = copy.read_text()
    # Benzene lies outside this quinazoline claim.
    copy.write_text(text.replace("\nmembers = [", '\nmembers = ["c1ccccc1", ', 1))
    for _ in range(2):  # what failed is not remembered as passed
        with pytest.raises(FileFormatError, match="c1ccccc1 falls outside"):
            read_claim(copy)
    assert len(tries) == 3


def test_another_matcher_tries_every_claim_again(tries, monkeypatch):
    read_claim(EGFR_CLAIM)
    monkeypatch.setattr(tested, "_matcher", lambda: "another")
    read_claim(EGFR_CLAIM)
    assert len(tries) == 2


def test_without_a_place_to_note_it_every_reading_tries(tries, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    read_claim(EGFR_CLAIM)
    read_claim(EGFR_CLAIM)
    assert len(tries) == 2


@pytest.mark.usefixtures("tries")
def test_the_cache_holds_no_structure_and_no_name(tmp_path):
    claim = read_claim(EGFR_CLAIM)
    (mark,) = (tmp_path / "cache" / "molagent" / "claims").iterdir()
    assert mark.read_bytes() == b""
    assert claim.claim_id.lower() not in mark.name.lower()
