"""Markush claims: members found, near misses rejected, and how fast many claims are asked."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase

from benchmarks.claim_breaking import draw_broken
from benchmarks.rows import Smiles
from molagent.errors import FileFormatError, NotFoundError, StructureError
from molagent.patents.markush.claims import read_claim
from molagent.patents.markush.claimset import ClaimSet
from molagent.patents.markush.cores import build_template
from molagent.patents.markush.definition import Claim, ClaimStatus
from molagent.patents.markush.draws import draw_members
from molagent.patents.markush.matching import match_claim, match_prepared
from molagent.patents.markush.preparing import prepare_mol
from molagent.patents.markush.templates import CoreTemplate

__all__ = [
    "bench_claim_fuzz",
    "bench_claim_speed",
    "bench_claims",
    "claim_files",
    "fuzz_claim",
    "vary_claims",
]

# Other elements a core atom is exchanged for: atomic number to (another, hydrogens fewer).
_EXCHANGES = {6: ((7, 1),), 7: ((6, -1),), 8: ((16, 0),), 16: ((8, 0),)}
_ATTEMPTS = 400


def claim_files(folders: Sequence[Path]) -> list[Path]:
    """Return the claim files of several folders, in order.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    files = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    if not files:
        raise NotFoundError("claim file in", ", ".join(map(str, folders)), known=("*.toml",))
    return files


def bench_claims(folders: Sequence[Path]) -> pd.DataFrame:
    """Match what is written out for each claim: its members and its near misses.

    A claim's own ``members`` and ``non_members`` count, and so does a file beside it named
    ``<claim>.members.smi`` or ``<claim>.near_misses.smi`` (SMILES, then a name).

    Returns
    -------
    pandas.DataFrame
        ``claim_id, status, cores, members, found, near_misses, wrongly_hit, core_only``, the last
        counting near misses that contain a core: what a substructure search would report.
    """
    rows = []
    for path in claim_files(folders):
        claim = read_claim(path)
        members = _with_sidecar(claim.members, path.with_suffix(".members.smi"))
        misses = _with_sidecar(claim.non_members, path.with_suffix(".near_misses.smi"))
        found = [match_claim(claim, smiles) for smiles in members]
        missed = [match_claim(claim, smiles) for smiles in misses]
        rows.append(
            {
                "claim_id": claim.claim_id,
                "status": claim.status.value,
                "cores": len(claim.templates),
                "members": len(members),
                "found": sum(match.inside for match in found),
                "near_misses": len(misses),
                "wrongly_hit": sum(match.inside for match in missed),
                "core_only": sum(match.core_found for match in missed),
            }
        )
    return pd.DataFrame(rows)


def bench_claim_fuzz(
    folders: Sequence[Path], *, count: int = 10_000, seed: int = 0
) -> Iterator[dict[str, object]]:
    """Draw members and broken members of each claim from its definition, and match all of them.

    A broken member counts only when the definition's own bounds prove it outside (see
    :mod:`benchmarks.claim_breaking`); the others are in ``unproven``. A row is given as soon as it
    is there: all of them take a quarter of an hour.

    Parameters
    ----------
    folders
        Folders of claim files.
    count
        Members and broken members of each claim.
    seed
        Of the draws.

    Yields
    ------
    dict
        ``claim_id, drawn, distinct, found, screened, broken, distinct_broken, rejected, unproven,
        kinds, seconds``; `screened` counts members that the screen of a :class:`ClaimSet` lets
        through.
    """
    for path in claim_files(folders):
        yield fuzz_claim(path, count, seed=seed)


def fuzz_claim(path: Path, count: int = 10_000, *, seed: int = 0) -> dict[str, object]:
    """Return one row of :func:`bench_claim_fuzz`; seconds are CPU time."""
    started = time.process_time()
    claim = read_claim(path)
    claims = ClaimSet([claim])
    with rdBase.BlockLogs():
        members = draw_members(claim, count, seed=seed)
        broken, unproven = draw_broken(claim, count, seed=seed + 1)
    read = (prepare_mol(smiles, "literal") for smiles in members)
    kinds = pd.Series([miss.kind for miss in broken], dtype=str).value_counts()
    return {
        "claim_id": claim.claim_id,
        "drawn": len(members),
        "distinct": len(set(members)),
        "found": sum(match_claim(claim, smiles).inside for smiles in members),
        "screened": sum(bool(claims.candidates(mol)) for mol in read),
        "broken": len(broken),
        "distinct_broken": len({miss.smiles for miss in broken}),
        # Another tautomer of a broken member can be a member.
        "rejected": sum(
            not match.inside or bool(match.tautomer)
            for match in (match_claim(claim, miss.smiles) for miss in broken)
        ),
        "unproven": unproven,
        "kinds": ", ".join(f"{n} {kind}" for kind, n in kinds.items()),
        "seconds": time.process_time() - started,
    }


def bench_claim_speed(
    folders: Sequence[Path],
    *,
    molecules: Smiles,
    n_claims: int = 1_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Ask many claims about molecules that are already read; CPU time of one process.

    Parameters
    ----------
    folders
        Where the stored claims are; variants of their cores make up the rest of `n_claims`.
    molecules
        Those that cannot be read are left out.

    Returns
    -------
    pandas.DataFrame
        A row for the stored claims with one core, one by one, one for all of them, one for
        `n_claims` as a set, and one for the set on members of the stored claims: ``how, claims,
        molecules, hits, candidates, seconds, us_per_pair, molecules_per_s``. `candidates` are the
        pairs the screen leaves to the matcher.
    """
    stored = [read_claim(path) for path in claim_files(folders)]
    mols = list(_prepare(molecules))
    everything = ClaimSet([*stored, *vary_claims(stored, n_claims - len(stored), seed=seed)])
    members = [s for claim in stored for s in draw_members(claim, 10, seed=seed)]
    return pd.DataFrame(
        [
            _time_one_by_one([c for c in stored if len(c.templates) == 1], mols, "one core each"),
            _time_one_by_one(stored, mols, "all stored"),
            _time_set("set", everything, mols),
            _time_set("set, on members", everything, list(_prepare(members))),
        ]
    )


def vary_claims(claims: Sequence[Claim], count: int, *, seed: int = 0) -> list[Claim]:
    """Return claims with an atom or two of a stored claim's core exchanged, sites kept.

    They stand in for the claims nobody has typed in: as large and as specific as real ones.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, Claim] = {}
    for _ in range(_ATTEMPTS * max(count, 1)):
        if len(found) >= count:
            break
        claim = claims[int(rng.integers(len(claims)))]
        template = claim.templates[int(rng.integers(len(claim.templates)))]
        varied = _vary(template, rng)
        if varied is None or varied.smiles in found:
            continue
        found[varied.smiles] = replace(
            claim,
            claim_id=f"variant {len(found)} of {claim.claim_id}",
            status=ClaimStatus.DRAFT,
            templates=(varied,),
            declared=varied.sites,
        )
    return list(found.values())


def _vary(template: CoreTemplate, rng: np.random.Generator) -> CoreTemplate | None:
    mol = Chem.RWMol(Chem.MolFromSmiles(template.smiles))
    for _ in range(int(rng.integers(1, 3))):
        atom = mol.GetAtomWithIdx(int(rng.integers(mol.GetNumAtoms())))
        options = _EXCHANGES.get(atom.GetAtomicNum(), ())
        if not options or atom.GetAtomMapNum():
            return None
        number, fewer = options[int(rng.integers(len(options)))]
        atom.SetAtomicNum(number)
        atom.SetNumExplicitHs(max(0, atom.GetNumExplicitHs() - fewer))
    with rdBase.BlockLogs():
        if Chem.SanitizeMol(mol, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return None
    try:
        return build_template(Chem.MolToSmiles(mol), template.sites, place="variant")
    except FileFormatError:
        return None


def _prepare(smiles_list: Sequence[str]) -> Iterator[Chem.Mol]:
    for smiles in smiles_list:
        try:
            yield prepare_mol(smiles, "literal")
        except StructureError:
            continue


def _time_one_by_one(
    claims: Sequence[Claim], mols: Sequence[Chem.Mol], which: str
) -> dict[str, object]:
    started = time.process_time()
    hits = sum(match_prepared(claim, mol).inside for mol in mols for claim in claims)
    seconds = time.process_time() - started
    return _row(
        f"one by one, {which}", len(claims), len(mols), hits, len(claims) * len(mols), seconds
    )


def _time_set(how: str, claims: ClaimSet, mols: Sequence[Chem.Mol]) -> dict[str, object]:
    started = time.process_time()
    hits = sum(match.inside for matches in claims.match_all(mols) for match in matches)
    seconds = time.process_time() - started
    left = sum(len(claims.candidates(mol)) for mol in mols)
    return _row(how, len(claims), len(mols), hits, left, seconds)


def _row(
    how: str, claims: int, molecules: int, hits: int, candidates: int, seconds: float
) -> dict[str, object]:
    return {
        "how": how,
        "claims": claims,
        "molecules": molecules,
        "hits": hits,
        "candidates": candidates,
        "seconds": seconds,
        "us_per_pair": seconds / max(1, claims * molecules) * 1e6,
        "molecules_per_s": molecules / max(seconds, 1e-9),
    }


def _with_sidecar(listed: tuple[str, ...], path: Path) -> list[str]:
    if not path.is_file():
        return list(listed)
    lines = path.read_text(encoding="utf-8").splitlines()
    written = [line.split(maxsplit=1)[0] for line in lines if line.strip()]
    return list(dict.fromkeys(written)) or list(listed)
