"""All 41 ADMET endpoints of admet-ai at once, offline, many times faster than stock.

admet-ai 2.0.1 (Swanson et al. 2024, doi:10.1093/bioinformatics/btae416) featurises every molecule
again for each of its ten networks and keeps only their mean. Here each molecule becomes a graph
once, atom environments that several molecules share are computed once
(:mod:`molagent.screen.admet_environments`), the numbers stay bit-identical, and the spread of the
five networks of an ensemble is kept as uncertainty. `benchmarks.admet.bench_admet`
measures it beside stock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from molagent.chem.molecules import parse_smiles, readable_mol
from molagent.protocols import NullProgress, Progress
from molagent.records import BoolArray, FloatArray, PredictionFrame
from molagent.screen.admet_cards import (
    admet_card,
    admet_names,
    resolve,
    weight_files,
    weights_hash,
)
from molagent.screen.admet_environments import SharedGraphs
from molagent.screen.admet_networks import Network, load_ensemble
from molagent.threads import torch_single_threaded

if TYPE_CHECKING:
    from rdkit import Chem
    from torch import Tensor

__all__ = ["AdmetPredictor", "AdmetSuite", "AdmetTable"]

# The batch size of the stock loader: sums of single-precision numbers depend on it.
_BATCH: Final = 64
# Whole batches whose environments are shared.
_CHUNK: Final = 16 * _BATCH
# A batch with fewer atoms goes through the networks as it is: a product of few rows is rounded
# otherwise.
_SHARED_ATOMS: Final = 64
# Rings, charges, stereo, halogens, a lone atom: what sharing is checked on before it is used.
_PROBES: Final = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
    "CC(C)(C)c1ccc(C(O)CCCN2CCC(C(O)(c3ccccc3)c3ccccc3)CC2)cc1",
    "C/C=C/C(=O)[O-].[Na+]",
    "C",
)
_MAX_CACHED: Final = 100_000
# Mean absolute error to standard deviation of a Gaussian.
_MAE_TO_SD: Final = float(np.sqrt(np.pi / 2))
_ELEMENTS: Final = frozenset(("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I"))
_HEAVY_ATOMS: Final = (4, 80)


@dataclass(frozen=True, slots=True, eq=False)
class AdmetTable:
    """Predictions of every endpoint for N structures, in input order.

    Attributes
    ----------
    names
        ``E``; admet-ai's names.
    members
        ``N x 5 x E`` single precision; what each network of the ensemble says, NaN where the
        structure could not be read.
    mean
        ``N x E`` single precision; their mean, as admet-ai computes it.
    in_domain
        ``N``; one organic component of ordinary elements and size.
    """

    names: tuple[str, ...]
    members: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float32]
    in_domain: BoolArray

    def column(self, name: str) -> int:
        """Return the column of an endpoint, by alias or by admet-ai's name."""
        return self.names.index(resolve(name))


class AdmetSuite:
    """The ten networks, loaded at the first prediction, with a cache per SMILES.

    Examples
    --------
    >>> suite = AdmetSuite()
    >>> frame = suite.predictor("solubility").predict(["CC(=O)Oc1ccccc1C(=O)O"])
    >>> -4 < float(frame.mean[0]) < 0
    True
    """

    def __init__(self) -> None:
        self._ensembles: list[tuple[Network, ...]] = []
        self._names: tuple[str, ...] = ()
        self._shares = False
        self._cache: dict[str, tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]] = {}

    @property
    def model_hash(self) -> str:
        """First 16 hex digits of SHA-256 over the weight files."""
        return weights_hash()

    @property
    def endpoints(self) -> tuple[str, ...]:
        """admet-ai's names of the endpoints."""
        return admet_names()

    def predictor(self, name: str) -> "AdmetPredictor":
        """Return one endpoint as a Predictor; `name` is an alias or admet-ai's name."""
        return AdmetPredictor(self, name)

    def predict(self, smiles_list: Sequence[str], progress: Progress | None = None) -> AdmetTable:
        """Return every endpoint for every structure; structures seen before cost nothing.

        Single-precision sums depend in the seventh digit on which structures share a batch of 64.
        """
        self._load()
        mols = {smiles: readable_mol(smiles) for smiles in dict.fromkeys(smiles_list)}
        missing = [
            (smiles, mol)
            for smiles, mol in mols.items()
            if mol is not None and smiles not in self._cache
        ]
        self._compute(missing, progress or NullProgress())
        width = len(self._names)
        size = max((len(ensemble) for ensemble in self._ensembles), default=0)
        members = np.full((len(smiles_list), size, width), np.nan, dtype=np.float32)
        mean = np.full((len(smiles_list), width), np.nan, dtype=np.float32)
        in_domain = np.zeros(len(smiles_list), dtype=bool)
        for row, smiles in enumerate(smiles_list):
            if (mol := mols[smiles]) is not None:
                members[row], mean[row] = self._cache[smiles]
                in_domain[row] = _is_ordinary(mol)
        self._trim()
        return AdmetTable(self._names, members, mean, in_domain)

    def _load(self) -> None:
        if self._ensembles:
            return
        weights_hash()  # refuses damaged weights
        names: list[str] = []
        for path in weight_files():
            endpoints, networks = load_ensemble(path)
            names.extend(endpoints)
            self._ensembles.append(networks)
        self._names = tuple(names)
        self._shares = self._agrees()

    def _compute(self, mols: Sequence[tuple[str, "Chem.Mol"]], progress: Progress) -> None:
        if not mols:
            return
        progress.start("ADMET", len(mols))
        for start in range(0, len(mols), _CHUNK):
            chunk = mols[start : start + _CHUNK]
            means, members = self._forward([mol for _, mol in chunk])
            for (smiles, _), each, mean in zip(chunk, members, means, strict=True):
                self._cache[smiles] = (each, mean)
            progress.advance(len(chunk))
        progress.finish()

    def _forward(
        self, mols: Sequence["Chem.Mol"]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the ensembles' means, ``N x E``, and what each network says, ``N x 5 x E``."""
        import torch

        # The stock loader's last batch may be too small to share rows with the others.
        rest = len(mols) % _BATCH
        is_small = sum(mol.GetNumAtoms() for mol in mols[len(mols) - rest :]) < _SHARED_ATOMS
        border = len(mols) - rest if is_small else len(mols)
        border = border if self._shares else 0
        with torch.inference_mode(), torch_single_threaded():
            blocks = []
            if border:
                blocks.append(self._shared(mols[:border]))
            if border < len(mols):
                blocks.append(self._one_by_one(mols[border:]))
            # One tensor an ensemble, 5 x N x E.
            outputs = [torch.cat(parts, dim=1) for parts in zip(*blocks, strict=True)]
            means = torch.cat([output.mean(dim=0) for output in outputs], dim=1).numpy()
            members = torch.cat(outputs, dim=2).transpose(0, 1).numpy()
        return means, members

    def _shared(self, mols: Sequence["Chem.Mol"]) -> list["Tensor"]:
        """Run every network on the different environments only."""
        import torch

        graphs = SharedGraphs.of(mols)
        return [
            torch.stack([graphs.predict(network, _BATCH) for network in ensemble])
            for ensemble in self._ensembles
        ]

    def _one_by_one(self, mols: Sequence["Chem.Mol"]) -> list["Tensor"]:
        """Run every network as it is, on the batches of the stock loader."""
        import torch

        batches = [mols[start : start + _BATCH] for start in range(0, len(mols), _BATCH)]
        return [
            torch.stack(
                [torch.cat([network.answer(batch) for batch in batches]) for network in ensemble]
            )
            for ensemble in self._ensembles
        ]

    def _agrees(self) -> bool:
        """Return whether sharing environments changes no bit on this machine's libraries."""
        import torch

        mols = [parse_smiles(smiles) for smiles in _PROBES]
        with torch.inference_mode(), torch_single_threaded():
            pairs = zip(self._shared(mols), self._one_by_one(mols), strict=True)
            return all(bool(torch.equal(left, right)) for left, right in pairs)

    def _trim(self) -> None:
        while len(self._cache) > _MAX_CACHED:
            self._cache.pop(next(iter(self._cache)))


class AdmetPredictor:
    """One endpoint of an :class:`AdmetSuite`.

    The standard deviation of a classifier is the spread of its five networks. That of a regression
    adds the error the package reports on held-out data (1.25 times its mean absolute error),
    because five networks trained alike agree more than they are right.
    """

    def __init__(self, suite: AdmetSuite, name: str) -> None:
        self.suite = suite
        self.endpoint = name
        self.card: dict[str, Any] = admet_card(name)

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return mean, standard deviation and domain.

        NaN for a structure that cannot be read, and where the networks give a value that the
        quantity cannot have, as a clearance below zero: that is no estimate of it.
        """
        table = self.suite.predict(smiles_list)
        column = table.column(self.endpoint)
        mean = table.mean[:, column].astype(np.float64)
        told = self._is_possible(mean)
        spread = table.members[:, :, column].astype(np.float64).std(axis=1, ddof=1)
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=np.where(told, mean, np.nan),
            std=np.where(told, np.hypot(spread, self._error), np.nan),
            in_domain=table.in_domain & told,
            model_hash=self.suite.model_hash,
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        """Return draws, ``draws x N``: each draw believes one of the five networks throughout.

        NaN where :meth:`predict` gives no value; a network that alone leaves what is possible is
        taken at its border.
        """
        table = self.suite.predict(smiles_list)
        column = table.column(self.endpoint)
        members = table.members[:, :, column].astype(np.float64)
        chosen = np.random.default_rng(seed).integers(0, members.shape[1], size=draws)
        drawn = np.clip(members[:, chosen].T, *self.card["possible"])
        result: FloatArray = np.where(self._is_possible(table.mean[:, column]), drawn, np.nan)
        return result

    def _is_possible(self, mean: npt.NDArray[np.floating]) -> BoolArray:
        least, most = self.card["possible"]
        told = np.isfinite(mean)
        told &= True if least is None else mean >= least
        told &= True if most is None else mean <= most
        return np.asarray(told, dtype=bool)

    @property
    def _error(self) -> float:
        return _MAE_TO_SD * float(self.card["metrics"]["mae"] or 0.0)


def _is_ordinary(mol: "Chem.Mol") -> bool:
    from rdkit import Chem

    least, most = _HEAVY_ATOMS
    return (
        least <= mol.GetNumHeavyAtoms() <= most
        and len(Chem.GetMolFrags(mol)) == 1
        and all(atom.GetSymbol() in _ELEMENTS for atom in mol.GetAtoms())
    )
