import pytest

from molagent.records import Verdict
from molagent.screen.unstable import UnstableFilter, unstable_patterns

DRAWN = {
    "peroxide": "CC(C)(C)OOC(C)(C)C",
    "heteroatom_chain": "CN(C)N(C)N(C)C",
    "azide": "[N-]=[N+]=NCc1ccccc1",
    "open_hydrazine": "CN(C)NC",
    "nitroso": "O=Nc1ccccc1",
    "heteroatom_halogen": "CN(Cl)C",
    "hemiaminal": "CC(O)N1CCCCC1",
    "gem_diol": "CC(O)(O)CCc1ccccc1",
    "open_hemiacetal": "CC(O)OC",
    "open_aminal": "CN(C)CN(C)C",
    "ring_aminal": "CN1CCCN(C)C1",
    "sulfinic_acid": "O=S(O)c1ccccc1",
    "gem_diamine": "CC(N)Nc1ccccc1",
    "enol": "CCC(O)=CC",
    "enamine_with_nh": "CNC(C)=CC",
    "imine_with_nh": "CCC(C)=N",
    "open_imine": "CCC(C)=NC",
    "carbamic_acid": "CNC(=O)O",
    "alpha_halo_heteroatom": "COCCl",
    "diyne": "CC#CC#CC",
    "aminopyrrole": "Nc1cc2ncnc(C3CCNCC3)c2[nH]1",
    "halopyrrole": "Clc1cc2c(ncn2C)[nH]1",
    "hydroxypyrrole": "Oc1cc2cnccc2[nH]1",
    "aminofuran": "CNc1ccco1",
    "isoindole": "c1ccc2c[nH]cc2c1",
    "azole_tautomer": "CC1C=NC=C1",
    "fused_cyclopentadiene": "C1C=Cc2ncncc21",
    "indolenine": "CC1C=Nc2ccccc21",
    "fulvene": "C=C1C=CC=C1",
    "carbocyclic_azulene": "c1ccc2cccc2cc1",
    "cyanohydrin": "CC(O)C#N",
    "basic_aminonitrile": "CC(C#N)N1CCCCC1",
    "cyanamide": "N#CN1CCC(c2ccccc2)CC1",
    "n_vinyl_nitrile": "N#C/C=C/n1cnc2ccccc21",
    "acidic_malononitrile": "N#CC(C#N)Cc1ccccc1",
    "ring_sulfonyl_hydrazine": "CN1CCCS(=O)(=O)N1C",
    "sulfonyl_azole": "CS(=O)(=O)n1ccnc1",
    "acyl_azole": "CC(=O)n1ccnc1",
    "amino_azole": "Nn1ccnc1",
    "alkoxyamine": "CON(C)CCc1ccccc1",
    "acyloxyamine": "CC(=O)ON1CCCCC1",
    "nitramine": "CN(C)[N+](=O)[O-]",
    "oxazolidine": "CN1CCOC1c1ccccc1",
    "thiazolidine_nh": "C1CSC(c2ccccc2)N1",
    "open_acetal": "COC(OC)Cc1ccccc1",
    "open_thioacetal": "CSC(SC)c1ccccc1",
    "azole_aminal": "CN(C)Cn1cccn1",
    "bis_azole_methane": "c1cnn(Cn2cccn2)c1",
    "amino_sulfone": "CS(=O)(=O)CN1CCCCC1",
    "monofluoro_ether": "CC(F)OC",
    "acyloxy_amine": "CC(=O)OC(C)N1CCCC1",
    "vinyl_ether": "CCOC=CC",
    "ketene_acetal": "C=C(OC)OC",
    "ring_enamine": "N#CCCN1C=C[C@@H](c2ccccc2)CC1",
    "dihydropyridine": "CN1C=CCC=C1",
    "quinone_methide": "CC=C1C=CC(=O)C=C1",
    "nitro_beside_heteroatom": "CNC[N+](=O)[O-]",
}

REAL = {
    "cimetidine, a cyanoguanidine": "CN/C(=N\\CCSCc1nc[nH]c1C)NC#N",
    "vildagliptin, an acyl aminonitrile": "N#C[C@@H]1CCCN1C(=O)CNC12CC3CC(CC(O)(C3)C1)C2",
    "odanacatib, an acyl aminonitrile": (
        "CC(C)(F)C[C@H](N[C@@H](c1ccc(-c2ccc(S(C)(=O)=O)cc2)cc1)C(F)(F)F)C(=O)NC1(C#N)CC1"
    ),
    "ruxolitinib, a nitrile beside an azole": "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
    "vonoprazan, a sulfonylpyrrole": "CNCc1cc(-c2ccccc2F)n(S(=O)(=O)c2cccnc2)c1",
    "dimetindene, an indene": "CN(C)CCC1=C(C(C)c2ccccn2)c2ccccc21",
    "sulindac, an indene": "CC1=C(CC(=O)O)c2cc(F)ccc2/C1=C\\c1ccc(S(C)=O)cc1",
    "fluorescein's acetal-like carbon": "O=C1OC2(c3ccc(O)cc3Oc3cc(O)ccc32)c2ccccc21",
    "acyclovir, an N,O-acetal of an azole": "Nc1nc2c(ncn2COCCO)c(=O)[nH]1",
    "tegafur": "O=c1[nH]c(=O)n(C2CCCO2)cc1F",
    "lansoprazole": "Cc1c(OCC(F)(F)F)ccnc1CS(=O)c1nc2ccccc2[nH]1",
    "penicillin G, a thiazolidine": "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O",
    "sunitinib, a pyrrole with an amide": (
        "CCN(CC)CCNC(=O)c1c(C)[nH]c(/C=C2\\C(=O)Nc3ccc(F)cc32)c1C"
    ),
    "indometacin": "COc1ccc2c(c1)c(CC(=O)O)c(C)n2C(=O)c1ccc(Cl)cc1",
    "celecoxib": "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1",
    "ranitidine, a nitroketene aminal": "CNC(=C[N+](=O)[O-])NCCSCc1ccc(CN(C)C)o1",
    "topiramate, acetals in rings": "CC1(C)O[C@@H]2CO[C@@]3(COS(N)(=O)=O)OC(C)(C)O[C@H]3[C@@H]2O1",
    "muscimol, a hydroxyisoxazole": "NCc1cc(O)no1",
    "alosetron": "Cc1[nH]cnc1CN1CCc2c(c3ccccc3n2C)C1=O",
    "leflunomide's active enol": "C/C(O)=C(\\C#N)C(=O)Nc1ccc(C(F)(F)F)cc1",
    "vorinostat, a hydroxamic acid": "O=C(CCCCCCC(=O)Nc1ccccc1)NO",
    "imidacloprid, a nitroguanidine": "O=[N+]([O-])N=C1NCCN1Cc1ccc(Cl)nc1",
}


@pytest.fixture(scope="module")
def unstable():
    return UnstableFilter()


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_group_that_does_not_keep_fails_with_its_reason(unstable, name):
    answer = unstable.judge([DRAWN[name]])[0]
    assert answer.verdict is Verdict.FAIL
    assert any(problem.startswith(f"{name}: ") for problem in answer.evidence)


@pytest.mark.parametrize("name", REAL)
def test_a_drug_that_looks_like_one_passes(unstable, name):
    assert unstable.judge([REAL[name]])[0].reason == ""


def test_every_pattern_says_why_and_who_says_so():
    names = [pattern.name for pattern in unstable_patterns()]
    assert len(set(names)) == len(names)
    assert all(pattern.reason and len(pattern.source) > 12 for pattern in unstable_patterns())


def test_every_approved_jak_inhibitor_keeps(unstable, approved_jak_inhibitors):
    answers = unstable.judge(list(approved_jak_inhibitors.values()))
    assert {answer.reason for answer in answers} == {""}


def test_at_most_one_in_a_hundred_measured_jak_inhibitors_fails(unstable, measured_jak_inhibitors):
    answers = unstable.judge(measured_jak_inhibitors)
    assert sum(answer.verdict is Verdict.FAIL for answer in answers) <= 0.01 * len(answers)


def test_what_cannot_be_read_is_unknown(unstable):
    assert unstable.judge(["C1CC"])[0].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "smiles",
    [
        "CC(=O)CC(=O)Nc1ccccc1",  # a beta-dicarbonyl, which may be drawn as either tautomer
        "COC(=O)C1=C(C)NC(C)=C(C(=O)OC)C1c1ccccc1[N+](=O)[O-]",  # nifedipine: a stabilised enamine
        "CC(C)NCC(O)COc1cccc2ccccc12",  # propranolol
        "O=c1[nH]c2ccccc2[nH]1",
        "CON=C(C)c1ccccc1",  # an oxime ether
        "NC(=O)NN",  # a semicarbazide
        "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",  # glucose: a ring hemiacetal
    ],
)
def test_what_is_stabilised_passes(unstable, smiles):
    assert unstable.judge([smiles])[0].reason == ""


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("ring_hydrazine", "NN1CCC(n2cnc3cnc4[nH]ccc4c32)CC1"),
        ("ring_hydroxylamine", "Cc1nc2cnc3[nH]ccc3c2n1C1CONCC1(F)F"),
        ("ring_imine", "Cc1nc2cnc3[nH]ccc3c2n1C1CC=NCC1(F)CO"),
        ("lactol", "OC1CC(n2cnc3cnc4[nH]ccc4c32)CO1"),
        ("azole_hemiaminal", "N#CCC(O)n1c(CO)nc2cnc3[nH]ccc3c21"),
        ("acyl_imine", "COC(=O)N=C1CCC(n2cnc3cnc4[nH]ccc4c32)CC1"),
        ("alkoxy_azole", "COn1c(C)nc2cnc3[nH]ccc3c21"),
    ],
)
def test_what_graph_edits_like_and_chemists_do_not_is_named(name: str, smiles: str):
    assert name in UnstableFilter().judge([smiles])[0].reason


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("glucose", "OCC1OC(O)C(O)C(O)C1O"),
        ("linezolid", "CC(=O)NC[C@H]1CN(c2ccc(N3CCOCC3)c(F)c2)C(=O)O1"),
        ("abacavir", "Nc1nc(NC2CC2)c2ncn([C@@H]3C=C[C@H](CO)C3)c2n1"),
        ("cladribine", "Nc1nc(Cl)nc2c1ncn2[C@H]1C[C@H](O)[C@@H](CO)O1"),
    ],
)
def test_sugars_and_nucleosides_keep(name: str, smiles: str):
    assert UnstableFilter().judge([smiles])[0].verdict is Verdict.PASS, name


REFUSED = {
    "cyclic_hydroxamic_acid": [
        "O=C1CCCN1O",  # 1-hydroxypyrrolidin-2-one
        "O=C1c2ccccc2C(=O)N1O",  # N-hydroxyphthalimide
    ],
    "strained_hydrazide": ["CC(=O)NN1CCC1", "O=C(NN1CC1)c1ccccc1"],
    "cyano_acid": ["N#CCC(=O)O", "N#CC(Cc1ccccc1)C(=O)O"],
    "beta_keto_acid": [
        "CC(=O)CC(=O)O",  # acetoacetic acid
        "O=C(O)C1CCCCC1=O",  # the ring does not hold the enol back
    ],
    "malonic_acid": ["O=C(O)CC(=O)O", "O=C(O)C(Cc1ccccc1)C(=O)O"],
    "heteroaryl_acetic_acid": [
        "O=C(O)Cc1ccccn1",  # 2-pyridylacetic acid, sold as its hydrochloride
        "O=C(O)Cc1nc2ccccc2[nH]1",
        "O=C(O)Cc1ccnc2ccccc12",
        "O=C(O)Cc1nccs1",
    ],
    "cyclopropanone_hemiaminal": ["O=C1CCCN1C1(O)CC1", "CNC1(O)CC1"],
    "azole_acetal": [
        "C1CCC(n2cccn2)OC1",  # 1-(tetrahydropyran-2-yl)pyrazole
        "c1ccc2c(c1)ncn2C1CCCO1",
        "CCOC(C)n1cccn1",
    ],
    "hydroxyimidazole": ["Oc1nc2cnc3[nH]ccc3c2n1C", "Cn1cnc(O)c1"],
}

KEPT = {
    "cyclic_hydroxamic_acid": {
        "ciclopirox": "Cc1cc(C2CCCCC2)n(O)c(=O)c1",
        "zileuton": "CC(c1cc2ccccc2s1)N(O)C(N)=O",
        "fosmidomycin": "O=CN(O)CCCP(=O)(O)O",
    },
    "strained_hydrazide": {
        "rimonabant": "Cc1c(C(=O)NN2CCCCC2)nn(-c2ccc(Cl)cc2Cl)c1-c1ccc(Cl)cc1",
        "gliclazide": "Cc1ccc(S(=O)(=O)NC(=O)NN2CC3CCCC3C2)cc1",
        "isoniazid": "NNC(=O)c1ccncc1",
    },
    "cyano_acid": {
        "teriflunomide": "C/C(O)=C(\\C#N)C(=O)Nc1ccc(C(F)(F)F)cc1",
        "febuxostat": "Cc1nc(-c2ccc(OCC(C)C)c(C#N)c2)sc1C(=O)O",
    },
    "beta_keto_acid": {
        "levofloxacin": "C[C@H]1COc2c(N3CCN(C)CC3)c(F)cc3c(=O)c(C(=O)O)cn1c23",
        "ketoprofen": "CC(C(=O)O)c1cccc(C(=O)c2ccccc2)c1",
        "fenbufen, a gamma-keto acid": "O=C(O)CCC(=O)c1ccc(-c2ccccc2)cc1",
    },
    "malonic_acid": {
        "carbenicillin": "CC1(C)S[C@@H]2[C@H](NC(=O)C(C(=O)O)c3ccccc3)C(=O)N2[C@H]1C(=O)O",
        "clorazepic acid": "O=C(O)C1N=C(c2ccccc2)c2cc(Cl)ccc2NC1=O",
        "diethyl cyclobutane-1,1-dicarboxylate": "CCOC(=O)C1(C(=O)OCC)CCC1",
    },
    "heteroaryl_acetic_acid": {
        "zopolrestat, a phthalazinone": ("O=C(O)Cc1nn(Cc2nc3cc(C(F)(F)F)ccc3s2)c(=O)c2ccccc12"),
        "imidazol-4-ylacetic acid": "O=C(O)Cc1c[nH]cn1",
        "3-pyridylacetic acid": "O=C(O)Cc1cccnc1",
        "lonazolac": "O=C(O)Cc1cn(-c2ccccc2)nc1-c1ccc(Cl)cc1",
    },
    "cyclopropanone_hemiaminal": {
        "1-phenylcyclopropanol": "OC1(c2ccccc2)CC1",
        "trovafloxacin, an aminocyclopropane": (
            "N[C@@H]1[C@H]2CN(c3nc4c(cc3F)c(=O)c(C(=O)O)cn4-c3ccc(F)cc3F)C[C@@H]12"
        ),
    },
    "azole_acetal": {
        "didanosine": "O=c1[nH]cnc2c1ncn2[C@H]1CC[C@@H](CO)O1",
        "aciclovir": "Nc1nc2c(ncn2COCCO)c(=O)[nH]1",
        "staurosporine": (
            "CN[C@@H]1C[C@H]2O[C@](C)([C@@H]1OC)n1c3ccccc3c3c4c(c5c6ccccc6n2c5c31)C(=O)NC4"
        ),
    },
    "hydroxyimidazole": {
        "domperidone, drawn as its enol": ("Oc1nc2ccccc2n1CCCN1CCC(n2c(O)nc3cc(Cl)ccc32)CC1"),
        "CHEMBL219's imidazolone drawn as its enol": ("Cc1c(-c2ccccc2)nc(O)n1C1CCN(Cc2ccccc2)CC1"),
        "enoximone, an imidazolone": "CSc1ccc(C(=O)c2[nH]c(=O)[nH]c2C)cc1",
    },
}


@pytest.mark.parametrize(
    ("name", "smiles"), [(name, each) for name, many in REFUSED.items() for each in many]
)
def test_what_a_chemist_refused_fails_by_its_group(unstable, name, smiles):
    assert f"{name}: " in unstable.judge([smiles])[0].reason


@pytest.mark.parametrize(
    ("drug", "smiles"), [item for many in KEPT.values() for item in many.items()]
)
def test_a_real_compound_near_such_a_group_passes(unstable, drug, smiles):
    assert unstable.judge([smiles])[0].reason == "", drug
