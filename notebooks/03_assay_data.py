# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assay data: a whole discovery programme in one file
#
# COVID Moonshot made its data public: designs, orders, shipments, plates, dose-response points,
# potencies, a counter-screen and solubility. Here it goes into one project file by the same few
# verbs that a team would use for its own data, and comes out again as answers: where a number is
# from, what a change of structure did, what a model knows and what it does not.
#
# The potencies are all there; of the points, plates and orders a part comes with molagent. Whoever
# has the whole programme names its folder below.

# %% tags=["parameters"]
moonshot = "../data/covid_moonshot"
seed = 7

# %%
import tempfile
from pathlib import Path

import pandas as pd

from molagent import AssayData
from molagent.ingest.layouts import Layout
from molagent.ingest.plate_layouts import controls_layout
from molagent.notebook import NotebookProgress
from molagent.store.roles import CLIENT

FOLDER = Path(moonshot)
POTENCIES = FOLDER / "clean_cdd_noncovalent_dates_2023_10_18_filt.csv"
ENDPOINT = "mpro_pic50"
work = Path(tempfile.mkdtemp())
data = AssayData.open(work / "programme.duckdb", create=True, actor="notebook")

# %% [markdown]
# ## 1. Look before anything is stored
#
# How would the file be read? A layout that ships fits it, or the columns are guessed; either way
# it is shown first. `read` is the dry run of `ingest`: the same work, and nothing is stored.

# %%
from molagent.ingest.intake import show_layout

show_layout(POTENCIES)[["column", "role", "examples"]]

# %%
intake = data.read(POTENCIES, progress=NotebookProgress())
print(intake.receipt.sentence)
intake.summary

# %% [markdown]
# ## 2. The programme in
#
# Each row ends as a result or as a rejection with its file, row and reason. The same file a second
# time changes nothing.

# %%
files = [
    "covid_moonshot_ids.csv",
    "clean_cdd_noncovalent_dates_2023_10_18_filt.csv",
    "all_ordered_mols.csv",
    "all_received_mols.csv",
    "trypsin_data.json",
    "solubility_data.json",
    "rapidfire_IC50_data.json",
    "fluorescence_inhibition_data.json",
]
receipts = [data.ingest(FOLDER / name) for name in files]
pd.DataFrame(
    [
        {
            "file": r.name,
            "rows": r.n_rows,
            "taken": r.accepted,
            "rejected": r.rejected,
            "compounds": r.compounds,
            "new": r.new_compounds,
        }
        for r in receipts
    ]
)

# %%
data.assays()[["endpoint", "target", "quantity", "n_results", "n_compounds", "unit"]].head(12)

# %%
rejections = data.rejections()
print(len(rejections), "rows or cells rejected; the commonest reasons:")
rejections["reason"].str.slice(0, 90).value_counts().head(6)

# %% [markdown]
# Was it made and when? Orders and shipments answer for each compound.

# %%
orders = data.orders()
print(len(orders), "order lines,", orders["order_id"].nunique(), "orders")
display(orders[["order_id", "supplier", "name", "state", "placed_on"]].head(4))  # noqa: F821

# %% [markdown]
# ## 3. Where does this number come from?
#
# One call from a value to the rows of the files it was made of, with the structure as it stood
# there, the hash of the file, who read it and when.

# %%
values = data.values(ENDPOINT)
best = values[values["relation"] == "="].sort_values("value", ascending=False).iloc[0]
print(data.trace(f"value:{best['compound_id']}/{ENDPOINT}"))

# %% [markdown]
# ## 4. Plates and curves
#
# Raw signals with their controls: is the plate to be trusted? Then the points of some hundred
# curves, fitted with locked asymptotes; what was set aside is shown hollow, never deleted.

# %%
lab = data.dose_response
receipt, _ = lab.ingest_plates(
    FOLDER / "fluorescence_inhibition_data.json",
    ENDPOINT,
    layout=controls_layout(pos=[1, 23], neg=[2, 24]),
    columns=Layout(
        table="wells",
        name_column="molecule",
        run_column="run",
        well={
            "signal": "readouts.556740",
            "plate_column": "well.plate",
            "row": "well.row",
            "column": "well.col",
            "first_well": 0,
            "concentration": "readouts.556717",
            "unit": "uM",
            "response": "readouts.556716",
        },
    ),
    names_of="CDD molecule",
)
print(receipt.plates, "plates with", receipt.wells, "wells")
quality = lab.quality()
failed = quality[quality["verdict"] == "fail"]
display(failed[["barcode", "z_prime", "cv_pos", "cv_neg", "drift", "reason"]])  # noqa: F821

# %%
worst = failed.iloc[0]
display(lab.show_plate(worst["run_id"], worst["barcode"]))  # noqa: F821

# %%
found = lab.ingest_points(
    FOLDER / "dose_response_points.csv", ENDPOINT, where={"assay": ["fluorescence"]}
)
print(found.sentence)
curves = lab.curves(ENDPOINT)
print(curves["curve_class"].value_counts().to_string())
examples = pd.concat([g.head(2) for _, g in curves.groupby("curve_class")]).head(12)
display(lab.show_curves(examples))  # noqa: F821

# %% [markdown]
# ## 5. Structure and activity

# %%
sar = data.sar(ENDPOINT)
sar.show_series()

# %% [markdown]
# What did a change of structure do, in this assay only, with its spread and its counts? A pair of
# which one value is only a bound counts for its direction, never as a number.

# %%
sar.show_transforms(min_pairs=8)

# %%
sar.show_cliffs(min_delta=2.3)

# %% [markdown]
# The largest series, taken apart at its own scaffold.

# %%
series = sar.series()
scaffold = series.iloc[0]
sar.of_series(scaffold["series"]).show_r_groups(scaffold["scaffold"])

# %% [markdown]
# ## 6. A correction, a snapshot, and the way back
#
# Nothing is overwritten. A correction is a new row that says who and why; a snapshot lists what
# counted, under a hash; the audit trail, written by triggers, is checked link by link.

# %%
before = data.snapshot("before the correction")
row = data.sql(
    "SELECT result_id, value, unit FROM result WHERE compound_id = ? AND superseded_by IS NULL "
    "AND assay_id = ? ORDER BY result_id LIMIT 1",
    [best["compound_id"], best["assay_ids"][0]],
).iloc[0]
new = data.correct(
    int(row["result_id"]), value=10 * float(row["value"]), reason="dilution error in the notebook"
)
data.history(new)

# %%
data.diff("before the correction")

# %%
print(data.restore("before the correction", reason="the dilution was right after all"))
print(data.verify().sentence)

# %% [markdown]
# ## 7. A model that knows its limits
#
# Trained on the snapshot, kept as a version. The card says how it does on new scaffolds and, where
# compounds have dates, on the newest ones, beside two baselines that know nothing.

# %%
version = data.models.train(
    [ENDPOINT],
    snapshot="before the correction",
    candidates=("gp",),  # without this, trees and a consensus are compared: some minutes more
    seed=seed,
    progress=NotebookProgress(),
)[0]
print(version.version_id, "reliable" if version.card["reliable"] else version.card["reason"])
data.models.show_card(ENDPOINT)

# %% [markdown]
# Why does it say what it says? Atoms in colour, the nearest measured compounds, and the one that
# argues against.

# %%
asked = "O=C(Cc1cccc(Cl)c1)Nc1cncc2ccccc12"
data.models.show_explanation(ENDPOINT, asked)

# %% [markdown]
# ## 8. What to make next
#
# Designs that were never measured, chosen by an upper bound with a fifth of the places for what
# teaches most, at most two of one scaffold, and how many hits to expect of the batch.

# %%
pool = data.sql(
    "SELECT c.smiles FROM compound c WHERE NOT EXISTS "
    "(SELECT 1 FROM result r WHERE r.compound_id = c.compound_id AND r.assay_id = ?) "
    "ORDER BY c.compound_id LIMIT 2000",
    [best["assay_ids"][0]],
)["smiles"].tolist()
if pool:
    chosen, selection = data.models.choose(
        ENDPOINT, pool, count=24, threshold=6.5, per_scaffold=2, seed=seed
    )
    hits = selection.hits
    print(
        f"{hits.expected:.1f} of {len(chosen)} expected to reach 6.5 "
        f"(90 % interval {hits.low:.0f} to {hits.high:.0f})"
    )
    display(chosen[["smiles", "mean", "std", "reason"]].head(8))  # noqa: F821
else:
    print("Every compound of the project was measured: nothing to choose from.")

# %% [markdown]
# ## 9. What others may see
#
# A client's view is a database of its own, in memory, with the rows and columns of an allow-list.
# An export leaves a series out so that no trace of it remains in the new file.

# %%
secret = series.iloc[0]["series"]
members = sar.assigned.loc[sar.assigned["series"] == secret, "compound_id"].tolist()
data.define_series("the largest series", compound_ids=members, confidential=True)
with data.as_role(CLIENT) as view:
    print(view.query("SELECT count(*) AS n FROM result_agg"))
print(data.export(work / "for_the_client.duckdb", without=["the largest series"]).sentence)
