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
# # A first campaign: from assay data to a reasoned shortlist
#
# This notebook does by API what `make run` does on the command line: public JAK1 and JAK2 Ki values
# go into one DuckDB file, local models are fitted, a graph neural generator and a graph GA propose,
# rules, alerts, the controlled-substance gate, model domains and patent evidence screen, a team of
# agents steers, and 24 compounds come out with reasons. It takes two to four minutes on a laptop,
# without a key, a network or a GPU.

# %% tags=["parameters"]
CONFIG = "../examples/jak1_selective.toml"
FOLDER = "../runs/notebook_jak1_selective"
POLICY = "agents"  # or "fixed": the same campaign without agents

# %%
from pathlib import Path

import pandas as pd
from IPython.display import display

from molagent import Project, load_config
from molagent.notebook import MoleculeGrid, NotebookProgress

# %% [markdown]
# ## 1. The goal
#
# A campaign is one file. The target product profile says what each objective is worth: between
# `low` and `high` its desirability rises from 0 to 1, or falls.

# %%
config = load_config(Path(CONFIG))
print(config.project.goal)
pd.DataFrame([objective.model_dump() for objective in config.profile]).set_index("name")

# %% [markdown]
# ## 2. The campaign
#
# `run` goes on where it was interrupted: interrupt the kernel and run the cell again.

# %%
project = Project.create(Path(CONFIG), policy=POLICY, folder=Path(FOLDER))
result = project.run(NotebookProgress("jak1_selective"))
result.sentence

# %% [markdown]
# ## 3. What went in
#
# Every value knows the file and row it came from; raw structures are kept beside the parents.

# %%
project.sql("SELECT name, n_rows, accepted, rejected, sha256 FROM source_file")

# %%
columns = ["compound_id", "smiles", "value"]
jak1 = project.data.values("jak1_pki")[columns].rename(columns={"value": "jak1_pki"})
jak2 = project.data.values("jak2_pki")[columns].rename(columns={"value": "jak2_pki"})
both = jak1.query("jak1_pki >= 8").merge(jak2, on=["compound_id", "smiles"])
both["selectivity"] = both["jak1_pki"] - both["jak2_pki"]
best_measured = both.sort_values("selectivity", ascending=False).head(8)
MoleculeGrid(best_measured.round(2), title="Most selective compounds measured so far")

# %%
print(project.trace(f"value:{best_measured['compound_id'].iloc[0]}/jak1_pki"))

# %% [markdown]
# ## 4. The models, and how far to trust them
#
# Scores are from held-out scaffolds, beside guessing the mean and copying the nearest neighbour.
# ADMET-AI's other endpoints are predicted for the shortlist alone; the report has them as a panel.

# %%
steering = {o.endpoint for o in config.profile} | {a.endpoint for a in config.assays}
cards = pd.DataFrame(project.model_cards()).set_index("endpoint")
cards.loc[cards.index.isin(steering), ["kind", "unit", "n_train", "reliable", "reason"]]

# %% [markdown]
# ## 5. The shortlist

# %%
shortlist = project.shortlist()
MoleculeGrid(
    shortlist.round(2),
    columns=["proposal_id", "desirability", "jak1_pki", "jak1_over_jak2", "overlap_level"],
    title=f"{len(shortlist)} compounds for synthesis",
)

# %% [markdown]
# `MoleculeGrid(...).widget()` gives the same table with sorting, filtering and selection.

# %%
grid = MoleculeGrid(shortlist.round(2)).widget()
grid

# %% [markdown]
# ## 6. Why this one?

# %%
first = shortlist.iloc[0]
print(first["reason"])
pd.DataFrame(project.why(first["proposal_id"])["judgement"])[["filter", "verdict", "reason"]]

# %% [markdown]
# ## 7. Where the others left

# %%
project.sql("""
    SELECT cycle, filter, verdict, count(*) AS n
    FROM judgement WHERE verdict <> 'pass'
    GROUP BY ALL ORDER BY cycle, n DESC
""")

# %% [markdown]
# ## 8. What the agents decided, and from what

# %%
with pd.option_context("display.max_colwidth", 240):
    display(
        project.sql("SELECT cycle, actor, action, reason FROM decision ORDER BY cycle, ordinal")
    )

# %% [markdown]
# ## 9. To the laboratory and back
#
# The folder holds the report, the shortlist as SDF, CSV and XLSX, and a form for results. Fill in
# the values, then
#
# ```python
# project.tell(Path("results.csv"))
# project.run(NotebookProgress())
# ```
#
# runs the next cycle with models that have learned from them.

# %%
[path.name for path in result.files]
