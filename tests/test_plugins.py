import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest
from small import ROOT, write_small_campaign

from molagent.config import load_config
from molagent.errors import MolagentError, NotFoundError
from molagent.project.plugins import (
    GROUPS,
    installed_plugins,
    load_plugin,
    load_plugins,
    plugin_names,
)
from molagent.project.project import Project
from molagent.project.screening import build_screen

EXAMPLE = ROOT / "examples" / "plugin"
PACKAGE = "molagent_example_plugin"
FOUR = {
    "generator": "scan",
    "predictor": "logp",
    "filter": "sp3",
    "policy": "explore_then_exploit",
}
PLUGGED_IN = """
[[profile]]
name = "lipophilicity"
endpoint = "logp"
direction = "range"
low = 1.0
high = 3.5
"""


def write_metadata(site: Path, name: str, groups: Mapping[str, Mapping[str, str]]) -> None:
    """Write what pip would: the metadata in which Python finds entry points."""
    folder = site / f"{name.replace('-', '_')}-0.1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    sections = [
        "\n".join([f"[{group}]", *(f"{key} = {value}" for key, value in points.items())])
        for group, points in groups.items()
    ]
    (folder / "entry_points.txt").write_text("\n\n".join(sections) + "\n")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the example on the path with the entry points of its own pyproject.toml."""
    site = tmp_path_factory.mktemp("site")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    write_metadata(site, project["name"], project["entry-points"])
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLE))
        patch.syspath_prepend(str(site))
        yield
    forget(PACKAGE)


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Return a function that installs one plugin of a package called faulty-plugin."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(kind: str, source: str) -> None:
        (tmp_path / "faulty_plugin.py").write_text(source)
        points = {"faulty": "faulty_plugin:Faulty"}
        write_metadata(tmp_path, "faulty-plugin", {GROUPS[kind][0]: points})
        importlib.invalidate_caches()

    yield install
    forget("faulty_plugin")


def forget(package: str) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]


@pytest.mark.usefixtures("installed")
def test_the_example_offers_one_plugin_of_each_kind_and_says_where_it_comes_from():
    found = {
        kind: (name, origin) for kind, name, origin in installed_plugins() if "example" in origin
    }
    assert {kind: name for kind, (name, _) in found.items()} == FOUR
    assert all(origin.endswith("(molagent-example-plugin)") for _, origin in found.values())


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("kind", "name"), FOUR.items())
def test_a_plugin_is_made_and_keeps_to_its_protocol(kind: str, name: str):
    made = load_plugin(kind, name)
    assert isinstance(made, GROUPS[kind][1])
    assert type(made).__module__.startswith(PACKAGE)
    assert name in plugin_names(kind)
    assert list(load_plugins(kind, [name])) == [name]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("kind", "name"), FOUR.items())
def test_an_unknown_name_is_refused_with_the_known_ones(kind: str, name: str):
    with pytest.raises(NotFoundError, match=f"no {kind} named 'vae'; known: .*{name}") as caught:
        load_plugin(kind, "vae")
    assert name in caught.value.known


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import a_package_nobody_has\n", "a_package_nobody_has"),
        ("class Other:\n    pass\n", "Faulty"),
        ("class Faulty:\n    def __init__(self, weights):\n        pass\n", "weights"),
    ],
)
def test_a_plugin_that_cannot_be_made_is_named_with_the_package_to_mend(
    offer, source: str, reason: str
):
    offer("filter", source)
    with pytest.raises(MolagentError, match=reason) as caught:
        load_plugin("filter", "faulty")
    assert "filter 'faulty' cannot be loaded" in str(caught.value)
    assert caught.value.place == "faulty_plugin:Faulty"
    assert caught.value.remedy == "mend or uninstall faulty-plugin"


@pytest.mark.parametrize("kind", GROUPS)
def test_a_plugin_that_lacks_a_part_is_sent_to_its_contract(offer, kind: str):
    offer(kind, "class Faulty:\n    name = 'faulty'\n    endpoint = 'faulty'\n")
    contract = f"run molagent.testing.{GROUPS[kind][1].__name__}Contract on it"
    with pytest.raises(MolagentError, match="lacks a part") as caught:
        load_plugin(kind, "faulty")
    assert caught.value.remedy == contract


@pytest.mark.usefixtures("installed")
def test_the_example_campaign_names_all_four():
    config = load_config(EXAMPLE / "campaign.toml")
    assert "scan:edit" in config.generate.mix
    assert "logp" in [objective.endpoint for objective in config.profile]
    assert config.screen.filters == ("sp3",)
    assert config.steer.policy == "explore_then_exploit"
    assert all((EXAMPLE / assay.file).is_file() for assay in config.assays)
    assert build_screen(config, EXAMPLE, None, pd.DataFrame()).filters[-1].name == "sp3"


def test_the_example_holds_itself_to_the_contracts():
    path = os.pathsep.join([str(EXAMPLE), str(ROOT)])
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout


@pytest.fixture(scope="module")
def finished(
    installed: None,  # noqa: ARG001 - wanted for its effect
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    path = write_small_campaign(
        tmp_path_factory.mktemp("plugged"),
        120,
        per_cycle="40",
        policy='"explore_then_exploit"',
        filters='["sp3"]',
        cycles="2",
    )
    text = path.read_text(encoding="utf-8").replace('"edits:edit"', '"scan:edit"')
    path.write_text(f"{text}\n{PLUGGED_IN}", encoding="utf-8")
    project = Project.create(path)
    project.run()
    return project


def test_the_scan_proposes_with_parents_that_exist(finished: Project):
    proposals = finished.store.load("proposal")
    scanned = proposals[proposals["generator"] == "scan"]
    known = {*finished.db.query("SELECT compound_id FROM compound")["compound_id"]}
    known |= {*proposals["proposal_id"]}
    assert len(scanned)
    assert all(len(parents) == 1 and parents[0] in known for parents in scanned["parents"])


def test_the_second_cycle_is_all_scan_because_the_policy_said_so(finished: Project):
    proposals = finished.store.load("proposal")
    assert set(proposals.loc[proposals["cycle"] == 1, "generator"]) == {"graph", "scan"}
    assert set(proposals.loc[proposals["cycle"] == 2, "generator"]) == {"scan"}
    decisions = finished.store.load("decision")
    assert set(decisions["actor"]) == {"explore_then_exploit"}
    assert decisions.loc[decisions["cycle"] == 1, "action"].tolist() == ["aim", "exploit"]


def test_the_funnel_knows_the_filter_and_nothing_flat_is_shortlisted(finished: Project):
    judgements = finished.store.load("judgement")
    judged = judgements[judgements["filter"] == "sp3"]
    assert {"pass", "fail"} <= set(judged["verdict"])
    failed = set(judged.loc[judged["verdict"] == "fail", "proposal_id"])
    assert not failed & set(finished.shortlist()["proposal_id"])


def test_logp_has_a_card_and_a_number_for_every_shortlisted_compound(finished: Project):
    cards = finished.store.load("model_card")
    assert "logp" in set(cards["endpoint"])
    assert finished.shortlist()["logp"].notna().all()
    assert "ci990307l" in (finished.folder / "report.html").read_text(encoding="utf-8")
