"""What a campaign's series will let it do, said before it runs: rules, sizes, filters, leads."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.chem.molecules import parse_smiles, readable_mol
from molagent.config import CampaignConfig
from molagent.errors import ConfigError
from molagent.project.series_rules import potency_endpoint, without_struck
from molagent.project.wishes import size_of_series
from molagent.protocols import Filter
from molagent.records import Verdict

if TYPE_CHECKING:
    from molagent.ingest.intake import Intake

__all__ = ["series_prospects"]

_MOST: Final = 0.5


def series_prospects(config: CampaignConfig, intakes: Sequence["Intake"]) -> list[str]:
    """Return in sentences what the series of the main endpoint bind a campaign to.

    Which motifs and cores they never varied, how large a proposal may be and what that cuts, how
    many of the potent compounds the campaign's own filters would stop, and which leads are new.

    Parameters
    ----------
    intakes
        The campaign's files, read; nothing is said of an assay without a file.

    Raises
    ------
    ConfigError
        If the file strikes what is no rule, or a part or lead that it names cannot be read.
    """
    from molagent.sar.motifs import potent

    frame = _values(config, intakes)
    said = list(_leads(config, intakes))
    if frame.empty:
        return said
    best = potent(frame)
    return [*_series(config, frame), *_sizes(config, frame, best), *_filters(config, best), *said]


def _values(config: CampaignConfig, intakes: Sequence["Intake"]) -> pd.DataFrame:
    """Return the main endpoint's values, one row a compound: the highest of several."""
    endpoint = potency_endpoint(config)
    parts = []
    for intake in intakes:
        result = intake.result
        rows = result.results[result.results["endpoint"] == endpoint].dropna(subset=["p_value"])
        parts.append(rows.merge(result.compounds[["inchikey", "smiles"]], on="inchikey"))
    columns = ["compound_id", "smiles", "p_value", "p_relation"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    if table.empty:
        return pd.DataFrame(columns=columns)
    table = table.sort_values("p_value", ascending=False, kind="stable")
    table = table.drop_duplicates("inchikey").rename(columns={"inchikey": "compound_id"})
    return table[columns].reset_index(drop=True)


def _series(config: CampaignConfig, frame: pd.DataFrame) -> Iterator[str]:
    from molagent.sar.motifs import MIN_COMPOUNDS, find_series

    generate = config.generate
    if generate.motifs == "off":
        yield 'series: not looked at ([generate] motifs = "off")'
        return
    kept = without_struck(find_series(frame), generate.struck)
    if not any(each.rules for each in kept):
        yield (
            f"series: no core ring system is shared by {MIN_COMPOUNDS} potent compounds and rare in"
            " drugs, so that no motif is kept"
        )
        return
    fate = "held back" if generate.motifs == "keep" else "told of"
    yield f"series: what lost one of these is {fate}; strike what is habit by [generate] struck"
    for each in kept:
        rules = "; ".join(f"{rule.kind} {rule.sentence}" for rule in each.rules)
        yield f"  {each.series} {each.name}: {rules or 'all struck'}"


def _sizes(config: CampaignConfig, frame: pd.DataFrame, best: pd.DataFrame) -> Iterator[str]:
    limit = size_of_series(config, frame)
    sizes = [parse_smiles(smiles).GetNumHeavyAtoms() for smiles in best["smiles"]]
    cut = sum(size > limit.atoms for size in sizes)
    words = f"; {cut} of {len(sizes)} potent compounds are larger" if cut else ""
    yield f"size: at most {limit.atoms} heavy atoms ({limit.why}){words}"


def _filters(config: CampaignConfig, best: pd.DataFrame) -> Iterator[str]:
    """Say where a filter would stop most of what is potent: a campaign would find little."""
    from molagent.screen.alerts import AlertFilter
    from molagent.screen.rules import RuleFilter
    from molagent.screen.wishes import Wishes, WishFilter

    generate, screen = config.generate, config.screen
    wishes = Wishes(
        core=generate.core,
        protect=generate.protect,
        require=generate.require,
        forbid=generate.forbid,
    )
    asked: dict[str, Filter] = {
        "[generate] core, protect, require and forbid": WishFilter(wishes),
        **(
            {f'[screen] rules = "{screen.rules}"': RuleFilter(screen.rules)} if screen.rules else {}
        ),
        f"[screen] alerts = {list(screen.alerts)}": AlertFilter(screen.alerts),
    }
    for name, judge in asked.items():
        answers = judge.judge(list(best["smiles"]))
        failed = sum(each.verdict is Verdict.FAIL for each in answers)
        if answers and failed > _MOST * len(answers):
            yield (
                f"{name}: {failed} of {len(answers)} potent compounds fail, and so will most"
                " of what is like them"
            )


def _leads(config: CampaignConfig, intakes: Sequence["Intake"]) -> Iterator[str]:
    from molagent.chem.standardize import standardize_smiles

    names = {
        name for intake in intakes for _, part in intake.named_parts() for name in part["name"]
    }
    known = {smiles for intake in intakes for smiles in intake.result.compounds["smiles"]}
    for text in config.generate.lead:
        if text in names:
            yield f"lead: {text} is a compound of the data"
        elif readable_mol(text) is None:
            # An assay without a file may have it in the project.
            if all(assay.file for assay in config.assays):
                raise ConfigError(
                    f"{text!r} is neither a structure nor the name of a compound of the data",
                    place="[generate] lead",
                    remedy="give a SMILES, or a name as the data has it",
                )
        elif standardize_smiles(text) in known:
            yield f"lead: {text} is a compound of the data"
        else:
            yield f"lead: {text} is not in the data; changes start from it all the same"
