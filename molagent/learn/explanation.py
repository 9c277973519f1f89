"""Why a model says what it says, in a chemist's terms: atoms, neighbours, and what argues against.

*Atoms.* The mean of a Gaussian process on the count kernel is a sum over training compounds of
shared features, each feature is made of atoms, and so the departure of an estimate from the
model's mean is shared out among the atoms without a remainder (:func:`kernel_contributions`). Any
other model is asked what it would say if an atom were one that it does not know
(:func:`masked_contributions`), after the similarity maps of Riniker and Landrum 2013
(doi:10.1186/1758-2946-5-43). Such differences need not add up, and say so.

*Neighbours.* The nearest measured compounds with their values, and among the close ones the one
whose value contradicts the estimate most: the pair to look at before trusting it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError
from molagent.learn.domain import BANDS
from molagent.learn.gaussian_process import GaussianProcess
from molagent.learn.kernels import N_BINS, CountKernel, Counts, count_features
from molagent.protocols import Predictor
from molagent.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CLOSE",
    "AtomContributions",
    "Contradiction",
    "Explanation",
    "Group",
    "Measured",
    "Neighbour",
    "atom_contributions",
    "explain",
    "find_contradiction",
    "kernel_contributions",
    "masked_contributions",
]

_RADIUS: Final = 2
_NEIGHBOURS: Final = 5
# Looked through for a contradiction: beyond these nobody would call a compound close.
_LOOKED_AT: Final = 200
# From here on a measured compound counts as close enough to argue with an estimate.
CLOSE: Final = min(band.lowest for band in BANDS if band.in_domain)
# Kernel sums are exact up to rounding; farther off, the predictor is not the process alone.
_EXACT: Final = 1e-6
_NOISE: Final = 0.3
_SIGNS: Final = {"=": 0, "<": -1, "<=": -1, ">": 1, ">=": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Atoms that a chemist would name together: a ring system, or what hangs between rings.

    Attributes
    ----------
    atoms
        Indices into the structure.
    smiles
        The fragment, with ``*`` where it was cut.
    value
        Its contribution in the endpoint's unit; NaN where the model cannot tell.
    """

    atoms: tuple[int, ...]
    smiles: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtomContributions:
    """What each atom adds to an estimate, in the endpoint's unit.

    Attributes
    ----------
    method
        ``kernel``: ``baseline + atoms.sum() + remainder`` is the estimate. ``masking``: each is
        the estimate minus that without the atom; they do not add up.
    predicted
        The estimate.
    baseline
        ``kernel``: the model's mean, which is its estimate of a structure that resembles nothing.
        ``masking``: NaN.
    atoms
        One an atom, in the order of the SMILES; NaN where the model cannot tell.
    remainder
        What is not shared out: 0 up to rounding for ``kernel``, NaN for ``masking``.
    groups
        By size of their contribution, the largest first.
    """

    smiles: str
    endpoint: str
    unit: str
    method: str
    predicted: float
    baseline: float
    atoms: FloatArray
    remainder: float
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A measured compound near a structure.

    Attributes
    ----------
    relation
        ``=``, ``<`` or ``>`` on the scale of `value`.
    similarity
        Count Tanimoto of half Morgan, half atom pairs, 0..1.
    """

    compound_id: str
    smiles: str
    value: float
    relation: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """The close measured compound that argues most against an estimate.

    Attributes
    ----------
    gap
        Measured minus estimated, in the endpoint's unit; for a limit, how far the estimate lies
        on its wrong side.
    closer
        Measured compounds that are nearer and do not contradict.
    """

    neighbour: Neighbour
    gap: float
    closer: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """An estimate with its reasons.

    Attributes
    ----------
    std
        Of a new measurement.
    neighbours
        The nearest measured compounds, nearest first.
    against
        None where no close measured compound contradicts.
    """

    contributions: AtomContributions
    std: float
    in_domain: bool
    model_hash: str
    neighbours: tuple[Neighbour, ...]
    against: Contradiction | None


class Measured:
    """Measured compounds of one endpoint, ready to be searched by similarity.

    Parameters
    ----------
    frame
        ``smiles``, ``p_relation``, ``p_value`` and, where known, ``compound_id``, a row a
        compound, as ``load_endpoint`` gives it. Unreadable structures and rows without a value
        are left out.
    """

    def __init__(self, frame: "pd.DataFrame") -> None:
        needed = ("smiles", "p_relation", "p_value")
        if missing := [name for name in needed if name not in frame.columns]:
            raise InputError(
                f"measured compounds lack {', '.join(missing)}",
                remedy="give the frame of load_endpoint",
            )
        values = frame["p_value"].to_numpy(dtype=np.float64, na_value=np.nan)
        counts, readable = count_features(frame["smiles"].astype(str).tolist())
        kept = readable & np.isfinite(values)
        self.rows = frame.loc[kept].reset_index(drop=True)
        self._kernel = CountKernel(counts[kept])

    def __len__(self) -> int:
        """Return the number of compounds."""
        return len(self.rows)

    def nearest(self, smiles: str, count: int = _NEIGHBOURS) -> tuple[Neighbour, ...]:
        """Return the `count` most similar compounds, most similar first."""
        counts, _ = count_features([smiles])
        if not len(self):
            return ()
        similarity = self._kernel(counts)[0]
        order = np.argsort(-similarity, kind="stable")[:count].tolist()
        names = (
            self.rows["compound_id"].astype(str).tolist()
            if "compound_id" in self.rows
            else [""] * len(self)
        )
        return tuple(
            Neighbour(
                compound_id=names[row],
                smiles=str(self.rows["smiles"][row]),
                value=float(self.rows["p_value"][row]),
                relation=str(self.rows["p_relation"][row]),
                similarity=float(similarity[row]),
            )
            for row in order
        )


def explain(
    predictor: Predictor, smiles: str, measured: Measured, *, neighbours: int = _NEIGHBOURS
) -> Explanation:
    """Explain one estimate.

    Parameters
    ----------
    measured
        Of the predictor's endpoint, in its unit.
    neighbours
        How many nearest compounds to name.

    Raises
    ------
    StructureError
        If the structure cannot be read.
    InputError
        If the model has no estimate of it.
    """
    parse_smiles(smiles)
    frame = predictor.predict([smiles])
    if not np.isfinite(frame.mean[0]):
        raise InputError(
            f"the model of {predictor.endpoint} has no estimate of {smiles!r}",
            remedy="explain a structure that it can judge",
        )
    near = measured.nearest(smiles, max(neighbours, _LOOKED_AT))
    floor = float(predictor.card.get("std_floor") or _NOISE)
    return Explanation(
        contributions=atom_contributions(predictor, smiles),
        std=float(frame.std[0]),
        in_domain=bool(frame.in_domain[0]),
        model_hash=frame.model_hash,
        neighbours=near[:neighbours],
        against=find_contradiction(near, float(frame.mean[0]), noise=floor),
    )


def find_contradiction(
    neighbours: Sequence[Neighbour], predicted: float, *, noise: float
) -> Contradiction | None:
    """Return the close compound whose value speaks most against `predicted`.

    Close is a similarity of at least 0.45. What counts is how far the value departs beyond what
    the assay repeats to, times the similarity: a twin that is one log unit off says more than a
    distant cousin that is two off. A limit contradicts only where the estimate is beyond it.

    Parameters
    ----------
    neighbours
        Most similar first.
    noise
        Standard deviation of repeated measurements, in the endpoint's unit.

    Examples
    --------
    >>> twin = Neighbour(compound_id="A", smiles="CCO", value=5.0, relation="=", similarity=0.9)
    >>> cousin = Neighbour(compound_id="B", smiles="CCN", value=9.5, relation="=", similarity=0.5)
    >>> find_contradiction([twin, cousin], 7.0, noise=0.2).neighbour.compound_id
    'A'
    >>> find_contradiction([cousin], 9.4, noise=0.2) is None
    True
    """
    close = [entry for entry in neighbours if entry.similarity >= CLOSE]
    gaps = [_gap(entry, predicted) for entry in close]
    weight = [
        entry.similarity * max(abs(gap) - noise, 0.0)
        for entry, gap in zip(close, gaps, strict=True)
    ]
    if not weight or max(weight) <= 0:
        return None
    place = int(np.argmax(weight))
    return Contradiction(
        neighbour=close[place],
        gap=gaps[place],
        closer=sum(1 for value in weight[:place] if value <= 0),
    )


def atom_contributions(predictor: Predictor, smiles: str) -> AtomContributions:
    """Share an estimate out among atoms: exactly where the model allows it, else by masking.

    Exact shares are taken only where they add up to what the predictor itself says.
    """
    model = getattr(predictor, "model", None)
    if isinstance(model, GaussianProcess):
        found = kernel_contributions(model, predictor, smiles)
        if abs(found.remainder) <= _EXACT:
            return found
    return masked_contributions(predictor, smiles)


def kernel_contributions(
    model: GaussianProcess, predictor: Predictor, smiles: str
) -> AtomContributions:
    """Share the estimate of a process on the count kernel out among atoms.

    The estimate is ``mean + s^2 sum_j w_j k(x, x_j)``, and the kernel a sum over features of
    ``min(x_i, x_ji)`` over the pair's union. A feature's part goes in equal shares to the places
    where it occurs, and there in equal shares to its atoms (of a Morgan environment, all; of an
    atom pair, the two ends).
    """
    mol = parse_smiles(smiles)
    counts, _ = count_features([smiles])
    values = _feature_values(model, counts[0])
    atoms = np.zeros(mol.GetNumAtoms())
    for half, places in enumerate((_morgan_places(mol), _pair_places(mol))):
        for feature, occurrences in places.items():
            share = values[half * N_BINS + feature] / len(occurrences)
            for members in occurrences:
                atoms[list(members)] += share / len(members)
    predicted = float(predictor.predict([smiles]).mean[0])
    baseline = model.hyperparameters.mean
    return AtomContributions(
        smiles=smiles,
        endpoint=predictor.endpoint,
        unit=str(predictor.card.get("unit", "")),
        method="kernel",
        predicted=predicted,
        baseline=baseline,
        atoms=atoms,
        remainder=predicted - baseline - float(atoms.sum()),
        groups=_ordered(
            Group(
                atoms=members,
                smiles=_fragment(mol, members),
                value=float(atoms[list(members)].sum()),
            )
            for members in _groups(mol)
        ),
    )


def masked_contributions(predictor: Predictor, smiles: str) -> AtomContributions:
    """Ask the predictor what it would say with an atom, or a group, that it does not know.

    An atom is replaced by a dummy atom with the same bonds. The contribution is the estimate minus
    that of the masked structure; NaN where the masked structure has none. The estimate of a
    structure with a dummy atom is far from any training data, so look at signs and order, not at
    the second digit.
    """
    mol = parse_smiles(smiles)
    groups = _groups(mol)
    masks = [(atom,) for atom in range(mol.GetNumAtoms())] + groups
    means = predictor.predict([smiles, *(_masked(mol, mask) for mask in masks)]).mean
    differences = means[0] - means[1:]
    atoms = differences[: mol.GetNumAtoms()]
    return AtomContributions(
        smiles=smiles,
        endpoint=predictor.endpoint,
        unit=str(predictor.card.get("unit", "")),
        method="masking",
        predicted=float(means[0]),
        baseline=float("nan"),
        atoms=atoms,
        remainder=float("nan"),
        groups=_ordered(
            Group(atoms=members, smiles=_fragment(mol, members), value=float(value))
            for members, value in zip(groups, differences[mol.GetNumAtoms() :], strict=True)
        ),
    )


def _gap(entry: Neighbour, predicted: float) -> float:
    gap = entry.value - predicted
    side = _SIGNS.get(entry.relation)
    if side is None:  # '~' bounds nothing
        return 0.0
    if side > 0:
        return max(gap, 0.0)
    return min(gap, 0.0) if side < 0 else gap


def _feature_values(model: GaussianProcess, counts: npt.NDArray[np.uint16]) -> FloatArray:
    """Return each bin's part of the estimate, ``2 * N_BINS``, in the endpoint's unit."""
    reference = _reference(model)
    scale = 0.5 * model.hyperparameters.signal_variance
    values = np.zeros(2 * N_BINS)
    for start in (0, N_BINS):
        half = slice(start, start + N_BINS)
        own = counts[half].astype(np.int64)
        bins = np.flatnonzero(own)
        known = reference[:, half]
        common = np.minimum(known[:, bins], own[bins]).astype(np.float64)
        union = known.sum(axis=1, dtype=np.int64) + own.sum() - common.sum(axis=1)
        weights = np.divide(
            model.posterior.weights, union, out=np.zeros(len(union)), where=union > 0
        )
        values[start + bins] = scale * (weights @ common)
    return values


def _reference(model: GaussianProcess) -> Counts:
    kernel = model._kernel  # noqa: SLF001 - the process has no other word for its training rows
    counts: Counts = (
        kernel.reference if isinstance(kernel, CountKernel) else kernel.reference.counts
    )
    return counts


def _morgan_places(mol: Chem.Mol) -> dict[int, list[tuple[int, ...]]]:
    """Return, for each bin, the atoms of every environment that is counted there."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=N_BINS)
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    generator.GetCountFingerprint(mol, additionalOutput=output)
    return {
        int(feature): [_environment(mol, atom, radius) for atom, radius in places]
        for feature, places in output.GetBitInfoMap().items()
    }


def _environment(mol: Chem.Mol, atom: int, radius: int) -> tuple[int, ...]:
    bonds = Chem.FindAtomEnvironmentOfRadiusN(mol, radius, atom) if radius else ()
    ends = {atom}
    for bond in bonds:
        entry = mol.GetBondWithIdx(bond)
        ends |= {entry.GetBeginAtomIdx(), entry.GetEndAtomIdx()}
    return tuple(sorted(ends))


def _pair_places(mol: Chem.Mol) -> dict[int, list[tuple[int, ...]]]:
    """Return, for each bin, the two ends of every atom pair that is counted there."""
    generator = rdFingerprintGenerator.GetAtomPairGenerator(fpSize=N_BINS, countSimulation=False)
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    generator.GetCountFingerprint(mol, additionalOutput=output)
    return {
        int(feature): [tuple(pair) for pair in pairs]
        for feature, pairs in output.GetBitInfoMap().items()
    }


def _groups(mol: Chem.Mol) -> list[tuple[int, ...]]:
    """Return ring systems with what is double-bonded to them, and the parts between and beside."""
    in_ring = {atom.GetIdx() for atom in mol.GetAtoms() if atom.IsInRing()}
    for bond in mol.GetBonds():
        ends = {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
        if bond.GetBondType() == Chem.BondType.DOUBLE and len(ends & in_ring) == 1:
            outer = mol.GetAtomWithIdx((ends - in_ring).pop())
            if outer.GetDegree() == 1:
                in_ring |= {outer.GetIdx()}
    links = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if (bond.GetBeginAtomIdx() in in_ring) != (bond.GetEndAtomIdx() in in_ring)
        or (
            not bond.IsInRing()
            and bond.GetBondType() != Chem.BondType.DOUBLE
            and {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= in_ring
        )
    ]
    if not links:
        return [tuple(part) for part in Chem.GetMolFrags(mol)]
    cut = Chem.FragmentOnBonds(mol, links, addDummies=False)
    return [tuple(sorted(part)) for part in Chem.GetMolFrags(cut)]


def _fragment(mol: Chem.Mol, members: tuple[int, ...]) -> str:
    """Return a fragment's SMILES with ``*`` for the atoms it hangs on."""
    chosen = set(members)
    copy = Chem.RWMol(mol)
    rim: set[int] = set()
    for index in members:
        for neighbour in mol.GetAtomWithIdx(index).GetNeighbors():
            if neighbour.GetIdx() not in chosen:
                rim.add(neighbour.GetIdx())
    for index in rim:
        _make_dummy(copy.GetAtomWithIdx(index), keep_aromatic=False)
    bonds = [
        bond.GetIdx()
        for bond in copy.GetBonds()
        if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} & chosen
    ]
    text: str = Chem.MolFragmentToSmiles(copy, sorted(chosen | rim), bondsToUse=bonds)
    return text


def _masked(mol: Chem.Mol, members: tuple[int, ...]) -> str:
    copy = Chem.RWMol(mol)
    for index in members:
        _make_dummy(copy.GetAtomWithIdx(index), keep_aromatic=True)
    with rdBase.BlockLogs():
        return Chem.MolToSmiles(copy)


def _make_dummy(atom: Chem.Atom, *, keep_aromatic: bool) -> None:
    atom.SetAtomicNum(0)
    atom.SetFormalCharge(0)
    atom.SetIsotope(0)
    atom.SetNumExplicitHs(0)
    atom.SetNoImplicit(True)  # noqa: FBT003 - RDKit's signature
    atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    if not keep_aromatic:
        atom.SetIsAromatic(False)  # noqa: FBT003 - RDKit's signature


def _ordered(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return groups, the largest contribution first; what cannot be told comes last."""
    return tuple(
        sorted(groups, key=lambda group: -abs(group.value) if np.isfinite(group.value) else 1.0)
    )
