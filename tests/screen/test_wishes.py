"""What a chemist asked of proposals: cores with exits, parts to keep and avoid, sizes."""

import pytest

from molagent.errors import ConfigError
from molagent.records import Verdict
from molagent.screen.wishes import Wishes, WishFilter

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ERLOTINIB = "C#Cc1cccc(Nc2ncnc3cc(OCCOC)c(OCCOC)cc23)c1"
LAPATINIB = "CS(=O)(=O)CCNCc1ccc(-c2ccc3ncnc(Nc4ccc(OCc5cccc(F)c5)c(Cl)c4)c3c2)o1"
IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
ANILINOQUINAZOLINE = "c1ccc(Nc2ncnc3ccccc23)cc1"


def reason(smiles, **asked):
    [answer] = WishFilter(Wishes(**asked)).judge([smiles])
    assert (answer.verdict is Verdict.FAIL) == bool(answer.reason)
    return answer.reason


def test_the_core_of_gefitinib_is_in_erlotinib_and_not_in_imatinib():
    assert reason(ERLOTINIB, core=ANILINOQUINAZOLINE) == ""
    assert reason(IMATINIB, core=ANILINOQUINAZOLINE).startswith("does not keep the core")


def test_where_a_core_has_exits_nothing_hangs_elsewhere():
    both = "[*]c1cc2ncnc(N[*])c2cc1[*]"
    assert reason(GEFITINIB, core=both) == ""
    # Lapatinib leaves one exit unused, which is allowed; a 2-methyl on the quinazoline is not.
    assert reason(LAPATINIB, core=both) == ""
    methyl = "COc1cc2nc(C)nc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
    assert reason(methyl, core=both).startswith("does not keep the core")


def test_required_and_protected_parts_are_named_with_their_key():
    assert reason(GEFITINIB, require=("C1COCCN1",)) == ""
    assert reason(ERLOTINIB, require=("C1COCCN1",)) == "lacks C1COCCN1 (require)"
    assert reason(IMATINIB, protect=("C#C",)) == "lacks C#C (protect)"
    assert reason(GEFITINIB, forbid=("Cl",)) == "holds Cl (forbid)"


def test_a_ring_drawn_by_double_bonds_finds_the_aromatic_one():
    assert reason(GEFITINIB, require=("C1=CC=CC=C1",)) == ""
    assert reason(GEFITINIB, forbid=("C1=CC=CC=C1",)) == "holds C1=CC=CC=C1 (forbid)"


def test_sizes_say_where_the_limit_is_from():
    assert reason(LAPATINIB, largest=36, why_largest=" (follows the series)") == (
        "40 heavy atoms, above 36 (follows the series)"
    )
    assert reason("c1ccccc1", smallest=10).startswith("6 heavy atoms, below 10")


@pytest.mark.parametrize("key", ["core", "protect", "require", "forbid"])
def test_what_is_no_structure_is_refused_with_its_key(key):
    value = "c1ccc(" if key == "core" else ("c1ccc(",)
    with pytest.raises(ConfigError, match=r"'c1ccc\(' is neither SMILES nor SMARTS") as caught:
        WishFilter(Wishes(**{key: value}))
    assert caught.value.place == f"[generate] {key}"
