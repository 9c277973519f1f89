"""Seventeen ways in which a withheld series leaves a mark, and no export that has one."""

import shutil
from functools import lru_cache

import pytest
from rdkit import Chem

from molagent.errors import InputError, StoreError
from molagent.store.database import Database
from molagent.store.export import export_project
from molagent.store.roles import CLIENT, RoleView
from molagent.store.series import define_series
from tests.store.conftest import ingest_of
from tests.store.registry import BARICITINIB, RUXOLITINIB, TOFACITINIB, write_file

PYRAZOLYL = "c1cnn(C)c1"  # in ruxolitinib and baricitinib, not in tofacitinib
NAME = "Nightjar"


def kekule(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    return Chem.MolToSmiles(mol, kekuleSmiles=True, rootedAtAtom=3, canonical=False)


def inchi(smiles: str) -> str:
    return Chem.MolToInchi(Chem.MolFromSmiles(smiles))


def inchikey(smiles: str) -> str:
    return Chem.MolToInchiKey(Chem.MolFromSmiles(smiles))


def written(sql: str, *values: str):
    def leave(db: Database) -> None:
        with db.write() as con:
            con.execute(sql, list(values))

    return leave


def late(smiles: str):
    def leave(db: Database) -> None:
        write_file(db, ingest_of([(smiles, "=", 7.7)], name="late.csv"))

    return leave


def layout(mapping: str):
    def leave(db: Database) -> None:
        with db.write() as con:
            con.execute(
                "INSERT INTO source_file (file_id, name, sha256, bytes, encoding, delimiter, "
                "mapping, n_rows, accepted, rejected) "
                "VALUES ('f', 'a.csv', 's', 1, 'utf-8', ',', ?, 1, 1, 0)",
                [mapping],
            )
            con.execute(
                "INSERT INTO compound_raw (file_id, source_row, compound_id, raw_smiles) "
                "VALUES ('f', 2, 'MA-000001', ?)",
                [TOFACITINIB],
            )

    return leave


def named_file(name: str):
    def leave(db: Database) -> None:
        write_file(db, ingest_of([(TOFACITINIB, "=", 8.0)], name=name))

    return leave


def other_series(name: str, core: str, *, confidential: bool = False):
    def leave(db: Database) -> None:
        define_series(db, name, core=core, confidential=confidential)

    return leave


def rejected(raw: str):
    def leave(db: Database) -> None:
        write_file(db, ingest_of([(TOFACITINIB, "=", 8.2)], name="later.csv", rejected=1))
        with db.write() as con:
            con.execute("UPDATE rejection SET raw = ?", [raw])

    return leave


NOTE = "UPDATE result SET validity = 'suspect', validity_reason = ? WHERE compound_id = 'MA-000001'"
LOT = "INSERT INTO batch (batch_id, compound_id, supplier, lot, note) VALUES ('B', 'MA-000001', 'v', 'l', ?)"  # noqa: E501
KINDS = {
    "a compound of the core that came later": late(BARICITINIB),
    "a mol block in a note": written(NOTE, Chem.MolToMolBlock(Chem.MolFromSmiles(RUXOLITINIB))),
    "a rejected row in other atoms' order": rejected(f"{kekule(RUXOLITINIB)},-3"),
    "a rejected row as InChI": rejected(f'"{inchi(RUXOLITINIB)}",-3'),
    "a rejected row with the key in small letters": rejected(f"{inchikey(RUXOLITINIB).lower()},-3"),
    "a rejected row with an analogue of the core": rejected(
        "CCC(C#N)n1cc(-c2ncnc3[nH]ccc23)cn1 \t-3"
    ),
    "a rejected row as JSON": rejected(f'{{"smiles": "{kekule(RUXOLITINIB)}", "ki": -3}}'),
    "a rejected row that cannot be read": rejected(f"{RUXOLITINIB[:-1]}(,-3"),
    "the name in a note in small letters": written(NOTE, "precipitates as nightjar does"),
    "the name in a note with other separators": written(NOTE, "beside night_jar-7 on the plate"),
    "a structure in a note in another notation": written(NOTE, f"like {kekule(RUXOLITINIB)}."),
    "an InChI in a note": written(NOTE, f"see {inchi(RUXOLITINIB)}"),
    "the name as part of a file's name": named_file(f"{NAME}_june.csv"),
    "the name in a layout": layout('{"name": "nightjar_layout"}'),
    "another series of the same core": other_series("pyrazoles", PYRAZOLYL),
    "another series named like it": other_series(f"{NAME} backups", "c1ncnc2[nH]ccc12"),
    "the name in the note of a batch": written(LOT, "internal report nightjar/7"),
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory, empty_project) -> Database:
    path = tmp_path_factory.mktemp("kinds") / "jak.duckdb"
    db = Database(shutil.copy(empty_project, path), actor="ann")
    write_file(db, ingest_of([(TOFACITINIB, "=", 8.1)], name="open.csv"))
    write_file(db, ingest_of([(RUXOLITINIB, "=", 8.6)], name="closed.csv"))
    define_series(db, NAME, core=PYRAZOLYL, confidential=True)
    return db


@pytest.fixture
def jak(tmp_path, measured) -> Database:
    return Database(shutil.copy(measured.path, tmp_path / "jak.duckdb"))


def traces(path) -> list[str]:
    """Return what a reader of the file would find: text, names and structures of the series."""
    found = []
    words = ("nightjar", inchikey(RUXOLITINIB).casefold()[:14], PYRAZOLYL.casefold())
    for place, text in cells(path):
        plain = text.casefold().replace("_", "").replace(" ", "")
        if any(word in plain for word in words) or "V2000" in text:
            found.append(f"{place}: {text}")
        tokens = text.replace('"', " ").replace(",", " ").split()
        found += [f"{place}: {text}" for token in tokens if is_of_the_series(token)]
    return found


def cells(path) -> set[tuple[str, str]]:
    """Return every text of the file with its place, each once; a table is read by one query."""
    with Database(path).read() as con:
        tables = con.execute(
            "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal "
            "AND data_type IN ('VARCHAR', 'JSON') GROUP BY table_name"
        ).fetchall()
        found = set()
        for table, columns in tables:
            named = ", ".join(f'"{column}"' for column in columns)
            for row in con.execute(f'SELECT {named} FROM "{table}"').fetchall():  # noqa: S608
                places = (f"{table}.{column}" for column in columns)
                found |= {(place, str(cell or "")) for place, cell in zip(places, row, strict=True)}
    return found


@lru_cache(maxsize=4_096)
def is_of_the_series(token: str) -> bool:
    mol = Chem.MolFromSmiles(token.strip(".")) if len(token) > 9 else None
    mol = Chem.MolFromInchi(token) if token.startswith("InChI=") else mol
    return mol is not None and mol.HasSubstructMatch(Chem.MolFromSmarts(PYRAZOLYL))


@pytest.mark.parametrize("kind", KINDS)
def test_no_export_has_a_trace_of_any_of_seventeen_kinds(jak, tmp_path, kind):
    assert len(KINDS) == 17
    KINDS[kind](jak)
    assert traces(jak.path), "the mark must be there before"
    out = tmp_path / "out.duckdb"
    refused = ""
    try:
        export_project(jak, out, without=[NAME])
    except StoreError as error:
        refused = error.message
    if refused:
        assert not out.exists()
    else:
        assert len(Database(out).query("SELECT smiles FROM compound")) == 1
        assert traces(out) == []
    assert "traces of Nightjar are left" in refused or not refused
    assert sorted(path.name for path in tmp_path.iterdir() if ".part" in path.name) == []


def test_an_export_without_marks_is_made_and_asks_the_core_again(jak, tmp_path):
    late(BARICITINIB)(jak)
    receipt = export_project(jak, tmp_path / "out.duckdb", without=[NAME])
    assert receipt.left_out["compound"] == 2
    smiles = Database(receipt.path).query("SELECT smiles FROM compound")["smiles"].tolist()
    assert smiles == [TOFACITINIB]


def test_a_half_written_file_of_an_earlier_export_is_no_obstacle_and_no_result(jak, tmp_path):
    (tmp_path / "out.duckdb.part").write_bytes(b"half")
    export_project(jak, tmp_path / "out.duckdb", without=[NAME])
    assert not (tmp_path / "out.duckdb.part").exists()
    with pytest.raises(InputError, match="such a file already"):
        export_project(jak, tmp_path / "out.duckdb", without=[NAME])


def test_a_role_asks_the_core_again(jak):
    late(BARICITINIB)(jak)
    with RoleView.open(jak, CLIENT) as view:
        assert view.query("SELECT smiles FROM compound")["smiles"].tolist() == [TOFACITINIB]
