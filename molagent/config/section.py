"""What every section of the campaign file is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Name", "Section", "Share"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A part of the campaign file: frozen, and without keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
