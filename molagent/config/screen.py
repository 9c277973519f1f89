"""Which filters a proposal passes."""

from datetime import date

from pydantic import Field

from molagent.config.section import Section

__all__ = ["ScreenConfig"]


class ScreenConfig(Section):
    """Which filters a proposal passes; each one's answers are data in ``molagent/screen``.

    Attributes
    ----------
    rules
        A set of property windows: `oral`, `lipinski`, `veber`, `egan`, `ghose`, `lead_like`,
        `fragment`, `cns` or `gsk_4_400`; "" for none.
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
    since
        Folder of an earlier release: the report says what the last of `releases` has of the
        shortlist and this one has not.
    disclosures
        A CSV of what is known and not published.
    client
        Whose disclosures may be searched; "" is the house's own.
    as_of
        Publications of a later date are not seen.
    filters
        Further filters, by the name of their entry point.
    precedent
        Refuse ring systems and bonds that neither ChEMBL nor the project's measured compounds hold.
    admet_panel
        Predict every endpoint of ADMET-AI for the shortlist.
    domain
        Hold back what lies outside the domain of a model of the assays.
    max_steps
        Reactions from pieces that may be bought; what has no such route is held back. Left out,
        routes are looked for and told of the shortlist, and stop nothing.
    """

    rules: str = "oral"
    alerts: tuple[str, ...] = ("reactive", "pains")
    controlled_extra: str = ""
    outside: tuple[str, ...] = ()
    patents: str = ""
    releases: tuple[str, ...] = ()
    since: str = ""
    disclosures: str = ""
    client: str = ""
    as_of: date | None = None
    filters: tuple[str, ...] = ()
    precedent: bool = True
    admet_panel: bool = True
    domain: bool = True
    max_steps: int | None = Field(default=None, ge=1, le=5)
