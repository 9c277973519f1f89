"""Where a campaign's values come from, and how models are made of them."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from molagent.config.section import Name, Section

__all__ = ["AssayConfig", "CorrectionConfig", "DerivedConfig", "ModelsConfig"]


class AssayConfig(Section):
    """Measured values of one endpoint: a file read by columns or by a layout, or what is there.

    Without ``file`` the endpoint's values are those that the project file already holds.

    Attributes
    ----------
    file
        The file of values, relative to the campaign file.
    layout
        A shipped layout's name or a TOML file, instead of the columns below.
    endpoint
        What the values are called from here on, for example ``jak1_pki``.
    target
        What was measured on, for example ``JAK1``; needed with columns.
    quantity
        Which potency the column holds; needed with columns.
    smiles_column
        Title of the column of structures.
    value_column
        Title of the column of values.
    unit
        The unit of all values, for example ``nM``.
    unit_column
        Title of the column of units, instead of `unit`.
    relation_column
        Title of the column of ``=``, ``<`` and ``>``; without it a value is exact unless its own
        cell says otherwise.
    name_column
        Title of the column of compound names.
    decimal
        Decimal sign of the values, ``.`` or ``,``; without it decided over the column.
    source
        Where the data is from, for the report and the model card.
    licence
        Under which licence the data is used.
    """

    file: str = ""
    layout: str = ""
    endpoint: Name
    target: str = ""
    quantity: Literal["", "Ki", "IC50", "EC50", "Kd"] = ""
    smiles_column: str = ""
    value_column: str = ""
    unit: str = ""
    unit_column: str = ""
    relation_column: str = ""
    name_column: str = ""
    decimal: Literal["", ".", ","] = ""
    source: str = ""
    licence: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        columns = ("smiles_column", "value_column", "unit", "unit_column", "relation_column")
        given = [name for name in (*columns, "name_column") if getattr(self, name)]
        of_file = [*given, *(name for name in ("layout", "decimal") if getattr(self, name))]
        if not self.file and of_file:
            raise ValueError(f"{of_file[0]} says how a file is read: give file")
        if self.layout and given:
            raise ValueError(f"layout says which column is what: leave out {given[0]}")
        if self.file and not self.layout:
            needed = ("target", "quantity", "smiles_column", "value_column")
            if missing := [name for name in needed if not getattr(self, name)]:
                raise ValueError(f"give {', '.join(missing)}, or a layout")
            if bool(self.unit) == bool(self.unit_column):
                raise ValueError("give either unit or unit_column")
        return self


class ModelsConfig(Section):
    """How the models of the assays are made; without it each is a Gaussian process of its own.

    Attributes
    ----------
    kind
        As of ``molagent models train``: ``local``, one model an endpoint, or ``message_passing``,
        one network for all.
    candidates
        What is compared, as of ``molagent models train``: the best on held-out values is taken, and
        the model card says what it was held against. Empty for the plainest of the kind alone, as
        every cycle that brought values back fits again.
    second
        Endpoint of an assay to another assay of the same target that informs its model, for
        candidates that end in ``+second``: ``second = { jak1_pki = "jak1_cell_pki" }``.
    registered
        Endpoint of an assay or objective to a version that the project file holds. It is used as it
        is and never fitted again: ``registered = { jak1_pki = 3 }``.
    """

    kind: str = "local"
    candidates: tuple[str, ...] = ()
    second: Mapping[Name, Name] = Field(default_factory=dict)
    registered: Mapping[Name, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        twice = [name for name in self.candidates if self.candidates.count(name) > 1]
        if twice:
            raise ValueError(f"candidates names {twice[0]!r} twice")
        if self.second and not any(name.endswith("+second") for name in self.candidates):
            raise ValueError(
                "second is told to candidates that end in '+second': add one, as two-part+second"
            )
        for endpoint, other in self.second.items():
            if endpoint == other:
                raise ValueError(f"second: {endpoint!r} cannot inform itself")
            if endpoint in self.registered:
                raise ValueError(
                    f"{endpoint!r} is in second and in registered: a registered version is not"
                    " fitted again"
                )
        return self


class CorrectionConfig(Section):
    """A general model's endpoint that is corrected by measurements of the same quantity and unit.

    Attributes
    ----------
    endpoint
        One of ADMET-AI's endpoints, for example ``solubility``.
    assay
        An endpoint that the project holds values of.
    """

    endpoint: str
    assay: Name


class DerivedConfig(Section):
    """An endpoint that is the difference of two others, for example a selectivity in log units.

    Attributes
    ----------
    endpoint
        The name of the difference.
    minuend
        The endpoint that is subtracted from.
    subtrahend
        The endpoint that is subtracted.
    """

    endpoint: Name
    minuend: Name
    subtrahend: Name
