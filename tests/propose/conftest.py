from collections.abc import Mapping
from pathlib import Path

import pytest

from molagent.propose.vocabulary import MotifVocabulary, build_vocabulary

DRUGS: Mapping[str, str] = {
    "gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "tofacitinib": "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
    "baricitinib": "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1",
    "upadacitinib": "CC[C@@H]1CN(C(=O)NCC(F)(F)F)C[C@@H]1c1cnc2cnc3[nH]ccc3n12",
    "ruxolitinib": "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
    "filgotinib": "O=C(Nc1nc2cccc(-c3ccc(CN4CCS(=O)(=O)CC4)cc3)n2n1)C1CC1",
    "acetazolamide": "CC(=O)Nc1nnc(s1)S(N)(=O)=O",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "morphine": "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
    "cyclophosphamide": "O=P1(N(CCCl)CCCl)NCCCO1",
    "bortezomib": "CC(C)C[C@H](NC(=O)[C@H](Cc1ccccc1)NC(=O)c1cnccn1)B(O)O",
    "neostigmine": "CN(C)C(=O)Oc1cccc([N+](C)(C)C)c1",
    "nitrofurantoin": "O=C1CN(N=Cc2ccc([N+](=O)[O-])o2)C(=O)N1",
}


@pytest.fixture(scope="session")
def drugs() -> Mapping[str, str]:
    return DRUGS


@pytest.fixture(scope="session")
def vocabulary() -> MotifVocabulary:
    return build_vocabulary(DRUGS.values(), size=40, exclude=["C1CCCC1"])


@pytest.fixture(scope="session")
def drug_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "drugs.smi"
    path.write_text("SMILES\n" + "\n".join(DRUGS.values()) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_model(drug_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from molagent.propose.layers import PolicySettings
    from molagent.propose.training.generator import train_generator
    from molagent.propose.training.run import PolicyTrainingSettings
    from molagent.protocols import NullProgress

    out = tmp_path_factory.mktemp("run")
    report = train_generator(
        [drug_file],
        out,
        NullProgress(),
        steps=3,
        motifs=30,
        network=PolicySettings(width=16, heads=2, layers=2, encoder_layers=1, slot_width=8),
        settings=PolicyTrainingSettings(
            batch_size=8, seeded_batches=1, empty_batches=1, threads=1, workers=0
        ),
    )
    return report.folder
