"""The models of a project file: trained on snapshots, kept by version, asked and explained."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError, NotFoundError, StructureError
from molagent.project.model_training import TrainingRequest, model_folder, train_models
from molagent.protocols import NullProgress, Predictor, Progress
from molagent.records import ModelVersion
from molagent.records.reliability import doubt_of_card
from molagent.store.aggregates import aggregate_results, learning_frame
from molagent.store.database import Database
from molagent.store.differences import difference_of
from molagent.store.models import (
    compare_versions,
    load_model_predictions,
    load_model_version,
    load_model_versions,
    store_predictions,
)

if TYPE_CHECKING:
    from molagent.learn.explanation import Explanation
    from molagent.report.page import Picture
    from molagent.select.choosing import Selection

__all__ = ["ModelShelf"]

_CAMPAIGN_CARD: Final = """
SELECT CAST(card AS VARCHAR) AS card FROM model_card WHERE endpoint = $endpoint
ORDER BY cycle DESC LIMIT 1
"""


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

    def train(
        self,
        endpoints: Sequence[str],
        *,
        snapshot: str = "",
        kind: str = "local",
        candidates: Sequence[str] = (),
        second: Mapping[str, str] | None = None,
        seed: int = 0,
        reason: str = "",
        progress: Progress | None = None,
    ) -> list[ModelVersion]:
        """Train one kind of model on a snapshot and register it as the next version.

        Parameters
        ----------
        endpoints
            What to learn: measured endpoints, or a difference of two that a campaign has learned.
            ``message_passing`` learns them together.
        snapshot
            Its name; by default that of what counts now, taken where there is none yet.
        kind
            ``local`` (one model an endpoint), ``message_passing``, or ``message_passing+embedding``
            (needs the extra ``adme``).
        candidates
            Of ``local``: what is compared, forward in time where compounds have dates, else on new
            scaffolds; the card says what was chosen and by which figures. Names of
            :data:`molagent.learn.choice.CANDIDATES`, by default ``gp``, ``consensus`` and
            ``boosted``; those with ``+embedding`` need the extra ``adme``.
        second
            Endpoint to another endpoint of the project that informs it, for candidates whose name
            ends in ``+second``: a second assay of the same target, never pooled with the first.
        reason
            Why, for the record.

        Returns
        -------
        list of ModelVersion
            One an endpoint. The same data, kind, candidates and seed give the version that is
            there, and nothing is fitted.

        Raises
        ------
        NotFoundError
            If an endpoint, the snapshot, the kind or a candidate is not known.
        InputError
            If candidates are given and the kind has nothing to compare, or an endpoint has too few
            values.
        """
        request = TrainingRequest(
            endpoints=tuple(endpoints),
            snapshot=snapshot,
            kind=kind,
            candidates=tuple(candidates),
            second=second or {},
            differences=self._differences(endpoints),
            seed=seed,
            reason=reason,
        )
        trained = train_models(self.db, request, progress or NullProgress())
        return [version for version, _ in trained]

    def versions(self, endpoint: str = "") -> pd.DataFrame:
        """Return every version, of one endpoint or of all, oldest first."""
        return load_model_versions(self.db, endpoint)

    def card(self, endpoint: str, *, version: int = 0) -> dict[str, object]:
        """Return a version's model card; the newest for 0.

        Of an endpoint without versions, as one of ADMET-AI, it is the card that the campaign of
        this project stored.
        """
        try:
            found = load_model_version(self.db, endpoint, version)
        except NotFoundError:
            card = None if version else self._campaign_card(endpoint)
            if card is None:
                raise
            return card
        return {**found.card, "version": found.version_id}

    def show_card(self, endpoint: str, *, version: int = 0) -> "Picture":
        """Show a version's model card."""
        from molagent.report.modelcard import card_html

        return card_html(self.card(endpoint, version=version))

    def predictor(self, endpoint: str, *, version: int = 0) -> Predictor:
        """Load a version's predictor; the newest for 0."""
        from molagent.learn.registry import load_predictor

        return load_predictor(model_folder(self.db, self._version(endpoint, version)), endpoint)

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
            tell. Then ``reliable`` and, where it is not, the ``reason``: of its card, or why there
            is no number to rely on.
        """
        from molagent.learn.registry import load_predictor, prediction_table

        found = self._version(endpoint, version)
        predictor = load_predictor(model_folder(self.db, found), endpoint)
        table = prediction_table(predictor, smiles_list, months_ahead=months_ahead)
        if keep:
            said = purpose if months_ahead is None else f"{purpose}, {months_ahead:g} months ahead"
            store_predictions(self.db, found, table, purpose=said)
        doubt = doubt_of_card(predictor.card)
        told = table["mean"].notna()
        reasons = [
            doubt if known else _why_unknown(smiles)
            for smiles, known in zip(table["smiles"], told, strict=True)
        ]
        return table.assign(reliable=told & (not doubt), reason=reasons)

    def predictions(self, endpoint: str, *, version: int = 0) -> pd.DataFrame:
        """Return the newest kept answer of a version for each structure."""
        return load_model_predictions(self.db, endpoint, self._version(endpoint, version).version)

    def compare(self, endpoint: str, old: int, new: int = 0) -> pd.DataFrame:
        """Hold two versions against each other on the structures that both were asked about."""
        self._version(endpoint, new)
        return compare_versions(self.db, endpoint, old, new)

    def drift(
        self, endpoint: str, old: int, new: int = 0, *, comparison: pd.DataFrame | None = None
    ) -> str:
        """Say in a sentence how far a version moved from an earlier one.

        Parameters
        ----------
        comparison
            What :meth:`compare` returned of the two, where it is at hand.
        """
        from molagent.learn.shift import summarise_shift

        frame = self.compare(endpoint, old, new) if comparison is None else comparison
        shift = summarise_shift(frame)
        if not shift.n:
            return (
                "No structure was asked of both: ask each of them by `molagent models predict`,"
                " with --version."
            )
        return (
            f"Of {shift.n} structures asked of both, estimates moved by {shift.mean:+.2f} on"
            f" average, {shift.rms:.2f} root mean square; {shift.beyond_interval:.0%} now lie"
            f" outside the earlier 90 % interval (rank correlation {shift.spearman:.2f})."
        )

    def explain(self, endpoint: str, smiles: str, *, version: int = 0) -> "Explanation":
        """Say why: atom contributions, nearest measured compounds, and what argues against."""
        from molagent.learn.explanation import Measured, explain

        predictor = self.predictor(endpoint, version=version)
        parts = self._differences([endpoint]).get(endpoint, (endpoint,))
        tables = [aggregate_results(self.db, each) for each in parts]
        values = tables[0] if len(tables) == 1 else difference_of(*tables)
        return explain(predictor, smiles, Measured(learning_frame(values)))

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

    def _differences(self, endpoints: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return of which two endpoints a campaign made those that nobody measures."""
        cards = {name: self._campaign_card(name) or {} for name in endpoints}
        named = {name: card.get("derived_from") for name, card in cards.items()}
        return {name: (of[0], of[1]) for name, of in named.items() if isinstance(of, list)}

    def _version(self, endpoint: str, version: int) -> ModelVersion:
        """Return a version.

        Raises
        ------
        NotFoundError
            If there is none.
        InputError
            If a campaign knows the endpoint from where there are no versions.
        """
        try:
            return load_model_version(self.db, endpoint, version)
        except NotFoundError:
            card = None if version else self._campaign_card(endpoint)
            if card is None:
                raise
            if card.get("data_hash"):
                why = "an earlier molagent fitted it for a campaign and kept no versions"
                remedy = f"train it by `molagent models train {endpoint}`"
            else:
                why = f"the campaign asks {card['title']!r}, which is not trained here"
                remedy = f"read its card by `molagent models card {endpoint}`"
            raise InputError(
                f"{endpoint} has no model version: {why}", place=self.db.path.name, remedy=remedy
            ) from None

    def _campaign_card(self, endpoint: str) -> dict[str, object] | None:
        """Return the newest card of an endpoint that a campaign of this project stored."""
        rows = self.db.query(_CAMPAIGN_CARD, {"endpoint": endpoint})
        return None if rows.empty else dict(json.loads(str(rows["card"].iloc[0])))


def _why_unknown(smiles: str) -> str:
    try:
        parse_smiles(smiles)
    except StructureError as error:
        return error.message
    return "the model gives no estimate of this structure"
