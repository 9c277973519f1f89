"""My own drawn ideas, judged as a campaign judges its proposals; nothing of it is stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.campaign.frames import domain_rows, overlap_rows
from molagent.campaign.pool import load_measured
from molagent.campaign.ranking import check_profile, counted_weights
from molagent.campaign.runner import domain_endpoints
from molagent.campaign.worlds import SUBTRACTED
from molagent.chem.standardize import standardize_smiles
from molagent.config import CampaignConfig
from molagent.errors import ConfigError, InputError, StructureError
from molagent.project.catalogue import Catalogue
from molagent.project.screening import build_screen
from molagent.protocols import Filter, PatentIndex, Predictor
from molagent.records import FloatArray, Judgement, Verdict
from molagent.records.reliability import doubt_of_card
from molagent.select.desirability import combine
from molagent.store.database import Database

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Scores", "predict_structures", "score_structures"]

_EVIDENCE_DEPTH: Final = 3
_NOT_TOLD: Final = "the model gives no estimate of this structure"
_ORDER: Final = {Verdict.PASS: 0, Verdict.UNKNOWN: 1, Verdict.FAIL: 2}


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a campaign says of structures that somebody drew.

    Attributes
    ----------
    summary
        A row a structure, in the order asked: ``smiles, structure`` (its standardised parent),
        ``verdict`` (``fail`` if any filter failed it, else ``unknown`` if any could not tell, else
        ``pass``), ``because`` (the filters behind it), ``desirability`` (0..1, of the campaign
        file's weights; NaN where it is unknown), ``patents`` (the strongest evidence), and the mean
        of each endpoint of the profile.
    estimates
        As :meth:`molagent.project.project.Project.predict` returns them.
    verdicts
        A row a structure and filter: ``smiles, filter, verdict, reason``. Every filter is asked,
        also behind one that fails.
    evidence
        Up to three pieces of patent evidence a structure, strongest first: ``smiles, level,
        publication_number, searched, reason`` and so on.
    doubt
        Why no desirability can be said of this profile at all; '' where it can.
    notes
        What is to be known of the estimates, a sentence each.
    """

    summary: "pd.DataFrame"
    estimates: "pd.DataFrame"
    verdicts: "pd.DataFrame"
    evidence: "pd.DataFrame"
    doubt: str = ""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one paragraph a structure."""
        lines: list[str] = []
        for row in self.summary.to_dict("records"):
            wish = row["desirability"]
            told = "not known" if np.isnan(wish) else f"{wish:.2f}"
            lines += [str(row["smiles"]), f"  {row['verdict']}: {row['because'] or 'every filter'}"]
            lines.append(f"  desirability {told}; patents: {row['patents']}")
            for each in self._of(self.estimates, row["smiles"]):
                lines.append(f"  {_said(each)}")
        if self.doubt:
            lines.append(f"No desirability: {self.doubt}")
        lines += self.notes
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Show the summary in a notebook."""
        return str(self.summary.round(2).to_html(index=False))

    @staticmethod
    def _of(frame: "pd.DataFrame", smiles: object) -> list[dict[object, object]]:
        return list(frame[frame["smiles"] == smiles].to_dict("records"))


def predict_structures(
    config: CampaignConfig, db: Database, base: Path, smiles: str | Sequence[str]
) -> "pd.DataFrame":
    """Return what the campaign's models say of structures; nothing is trained or stored.

    See :meth:`molagent.project.project.Project.predict`.
    """
    asked, parents, refused = _parents(smiles)
    return _estimates(_predictors(config, db, base), asked, parents, refused)


def score_structures(
    config: CampaignConfig,
    db: Database,
    base: Path,
    patents: PatentIndex | None,
    smiles: str | Sequence[str],
) -> Scores:
    """Return what the campaign's models, filters and patent evidence say of structures.

    See :meth:`molagent.project.project.Project.score`.
    """
    import pandas as pd

    from molagent.patents.unchecked import UncheckedIndex

    asked, parents, refused = _parents(smiles)
    predictors = _predictors(config, db, base)
    estimates = _estimates(predictors, asked, parents, refused)
    known = [smiles for smiles in asked if smiles in parents]
    measured = load_measured(db, [assay.endpoint for assay in config.assays])
    screen = build_screen(config, base, patents, measured)
    verdicts = pd.DataFrame(
        _verdict_rows(screen.filters, [parents[smiles] for smiles in known], known)
        + [(smiles, "structure", "fail", reason) for smiles, reason in refused.items()],
        columns=["smiles", "filter", "verdict", "reason"],
    )
    if config.screen.domain:
        rows = estimates.rename(columns={"smiles": "proposal_id"})
        rows = rows[rows["proposal_id"].isin(known)]
        domain = domain_rows(rows, domain_endpoints(config), ordinal=0)
        domain = domain.rename(columns={"proposal_id": "smiles"})[list(verdicts.columns)]
        verdicts = pd.concat([verdicts, domain], ignore_index=True)
    index = patents or UncheckedIndex("the campaign file names no patent collection")
    found = index.find_overlap([parents[smiles] for smiles in known])
    evidence = overlap_rows(known, found, depth=_EVIDENCE_DEPTH)
    evidence = evidence.rename(columns={"proposal_id": "smiles"}).drop(columns="ordinal")
    wishes, doubt = _desirability(config, predictors, estimates, asked)
    if config.screen.domain:
        outside = verdicts[(verdicts["filter"] == "domain") & (verdicts["verdict"] != "pass")]
        wishes[np.isin(asked, outside["smiles"].to_numpy(str))] = np.nan
    summary = pd.DataFrame(
        {
            "smiles": asked,
            "structure": [parents.get(smiles, "") for smiles in asked],
            **_overall(verdicts, asked),
            "desirability": wishes,
            "patents": _strongest(evidence, asked),
            **{
                endpoint: _means(estimates, endpoint, asked)
                for endpoint in dict.fromkeys(o.endpoint for o in config.profile)
            },
        }
    )
    return Scores(summary, estimates, verdicts, evidence, doubt, tuple(_notes(predictors)))


def _parents(
    smiles: str | Sequence[str],
) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Return what is asked, each once; its standardised parent; and why it has none."""
    asked = list(dict.fromkeys([smiles] if isinstance(smiles, str) else smiles))
    if not asked:
        raise InputError("no structure is given", remedy="give SMILES")
    parents: dict[str, str] = {}
    refused: dict[str, str] = {}
    for text in asked:
        try:
            parents[text] = standardize_smiles(text)
        except StructureError as error:
            refused[text] = error.message
    return asked, parents, refused


def _predictors(config: CampaignConfig, db: Database, base: Path) -> list[Predictor]:
    """Return those of the profile and of the assays, as they were registered."""
    catalogue = Catalogue(config, db, base=base, trains=False)
    return list(catalogue.fit())


def _estimates(
    predictors: Sequence[Predictor],
    asked: Sequence[str],
    parents: Mapping[str, str],
    refused: Mapping[str, str],
) -> "pd.DataFrame":
    import pandas as pd

    from molagent.learn.registry import prediction_table

    known = {smiles: parents[smiles] for smiles in asked if smiles in parents}
    frames = []
    for predictor in predictors:
        table = prediction_table(predictor, list(known.values())).set_index("smiles")
        table = table.reindex([known.get(smiles, "") for smiles in asked]).reset_index(drop=True)
        doubt = doubt_of_card(predictor.card)
        told = table["mean"].notna().to_numpy(bool)
        frames.append(
            pd.DataFrame(
                {
                    "smiles": list(asked),
                    "endpoint": predictor.endpoint,
                    "unit": str(predictor.card.get("unit", "")),
                    **{name: table[name].astype("float64") for name in ("mean", "std", "lo", "hi")},
                    # An unreadable structure is in no domain.
                    "in_domain": table["in_domain"].eq(True),  # noqa: FBT003 - missing is not True
                    # Nor is there a number of it to rely on, or of one that the model cannot tell.
                    "reliable": told & (not doubt),
                    "reason": [
                        refused.get(smiles, doubt or ("" if is_told else _NOT_TOLD))
                        for smiles, is_told in zip(asked, told, strict=True)
                    ],
                    "model_hash": str(predictor.card["model_hash"]),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _notes(predictors: Sequence[Predictor]) -> Iterator[str]:
    """Yield of each difference that is not that of the two estimates beside it why it is not."""
    for predictor in predictors:
        parts = predictor.card.get("derived_from")
        if not parts or predictor.card.get("kind") == SUBTRACTED:
            continue
        learned = predictor.card.get("kind") == "local"
        way = "learned from both assays together" if learned else "told by measured differences"
        yield (
            f"{predictor.endpoint} is {way}, so it need not be {parts[0]} less {parts[1]} as shown"
        )


def _verdict_rows(
    filters: Sequence[Filter], parents: Sequence[str], asked: Sequence[str]
) -> list[tuple[str, str, str, str]]:
    """Ask every filter of the funnel about every structure, not only up to the first that fails."""
    rows = []
    for each in filters:
        answers: Sequence[Judgement] = each.judge(parents) if parents else []
        rows += [
            (smiles, answer.filter, str(answer.verdict), answer.reason)
            for smiles, answer in zip(asked, answers, strict=True)
        ]
    return rows


def _desirability(
    config: CampaignConfig,
    predictors: Sequence[Predictor],
    estimates: "pd.DataFrame",
    asked: Sequence[str],
) -> tuple[FloatArray, str]:
    """Return the profile's desirability by the file's weights, and why there is none at all."""
    try:
        doubts = {p.endpoint: doubt_of_card(p.card) for p in predictors}
        check_profile(config.profile, doubts)
    except ConfigError as error:
        return np.full(len(asked), np.nan), error.message
    values = {o.endpoint: _means(estimates, o.endpoint, asked) for o in config.profile}
    weights = counted_weights(config.profile, doubts, {})
    return np.array(combine(config.profile, values, weights)[0], dtype=np.float64), ""


def _means(estimates: "pd.DataFrame", endpoint: str, asked: Sequence[str]) -> FloatArray:
    mine = estimates[estimates["endpoint"] == endpoint].set_index("smiles")["mean"]
    return np.asarray(mine.reindex(list(asked)), dtype=np.float64)


def _overall(verdicts: "pd.DataFrame", asked: Sequence[str]) -> dict[str, list[str]]:
    overall, because = [], []
    for smiles in asked:
        mine = verdicts[verdicts["smiles"] == smiles]
        worst = max((Verdict(text) for text in mine["verdict"]), key=_ORDER.__getitem__)
        behind = mine[mine["verdict"] == str(worst)] if worst is not Verdict.PASS else mine.head(0)
        overall.append(str(worst))
        because.append(
            "; ".join(f"{row['filter']}: {row['reason']}" for row in behind.to_dict("records"))
        )
    return {"verdict": overall, "because": because}


def _strongest(evidence: "pd.DataFrame", asked: Sequence[str]) -> list[str]:
    first = evidence.drop_duplicates("smiles").set_index("smiles")["level"]
    return [str(first.get(smiles, "not_checked")).replace("_", " ") for smiles in asked]


def _said(row: Mapping[object, object]) -> str:
    """Return an estimate in words; what a model cannot tell is not known."""
    name = f"{row['endpoint']}"
    mean, low, high = (float(str(row[key])) for key in ("mean", "lo", "hi"))
    if np.isnan(mean):
        return f"{name}: not known"
    value = f"{mean:.2f} {row['unit']}".rstrip()
    told = f"{name} {value} (90 %: {low:.2f} to {high:.2f})"
    doubts = [] if row["in_domain"] else ["outside the model's domain"]
    doubts += [] if row["reliable"] else [f"not reliable: {row['reason']}"]
    return "; ".join([told, *doubts])
