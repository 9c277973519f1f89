"""Nothing measures its users: what AutoGen would tell a tracing service is off before it starts."""

import os
from typing import Final

__all__ = ["SWITCHES", "switch_off"]

#: Environment variables and the values with which a dependency reports nothing. A value that a site
#: has set itself is left as it is.
SWITCHES: Final = {
    "AUTOGEN_DISABLE_RUNTIME_TRACING": "true",
    "OTEL_SDK_DISABLED": "true",
    "DO_NOT_TRACK": "1",
}


def switch_off() -> None:
    """Set the switches in this process; its worker processes inherit them."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
