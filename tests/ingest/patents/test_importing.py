import json
from collections import Counter
from pathlib import Path

import pytest
from rdkit import Chem

from molagent.errors import ConfigError, FileFormatError, NotFoundError, StoreError
from molagent.ingest.patents.formats import open_patent_file
from molagent.ingest.patents.importing import import_file
from molagent.ingest.patents.listing import list_releases
from molagent.ingest.patents.structures import StructureComputer
from molagent.store.patents.reader import PatentStore

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
BINDINGDB = "\t".join(
    [
        "BindingDB Reactant_set_id",
        "Ligand SMILES",
        "BindingDB MonomerID",
        "BindingDB Ligand Name",
        "Target Name",
        "Target Source Organism According to Curator or DataSource",
        "Ki (nM)",
        "IC50 (nM)",
        "Kd (nM)",
        "EC50 (nM)",
        "pH",
        "Temp (C)",
        "Patent Number",
    ]
)


@pytest.fixture
def add(tmp_path: Path):
    """Write text as a file and import it."""

    def _add(text: str, name: str = "own.csv", into: str = "release", **settings: str):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        computer = StructureComputer(workers=0)
        return import_file(path, tmp_path / into, computer=computer, **settings)

    return _add


def bindingdb(*rows: tuple[str, ...]) -> str:
    return "\n".join([BINDINGDB, *("\t".join(row) for row in rows)]) + "\n"


JAK1 = (
    "7",
    TOFACITINIB,
    "50193995",
    "US9850257, Example 5::CP-690550",
    "Tyrosine-protein kinase JAK1",
    "Homo sapiens",
    "",
    " 1.5",
    "",
    "",
    "7.4",
    "25 C",
    "US9850257",
)


def test_bindingdbs_us20240109915_comes_in_with_its_values_and_their_examples(exports, tmp_path):
    into = tmp_path / "release"
    computer = StructureComputer(workers=1)
    totals = import_file(exports / "bdb_patent_ki.sdf", into, computer=computer)
    assert totals.release.scope == "US-20240109915"
    assert (totals.release.n_compounds, totals.n_activities, totals.refused) == (30, 30, 0)
    assert totals.flags == {}
    with PatentStore.open(into) as store:
        values = store.activities("US-20240109915")
        assert Counter(values["quantity"]) == {"IC50": 30}
        assert values["label"].nunique() == 30
        (example,) = values[values["label"] == "Example 22"].to_dict("records")
        assert (example["original"], example["unit"]) == ("0.900", "nM")
        assert example["place"] == "bdb_patent_ki.sdf:1"
        # What the file's own InChI key says of the record.
        assert Chem.MolToInchiKey(Chem.MolFromSmiles(example["parent"])) == (
            "CJSPWBXQZGERJN-UHFFFAOYSA-N"
        )


def test_bindingdbs_tsv_keeps_example_conditions_and_row(add, tmp_path):
    article = (
        "8",
        ASPIRIN,
        "22360",
        "aspirin",
        "COX-1",
        "Homo sapiens",
        "",
        ">10000",
        "",
        "",
        "",
        "",
        "",
    )
    totals = add(bindingdb(JAK1, article), "bdb.tsv")
    assert totals.release.n_publications == 1
    assert any("1 rows name no publication" in note for note in totals.notes)
    with PatentStore.open(tmp_path / "release") as store:
        (value,) = store.activities().to_dict("records")
        assert value["publication_number"] == "US-9850257"
        assert value["source_id"] == "BDBM50193995"
        assert (value["label"], value["assay"]) == ("Example 5", "pH 7.4, 25 C")
        assert value["place"] == "bdb.tsv:2"
        (mentions,) = store.find_mentions([value["row"]]).values()
        assert [entry.route for entry in mentions] == ["curated"]


def test_the_same_file_again_changes_nothing_and_a_longer_one_adds(add):
    add(bindingdb(JAK1), "bdb.tsv")
    again = add(bindingdb(JAK1), "bdb.tsv")
    assert (again.added, again.computed) == (0, 0)
    assert any("read before" in note for note in again.notes)
    more = ("9", ASPIRIN, "22360", "US9850257, Example 6", *JAK1[4:])
    longer = add(bindingdb(JAK1, more), "bdb_2.tsv")
    assert (longer.added, longer.kept, longer.computed) == (1, 1, 1)
    assert longer.release.n_mentions == 2
    assert longer.n_activities == 2


def test_a_molblock_and_its_smiles_are_one_mention_of_one_ligand(add):
    block = Chem.MolToMolBlock(Chem.MolFromSmiles(ASPIRIN))
    fields = dict(zip(BINDINGDB.split("\t"), JAK1, strict=True)) | {
        "BindingDB MonomerID": "1",
        "Ligand SMILES": "",
    }
    record = block + "".join(
        f"> <{name}>\n{value}\n\n" for name, value in fields.items() if name != "Ligand SMILES"
    )
    add(f"{record}$$$$\n", "bdb.sdf")
    again = add(bindingdb(("7", Chem.CanonSmiles(ASPIRIN), "1", *JAK1[3:])), "bdb.tsv")
    assert again.release.n_mentions == 1
    assert again.n_activities == 1
    assert again.computed == 0


def test_own_disclosures_keep_document_name_section_and_place(add, tmp_path):
    totals = add(
        "smiles,document,name,section,date,assignee\n"
        f"{TOFACITINIB},memo 2026-03,MA-17,claims,2026-03-31,us\n"
        f"{ASPIRIN},US 2010/0305056 A1,MA-18,,,\n"
    )
    assert totals.release.visibility == "own"
    assert totals.release.licence == "confidential"
    with PatentStore.open(tmp_path / "release") as store:
        headers = store.find_publications(["memo 2026-03", "US-20100305056-A1"])
        assert headers["memo 2026-03"].country is None
        assert headers["US-20100305056-A1"].kind == "A1"
        mentions = [entry for group in store.find_mentions([0, 1]).values() for entry in group]
        assert {(entry.label, entry.sections, entry.route) for entry in mentions} == {
            ("MA-17", ("claims",), "own"),
            ("MA-18", (), "own"),
        }


@pytest.mark.parametrize(
    "spelling",
    [
        "US20100305056A1",
        "US 2010/0305056 A1",
        "US-20100305056-A1",
        "us 2010305056 a1",
        "US Pat. Appl. Publication No. 2010/0305056 A1",
        "US2010/305056A1",
    ],
)
def test_a_publication_number_is_one_in_six_spellings(add, tmp_path, spelling):
    add(f"smiles,publication_number\n{ASPIRIN},{spelling}\n{TOFACITINIB},US-20100305056-A1\n")
    with PatentStore.open(tmp_path / "release") as store:
        assert set(store.find_publications(["US-20100305056-A1"])) == {"US-20100305056-A1"}
        assert store.release.n_publications == 1


def test_a_document_can_stand_for_the_whole_file(add):
    totals = add(f"smiles,name\n{ASPIRIN},MA-1\n", document="P-2026-014")
    assert totals.release.scope == "P-2026-014"


def test_rows_that_cannot_be_used_are_kept_with_place_and_reason(add, tmp_path):
    totals = add(
        "smiles,document,section,date\n"
        f"{ASPIRIN},memo,claims,\n"
        ",memo,,\n"
        f"{ASPIRIN},,,\n"
        f"{ASPIRIN},memo,footnote,\n"
        f"{ASPIRIN},memo,,31.3.2026\n"
    )
    assert totals.refused == 4
    with PatentStore.open(tmp_path / "release") as store:
        reasons = store.refusals().set_index("place")["reason"]
    assert "has no structure" in reasons["own.csv:3"]
    assert "names no document" in reasons["own.csv:4"]
    assert "'footnote' is not a section" in reasons["own.csv:5"]
    assert "is not a date" in reasons["own.csv:6"]


def test_a_clients_disclosures_are_apart_from_all_others(add):
    text = f"smiles,document\n{ASPIRIN},memo\n"
    totals = add(text, visibility="client", client="Acme")
    assert (totals.release.visibility, totals.release.client) == ("client", "Acme")
    with pytest.raises(StoreError, match="the folder holds client 'Acme'"):
        add(text + f"{TOFACITINIB},memo\n", visibility="client", client="Other")
    with pytest.raises(StoreError, match="the folder holds visibility 'client'"):
        add(text + f"{TOFACITINIB},memo\n", visibility="own")
    with pytest.raises(ConfigError, match="need the client's name"):
        add(text, into="other", visibility="client")
    with pytest.raises(ConfigError, match="unknown visibility 'secret'"):
        add(text, into="other", visibility="secret")


def test_a_row_of_another_party_stops_the_import(add, tmp_path):
    text = f"smiles,document,client\n{ASPIRIN},memo,Acme\n{TOFACITINIB},memo,{{}}\n"
    for other, visibility, client in (("Beta", "client", "Acme"), ("", "client", "Acme")):
        with pytest.raises(FileFormatError, match=r"own\.csv:3: the row belongs to") as refused:
            add(text.format(other), visibility=visibility, client=client)
        assert "one file for each party" in str(refused.value)
    with pytest.raises(FileFormatError, match=r"own\.csv:2: the row belongs to 'Acme'"):
        add(text.format("Acme"), visibility="own")
    assert not (tmp_path / "release" / "release.json").exists()
    assert add(text.format("Acme"), visibility="client", client="Acme").release.n_mentions == 2


def test_patcid_by_patent_takes_clean_drawings_with_their_page(add, tmp_path):
    record = {
        "patent": {"identifiers": ["US20220071921A1", "US20220071921"]},
        "page-dimensions": [],
        "figures": [
            {"page": 5, "class": "Clean", "smiles": {"value": ASPIRIN}},
            {"page": 5, "class": "Markush"},
            {"page": 6, "class": "Trash"},
        ],
    }
    totals = add(f"{json.dumps(record)}\nnot json\n", "patcid_patent_to_molecules_uspto.jsonl")
    assert totals.refused == 1
    with PatentStore.open(tmp_path / "release") as store:
        ((mention,),) = store.find_mentions([0]).values()
    assert mention.publication_number == "US-20220071921-A1"
    assert (mention.sections, mention.route, mention.label) == (("image",), "image", "page 5")


def test_patcid_by_molecule_counts_a_publication_once(add):
    record = {"smiles": ASPIRIN, "patents": [{"id": "EP19731151B1"}, {"id": "EP19731151"}]}
    totals = add(json.dumps(record) + "\n", "patcid_molecule_to_patents.jsonl")
    assert totals.release.n_publications == 1


def test_a_web_export_keeps_sections_routes_and_names(add, tmp_path):
    header = "SCPN\tannotation_reference\tchemical_id\tsmiles\ttype\ttitle_count\tabstract_count"
    header += "\tclaims_count\tdescription_count\n"
    totals = add(
        f"{header}US-20100305056-A1\taspirin\t1353\t{ASPIRIN}\tTEXT\t0\t0\t4\t4\n"
        f"US-20100305056-A1\tC1.MOL\t1353\t{ASPIRIN}\tMOLATTACHMENT\t\t\t\t\n"
        f"US-20100305056-A1\tx\t1\t{ASPIRIN}\tSOUND\t0\t0\t4\t4\n",
        "export.txt",
    )
    assert totals.refused == 1
    with PatentStore.open(tmp_path / "release") as store:
        (mentions,) = store.find_mentions([0]).values()
        assert store.find_mentions([0], most=1)[0] == mentions[:1]
    assert [(entry.label, entry.sections, entry.route) for entry in mentions] == [
        ("aspirin", ("claims", "description"), "text"),
        ("C1.MOL", ("attachment",), "attachment"),
    ]
    assert mentions[0].source_id == "SCHEMBL1353"


def test_the_format_is_guessed_and_shown_before_anything_is_read(tmp_path):
    path = tmp_path / "bdb.tsv"
    path.write_text(bindingdb(JAK1))
    given = open_patent_file(path)
    assert (given.format.name, given.guessed) == ("bindingdb", True)
    assert given.columns["structure"] == "Ligand SMILES"


def test_files_of_no_known_kind_are_refused_with_their_columns(add):
    with pytest.raises(FileFormatError, match=r"has these columns: a, b"):
        add("a,b\n1,2\n")
    with pytest.raises(NotFoundError, match="known: bindingdb, disclosures, patcid"):
        add("a,b\n1,2\n", format="reaxys")
    with pytest.raises(FileFormatError, match="no column for structure"):
        add("document,b\n1,2\n", format="disclosures")
    with pytest.raises(FileFormatError, match="no row of the file can be used: 1 refused"):
        add("smiles,document\n,memo\n")


def test_the_listing_shows_whole_and_broken_releases(add, tmp_path):
    add(f"smiles,document\n{ASPIRIN},memo\n", into="all/good")
    add(f"smiles,document\n{ASPIRIN},memo\n", into="all/half")
    (tmp_path / "all" / "half" / "release.json").unlink()
    add(f"smiles,document\n{ASPIRIN},memo\n", into="all/wrong")
    parents = tmp_path / "all" / "wrong" / "index" / "parents.txt"
    parents.write_bytes(parents.read_bytes()[::-1])
    frame = list_releases(tmp_path / "all", verify=True).set_index("folder")
    faults = {Path(folder).name: fault for folder, fault in frame["fault"].items()}
    assert faults["good"] == ""
    assert "the release was not finished" in faults["half"]
    assert "index/parents.txt has SHA-256" in faults["wrong"]
    assert list_releases(tmp_path / "nothing").empty


def test_a_torn_release_is_not_added_to_as_if_it_were_empty(add, tmp_path):
    add(f"smiles,document\n{ASPIRIN},memo\n")
    (tmp_path / "release" / "release.json").unlink()
    with pytest.raises(FileFormatError, match="remove the folder and import its files again"):
        add(f"smiles,document\n{TOFACITINIB},memo\n", "more.csv")
