"""A small campaign on real rows, for tests: the first compounds of data/jak."""

import csv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
JAK = ROOT / "data" / "jak"


def first_rows(source: Path, target: Path, count: int) -> Path:
    """Copy the header and the first `count` rows of a table."""
    with source.open(newline="", encoding="utf-8") as lines:
        rows = [row for _, row in zip(range(count + 1), csv.reader(lines), strict=False)]
    with target.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(rows)
    return target


def write_small_campaign(folder: Path, **changes: str) -> Path:
    """Write the small campaign to `folder`; `changes` replace lines that begin with their key."""
    for name in ("jak1_ki.csv", "jak2_ki.csv"):
        first_rows(JAK / name, folder / name, 120)
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

[generate]
per_cycle = 40
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
cycles = 2
"""
