"""A campaign file written from a data file: what was found in it, said, and ready to run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from molagent.errors import InputError
from molagent.records import PotentSeries, Verdict
from molagent.store.one_value import P_UNIT

if TYPE_CHECKING:
    from molagent.ingest.layouts import Layout

__all__ = ["CampaignDraft", "draft_campaign"]

_MOST_ASSAYS: Final = 3
_PASS: Final = 0.8
_LEAST: Final = 2
_RULES: Final = ("oral", "lipinski", "veber", "egan")
_QUANTITIES: Final = ("Ki", "IC50", "EC50", "Kd")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDraft:
    """What was written.

    Attributes
    ----------
    campaign
        The campaign file.
    files
        Everything that was written: the campaign, its page of series, a layout where one is needed.
    endpoint
        The endpoint that the campaign wants most of.
    series
        Its series of potent compounds.
    """

    campaign: Path
    files: tuple[Path, ...]
    endpoint: str
    series: tuple[PotentSeries, ...]


def draft_campaign(
    data: Path, out: Path, *, confirm: bool = False, **columns: object
) -> CampaignDraft:
    """Write a commented campaign from a data file, and a page of its series beside it.

    Parameters
    ----------
    data
        Any file that ``data ingest`` reads, with a potency in it.
    out
        The campaign file; what belongs to it gets its name.
    confirm
        Without it a guess that is not certain is refused.
    columns
        What the file's columns are; what is not given is guessed.

    Raises
    ------
    InputError
        If there is such a campaign file, or the data hold no potency of two compounds or more.
    FileFormatError
        If the file cannot be read, or a guess is not certain and nobody confirmed it.
    """
    from molagent.project.assaydata import AssayData

    if out.exists():
        raise InputError(
            f"there is a campaign file {out.name}", place=str(out), remedy="give another --out"
        )
    with TemporaryDirectory() as folder:
        store = AssayData.open(Path(folder) / "draft.duckdb", create=True)
        intake = store.read(data, confirm=confirm, **columns)  # type: ignore[arg-type]
        store.store(intake, data, confirm=True)
        potencies = _potencies(store)
        if not potencies:
            raise InputError(
                "the file holds no potency of two compounds or more",
                place=data.name,
                remedy="a campaign needs Ki, IC50, EC50 or Kd; name the columns by --value, --unit "
                "and --quantity",
            )
        sar = store.sar(potencies[0])
        series = sar.potent_series
        page = sar.show_draft().write(out.with_name(f"{out.stem}_series.html"))
        measured = {name: store.values(name) for name in potencies}
    written = [page]
    blocks = []
    for name in potencies[:_MOST_ASSAYS]:
        block, layout = _assay(intake.layout, name, data, out)
        blocks.append(block)
        written += [layout] if layout and layout not in written else []
    text = _text(out.stem, blocks, measured, series, page.name)
    out.write_text(text, encoding="utf-8")
    return CampaignDraft(campaign=out, files=(out, *written), endpoint=potencies[0], series=series)


def _potencies(store: Any) -> list[str]:  # noqa: ANN401 - AssayData, which is imported late
    """Return the endpoints that are potencies, that of most compounds first."""
    sizes = {}
    for name in store.endpoints:
        values = store.values(name)
        if len(values) >= _LEAST and values["unit"].iloc[0] == P_UNIT:
            sizes[name] = len(values)
    return sorted(sizes, key=lambda name: (-sizes[name], name))


def _assay(layout: "Layout", endpoint: str, data: Path, out: Path) -> tuple[str, Path | None]:
    """Return an ``[[assays]]`` block, and the layout that was written where columns do not do."""
    file = _relative(data, out.parent)
    told: dict[str, object] = {"file": file, "endpoint": endpoint}
    written = None
    readout = layout.readout[0] if len(layout.readout) == 1 else None
    plain = layout.to_dict()
    if plain.get("name"):
        told["layout"] = plain["name"]
    elif readout is not None and _is_columns(layout, endpoint):
        told |= {
            "target": readout.target or endpoint.rsplit("_", 1)[0].upper(),
            "quantity": readout.quantity,
            "smiles_column": layout.smiles,
            "value_column": readout.value,
            "unit" if readout.unit else "unit_column": readout.unit or readout.unit_column,
            "relation_column": readout.relation_column,
            "name_column": layout.name_column,
        }
    else:
        written = out.with_name(f"{out.stem}_layout.toml")
        lines = [f"{key} = {_toml(value)}" for key, value in plain.items()]
        written.write_text("\n".join(["[layout]", *lines, ""]), encoding="utf-8")
        told["layout"] = written.name
    lines = [f"{key} = {_toml(value)}" for key, value in told.items() if value]
    return "\n".join(["[[assays]]", *lines]), written


def _is_columns(layout: "Layout", endpoint: str) -> bool:
    """Return whether the keys of ``[[assays]]`` say all that the layout does."""
    readout = layout.readout[0]
    said = {"endpoint", "target", "quantity", "value", "unit", "unit_column", "relation_column"}
    given = readout.model_dump(mode="json", exclude_defaults=True)
    outer = set(layout.to_dict()) - {"smiles", "name_column", "readout"}
    return (
        readout.endpoint == endpoint
        and readout.quantity in _QUANTITIES
        and bool(layout.smiles)
        and bool(readout.unit) != bool(readout.unit_column)
        and not outer
        and set(given) <= said
    )


def _relative(data: Path, folder: Path) -> str:
    import os

    return Path(os.path.relpath(data.resolve(), folder.resolve())).as_posix()


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{json.dumps(str(key))} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _text(
    name: str,
    blocks: Sequence[str],
    measured: Mapping[str, pd.DataFrame],
    series: Sequence[PotentSeries],
    page: str,
) -> str:
    endpoint = next(iter(measured))
    values = measured[endpoint]
    low, high = _marks(values)
    logp, ordinary = _lipophilicity(values), _ordinary(values)
    rules, alerts = _filters(_potent_smiles(values))
    more = list(measured)[len(blocks) :]
    return "\n".join(
        [
            f"# A campaign on {endpoint}, from {len(values)} compounds. Read it, change it, then:",
            f"#   molagent check {name}.toml",
            f"#   molagent run {name}.toml",
            "# Paths are relative to this file.",
            "",
            "[project]",
            f"name = {_toml(_name(name))}",
            f"goal = {_toml(f'Better compounds on {endpoint}.')}",
            "seed = 1",
            "",
            *(line for block in blocks for line in (block, "")),
            *([f"# More potencies of the file: {', '.join(more)}.", ""] if more else []),
            "# What is wanted. Between low and high desirability rises from 0 to 1, or falls.",
            "[[profile]]",
            f"name = {_toml(endpoint)}",
            f"endpoint = {_toml(endpoint)}",
            'direction = "maximise"',
            f"low = {low:.1f}               # {_below(values, low)} measured compounds are below",
            f"high = {high:.1f}              # {_below(values, high)} are below",
            "weight = 2.0",
            "",
            "[[profile]]",
            'name = "lipophilicity"',
            'endpoint = "logp"       # Crippen',
            'direction = "minimise"',
            f"low = {logp[0]:.1f}               # half of the potent compounds are below",
            f"high = {logp[1]:.1f}              # nearly all are",
            "weight = 0.5",
            "",
            "[[profile]]",
            'name = "precedent"',
            'endpoint = "precedent"  # how ordinary the surroundings of its atoms are',
            'direction = "maximise"',
            f"low = {ordinary[0]:.1f}               # nearly all potent compounds are far above",
            f"high = {ordinary[1]:.1f}              # half of them are",
            "weight = 0.5",
            "",
            "# Further endpoints without data of your own: solubility, herg, clearance and so on",
            "# (general models; `molagent models list` says how good they are).",
            "# [[profile]]",
            '# name = "hERG"',
            '# endpoint = "herg"     # probability of block',
            '# direction = "minimise"',
            "# low = 0.2",
            "# high = 0.8",
            "",
            "[generate]",
            "per_cycle = 200         # proposals kept in a cycle",
            "oversample = 4          # made for each one kept; the models choose",
            '# lead = "..."          # what changes start from: a SMILES, or a name of the data',
            '# core = "..."          # what every proposal keeps; exits [*] where it may grow',
            '# protect = ["..."]     # parts that every change keeps',
            '# forbid = ["..."]      # parts that no proposal may contain',
            "# max_heavy_atoms = 36  # left out, it follows the potent compounds",
            *_motif_lines(series, page),
            "",
            "[screen]",
            f"rules = {_toml(rules[0])}          # {rules[1]}",
            f"alerts = {_toml(alerts[0])}   # {alerts[1]}",
            '# patents = "folder"    # publications and claims to search; nothing is searched now',
            "",
            "[select]",
            f"count = {24 if len(values) >= 100 else 12}",
            "",
            "[steer]",
            'policy = "fixed"        # or "agents": a team that decides from what it sees',
            "cycles = 2",
            "",
        ]
    )


def _motif_lines(series: Sequence[PotentSeries], page: str) -> list[str]:
    rules = [(each, rule) for each in series for rule in each.rules]
    if not rules:
        return [
            '# motifs = "keep"       # no series of this data agrees on a core or motif yet',
        ]
    lines = [
        'motifs = "keep"         # what a series never varied is kept; or "tell", "off"',
        f'# Pictures: {page}. What is mere habit may be struck: struck = ["S1 core"]',
    ]
    lines += [
        f"#   {rule.series} {rule.kind} {rule.name}: in {rule.carried} of {rule.of} potent "
        f"compounds, {_percent(rule.reference_share)} of drugs"
        for _, rule in rules
    ]
    return lines


def _marks(values: pd.DataFrame) -> tuple[float, float]:
    """Return where desirability begins and is full: a quarter up, and the best twentieth."""
    known = values["value"].dropna()
    high = round(float(known.quantile(0.95)), 1)
    return round(min(float(known.quantile(0.25)), high - 1.0), 1), high


def _below(values: pd.DataFrame, mark: float) -> str:
    return f"{int((values['value'] < mark).sum())} of {len(values)}"


def _potent_smiles(values: pd.DataFrame) -> list[str]:
    from molagent.sar.motifs import potent
    from molagent.store.aggregates import learning_frame

    return list(potent(learning_frame(values))["smiles"]) or list(values["smiles"])


def _lipophilicity(values: pd.DataFrame) -> tuple[float, float]:
    found = _of_potent(values, "logp")
    low, high = round(float(found.median()), 1), round(float(found.quantile(0.95)), 1)
    return low, max(high, round(low + 1.0, 1))


def _ordinary(values: pd.DataFrame) -> tuple[float, float]:
    """Return a range that a compound as new as the newest potent ones is still well inside."""
    found = _of_potent(values, "precedent")
    return max(0.0, float(found.quantile(0.05)) - 1.0), float(found.median())


def _of_potent(values: pd.DataFrame, name: str) -> pd.Series:
    """Return a property of the potent compounds."""
    from molagent.chem.molecules import parse_smiles
    from molagent.chem.properties import PROPERTIES

    compute = PROPERTIES[name][0]
    return pd.Series([compute(parse_smiles(each)) for each in _potent_smiles(values)])


def _filters(
    smiles: Sequence[str],
) -> tuple[tuple[str, str], tuple[list[str], str]]:
    """Return rules and alerts that most potent compounds pass, each with its figure in words."""
    from molagent.screen.alerts import AlertFilter
    from molagent.screen.rules import RuleFilter

    def share(judge: RuleFilter | AlertFilter) -> float:
        answers = judge.judge(smiles)
        return sum(each.verdict is Verdict.PASS for each in answers) / len(answers)

    shares = {name: share(RuleFilter(name)) for name in _RULES}
    rules = next((name for name in _RULES if shares[name] >= _PASS), "")
    said = (
        f"{_percent(shares[rules])} of the potent compounds pass"
        if rules
        else f'none: {shares["oral"]:.0%} of the potent compounds pass "oral"'
    )
    sets = [name for name in ("reactive", "pains") if share(AlertFilter((name,))) >= _PASS]
    left_out = [name for name in ("reactive", "pains") if name not in sets]
    words = "pass" if not left_out else f"left out, as most would fail: {', '.join(left_out)}"
    return (rules, said), (sets, f"{words}" if left_out else "most potent compounds pass")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _name(stem: str) -> str:
    kept = "".join(letter if letter.isalnum() else "_" for letter in stem.lower())
    return kept if kept[:1].isalpha() else f"campaign_{kept}"
