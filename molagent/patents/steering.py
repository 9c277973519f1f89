"""Claims inside the loop: a filter, a distance to be rewarded, and regions to keep out of.

Only claims are looked at here, no release: a structure costs microseconds where no core occurs in
it, so that these can sit inside generation. What they say is evidence about claims as they were
read, never a verdict; a draft counts as unknown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from rdkit import Chem

from molagent.errors import InputError, StructureError
from molagent.patents.markush.boundary import claim_distance
from molagent.patents.markush.claims import (
    Claim,
    ClaimStatus,
    prepare_mol,
)
from molagent.patents.markush.claimset import ClaimSet
from molagent.patents.markush.matching import ClaimMatch, describe_claim, match_prepared
from molagent.patents.markush.preparing import drop_labels
from molagent.patents.regions import OutsideClaim, SiteKeptOut, claims_digest
from molagent.records import Constraints, FloatArray, Judgement, PredictionFrame, Verdict

__all__ = ["ClaimDistance", "ClaimFilter", "OutsideClaim", "SiteKeptOut", "keep_outside"]

ENDPOINT: Final = "claim_distance"
_SHOWN: Final = 3
# An isotope is written in no other way.
_LABEL: Final = re.compile(r"\[\d")
# For so few claims a screen of them all costs more than asking each.
_FEW: Final = 30


class ClaimFilter:
    """Stops what lies inside a confirmed claim; implements ``Filter``.

    Inside a confirmed claim is a failure, inside a draft is unknown, and so is a structure that
    cannot be tried. A pass says that it is outside these claims as they were read.

    Parameters
    ----------
    claims
        Rejected ones are left out.
    name
        As it stands in the funnel.
    """

    def __init__(self, claims: Sequence[Claim], name: str = "claims") -> None:
        self.claims = tuple(c for c in claims if c.status is not ClaimStatus.REJECTED)
        self._set = ClaimSet(self.claims) if len(self.claims) > _FEW else None
        self._name = name

    @property
    def name(self) -> str:
        """The filter's name."""
        return self._name

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure, in input order."""
        return [self._judge(smiles) for smiles in smiles_list]

    def _judge(self, smiles: str) -> Judgement:
        try:
            matches = self._matches(smiles)
        except StructureError as error:
            return Judgement(filter=self.name, verdict=Verdict.UNKNOWN, reason=str(error))
        by_id = {claim.claim_id: claim for claim in self.claims}
        inside = [by_id[match.claim_id] for match in matches if match.inside]
        open_ = [match for match in matches if match.not_tried or match.hint]
        confirmed = [c.claim_id for c in inside if c.status is ClaimStatus.CONFIRMED]
        if confirmed:
            return Judgement(
                filter=self.name,
                verdict=Verdict.FAIL,
                reason=f"inside {_listed(confirmed)} as read",
                evidence=self._evidence(inside),
            )
        if inside:
            drafts = _listed([c.claim_id for c in inside])
            return Judgement(
                filter=self.name,
                verdict=Verdict.UNKNOWN,
                reason=f"may be inside {drafts}, read as a draft",
                evidence=self._evidence(inside),
            )
        if open_:
            return Judgement(
                filter=self.name,
                verdict=Verdict.UNKNOWN,
                reason=f"{open_[0].claim_id}: {open_[0].why}",
                evidence=self._evidence([by_id[match.claim_id] for match in open_]),
            )
        return Judgement(
            filter=self.name,
            verdict=Verdict.PASS,
            reason=f"outside {len(self.claims)} claims as read",
        )

    def _matches(self, smiles: str) -> list[ClaimMatch]:
        """Return what claims say of a structure, at least all that do not say "outside"."""
        if self._set is not None:
            return self._set.match(prepare_mol(smiles, "literal"))
        prepared = _Prepared(smiles)
        return [match_prepared(claim, prepared.mol(claim.isotopes)) for claim in self.claims]

    def _evidence(self, inside: Sequence[Claim]) -> tuple[str, ...]:
        return (
            *(describe_claim(claim) for claim in inside[:_SHOWN]),
            f"searched: {len(self.claims)} claims, nothing else",
        )


class ClaimDistance:
    """How far structures are from the nearest of some claims; implements ``Predictor``.

    0 inside, 0.5 where one group keeps it out, nearer to 1 for more, and 1 where no core occurs
    (see :func:`~molagent.patents.markush.boundary.claim_distance`). As a component of an objective:
    ``predictor = "claim_distance"``, ``direction = "maximise"``, ``low = 0.0``, ``high = 0.5``
    makes a structure inside worthless and asks no more than to be outside; ``high = 1.0`` asks to
    get away from the cores as well.

    Parameters
    ----------
    claims
        Drafts count, as staying away from what may be claimed costs little; rejected ones do not.

    Raises
    ------
    InputError
        If there are no claims: a distance to nothing is not 1.
    """

    endpoint = ENDPOINT

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.claims = tuple(c for c in claims if c.status is not ClaimStatus.REJECTED)
        if not self.claims:
            raise InputError(
                "there are no claims to keep a distance from",
                remedy="name a folder with claims, or leave the component out",
            )

    @property
    def card(self) -> Mapping[str, Any]:
        """What it is, as models say it of themselves; nothing was fitted."""
        ids = ", ".join(claim.claim_id for claim in self.claims)
        return {
            "endpoint": ENDPOINT,
            "title": "distance to the nearest claim",
            "unit": "0 inside, 1 no core",
            "kind": "computed",
            "n_train": 0,
            "source": f"{len(self.claims)} claims: {ids}",
            "model_hash": self.model_hash,
            "reliable": True,
            "reason": "",
            "metrics": {},
            "note": "Claims as they were read, drafts included. Not legal advice.",
        }

    @property
    def model_hash(self) -> str:
        """SHA-256 (first 16 hex digits) of what the claims say."""
        return claims_digest(*self.claims)

    def __call__(self, smiles_list: Sequence[str]) -> list[float]:
        """Return the distance of each structure, 0..1; NaN where it cannot be tried."""
        return [self._distance(smiles) for smiles in smiles_list]

    def predict(self, smiles_list: Sequence[str]) -> PredictionFrame:
        """Return the distances as a frame; they are computed, so their spread is 0."""
        mean = np.array(self(smiles_list), dtype=np.float64)
        known = ~np.isnan(mean)
        return PredictionFrame(
            endpoint=ENDPOINT,
            mean=mean,
            std=np.where(known, 0.0, np.nan),
            in_domain=known,
            model_hash=self.model_hash,
        )

    def sample(self, smiles_list: Sequence[str], draws: int, seed: int) -> FloatArray:  # noqa: ARG002
        """Return ``draws x N``: the same distances in every draw."""
        return np.tile(np.array(self(smiles_list), dtype=np.float64), (draws, 1))

    def _distance(self, smiles: str) -> float:
        try:
            prepared = _Prepared(smiles)
        except StructureError:
            return float("nan")
        kinds = sorted({claim.isotopes for claim in self.claims})
        try:
            return min(
                claim_distance([c for c in self.claims if c.isotopes == kind], prepared.mol(kind))
                for kind in kinds
            )
        except StructureError:
            return float("nan")


def keep_outside(claims: Sequence[Claim], constraints: Constraints | None = None) -> Constraints:
    """Return constraints under which no proposal lies inside the claims.

    Parameters
    ----------
    constraints
        What else to keep to.
    """
    given = constraints or Constraints()
    kept = [OutsideClaim(c) for c in claims if c.status is not ClaimStatus.REJECTED]
    return replace(given, outside=(*given.outside, *kept))


class _Prepared:
    """A structure made ready once for claims that look at isotopes and for those that do not."""

    def __init__(self, smiles: str) -> None:
        mol = prepare_mol(smiles, "literal")
        # Going through the atoms would cost as much as ten claims.
        labelled = _LABEL.search(smiles) is not None
        self._mols = {"literal": mol, "ignored": drop_labels(mol) if labelled else mol}

    def mol(self, isotopes: str) -> Chem.Mol:
        return self._mols[isotopes]


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more
