"""All pictures of one assay's structure-activity relationships on one page."""

from pathlib import Path
from typing import Final

import pandas as pd

from molagent.errors import InputError
from molagent.report.files import replace_file
from molagent.report.page import Picture, page, picture
from molagent.report.sar_cliffs import cliffs_html
from molagent.report.sar_freewilson import combinations_html, free_wilson_html
from molagent.report.sar_motifs import motifs_html
from molagent.report.sar_pairs import pair_cards_html, transforms_html
from molagent.report.sar_rgroups import rgroup_matrix_html, rgroup_table_html
from molagent.report.sar_series import series_html
from molagent.report.wording import count, is_unknown, number
from molagent.sar.cliffs import find_cliffs
from molagent.sar.freewilson import fit_free_wilson
from molagent.sar.measured import EXACT, measured, pooled_sd
from molagent.sar.motifs import find_series
from molagent.sar.pairs import find_pairs
from molagent.sar.rgroups import RGroupTable, decompose
from molagent.sar.series import NO_SERIES, assign_series, series_table
from molagent.sar.transforms import pairs_behind, transform_table

__all__ = ["sar_pictures", "write_sar"]

_FEWEST_PAIRS: Final = 5
_POTENCY: Final = ("p", "-log10(M)")
_STRONGEST: Final = 10
_MOST_ADDITIVE_POSITIONS: Final = 4


def sar_pictures(
    frame: pd.DataFrame, *, name: str, unit: str = "", core: str = "", n_series: int = 2
) -> list[Picture]:
    """Return what one assay teaches, as pictures in reading order.

    Parameters
    ----------
    frame
        One assay's values; see :func:`molagent.sar.measured.measured`.
    name
        What the assay is called.
    unit
        What the values are, for example ``pIC50``.
    core
        SMILES or SMARTS of a core to look for in all compounds; without it, each of the largest
        series is taken apart at its own scaffold.
    n_series
        How many of the largest series to decompose.

    Returns
    -------
    list of Picture
        What is in the assay; its series; of a potency, what they never varied; the commonest and
        the strongest changes with the pairs behind the strongest; cliffs; and of each core the
        R-group table, the matrix of its two most varied positions and the additive contributions,
        or why there are none.
    """
    assigned = assign_series(frame)
    table = series_table(frame, assigned=assigned)
    pairs = find_pairs(frame)
    cliffs = find_cliffs(frame, pairs=pairs)
    pictures = [_overview(frame, name, unit), series_html(table, assigned, frame, unit=unit)]
    # Where more is not better there is nothing to keep.
    if unit.startswith(_POTENCY) and (potent_series := find_series(frame)):
        pictures.append(motifs_html(potent_series))
    pictures += _changes(pairs, unit)
    if len(cliffs):
        other = cliffs[cliffs["kind"] != "stereo"]
        pictures.append(cliffs_html(cliffs if other.empty else other, unit=unit, limit=8))
    named = table[table["series"] != NO_SERIES].head(n_series)
    if core:
        return [*pictures, *_of_core(frame, core, "the core", unit)]
    for scaffold, series in zip(named["scaffold"], named["series"], strict=True):
        own = frame[(assigned["series"] == series).to_numpy()]
        pictures += _of_core(own, str(scaffold), str(series), unit)
    return pictures


def write_sar(
    path: Path,
    frame: pd.DataFrame,
    *,
    name: str,
    unit: str = "",
    core: str = "",
    n_series: int = 2,
) -> Path:
    """Write :func:`sar_pictures` as one HTML file without scripts or outside references.

    Returns
    -------
    pathlib.Path
        The file.
    """
    pictures = sar_pictures(frame, name=name, unit=unit, core=core, n_series=n_series)
    text = page(name, pictures, kicker="Structure and activity")
    return replace_file(path, text.encode())


def _overview(frame: pd.DataFrame, name: str, unit: str) -> Picture:
    table = measured(frame)
    exact = table["p_relation"] == EXACT
    sd = pooled_sd(frame)
    words = (
        f"{count(len(table))} compounds, {count(exact.sum())} with an exact value, "
        f"{count(table['p_relation'].isin(['<', '>']).sum())} with a bound."
    )
    if not is_unknown(sd):
        words += (
            f" Repeated measurements agree within {number(sd)} log units (pooled SD), so two "
            f"compounds that act alike differ by {number(sd * 2**0.5)} or less in two of three "
            "pairs."
        )
    else:
        words += " No compound was measured twice, so the repeatability is not known."
    words += f" Values: {unit}." if unit else ""
    return picture(f"{name}: what its structures teach", note=words)


def _changes(pairs: pd.DataFrame, unit: str) -> list[Picture]:
    table = transform_table(pairs)
    plain = table[table["kind"] != "stereo"]
    pictures = [transforms_html(plain, unit=unit, limit=_STRONGEST, title="The commonest changes")]
    sure = plain[(plain["n"] >= _FEWEST_PAIRS) & plain["effect"].isin(["raises", "lowers"])]
    if sure.empty:
        return pictures
    # By the end of the interval that is nearer to zero: a large mean of few pairs is not first.
    safe = sure[["low", "high"]].abs().min(axis=1)
    strongest = sure.loc[safe.sort_values(ascending=False).index]
    pictures.append(
        transforms_html(
            strongest,
            unit=unit,
            limit=_STRONGEST,
            title=f"The strongest changes with {_FEWEST_PAIRS} pairs or more",
        )
    )
    first = strongest.iloc[0]
    behind = pairs_behind(pairs, str(first["from"]), str(first["to"]))
    pictures.append(pair_cards_html(behind, unit=unit, limit=6))
    return pictures


def _of_core(frame: pd.DataFrame, core: str, series: str, unit: str) -> list[Picture]:
    try:
        table = decompose(frame, core)
    except InputError as error:
        return [picture(f"R groups: {series}", note=str(error))]
    pictures = []
    if len(table.positions) > 1:
        pictures.append(rgroup_matrix_html(table, unit=unit, title=f"Two positions: {series}"))
    pictures.append(rgroup_table_html(table, unit=unit, limit=15, title=f"R groups: {series}"))
    return [*pictures, *_additive(table, series, unit)]


def _additive(table: RGroupTable, series: str, unit: str) -> list[Picture]:
    """Return the contributions, of the most varied positions where all are too many."""
    first = [name for name in table.positions if name != "core"][:_MOST_ADDITIVE_POSITIONS]
    chosen = (*first, *(name for name in table.positions if name == "core"))
    title = f"What each substituent adds: {series}"
    refusal = ""
    for positions in (table.positions, chosen):
        try:
            model = fit_free_wilson(table, positions=tuple(positions))
        except InputError as error:
            refusal = str(error)
            continue
        new = model.combinations(limit=8)
        pictures = [free_wilson_html(model, unit=unit, title=title)]
        return [*pictures, combinations_html(model, new, unit=unit)] if len(new) else pictures
    return [picture(title, note=refusal)]
