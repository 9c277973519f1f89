"""Magics are thin: each verb is one call of a project."""

from types import SimpleNamespace

import pandas as pd
import pytest

import molagent.notebook
from molagent.errors import InputError, NotFoundError
from molagent.notebook import MoleculeGrid, ReportView
from molagent.notebook.magics import MolagentMagics
from molagent.report.content import ReportContent
from molagent.report.summary import write_html


class StandIn:
    """A project with one compound."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.config = SimpleNamespace(assays=[SimpleNamespace(endpoint="jak1_pki")])

    def stages(self):
        return pd.DataFrame({"cycle": [1], "stage": ["fit"]})

    def shortlist(self):
        return pd.DataFrame(
            {"rank": [1], "proposal_id": ["P1-0001"], "smiles": ["CCO"], "jak1_pki": [8.0]}
        )

    def why(self, proposal_id):
        return {"proposal_id": proposal_id}


@pytest.fixture
def magics(tmp_path) -> MolagentMagics:
    made = MolagentMagics.__new__(MolagentMagics)
    variables = {"project": StandIn(tmp_path)}
    made._variables = lambda: variables
    return made


def test_status_is_the_default_verb(magics):
    assert list(magics.molagent("")["stage"]) == ["fit"]
    assert list(magics.molagent("status")["stage"]) == ["fit"]


def test_the_shortlist_is_a_grid_with_the_endpoints(magics):
    grid = magics.molagent("shortlist")
    assert isinstance(grid, MoleculeGrid)
    assert grid.columns == ["rank", "proposal_id", "jak1_pki"]


def test_why_passes_the_id_on(magics):
    assert magics.molagent("why P1-0001") == {"proposal_id": "P1-0001"}


def test_the_report_is_shown_in_a_frame_without_rights(magics, tmp_path):
    write_html(ReportContent(name="A & B"), tmp_path / "report.html")
    view = magics.molagent("report")
    bundle = view._repr_mimebundle_()
    assert isinstance(view, ReportView)
    assert bundle["text/plain"].startswith("A & B")
    assert "<iframe sandbox srcdoc=" in bundle["text/html"]
    assert "<html" not in bundle["text/html"]


def test_a_report_that_was_not_written_is_an_error_with_its_remedy(magics):
    with pytest.raises(InputError, match=r"report\.html: the report cannot be read; run"):
        magics.molagent("report")


def test_an_unknown_verb_lists_the_known_ones(magics):
    with pytest.raises(NotFoundError, match="known: open, report, shortlist, status, why"):
        magics.molagent("dance")


def test_without_a_project_the_remedy_is_named(magics):
    magics._variables().clear()
    with pytest.raises(InputError, match="use `%molagent open FOLDER` first"):
        magics.molagent("status")


def test_loading_the_extension_registers_the_magics():
    registered = []
    molagent.notebook.load_ipython_extension(SimpleNamespace(register_magics=registered.append))
    assert registered == [MolagentMagics]


def test_the_summary_of_a_report_is_its_text_form():
    view = ReportView.of(ReportContent(name="nothing yet"))
    assert repr(view).startswith("nothing yet\nBatch: No compound was shortlisted.")
