"""What a campaign is called and where its results go."""

from pydantic import Field

from molagent.config.section import Name, Section

__all__ = ["ProjectConfig"]


class ProjectConfig(Section):
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
