"""The gate for controlled substances, chemical weapon agents and explosives.

Three looks at every fragment of a structure, charged and neutral: is it on the list
(InChIKey, then its connectivity block, so that no stereoisomer or isotopologue slips through), does
it contain the core of a class (SMARTS), and how similar is it to what is listed. The answer is
FAIL (block), UNKNOWN (a person with authority reviews it) or PASS, with a reason code.

No list is complete: a PASS says that nothing was found on this list, and no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.identity import connectivity_block, inchikey
from molagent.chem.molecules import readable_mol
from molagent.errors import FileFormatError, StructureError
from molagent.records import Judgement, Verdict
from molagent.screen.patterns import (
    Pattern,
    complete_entries,
    packaged_toml,
    read_patterns,
)
from molagent.toml_texts import read_toml

__all__ = ["CODES", "ControlledFilter", "ControlledSubstance"]

#: Reason code -> what it means.
CODES: Final[Mapping[str, str]] = {
    "CTRL-LIST": "the structure is on the list",
    "CTRL-FORM": "a stereoisomer or isotopologue is on the list",
    "CTRL-CLASS": "the structure contains the core of a listed class",
    "CTRL-SIMILAR": "the structure is similar to one on the list",
    "CTRL-UNREADABLE": "the structure cannot be compared with the list",
    "CTRL-NONE": "nothing was found on the list",
}
_NAME: Final = "controlled"
_VERDICTS: Final = {"block": Verdict.FAIL, "review": Verdict.UNKNOWN}
_WORDS: Final = 16  # 1024 bits
_NEEDED: Final = ("name", "inchikey", "action")
_ADVICE: Final = "no list is complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlledSubstance:
    """One listed substance. ``action`` is ``block`` or ``review``."""

    name: str
    inchikey: str
    action: str
    basis: str = ""
    heavy_atoms: int = 0
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    action: str
    code: str
    text: str
    evidence: str


@dataclass(frozen=True, slots=True, eq=False)
class _List:
    """The substances, by key and by connectivity, and their fingerprints."""

    substances: tuple[ControlledSubstance, ...]
    by_key: Mapping[str, ControlledSubstance]
    by_connectivity: Mapping[str, ControlledSubstance]
    classes: tuple[Pattern, ...]
    compared: tuple[ControlledSubstance, ...]
    bits: npt.NDArray[np.uint64]


class ControlledFilter:
    """Blocks what is listed, asks for a review of what is close to it.

    Parameters
    ----------
    extra
        A site's own list, a TOML file of the same form as ``data/controlled.toml``:
        ``[[substance]]`` with name, inchikey and action, and ``[[class]]`` with name, smarts,
        reason and action.

    Raises
    ------
    FileFormatError
        If the site's file is not of that form.

    Examples
    --------
    >>> ControlledFilter().judge(["CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"])[0].verdict.value
    'fail'
    """

    def __init__(self, extra: Path | None = None) -> None:
        self.name = _NAME
        packaged = packaged_toml("controlled.toml")
        self._similar_block = float(packaged["similar_block"])
        self._similar_review = float(packaged["similar_review"])
        own: Mapping[str, Any] = {} if extra is None else read_toml(extra)
        place = "" if extra is None else str(extra)
        self._list = _build_list(
            (*_packaged_substances(), *_substances(own.get("substance", ()), place=place)),
            (*_packaged_classes(), *_classes(own.get("class", ()), place=place)),
            least_atoms=int(packaged["min_heavy_atoms"]),
        )

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure, its reason code first in the evidence."""
        return [self._judge(smiles) for smiles in smiles_list]

    def _judge(self, smiles: str) -> Judgement:
        try:
            forms = _forms(smiles)
        except StructureError as error:
            return _judgement(Verdict.UNKNOWN, "CTRL-UNREADABLE", error.message, ())
        findings = [finding for form in forms for finding in self._findings(form)]
        if not findings:
            count = len(self._list.substances)
            text = f"none of {count} listed substances or {len(self._list.classes)} classes"
            return _judgement(Verdict.PASS, "CTRL-NONE", text, ())
        # Blocks before reviews; within them in the order of looking, which is from strong to weak.
        first = min(findings, key=lambda finding: finding.action != "block")
        evidence = tuple(dict.fromkeys(finding.evidence for finding in findings))
        return _judgement(_VERDICTS[first.action], first.code, first.text, evidence)

    def _findings(self, smiles: str) -> list[_Finding]:
        key = inchikey(smiles)
        block = connectivity_block(key)
        findings: list[_Finding] = []
        if listed := self._list.by_key.get(key):
            findings.append(_of(listed, "CTRL-LIST", f"is {listed.name} ({listed.basis})"))
        elif listed := self._list.by_connectivity.get(block):
            findings.append(_of(listed, "CTRL-FORM", f"is a form of {listed.name}"))
        mol = readable_mol(smiles)
        findings.extend(
            _Finding(
                action=pattern.severity,
                code="CTRL-CLASS",
                text=f"contains {pattern.name}: {pattern.reason}",
                evidence=f"class {pattern.name} ({pattern.source})",
            )
            for pattern in self._list.classes
            if mol is not None and pattern.matches(mol)
        )
        return [*findings, *self._similar(smiles)]

    def _similar(self, smiles: str) -> list[_Finding]:
        if not self._list.compared:
            return []
        similarity = tanimoto(morgan_bits([smiles]), self._list.bits)[0]
        best = int(np.argmax(similarity))
        value, listed = float(similarity[best]), self._list.compared[best]
        if value < self._similar_review:
            return []
        blocks = value >= self._similar_block and listed.action == "block"
        return [
            _Finding(
                action="block" if blocks else "review",
                code="CTRL-SIMILAR",
                text=f"is similar to {listed.name} (Tanimoto {value:.2f})",
                evidence=f"similar to {listed.name} {value:.2f}",
            )
        ]


def _of(listed: ControlledSubstance, code: str, text: str) -> _Finding:
    return _Finding(
        action=listed.action, code=code, text=text, evidence=f"{listed.name} {listed.inchikey}"
    )


def _judgement(verdict: Verdict, code: str, text: str, evidence: tuple[str, ...]) -> Judgement:
    return Judgement(
        filter=_NAME,
        verdict=verdict,
        reason=f"{code}: {text}; {_ADVICE}",
        evidence=(code, *evidence),
    )


def _forms(smiles: str) -> tuple[str, ...]:
    """Return every fragment of a structure, as given and without charges.

    ChEMBL's full standardiser takes ten times as long and would change no key on the list: InChI
    settles tautomers and drawing itself, fragments deal with salts.
    """
    mol = readable_mol(smiles)
    if mol is None:
        raise StructureError("the structure cannot be read")
    uncharger = rdMolStandardize.Uncharger()
    forms: list[str] = []
    with rdBase.BlockLogs():
        for part in Chem.GetMolFrags(mol, asMols=True):
            forms.extend((Chem.MolToSmiles(part), Chem.MolToSmiles(uncharger.uncharge(part))))
    return tuple(dict.fromkeys(forms))


def _build_list(
    substances: tuple[ControlledSubstance, ...], classes: tuple[Pattern, ...], *, least_atoms: int
) -> _List:
    # Small structures are similar to half of chemistry; they are found by their key only.
    compared = tuple(s for s in substances if s.fingerprint and s.heavy_atoms >= least_atoms)
    bits = np.zeros((len(compared), _WORDS), dtype=np.uint64)
    for row, substance in enumerate(compared):
        bits[row] = np.frombuffer(bytes.fromhex(substance.fingerprint), dtype="<u8")
    # A later entry wins, so that a site can tighten or loosen what is packaged.
    return _List(
        substances=substances,
        by_key={s.inchikey: s for s in substances},
        by_connectivity={connectivity_block(s.inchikey): s for s in substances},
        classes=classes,
        compared=compared,
        bits=bits,
    )


@cache
def _packaged_substances() -> tuple[ControlledSubstance, ...]:
    return _substances(packaged_toml("controlled.toml")["substance"], place="controlled.toml")


@cache
def _packaged_classes() -> tuple[Pattern, ...]:
    return _classes(packaged_toml("controlled.toml")["class"], place="controlled.toml")


def _substances(
    entries: Sequence[Mapping[str, Any]], *, place: str
) -> tuple[ControlledSubstance, ...]:
    found: list[ControlledSubstance] = []
    for where, entry in complete_entries(entries, _NEEDED, place=place, noun="substance"):
        _check_action(str(entry["action"]), where)
        found.append(
            ControlledSubstance(
                name=str(entry["name"]),
                inchikey=str(entry["inchikey"]),
                action=str(entry["action"]),
                basis=str(entry.get("basis", "")),
                heavy_atoms=int(entry.get("heavy_atoms", 0)),
                fingerprint=str(entry.get("fingerprint", "")),
            )
        )
    return tuple(found)


def _classes(entries: Sequence[Mapping[str, Any]], *, place: str) -> tuple[Pattern, ...]:
    for number, entry in enumerate(entries, start=1):
        _check_action(str(entry.get("action", "")), f"{place}: class {number}")
    severities = [{**entry, "severity": entry["action"]} for entry in entries]
    return read_patterns(severities, place=place)


def _check_action(action: str, place: str) -> None:
    if action not in _VERDICTS:
        raise FileFormatError(
            f"action {action!r} is not known",
            place=place,
            remedy=f"use one of {', '.join(_VERDICTS)}",
        )
