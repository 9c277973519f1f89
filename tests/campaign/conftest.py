"""Hand-made tables in place of a project file: what a stage reads is written out in the test."""

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from molagent.records import FloatArray, PredictionFrame

COLUMNS = {
    "proposal": "proposal_id smiles inchikey scaffold cycle generator mode",
    "judgement": "proposal_id cycle ordinal filter verdict reason",
    "prediction": "proposal_id endpoint mean std in_domain cycle",
    "ranking": "proposal_id desirability components nearest_id nearest_similarity cycle",
    "overlap": "proposal_id ordinal level claim_id publication_number similarity cycle",
    "plan": "cycle revision plan",
    "model_card": "cycle endpoint model_hash card",
    "shortlist": "rank proposal_id desirability cycle",
}


class FakeDatabase:
    """A project in which nothing was ordered or made."""

    def read(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def query(self, sql: str, parameters: object = None) -> pd.DataFrame:
        del parameters
        assert "order_status" in sql or "batch" in sql
        return pd.DataFrame(columns=["smiles", "inchikey", "state"])


class FakeStore:
    """Hands out the tables it was given; one that it was not given is empty."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        self.tables = tables
        self.db = FakeDatabase()

    def load(self, name: str, cycle: int | None = None) -> pd.DataFrame:
        frame = pd.DataFrame(self.tables.get(name, ()), columns=COLUMNS[name].split())
        return frame if cycle is None else frame[frame["cycle"] == cycle]

    def stages(self) -> pd.DataFrame:
        return pd.DataFrame(self.tables.get("stage", ()), columns=["cycle", "stage", "detail"])


class FakePredictor:
    """Predicts what is written down of each structure, and NaN for any other."""

    def __init__(
        self,
        endpoint: str,
        means: Mapping[str, float],
        *,
        outside: Collection[str] = (),
        reliable: bool = True,
    ) -> None:
        self.endpoint = endpoint
        self.means = means
        self.outside = outside
        self.card = {"endpoint": endpoint, "reliable": reliable, "reason": "R2 0.02"}

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        mean = np.array([self.means.get(smiles, np.nan) for smiles in smiles_list])
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=mean,
            std=np.full(len(mean), 0.1),
            in_domain=np.array([smiles not in self.outside for smiles in smiles_list]),
            model_hash=f"{self.endpoint}-written-down",
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:
        noise = np.random.default_rng(seed).normal(size=(draws, len(smiles_list)))
        return np.asarray(self.predict(smiles_list).mean + 0.1 * noise)


@pytest.fixture
def store_of() -> Callable[..., FakeStore]:
    return lambda **tables: FakeStore(tables)


@pytest.fixture
def predictor() -> type[FakePredictor]:
    return FakePredictor
