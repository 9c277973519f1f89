"""Patent evidence for a list of structures: open what there is to search, check, report.

``Patents`` is the door for a notebook or a script; a campaign's project has it as
``project.patents``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeAlias, cast

from molagent.chem.patterns import explain_kekule
from molagent.errors import ConfigError, FileFormatError, InputError, MolagentError
from molagent.patents.disclosures import disclosure_sources, read_disclosures
from molagent.patents.evidence import evidence_frame, without_folders
from molagent.patents.ladder import PatentLadder
from molagent.patents.markush.claims import Claim, ClaimStatus, read_claims
from molagent.patents.markush.matching import describe_claim
from molagent.patents.publications import Collection, read_collection
from molagent.patents.releases import PatentSource, UncheckedSource
from molagent.project.structure_files import STRUCTURE_TITLES
from molagent.project.structure_queries import Asked, read_asked
from molagent.records import Overlap, OverlapLevel

if TYPE_CHECKING:
    import pandas as pd

    from molagent.config import CampaignConfig
    from molagent.config.screen import ScreenConfig
    from molagent.patents.landscape import Landscape
    from molagent.project.claims import ClaimShelf
    from molagent.report.patent_evidence import ClaimLine

__all__ = ["Patents", "listed", "news_of_shortlist"]

_NAME: Final = ("name", "id", "compound", "compound_id", "proposal_id", "title")
#: A SMILES, several, or a frame with a column of them.
Structures: TypeAlias = "str | Sequence[str] | pd.DataFrame"


class Patents:
    """What there is to search, and what it says about structures.

    Examples
    --------
    >>> from pathlib import Path
    >>> patents = Patents.open(collection=Path("data/patents"))  # doctest: +SKIP
    >>> patents.check("N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1")  # doctest: +SKIP
    >>> patents.report(Path("evidence.html"), ["CCO"])  # doctest: +SKIP
    """

    def __init__(self, ladder: PatentLadder) -> None:
        self.ladder = ladder

    @classmethod
    def open(
        cls,
        collection: Path | str | None = None,
        releases: Sequence[Path | str] = (),
        disclosures: Path | str | None = None,
        *,
        as_of: date | None = None,
        client: str | None = None,
        at_least: float | None = None,
        top: int = 3,
        relatives: bool = True,
        strict: bool = False,
    ) -> Self:
        """Open a folder of publications and claims, release folders and a file of disclosures.

        Parameters
        ----------
        collection
            Folder with ``publications.toml`` and, optionally, ``claims/``.
        releases
            Folders that ``molagent patents sync`` or an import made.
        disclosures
            CSV of what is known and not published; see :mod:`molagent.patents.disclosures`.
        as_of
            Publications of a later date are not seen.
        client
            Whom the answers are for; None in house. Another client's disclosures are never
            searched.
        at_least
            Least similarity that counts as similar; by default 0.4, and 0.7 from 100,000
            compounds on.
        top
            How many relatives are shown of each collection.
        relatives
            Whether scaffold and similarity are looked at.
        strict
            Refuse to open with a release that cannot be searched. Without it, the others are
            searched and every answer says "not checked" for that one, with the reason.

        Raises
        ------
        InputError
            If nothing is given to search.
        ConfigError
            If a folder or file does not exist.
        FileFormatError
            If the collection or the disclosures are broken, or a release is and `strict` holds.
        """
        if collection is None and not releases and disclosures is None:
            raise InputError(
                "nothing to search is given",
                remedy="name a collection of publications, a release folder or disclosures",
            )
        for path in (collection, *releases, disclosures):
            if path is not None and not Path(path).exists():
                raise ConfigError(
                    "there is no such folder or file", place=str(path), remedy="check the path"
                )
        sources = _open_releases(releases, at_least=at_least, strict=strict)
        if disclosures is not None:
            path = Path(disclosures)
            sources += disclosure_sources(read_disclosures(path), name=path.name)
        read, claims = _read_folder(Path(collection)) if collection else (None, ())
        return cls(
            PatentLadder(
                read,
                claims,
                sources=sources,
                client=client,
                as_of=as_of,
                top=top,
                at_least=0.4 if at_least is None else at_least,
                relatives=relatives,
            )
        )

    @classmethod
    def of_campaign(cls, config: CampaignConfig, base: Path, *, strict: bool = False) -> Self:
        """Open what the ``[screen]`` section of a campaign names; see :meth:`open`.

        Parameters
        ----------
        base
            Folder that relative paths start from.
        """
        screen = config.screen
        return cls.open(
            collection=base / screen.patents if screen.patents else None,
            releases=[base / folder for folder in screen.releases],
            disclosures=base / screen.disclosures if screen.disclosures else None,
            as_of=screen.as_of,
            client=screen.client or None,
            strict=strict,
        )

    @property
    def claims(self) -> ClaimShelf:
        """The Markush claims that are searched, drafts included."""
        from molagent.project.claims import ClaimShelf

        return ClaimShelf(self.ladder.claims)

    @property
    def sources(self) -> pd.DataFrame:
        """What is searched, and what could not be: one row a collection.

        Returns
        -------
        pandas.DataFrame
            ``release, scope, licence, source, visibility, built_on, publications, compounds,
            mentions, unreadable, searched, reason``.
        """
        import pandas as pd

        rows = [
            {
                "release": release.release,
                "scope": release.scope,
                "licence": release.licence,
                "source": without_folders(release.source),
                "visibility": release.visibility,
                "built_on": release.built_on,
                "publications": release.n_publications,
                "compounds": release.n_compounds,
                "mentions": release.n_mentions,
                "unreadable": release.n_unreadable,
                "searched": True,
                "reason": "",
            }
            for release in self.ladder.releases
        ]
        rows += [
            {
                "release": source.name,
                "visibility": source.visibility,
                "searched": False,
                "reason": without_folders(source.reason),
            }
            for source in self.ladder.unchecked
        ]
        return pd.DataFrame(rows)

    def ask(
        self, texts: Sequence[str], *, names: Mapping[str, str] | None = None
    ) -> list[tuple[Asked, tuple[Overlap, ...]]]:
        """Return how each text was read, and the evidence for it, strongest first.

        SMILES and InChI are structures. An InChIKey is looked up among the compounds of what is
        searched; a publication number is answered with what it names; a name with its structure in
        `names`, where those are given (:func:`~molagent.project.structure_queries.read_names`).
        """
        asked = [read_asked(text, self.ladder, names) for text in texts]
        found = iter(self.ladder.find_overlap([each.smiles for each in asked if each.is_structure]))
        return [
            (each, next(found) if each.is_structure else (self._not_a_structure(each),))
            for each in asked
        ]

    def _not_a_structure(self, asked: Asked) -> Overlap:
        return Overlap(
            level=OverlapLevel.NOT_CHECKED, searched=self.ladder.searched, reason=asked.note
        )

    def check(
        self,
        structures: Structures,
        *,
        smiles_column: str = "",
        name_column: str = "",
        names: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Return the evidence for structures, one row a piece, strongest first.

        Parameters
        ----------
        structures
            A SMILES, several, or a frame with a column of them.
        smiles_column, name_column
            Of a frame; by default ``smiles`` and ``name`` or what is called like them.
        names
            As :meth:`ask` takes them.

        Returns
        -------
        pandas.DataFrame
            :data:`molagent.patents.evidence.EVIDENCE_COLUMNS`; what was no SMILES is the name of
            its structure.
        """
        called, texts = listed(structures, smiles_column, name_column)
        answers = self.ask(texts, names=names)
        return evidence_frame(
            [asked.smiles for asked, _ in answers],
            [overlaps for _, overlaps in answers],
            [
                f"{name} ({asked.text}, {asked.note})" if asked.note else name
                for name, (asked, _) in zip(called, answers, strict=True)
            ],
        )

    def report(
        self,
        path: Path | str,
        structures: Structures,
        *,
        title: str = "Patent evidence",
        smiles_column: str = "",
        name_column: str = "",
        names: Mapping[str, str] | None = None,
        since: Path | str | None = None,
    ) -> Path:
        """Write the evidence as one HTML page for a patent attorney; return its path.

        What was searched with which settings, all evidence with drawings of structure and hit, and
        what was not checked and why. ``.csv`` as the ending of `path` writes the evidence as CSV.
        With `since`, the folder of an earlier release, the page also says what is new.
        """
        from molagent.report.patent_evidence import write_evidence, write_evidence_csv

        path = Path(path)
        evidence = self.check(
            structures, smiles_column=smiles_column, name_column=name_column, names=names
        )
        if path.suffix == ".csv":
            return write_evidence_csv(evidence, path)
        return write_evidence(
            evidence,
            self.sources,
            path,
            title=title,
            claims=[_claim_line(claim) for claim in self.claims],
            as_of=self.ladder.as_of,
            client=self.ladder.client or "",
            news=None
            if since is None
            else self.news(structures, since, smiles_column=smiles_column, name_column=name_column),
        )

    def find_substructure(
        self, smarts: str, *, limit: int = 1_000, seconds: float = 60.0
    ) -> pd.DataFrame:
        """Return the compounds of the releases that hold a pattern, with where they are mentioned.

        Parameters
        ----------
        smarts
            The pattern.
        limit
            Most compounds of a release.
        seconds
            Time to spend on a release. ``attrs["searched"]`` says of each how far the search came:
            one that ended early is named so and is no answer about the rest. ``attrs["notes"]``
            says where the pattern can find nothing by its nature.

        Raises
        ------
        StructureError
            If the pattern is not SMARTS.
        """
        import pandas as pd

        from molagent.patents.index.compounds import CompoundIndex

        rows, searched = [], []
        for source in self.ladder.sources:
            name = source.release.release
            if not isinstance(source.index, CompoundIndex):
                searched.append(f"{name}: not searched, a collection in memory has no such index")
                continue
            answer = source.index.find_substructure(smarts, limit=limit, seconds=seconds)
            whole = "whole" if answer.complete else f"not whole: {answer.reason}"
            searched.append(f"{name}: {answer.n_searched:,} of {answer.n_rows:,} rows, {whole}")
            mentions = source.mentions.find_mentions(answer.rows)
            rows += [
                {
                    "release": name,
                    "smiles": source.index.parent(row),
                    "publications": len({each.publication_number for each in mentions[row]}),
                    "publication_number": mentions[row][0].publication_number,
                    "in_claims": any("claims" in each.sections for each in mentions[row]),
                }
                for row in answer.rows
                if row in mentions
            ]
        columns = ["release", "smiles", "publications", "publication_number", "in_claims"]
        frame = pd.DataFrame(rows, columns=columns)
        frame.attrs["searched"] = tuple(searched)
        frame.attrs["notes"] = tuple(filter(None, (explain_kekule(smarts),)))
        return frame

    def news(
        self,
        structures: Structures,
        since: Path | str,
        *,
        smiles_column: str = "",
        name_column: str = "",
    ) -> pd.DataFrame:
        """Return what the release searched says of structures that an earlier one did not.

        Parameters
        ----------
        structures
            As :meth:`check` takes them.
        since
            Folder of the earlier release.

        Returns
        -------
        pandas.DataFrame
            ``change``, one of :data:`molagent.patents.news.CHANGES`, and
            :data:`molagent.patents.evidence.EVIDENCE_COLUMNS`; ``attrs["notes"]`` says what to know
            before relying on it.

        Raises
        ------
        InputError
            If not exactly one release is searched: two cannot be compared with one.
        FileFormatError
            If the earlier one cannot be searched.
        """
        from molagent.patents.news import find_news

        stored = [s for s in self.ladder.sources if s.release.visibility == "public"]
        stored = [s for s in stored if s.release.release != self._own_release()]
        if len(stored) != 1:
            raise InputError(
                f"{len(stored)} releases are searched; one is compared with an earlier one",
                remedy="name one release folder",
            )
        [earlier] = _open_releases([since], at_least=None, strict=True)
        called, texts = listed(structures, smiles_column, name_column)
        smiles_list = [read_asked(text, self.ladder).smiles for text in texts]
        found = find_news(
            cast("PatentSource", earlier), stored[0], smiles_list, as_of=self.ladder.as_of
        )
        frame = evidence_frame(
            smiles_list, [[overlap for _, overlap in each] for each in found.found], called
        )
        frame.insert(0, "change", [change for each in found.found for change, _ in each])
        frame.attrs["notes"] = found.notes
        return frame

    def _own_release(self) -> str:
        return self.ladder.collection.release if self.ladder.collection else ""

    def landscape(
        self,
        structures: Structures,
        *,
        at_least: float = 0.4,
        most: int = 500,
        smiles_column: str = "",
    ) -> Landscape:
        """Return which families, assignees and dates crowd the neighbourhood of structures."""
        from molagent.patents.landscape import survey

        _, smiles_list = listed(structures, smiles_column, "")
        return survey(self.ladder, smiles_list, at_least=at_least, most=most)


def news_of_shortlist(
    screen: ScreenConfig,
    base: Path,
    shortlist: Callable[[], pd.DataFrame],
    *,
    since: tuple[Path, Path] | None = None,
) -> pd.DataFrame | None:
    """Return what the later of two releases has new of a shortlist; None if none are named.

    A release of the campaign that cannot be read is told in ``attrs["notes"]``.

    Parameters
    ----------
    since
        Folders of the earlier and the later release; by default those that ``[screen]`` names.

    Raises
    ------
    MolagentError
        If releases of `since` cannot be compared.
    """
    if since is not None:
        earlier, later = since
        patents = Patents.open(releases=[later], as_of=screen.as_of, strict=True)
        return patents.news(shortlist(), earlier)
    if not (screen.since and screen.releases):
        return None
    try:
        patents = Patents.open(
            releases=[base / screen.releases[-1]], as_of=screen.as_of, strict=True
        )
        return patents.news(shortlist(), base / screen.since)
    except MolagentError as error:
        nothing = evidence_frame([], [], [])
        nothing.attrs["notes"] = (f"the releases were not compared: {error}",)
        nothing.attrs["compared"] = False
        return nothing


def _claim_line(claim: Claim) -> ClaimLine:
    from molagent.report.patent_evidence import ClaimLine

    confirmed = claim.status is ClaimStatus.CONFIRMED
    return ClaimLine(
        claim_id=claim.claim_id,
        kind=claim.kind,
        status=claim.status.value,
        standing=f"{claim.confirmed_by}, {claim.confirmed_on}"
        if confirmed
        else "never counts as inside, only as may be inside",
        sentence=describe_claim(claim),
        source=claim.source,
    )


def _open_releases(
    folders: Sequence[Path | str], *, at_least: float | None, strict: bool
) -> list[PatentSource | UncheckedSource]:
    if not folders:
        return []
    from molagent.project.patent_releases import open_release

    return [open_release(Path(folder), at_least=at_least, strict=strict) for folder in folders]


def _read_folder(folder: Path) -> tuple[Collection | None, tuple[Claim, ...]]:
    if not (folder / "publications.toml").is_file():
        raise FileFormatError(
            "the folder holds no publications.toml",
            place=str(folder),
            remedy="name a folder of publications; release folders are given as releases",
        )
    return read_collection(folder), read_claims(folder)


def listed(
    structures: Structures, smiles_column: str = "", name_column: str = ""
) -> tuple[list[str], list[str]]:
    """Return names and SMILES of structures given in any of the three ways.

    Raises
    ------
    InputError
        If a frame has no column of structures, or not the one named.
    """
    if isinstance(structures, str):
        structures = [structures]
    # Asked for its columns: a list of structures needs no pandas, whose import takes longest.
    if hasattr(structures, "columns"):
        return _of_frame(cast("pd.DataFrame", structures), smiles_column, name_column)
    smiles_list = list(structures)
    return [str(at) for at in range(1, len(smiles_list) + 1)], smiles_list


def _of_frame(
    frame: pd.DataFrame, smiles_column: str, name_column: str
) -> tuple[list[str], list[str]]:
    import pandas as pd

    smiles = smiles_column or _column(frame, STRUCTURE_TITLES)
    name = name_column or _column(frame, _NAME)
    for column in (smiles, *([name_column] if name_column else [])):
        if column not in frame.columns:
            raise InputError(
                f"no column {column!r}" if column else "no column of structures",
                remedy=f"the columns are {', '.join(map(str, frame.columns))}"
                + ("" if column else f"; call one of them {STRUCTURE_TITLES[0]!r}"),
            )
    # A cell without text is an empty structure: it stays in the list and is not checked.
    smiles_list = ["" if pd.isna(cell) else str(cell) for cell in frame[smiles]]
    if not name:
        return [str(at) for at in range(1, len(smiles_list) + 1)], smiles_list
    return [str(cell) for cell in frame[name]], smiles_list


def _column(frame: pd.DataFrame, wanted: Sequence[str]) -> str:
    lower = {str(column).lower(): str(column) for column in frame.columns}
    return next((lower[name] for name in wanted if name in lower), "")
