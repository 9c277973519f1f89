"""How many exports of plate readers are read right."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.plate_forms import FORMS, PlateForm
from molagent.errors import FileFormatError
from molagent.ingest.plates import read_plates

__all__ = ["FormOutcome", "bench_plates", "read_form"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOutcome:
    """What became of one export.

    Attributes
    ----------
    outcome
        ``right``: every plate, read, well and signal, and nothing else. ``refused``: by a sentence
        that names the reason, where no single signal a well is in the file. Else ``wrong``.
    """

    form: str
    instrument: str
    outcome: str
    said: str


def bench_plates() -> list[object]:
    """Read sixteen exports of six instruments (forms of public files, signals drawn)."""
    with TemporaryDirectory() as folder:
        outcomes = [read_form(form, Path(folder)) for form in FORMS]
    counts = {
        name: sum(each.outcome == name for each in outcomes)
        for name in ("right", "refused", "wrong")
    }
    return [*outcomes, {"exports": len(outcomes), **counts}]


def read_form(form: PlateForm, folder: Path) -> FormOutcome:
    """Read one export and hold it against what is right."""

    def outcome(name: str, said: str) -> FormOutcome:
        return FormOutcome(form=form.name, instrument=form.instrument, outcome=name, said=said)

    try:
        found = read_plates(form.write(folder))
    except FileFormatError as error:
        told = bool(form.refused) and form.refused in str(error)
        return outcome("refused" if told else "wrong", str(error))
    seen = {}
    for (run, barcode), part in found.wells.groupby(["run_id", "barcode"]):
        places = zip(part["well_row"], part["well_column"], strict=True)
        signals = dict(zip(places, part["signal"], strict=True))
        key = (str(run).removeprefix(form.name).strip(), str(barcode))
        # A well without a signal was not read: a part of a plate.
        seen[key] = {place: value for place, value in signals.items() if not np.isnan(value)}
    said = f"{sum(map(len, seen.values()))} wells in {len(seen)}: {'; '.join(found.notes)}"
    if form.refused or len(found.rejections) or seen.keys() != form.right.keys():
        return outcome("wrong", f"{sorted(seen)}: {said}")
    alike = all(
        seen[key].keys() == wells.keys()
        and np.allclose([seen[key][place] for place in wells], list(wells.values()), rtol=1e-6)
        for key, wells in form.right.items()
    )
    return outcome("right" if alike else "wrong", said)
