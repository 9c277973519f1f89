"""What an ADMET number says, in a chemist's words.

A classifier's 0.63 is not "63 % of the way" to anything: it is how likely five networks hold a
yes, on average, and between 0.3 and 0.7 they have not decided. So each value comes with its spread,
where it stands among approved drugs, what it is good for, and what the networks were trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from molagent.screen.admet import AdmetSuite
from molagent.screen.admet_cards import admet_card, admet_names, approved_percentile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AdmetReading", "admet_frame", "read_value"]

_UNLIKELY: Final = 0.3
_LIKELY: Final = 0.7
_WANTED: Final = {
    "maximise": "higher is better",
    "minimise": "lower is better",
    "context": "what is wanted depends on the use",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmetReading:
    """One value of one endpoint.

    Attributes
    ----------
    value, spread
        In `unit`; the spread is the standard deviation over the five networks. NaN where the
        structure could not be read.
    band
        The value in words, "" where there are no customary borders.
    wanted
        Which way is better.
    percentile
        Share of approved drugs predicted below, 0..100.
    reliable, reason
        Whether the package's own table calls the networks usable, and why not.
    n_train, training_set
        Size and address of the training data.
    """

    endpoint: str
    title: str
    meaning: str
    unit: str
    value: float
    spread: float
    band: str
    wanted: str
    percentile: float
    reliable: bool
    reason: str
    n_train: int
    training_set: str

    def __str__(self) -> str:
        """Say it in a sentence."""
        if not np.isfinite(self.value):
            return f"{self.title}: unknown, the structure could not be read"
        unit = "" if self.unit in ("probability", "-") else f" {self.unit}"
        parts = [f"{self.title}: {self.value:.2f} +/- {self.spread:.2f}{unit} ({self.meaning})"]
        if self.band:
            parts.append(self.band)
        parts.append(f"above {self.percentile:.0f} % of approved drugs")
        parts.append(self.wanted)
        if not self.reliable:
            parts.append(f"not reliable: {self.reason}")
        return "; ".join(parts)


def read_value(name: str, value: float, spread: float = float("nan")) -> AdmetReading:
    """Put a predicted value into words.

    Parameters
    ----------
    name
        Alias or admet-ai's name of the endpoint.
    value, spread
        In the endpoint's unit.

    Examples
    --------
    >>> reading = read_value("herg", 0.63, 0.08)
    >>> reading.band
    'undecided: the networks lean to yes'
    >>> read_value("solubility", -4.6).band
    'moderately soluble'
    """
    card = admet_card(name)
    return AdmetReading(
        endpoint=str(card["column"]),
        title=str(card["title"]),
        meaning=str(card["meaning"]),
        unit=str(card["unit"]),
        value=value,
        spread=spread,
        band=_band(card, value),
        wanted=_WANTED[str(card["direction"])],
        percentile=float(approved_percentile(name, np.array([value]))[0]),
        reliable=bool(card["reliable"]),
        reason=str(card["reason"]),
        n_train=int(card["n_train"]),
        training_set=str(card["training_set"]),
    )


def admet_frame(
    suite: AdmetSuite, smiles_list: Sequence[str], *, unreliable: bool = False
) -> "pd.DataFrame":
    """Return one row a structure and endpoint, in words and numbers.

    Parameters
    ----------
    unreliable
        Show also the endpoints whose networks the package's own table calls weak (R2 not above
        0.3, AUROC not above 0.8).

    Returns
    -------
    pandas.DataFrame
        ``smiles``, and the fields of :class:`AdmetReading`.
    """
    import pandas as pd

    table = suite.predict(smiles_list)
    rows = []
    for name in admet_names():
        if not (unreliable or admet_card(name)["reliable"]):
            continue
        column = table.column(name)
        spread = table.members[:, :, column].astype(np.float64).std(axis=1, ddof=1)
        means = table.mean[:, column].astype(np.float64)
        for smiles, mean, each in zip(smiles_list, means.tolist(), spread.tolist(), strict=True):
            reading = read_value(name, mean, each)
            rows.append({"smiles": smiles} | {key: getattr(reading, key) for key in _FIELDS})
    return pd.DataFrame(rows, columns=["smiles", *_FIELDS])


_FIELDS: Final = tuple(AdmetReading.__dataclass_fields__)


def _band(card: dict[str, Any], value: float) -> str:
    if not np.isfinite(value):
        return ""
    if card["kind"] == "classification":
        return _verdict(value)
    for border, words in card["cutoffs"]:
        if border == "" or value < border:
            return str(words)
    return ""


def _verdict(probability: float) -> str:
    if probability < _UNLIKELY:
        return "unlikely"
    if probability > _LIKELY:
        return "likely"
    side = "yes" if probability > (_UNLIKELY + _LIKELY) / 2 else "no"
    return f"undecided: the networks lean to {side}"
