"""Several sources: as of a date, for a client, with what could not be searched."""

import socket
from dataclasses import replace
from datetime import date

import pytest

from molagent.errors import InputError
from molagent.patents.compounds import MentionTable, SmallIndex, find_parent
from molagent.patents.gate import PatentFilter
from molagent.patents.ladder import PatentLadder
from molagent.patents.markush.claims import read_claims
from molagent.patents.publications import read_collection
from molagent.patents.releases import PatentSource, UncheckedSource
from molagent.records import Mention, OverlapLevel, PatentRelease, PublicationRecord, Verdict
from tests.patents.conftest import (
    ASPIRIN,
    BARICITINIB,
    DEURUXOLITINIB,
    RUXOLITINIB,
    SMALL_COLLECTION,
    TOFACITINIB,
)

FLUORO = "N#CCC(C1CCCC1)n1cc(-c2nc(F)nc3[nH]ccc23)cn1"  # ruxolitinib with F
CYCLOBUTYL = "N#CCC(C1CCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"


def source(mentioned, *, name="release A", structures=True, **release):
    """Return a source of ``(smiles, publication, section, date)``.

    Instead of a date there may be the earliest and the latest day.
    """
    rows, mentions, headers = {}, [], {}
    for smiles, number, section, dated in mentioned:
        day, *window = (None, *dated) if isinstance(dated, tuple) else (dated, None, None)
        row = rows.setdefault(find_parent(smiles), len(rows))
        mentions.append(
            Mention(
                row=row,
                publication_number=number,
                sections=(section,),
                label=f"compound of {number}",
                raw_smiles=smiles,
            )
        )
        headers[number] = PublicationRecord(
            publication_number=number,
            kind=number.split("-")[2],
            publication_date=day,
            published_after=window[0],
            published_by=window[1],
            family_id=f"F{number[3:7]}",
            assignees=("Somebody Inc.",),
        )
    index = SmallIndex(tuple(rows))
    what = PatentRelease(
        release=name,
        scope="a few",
        licence="CC BY 4.0",
        source="typed in",
        built_on=date(2026, 1, 1),
        n_publications=len(headers),
        n_compounds=len(rows),
        n_mentions=len(mentions),
    )
    return PatentSource(
        index=index,
        mentions=MentionTable(replace(what, **release), mentions, list(headers.values())),
        structures=index.structures if structures else None,
    )


EARLY, LATE = date(2001, 2, 3), date(2015, 6, 7)


def climb(smiles, *sources, **settings):
    [overlaps] = PatentLadder(sources=sources, **settings).find_overlap([smiles])
    return overlaps


def test_every_source_is_searched_and_each_row_says_where_it_is_from():
    one = source([(TOFACITINIB, "US-1000001-B2", "claims", EARLY)])
    two = source([(TOFACITINIB, "WO-2000002-A1", "description", LATE)], name="release B")
    found = climb(TOFACITINIB, one, two)
    assert [(o.level, o.release, o.kind, o.publication_date, o.family_id) for o in found] == [
        (OverlapLevel.EXACT_IN_CLAIMS, "release A", "B2", "2001-02-03", "F1000"),
        (OverlapLevel.EXACT_ELSEWHERE, "release B", "A1", "2015-06-07", "F2000"),
    ]
    assert {o.licence for o in found} == {"CC BY 4.0"}
    assert found[0].route == "text"
    assert all("release A" in o.searched and "release B" in o.searched for o in found)


def test_sections_of_one_publication_are_joined_and_claims_decide():
    both = source(
        [
            (TOFACITINIB, "US-1000001-B2", "description", EARLY),
            (TOFACITINIB, "US-1000001-B2", "claims", EARLY),
        ]
    )
    [overlap] = climb(TOFACITINIB, both)
    assert (overlap.section, overlap.level) == ("claims, description", OverlapLevel.EXACT_IN_CLAIMS)


def test_a_publication_that_has_salt_and_parent_is_told_by_the_parent():
    both = source(
        [
            (f"{TOFACITINIB}.Cl", "US-1000001-B2", "claims", EARLY),
            (TOFACITINIB, "US-1000001-B2", "description", EARLY),
        ]
    )
    [overlap] = climb(TOFACITINIB, both)
    assert (overlap.level, overlap.relation) == (OverlapLevel.EXACT_ELSEWHERE, "")
    [salt] = climb(f"{TOFACITINIB}.Cl", both)
    assert salt.level is OverlapLevel.EXACT_IN_CLAIMS


def test_what_came_out_later_is_not_seen():
    late = source(
        [(TOFACITINIB, "US-1000001-B2", "claims", LATE), (ASPIRIN, "US-2-A", "claims", EARLY)]
    )
    assert climb(TOFACITINIB, late, as_of=date(2015, 6, 6))[0].level is OverlapLevel.NOT_FOUND
    assert climb(TOFACITINIB, late, as_of=LATE)[0].level is OverlapLevel.EXACT_IN_CLAIMS
    assert "publications up to 2015-06-07" in climb(ASPIRIN, late, as_of=LATE)[0].searched


def test_an_undated_publication_is_counted_and_says_so():
    undated = source([(TOFACITINIB, "US-1000001-B2", "claims", None)])
    [overlap] = climb(TOFACITINIB, undated, as_of=EARLY)
    assert overlap.level is OverlapLevel.EXACT_IN_CLAIMS
    assert "date not known, counted" in overlap.reason
    assert "not known" not in climb(TOFACITINIB, undated)[0].reason


def test_the_number_of_an_undated_publication_decides_where_it_can():
    window = (date(2007, 11, 27), date(2014, 1, 28))
    bounded = source([(TOFACITINIB, "US-8158616-B2", "claims", window)])
    before = climb(TOFACITINIB, bounded, as_of=date(2007, 11, 26))
    assert [o.level for o in before] == [OverlapLevel.NOT_FOUND]
    said = "published between 2007-11-27 and 2014-01-28 by its number"
    for as_of, reason in (
        (date(2007, 11, 27), f"{said}; date not known, counted"),
        (date(2014, 1, 28), said),
        (None, said),
    ):
        [overlap] = climb(TOFACITINIB, bounded, as_of=as_of)
        assert overlap.level is OverlapLevel.EXACT_IN_CLAIMS
        assert overlap.publication_date is None
        assert overlap.reason.endswith(reason)


def test_the_earliest_stands_first_whether_read_or_by_number():
    known = source(
        [
            (TOFACITINIB, "US-9000000-B2", "claims", date(2016, 1, 1)),
            (TOFACITINIB, "US-8158616-B2", "claims", (None, date(2014, 1, 28))),
            (TOFACITINIB, "US-8000000-B2", "claims", None),
        ]
    )
    found = [o.publication_number for o in climb(TOFACITINIB, known)]
    assert found == ["US-8158616-B2", "US-9000000-B2", "US-8000000-B2"]


def test_a_neighbour_of_a_later_date_gives_way_to_the_next():
    series = [
        ("C" * n + "c1ccc(S(=O)(=O)N2CCNCC2)cc1", f"US-{1000 + n}-A1", "claims", LATE)
        for n in range(1, 12)
    ]
    series.append(("CCCCCCCCCCCCCCCCc1ccc(S(=O)(=O)N2CCNCC2)cc1", "US-999-A1", "claims", EARLY))
    found = climb("CCCCCCCCc1ccc(S(=O)(=O)N2CCN(C)CC2)cc1", source(series), as_of=EARLY)
    assert [o.publication_number for o in found] == ["US-999-A1"]


def test_claims_of_later_publications_are_not_seen():
    claims = read_claims(SMALL_COLLECTION)
    collection = read_collection(SMALL_COLLECTION)
    dated = replace(
        collection,
        publications=tuple(
            replace(p, publication_date=date(2016, 2, 2))
            if p.publication_number == "US-9249149-B2"
            else p
            for p in collection.publications
        ),
    )
    early = PatentLadder(dated, claims, as_of=date(2016, 2, 1))
    before = early.find_overlap([DEURUXOLITINIB])[0]
    assert early.get_claim("US-9249149-B2/1") is None
    assert "of later publications left out" in early.searched
    after = PatentLadder(dated, claims, as_of=date(2016, 2, 2)).find_overlap([DEURUXOLITINIB])[0]
    assert "US-9249149-B2/1" not in {o.claim_id for o in before}
    assert "US-9249149-B2/1" in {o.claim_id for o in after}


def test_a_claim_whose_number_says_that_it_came_later_is_not_seen():
    [claim] = [c for c in read_claims(SMALL_COLLECTION) if c.claim_id == "US-9249149-B2/1"]
    collection = read_collection(SMALL_COLLECTION)
    publication = replace(
        collection.find_publication("US-9249149-B2"),
        publication_date=None,
        published_after=date(2014, 1, 28),
        published_by=date(2016, 6, 14),
    )
    bounded = replace(collection, publications=(publication,))

    def reasons(as_of):
        [overlaps] = PatentLadder(bounded, [claim], as_of=as_of).find_overlap([DEURUXOLITINIB])
        return [o.reason for o in overlaps if o.claim_id == claim.claim_id]

    assert reasons(date(2014, 1, 27)) == []
    said = "published between 2014-01-28 and 2016-06-14 by its number"
    assert reasons(date(2016, 6, 13))[0].endswith(f"{said}; date not known, counted")
    assert reasons(date(2016, 6, 14))[0].endswith(said)


def test_an_answer_is_given_where_all_claims_came_later():
    [claim] = [c for c in read_claims(SMALL_COLLECTION) if c.claim_id == "US-9249149-B2/1"]
    collection = read_collection(SMALL_COLLECTION)
    publication = replace(
        collection.find_publication("US-9249149-B2"),
        publication_date=date(2016, 2, 2),
        compounds=(),
    )
    ladder = PatentLadder(
        replace(collection, publications=(publication,)), [claim], as_of=date(2016, 2, 1)
    )
    [[overlap]] = ladder.find_overlap([DEURUXOLITINIB])
    assert overlap.level is OverlapLevel.NOT_FOUND
    assert "0 confirmed and 0 draft claims, 1 of later publications left out" in overlap.searched


def test_skeletons_change_the_time_and_not_the_answer():
    mentioned = [
        (RUXOLITINIB, "US-1-B2", "claims", EARLY),
        (f"{TOFACITINIB}.Cl", "US-2-B2", "description", EARLY),
        ("O=c1cccc[nH]1", "US-3-B2", "claims", EARLY),
        ("CC(=O)CC(C)=O", "US-4-B2", "claims", EARLY),
    ]
    asked = [RUXOLITINIB, TOFACITINIB, "Oc1ccccn1", "CC(O)=CC(C)=O", CYCLOBUTYL, ASPIRIN, FLUORO]
    with_keys = PatentLadder(sources=[source(mentioned)]).find_overlap(asked)
    without = PatentLadder(sources=[source(mentioned, structures=False)]).find_overlap(asked)
    strongest = [[(o.level, o.relation, o.publication_number) for o in each] for each in with_keys]
    assert strongest == [
        [(o.level, o.relation, o.publication_number) for o in each] for each in without
    ]


def test_many_publications_of_one_compound_are_counted_and_the_first_are_shown():
    many = source(
        [
            (ASPIRIN, f"US-{1000 + n}-A1", "description", date(2000 + n % 20, 1, 1))
            for n in range(60)
        ]
    )
    found = climb(ASPIRIN, many, most=10)
    assert len(found) == 10
    assert found[0].further == 50
    days = [o.publication_date for o in found]
    assert days == sorted(days)


CLIENTS = {
    "public": source([(RUXOLITINIB, "US-1-B2", "claims", EARLY)]),
    "house": source(
        [(TOFACITINIB, "NB-1-A1", "description", EARLY)], name="ours", visibility="own"
    ),
    "acme": source(
        [(BARICITINIB, "ACME-77-A1", "description", EARLY)],
        name="Acme's list",
        visibility="client",
        client="Acme",
    ),
    "beta": source(
        [(BARICITINIB, "BETA-88-A1", "description", EARLY)],
        name="Beta's list",
        visibility="client",
        client="Beta",
    ),
}


def test_a_client_s_disclosures_are_never_searched_or_shown_for_another():
    asked = [BARICITINIB, TOFACITINIB, RUXOLITINIB, CYCLOBUTYL]
    for client, own, foreign in [
        (None, {"release A", "ours"}, ("Acme", "Beta", "ACME", "BETA")),
        ("Acme", {"release A", "Acme's list"}, ("Beta", "BETA", "ours", "NB-1")),
        ("Beta", {"release A", "Beta's list"}, ("Acme", "ACME", "ours", "NB-1")),
        ("Gamma", {"release A"}, ("Acme", "Beta", "ACME", "BETA", "ours", "NB-1")),
    ]:
        ladder = PatentLadder(sources=list(CLIENTS.values()), client=client)
        assert {release.release for release in ladder.releases} == own
        shown = repr(ladder.find_overlap(asked)) + repr(PatentFilter(ladder).judge(asked))
        assert [word for word in foreign if word in shown] == []


def test_a_client_finds_its_own_disclosure():
    found = climb(BARICITINIB, *CLIENTS.values(), client="Acme")
    assert (found[0].publication_number, found[0].visibility) == ("ACME-77-A1", "client")


def test_disclosures_of_a_client_without_a_name_are_open_to_nobody():
    nameless = source([(ASPIRIN, "X-1-A1", "claims", EARLY)], visibility="client")
    public = CLIENTS["public"]
    for client in (None, "", "Acme"):
        assert climb(ASPIRIN, nameless, public, client=client)[0].level is OverlapLevel.NOT_FOUND
    with pytest.raises(InputError, match="nothing to search"):
        PatentLadder(sources=[nameless])
    with pytest.raises(InputError, match="visibility 'secret'"):
        PatentLadder(sources=[source([(ASPIRIN, "X-1-A1", "claims", EARLY)], visibility="secret")])


BROKEN = UncheckedSource(name="release C", reason="index built with RDKit 2020; build it again")


def test_a_source_that_could_not_be_opened_stands_above_not_found_in_every_answer():
    found = climb(ASPIRIN, CLIENTS["public"], BROKEN)
    assert [o.level for o in found] == [OverlapLevel.NOT_CHECKED, OverlapLevel.NOT_FOUND]
    assert found[0].reason == BROKEN.reason
    assert "NOT searched: release C" in found[1].searched
    ladder = PatentLadder(sources=[CLIENTS["public"], BROKEN])
    assert PatentFilter(ladder).judge([ASPIRIN])[0].verdict is Verdict.UNKNOWN
    assert PatentFilter(ladder).judge([RUXOLITINIB])[0].verdict is Verdict.FAIL


def test_with_nothing_but_broken_sources_nothing_is_not_found():
    assert {o.level for o in climb(ASPIRIN, BROKEN)} == {OverlapLevel.NOT_CHECKED}


def test_an_empty_scope_is_not_checked():
    found = climb(ASPIRIN, source([]))
    assert [o.level for o in found] == [OverlapLevel.NOT_CHECKED]
    assert "no compound that can be searched" in found[0].reason


@pytest.mark.parametrize(
    "smiles",
    ["C1=C[U]=[V][W]=N1", "OC([Re])=O", "C" * 10_000, "c1ccccc1" * 1300, "*CC(*)C(=O)OC", "C1CC"],
)
def test_drawings_polymers_and_giants_are_not_checked(smiles):
    found = climb(smiles, CLIENTS["public"])
    assert {o.level for o in found} == {OverlapLevel.NOT_CHECKED}
    assert found[0].reason


def test_nothing_is_asked_of_a_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError("no network")

    monkeypatch.setattr(socket, "socket", refuse)
    assert climb(RUXOLITINIB, CLIENTS["public"])[0].level is OverlapLevel.EXACT_IN_CLAIMS


def test_without_relatives_only_identity_and_claims_are_asked():
    [overlap] = climb(CYCLOBUTYL, CLIENTS["public"], relatives=False)
    assert overlap.level is OverlapLevel.NOT_FOUND
    assert "relatives not looked for" in overlap.searched


def test_a_second_question_is_answered_from_memory_which_is_bounded(monkeypatch):
    from molagent.patents import ladder as module

    monkeypatch.setattr(module, "_REMEMBERED", 3)
    ladder = PatentLadder(sources=[CLIENTS["public"]])
    first = ladder.find_overlap([RUXOLITINIB, ASPIRIN])
    second = ladder.find_overlap([ASPIRIN, RUXOLITINIB])
    assert [id(each) for each in second] == [id(first[1]), id(first[0])]
    ladder.find_overlap(["CCO", "CCN"])
    assert ladder.find_overlap([ASPIRIN])[0] is first[1]
    assert ladder.find_overlap([RUXOLITINIB])[0] is not first[0]
    assert ladder.find_overlap([RUXOLITINIB])[0] == first[0]


def test_a_compound_without_a_recorded_publication_is_shown_without_one():
    bare = source([(ASPIRIN, "US-1-A1", "claims", EARLY)])
    silent = replace(bare, mentions=MentionTable(bare.release, [], []))
    [overlap] = climb(ASPIRIN, silent, as_of=EARLY)
    assert (overlap.level, overlap.publication_number) == (OverlapLevel.EXACT_ELSEWHERE, None)
    assert overlap.route is None
    assert "date not known, counted" in overlap.reason
    assert "salt form in the publication is not recorded" in overlap.reason


CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
BETAINE = "C[N+](C)(C)CC([O-])=O"


@pytest.mark.parametrize("structures", [True, False])
def test_a_component_of_a_mixture_is_a_variant_and_not_of_the_same_scaffold(structures):
    both = source(
        [(f"{BETAINE}.{CAFFEINE}", "US-7834062-B2", "description", LATE)], structures=structures
    )
    [overlap] = climb(CAFFEINE, both)
    assert (overlap.level, overlap.relation) == (OverlapLevel.VARIANT, "component")
    assert overlap.reason.startswith("a component of a mixture or salt; same standard InChIKey")
    assert overlap.matched_smiles is not None
    assert "." in overlap.matched_smiles
    [other] = climb(BETAINE, both)
    assert (other.level, other.relation) == (OverlapLevel.VARIANT, "component")


def test_a_component_says_what_else_differs():
    both = source([("C[C@H](N)C(=O)NCC.NC(=O)c1cccnc1", "US-1000001-B2", "claims", EARLY)])
    [overlap] = climb("C[C@@H](N)C(=O)NCC", both)
    assert (overlap.level, overlap.relation) == (OverlapLevel.VARIANT, "component,stereo")
    assert "another stereoisomer" in overlap.reason


def test_a_structure_that_stands_alone_too_is_told_by_the_row_of_its_own():
    both = source(
        [
            (CAFFEINE, "US-1000001-B2", "claims", EARLY),
            (f"{BETAINE}.{CAFFEINE}", "US-7834062-B2", "description", LATE),
        ]
    )
    found = climb(CAFFEINE, both)
    assert [overlap.level for overlap in found] == [
        OverlapLevel.EXACT_IN_CLAIMS,
        OverlapLevel.VARIANT,
    ]


def test_a_part_of_a_component_is_not_a_component():
    both = source([(f"{BETAINE}.{CAFFEINE}", "US-7834062-B2", "description", LATE)])
    theobromine = "Cn1cnc2c1c(=O)[nH]c(=O)n2C"
    assert all(overlap.relation == "" for overlap in climb(theobromine, both))


def test_a_mixture_that_came_out_later_is_not_seen():
    both = source([(f"{BETAINE}.{CAFFEINE}", "US-7834062-B2", "description", LATE)])
    [overlap] = climb(CAFFEINE, both, as_of=EARLY)
    assert overlap.level is OverlapLevel.NOT_FOUND
