"""Cuts the small files of this folder from whole public sets: ``python data/cut.py FOLDER``.

FOLDER holds the sets as their sources publish them, in folders of the names used below (README.md
of this folder says where each is from). Rows are chosen, never changed; the same sets give the
same cut.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import parquet
from rdkit import Chem

HERE = Path(__file__).parent
# A seventh of the programme, chosen by what a compound happens to be called.
ENDINGS = ("2", "37")
# A plate as it should be, one whose published figures do not follow from its wells, one that fails.
PLATES = (602238, 610719, 669500)
# Three long American patents, and one family of three offices.
PUBLICATIONS = (
    *("US-20100305056-A1", "US-20100298422-A1", "US-7834062-B2"),
    *("EP-1049695-A1", "EP-1049695-B1", "WO-1999024433-A1", "EP-1174431-A2", "EP-1174431-B1"),
)
# Most rows are in one of these, which are easily read: a few are enough.
COMMON_UNITS = ("nM", "uM")
# The series of gefitinib and erlotinib; fused or substituted as it may be.
ANILINOQUINAZOLINE = "c1ccccc1[NX3;H1]c1ncnc2ccccc12"


def table(path: Path, sep: str = ",") -> pd.DataFrame:
    """Return a table of text as it stands in a file."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, sep=sep)


def write(frame: pd.DataFrame, path: Path, sep: str = ",") -> None:
    """Write a table of text."""
    frame.to_csv(path, index=False, lineterminator="\n", sep=sep)


def cut_moonshot(source: Path, into: Path) -> None:
    """Take a seventh of the compounds, three plates, and the small tables whole."""
    for name in (
        "clean_cdd_noncovalent_dates_2023_10_18_filt.csv",
        "clean_cdd_achiral_enantiopure_dates_2023_10_18_filt.csv",
        "cid_dates.csv",
        "clean_LICENSE",
    ):
        shutil.copyfile(source / name, into / name)
    named: set[str] = set()
    for name, column, every in (
        ("dose_response_points.csv", "cid", 1),
        ("dose_response_fits.csv", "cid", 1),
        ("all_ordered_mols.csv", "CID", 2),
        ("all_received_mols.csv", "CID", 3),
    ):
        whole = table(source / name)
        rows = whole[whole[column].str.endswith(ENDINGS)].iloc[::every]
        write(rows, into / name)
        named |= set(rows[column])
    for name in ("weizmann_HTS_128_mol_DR.csv", "weizmann_HTS_900_hits_3X_validation.csv"):
        write(table(source / name).head(20), into / name)
    vault = table(source / "current_vault_data.csv")
    by_name = set(vault.loc[vault["canonical_CID"].str.endswith(ENDINGS), "molecule_ID"])
    molecules: set[str] = set()
    for name, every in (
        ("rapidfire_IC50_data.json", 1),
        ("trypsin_data.json", 1),
        ("solubility_data.json", 1),
        ("rapidfire_inhibition_data.json", 8),
        ("fluorescence_inhibition_data.json", 0),
    ):
        wells = json.loads((source / name).read_text(encoding="utf-8"))
        if every:
            plates = {w["well"]["plate"] for w in wells if _id(w) in by_name and "well" in w}
            one = min(plates, default=None)
            kept = [
                *[w for w in wells if _id(w) in by_name][::every],
                # The controls of one plate.
                *[w for w in wells if not _id(w) and w.get("well", {}).get("plate") == one],
            ]
        else:
            kept = [w for w in wells if w["well"]["plate"] in PLATES]
        lines = ",\n".join(json.dumps(well, separators=(",", ":")) for well in kept)
        (into / name).write_text(f"[{lines}]\n", encoding="utf-8")
        molecules |= {_id(well) for well in kept} - {""}
    designs = vault["canonical_CID"].str.endswith(ENDINGS)
    wanted = vault["molecule_ID"].isin(molecules) | vault["canonical_CID"].isin(named)
    # And designs that were never made, to choose from.
    wanted |= designs & (designs.cumsum() % 6 == 0)
    write(vault[wanted], into / "current_vault_data.csv")
    names = named | set(vault.loc[wanted, "canonical_CID"]) | set(vault.loc[wanted, "external_ID"])
    registered = table(source / "covid_moonshot_ids.csv")
    write(registered[registered["CID"].isin(names)], into / "covid_moonshot_ids.csv")


def _id(well: dict[str, Any]) -> str:
    return str(well.get("molecule", ""))


def cut_egfr(source: Path, into: Path) -> None:
    """Take odd units and values, every thirtieth other row, and the anilinoquinazolines."""
    name = "EGFR_bioactivities_CHEMBL27.csv"
    whole = table(source / name)
    odd = ~whole["units"].isin(COMMON_UNITS) | (whole["value"] == "")
    rows = whole[odd | (whole.index % 30 == 0)]
    write(rows, into / name)
    compounds = table(source / "EGFR_compounds_ea055ef.csv")
    query = Chem.MolFromSmarts(ANILINOQUINAZOLINE)
    series = [Chem.MolFromSmiles(smiles).HasSubstructMatch(query) for smiles in compounds["smiles"]]
    kept = compounds.loc[series, ["molecule_chembl_id", "IC50", "units", "smiles"]]
    write(kept, into / "EGFR_anilinoquinazolines.csv")


def cut_biogen(source: Path, into: Path) -> None:
    """Take the first forty compounds."""
    write(table(source / "ADME_public_set_3521.csv").head(40), into / "ADME_public_set_3521.csv")
    shutil.copyfile(source / "LICENSE", into / "LICENSE")


def cut_patents(source: Path, into: Path) -> None:
    """Take some publications of a bulk release, thirty records of an SD file, and two polymers."""
    bulk, to = source / "surechembl_fixture", into / "surechembl_fixture"
    to.mkdir(exist_ok=True)
    patents = pd.read_parquet(bulk / "patents.parquet")
    patents = patents[patents["patent_number"].isin(PUBLICATIONS)]
    links = pd.read_parquet(bulk / "patent_compound_map.parquet")
    links = links[links["patent_id"].isin(patents["id"])]
    compounds = pd.read_parquet(bulk / "compounds.parquet")
    compounds = compounds[compounds["id"].isin(links["compound_id"])]
    for name, frame in (
        ("patents", patents),
        ("patent_compound_map", links),
        ("compounds", compounds),
    ):
        schema = parquet.read_schema(bulk / f"{name}.parquet").remove_metadata()
        frame.to_parquet(to / f"{name}.parquet", index=False, schema=schema, compression="zstd")
    shutil.copyfile(bulk / "fields.parquet", to / "fields.parquet")
    records = (source / "bdb_patent_ki.sdf").read_text(encoding="utf-8").split("$$$$\n")
    (into / "bdb_patent_ki.sdf").write_text(
        "".join(f"{record}$$$$\n" for record in records[:30]), encoding="utf-8"
    )
    export = table(source / "antimalarial.txt", sep="\t")
    long = export["smiles"].str.len() > 1_400
    write(export[long | (export.index < 20)], into / "antimalarial.txt", sep="\t")


def main(source: Path) -> None:
    """Cut every set."""
    for name, cut, folder in (
        ("covid_moonshot", cut_moonshot, "covid_moonshot"),
        ("teachopencadd_egfr", cut_egfr, "teachopencadd_egfr"),
        ("biogen_adme", cut_biogen, "biogen_adme"),
        ("patents", cut_patents, "patent_exports"),
    ):
        into = HERE / folder
        into.mkdir(exist_ok=True)
        cut(source / name, into)
    for whole in (
        "constrained_tasks/fragments.csv",
        "openadmet_data_catalogs/ChEMBL_permissive_CYP2J2_CHEMBL3491_raw.parquet",
    ):
        (HERE / whole).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / whole, HERE / whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
