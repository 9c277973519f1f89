"""The campaign file: one TOML, checked before anything runs.

Every section is a frozen model that refuses unknown keys. Paths are relative to the campaign file.
The configuration's hash, stored with the campaign, covers everything but the output folder.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from molagent.errors import ConfigError, FileFormatError
from molagent.toml_texts import read_toml

__all__ = [
    "AssayConfig",
    "CampaignConfig",
    "CorrectionConfig",
    "DerivedConfig",
    "GenerateConfig",
    "LlmConfig",
    "ModelsConfig",
    "ObjectiveConfig",
    "ProjectConfig",
    "ScreenConfig",
    "SelectConfig",
    "SteerConfig",
    "load_config",
    "parse_config",
]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProjectConfig(_Section):
    """What the campaign is called and where its results go.

    Attributes
    ----------
    name
        The campaign's name: lower case, digits and underscores.
    goal
        What the campaign is after, in words; it heads the report.
    seed
        Of every random choice. The same seed, file and data give the same shortlist.
    folder
        Where the results go; "" is ``runs/<name>`` under the working directory.
    """

    name: Name
    goal: str = ""
    seed: int = Field(default=1, ge=0, lt=2**31)
    folder: str = ""


class AssayConfig(_Section):
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
    source: str = ""
    licence: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        columns = ("smiles_column", "value_column", "unit", "unit_column", "relation_column")
        given = [name for name in (*columns, "name_column") if getattr(self, name)]
        if not self.file and (given or self.layout):
            raise ValueError(f"{(given or ['layout'])[0]} says how a file is read: give file")
        if self.layout and given:
            raise ValueError(f"layout says which column is what: leave out {given[0]}")
        if self.file and not self.layout:
            needed = ("target", "quantity", "smiles_column", "value_column")
            if missing := [name for name in needed if not getattr(self, name)]:
                raise ValueError(f"give {', '.join(missing)}, or a layout")
            if bool(self.unit) == bool(self.unit_column):
                raise ValueError("give either unit or unit_column")
        return self


class ModelsConfig(_Section):
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


class CorrectionConfig(_Section):
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


class DerivedConfig(_Section):
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


class ObjectiveConfig(_Section):
    """One line of the target product profile.

    ``low`` and ``high`` are where desirability begins and is full (maximise), or is full and ends
    (minimise), or the range within which it is full (range).

    Attributes
    ----------
    name
        What the objective is called in the report.
    endpoint
        An assay, a derived endpoint, a registered model, one of ADMET-AI, a computed property or a
        plugin.
    direction
        Which values are wanted.
    low
        In the endpoint's unit; below `high`.
    high
        In the endpoint's unit.
    weight
        How much the objective counts in the geometric mean of the profile.
    allow_unreliable
        Use a model that failed its checks. Without it the campaign stops and says why.
    """

    name: str
    endpoint: Name
    direction: Literal["maximise", "minimise", "range"]
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    weight: float = Field(default=1.0, gt=0.0, le=10.0)
    allow_unreliable: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        return self


class GenerateConfig(_Section):
    """How many proposals a cycle makes, and the first cycle's mix.

    Attributes
    ----------
    per_cycle
        Proposals that a cycle keeps.
    oversample
        How many are made for each one kept; the models of the assays choose.
    max_heavy_atoms
        The largest proposal, in heavy atoms.
    temperature
        Of the policy's choices: below 1 keeps to what it knows, above 1 strays.
    seeds
        How many of the best compounds are grown from and changed.
    forbidden_smarts
        Patterns that no proposal may contain.
    weights
        A folder of `molagent train`; "" is the graph policy that ships.
    building_blocks
        A CSV or SMILES file for the generator ``reactions``; "" is the list that ships.
    mix
        ``generator:mode`` to its share of the first cycle; the shares add up to 1. Later cycles are
        the policy's affair.
    """

    per_cycle: int = Field(default=400, ge=10, le=100_000)
    oversample: int = Field(default=1, ge=1, le=100)
    max_heavy_atoms: int = Field(default=36, ge=5, le=60)
    temperature: float = Field(default=1.0, ge=0.1, le=3.0)
    seeds: int = Field(default=40, ge=1, le=1000)
    forbidden_smarts: tuple[str, ...] = ()
    weights: str = ""
    building_blocks: str = ""
    mix: Mapping[str, Share] = Field(
        default_factory=lambda: {"graph:de_novo": 0.2, "graph:decorate": 0.4, "edits:edit": 0.4}
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key in self.mix:
            if key.count(":") != 1:
                raise ValueError(f"mix key {key!r} is not 'generator:mode'")
        if not math.isclose(sum(self.mix.values()), 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares of mix add up to {sum(self.mix.values()):g}, not 1")
        return self


class ScreenConfig(_Section):
    """Which filters a proposal passes; each one's answers are data in ``molagent/screen``.

    Attributes
    ----------
    rules
        A set of property windows: `oral`, `lipinski`, `veber`, `egan`, `ghose`, `lead_like`,
        `fragment`, `cns` or `gsk_4_400`.
    alerts
        Sets of structural alerts that fail a proposal: `reactive`, `pains`, `nih`, `brenk`,
        `glaxo`, `dundee`, `bms`, `surechembl`, `inpharmatica` or `lint`.
    controlled_extra
        A site's own list of controlled substances, beside the one that ships.
    outside
        Claim ids of `patents` that the generators keep out of.
    patents
        A folder of publications and claims; with "" patents are not checked.
    releases
        Folders of `molagent patents sync` or `import`, searched beside `patents`.
    disclosures
        A CSV of what is known and not published.
    client
        Whose disclosures may be searched; "" is the house's own.
    as_of
        Publications of a later date are not seen.
    filters
        Further filters, by the name of their entry point.
    admet_panel
        Predict every endpoint of ADMET-AI for the shortlist.
    domain
        Hold back what lies outside the domain of a model of the assays.
    """

    rules: str = "oral"
    alerts: tuple[str, ...] = ("reactive", "pains")
    controlled_extra: str = ""
    outside: tuple[str, ...] = ()
    patents: str = ""
    releases: tuple[str, ...] = ()
    disclosures: str = ""
    client: str = ""
    as_of: date | None = None
    filters: tuple[str, ...] = ()
    admet_panel: bool = True
    domain: bool = True


class SelectConfig(_Section):
    """The batch that goes to the laboratory.

    Attributes
    ----------
    count
        Compounds on the shortlist.
    per_scaffold
        At most so many of one scaffold.
    draws
        Joint draws from the models, by which the batch is chosen and hits are counted.
    strategy
        How a place is filled: a draw each (Thompson), the best estimate, the best upper bound, or
        the likeliest hit.
    explore
        Share of the places for what teaches most about the pool.
    max_similarity
        Tanimoto similarity that no two compounds of the batch exceed.
    hit
        Overall desirability that counts as a hit.
    """

    count: int = Field(default=24, ge=1, le=10_000)
    per_scaffold: int = Field(default=3, ge=1)
    draws: int = Field(default=256, ge=16, le=100_000)
    strategy: Literal["thompson", "greedy", "upper_bound", "probability_of_hit"] = "thompson"
    explore: Share = 0.0
    max_similarity: float = Field(default=1.0, gt=0.0, le=1.0)
    hit: float = Field(default=0.6, gt=0.0, le=1.0)


class SteerConfig(_Section):
    """Who decides, and for how long.

    Attributes
    ----------
    policy
        ``agents``, ``fixed`` or a plugin's name.
    cycles
        Design cycles before the shortlist.
    """

    policy: str = "agents"
    cycles: int = Field(default=3, ge=1, le=1000)


class LlmConfig(_Section):
    """The model behind the agents; the default needs no key and no network.

    Attributes
    ----------
    provider
        ``playbook`` follows a written playbook; ``openai`` asks any endpoint that speaks that
        protocol.
    model
        The model's name at the endpoint; needed with ``openai``.
    base_url
        The endpoint's address; "" is the provider's own.
    api_key_env
        The environment variable that holds the key. The key itself never stands in a file.
    timeout_s
        Seconds until an answer is given up.
    temperature
        Of the answers.
    max_tokens
        Tokens that one decision may use, all agents together; then the last valid plan stays.
    structures
        Whether structures may leave the machine: there is no other choice.
    endpoints
        Whether objectives, endpoints and targets leave as ``objective_1``, ``endpoint_1`` and
        ``target_1``, or as they are called here. Other names of the project never leave.
    values
        Whether measured and predicted numbers leave as they are, rounded, or not at all.
    """

    provider: Literal["playbook", "openai"] = "playbook"
    model: str = ""
    base_url: str = ""
    api_key_env: str = ""
    timeout_s: float = Field(default=60.0, gt=0.0)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int = Field(default=200_000, ge=1)
    structures: Literal["never"] = "never"
    endpoints: Literal["aliases", "exact"] = "aliases"
    values: Literal["exact", "rounded", "withheld"] = "rounded"

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.provider != "playbook" and not self.model:
            raise ValueError("name a model when the provider is not 'playbook'")
        return self


class CampaignConfig(_Section):
    """A whole campaign.

    Attributes
    ----------
    project
        Name, goal, seed and folder.
    assays
        The measured endpoints.
    derived
        Endpoints that are differences of others.
    corrections
        ADMET-AI's endpoints corrected by measurements.
    profile
        The target product profile.
    generate
        How proposals are made.
    screen
        Which filters they pass.
    select
        How the batch is chosen.
    steer
        Who decides, and for how long.
    llm
        The model behind the agents.
    """

    project: ProjectConfig
    assays: tuple[AssayConfig, ...] = Field(min_length=1)
    derived: tuple[DerivedConfig, ...] = ()
    models: ModelsConfig = ModelsConfig()
    corrections: tuple[CorrectionConfig, ...] = ()
    profile: tuple[ObjectiveConfig, ...] = Field(min_length=1)
    generate: GenerateConfig = GenerateConfig()
    screen: ScreenConfig = ScreenConfig()
    select: SelectConfig = SelectConfig()
    steer: SteerConfig = SteerConfig()
    llm: LlmConfig = LlmConfig()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [objective.name for objective in self.profile]
        if len(set(names)) != len(names):
            raise ValueError("two objectives of the profile share a name")
        measured = {assay.endpoint for assay in self.assays}
        for derived in self.derived:
            for part in (derived.minuend, derived.subtrahend):
                if part not in measured:
                    raise ValueError(f"derived {derived.endpoint!r} needs an assay of {part!r}")
        return self

    @model_validator(mode="after")
    def _models_of_what_is_asked(self) -> Self:
        measured = {assay.endpoint for assay in self.assays}
        for endpoint in self.models.second:
            if endpoint not in measured:
                raise ValueError(f"models.second: there is no assay of {endpoint!r} to inform")
        asked = measured | {objective.endpoint for objective in self.profile}
        for endpoint in self.models.registered:
            if endpoint not in asked:
                raise ValueError(
                    f"models.registered: neither an assay nor an objective is of {endpoint!r}"
                )
        return self

    @property
    def hash(self) -> str:
        """SHA-256 of what the configuration sets away from the defaults, output folder aside.

        An option that a newer version adds does not change what an older campaign is.
        """
        payload = self.model_dump(mode="json", exclude_defaults=True)
        payload["project"].pop("folder", None)
        return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()

    @property
    def campaign_id(self) -> str:
        """First twelve hex digits of the hash."""
        return self.hash[:12]

    def with_policy(self, policy: str) -> Self:
        """Return the same campaign under another policy."""
        return self.model_copy(update={"steer": self.steer.model_copy(update={"policy": policy})})


def load_config(path: Path) -> CampaignConfig:
    """Read a campaign file.

    Raises
    ------
    ConfigError
        If the file is missing, is not TOML, or a key is unknown, missing or out of bounds. The
        message names every faulty key.
    """
    if not path.exists():
        raise ConfigError(
            "there is no such campaign file", place=str(path), remedy="check the path"
        )
    try:
        data = read_toml(path)
    except FileFormatError as error:
        raise ConfigError(error.message, place=error.place, remedy=error.remedy) from error
    return parse_config(data, place=str(path))


def parse_config(data: Mapping[str, Any], *, place: str = "") -> CampaignConfig:
    """Check a campaign given as a mapping; see :func:`load_config`."""
    try:
        return CampaignConfig.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigError(faults, place=place, remedy="correct the campaign file") from error
