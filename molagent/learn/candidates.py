"""The models that may be tried on an endpoint: what each needs, and how it is tried and fitted.

A further candidate is an entry of :data:`CANDIDATES`, with two functions: one that answers for rows
held out, one that makes the model of all rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np

from molagent.chem.likeness import Counts, minmax
from molagent.errors import NotFoundError
from molagent.learn.boosted import MIN_ROWS, BoostedTrees, tree_features
from molagent.learn.embedding import Features, MixedKernel
from molagent.learn.evaluation import Estimate, process_estimate
from molagent.learn.gaussian_process import GaussianProcess, evidence
from molagent.learn.kernel_rows import Material, Stack
from molagent.learn.training_set import TrainingSet
from molagent.learn.two_part import fit_two_part, has_two_parts
from molagent.learn.two_part_process import TwoPartProcess
from molagent.records import BoolArray, FloatArray

__all__ = ["CANDIDATES", "Candidate", "Fitted", "Need", "choose_share", "lacking"]

_SHARES: Final = (0.7, 0.4, 0.1)
# A fold leaves a fifth of the rows out.
_ROWS_FOR_TREES: Final = 2 * MIN_ROWS


class Need(StrEnum):
    """What a candidate cannot do without."""

    EMBEDDING = "an embedding"
    SECOND = "a second assay"
    STEREO = "counts that tell enantiomers apart"
    LIMITS = "ten limits below and ten values"
    ROWS = f"{_ROWS_FOR_TREES} rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A model of all rows.

    Attributes
    ----------
    share
        Of the counts in the kernel; 1 without an embedding.
    trees, boosted
        The second opinion, and its share of the mean, 0..1. The spread is the process's.
    """

    process: GaussianProcess | TwoPartProcess
    share: float = 1.0
    trees: BoostedTrees | None = None
    boosted: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model to try.

    Attributes
    ----------
    title
        For the card.
    estimate
        Gives what :func:`~molagent.learn.evaluation.hold_out` asks, on some material.
    final
        Fits all rows: the material's, and those of the whole training set where the material is a
        sample of it.
    """

    name: str
    title: str
    needs: frozenset[Need]
    estimate: Callable[[Material], Estimate]
    final: Callable[[Material, TrainingSet], Fitted]


def lacking(candidate: Candidate, material: Material) -> list[Need]:
    """Return what of a candidate's needs is not there; what is computed is made where asked."""
    there = {
        Need.EMBEDDING: True,
        Need.STEREO: True,
        Need.SECOND: material.second is not None,
        Need.LIMITS: has_two_parts(material.censoring),
        Need.ROWS: len(material.values) >= _ROWS_FOR_TREES,
    }
    return [need for need in Need if need in candidate.needs and not there[need]]


def choose_share(material: Material, rows: BoolArray) -> float:
    """Return the share of the counts in the mixed kernel that the evidence of `rows` prefers.

    Limits are left out here: which of a few shares is best hardly depends on them.
    """
    if material.embedding is None:
        return 1.0
    chosen = rows & (material.censoring == 0)
    values = material.values[chosen]
    parts = Features(material.counts[chosen], material.embedding[chosen])
    mixed = MixedKernel(parts, 0.0).distances(parts)
    near = material.kernel[np.ix_(chosen, chosen)]
    return max(_SHARES, key=lambda share: evidence(share * near + (1.0 - share) * mixed, values))


# -- a process on counts, or on counts and embedding --------------------------------------------


def _process_estimate(material: Material) -> Estimate:
    return material.shared(
        "process",
        lambda: process_estimate(material.kernel, material.values, material.censoring),
    )


def _process_final(material: Material, everything: TrainingSet) -> Fitted:  # noqa: ARG001 - a final
    return Fitted(process=GaussianProcess(material.counts, material.plain))


def _chiral_estimate(material: Material) -> Estimate:
    counts = _chiral(material)
    return material.shared(
        "chiral process",
        lambda: process_estimate(minmax(counts, counts), material.values, material.censoring),
    )


def _chiral_final(material: Material, everything: TrainingSet) -> Fitted:  # noqa: ARG001 - a final
    process = GaussianProcess.fit(_chiral(material), material.values, material.censoring)
    return Fitted(process=process)


def _chiral(material: Material) -> Counts:
    if material.chiral is None:
        raise NotFoundError("feature", "chiral counts", known=("counts",))
    return material.chiral


def _mixed_estimate(material: Material) -> Estimate:
    def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        features = _features(material)
        share = choose_share(material, train)
        # Only the rows that are trained on decide how the embedding is scaled.
        distances = MixedKernel(features[train], share).distances(features)
        kernel = share * material.kernel + (1.0 - share) * distances
        return process_estimate(kernel, material.values, material.censoring)(train, test)

    return material.shared("mixed process", lambda: estimate)


def _mixed_final(material: Material, everything: TrainingSet) -> Fitted:  # noqa: ARG001 - a final
    share = choose_share(material, _all(material))
    process = GaussianProcess.fit(
        _features(material), material.values, material.censoring, share=share
    )
    return Fitted(process=process, share=share)


# -- boosted trees beside a process -------------------------------------------------------------


def _with_trees_estimate(
    material: Material, *, weight: float, process: Callable[[Material], Estimate], embeds: bool
) -> Estimate:
    def trees(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        features = tree_features(material.counts, material.embedding if embeds else None)
        model = BoostedTrees.fit(
            features[train], material.values[train], material.censoring[train], seed=material.seed
        )
        said = model.predict(features[test])
        return said, np.full(len(said), np.nan)

    second = material.shared(f"trees, embedding {embeds}", lambda: trees)
    first = process(material)

    def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        mean, std = first(train, test)
        return (1.0 - weight) * mean + weight * second(train, test)[0], std

    return estimate


def _with_trees_final(
    material: Material,
    everything: TrainingSet,
    *,
    weight: float,
    process: Callable[[Material, TrainingSet], Fitted],
    embeds: bool,
) -> Fitted:
    fitted = process(material, everything)
    trees = BoostedTrees.fit(
        tree_features(everything.counts, everything.embedding if embeds else None),
        everything.values,
        everything.censoring,
        seed=material.seed,
    )
    return Fitted(process=fitted.process, share=fitted.share, trees=trees, boosted=weight)


# -- two parts ----------------------------------------------------------------------------------


def _two_part_estimate(material: Material, *, embeds: bool, second: bool) -> Estimate:
    """Return the estimate in two parts; the plain process where a fold has too few of a part."""
    plain = _process_estimate(material)
    other = material.second if second else None
    stack = Stack.of(material, other, embeds=embeds)
    when = np.full(len(material.values), np.nan) if material.when is None else material.when

    def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        if not has_two_parts(material.censoring[train]):
            return plain(train, test)
        known = np.zeros(0, dtype=bool) if other is None else other.usable(train, test, when)
        rows = np.append(train, known)
        share = choose_share(material, train) if embeds else 1.0
        # Only the endpoint's training rows decide how the embedding is scaled.
        kernel = stack.kernel(share, np.flatnonzero(train))
        model = fit_two_part(
            kernel[np.ix_(rows, rows)],
            stack.values[rows],
            stack.censoring[rows],
            stack.tasks[rows],
            seed=material.seed,
        )
        asked = np.append(test, np.zeros(len(known), dtype=bool))
        return model.predict(kernel[np.ix_(asked, rows)])

    return estimate


def _two_part_final(
    material: Material,
    everything: TrainingSet,  # noqa: ARG001 - a final
    *,
    embeds: bool,
    second: bool,
) -> Fitted:
    everywhere = _all(material)
    share = choose_share(material, everywhere) if embeds else 1.0
    stack = Stack.of(material, material.second if second else None, embeds=embeds)
    kernel = stack.kernel(share, np.flatnonzero(everywhere))
    parts = fit_two_part(kernel, stack.values, stack.censoring, stack.tasks, seed=material.seed)
    rows = stack.counts if stack.features is None else stack.features
    process = TwoPartProcess(rows, len(material.values), parts, share=share)
    return Fitted(process=process, share=share)


def _features(material: Material) -> Features:
    if material.embedding is None:
        raise NotFoundError("feature", "embedding", known=("counts",))
    return Features(material.counts, material.embedding)


def _all(material: Material) -> BoolArray:
    return np.ones(len(material.values), dtype=bool)


def _plain(*, embeds: bool) -> Candidate:
    return Candidate(
        name="gp+embedding" if embeds else "gp",
        title="Gaussian process" + " on counts and embedding" * embeds,
        needs=frozenset({Need.EMBEDDING} if embeds else ()),
        estimate=_mixed_estimate if embeds else _process_estimate,
        final=_mixed_final if embeds else _process_final,
    )


def _boosted(name: str, title: str, weight: float, *, embeds: bool) -> Candidate:
    beside = _plain(embeds=embeds)
    return Candidate(
        name=name,
        title=title,
        needs=beside.needs | {Need.ROWS},
        estimate=partial(
            _with_trees_estimate, weight=weight, process=beside.estimate, embeds=embeds
        ),
        final=partial(_with_trees_final, weight=weight, process=beside.final, embeds=embeds),
    )


def _two_part(*, embeds: bool, second: bool) -> Candidate:
    asked = {Need.EMBEDDING: embeds, Need.SECOND: second}
    return Candidate(
        name=f"two-part{'+embedding' * embeds}{'+second' * second}",
        title="two-part Gaussian process on counts"
        + " and embedding" * embeds
        + ", with a second assay" * second,
        needs=frozenset({Need.LIMITS, *(need for need, wanted in asked.items() if wanted)}),
        estimate=partial(_two_part_estimate, embeds=embeds, second=second),
        final=partial(_two_part_final, embeds=embeds, second=second),
    )


#: By name, the plainest first.
CANDIDATES: Final[Mapping[str, Candidate]] = MappingProxyType(
    {
        each.name: each
        for each in (
            _plain(embeds=False),
            _boosted("consensus", "Gaussian process and boosted trees", 0.5, embeds=False),
            _boosted("boosted", "boosted trees", 1.0, embeds=False),
            Candidate(
                name="gp-chiral",
                title="Gaussian process on counts that tell enantiomers apart",
                needs=frozenset({Need.STEREO}),
                estimate=_chiral_estimate,
                final=_chiral_final,
            ),
            _plain(embeds=True),
            _boosted(
                "consensus+embedding",
                "Gaussian process on counts and embedding, and boosted trees",
                0.5,
                embeds=True,
            ),
            _two_part(embeds=False, second=False),
            _two_part(embeds=False, second=True),
            _two_part(embeds=True, second=False),
            _two_part(embeds=True, second=True),
        )
    }
)
