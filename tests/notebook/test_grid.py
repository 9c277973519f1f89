"""Molecules in a cell are small, self-contained and never run anything."""

import re
from pathlib import Path

import pandas as pd
import pytest

import molagent.notebook
from molagent.errors import NotFoundError
from molagent.notebook.grid import MoleculeGrid

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_plain_text_comes_before_html(frame):
    bundle = MoleculeGrid(frame)._repr_mimebundle_()
    assert list(bundle) == ["text/plain", "text/html"]
    assert "P1-0000" in bundle["text/plain"]


def test_the_html_of_24_compounds_stays_below_60_kilobytes(frame):
    html = MoleculeGrid(frame, title="Shortlist").to_html()
    assert len(html.encode()) < 60_000
    assert html.count("<svg") == 24
    assert "24 shown" in html


def test_a_grid_that_does_not_fit_says_how_many_are_shown(frame):
    many = pd.concat([frame] * 5, ignore_index=True)
    html = MoleculeGrid(many).to_html()
    drawn = html.count("<svg")
    assert len(html.encode()) < 60_000
    assert 20 < drawn < 120
    assert f"{drawn} of 120 shown" in html


def test_the_html_has_no_script_and_no_remote_part(frame):
    html = MoleculeGrid(frame).to_html()
    assert "<script" not in html
    assert not re.search(r"(src|href)\s*=", html)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)


def test_a_hostile_value_is_text(frame):
    hostile = frame.assign(overlap=ATTACK).rename(columns={"desirability": ATTACK})
    html = MoleculeGrid(hostile, title=ATTACK).to_html()
    assert "<script" not in html
    assert "<img" not in html


def test_an_unknown_value_is_shown_as_unknown(frame):
    html = MoleculeGrid(frame, columns=["jak1_pki"]).to_html()
    assert html.count("</span> unknown</div>") == frame["jak1_pki"].isna().sum()
    assert "nan" not in html


def test_what_is_no_structure_is_said_so():
    frame = pd.DataFrame({"smiles": ["CCO", None, "no structure"]})
    assert MoleculeGrid(frame).to_html().count("structure not drawn</text>") == 2


def test_a_column_that_is_not_there_is_refused_with_the_known_ones(frame):
    with pytest.raises(NotFoundError, match="no column named 'ic50'; known: desirability"):
        MoleculeGrid(frame, columns=["ic50"])
    with pytest.raises(NotFoundError, match="no column named 'structure'"):
        MoleculeGrid(frame, "structure")


def test_nothing_in_the_package_loads_from_a_network():
    folder = Path(molagent.notebook.__file__).parent
    for path in [*folder.glob("*.py"), *folder.glob("*.js"), *folder.glob("*.css")]:
        text = path.read_text("utf-8")
        assert not re.search(r"https?://", text), path.name
        assert not re.search(r"^\s*import .* from ['\"]", text, re.MULTILINE), path.name
        assert not re.search(r"\b(fetch|XMLHttpRequest|eval|innerHTML)\b", text), path.name


def test_nothing_is_selected_before_there_is_a_widget(frame):
    assert MoleculeGrid(frame).selected.empty
