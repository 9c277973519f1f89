"""What a campaign decorates: a measured core that keeps what its series never varied."""

from rdkit import Chem

from molagent.campaign.cores import carried, decoration_core
from molagent.chem.scaffolds import murcko_scaffold
from molagent.records import PotentSeries, SeriesRule

AMIDES = (
    "O=C(Nc1cn(CC(=O)N2CC=CCC2)nc1-c1cc(Cl)ccc1OC(F)F)c1cnn2cccnc12",
    "O=C(Nc1cn(CC(=O)N2CCOCC2)nc1-c1cc(Cl)ccc1OC(F)F)c1cnn2cccnc12",
    "CN(C(=O)Cn1cc(NC(=O)c2cnn3cccnc23)c(-c2cc(Cl)ccc2OC(F)F)n1)C1(CO)CC1",
)
HINGE = "[NX3;!H0]~C~c~c~[nX2]"
SERIES = PotentSeries(
    series="S1",
    name="pyrazolopyrimidine",
    core="c1cnc2ccnn2c1",
    pattern="c1cnc2ccnn2c1",
    compound_ids=("a", "b", "c"),
    smiles=AMIDES,
    rules=(
        SeriesRule(
            kind="motif", name=HINGE, smarts=HINGE, series="S1", carried=3, of=3,
            reference_share=0.01,
        ),
    ),
)  # fmt: skip
MEASURED = {murcko_scaffold(smiles) for smiles in AMIDES}
ARYL = Chem.MolFromSmarts("FC(F)Oc1ccc(Cl)cc1")


def test_a_scaffold_of_a_series_keeps_the_aryl_that_all_of_it_carry():
    core = decoration_core(murcko_scaffold(AMIDES[0]), MEASURED, [SERIES], 28)
    assert Chem.MolFromSmiles(core).HasSubstructMatch(ARYL)
    assert carried([HINGE], core) == (HINGE,)


def test_without_rules_rings_go_by_size_as_before():
    core = decoration_core(murcko_scaffold(AMIDES[0]), MEASURED, [], 28)
    assert core == "O=C(Nc1cnn(CC(=O)N2CC=CCC2)c1)c1cnn2cccnc12"


def test_a_scaffold_that_a_generator_made_grows_on_a_measured_compound_of_its_series():
    made = murcko_scaffold(AMIDES[0].replace("N2CC=CCC2", "N2CCC3(CC2)COC3"))
    core = decoration_core(made, MEASURED, [SERIES], 28)
    assert Chem.MolFromSmiles(core).HasSubstructMatch(ARYL)


def test_no_room_is_no_core():
    assert decoration_core(murcko_scaffold(AMIDES[0]), MEASURED, [SERIES], 3) == ""
