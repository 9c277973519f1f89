"""What a fit may do: which parameters are locked, within which bounds, and what is set aside."""

from dataclasses import asdict, dataclass
from typing import Final

from molagent.errors import InputError

__all__ = ["AS_GIVEN", "FREE", "METHOD", "METHOD_VERSION", "CurveRules"]

METHOD: Final = "4pl"
METHOD_VERSION: Final = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRules:
    """How curves are fitted; kept with every curve.

    Attributes
    ----------
    bottom, top
        The asymptotes at low and high concentration, in percent; None fits them. Responses that
        were normalised to controls have theirs at 0 and 100 by definition, and curves that end
        halfway up are only comparable if nobody guesses where they would have ended.
    hill
        The slope; None fits it within `hill_bounds`.
    release_top
        Fit a locked asymptote nevertheless where the points refute it: the curve has levelled off
        elsewhere, and by far better so (see ``molagent.curves.plateaus``). The curve then says that
        its top, or bottom, is not locked, and reports its relative half effect. Otherwise it keeps
        its lock, so that it can be laid beside others, its class is ``partial``, and it reports
        nothing that rests on the lock.
    ic50
        Which half effect is reported where the two differ: ``"relative"``, half of the curve's own
        way from bottom to top; ``"absolute"``, 50 % between the controls. Either one frees what the
        points refute. ``""`` is the relative one where an asymptote was fitted, and none where the
        points refute a locked one: then somebody has to say which is meant.
    outliers
        Whether points that their replicates contradict are set aside and flagged.
    false_discovery_rate
        Of the points called outliers, the share that may be none (ROUT's Q).
    noise_floor
        Percent: the smallest standard deviation of a point that is believed. Without it the
        third-best point of a beautiful curve would be an outlier.
    least_response
        Percent: a curve that stays below this at every concentration is inactive.
    fall
        Percent: a response that falls by more than this beyond its maximum is bell-shaped, and the
        fall is set aside; infinite where it is to be kept.

    Examples
    --------
    >>> CurveRules(top=None).locked
    {'bottom': True, 'top': False, 'p_ac50': False, 'hill': False}
    """

    bottom: float | None = 0.0
    top: float | None = 100.0
    hill: float | None = None
    bottom_bounds: tuple[float, float] = (-50.0, 50.0)
    top_bounds: tuple[float, float] = (20.0, 150.0)
    hill_bounds: tuple[float, float] = (0.1, 10.0)
    release_top: bool = False
    ic50: str = ""
    outliers: bool = True
    false_discovery_rate: float = 0.01
    noise_floor: float = 3.0
    least_response: float = 20.0
    fall: float = 25.0

    def __post_init__(self) -> None:
        """Refuse rules that cannot be met."""
        if self.ic50 not in ("", "relative", "absolute"):
            raise InputError(
                f"no half effect {self.ic50!r}", remedy="say relative, absolute, or nothing"
            )
        for name in ("bottom", "top", "hill"):
            low, high = getattr(self, f"{name}_bounds")
            if not low < high:
                raise InputError(
                    f"the bounds of {name} are {low:g} to {high:g}", remedy="give the lower first"
                )
        if self.hill_bounds[0] <= 0:
            raise InputError(
                f"a Hill slope of {self.hill_bounds[0]:g} is not a rising curve",
                remedy="turn falling responses over (100 - activity) and keep the slope positive",
            )
        if self.bottom is not None and self.top is not None and self.bottom >= self.top:
            raise InputError(
                f"a curve from {self.bottom:g} to {self.top:g} does not rise",
                remedy="give bottom below top",
            )

    @property
    def locked(self) -> dict[str, bool]:
        """Which parameters are given and not fitted."""
        return {
            "bottom": self.bottom is not None,
            "top": self.top is not None,
            "p_ac50": False,
            "hill": self.hill is not None,
        }

    @property
    def frees_refuted(self) -> bool:
        """Whether a locked asymptote that the points refute is fitted after all."""
        return self.release_top or bool(self.ic50)

    def to_dict(self) -> dict[str, object]:
        """Return the rules for JSON, which knows no infinity."""
        return {
            name: None if value == float("inf") else value for name, value in asdict(self).items()
        }


# Both asymptotes where the controls put them, points set aside by people only: how vaults fit.
AS_GIVEN: Final = CurveRules(outliers=False, fall=float("inf"))
FREE: Final = CurveRules(bottom=None, top=None)
