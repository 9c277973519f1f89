"""The models of a project file: trained on snapshots, kept by version, asked and explained."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.errors import InputError, NotFoundError
from molagent.protocols import Predictor, Progress
from molagent.records import ModelVersion
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import endpoints as measured_endpoints
from molagent.store.batches import load_first_dates
from molagent.store.database import Database
from molagent.store.models import (
    compare_versions,
    load_model_predictions,
    load_model_version,
    load_model_versions,
    register_model,
    store_predictions,
)
from molagent.store.snapshots import create_snapshot, get_snapshot, load_snapshot, load_snapshots

if TYPE_CHECKING:
    from molagent.learn.explanation import Explanation
    from molagent.learn.registry import TrainingData
    from molagent.report.page import Picture
    from molagent.select.choosing import Selection

__all__ = ["ModelShelf"]

_FOLDER: Final = "models"
_TARGETS: Final = "SELECT endpoint, any_value(coalesce(target, '')) AS target, any_value(quantity) \
AS quantity FROM assay GROUP BY endpoint ORDER BY endpoint"


class ModelShelf:
    """Trains, keeps, asks and compares the models of one project file.

    Models lie in the folder ``models`` beside the file, one folder each, named by content: nothing
    is overwritten, and what an earlier version said stays.

    Parameters
    ----------
    db
        The project file.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self.folder = db.path.parent / _FOLDER

    def train(
        self,
        endpoints: Sequence[str],
        *,
        snapshot: str = "",
        kind: str = "local",
        candidates: Sequence[str] = ("gp", "consensus", "boosted"),
        second: Mapping[str, str] | None = None,
        seed: int = 0,
        reason: str = "",
        progress: Progress | None = None,
    ) -> list[ModelVersion]:
        """Train one kind of model on a snapshot and register it as the next version.

        Parameters
        ----------
        endpoints
            What to learn. ``message_passing`` learns them together.
        snapshot
            Its name; by default one is taken of what counts now.
        kind
            ``local`` (one model an endpoint), ``message_passing``, or ``message_passing+embedding``
            (needs the extra ``adme``).
        candidates
            Of ``local``: what is compared, forward in time where compounds have dates, else on new
            scaffolds; the card says what was chosen and by which figures. Names of
            :data:`molagent.learn.choice.CANDIDATES`; those with ``+embedding`` need the extra
            ``adme``.
        second
            Endpoint to another endpoint of the project that informs it, for candidates whose name
            ends in ``+second``: a second assay of the same target, never pooled with the first.
        reason
            Why, for the record.

        Returns
        -------
        list of ModelVersion
            One an endpoint. The same data, kind and seed give the version that is there.

        Raises
        ------
        NotFoundError
            If an endpoint, the snapshot or the kind is not known.
        """
        from molagent.learn.registry import retrain

        known = measured_endpoints(self.db)
        for name in (*endpoints, *(second or {}).values()):
            if name not in known:
                raise NotFoundError("endpoint", name, known=known, place=self.db.path.name)
        name = snapshot or self._fresh_snapshot(
            list(dict.fromkeys((*endpoints, *(second or {}).values())))
        )
        trained = retrain(
            self._training_data(endpoints, name, second or {}),
            kind=kind,
            folder=self.folder,
            seed=seed,
            reason=reason,
            progress=progress,
            **({"candidates": candidates} if kind == "local" else {}),
        )
        return [
            register_model(
                self.db, replace(one.version, artefact=f"{_FOLDER}/{one.version.artefact}")
            )
            for one in trained
        ]

    def versions(self, endpoint: str = "") -> pd.DataFrame:
        """Return every version, of one endpoint or of all, oldest first."""
        return load_model_versions(self.db, endpoint)

    def card(self, endpoint: str, *, version: int = 0) -> dict[str, object]:
        """Return a version's model card; the newest for 0."""
        return dict(load_model_version(self.db, endpoint, version).card)

    def show_card(self, endpoint: str, *, version: int = 0) -> "Picture":
        """Show a version's model card."""
        from molagent.report.modelcard import card_html

        return card_html(self.card(endpoint, version=version))

    def predictor(self, endpoint: str, *, version: int = 0) -> Predictor:
        """Load a version's predictor; the newest for 0."""
        from molagent.learn.registry import load_predictor

        found = load_model_version(self.db, endpoint, version)
        return load_predictor(self.db.path.parent / found.artefact, endpoint)

    def predict(
        self,
        endpoint: str,
        smiles_list: Sequence[str],
        *,
        version: int = 0,
        months_ahead: float | None = None,
        purpose: str = "asked",
        keep: bool = True,
    ) -> pd.DataFrame:
        """Ask a version and keep its answer.

        Parameters
        ----------
        months_ahead
            When the structures will be measured, counted from the newest compound it learned from:
            intervals widen with it. Only models of dated assays know a horizon.
        purpose
            What for, for the record.
        keep
            Store what was said; False leaves no trace.

        Returns
        -------
        pandas.DataFrame
            ``smiles, mean, std, lo, hi, band, in_domain, model_hash``; NaN where the model cannot
            tell.
        """
        from molagent.learn.registry import load_predictor, prediction_table

        found = load_model_version(self.db, endpoint, version)
        predictor = load_predictor(self.db.path.parent / found.artefact, endpoint)
        table = prediction_table(predictor, smiles_list, months_ahead=months_ahead)
        if keep:
            said = purpose if months_ahead is None else f"{purpose}, {months_ahead:g} months ahead"
            store_predictions(self.db, found, table, purpose=said)
        return table

    def predictions(self, endpoint: str, *, version: int = 0) -> pd.DataFrame:
        """Return the newest kept answer of a version for each structure."""
        return load_model_predictions(self.db, endpoint, version)

    def compare(self, endpoint: str, old: int, new: int = 0) -> pd.DataFrame:
        """Hold two versions against each other on the structures that both were asked about."""
        return compare_versions(self.db, endpoint, old, new)

    def explain(self, endpoint: str, smiles: str, *, version: int = 0) -> "Explanation":
        """Say why: atom contributions, nearest measured compounds, and what argues against."""
        from molagent.learn.explanation import Measured, explain

        frame = aggregate_results(self.db, endpoint)
        frame = frame.rename(columns={"value": "p_value", "relation": "p_relation"})
        return explain(self.predictor(endpoint, version=version), smiles, Measured(frame))

    def show_explanation(self, endpoint: str, smiles: str, *, version: int = 0) -> "Picture":
        """Show why a model says what it says, on the structure."""
        from molagent.report.explanation import explanation_html

        return explanation_html(self.explain(endpoint, smiles, version=version))

    def choose(
        self,
        endpoint: str,
        smiles_list: Sequence[str],
        *,
        count: int,
        threshold: float | None = None,
        strategy: str = "upper_bound",
        explore: float = 0.2,
        per_scaffold: int = 3,
        draws: int = 256,
        seed: int = 0,
        version: int = 0,
    ) -> "tuple[pd.DataFrame, Selection]":
        """Choose which compounds to test, by joint draws of a model.

        Parameters
        ----------
        count
            How many; :func:`molagent.select.plates.compounds_on` gives it for plates.
        threshold
            What a hit reaches, in the endpoint's unit; then the expected number of hits is told.
        strategy
            ``thompson``, ``greedy``, ``upper_bound`` and so on, see
            :func:`molagent.select.choosing.choose`. The default found most of the best compounds
            when programmes were played again.
        explore
            Share of the places that goes first to what teaches most about the pool.
        per_scaffold
            Most of one Murcko scaffold.

        Returns
        -------
        chosen, selection
            ``smiles, scaffold, mean, std, acquisition, reason`` in the order of choice, and what
            the batch as a whole promises.
        """
        from molagent.chem.scaffolds import murcko_scaffold
        from molagent.select.choosing import choose
        from molagent.select.limits import Limits

        predictor = self.predictor(endpoint, version=version)
        asked = list(dict.fromkeys(smiles_list))
        scaffolds = [murcko_scaffold(smiles) for smiles in asked]
        found = choose(
            predictor.sample(asked, draws, seed),
            Limits(groups=scaffolds, per_group=per_scaffold),
            count=count,
            seed=seed,
            strategy=strategy,
            explore=explore,
            threshold=threshold,
        )
        estimates = predictor.predict(asked)
        rows = list(found.batch.indices)
        chosen = pd.DataFrame(
            {
                "smiles": [asked[row] for row in rows],
                "scaffold": [scaffolds[row] for row in rows],
                "mean": estimates.mean[rows],
                "std": estimates.std[rows],
                "acquisition": found.batch.acquisition,
                "reason": found.reasons,
            }
        )
        return chosen, found

    def _fresh_snapshot(self, endpoints: Sequence[str]) -> str:
        taken = set(load_snapshots(self.db)["snapshot"])
        stem = "-".join(sorted(endpoints)) if len(endpoints) == 1 else f"{len(endpoints)}-endpoints"
        number = next(n for n in range(1, len(taken) + 2) if f"train-{stem}-{n}" not in taken)
        made = create_snapshot(
            self.db, f"train-{stem}-{number}", endpoints=endpoints, note="taken to train a model"
        )
        return made.name

    def _training_data(
        self, endpoints: Sequence[str], snapshot: str, second: Mapping[str, str]
    ) -> "TrainingData":
        from molagent.learn.registry import TrainingData

        told = self.db.query(_TARGETS).set_index("endpoint")
        dates = load_first_dates(self.db)
        frames, units = {}, {}
        for endpoint in endpoints:
            frames[endpoint], unit = self._frame(endpoint, snapshot, dates)
            units[endpoint] = unit or f"p{told['quantity'].get(endpoint, '')}"
        return TrainingData(
            frames=frames,
            snapshot=snapshot,
            snapshot_sha256=get_snapshot(self.db, snapshot).sha256,
            units=units,
            targets={name: str(told["target"].get(name, "")) for name in endpoints},
            second={
                name: (other, self._frame(other, snapshot, dates)[0])
                for name, other in second.items()
            },
        )

    def _frame(self, endpoint: str, snapshot: str, dates: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        """Return what is learned of an endpoint, and its unit; '' for a potency on the p scale."""
        from molagent.learn.registry import training_frame

        rows = load_snapshot(self.db, snapshot, endpoint=endpoint)
        if rows.empty:
            raise InputError(
                f"snapshot {snapshot!r} holds no result of {endpoint}",
                remedy="take another snapshot, or one of all endpoints",
            )
        potency = bool(rows["p_value"].notna().any())
        value, relation = ("p_value", "p_relation") if potency else ("standard_value", "relation")
        frame = training_frame(rows, value=value, relation=relation)
        unit = "" if potency else str(rows["standard_unit"].iloc[0])
        return frame.merge(dates, on="compound_id", how="left"), unit
