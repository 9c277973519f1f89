"""A claim's own tests: the structures that must fall inside, and those that must not."""

from collections.abc import Sequence
from dataclasses import dataclass

from molagent.chem.molecules import canonical_smiles
from molagent.errors import StructureError
from molagent.patents.markush.claims import Claim
from molagent.patents.markush.matching import match_claim

__all__ = ["MemberTest", "missing_tests", "run_members"]

# Fewer than three of a kind cannot tell a reading from its neighbours.
MIN_MEMBERS = 3
MIN_NON_MEMBERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTest:
    """One structure tried on its claim.

    Attributes
    ----------
    expected
        Whether the claim file says that it is inside.
    inside
        Whether it is; None where the structure could not be tried.
    core_found
        Whether the core occurs in it: a non-member without the core tests little.
    why
        What does not fit, or why it could not be tried; the assignment of one that is inside.
    """

    smiles: str
    expected: bool
    inside: bool | None
    core_found: bool
    why: str

    @property
    def passed(self) -> bool:
        """Whether the claim says of the structure what its file says; not tried is not passed."""
        return self.inside is self.expected


def run_members(claim: Claim) -> tuple[MemberTest, ...]:
    """Try every member and non-member of a claim, in file order."""
    inside = [_try(claim, smiles, expected=True) for smiles in claim.members]
    return (*inside, *(_try(claim, smiles, expected=False) for smiles in claim.non_members))


def missing_tests(tests: Sequence[MemberTest], *, varies: bool = True) -> tuple[str, ...]:
    """Return what a set of tests lacks before anybody can rely on it; empty if nothing.

    Wanted are three different members, three different non-members, and among the latter one
    that has the core: a claim on a pyrimidine is not tested by saying that benzene is outside.

    Parameters
    ----------
    varies
        Whether the claim has sites; one that names a single compound has one member.

    Examples
    --------
    >>> missing_tests([])[0]
    'it has 0 different members that pass, and needs 3'
    """
    lacking = []
    for expected, least, word in (
        (True, MIN_MEMBERS if varies else 1, "members"),
        (False, MIN_NON_MEMBERS, "non-members"),
    ):
        different = {
            _spelled(test.smiles) for test in tests if test.expected is expected and test.passed
        }
        if len(different) < least:
            lacking.append(f"it has {len(different)} different {word} that pass, and needs {least}")
    if varies and not any(test.core_found for test in tests if not test.expected):
        lacking.append("no non-member has the core, so nothing tests the sites from outside")
    return tuple(lacking)


def _try(claim: Claim, smiles: str, *, expected: bool) -> MemberTest:
    try:
        match = match_claim(claim, smiles)
    except StructureError as error:
        return MemberTest(
            smiles=smiles, expected=expected, inside=None, core_found=False, why=str(error)
        )
    return MemberTest(
        smiles=smiles,
        expected=expected,
        inside=None if match.not_tried else match.inside,
        core_found=match.core_found,
        why=match.why,
    )


def _spelled(smiles: str) -> str:
    return canonical_smiles(smiles)
