"""The door to patent evidence: collections, releases and disclosures opened as one."""

import csv
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from molagent.config import load_config
from molagent.errors import ConfigError, FileFormatError, InputError
from molagent.ingest.patents.importing import import_file
from molagent.patents.evidence import EVIDENCE_COLUMNS
from molagent.patents.ladder import PatentLadder
from molagent.project.patent_releases import open_release, prepare_release
from molagent.project.patents import Patents
from tests.patents.conftest import (
    ASPIRIN,
    BARICITINIB,
    DEURUXOLITINIB,
    REPOSITORY,
    RUXOLITINIB,
    SMALL_COLLECTION,
    TOFACITINIB,
)

CLENBUTEROL = "CC(C)(C)NCC(O)c1cc(Cl)c(N)c(Cl)c1"
DISCLOSED = f"""smiles,document,date,name
{ASPIRIN},NB-1,2020-01-02,Q-1
{CLENBUTEROL}.Cl,NB-2,2021-01-02,Q-2
"""
VERDICTS = re.compile(
    r"\b(novel\w*|patented|patentab\w*|free|safe\w*|clear\w*|infring\w*)\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("releases")
    path = folder / "own.csv"
    path.write_text(DISCLOSED, encoding="utf-8")
    import_file(path, folder / "own", visibility="public")
    return folder / "own"


@pytest.fixture
def copied(release, tmp_path) -> Path:
    return Path(shutil.copytree(release, tmp_path / "release"))


def levels(frame: pd.DataFrame, name: str = "1") -> list[str]:
    return frame[frame["structure"] == name]["level"].tolist()


def test_publications_and_releases_are_searched_together(release):
    patents = Patents.open(SMALL_COLLECTION, [release])
    frame = patents.check([ASPIRIN, TOFACITINIB, f"{CLENBUTEROL}"])
    assert list(frame.columns) == list(EVIDENCE_COLUMNS)
    assert levels(frame, "1")[0] == "exact_elsewhere"
    assert levels(frame, "2")[0] == "exact_elsewhere"
    assert (levels(frame, "3")[0], frame[frame["structure"] == "3"]["relation"].iloc[0]) == (
        "variant",
        "salt",
    )
    first = frame.iloc[0]
    assert first["publication_date"] == "2020-01-02"
    assert len(patents.sources) == 2
    assert patents.sources["searched"].all()


def test_a_release_answers_as_of_a_date(release):
    assert levels(Patents.open(releases=[release], as_of=date(2020, 1, 1)).check(ASPIRIN))[0] in {
        "not_found",
        "same_scaffold",
        "similar",
    }
    assert levels(Patents.open(releases=[release], as_of=date(2020, 1, 2)).check(ASPIRIN)) == [
        "exact_elsewhere"
    ]


def test_skeletons_and_scaffolds_of_a_release_change_no_answer(release):
    asked = [ASPIRIN, CLENBUTEROL, RUXOLITINIB, "CC(C)(C)NCC(O)c1cc(Cl)c(N)c(Br)c1"]
    prepared = open_release(release, strict=True)
    assert prepared.structures is not None
    plain = PatentLadder(sources=[replace(prepared, structures=None)]).find_overlap(asked)
    found = PatentLadder(sources=[prepared]).find_overlap(asked)
    assert [[(o.level, o.publication_number, o.relation) for o in each] for each in found] == [
        [(o.level, o.publication_number, o.relation) for o in each] for each in plain
    ]


def test_a_release_that_has_them_is_not_prepared_again(copied):
    before = (copied / "index" / "structurekeys.json").stat().st_mtime_ns
    assert prepare_release(copied).rows == 2
    assert (copied / "index" / "structurekeys.json").stat().st_mtime_ns == before


def test_a_frame_keeps_its_names_and_empty_cells(release):
    frame = pd.DataFrame({"Name": ["a", "b"], "SMILES": [ASPIRIN, None]})
    evidence = Patents.open(releases=[release]).check(frame)
    assert evidence["structure"].tolist() == ["a", "b"]
    assert evidence["level"].tolist() == ["exact_elsewhere", "not_checked"]
    with pytest.raises(InputError, match="no column of structures"):
        Patents.open(releases=[release]).check(pd.DataFrame({"x": [ASPIRIN]}))
    with pytest.raises(InputError, match="no column 'parent'"):
        Patents.open(releases=[release]).check(frame, smiles_column="parent")


def test_a_half_written_release_is_not_checked_and_the_rest_is(copied):
    (copied / "release.json").unlink()
    evidence = Patents.open(SMALL_COLLECTION, [copied]).check([TOFACITINIB, "CCCCCC"])
    assert levels(evidence, "1")[0] == "exact_elsewhere"
    assert "not_checked" in levels(evidence, "1")
    assert levels(evidence, "2") == ["not_checked", "not_found"]
    reason = evidence[evidence["level"] == "not_checked"]["reason"].iloc[0]
    assert "the release was not finished" in reason
    with pytest.raises(FileFormatError, match="not finished"):
        Patents.open(releases=[copied], strict=True)


@pytest.mark.parametrize("broken", ["settings", "truncated", "no index"])
def test_a_broken_index_is_not_checked_with_the_reason(copied, broken):
    index = copied / "index"
    if broken == "settings":
        meta = index / "meta.json"
        text = re.sub(r'"rdkit": "[^"]+"', '"rdkit": "2019.9.1"', meta.read_text(encoding="utf-8"))
        meta.write_text(text, encoding="utf-8")
        manifest = copied / "release.json"
        entry = re.compile(r'("index/meta.json": \{\s*"bytes": )\d+')
        size = meta.stat().st_size
        said = entry.sub(lambda m: f"{m[1]}{size}", manifest.read_text(encoding="utf-8"))
        manifest.write_text(said, encoding="utf-8")
    elif broken == "truncated":
        largest = max(index.iterdir(), key=lambda file: file.stat().st_size)
        largest.write_bytes(largest.read_bytes()[:-3])
    else:
        shutil.rmtree(index)
    evidence = Patents.open(releases=[copied]).check(ASPIRIN)
    assert evidence["level"].tolist() == ["not_checked"]
    assert len(evidence["reason"].iloc[0]) > 20


def test_what_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="no such folder or file"):
        Patents.open(releases=[tmp_path / "none"])
    with pytest.raises(InputError, match="nothing to search"):
        Patents.open()
    with pytest.raises(FileFormatError, match=r"publications\.toml"):
        Patents.open(tmp_path)


def test_disclosures_are_searched_in_house_and_not_for_a_client(tmp_path):
    path = tmp_path / "known.csv"
    path.write_text(f"smiles,client\n{ASPIRIN},\n{BARICITINIB},Acme\n", encoding="utf-8")
    house = Patents.open(SMALL_COLLECTION, disclosures=path)
    beta = Patents.open(SMALL_COLLECTION, disclosures=path, client="Beta")
    acme = Patents.open(disclosures=path, client="Acme")
    assert levels(house.check(ASPIRIN))[0] == "exact_elsewhere"
    assert levels(beta.check(ASPIRIN)) == ["not_found"]
    assert "known.csv" not in beta.check([ASPIRIN, BARICITINIB]).to_csv()
    assert "Acme" not in house.check(BARICITINIB).to_csv()
    assert levels(acme.check(BARICITINIB))[0] == "exact_elsewhere"


def test_a_client_is_known_however_the_name_is_typed(tmp_path):
    path = tmp_path / "known.csv"
    path.write_text(f"smiles,client\n{BARICITINIB},Acme Pharma\n", encoding="utf-8")
    typed = Patents.open(disclosures=path, client="acme  pharma")
    assert levels(typed.check(BARICITINIB))[0] == "exact_elsewhere"


def test_a_clients_release_that_cannot_be_searched_is_not_named_to_another(copied):
    manifest = copied / "release.json"
    said = manifest.read_text(encoding="utf-8").replace(
        '"visibility": "public"', '"visibility": "client"'
    )
    manifest.write_text(said.replace('"client": ""', '"client": "Acme"'), encoding="utf-8")
    (copied / "index" / "meta.json").unlink()
    beta = Patents.open(SMALL_COLLECTION, [copied], client="Beta").check(ASPIRIN)
    assert levels(beta) == ["not_found"]
    assert "NOT searched" not in beta["searched"].iloc[0]
    acme = Patents.open(SMALL_COLLECTION, [copied], client="Acme").check(ASPIRIN)
    assert levels(acme) == ["not_checked", "not_found"]


def test_reports_say_what_was_searched_and_no_verdict(tmp_path, copied):
    (copied / "release.json").unlink()
    patents = Patents.open(SMALL_COLLECTION, [copied], as_of=date(2022, 1, 1))
    asked = pd.DataFrame(
        {
            "name": ["baricitinib", "deuruxolitinib", "hexane", "letters <b>"],
            "smiles": [BARICITINIB, DEURUXOLITINIB, "CCCCCC", "OC([Re])=O"],
        }
    )
    page = patents.report(tmp_path / "evidence.html", asked).read_text(encoding="utf-8")
    for said in (
        "Not legal advice",
        "molagent JAK publications",
        "publications up to 2022-01-01",
        "the release was not finished",
        "US-9662335-B2/1",
        "letters &lt;b&gt;",
        "date not known, counted",
        "exact, in claims",
    ):
        assert said in page, said
    assert page.count("<svg") >= 8
    assert "<script" not in page
    assert not re.search(r"(src|href)=['\"]https?:", page)
    visible = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert VERDICTS.findall(visible) == []
    table = patents.report(tmp_path / "evidence.csv", asked)
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["structure"] for row in rows} == set(asked["name"])
    [claim] = [row for row in rows if row["claim_id"] == "US-9662335-B2/1"]
    assert claim["assignment"] == '{"D": "8 x *[2H]"}'
    assert all(row["similarity"] != "nan" for row in rows)


def test_a_campaign_names_releases_disclosures_and_a_date(tmp_path, release):
    example = (REPOSITORY / "examples" / "jak1_selective.toml").read_text(encoding="utf-8")
    (tmp_path / "known.csv").write_text(f"smiles\n{ASPIRIN}\n", encoding="utf-8")
    text = re.sub(
        r"(?m)^patents = .*$",
        f'patents = "{SMALL_COLLECTION}"\nreleases = ["{release}"]\n'
        'disclosures = "known.csv"\nas_of = 2024-05-06',
        example,
    )
    (tmp_path / "campaign.toml").write_text(text, encoding="utf-8")
    config = load_config(tmp_path / "campaign.toml")
    assert config.screen.as_of == date(2024, 5, 6)
    from molagent.project.wiring import campaign_patents

    index = campaign_patents(config, tmp_path)
    assert index is not None
    [overlaps] = index.find_overlap([ASPIRIN])
    assert {overlap.visibility for overlap in overlaps} == {"public", "own"}
    gone = config.model_copy(
        update={"screen": config.screen.model_copy(update={"releases": ("missing",)})}
    )
    with pytest.raises(ConfigError, match="missing"):
        campaign_patents(gone, tmp_path)


def test_compounds_with_a_pattern_are_listed_and_the_search_says_how_far_it_came(release):
    patents = Patents.open(collection=SMALL_COLLECTION, releases=[release])
    found = patents.find_substructure("c1c(Cl)c(N)c(Cl)cc1")
    assert list(found["publication_number"]) == ["NB-2"]
    of_folder, of_release = found.attrs["searched"]
    assert "not searched" in of_folder or "not searched" in of_release
    assert any("2 of 2 rows, whole" in words for words in found.attrs["searched"])
    cut = patents.find_substructure("c", limit=1)
    assert any("not whole" in words for words in cut.attrs["searched"])


def test_a_release_with_a_changed_byte_is_not_checked(copied):
    files = sorted((copied / "index").iterdir())
    target = next(path for path in files if path.stat().st_size > 8)
    data = bytearray(target.read_bytes())
    data[-1] ^= 1
    target.write_bytes(bytes(data))
    found = Patents.open(releases=[copied]).check(ASPIRIN)
    assert found["level"].tolist() == ["not_checked"]
    with pytest.raises(FileFormatError, match="SHA-256"):
        Patents.open(releases=[copied], strict=True)


def test_a_release_that_does_not_say_whose_it_is_is_not_named_to_a_client(copied):
    secret = copied.rename(copied.parent / "acme-project-x")
    (secret / "release.json").write_text("{}", encoding="utf-8")
    found = Patents.open(SMALL_COLLECTION, [secret], client="Other").check(ASPIRIN)
    assert "not_checked" in set(found["level"])
    assert "acme" not in found.to_csv().casefold()
    assert "acme" in Patents.open(SMALL_COLLECTION, [secret]).check(ASPIRIN).to_csv()
