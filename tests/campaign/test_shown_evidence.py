"""What leaves the machine of a verdict holds no part of a structure."""

import pandas as pd
import pytest

from molagent.campaign.shown_evidence import shown_judgements

LOST_MOTIF = (
    "lost [nH]~c~[nX2], which 77 of 77 potent compounds of series S2 (tricyclic heteroaryl) carry: "
    "never varied"
)
LOST_CORE = (
    "lost the core pyrazolo[1,5-a]pyrimidine, which 440 of 440 potent compounds of series S1 "
    "(pyrazolo[1,5-a]pyrimidine (2)) carry: never varied"
)


def shown(filter_name, reason):
    judged = pd.DataFrame(
        [{"proposal_id": "P1-0001", "filter": filter_name, "verdict": "unknown", "reason": reason}]
    )
    overlaps = pd.DataFrame(columns=["proposal_id", "ordinal", "level", "visibility"])
    [row] = shown_judgements(judged, overlaps).to_dict("records")
    return row["reason"]


def test_a_lost_motif_or_core_is_told_by_series_and_counts():
    assert shown("series", LOST_MOTIF) == (
        "lost a motif that 77 of 77 potent compounds of series S2 carry"
    )
    assert shown("series", f"{LOST_CORE}; {LOST_MOTIF}") == (
        "lost a core that 440 of 440 potent compounds of series S1 carry; "
        "lost a motif that 77 of 77 potent compounds of series S2 carry"
    )


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("lacks c1ccc2[nH]ccc2c1 (require)", "lacks a part that was asked for"),
        ("holds C#N (forbid)", "holds a part that was ruled out"),
        ("does not keep the core [*]c1ccccc1", "does not keep the core that was asked for"),
        ("40 heavy atoms, above 36 (follows the series: 95 %)", "40 heavy atoms, above 36"),
        ("", ""),
    ],
)
def test_a_wish_is_told_without_the_structure_that_was_asked_for(reason, told):
    assert shown("wishes", reason) == told


def test_other_filters_keep_their_words():
    assert shown("properties", "mw 612 > 500") == "mw 612 > 500"
