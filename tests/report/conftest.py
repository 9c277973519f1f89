"""A made-up campaign on real JAK drugs: structures are real, every number is invented."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from jak_like import JAK_LIKE
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold

from molagent.records import OVERLAP_COLUMNS
from molagent.report.content import ReportContent

DRUGS = {
    "tofacitinib": "C[C@@H]1CCN(C[C@@H]1N(C)c1ncnc2[nH]ccc12)C(=O)CC#N",
    "ruxolitinib": "N#CC[C@H](C1CCCC1)n1cc(cn1)-c1ncnc2[nH]ccc12",
    "baricitinib": "CCS(=O)(=O)N1CC(CC#N)(C1)n1cc(cn1)-c1ncnc2[nH]ccc12",
    "upadacitinib": "CC[C@@H]1CN(C[C@@H]1c1cnc2cnc3[nH]ccc3n12)C(=O)NCC(F)(F)F",
    "filgotinib": "O=C(Nc1nc2cccc(-c3ccc(CN4CCS(=O)(=O)CC4)cc3)n2n1)C1CC1",
    "fedratinib": "Cc1cnc(Nc2ccc(OCCN3CCCC3)cc2)nc1Nc1cccc(S(=O)(=O)NC(C)(C)C)c1",
    "abrocitinib": "CCCS(=O)(=O)N[C@H]1C[C@H](C1)N(C)c1ncnc2[nH]ccc12",
    "oclacitinib": "CNS(=O)(=O)C[C@H]1CC[C@@H](CC1)N(C)c1ncnc2[nH]ccc12",
    "momelotinib": "O=C(NCC#N)c1ccc(cc1)-c1ccnc(Nc2ccc(cc2)N2CCOCC2)n1",
    "pacritinib": "C1CCN(C1)CCOc1ccc2cc1COCC=CCOCc1cccc(c1)-c1ccnc(n1)N2",
}
ENDPOINTS = ("jak1_pki", "jak2_pki", "jak1_jak2", "solubility", "herg")
LEVELS = (
    "exact_in_claims",
    "in_confirmed_claim",
    "similar",
    "not_found",
    "not_found",
    "same_scaffold",
)
RACEMATE = "racemate, separate: the scores do not tell P1-0001 and P1-0002 apart"
MAKE = (
    {
        "how": "route",
        "steps": 2,
        "route": "1 amide_from_amine: N#CCC(=O)O [B0438 cyanoacetic acid] + CNC1CCCNC1",
        "buy": [
            {"smiles": "N#CCC(=O)O", "block_id": "B0438", "name": "cyanoacetic acid"},
            {"smiles": "CNC1CCCNC1", "block_id": "", "name": ""},
        ],
    },
    {"how": "not found", "reason": "unknown: no template cuts this structure"},
)
SEARCHED = (
    "SureChEMBL 2026-09-08, CPC C07D487 since 2000, exact keys, claims and 1024-bit similarity"
)


def jak_proposals() -> list[str]:
    """Return 24 analogues of four JAK drugs."""
    return [Chem.CanonSmiles(smiles) for smiles in JAK_LIKE]


def make_content(n: int = 24, seed: int = 7) -> ReportContent:
    """Return the content of a report on `n` shortlisted analogues."""
    draw = np.random.default_rng(seed)
    smiles = jak_proposals()[:n]
    ids = [f"P{1 + i % 3}-{i * 17 + 3:04d}" for i in range(len(smiles))]
    predictions = _predictions(ids, draw)
    desirability = np.sort(draw.uniform(0.55, 0.88, len(ids)))[::-1]
    return ReportContent(
        name="JAK1 first campaign",
        goal="A JAK1 inhibitor (pKi ≥ 8) at least tenfold selective over JAK2, soluble, with low "
        "hERG risk, that differs from the granted claims on the approved drugs.",
        campaign_id="3f9a41c07be2",
        config_hash="3f9a41c07be2d0c6b8a1f4e5d6c7b8a9",
        seed=1,
        policy="agents",
        version="0.1.0",
        created_at=datetime(2026, 11, 21, 21, 30, tzinfo=UTC),
        collection="A local folder of 214 publications on JAK inhibitors, with four claims that "
        "were entered and confirmed by hand.",
        timings=_timings(),
        sources=pd.DataFrame(
            [
                ["jak1_ki.csv", 1412, 1398, 14, "9b1c" * 16, "made up", "CC0"],
                ["jak2_ki.csv", 1920, 1911, 9, "77ae" * 16, "made up", "CC0"],
            ],
            columns=["name", "rows", "accepted", "rejected", "sha256", "source", "licence"],
        ),
        rejections=pd.DataFrame(
            [
                ["jak1_ki.csv", 118, "negative Ki '-3'", "CC(=O)Nc1ccc,-3,nM"],
                ["jak1_ki.csv", 407, "unknown concentration unit 'mm'", "c1ccncc1,12,mm"],
                ["jak2_ki.csv", 64, "'C1CC' is not a SMILES string", "C1CC,40,nM"],
            ],
            columns=["file", "row", "reason", "raw"],
        ),
        profile=_profile(),
        shortlist=_shortlist(smiles, ids, desirability, draw),
        predictions=predictions,
        components=_components(ids, predictions, draw),
        funnel=_funnel(),
        failures=_failures(),
        leavers=_leavers(),
        overlaps=_overlaps(ids),
        cards=_cards(draw),
        decisions=_decisions(),
        plans=_plans(),
        trajectory=_trajectory(ids, predictions, desirability, draw),
        settings={"project": {"name": "JAK1 first campaign", "seed": 1}, "steer": {"cycles": 3}},
        notes=("Every number in this report is invented for a test; only the drugs are real.",),
    )


def _profile() -> list[dict[str, object]]:
    rows = [
        ("potency", "jak1_pki", "maximise", 7.0, 9.0, 2.0, True, ""),
        ("selectivity", "jak1_jak2", "maximise", 0.0, 1.5, 1.0, True, ""),
        ("solubility", "solubility", "maximise", -6.0, -3.5, 1.0, True, ""),
        ("herg", "herg", "minimise", 0.2, 0.6, 0.5, False, "loses to the nearest neighbour"),
    ]
    keys = ("name", "endpoint", "direction", "low", "high", "weight", "reliable", "reason")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _predictions(ids: list[str], draw: np.random.Generator) -> pd.DataFrame:
    jak1 = draw.normal(8.3, 0.4, len(ids))
    jak2 = jak1 - draw.normal(1.0, 0.35, len(ids))
    columns = {
        "jak1_pki": (jak1, 0.42),
        "jak2_pki": (jak2, 0.47),
        "jak1_jak2": (jak1 - jak2, 0.6),
        "solubility": (draw.normal(-4.3, 0.4, len(ids)), 0.7),
        "herg": (draw.uniform(0.1, 0.7, len(ids)), 0.08),
    }
    rows = []
    for endpoint, (means, std) in columns.items():
        for place, (name, mean) in enumerate(zip(ids, means, strict=True)):
            blank = endpoint == "solubility" and place % 9 == 4
            value = float("nan") if blank else float(mean)
            spread = float("nan") if blank else std * (1 + 0.3 * (place % 3))
            rows.append((name, endpoint, value, spread, place % 7 != 3 and not blank))
    return pd.DataFrame(rows, columns=["proposal_id", "endpoint", "mean", "std", "in_domain"])


def _components(
    ids: list[str], predictions: pd.DataFrame, draw: np.random.Generator
) -> pd.DataFrame:
    table = predictions.set_index(["proposal_id", "endpoint"])
    rows = []
    for item in _profile():
        for name in ids:
            entry = table.loc[(name, str(item["endpoint"]))]
            known = not np.isnan(entry["mean"])
            wish = float(draw.uniform(0.3, 1.0)) if known else float("nan")
            rows.append((name, item["name"], entry["mean"], entry["std"], wish, item["weight"]))
    names = ["proposal_id", "objective", "value", "std", "desirability", "weight"]
    return pd.DataFrame(rows, columns=names)


def _shortlist(
    smiles: list[str], ids: list[str], desirability: np.ndarray, draw: np.random.Generator
) -> pd.DataFrame:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    drugs = {name: Chem.MolFromSmiles(text) for name, text in DRUGS.items()}
    prints = {name: generator.GetFingerprint(mol) for name, mol in drugs.items()}
    rows = []
    for place, (text, name) in enumerate(zip(smiles, ids, strict=True)):
        mol = Chem.MolFromSmiles(text)
        own = generator.GetFingerprint(mol)
        near = {drug: DataStructs.TanimotoSimilarity(own, fp) for drug, fp in prints.items()}
        nearest = max(near, key=near.__getitem__)
        Chem.RemoveStereochemistry(mol)
        rows.append(
            {
                "rank": place + 1,
                "proposal_id": name,
                "smiles": text,
                "desirability": float(desirability[place]),
                "acquisition": float(draw.uniform(0.3, 0.98)),
                "reason": "High predicted JAK1 affinity with a wide margin over JAK2; the amide "
                "tail is new for this scaffold in the data.",
                "generator": "graph" if place % 2 else "edits",
                "mode": "decorate" if place % 2 else "edit",
                "cycle": 1 + place % 3,
                "parents": [f"MA-{100 + place:06d}"] if place % 4 else [],
                "scaffold": MurckoScaffold.MurckoScaffoldSmiles(mol=mol),
                "nearest_id": f"MA-{list(DRUGS).index(nearest) + 1:06d} ({nearest})",
                "nearest_smiles": DRUGS[nearest],
                "nearest_similarity": near[nearest],
                "nearest_values": {"jak1_pki": 8.7, "jak2_pki": "<7.0"},
                "overlap_level": "not_checked" if place == 5 else LEVELS[place % len(LEVELS)],
                "place": ("best", "core", "explore")[place % 3],
                "order": RACEMATE if place % 2 else "",
                "order_ids": [name, f"{name}-mirror"] if place % 2 else [name],
                "state": "",
                "make": MAKE[place % len(MAKE)],
            }
        )
    return pd.DataFrame(rows)


def _overlaps(ids: list[str]) -> pd.DataFrame:
    rows = []
    for place, name in enumerate(ids):
        level = "not_checked" if place == 5 else LEVELS[place % len(LEVELS)]
        found = level not in {"not_found", "not_checked"}
        rows.append(
            dict.fromkeys(OVERLAP_COLUMNS)
            | {
                "proposal_id": name,
                "ordinal": 0,
                "level": level,
                "publication_number": "US-7265221-B2" if found else None,
                "title": "Pyrrolo[2,3-d]pyrimidine compounds" if found else None,
                "assignee": "Pfizer Inc" if found else None,
                "publication_date": "2007-09-04" if found else None,
                "section": "claims" if found else None,
                "claim_id": "US-7265221-B2#1" if level == "in_confirmed_claim" else None,
                "matched_name": "tofacitinib" if level == "similar" else None,
                "matched_smiles": None,
                "similarity": 0.71 if level == "similar" else float("nan"),
                "assignment": {"R1": "CC#N", "R2": "C"} if level == "in_confirmed_claim" else {},
                "searched": SEARCHED,
                "source": "SureChEMBL bulk data, CC BY 4.0" if found else None,
                "reason": "the search ran into its time limit" if level == "not_checked" else "",
            }
        )
    return pd.DataFrame(rows)


def _funnel() -> pd.DataFrame:
    stages = ("valid", "controlled list", "alerts", "oral rules", "patents", "predictable")
    rows = []
    for cycle, proposed in ((1, 400), (2, 412), (3, 398)):
        left = proposed
        for ordinal, stage in enumerate(stages):
            failed = (0, 0, 61, 48, 37, 0)[ordinal] + 3 * cycle * (ordinal > 1)
            unknown = 6 if stage == "predictable" else 0
            rows.append((cycle, ordinal, stage, left, left - failed - unknown, failed, unknown))
            left -= failed + unknown
    names = ["cycle", "ordinal", "stage", "entered", "passed", "failed", "unknown"]
    return pd.DataFrame(rows, columns=names)


def _failures() -> pd.DataFrame:
    reasons = [
        ("alerts", "Michael acceptor", 38),
        ("patents", "inside confirmed claim US-7265221-B2#1", 37),
        ("oral rules", "tpsa 148 > 140", 29),
        ("alerts", "aldehyde", 23),
        ("oral rules", "rotb 11 > 10", 19),
    ]
    return pd.DataFrame(
        [(cycle, *row) for cycle in (1, 2, 3) for row in reasons],
        columns=["cycle", "filter", "reason", "n"],
    )


def _leavers() -> pd.DataFrame:
    rows = [
        ("P1-0200", DRUGS["tofacitinib"], "patents", "same structure in a claims section"),
        ("P1-0201", "C=CC(=O)N1CCC(C1)Nc1ncnc2[nH]ccc12", "alerts", "Michael acceptor"),
        ("P2-0202", "O=Cc1ccc(cc1)-c1ncnc2[nH]ccc12", "alerts", "aldehyde"),
        ("P2-0203", DRUGS["pacritinib"], "oral rules", "mw 473 > 450"),
        ("P3-0204", "not a structure", "valid", "'not a structure' is not a SMILES string"),
    ]
    return pd.DataFrame(rows, columns=["proposal_id", "smiles", "filter", "reason"])


def _cards(draw: np.random.Generator) -> list[dict[str, object]]:
    observed = draw.normal(7.6, 0.9, 220)
    parity = [
        [float(o), float(o + e), 0.5]
        for o, e in zip(observed, draw.normal(0, 0.5, 220), strict=True)
    ]
    split = {
        "n": 220.0,
        "rmse": 0.62,
        "mae": 0.47,
        "r2": 0.58,
        "rmse_mean": 0.95,
        "rmse_nearest": 0.81,
        "spearman": 0.77,
        "coverage_90": 0.88,
        "coverage_90_recalibrated": 0.9,
    }
    bands = [
        {
            "band": "in",
            "similarity_at_least": 0.65,
            "in_domain": True,
            "n": 120,
            "rmse": 0.5,
            "coverage_90": 0.91,
        },
        {
            "band": "near",
            "similarity_at_least": 0.4,
            "in_domain": True,
            "n": 80,
            "rmse": 0.7,
            "coverage_90": 0.87,
        },
        {
            "band": "out",
            "similarity_at_least": 0.0,
            "in_domain": False,
            "n": 0,
            "rmse": None,
            "coverage_90": None,
        },
    ]
    local = {
        "kind": "local",
        "n_train": 1398,
        "source": "jak1_ki.csv",
        "data_hash": "5b1a90c7d2e4f386",
        "model_hash": "b81c55e2a0f94d13",
        "reliable": True,
        "reason": "",
        "metrics": {"scaffold": split, "random": {**split, "rmse": 0.51, "r2": 0.7}},
        "domain_bands": bands,
        "parity": parity,
        "note": "Not for covalent inhibitors.",
    }
    admet = {
        "kind": "classification",
        "n_train": None,
        "source": "TDC, shipped with admet-ai",
        "model_hash": "c0ffee0123456789",
        "note": "Global model; its own test set.",
    }
    return [
        {**local, "endpoint": "jak1_pki", "title": "JAK1 pKi", "unit": "pKi"},
        {
            **local,
            "endpoint": "jak2_pki",
            "title": "JAK2 pKi",
            "unit": "pKi",
            "n_train": 1911,
            "source": "jak2_ki.csv",
        },
        {
            **admet,
            "endpoint": "solubility",
            "title": "Aqueous solubility",
            "unit": "log mol/L",
            "reliable": True,
            "reason": "",
            "metrics": {"r2": 0.81, "rmse": 0.74, "mae": None},
        },
        {
            **admet,
            "endpoint": "herg",
            "title": "hERG block",
            "unit": "probability",
            "reliable": False,
            "reason": "loses to the nearest neighbour on the scaffold split",
            "metrics": {"auroc": 0.71},
        },
    ]


def _timings() -> pd.DataFrame:
    rows = [(0, "ingest", 3.2)]
    for cycle in (1, 2, 3):
        stages = ("fit", "propose", "screen", "rank", "decide")
        rows += [(cycle, stage, 4.0 * cycle + i) for i, stage in enumerate(stages)]
    rows.append((3, "select", 2.4))
    return pd.DataFrame(rows, columns=["cycle", "stage", "seconds"])


def _decisions() -> pd.DataFrame:
    rows = []
    for cycle in (1, 2):
        rows += [
            (
                cycle,
                0,
                "data analyst",
                "trust_models",
                "Both kinase models keep their intervals "
                "on the scaffold split; hERG does not and is weighed down.",
                ["model:b81c55e2a0f94d13"],
                {"weight": {"herg": 0.5}},
            ),
            (
                cycle,
                1,
                "patent analyst",
                "avoid_claim",
                "37 structures were stopped by one "
                "confirmed claim; the next cycle is to be designed around it.",
                ["tool:claims/3"],
                {"claim": "US-7265221-B2#1"},
            ),
            (
                cycle,
                2,
                "chair",
                "set_plan",
                "More decoration of the two leading scaffolds, less "
                "de novo: de novo gave 3 of 40 leaders.",
                ["P1-0003", "P1-0105"],
                {"exploration": 0.4},
            ),
        ]
    names = ["cycle", "ordinal", "actor", "action", "reason", "sources", "parameters"]
    return pd.DataFrame(rows, columns=names)


def _plans() -> list[tuple[int, dict[str, object]]]:
    steps = [
        {"generator": "graph", "mode": "de_novo", "count": 80, "seed_ids": [], "temperature": 1.0},
        {
            "generator": "graph",
            "mode": "decorate",
            "count": 160,
            "scaffold_id": "MA-000001",
            "seed_ids": [],
            "temperature": 1.1,
        },
        {
            "generator": "edits",
            "mode": "edit",
            "count": 160,
            "seed_ids": [f"MA-{i:06d}" for i in range(1, 8)],
            "temperature": 1.0,
        },
    ]
    plan = {
        "steps": steps,
        "weights": {"herg": 0.5},
        "avoid_claims": ["US-7265221-B2#1"],
        "exploration": 0.4,
        "stop": False,
    }
    return [(cycle, plan) for cycle in (1, 2, 3)]


def _trajectory(
    ids: list[str], predictions: pd.DataFrame, best: np.ndarray, draw: np.random.Generator
) -> pd.DataFrame:
    table = predictions.pivot_table(index="proposal_id", columns="endpoint", values="mean")
    rows = [
        (
            1 + i % 3,
            name,
            float(best[i]),
            table.loc[name, "jak1_pki"],
            table.loc[name, "jak2_pki"],
            "graph",
            "decorate",
        )
        for i, name in enumerate(ids)
    ]
    for place in range(700):
        cycle = 1 + place % 3
        jak1 = draw.normal(7.2 + 0.2 * cycle, 0.5)
        wish = float(np.clip(draw.normal(0.3 + 0.08 * cycle, 0.13), 0, 0.85))
        rows.append(
            (
                cycle,
                f"P{cycle}-{2000 + place}",
                wish,
                jak1,
                jak1 - draw.normal(0.4, 0.5),
                "edits",
                "edit",
            )
        )
    names = ["cycle", "proposal_id", "desirability", "jak1_pki", "jak2_pki", "generator", "mode"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="session")
def content() -> ReportContent:
    """Return the whole made-up campaign."""
    return make_content()


# endpoint, unit, direction, reliable, reason, figures, smallest and largest prediction
PANEL = (
    ("AMES", "probability", "minimise", True, "", {"auroc": 0.88}, 0.05, 0.95),
    ("DILI", "probability", "minimise", True, "", {"auroc": 0.87}, 0.7, 0.99),
    ("HIA_Hou", "probability", "maximise", True, "", {"auroc": 0.99}, 0.9, 0.97),
    ("CYP3A4_Veith", "probability", "minimise", True, "", {"auroc": 0.91}, 0.0, 0.4),
    ("PPBR_AZ", "%", "context", True, "", {"r2": 0.59}, 40.0, 90.0),
    ("Caco2_Wang", "log(10^-6 cm/s)", "maximise", True, "", {"r2": 0.71}, -6.0, -4.5),
    ("Half_Life_Obach", "hr", "context", False, "R2 -2.39 is not above 0.5", {"r2": -2.39}, -3, 30),
    (
        "Clearance_Hepatocyte_AZ",
        "uL/min/10^6 cells",
        "minimise",
        False,
        "R2 0.26 is not above 0.5",
        {"r2": 0.26},
        -9.0,
        40.0,
    ),
)


def with_panel(content: ReportContent, rows: Sequence[tuple[object, ...]] = PANEL) -> ReportContent:
    """Return the content with ADMET predictions that no objective asks for, every number invented.

    The first compound has no value for the first endpoint, the second lies outside its domain.
    """
    ids = list(content.shortlist["proposal_id"])
    cards, frames = [], [content.predictions]
    for endpoint, unit, direction, reliable, reason, metrics, low, high in rows:
        means = np.linspace(low, high, len(ids))
        inside = np.ones(len(ids), dtype=bool)
        if endpoint == rows[0][0]:
            means[0], inside[1] = np.nan, False
        frames.append(
            pd.DataFrame(
                {
                    "proposal_id": ids,
                    "endpoint": endpoint,
                    "mean": means,
                    "std": 0.1,
                    "in_domain": inside,
                }
            )
        )
        cards.append(
            {
                "endpoint": endpoint,
                "column": endpoint,
                "title": f"{endpoint} (admet-ai {endpoint})",
                "unit": unit,
                "kind": "regression" if "r2" in metrics else "classification",
                "n_train": 1000,
                "source": "admet-ai 2.0.1, doi:10.1093/bioinformatics/btae416",
                "model_hash": "72a7b58aaaa0f01e",
                "reliable": reliable,
                "reason": reason,
                "direction": direction,
                "metrics": metrics,
                "note": "",
            }
        )
    return replace(
        content,
        predictions=pd.concat(frames, ignore_index=True),
        cards=[*content.cards, *cards],
    )


@pytest.fixture(scope="session")
def panel_content() -> ReportContent:
    """Return four compounds with an ADMET panel beside the profile."""
    return with_panel(make_content(n=4))


@pytest.fixture(scope="session")
def small_content() -> ReportContent:
    """Return the same with four compounds, for quick tests."""
    return make_content(n=4)
