from pathlib import Path

import pandas as pd
import pytest
from small import write_small_campaign

from molagent.config import load_config
from molagent.errors import ConfigError
from molagent.project.generators import build_generators
from molagent.propose.sampler import GraphGenerator
from molagent.propose.synthesis.reactions import ReactionGenerator
from molagent.protocols import NullProgress
from molagent.records import ProposalRequest, SeedCompound

BLOCKS = "id,smiles\nB1,NCc1ccccc1\nB2,OC(=O)c1ccncc1\nB3,CC(=O)O\nB4,NC1CCCCC1\n"


def campaign(folder: Path, **generate: object):
    config = load_config(write_small_campaign(folder))
    changed = config.generate.model_copy(update=generate)
    return config.model_copy(update={"generate": changed})


def measured() -> pd.DataFrame:
    return pd.DataFrame({"smiles": ["C#CC#CCOc1ccncc1", "C#CC#CCOc1ccncc1C"]})


def test_a_campaign_makes_what_its_own_building_blocks_can_make(tmp_path):
    (tmp_path / "blocks.csv").write_text(BLOCKS, encoding="utf-8")
    config = campaign(tmp_path, building_blocks="blocks.csv", mix={"reactions:de_novo": 1.0})
    generator = build_generators(config, tmp_path, measured)["reactions"]
    assert isinstance(generator, ReactionGenerator)
    request = ProposalRequest(count=3, seed=0, cycle=0)
    batch = generator.propose(request, NullProgress())
    assert batch.proposals
    assert all("B" in proposal.detail for proposal in batch.proposals)


def test_a_campaign_uses_the_weights_it_names(tmp_path):
    config = campaign(tmp_path, weights="tuned", mix={"graph:de_novo": 1.0})
    generator = build_generators(config, tmp_path, measured)["graph"]
    assert isinstance(generator, GraphGenerator)
    assert generator.weights == tmp_path / "tuned"


def test_a_mode_that_a_generator_lacks_is_refused(tmp_path):
    config = campaign(tmp_path, mix={"reactions:decorate": 1.0})
    with pytest.raises(ConfigError, match="decorate"):
        build_generators(config, tmp_path, measured)


def test_replacements_are_learnt_from_what_the_project_measured(tmp_path):
    config = campaign(tmp_path, mix={"replace:edit": 1.0})
    generator = build_generators(config, tmp_path, measured)["replace"]
    seeds = (SeedCompound(smiles="COc1ccncc1CCCC", compound_id="a"),)
    request = ProposalRequest(count=60, seed=0, cycle=0, mode="edit", seeds=seeds)
    made = generator.propose(request, NullProgress()).proposals
    assert any("C#CC#C" in proposal.smiles for proposal in made)


def test_fine_tuning_without_a_graph_policy_in_the_mix_is_refused(tmp_path):
    config = campaign(tmp_path, mix={"replace:edit": 1.0}, finetune=True)
    with pytest.raises(ConfigError, match="no graph policy to teach"):
        build_generators(config, tmp_path, measured)
