"""Routes from AiZynthFinder (Genheden et al. 2020, doi:10.1186/s13321-020-00472-1).

AiZynthFinder is not an extra of molagent, because the two cannot live in one environment: its
newest release, 4.4.1, asks for numpy below 2, rdkit below 2024, pandas below 3 and notebook below
7, and molagent for numpy 2, rdkit 2026.3.6, pandas 3 and jupyterlab 4. Install it in an environment
of its own, on Python 3.10 to 3.12::

    pip install aizynthfinder==4.4.1 "pyarrow<22"

(a newer pyarrow, which dask imports, does not run beside numpy 1) and give the path of its
``aizynthcli``. This module runs that command with the site's configuration file, waits for it, and
reads the JSON that it writes. Structures go through a file in a temporary folder, not over the
network, and not into the list of processes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from molagent.chem.molecules import canonical_smiles
from molagent.errors import FileFormatError, InputError, MolagentError, StructureError
from molagent.propose.synthesis.routes import Route, StartingMaterial, Step

__all__ = ["AizynthFinder", "AizynthResult", "read_aizynth_output"]

_SHOWN: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class AizynthResult:
    """What AiZynthFinder said of one structure.

    Attributes
    ----------
    solved
        Whether a route starts from the stock alone; None if it gave no answer, which is not the
        same as no route.
    routes
        In AiZynthFinder's order; the names of reactions are its own.
    reason
        Why there is no answer, or ''.
    """

    smiles: str
    solved: bool | None
    routes: tuple[Route, ...]
    reason: str = ""


class AizynthFinder:
    """Runs a site's AiZynthFinder.

    Parameters
    ----------
    config
        AiZynthFinder's own YAML file: policy models and stock.
    command
        What starts it: ``aizynthcli`` of its environment, or several words such as ``conda run -n
        aizynth aizynthcli``. No shell is involved.
    timeout_s
        Limit for one call, all its structures together.

    Raises
    ------
    InputError
        If the configuration file or the command is not there.
    """

    def __init__(
        self, config: Path, command: Sequence[str] = ("aizynthcli",), *, timeout_s: float = 3600.0
    ) -> None:
        if not config.is_file():
            raise InputError(
                "AiZynthFinder's configuration file is not there",
                place=str(config),
                remedy="give the path of the YAML file with policy models and stock",
            )
        found = shutil.which(command[0]) if command else None
        if found is None:
            raise InputError(
                f"the command {' '.join(command)!r} is not there",
                remedy="install AiZynthFinder in an environment of its own (it does not fit into "
                "molagent's) and give the path of its aizynthcli",
            )
        self.config = config.resolve()
        self.command = (found, *command[1:])
        self.timeout_s = timeout_s

    def find_routes(self, smiles_list: Sequence[str]) -> list[AizynthResult]:
        """Return one result a structure, in input order.

        Raises
        ------
        MolagentError
            If the command fails or takes longer than the limit.
        FileFormatError
            If what it wrote cannot be read.
        """
        if not smiles_list:
            return []
        wanted = [_canonical(smiles) for smiles in smiles_list]
        readable = list(dict.fromkeys(smiles for smiles in wanted if smiles))
        found = {result.smiles: result for result in self._run(readable)} if readable else {}
        return [
            found.get(smiles) or _no_answer(given, readable=bool(smiles))
            for given, smiles in zip(smiles_list, wanted, strict=True)
        ]

    def _run(self, smiles_list: Sequence[str]) -> list[AizynthResult]:
        with tempfile.TemporaryDirectory(prefix="molagent-aizynth-") as folder:
            targets, output = Path(folder) / "targets.smi", Path(folder) / "routes.json"
            targets.write_text("\n".join(smiles_list) + "\n", encoding="utf-8")
            words = [*self.command, "--smiles", str(targets), "--config", str(self.config)]
            try:
                done = subprocess.run(  # noqa: S603 - a list of words that the user configured
                    [*words, "--output", str(output)],
                    cwd=folder,
                    timeout=self.timeout_s,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise MolagentError(
                    f"AiZynthFinder took longer than {self.timeout_s:g} s",
                    place=str(self.config),
                    remedy="ask for fewer structures or raise the limit",
                ) from error
            if done.returncode != 0 or not output.exists():
                raise MolagentError(
                    f"AiZynthFinder stopped with code {done.returncode} and wrote no routes "
                    f"({done.stderr.strip()[-_SHOWN:]})",
                    place=str(self.config),
                    remedy="run its command by hand",
                )
            return read_aizynth_output(output)


def read_aizynth_output(path: Path) -> list[AizynthResult]:
    """Read the JSON that ``aizynthcli`` writes for a file of structures.

    Raises
    ------
    FileFormatError
        If it is something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return [_result(row) for row in document["data"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StructureError) as error:
        raise FileFormatError(
            f"not what aizynthcli writes ({type(error).__name__}: {error})",
            place=str(path),
            remedy="give the JSON file of a run over a file of structures",
        ) from error


def _result(row: Mapping[str, Any]) -> AizynthResult:
    routes = [_route(tree) for tree in row["trees"]]
    return AizynthResult(
        smiles=canonical_smiles(str(row["target"])),
        solved=bool(row["is_solved"]),
        # A structure that could not be taken apart is written as a route without steps.
        routes=tuple(route for route in routes if route.steps or route.all_in_file),
    )


def _route(tree: Mapping[str, Any]) -> Route:
    steps: list[Step] = []
    materials: list[StartingMaterial] = []
    product = _walk(tree, steps, materials)
    return Route(product=product, steps=tuple(steps), materials=tuple(materials))


def _walk(node: Mapping[str, Any], steps: list[Step], materials: list[StartingMaterial]) -> str:
    """Add what makes a structure, in the order of work, and return the structure."""
    smiles = canonical_smiles(str(node["smiles"]))
    reactions = node.get("children") or ()
    if not reactions:
        in_stock = bool(node["in_stock"])
        materials.append(
            StartingMaterial(
                smiles=smiles,
                block_id="stock" if in_stock else "",
                name="" if in_stock else "not in stock",
            )
        )
    for reaction in reactions:
        reactants = tuple(_walk(child, steps, materials) for child in reaction["children"])
        steps.append(Step(template=_name(reaction), reactants=reactants, product=smiles))
    return smiles


def _name(reaction: Mapping[str, Any]) -> str:
    metadata = reaction.get("metadata") or {}
    for key in ("classification", "template_hash", "policy_name"):
        if metadata.get(key):
            return str(metadata[key])
    return "unnamed reaction"


def _canonical(smiles: str) -> str:
    try:
        return canonical_smiles(smiles)
    except StructureError:
        return ""


def _no_answer(smiles: str, *, readable: bool) -> AizynthResult:
    reason = "AiZynthFinder gave no answer" if readable else "the structure cannot be read"
    return AizynthResult(smiles=smiles, solved=None, routes=(), reason=reason)
