"""From the store to what a report says."""

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from molagent.campaign.pool import SIGN, latest_predictions, load_measured
from molagent.campaign.summary import failure_counts
from molagent.campaign.taken import load_taken
from molagent.campaign.yields import whole_yields
from molagent.chem.molecules import parse_smiles
from molagent.chem.properties import PROPERTIES
from molagent.config import CampaignConfig
from molagent.project.departures import departures_frame
from molagent.project.series_rules import campaign_series
from molagent.project.wishes import campaign_size
from molagent.protocols import PatentIndex
from molagent.records import PotentSeries, Stage
from molagent.report.content import ReportContent
from molagent.report.ordering import PROPERTY_HEADS
from molagent.store.assays import load_rejections, load_sources
from molagent.store.cycles import CampaignStore

__all__ = ["newest_cards", "report_content", "shortlist_frame"]

_LEAVERS_PER_FILTER: Final = 4


def report_content(
    config: CampaignConfig, store: CampaignStore, patents: PatentIndex | None
) -> ReportContent:
    """Return everything the report of the newest shortlist says.

    Parameters
    ----------
    patents
        What the campaign searches for patent evidence; None for nothing.
    """
    header = store.header() or {}
    shortlist = shortlist_frame(config, store)
    ids = set(shortlist["proposal_id"])
    cards = newest_cards(store)
    rejections = load_rejections(store.db).rename(columns={"source_row": "row"})
    sources = load_sources(store.db).rename(columns={"n_rows": "rows"})
    for key in ("source", "licence"):
        sources[key] = [str(mapping.get(key, "")) for mapping in map(_mapping, sources["mapping"])]
    ranking = store.load("ranking")
    newest = ranking[ranking["cycle"] == ranking["cycle"].max()]
    overlaps = store.load("overlap")
    measured = load_measured(store.db, [assay.endpoint for assay in config.assays])
    return ReportContent(
        name=config.project.name,
        goal=config.project.goal,
        campaign_id=store.campaign_id,
        config_hash=config.hash,
        seed=config.project.seed,
        policy=config.steer.policy,
        version=str(header.get("version", "")),
        created_at=header.get("created_at", ""),
        collection=f"{patents.release}; {patents.scope}" if patents else "",
        hits=_hits(store),
        timings=store.stages()[["cycle", "stage", "seconds"]],
        sources=sources,
        rejections=rejections,
        profile=_profile(config, cards),
        shortlist=shortlist,
        properties=_properties(shortlist),
        on_the_way=_on_the_way(config, store, ids),
        predictions=_of(latest_predictions(store), ids),
        components=_components(_of(newest, ids)),
        funnel=_funnel(store),
        failures=_failures(store),
        yields=whole_yields(store, ids),
        leavers=_leavers(store),
        overlaps=_of(overlaps, ids),
        departures=departures_frame(config, store, patents, shortlist["proposal_id"]),
        cards=list(cards.values()),
        decisions=store.load("decision").sort_values(["cycle", "ordinal"], ignore_index=True),
        plans=_plans(store),
        trajectory=_trajectory(store, [o.endpoint for o in config.profile]),
        series=_series(config, measured),
        notes=_notes(config, measured),
        settings=config.model_dump(mode="json"),
    )


def _series(config: CampaignConfig, measured: pd.DataFrame) -> tuple[PotentSeries, ...]:
    if config.generate.motifs == "off":
        return ()
    return campaign_series(config, measured).series


def _notes(config: CampaignConfig, measured: pd.DataFrame) -> list[str]:
    size = campaign_size(config, measured)
    notes = [f"Proposals have at most {size.atoms} heavy atoms ({size.why})."]
    if any(each.rules for each in _series(config, measured)):
        kept = config.generate.motifs == "keep"
        fate = "is held back as of unknown potency" if kept else "passes and is marked"
        notes.append(
            "A proposal that lost what nearly all potent compounds of its series carry "
            f"{fate}: see what the series never varied."
        )
    return notes


def _hits(store: CampaignStore) -> str:
    stages = store.stages()
    selected = stages[stages["stage"] == Stage.SELECT].sort_values("cycle")
    return str(selected["detail"].iloc[-1].get("hits", "")) if len(selected) else ""


def shortlist_frame(config: CampaignConfig, store: CampaignStore) -> pd.DataFrame:
    """Return the newest shortlist with everything that belongs to each compound.

    Returns
    -------
    pandas.DataFrame
        The report's shortlist columns, and per endpoint its value, ``<endpoint>_std`` and
        ``<endpoint>_in_domain``.
    """
    chosen = store.load("shortlist")
    chosen = chosen[chosen["cycle"] == chosen["cycle"].max()]
    proposals = store.load("proposal")
    ranking = store.load("ranking")
    ranking = ranking[ranking["cycle"] == ranking["cycle"].max()]
    frame = (
        chosen.drop(columns="cycle")
        .merge(proposals.drop(columns="seed"), on="proposal_id", how="left")
        .merge(
            ranking[["proposal_id", "nearest_id", "nearest_similarity"]],
            on="proposal_id",
            how="left",
        )
        .sort_values("rank", ignore_index=True)
    )
    measured = load_measured(store.db, [assay.endpoint for assay in config.assays])
    known = {row["compound_id"]: row for row in measured.to_dict("records")}
    endpoints = [assay.endpoint for assay in config.assays]
    frame["parents"] = [list(parents) for parents in frame["parents"]]
    frame["nearest_smiles"] = [known.get(name, {}).get("smiles") for name in frame["nearest_id"]]
    frame["nearest_values"] = [
        {e: _measured(known[name], e) for e in endpoints if pd.notna(known[name][e])}
        if name in known
        else {}
        for name in frame["nearest_id"]
    ]
    measured_keys = set(measured["inchikey"])
    taken = load_taken(store, measured_keys, before=_newest_cycle(store))
    frame["state"] = [
        "measured" if key in measured_keys else taken.state_of(key) for key in frame["inchikey"]
    ]
    isomers = list(frame.pop("isomers"))
    frame["order"] = [str(each.get("order", "")) for each in isomers]
    frame["order_ids"] = [
        list(each.get("ids", [name]))
        for each, name in zip(isomers, frame["proposal_id"], strict=True)
    ]
    overlaps = store.load("overlap")
    first = overlaps[overlaps["ordinal"] == 0]
    levels = dict(zip(first["proposal_id"], first["level"], strict=True))
    frame["overlap_level"] = [levels.get(name, "not_checked") for name in frame["proposal_id"]]
    return _with_predictions(frame, latest_predictions(store))


def _measured(row: Mapping[Hashable, Any], endpoint: str) -> float | str:
    """Return a measured value; a bound as text with its sign, as ``<5``."""
    value, relation = float(row[endpoint]), row[f"{endpoint}{SIGN}"]
    return value if relation == "=" else f"{relation}{round(value, 2):g}"


def _newest_cycle(store: CampaignStore) -> int | None:
    cycles = store.load("shortlist")["cycle"]
    return None if cycles.empty else int(cycles.max())


def _properties(shortlist: pd.DataFrame) -> pd.DataFrame:
    """Return what is computed of each structure alone, as far as it is shown."""
    names = [name for name in PROPERTY_HEADS if name in PROPERTIES]
    mols = [parse_smiles(smiles) for smiles in shortlist["smiles"]]
    values = {name: [float(PROPERTIES[name][0](mol)) for mol in mols] for name in names}
    return pd.DataFrame({"proposal_id": list(shortlist["proposal_id"]), **values})


def _on_the_way(config: CampaignConfig, store: CampaignStore, ids: set[str]) -> pd.DataFrame:
    """Return what was chosen or ordered before the newest shortlist and has no value yet."""
    measured = load_measured(store.db, [assay.endpoint for assay in config.assays])
    frame = load_taken(store, set(measured["inchikey"]), before=_newest_cycle(store)).frame
    mine = frame[~frame["proposal_id"].isin(ids)]
    return mine[["proposal_id", "smiles", "state", "since", "order_id"]].reset_index(drop=True)


def _with_predictions(frame: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Add ``<endpoint>``, ``<endpoint>_std`` and ``<endpoint>_in_domain`` for each endpoint."""
    columns: dict[str, pd.Series] = {}
    for endpoint, rows in predictions.groupby("endpoint", sort=False):
        mine = rows.set_index("proposal_id")
        for column, suffix in (("mean", ""), ("std", "_std"), ("in_domain", "_in_domain")):
            columns[f"{endpoint}{suffix}"] = frame["proposal_id"].map(mine[column])
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)


def _mapping(value: object) -> Mapping[str, Any]:
    """Return how a file was read; the store keeps it as JSON text."""
    parsed = json.loads(value) if isinstance(value, str) else value
    return parsed if isinstance(parsed, Mapping) else {}


def _of(frame: pd.DataFrame, ids: set[str]) -> pd.DataFrame:
    return frame[frame["proposal_id"].isin(ids)].reset_index(drop=True)


def newest_cards(store: CampaignStore) -> dict[str, Mapping[str, Any]]:
    """Return endpoint to its newest model card."""
    rows = store.load("model_card").sort_values("cycle", kind="stable").to_dict("records")
    return {str(row["endpoint"]): row["card"] for row in rows}


def _profile(
    config: CampaignConfig, cards: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    lines = []
    for objective in config.profile:
        card = cards.get(objective.endpoint, {})
        lines.append(
            {
                **objective.model_dump(),
                "reliable": bool(card.get("reliable")),
                "reason": card.get("reason", ""),
                "title": card.get("title", objective.endpoint),
                "unit": card.get("unit", ""),
            }
        )
    return lines


def _components(ranking: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "proposal_id": row["proposal_id"],
            "objective": name,
            **{key: part[key] for key in ("value", "std", "desirability", "weight")},
        }
        for row in ranking.to_dict("records")
        for name, part in row["components"].items()
    ]
    columns = ["proposal_id", "objective", "value", "std", "desirability", "weight"]
    return pd.DataFrame(rows, columns=columns)


def _funnel(store: CampaignStore) -> pd.DataFrame:
    judged = store.load("judgement")
    flags = judged[["cycle", "ordinal", "filter"]].assign(
        **{name: judged["verdict"].eq(name).astype(int) for name in ("pass", "fail", "unknown")}
    )
    counts = flags.groupby(["cycle", "ordinal", "filter"], as_index=False).sum()
    frame = counts.rename(columns={"filter": "stage", "pass": "passed", "fail": "failed"})
    frame["entered"] = frame["passed"] + frame["failed"] + frame["unknown"]
    return frame[["cycle", "ordinal", "stage", "entered", "passed", "failed", "unknown"]]


def _failures(store: CampaignStore) -> pd.DataFrame:
    judged = store.load("judgement")
    rows = [
        {"cycle": cycle, "filter": name, "reason": reason, "n": n}
        for cycle, group in judged.groupby("cycle")
        for (name, reason), n in (
            (key.split(": ", 1), n) for key, n in failure_counts(group).items()
        )
    ]
    return pd.DataFrame(rows, columns=["cycle", "filter", "reason", "n"])


def _leavers(store: CampaignStore) -> pd.DataFrame:
    judged = store.load("judgement")
    failed = judged[judged["verdict"] != "pass"].drop_duplicates("proposal_id")
    some = failed.groupby("filter").head(_LEAVERS_PER_FILTER)
    proposals = store.load("proposal")[["proposal_id", "smiles"]]
    return some.merge(proposals, on="proposal_id")[["proposal_id", "smiles", "filter", "reason"]]


def _plans(store: CampaignStore) -> list[tuple[int, Mapping[str, Any]]]:
    plans = store.load("plan").sort_values(["cycle", "revision"])
    newest = plans.drop_duplicates("cycle", keep="last")
    return [(int(row["cycle"]), row["plan"]) for row in newest.to_dict("records")]


def _trajectory(store: CampaignStore, endpoints: Sequence[str]) -> pd.DataFrame:
    """Return everything that was ever ranked, in the cycle that proposed it."""
    ranking = store.load("ranking").sort_values("cycle", kind="stable")
    newest = ranking.drop_duplicates("proposal_id", keep="last")
    proposals = store.load("proposal")[["proposal_id", "cycle", "generator", "mode"]]
    frame = newest[["proposal_id", "desirability"]].merge(proposals, on="proposal_id")
    predictions = latest_predictions(store)
    wide = predictions[predictions["endpoint"].isin(endpoints)].pivot_table(
        index="proposal_id", columns="endpoint", values="mean"
    )
    return frame.merge(wide.reset_index(), on="proposal_id", how="left")
