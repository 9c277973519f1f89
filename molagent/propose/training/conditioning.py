"""What conditions achieve: properties of samples against the properties asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.propose.conditions import NAMES, STRENGTH, Conditions, describe_mol
from molagent.propose.sampler import GraphGenerator
from molagent.protocols import NullProgress, Progress

__all__ = ["ASKED", "ConditionReport", "measure_conditions", "summarise_conditions"]

ASKED: Final[tuple[Mapping[str, float], ...]] = (
    {},
    {"logp": 1.0},
    {"logp": 3.0},
    {"logp": 5.0},
    {"mw": 250.0},
    {"mw": 350.0},
    {"mw": 450.0},
    {"qed": 0.5},
    {"qed": 0.9},
    {"mw": 400.0, "logp": 2.0},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionReport:
    """Samples of one request.

    Attributes
    ----------
    asked
        Properties asked for; empty for the policy without a request.
    strength
        How hard the samples were steered.
    valid, unique
        Share of samples that are molecules, and of distinct ones among these.
    mean, deviation
        Of every property over the valid samples: mw in g/mol, logp, qed.
    error
        Mean absolute difference from what was asked, of the properties asked for.
    error_unasked
        The same difference for samples of the policy without a request.
    """

    asked: Mapping[str, float]
    strength: float
    samples: int
    valid: float
    unique: float
    mean: Mapping[str, float]
    deviation: Mapping[str, float]
    error: Mapping[str, float]
    error_unasked: Mapping[str, float]


def measure_conditions(
    *,
    samples: int = 500,
    seed: int = 0,
    strength: float = STRENGTH,
    asked: Sequence[Mapping[str, float]] = ASKED,
    generator: GraphGenerator | None = None,
    progress: Progress | None = None,
) -> list[ConditionReport]:
    """Ask for properties, and measure what the samples have.

    Parameters
    ----------
    samples
        Molecules a request.
    seed
        Seed of every request.
    strength
        How hard to steer, see `Conditions`.
    asked
        Requests; the policy without a request is sampled beside them.
    generator
        What to measure; None takes the shipped weights.
    progress
        Receives one step a request.
    """
    graph, report = generator or GraphGenerator(), progress or NullProgress()
    report.start("conditioning", len(asked) + 1)
    unasked = _sample(graph, samples, seed, None)[1]
    report.advance()
    rows = []
    for request in asked:
        conditions = Conditions(**request, strength=strength) if request else None
        drawn, values = _sample(graph, samples, seed, conditions)
        valid = [smiles for smiles in drawn if smiles is not None]
        rows.append(
            ConditionReport(
                asked=dict(request),
                strength=strength,
                samples=samples,
                valid=len(valid) / samples,
                unique=len(set(valid)) / max(len(valid), 1),
                mean=_by_name(values, np.mean),
                deviation=_by_name(values, np.std),
                error={name: _error(values, name, value) for name, value in request.items()},
                error_unasked={
                    name: _error(unasked, name, value) for name, value in request.items()
                },
            )
        )
        report.advance()
    report.finish()
    return rows


def summarise_conditions(rows: Sequence[ConditionReport]) -> dict[str, object]:
    """Return the mean properties achieved, a row a request, for a model card."""
    return {
        "conditions asked for, and means of the samples": [
            {
                "asked": ", ".join(f"{k} {v:g}" for k, v in row.asked.items()) or "nothing",
                **row.mean,
                "valid": row.valid,
                "unique": round(row.unique, 4),
                "samples": row.samples,
                "strength": row.strength,
            }
            for row in rows
        ]
    }


def _sample(
    graph: GraphGenerator, count: int, seed: int, conditions: Conditions | None
) -> tuple[list[str | None], np.ndarray]:
    drawn = graph.sample(count, seed=seed, conditions=conditions)
    mols = [Chem.MolFromSmiles(smiles) for smiles in drawn if smiles is not None]
    return drawn, np.array([describe_mol(mol) for mol in mols if mol is not None])


def _by_name(values: np.ndarray, measure: Callable[[np.ndarray], float]) -> dict[str, float]:
    names = NAMES[:-1]  # nobody has measured the samples' activity
    return {name: round(float(measure(values[:, i])), 3) for i, name in enumerate(names)}


def _error(values: np.ndarray, name: str, value: float) -> float:
    return round(float(np.abs(values[:, NAMES.index(name)] - value).mean()), 3)
