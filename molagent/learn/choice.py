"""Which model an endpoint gets, decided on rows held out of its training data.

The candidates are judged on the split that is hardest and most like their use: forward in time
where dates are known, else new scaffolds. A more elaborate one has to be better by at least one
per cent than the plainest, or the plainest is taken. What was compared stands in the card.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.errors import NotFoundError
from molagent.learn.boosted import BoostedTrees, tree_features
from molagent.learn.embedding import Features, MixedKernel
from molagent.learn.evaluation import (
    Estimate,
    HeldOut,
    Split,
    evaluate,
    hold_out,
    process_estimate,
)
from molagent.learn.gaussian_process import evidence
from molagent.learn.kernel_rows import Material, Stack
from molagent.learn.two_part import fit_two_part, has_two_parts
from molagent.records import BoolArray, FloatArray

__all__ = [
    "CANDIDATES",
    "Candidate",
    "Material",
    "choose",
    "choose_share",
    "compare",
    "estimator",
]

_MARGIN: Final = 0.01
_SHARES: Final = (0.7, 0.4, 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model to try.

    Attributes
    ----------
    embeds
        Whether the kernel also looks at the embedding.
    boosted
        Weight of the boosted trees in the mean, 0..1. The spread is the Gaussian process's.
    title
        For the card.
    two_part
        Whether limits below are a question of their own; see :mod:`molagent.learn.two_part`.
    second
        Whether a second assay is told to it.
    """

    name: str
    embeds: bool
    boosted: float
    title: str
    two_part: bool = False
    second: bool = False


# Plainest first.
CANDIDATES: Final[Mapping[str, Candidate]] = {
    each.name: each
    for each in (
        Candidate(name="gp", embeds=False, boosted=0.0, title="Gaussian process"),
        Candidate(
            name="consensus",
            embeds=False,
            boosted=0.5,
            title="Gaussian process and boosted trees",
        ),
        Candidate(name="boosted", embeds=False, boosted=1.0, title="boosted trees"),
        Candidate(
            name="gp+embedding",
            embeds=True,
            boosted=0.0,
            title="Gaussian process on counts and embedding",
        ),
        Candidate(
            name="consensus+embedding",
            embeds=True,
            boosted=0.5,
            title="Gaussian process on counts and embedding, and boosted trees",
        ),
        *(
            Candidate(
                name=f"two-part{'+embedding' * embeds}{'+second' * second}",
                embeds=embeds,
                boosted=0.0,
                title="two-part Gaussian process on counts"
                + " and embedding" * embeds
                + ", with a second assay" * second,
                two_part=True,
                second=second,
            )
            for embeds in (False, True)
            for second in (False, True)
        ),
    )
}


def compare(
    names: Sequence[str], material: Material, splits: Sequence[Split]
) -> dict[str, HeldOut]:
    """Return the held-out predictions of each candidate on the same splits.

    Raises
    ------
    NotFoundError
        If a name is not one of `CANDIDATES`.
    """
    for name in names:
        if name not in CANDIDATES:
            raise NotFoundError("model", name, known=CANDIDATES)
    wanted = [CANDIDATES[name] for name in names]
    return {
        each.name: hold_out(
            estimator(each, material),
            material.kernel,
            material.values,
            material.censoring,
            splits,
        )
        for each in wanted
    }


def choose(held_outs: Mapping[str, HeldOut]) -> tuple[str, dict[str, dict[str, float | None]]]:
    """Return the chosen name, and the figures of all candidates.

    The error of limits counts where there are any; see :func:`~molagent.learn.evaluation.evaluate`.
    """
    figures = {name: evaluate(rows) for name, rows in held_outs.items()}
    plainest = min(figures, key=list(CANDIDATES).index)
    best = min(figures, key=lambda name: _error(figures[name]))
    better = _error(figures[best]) < (1.0 - _MARGIN) * _error(figures[plainest])
    return (best if better else plainest), figures


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


def estimator(candidate: Candidate, material: Material) -> Estimate:
    """Return what :func:`~molagent.learn.evaluation.hold_out` asks, of one candidate.

    A two-part model of rows with fewer than ten limits, or ten measured values, is the plain
    process.
    """
    if candidate.two_part:
        return _two_part(candidate, material)
    plain = process_estimate(material.kernel, material.values, material.censoring)

    embedding = material.embedding if candidate.embeds else None

    def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        process = _mixed(material, train) if candidate.embeds else plain
        mean, std = process(train, test)
        if candidate.boosted:
            features = tree_features(material.counts, embedding)
            model = BoostedTrees.fit(
                features[train],
                material.values[train],
                material.censoring[train],
                seed=material.seed,
            )
            second = model.predict(features[test])
            mean = (1.0 - candidate.boosted) * mean + candidate.boosted * second
        return mean, std

    return estimate


def _two_part(candidate: Candidate, material: Material) -> Estimate:
    plain = process_estimate(material.kernel, material.values, material.censoring)
    second = material.second if candidate.second else None
    if candidate.second and second is None:
        raise NotFoundError("feature", "second assay", known=("counts", "embedding"))
    stack = Stack.of(material, second, embeds=candidate.embeds)
    when = np.full(len(material.values), np.nan) if material.when is None else material.when

    def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        if not has_two_parts(material.censoring[train]):
            return plain(train, test)
        known = np.zeros(0, dtype=bool) if second is None else second.usable(train, test, when)
        rows = np.append(train, known)
        share = choose_share(material, train) if candidate.embeds else 1.0
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


def _mixed(material: Material, train: BoolArray) -> Estimate:
    """Return the estimate of a process on counts and embedding, the share chosen on `train`."""
    if material.embedding is None:
        raise NotFoundError("feature", "embedding", known=("counts",))
    features = Features(material.counts, material.embedding)
    share = choose_share(material, train)
    # Only the rows that are trained on decide how the embedding is scaled.
    distances = MixedKernel(features[train], share).distances(features)
    kernel = share * material.kernel + (1.0 - share) * distances
    return process_estimate(kernel, material.values, material.censoring)


def _error(figures: Mapping[str, float | None]) -> float:
    value = figures.get("rmse_with_limits", figures["rmse"])
    return float("inf") if value is None else value
