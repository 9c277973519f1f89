"""Line magics over a project, for example ``%molagent status`` and ``%molagent why P1-0001``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from IPython.core.magic import Magics, line_magic, magics_class

from molagent.errors import InputError, NotFoundError
from molagent.notebook.grid import MoleculeGrid
from molagent.notebook.report_view import ReportView

if TYPE_CHECKING:
    import pandas as pd

    from molagent.project.project import Project

__all__ = ["MolagentMagics"]

_VERBS: Final = ("open", "report", "shortlist", "status", "why")
_VARIABLE: Final = "project"


@magics_class
class MolagentMagics(Magics):
    """The ``%molagent`` magic; each verb is one call of :class:`molagent.project.Project`."""

    @line_magic
    def molagent(self, line: str) -> object:
        """Ask the notebook's project.

        ::

            %molagent open runs/jak1     open a folder as the variable `project`
            %molagent status             finished stages
            %molagent shortlist          the newest shortlist, drawn
            %molagent why P1-0001        everything that is known of one proposal
            %molagent report             the report that the newest run wrote
        """
        verb, _, argument = line.strip().partition(" ")
        verb, argument = verb or "status", argument.strip()
        if verb not in _VERBS:
            raise NotFoundError("verb", verb, known=_VERBS, place="%molagent")
        return getattr(self, f"_{verb}")(argument)

    def _open(self, folder: str) -> "Project":
        from molagent.project.project import Project

        if not folder:
            raise InputError("no folder was given", place="%molagent open", remedy="name one")
        project = Project.open(Path(folder))
        self._variables()[_VARIABLE] = project
        return project

    def _status(self, _argument: str) -> "pd.DataFrame":
        stages: pd.DataFrame = self._project().stages()
        return stages

    def _shortlist(self, _argument: str) -> MoleculeGrid:
        project = self._project()
        wanted = ["rank", "proposal_id", "desirability", "overlap_level"]
        wanted += [assay.endpoint for assay in project.config.assays]
        frame = project.shortlist()
        return MoleculeGrid(frame, columns=[name for name in wanted if name in frame.columns])

    def _why(self, proposal_id: str) -> dict[str, Any]:
        known: dict[str, Any] = self._project().why(proposal_id)
        return known

    def _report(self, _argument: str) -> ReportView:
        return ReportView.read(self._project().folder / "report.html")

    def _variables(self) -> dict[str, Any]:
        return {} if self.shell is None else self.shell.user_ns

    def _project(self) -> Any:  # noqa: ANN401 - whatever the notebook holds under that name
        project = self._variables().get(_VARIABLE)
        if project is None:
            raise InputError(
                f"the notebook has no variable {_VARIABLE!r}",
                place="%molagent",
                remedy="use `%molagent open FOLDER` first",
            )
        return project
