import pytest

from molagent.errors import InputError
from molagent.propose.distances import SEED_BUCKETS
from molagent.propose.seeds import parse_seed
from molagent.propose.trace import FROZEN, LINK, OPTIONAL, REQUIRED


def test_dummies_become_required_exit_vectors():
    seed = parse_seed("[*:1]c1ccc2ncnc(N[*:2])c2c1")
    assert seed.smiles == "Nc1ncnc2ccccc12"
    assert seed.required.sum() == 2
    assert sorted(set(seed.atoms[:, 2].tolist())) == [FROZEN, REQUIRED]


def test_numbered_and_bare_exit_vectors_mean_the_same():
    assert parse_seed("[*:1]c1ccccc1").smiles == parse_seed("*c1ccccc1").smiles == "c1ccccc1"


def test_every_hydrogen_of_a_plain_core_may_be_replaced():
    seed = parse_seed("c1ncc2cc[nH]c2n1")
    assert seed.required.sum() == 0
    assert seed.atoms[:, 1].sum() == 5
    assert (seed.atoms[:, 2] == OPTIONAL).sum() == 5


def test_an_exit_vector_on_a_pyrrole_nitrogen_keeps_the_ring_aromatic():
    assert parse_seed("[*]n1ccc2cncnc21").smiles == "c1ncc2cc[nH]c2n1"


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("[*]C(C)(C)(C)C", "cannot exist"),
        ("[*]n1ccccc1", "cannot exist"),
        ("c1ccccc1.[*]C", "2 parts"),
        ("c1ccccc", "not a SMILES"),
        ("", "not a SMILES"),
        ("[*]=C1CCCCC1", "single bond"),
        ("C[*]C", "single bond"),
        ("[*][*]", "two exit vectors"),
        ("FC(F)(F)F", "no hydrogen"),
        ("[*]c1ccccc1[Sn](C)(C)C", "element table"),
    ],
)
def test_a_core_that_cannot_be_decorated_is_refused_with_the_reason(smiles: str, reason: str):
    with pytest.raises(InputError, match=reason):
        parse_seed(smiles)


def test_a_core_that_leaves_no_room_is_refused():
    with pytest.raises(InputError, match="heavy atoms"):
        parse_seed("[*]c1ccccc1[*]", max_heavy_atoms=7)


def test_two_fragments_have_one_linking_exit_each():
    seed = parse_seed("[*]c1ccncc1.[*]C1CC1", link=True)
    assert seed.smiles == "C1CC1.c1ccncc1"
    assert seed.atoms[[seed.link.start, seed.link.end], 2].tolist() == [LINK, LINK]
    assert seed.required[[seed.link.start, seed.link.end]].tolist() == [1, 0]
    assert (seed.atoms[:, 2] == FROZEN).sum() == seed.size - 2
    # "Not connected" is the last bucket of the distances.
    assert seed.distance[seed.link.start, seed.link.end] == SEED_BUCKETS - 1


def test_fragments_with_further_exits_are_linked_where_they_say_so():
    seed = parse_seed("[*:1]c1ccc([*:2])cc1.[*:3]N1CCC([*:1])CC1", link=True)
    assert seed.required.sum() == 3
    assert seed.required[seed.link.end] == 0
    assert seed.atoms[seed.link.end, 0] == 0  # carbon
    assert (seed.atoms[:, 2] == REQUIRED).sum() == 2


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("[*]c1ccccc1", "has 1 parts"),
        ("[*]C.[*]N.[*]O", "has 3 parts"),
        ("[*]c1ccccc1.C", "0 exit vectors"),
        ("[*]c1ccc([*])cc1.[*]C", "mark the linker"),
        ("[*:1]c1ccc([*:1])cc1.[*]C", "2 marked"),
        ("[*].[*]C", "hang on one atom"),
    ],
)
def test_fragments_that_cannot_be_linked_are_refused_with_the_reason(smiles: str, reason: str):
    with pytest.raises(InputError, match=reason):
        parse_seed(smiles, link=True)
