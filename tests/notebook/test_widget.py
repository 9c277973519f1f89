"""The widget draws what is looked at and returns what is selected."""

import shutil
import subprocess
from pathlib import Path

import pytest

import molagent.notebook
from molagent.notebook.grid import MoleculeGrid


def test_selected_rows_come_back_as_a_frame_in_its_order(frame):
    grid = MoleculeGrid(frame)
    widget = grid.widget()
    assert widget.selected.empty
    widget.chosen = [5, 2, 99]
    assert list(widget.selected["proposal_id"]) == ["P1-0002", "P1-0005"]
    assert grid.selected.equals(widget.selected)


def test_only_the_page_that_is_looked_at_is_drawn(frame):
    widget = MoleculeGrid(frame).widget(page_size=6)
    assert sorted(widget.drawings, key=int) == [str(i) for i in range(6)]
    widget.wanted = [20, 3, -1, 500]
    assert sorted(widget.drawings) == ["20", "3"]
    assert all(svg.startswith("<svg") for svg in widget.drawings.values())


def test_unknown_values_are_sorted_by_nothing(frame):
    widget = MoleculeGrid(frame, columns=["jak1_pki", "overlap"]).widget()
    assert widget.rows[3] == ["unknown", "same_scaffold"]
    assert widget.sort_keys[3] == [None, "same_scaffold"]
    assert widget.sort_keys[0][0] == 7.0


def test_the_script_and_style_are_files_of_the_package(frame):
    widget = MoleculeGrid(frame).widget()
    assert "export default { render }" in str(widget._esm)
    assert ".molagent-grid" in str(widget._css)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to read the script")
def test_the_script_is_valid_and_sorts_unknown_values_last(tmp_path):
    source = (Path(molagent.notebook.__file__).parent / "grid.js").read_text("utf-8")
    check = tmp_path / "grid.mjs"
    check.write_text(
        source
        + """
const rows = [["a"], ["unknown"], ["c"], ["b"]];
const keys = [[1], [null], [3], [2]];
const order = (direction, filter = "") =>
  visible({ filter, column: 0, direction }, rows, keys).join();
console.log(order(1), order(-1), order(1, "C"), order(1, "zzz") === "");
""",
        encoding="utf-8",
    )
    done = subprocess.run(["node", str(check)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0,3,2,1", "2,3,0,1", "2", "true"]


def test_the_text_form_of_a_widget_counts_molecules_and_selection(frame):
    widget = MoleculeGrid(frame).widget()
    widget.chosen = [1]
    assert repr(widget) == "GridWidget of 24 molecules, 1 selected"
