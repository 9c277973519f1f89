"""What a report is made of: plain frames and lists, so that it can be written without a store."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pandas as pd

from molagent.errors import InputError
from molagent.records import OVERLAP_COLUMNS, PotentSeries
from molagent.report.wording import as_mapping, label, unit_words

__all__ = ["COLUMNS", "ReportContent"]

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "timings": ("cycle", "stage", "seconds"),
    "sources": ("name", "rows", "accepted", "rejected", "sha256"),
    "rejections": ("file", "row", "reason", "raw"),
    "shortlist": (
        "rank",
        "proposal_id",
        "smiles",
        "desirability",
        "acquisition",
        "reason",
        "generator",
        "mode",
        "cycle",
        "parents",
        "scaffold",
        "nearest_id",
        "nearest_smiles",
        "nearest_similarity",
        "nearest_values",
        "overlap_level",
        "place",
        "order",
        "order_ids",
        "state",
        "make",
    ),
    "properties": ("proposal_id",),
    "on_the_way": ("proposal_id", "smiles", "state", "since", "order_id"),
    "predictions": ("proposal_id", "endpoint", "mean", "std", "in_domain"),
    "components": ("proposal_id", "objective", "value", "std", "desirability", "weight"),
    "funnel": ("cycle", "ordinal", "stage", "entered", "passed", "failed", "unknown"),
    "failures": ("cycle", "filter", "reason", "n"),
    "yields": ("generator", "mode", "asked", "made", "gated", "proposed", "passed", "chosen"),
    "leavers": ("proposal_id", "smiles", "filter", "reason"),
    "overlaps": ("proposal_id", "ordinal", *OVERLAP_COLUMNS),
    "departures": (
        "proposal_id",
        "claim_id",
        "status",
        "parent_id",
        "parent_smiles",
        "assignment",
        "beside",
        "child_id",
        "child_smiles",
        "step",
        "reasons",
        "generations",
    ),
    "decisions": ("cycle", "ordinal", "actor", "action", "reason", "sources", "parameters"),
    "trajectory": ("cycle", "proposal_id", "desirability", "generator", "mode"),
}

# Facts that only a card of the campaign's own assays has: of a model that was trained on them, or
# of a difference of such models.
_OWN_FACTS: Final = ("data_hash", "derived_from")


def _empty() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """Everything a report says, as plain data. Frames may be empty; then the section says so.

    Attributes
    ----------
    name, goal, campaign_id, config_hash, seed, policy, version, created_at
        The header; `goal` is the chemist's own text.
    collection
        Which patent collection was searched, in words, for the note on scope.
    hits
        How many of the shortlist may reach the profile's mark, in words; "" where it was not
        counted.
    timings
        ``cycle, stage, seconds``.
    sources
        ``name, rows, accepted, rejected, sha256``, one row a file; ``source`` and ``licence``
        in words where they are known.
    rejections
        ``file, row, reason, raw``, one row a rejected row (1-based, the header is row 1).
    profile
        One mapping an objective: ``name, endpoint, direction, low, high, weight, reliable,
        reason``; ``unit`` where it is known.
    shortlist
        ``rank, proposal_id, smiles, desirability, acquisition, reason, generator, mode, cycle,
        parents`` (list), ``scaffold, nearest_id, nearest_smiles, nearest_similarity,
        nearest_values`` (endpoint to measured value), ``overlap_level``; ``place`` (best, core,
        explore), ``order`` (what of the stereoisomers, in words), ``order_ids`` (list), ``state``
        ("" where nobody ordered it yet) and ``make`` (as
        :data:`molagent.propose.synthesis.making.Making`).
    properties
        ``proposal_id`` and a column a computed property.
    on_the_way
        ``proposal_id, smiles, state, since, order_id``: what was chosen or ordered earlier.
    predictions
        ``proposal_id, endpoint, mean, std, in_domain``; NaN where the model cannot tell.
    components
        ``proposal_id, objective, value, std, desirability, weight``.
    funnel
        ``cycle, ordinal, stage, entered, passed, failed, unknown``.
    failures
        ``cycle, filter, reason, n``.
    yields
        One row a generator and mode, over all cycles: how many compounds were asked of it, it made,
        passed the gate, were proposed, passed every filter and stand in the shortlist.
    leavers
        ``proposal_id, smiles, filter, reason``: examples of what left the funnel, and where.
    overlaps
        One row a piece of patent evidence, strongest first: ``proposal_id, ordinal, level,
        publication_number, title, assignee, publication_date, section, claim_id, matched_name,
        matched_smiles, similarity, assignment`` (site to SMILES), ``searched, source, reason``.
    departures
        One row a step by which a compound's lineage left a claim: ``proposal_id`` and the fields of
        :class:`molagent.patents.departures.Departure`.
    cards
        Model cards, see :attr:`molagent.protocols.Predictor.card`; ``parity``
        (``[observed, predicted, std]``), ``domain_bands`` and nested ``metrics`` are drawn where
        they are present.
    decisions
        ``cycle, ordinal, actor, action, reason, sources, parameters``.
    plans
        ``(cycle, plan)`` pairs, the plan as a mapping.
    trajectory
        Every ranked proposal: ``cycle, proposal_id, desirability, generator, mode`` and one
        column an endpoint.
    series
        The series of potent compounds, with what they never varied.
    settings
        The campaign's settings, for the appendix.
    notes
        Further remarks for the reader.
    news
        What an earlier release of patents did not have of the shortlist, as
        :meth:`molagent.project.patents.Patents.news` returns it; None where there is none to
        compare with.

    Raises
    ------
    InputError
        If a frame that is not empty lacks a column.
    """

    name: str
    goal: str = ""
    campaign_id: str = ""
    config_hash: str = ""
    seed: int = 0
    policy: str = ""
    version: str = ""
    created_at: datetime | str = ""
    collection: str = ""
    hits: str = ""
    timings: pd.DataFrame = field(default_factory=_empty)
    sources: pd.DataFrame = field(default_factory=_empty)
    rejections: pd.DataFrame = field(default_factory=_empty)
    profile: Sequence[Mapping[str, Any]] = ()
    shortlist: pd.DataFrame = field(default_factory=_empty)
    properties: pd.DataFrame = field(default_factory=_empty)
    on_the_way: pd.DataFrame = field(default_factory=_empty)
    predictions: pd.DataFrame = field(default_factory=_empty)
    components: pd.DataFrame = field(default_factory=_empty)
    funnel: pd.DataFrame = field(default_factory=_empty)
    failures: pd.DataFrame = field(default_factory=_empty)
    yields: pd.DataFrame = field(default_factory=_empty)
    leavers: pd.DataFrame = field(default_factory=_empty)
    overlaps: pd.DataFrame = field(default_factory=_empty)
    departures: pd.DataFrame = field(default_factory=_empty)
    cards: Sequence[Mapping[str, Any]] = ()
    decisions: pd.DataFrame = field(default_factory=_empty)
    plans: Sequence[tuple[int, Mapping[str, Any]]] = ()
    trajectory: pd.DataFrame = field(default_factory=_empty)
    series: tuple[PotentSeries, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    news: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        """Check the columns of every frame."""
        for name, columns in COLUMNS.items():
            frame: pd.DataFrame = getattr(self, name)
            missing = [column for column in columns if column not in frame.columns]
            if not missing:
                continue
            if len(frame):
                raise InputError(
                    f"the frame {name!r} lacks {', '.join(missing)}",
                    place="report content",
                    remedy=f"give it the columns {', '.join(columns)}",
                )
            # An empty frame needs no columns from the caller, but the templates do.
            object.__setattr__(self, name, frame.reindex(columns=[*frame.columns, *missing]))

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Predicted endpoints: those of the profile first, then the others by name."""
        ours = [str(item["endpoint"]) for item in self.profile if item.get("endpoint")]
        others = sorted(set(self.predictions["endpoint"]) - set(ours))
        known = set(self.predictions["endpoint"])
        return tuple(dict.fromkeys([name for name in ours if name in known] + others))

    @property
    def panel(self) -> tuple[str, ...]:
        """Endpoints, by name, that steer nothing: neither of the profile nor of its assays."""
        steering = {str(item.get("endpoint")) for item in self.profile}
        carded = [str(card["endpoint"]) for card in self.cards if card.get("endpoint")]
        names = dict.fromkeys([*self.endpoints, *carded])
        return tuple(
            sorted(
                name
                for name in names
                if name not in steering and not any(self.card(name).get(f) for f in _OWN_FACTS)
            )
        )

    @property
    def batch_size(self) -> int:
        """How many compounds were asked for; those shortlisted where that is not recorded."""
        asked = as_mapping(self.settings.get("select")).get("count")
        return int(asked) if isinstance(asked, int) else len(self.shortlist)

    def title(self, endpoint: str) -> str:
        """Return what an endpoint is called in tables; its card has the model's full title.

        Examples
        --------
        >>> ReportContent(name="x").title("jak1_pki")
        'JAK1 pKi'
        """
        return label(endpoint)

    def spell(self, text: str) -> str:
        """Return a sentence with its endpoints called as in tables.

        Examples
        --------
        >>> card = {"endpoint": "jak1_pki", "kind": "local"}
        >>> ReportContent(name="x", cards=[card]).spell("outside the domain of jak1_pki")
        'outside the domain of JAK1 pKi'
        """
        names = {*self.endpoints, *(str(card.get("endpoint")) for card in self.cards)}
        ours = [re.escape(name) for name in names if name.islower() and self.title(name) != name]
        if not ours:
            return text
        pattern = rf"(?<![\w.])(?:{'|'.join(sorted(ours))})(?!\w)"
        return re.sub(pattern, lambda found: self.title(found[0]), text)

    def unit(self, endpoint: str) -> str:
        """Return an endpoint's unit; '' where it has none or its name says it already."""
        objective = next((o for o in self.profile if o.get("endpoint") == endpoint), {})
        unit = unit_words(objective.get("unit") or self.card(endpoint).get("unit"))
        return "" if unit.lower() in self.title(endpoint).lower() else unit

    def card(self, endpoint: str) -> Mapping[str, Any]:
        """Return the model card of an endpoint; empty where there is none."""
        return next((card for card in self.cards if card.get("endpoint") == endpoint), {})
