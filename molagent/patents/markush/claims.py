"""Claims as data with their own tests.

A claim is one TOML or JSON file of ``claims/``. It says what was read, how it was interpreted, and
which structures must and must not fall inside; those are tried when the file is loaded, once for
each text of it (:mod:`~molagent.patents.markush.tested`). A draft never counts as covering a
structure; only a confirmed claim does, and who confirmed it stands in it. What may stand at a site
is written in the words of :mod:`~molagent.patents.markush.language`.

The core is SMILES whose atom map numbers are the positions of the sites; atoms that groups replace
hydrogens of are written with them. A claim has one core, or several::

    core = ["c1cc[cH:4]nc1", "c1cc[cH:4]cc1"]

or one with parts in braces, each with its alternatives; positions of one alternative only are
allowed, and a site that has no position left in some core is unfilled there::

    core = "[cH:1]1{X}cc2c(c1){chain}N2"
    vary.X = ["[cH:2]", "n"]
    vary.chain = ["C", "CC", "CCC"]                  # (CH2)n, n = 1 to 3

A group that several sites share is written once, and a site's name stands for its group, as in "R5
is as defined for R3"; ``{ use = NAME }`` is a predicate like any other, also in provisos::

    groups.het = { heteroaryl = { size = [5, 6] } }
    site = [
        { name = "R3", positions = [3], count = 1, group.one_of = ["cyano", { use = "het" }] },
        { name = "R5", positions = [5], count = [0, 1], group = { use = "R3" } },
    ]

Provisos are tables; each needs ``if``, ``then`` or both, or ``total``, ``differ``, ``some``, or
``exclude`` (structures) and ``exclude_substructure`` (SMARTS), and may have ``words``::

    proviso = [
        { if = { R1 = "hydrogen" }, then = { R2 = { not = "hydrogen" } } },
        { if = { R3 = { alkyl = [1, 1] }, X = "cyano" } },              # not together
        { total = { sites = ["R3", "R4", "R5"], count = [0, 2] } },     # or carbons, or atoms
        { differ = ["R1", "R2"] },                                     # not the same
        { some = { at_least = 2, of = [{ R1 = "cyano" }, { R2 = "cyano" }, { R3 = "cyano" }] } },
        { exclude = ["CC(=O)Nc1ccc(O)cc1"], words = "other than paracetamol" },
    ]
    filled = ["Y2", "Y3"]                            # at least one of these sites

Two sites taken together are a bond, one of some bridges (the first ``*`` to the first site, one
``*=`` where both stand on one atom), or a ring of so many atoms; what the new atoms may carry
stands beside it. Sites on several positions are joined where these are neighbours, or ``at`` says
where. To a proviso such a site is neither hydrogen nor a group::

    together = [
        { sites = ["R1", "R2"], by = ["bond", "*OCO*", "*=O"] },
        { sites = ["R3", "R4"], ring = { size = [5, 7], hetero = { N = [0, 1], O = [0, 1] } },
          group = { alkyl = [1, 4] }, count = [0, 2] },       # kind: saturated, aromatic, any
        { sites = ["R5", "R5"], by = ["*CCC*"], at = [[5, 6]] },
    ]

``isotopes`` is ``"ignored"`` or ``"literal"``. ``salts`` is ``"any"`` (counter ions do not matter),
``"none"``, or a list of the counter ions, neutral, that the claim names. ``stereo`` is
``"ignored"``, so that a claim to one enantiomer matches the other, or ``"literal"``: then the
configuration that the core is written with must be met, and one that a structure leaves open does
not meet it; or ``"relative"``: that configuration or its mirror image, as cis, trans and "rac-"
mean. The configuration of groups is never looked at. Where isotopes are literal, a label on the
core is outside unless the core is written with it.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from rdkit import Chem

from molagent.errors import FileFormatError, InputError
from molagent.patents.markush.cores import build_templates
from molagent.patents.markush.definition import Claim, ClaimEvent, ClaimStatus
from molagent.patents.markush.language import parse_sites
from molagent.patents.markush.naming import put_in_groups
from molagent.patents.markush.preparing import MAX_ATOMS, ion_smiles, prepare_mol
from molagent.patents.markush.provisos import parse_provisos
from molagent.patents.markush.selftest import check_members, check_status
from molagent.patents.markush.tables import choice_of, take_table, texts_of
from molagent.patents.markush.tested import has_passed, remember_passed
from molagent.patents.markush.together import join_sites, parse_together
from molagent.patents.publications import (
    check_texts,
    normalize_publication_number,
    take_fields,
)
from molagent.toml_texts import read_toml, typed_fields

__all__ = [
    "MAX_ATOMS",
    "Claim",
    "ClaimEvent",
    "ClaimStatus",
    "parse_claim",
    "prepare_mol",
    "read_claim",
    "read_claims",
]

_REQUIRED: Final = frozenset(
    {
        "claim_id",
        "publication_number",
        "claim",
        "kind",
        "status",
        "source",
        "read_on",
        "text",
        "interpretation",
        "core",
        "site",
        "members",
        "non_members",
    }
)
_OPTIONAL: Final = frozenset(
    {
        "confirmed_by",
        "confirmed_on",
        "filled",
        "groups",
        "history",
        "isotopes",
        "note",
        "proviso",
        "salts",
        "stereo",
        "together",
        "vary",
    }
)
_READINGS: Final = {
    "isotopes": ("ignored", "literal"),
    "stereo": ("ignored", "literal", "relative"),
}
_LABEL: Final = re.compile(r"deuterium|labelled|\[\d+[A-Za-z]")
_DATES: Final = ("read_on", "confirmed_on")
_TEXTS: Final = (
    "claim_id",
    "kind",
    "status",
    "source",
    "text",
    "interpretation",
    "confirmed_by",
    "note",
)
_EVENT: Final = {"what", "by", "on", "note"}


def read_claims(folder: Path) -> tuple[Claim, ...]:
    """Read every claim of ``folder/claims``, in file order; none if there is no such folder."""
    claims = tuple(read_claim(path) for path in _claim_files(folder / "claims"))
    seen: set[str] = set()
    for claim in claims:
        if claim.claim_id in seen:
            raise FileFormatError(
                f"claim {claim.claim_id} stands twice",
                place=str(folder / "claims"),
                remedy="give one of them another claim_id",
            )
        seen.add(claim.claim_id)
    return claims


def read_claim(path: Path) -> Claim:
    """Read one claim and run its own tests, unless this very file has passed them before.

    Raises
    ------
    FileFormatError
        Naming the file, the claim, and the field or the SMILES that is wrong.
    """
    data = _read_json(path) if path.suffix == ".json" else read_toml(path)
    claim = parse_claim(data, place=str(path))
    place = f"{path}: claim {claim.claim_id}"
    check_status(claim, place)
    # A reading that was rejected may be wrong: it is kept for the record and never matched.
    if claim.status is not ClaimStatus.REJECTED and not has_passed(path):
        check_members(claim, place)
        remember_passed(path)
    return claim


def parse_claim(data: Mapping[str, Any], *, place: str) -> Claim:
    """Return the claim that a file's tables mean, without running its own tests.

    Raises
    ------
    FileFormatError
        Naming `place`, the claim, and the field that is wrong.
    """
    with typed_fields(place):
        return _parse_claim(data, place)


def _parse_claim(data: Mapping[str, Any], place: str) -> Claim:
    fields = take_fields(data, set(_REQUIRED | _OPTIONAL), set(_REQUIRED), place=place)
    place = f"{place}: claim {fields['claim_id']}"
    check_texts(fields, _TEXTS, place=place)
    groups, written = fields.pop("groups", {}), fields["site"]
    fields["site"] = put_in_groups(written, groups, written, place=place)
    for name in ("proviso", "together"):
        fields[name] = put_in_groups(fields.get(name, []), groups, written, place=place)
    sites = parse_sites(fields.pop("site"), place=place)
    cores, vary = fields.pop("core"), fields.pop("vary", {})
    stereo = fields.setdefault("stereo", "ignored")
    templates = build_templates(cores, vary, sites, place=place, stereo=stereo)
    together = parse_together(fields.pop("together"), sites, place=place)
    templates += join_sites(templates, together, place=place, stereo=stereo)
    names = {site.name for site in (*sites, *(each.carried for each in together if each.carried))}
    provisos = parse_provisos(fields.pop("proviso"), names, place=place)
    try:
        fields["publication_number"] = normalize_publication_number(fields["publication_number"])
        fields["status"] = ClaimStatus(fields["status"])
    except (InputError, ValueError) as error:
        raise FileFormatError(
            str(error), place=place, remedy="correct publication_number or status"
        ) from error
    for name in ("members", "non_members", "filled"):
        fields[name] = texts_of(fields.get(name, []), name, place)
    if unknown := sorted(set(fields["filled"]) - names):
        raise FileFormatError(
            f"filled names {unknown[0]!r}, which is no site",
            place=place,
            remedy=f"the sites are {', '.join(sorted(names))}",
        )
    if not isinstance(fields["claim"], int | str) or isinstance(fields["claim"], bool):
        raise FileFormatError(
            f"claim {fields['claim']!r} is no number of a claim",
            place=place,
            remedy="write claim = 1, or what it is in words",
        )
    fields["history"] = tuple(
        ClaimEvent(**take_table(event, _EVENT, {"what", "by", "on"}, place=f"{place}: history"))
        for event in fields.get("history", ())
    )
    fields["salts"] = _salts(fields.get("salts", "any"), place)
    fields.setdefault("isotopes", "ignored")
    for name, readings in _READINGS.items():
        choice_of(fields[name], readings, name, place)
    if fields["isotopes"] == "ignored" and (label := _find_label([cores, vary, written])):
        raise FileFormatError(
            f"the claim names the isotope {label}, and its isotopes are ignored",
            place=place,
            remedy='write isotopes = "literal"',
        )
    return Claim(
        templates=templates,
        declared=sites,
        together=together,
        provisos=provisos,
        **fields | {"claim": str(fields["claim"])},
    )


def _find_label(value: object) -> str:
    """Return the first isotope that cores or sites name; empty if they name none."""
    if isinstance(value, str):
        found = _LABEL.search(value)
        return value if found else ""
    if isinstance(value, Mapping):
        return next(filter(None, map(_find_label, [*value, *value.values()])), "")
    if isinstance(value, list):
        return next(filter(None, map(_find_label, value)), "")
    return ""


def _claim_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.toml"), *folder.glob("*.json")])


def _read_json(path: Path) -> dict[str, Any]:
    """Read a claim from JSON, whose dates are text."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        for table in (data, *data.get("history", ())):
            for name in {*_DATES, "on"} & set(table):
                table[name] = date.fromisoformat(table[name])
    except OSError as error:
        raise FileFormatError(
            f"the file cannot be read ({error.strerror})", place=str(path), remedy="check the path"
        ) from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise FileFormatError(
            f"the file is not a claim in JSON ({error})",
            place=str(path),
            remedy="write one object, with dates as 2026-11-22",
        ) from error
    return dict(data)


def _salts(value: object, place: str) -> str | tuple[str, ...]:
    if value in ("any", "none"):
        return str(value)
    found = [] if isinstance(value, str) else list(texts_of(value, "salts", place))
    mols = [Chem.MolFromSmiles(smiles) for smiles in found]
    if found and all(mol is not None and mol.GetNumAtoms() for mol in mols):
        return tuple(ion_smiles(mol) for mol in mols)
    raise FileFormatError(
        f"salts {value!r} are not counter ions",
        place=place,
        remedy="write any, none, or a list of neutral SMILES as ['Cl']",
    )
