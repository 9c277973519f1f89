"""What each atom adds to an estimate.

The mean of a Gaussian process on the count kernel is a sum over training compounds of shared
features, each feature is made of atoms, and so the departure of an estimate from the model's mean
is shared out among the atoms without a remainder (:func:`kernel_contributions`). Any other model is
asked what it would say if an atom were one that it does not know (:func:`masked_contributions`),
after the similarity maps of Riniker and Landrum 2013 (doi:10.1186/1758-2946-5-43). Such differences
need not add up, and say so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.likeness import N_BINS, count_features
from molagent.chem.molecules import parse_smiles
from molagent.learn.gaussian_process import GaussianProcess
from molagent.protocols import Predictor
from molagent.records import FloatArray

__all__ = [
    "AtomContributions",
    "AtomGroup",
    "atom_contributions",
    "kernel_contributions",
    "masked_contributions",
]

_RADIUS: Final = 2
# Kernel sums are exact up to rounding; farther off, the predictor is not the process alone.
_EXACT: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomGroup:
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
    groups: tuple[AtomGroup, ...]


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
            AtomGroup(
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
            AtomGroup(atoms=members, smiles=_fragment(mol, members), value=float(value))
            for members, value in zip(groups, differences[mol.GetNumAtoms() :], strict=True)
        ),
    )


def _feature_values(model: GaussianProcess, counts: npt.NDArray[np.uint16]) -> FloatArray:
    """Return each bin's part of the estimate, ``2 * N_BINS``, in the endpoint's unit."""
    reference = model.counts
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


def _ordered(groups: Iterable[AtomGroup]) -> tuple[AtomGroup, ...]:
    """Return groups, the largest contribution first; what cannot be told comes last."""
    return tuple(
        sorted(groups, key=lambda group: -abs(group.value) if np.isfinite(group.value) else 1.0)
    )
