from pathlib import Path

import pytest

from molagent.config import GenerateConfig, load_config, parse_config
from molagent.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent / "examples" / "jak1_selective.toml"


def small_config() -> dict[str, object]:
    return {
        "project": {"name": "small"},
        "assays": [
            {
                "file": "jak1.csv",
                "endpoint": "jak1_pki",
                "target": "JAK1",
                "quantity": "Ki",
                "smiles_column": "smiles",
                "value_column": "Ki",
                "unit": "nM",
            }
        ],
        "profile": [
            {
                "name": "potency",
                "endpoint": "jak1_pki",
                "direction": "maximise",
                "low": 6,
                "high": 9,
            }
        ],
    }


def test_the_example_is_a_valid_campaign():
    config = load_config(EXAMPLE)
    assert config.steer.policy == "agents"
    assert config.llm.provider == "playbook"


def test_an_option_written_out_at_its_default_is_the_same_campaign():
    data = small_config()
    first = parse_config(data).hash
    data["select"] = {"strategy": "thompson"}
    assert parse_config(data).hash == first
    data["select"] = {"strategy": "greedy"}
    assert parse_config(data).hash != first


def test_the_hash_covers_the_seed_and_not_the_output_folder():
    data = small_config()
    first = parse_config(data).hash
    data["project"] = {"name": "small", "folder": "elsewhere"}
    assert parse_config(data).hash == first
    data["project"] = {"name": "small", "seed": 2}
    assert parse_config(data).hash != first


def test_another_policy_is_another_campaign():
    config = parse_config(small_config())
    assert config.with_policy("fixed").campaign_id != config.campaign_id


@pytest.mark.parametrize(
    ("section", "value", "complaint"),
    [
        ("projekt", {}, "projekt"),
        ("generate", {"per_cyle": 10}, "per_cyle"),
        ("generate", {"per_cycle": 0}, "per_cycle"),
        ("generate", {"mix": {"graph:de_novo": 0.5}}, "add up to 0.5"),
        ("generate", {"mix": {"graph": 1.0}}, "generator:mode"),
        ("llm", {"provider": "openai"}, "name a model"),
        ("llm", {"structures": "always"}, "structures"),
        ("derived", [{"endpoint": "d", "minuend": "jak1_pki", "subtrahend": "tyk2"}], "tyk2"),
    ],
)
def test_a_wrong_key_or_value_is_named(section: str, value: object, complaint: str):
    with pytest.raises(ConfigError, match=complaint):
        parse_config({**small_config(), section: value})


def test_every_fault_is_named_at_once():
    data = small_config()
    data["select"] = {"count": 0, "draws": 1}
    with pytest.raises(ConfigError, match=r"select\.count.*select\.draws"):
        parse_config(data)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"[project\n", "not TOML"), (b"\xff\xfe\x00x", "not TOML, which is UTF-8"), (b"", "project")],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, content: bytes, complaint: str):
    path = tmp_path / "campaign.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=complaint):
        load_config(path)


def test_a_missing_file_says_so(tmp_path: Path):
    with pytest.raises(ConfigError, match="no such campaign file"):
        load_config(tmp_path / "none.toml")


def test_one_lead_may_stand_without_a_list_and_an_older_name_of_forbid_is_read():
    given = {"lead": "CCO", "forbidden_smarts": ["[Br]"], "struck": "S2 core"}
    generate = GenerateConfig.model_validate(given)
    assert generate.lead == ("CCO",)
    assert generate.forbid == ("[Br]",)
    assert generate.struck == ("S2 core",)


def test_a_smallest_size_above_the_largest_is_refused():
    with pytest.raises(ValueError, match=r"min_heavy_atoms \(40\) is above max_heavy_atoms \(30\)"):
        GenerateConfig(min_heavy_atoms=40, max_heavy_atoms=30)
