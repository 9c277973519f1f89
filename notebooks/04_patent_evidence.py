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
# # Patent evidence: what is known of a structure, and how far to stay away
#
# A design that collides with a patent is best found before it is made. This notebook asks what the
# bundled JAK collection says about structures, shows why a claim holds one, walks out of it, keeps
# a generator outside, and makes a searchable release of bulk data.
#
# Nothing here is legal advice. "Not found" means not found in what was searched, which is always
# said; a draft claim is a reading that nobody confirmed.

# %% tags=["parameters"]
bulk = "../data/patent_exports/surechembl_fixture"
exemplified = "../data/patent_exports/bdb_patent_ki.sdf"
seed = 7

# %%
import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
from IPython.display import display

from molagent import Patents
from molagent.notebook import MoleculeGrid, NotebookProgress

pd.set_option("display.max_colwidth", 120)
COLLECTION = Path("../data/patents")
work = Path(tempfile.mkdtemp())
patents = Patents.open(COLLECTION)
patents.sources.T

# %% [markdown]
# ## 1. Named drugs, and what is almost one of them
#
# The ladder has rungs, strongest first: named in claims, named elsewhere, a salt, tautomer or
# stereoisomer of a named compound, inside a confirmed claim, perhaps inside a draft, same scaffold,
# similar, not found, not checked.

# %%
asked = pd.DataFrame(
    {
        "name": [
            "tofacitinib",
            "tofacitinib citrate",
            "its enantiomer",
            "ruxolitinib",
            "deuruxolitinib",
            "aspirin",
            "a letter of a drawing, read as tungsten",
        ],
        "smiles": [
            "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
            "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12.OC(=O)CC(O)(CC(=O)O)C(=O)O",
            "C[C@H]1CCN(C(=O)CC#N)C[C@H]1N(C)c1ncnc2[nH]ccc12",
            "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
            "N#CC[C@H](C1C([2H])([2H])C([2H])([2H])C([2H])([2H])C1([2H])[2H])n1cc(-c2ncnc3[nH]ccc23)cn1",
            "CC(=O)Oc1ccccc1C(=O)O",
            "C1=C[U]=[V][W]=N1",
        ],
    }
)


def strongest(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return the strongest piece of evidence of each structure."""
    return evidence.drop_duplicates("structure").set_index("structure")


evidence = patents.check(asked)
strongest(evidence)[["level", "publication_number", "publication_date", "section", "reason"]]

# %% [markdown]
# Every row says what was searched; the reason of the last structure says why it was not.

# %%
print(evidence["searched"].iloc[0])
print(strongest(evidence)["reason"].iloc[-1])

# %% [markdown]
# ## 2. As of a day
#
# What would have been found before Incyte's first patents were published? Publications of a later
# date are not seen; those whose date was not read are counted, and the row says so.

# %%
earlier = Patents.open(COLLECTION, as_of=date(2004, 1, 1))
strongest(earlier.check(asked.iloc[[0, 3]]))[
    ["level", "publication_number", "publication_date", "reason"]
]

# %% [markdown]
# ## 3. Claims as data
#
# A claim is a core, sites, and what may stand there, with its own tests: structures that must and
# must not fall inside. It is drawn and read back in English, so that a chemist can hold it against
# the publication.

# %%
patents.claims.table()[["claim", "status", "kind", "sites", "confirmed_by"]]

# %%
DEUTERATED = "US-9249149-B2/1"
patents.claims.show(DEUTERATED)

# %% [markdown]
# What keeps a structure inside, and which small change leaves? Every suggestion was tried by the
# matcher, on this claim and on the others.

# %%
patents.claims.show_boundary(DEUTERATED, asked["smiles"][4])

# %% [markdown]
# And a near miss says which predicate fails.

# %%
missed = patents.claims.match(asked["smiles"][[0, 3]])
missed[missed["outcome"] != "outside"][["structure", "claim", "outcome", "why"]]

# %% [markdown]
# ## 4. A draft is not a claim
#
# Anybody may draft a claim: a chemist by hand, an import from a drawing, a language model from the
# published text (`molagent patents claims ask`). It covers nothing until a person confirms it, and
# confirming runs its members and non-members first. Here the whole life of one, paracetamol's
# alkoxy relatives as a toy.

# %%
from molagent.errors import InputError
from molagent.patents.markush.drafting.drafts import add_members, confirm_claim, write_draft

draft = write_draft(
    {
        "claim_id": "EXAMPLE/1",
        "publication_number": "US-1234567-A",
        "claim": 1,
        "kind": "compound",
        "source": "this notebook",
        "read_on": date(2026, 11, 22),
        "text": "A compound which is acetanilide, para-substituted by hydroxy or C1-4 alkoxy.",
        "interpretation": "None was needed: it is made up.",
        "core": "CC(=O)Nc1cc[cH:1]cc1",
        "site": [
            {
                "name": "R",
                "positions": [1],
                "count": 1,
                "group": {"one_of": ["hydroxy", {"alkoxy": [1, 4]}]},
            }
        ],
    },
    work / "example.toml",
    by="notebook",
    on=date(2026, 11, 22),
)
try:
    confirm_claim(work / "example.toml", by="A. Chemist", on=date(2026, 11, 22))
except InputError as refused:
    print(refused)

# %%
add_members(
    work / "example.toml",
    members=("CC(=O)Nc1ccc(O)cc1", "CC(=O)Nc1ccc(OCC)cc1", "CC(=O)Nc1ccc(OC(C)C)cc1"),
    non_members=("CC(=O)Nc1ccccc1", "CC(=O)Nc1ccc(OCCCCC)cc1", "CC(=O)Nc1cccc(O)c1"),
    by="A. Chemist",
    on=date(2026, 11, 22),
)
confirmed = confirm_claim(work / "example.toml", by="A. Chemist", on=date(2026, 11, 22))
print(confirmed.status.value, "by", confirmed.confirmed_by)
for event in confirmed.history:
    print(event.on, event.what, "by", event.by)

# %% [markdown]
# ## 5. Keep the generator outside
#
# The claim becomes a constraint: whatever the policy grows around the pyrrolopyrimidine is checked
# before it is proposed, and what fell inside is counted.

# %%
from molagent import Constraints, GraphGenerator, NullProgress, ProposalRequest

request = ProposalRequest(
    count=24,
    seed=seed,
    cycle=0,
    mode="decorate",
    constraints=patents.claims.keep_outside(
        constraints=Constraints(frozen="[*]c1ncnc2[nH]ccc12", max_heavy_atoms=28)
    ),
)
batch = GraphGenerator().propose(request, NullProgress())
outside = [proposal.smiles for proposal in batch.proposals]
inside = patents.claims.match(outside)
print(len(outside), "proposals;", int((inside["outcome"] == "inside").sum()), "inside a claim")
MoleculeGrid(pd.DataFrame({"smiles": outside[:8]}))

# %% [markdown]
# ## 6. A searchable release of bulk data
#
# `molagent patents sync` makes one of SureChEMBL's bulk files, scoped by CPC, country, date and
# assignee; the same code reads a folder. Exports of BindingDB and PatCID, and tables of your own,
# come in by `molagent patents import`. Structures that hang or cannot be read are kept and flagged.

# %%
from molagent.ingest.patents.importing import import_file
from molagent.ingest.patents.sync import sync_release

releases = []
progress = NotebookProgress()
report = sync_release("country:US", work / "surechembl", bulk, progress=progress)
releases.append(work / "surechembl")
display(report.scoped)

# %%
import_file(exemplified, work / "bindingdb", progress=progress)
releases.append(work / "bindingdb")
everything = Patents.open(COLLECTION, releases=releases)
everything.sources[["release", "scope", "publications", "compounds", "unreadable", "licence"]]

# %% [markdown]
# ## 7. Who crowds a series
#
# Families, assignees and dates of what lies near the approved JAK inhibitors, over time and in
# chemical space.

# %%
from molagent.report.patent_landscape import landscape_pictures

landscape = everything.landscape(list(asked["smiles"][[0, 3]]), at_least=0.35)
for picture in landscape_pictures(landscape):
    display(picture)

# %% [markdown]
# ## 8. Disclosures of your own, and the report for the attorney
#
# What the house or a client has disclosed is searched by the same ladder. A client's disclosures
# are never searched for another.

# %%
(work / "disclosures.csv").write_text(
    "smiles,name,document,date,client\n"
    "N#CC[C@H](C1CCC1)n1cc(-c2ncnc3[nH]ccc23)cn1,MA-77,notebook 12 page 4,2025-03-01,\n"
    "CC(=O)Nc1ccc(OCC)cc1,X-1,poster,2024-01-01,Acme\n",
    encoding="utf-8",
)
for whom in (None, "Acme"):
    of = Patents.open(COLLECTION, disclosures=work / "disclosures.csv", client=whom)
    found = of.check(["N#CC[C@H](C1CCC1)n1cc(-c2ncnc3[nH]ccc23)cn1", "CC(=O)Nc1ccc(OCC)cc1"])
    print(whom or "in house", list(strongest(found)["level"]))

# %%
everything.report(work / "evidence.html", asked)
from molagent.notebook import ReportView

ReportView.read(work / "evidence.html")
