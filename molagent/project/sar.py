"""Structure-activity relationships of one endpoint: tables, and the same as pictures."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pandas as pd

from molagent.errors import InputError, NotFoundError
from molagent.store.aggregates import learning_frame

if TYPE_CHECKING:
    from molagent.records import PotentSeries
    from molagent.report.page import Picture
    from molagent.sar.freewilson import FreeWilson
    from molagent.sar.rgroups import RGroupTable

__all__ = ["Sar"]

_LEAST = 2


@dataclass(frozen=True, eq=False)
class Sar:
    """One endpoint's values, and what changes of structure did to them.

    Methods return data frames; those that begin with ``show_`` return the same as a picture.

    Attributes
    ----------
    frame
        One row a compound: ``compound_id, smiles, p_value, p_relation, n, sd, date``. For an
        endpoint that is no potency `p_value` holds its value.
    endpoint
        Its name.
    unit
        Of the values.
    """

    frame: pd.DataFrame
    endpoint: str
    unit: str

    @classmethod
    def of(cls, values: pd.DataFrame, *, endpoint: str, dates: pd.DataFrame) -> Self:
        """Return the relationships of aggregated values.

        Parameters
        ----------
        values
            As :func:`molagent.store.aggregates.aggregate_results` returns them.
        dates
            ``compound_id, date``: when a compound was made, where that is known.

        Raises
        ------
        InputError
            If fewer than two compounds have a value.
        """
        if len(values) < _LEAST:
            raise InputError(
                f"{endpoint} has {len(values)} compounds with a value",
                remedy="two are the least that can be compared",
            )
        columns = ["compound_id", "smiles", "p_value", "p_relation", "n", "sd"]
        frame = learning_frame(values)[columns].merge(dates, on="compound_id", how="left")
        return cls(frame, endpoint, str(values["unit"].iloc[0]))

    # -- tables ----------------------------------------------------------------------------------

    def series(self, *, min_compounds: int = 5) -> pd.DataFrame:
        """Return one row a series: how many compounds, how good, how long it was worked on."""
        from molagent.sar.series import series_table

        return series_table(self.frame, min_compounds=min_compounds, assigned=self.assigned)

    def of_series(self, name: str) -> "Sar":
        """Return the same of one series alone: what R-group tables are usually made of.

        Raises
        ------
        NotFoundError
            If there is no series of that name.
        """
        mine = (self.assigned["series"] == name).to_numpy()
        if not mine.any():
            raise NotFoundError("series", name, known=sorted(set(self.assigned["series"])))
        return Sar(self.frame[mine].reset_index(drop=True), f"{self.endpoint}, {name}", self.unit)

    @cached_property
    def assigned(self) -> pd.DataFrame:
        """The series of every compound."""
        from molagent.sar.series import assign_series

        return assign_series(self.frame)

    def r_groups(self, core: str | None = None) -> "RGroupTable":
        """Return the R-group table of a core (SMILES or SMARTS), or of the one worth most."""
        from molagent.sar.rgroups import decompose

        return decompose(self.frame, core)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The matched molecular pairs."""
        from molagent.sar.pairs import find_pairs

        return find_pairs(self.frame)

    def transforms(self, *, min_pairs: int = 3) -> pd.DataFrame:
        """Return one row a change: mean effect, SD, standard error, and how often it was seen."""
        from molagent.sar.transforms import transform_table

        return transform_table(self.pairs, min_pairs=min_pairs)

    def suggestions(self, smiles: str, *, min_pairs: int = 3) -> pd.DataFrame:
        """Return what changes the matched pairs suggest for one compound, with the evidence."""
        from molagent.sar.transforms import suggest_changes

        return suggest_changes(smiles, self.pairs, min_pairs=min_pairs, known=self.frame)

    def cliffs(self, *, min_delta: float = 2.0, min_similarity: float = 0.65) -> pd.DataFrame:
        """Return compounds that look alike and act very differently."""
        from molagent.sar.cliffs import find_cliffs

        return find_cliffs(
            self.frame, min_delta=min_delta, min_similarity=min_similarity, pairs=self.pairs
        )

    def free_wilson(self, core: str | None = None, *, min_count: int = 2) -> "FreeWilson":
        """Return what each substituent adds, if effects add up at all."""
        from molagent.sar.freewilson import fit_free_wilson

        return fit_free_wilson(self.r_groups(core), min_count=min_count)

    def neighbours(self, smiles: str, *, k: int = 5) -> pd.DataFrame:
        """Return the nearest measured compounds of a structure, with their values."""
        from molagent.sar.similarity import nearest_measured

        return nearest_measured(self.frame, [smiles], k=k)

    @cached_property
    def potent_series(self) -> tuple["PotentSeries", ...]:
        """The series of potent compounds, with the motifs and cores that they never varied."""
        from molagent.sar.motifs import find_series

        return find_series(self.frame)

    def motifs(self) -> pd.DataFrame:
        """Return one row a motif or core that nearly all potent compounds of a series carry.

        ``series, kind, name, smarts, carried, of, reference_share``, the largest series first; a
        share is one of approved drugs, 0..1.
        """
        columns = ["series", "kind", "name", "smarts", "carried", "of", "reference_share"]
        rules = [rule for each in self.potent_series for rule in each.rules]
        return pd.DataFrame(
            [[getattr(rule, name) for name in columns] for rule in rules], columns=columns
        )

    # -- pictures --------------------------------------------------------------------------------

    def show_series(self) -> "Picture":
        """Show the series: scaffold, counts, the spread of values and when they were worked on."""
        from molagent.report.sar_series import series_html

        drawn = series_html(self.series(), self.assigned, self.frame, unit=self.unit)
        return self._page("series", drawn)

    def show_motifs(self) -> "Picture":
        """Show what each series never varied, on its best compound."""
        from molagent.report.sar_motifs import motifs_html

        return self._page("what was never varied", motifs_html(self.potent_series))

    def show_draft(self) -> "Picture":
        """Show the series of all compounds, and what those of the potent ones never varied."""
        from molagent.report.sar_motifs import motifs_html
        from molagent.report.sar_series import series_html

        drawn = series_html(self.series(), self.assigned, self.frame, unit=self.unit)
        return self._page("series", motifs_html(self.potent_series), drawn)

    def show_r_groups(self, core: str | None = None, *, limit: int = 15) -> "Picture":
        """Show a core's best `limit` compounds with substituents, and two positions as a map."""
        from molagent.report.sar_rgroups import rgroup_matrix_html, rgroup_table_html

        table = self.r_groups(core)
        listed = rgroup_table_html(table, unit=self.unit, limit=limit)
        if len(table.positions) < _LEAST:
            return self._page("R groups", listed)
        return self._page("R groups", rgroup_matrix_html(table, unit=self.unit), listed)

    def show_transforms(self, *, min_pairs: int = 3) -> "Picture":
        """Show changes with their mean effect, its 95 % interval and the counts behind it."""
        from molagent.report.sar_pairs import transforms_html

        changes = self.transforms(min_pairs=min_pairs)
        return self._page("what changes did", transforms_html(changes, unit=self.unit))

    def show_suggestions(self, smiles: str, *, min_pairs: int = 3) -> "Picture":
        """Show what the matched pairs suggest beside the compound that it is suggested for."""
        from molagent.report.sar_pairs import suggestions_html

        found = self.suggestions(smiles, min_pairs=min_pairs)
        return self._page("suggestions", suggestions_html(found, smiles, unit=self.unit))

    def show_cliffs(self, *, min_delta: float = 2.0) -> "Picture":
        """Show activity cliffs as pairs of structures, what differs on a tinted ground."""
        from molagent.report.sar_cliffs import cliffs_html

        return self._page("cliffs", cliffs_html(self.cliffs(min_delta=min_delta), unit=self.unit))

    def show_free_wilson(self, core: str | None = None) -> "Picture":
        """Show what each substituent adds, and combinations that were not made yet."""
        from molagent.report.sar_freewilson import combinations_html, free_wilson_html

        model = self.free_wilson(core)
        new = combinations_html(model, model.combinations(), unit=self.unit)
        return self._page("Free-Wilson", free_wilson_html(model, unit=self.unit), new)

    def show_neighbours(self, smiles: str, *, k: int = 5) -> "Picture":
        """Show a structure beside its nearest measured compounds."""
        from molagent.report.sar_cliffs import neighbours_html

        found = self.neighbours(smiles, k=k)
        return self._page("neighbours", neighbours_html(found, unit=self.unit))

    def write_page(self, path: Path | str, *, core: str = "") -> Path:
        """Write everything as one page and return its path.

        Parameters
        ----------
        core
            A core (SMILES or SMARTS) to take all compounds apart at; without it, each of the
            largest series is taken apart at its own.
        """
        from molagent.report.sar_report import write_sar

        return write_sar(Path(path), self.frame, name=self.endpoint, unit=self.unit, core=core)

    def _page(self, what: str, *drawn: "Picture") -> "Picture":
        from molagent.report.page import together

        return together(f"{self.endpoint}: {what}", drawn)
