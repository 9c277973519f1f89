"""What filters say of a structure."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Judgement", "Verdict"]


class Verdict(StrEnum):
    """Outcome of one filter. UNKNOWN (not searched, model failed) never counts as PASS."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one filter says of one structure."""

    filter: str
    verdict: Verdict
    reason: str
    evidence: tuple[str, ...] = ()
