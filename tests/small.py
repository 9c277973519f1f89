"""A small campaign on real rows, for tests: compounds of data/jak that were measured on both."""

import csv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
JAK = ROOT / "data" / "jak"
# Of each of the two files.
ROWS = 60


def shared_rows(source: Path, target: Path, shared: set[str], count: int) -> Path:
    """Copy the header and the first `count` rows whose structure is in `shared`."""
    with source.open(newline="", encoding="utf-8") as lines:
        header, *rows = csv.reader(lines)
    with target.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([row for row in rows if row[0] in shared][:count])
    return target


def _structures(path: Path) -> set[str]:
    with path.open(newline="", encoding="utf-8") as lines:
        return {row["smiles"] for row in csv.DictReader(lines)}


def write_small_campaign(folder: Path, rows: int = ROWS, **changes: str) -> Path:
    """Write the small campaign to `folder`; `changes` replace lines that begin with their key.

    A run of it costs a core 15 to 20 seconds, however few the rows: most tests want the fixture
    `finished` and a copy of it, not a run.
    """
    names = ("jak1_ki.csv", "jak2_ki.csv")
    shared = set.intersection(*(_structures(JAK / name) for name in names))
    for name in names:
        shared_rows(JAK / name, folder / name, shared, rows)
    lines = SMALL.format(out=folder / "out").splitlines()
    for key, value in changes.items():
        hits = [number for number, line in enumerate(lines) if line.split(" = ")[0] == key]
        assert hits, f"the small campaign has no line {key!r}"
        for number in hits:
            lines[number] = f"{key} = {value}"
    path = folder / "small.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def shortlisted(project: Any) -> list[tuple[str, str]]:
    """Return what two runs must agree on."""
    frame = project.shortlist()
    return list(zip(frame["proposal_id"], frame["smiles"], strict=True))


SMALL = """\
[project]
name = "small"
seed = 5
folder = "{out}"

[[assays]]
file = "jak1_ki.csv"
endpoint = "jak1_pki"
target = "JAK1"
quantity = "Ki"
smiles_column = "smiles"
value_column = "exp_mean [nM]"
unit = "nM"

[[assays]]
file = "jak2_ki.csv"
endpoint = "jak2_pki"
target = "JAK2"
quantity = "Ki"
smiles_column = "smiles"
value_column = "exp_mean [nM]"
unit = "nM"

[[derived]]
endpoint = "jak1_over_jak2"
minuend = "jak1_pki"
subtrahend = "jak2_pki"

[[profile]]
name = "potency"
endpoint = "jak1_pki"
direction = "maximise"
low = 5.0
high = 9.0
allow_unreliable = true

[[profile]]
name = "selectivity"
endpoint = "jak1_over_jak2"
direction = "maximise"
low = -1.0
high = 1.5
allow_unreliable = true

[screen]
admet_panel = false
filters = []

[generate]
per_cycle = 20
oversample = 2
max_heavy_atoms = 34
seeds = 12

[generate.mix]
"graph:decorate" = 0.5
"edits:edit" = 0.5

[select]
count = 6
per_scaffold = 2
draws = 64

[steer]
policy = "fixed"
cycles = 1
"""
