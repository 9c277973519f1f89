import numpy as np
import pytest
import torch

from molagent.errors import InputError, ModelError
from molagent.propose.batches import TracePools, collate_traces
from molagent.propose.corpus import read_smiles
from molagent.propose.distances import SEED_BUCKETS, graph_distances
from molagent.propose.graph_model import GraphPolicy
from molagent.propose.layers import PolicySettings
from molagent.propose.links import Link
from molagent.propose.packed import pack_smiles
from molagent.propose.rollout import RollOut
from molagent.propose.seeds import EMPTY_SEED, SeedGraph
from molagent.propose.trace import LINK, OPTIONAL, REQUIRED, ROOT, STOP, UNMET_CODE, Trace
from molagent.propose.traces import draw_trace
from molagent.propose.training import train_generator
from molagent.propose.training_run import TrainingSettings
from molagent.propose.weights import load_policy
from molagent.protocols import NullProgress

NETWORK = PolicySettings(width=16, heads=2, layers=2, encoder_layers=1, slot_width=8)
SETTINGS = TrainingSettings(
    batch_size=8, seeded_batches=1, empty_batches=2, threads=1, workers=0, bfloat16=False
)


def train(drug_file, out, steps, seed=0):
    return train_generator(
        [drug_file],
        out,
        NullProgress(),
        steps=steps,
        seed=seed,
        motifs=30,
        network=NETWORK,
        settings=SETTINGS,
    )


def test_a_resumed_run_equals_an_uninterrupted_one(drug_file, tmp_path, monkeypatch):
    # The learning rate depends on the planned length, so both runs are planned for four steps.
    monkeypatch.setattr("molagent.propose.training_run.schedule", lambda *_: 1.0)
    whole = train(drug_file, tmp_path / "whole", 4)
    train(drug_file, tmp_path / "parts", 1)
    parts = train(drug_file, tmp_path / "parts", 4)
    assert parts.steps == whole.steps == 4
    left = load_policy(whole.folder).policy.state_dict()
    right = load_policy(parts.folder).policy.state_dict()
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_training_lowers_the_loss(drug_file, tmp_path):
    short = train(drug_file, tmp_path / "short", 1)
    long = train(drug_file, tmp_path / "long", 40)
    assert long.held_out_nll < short.held_out_nll


def test_a_checkpoint_of_another_run_is_refused(drug_file, tmp_path):
    train(drug_file, tmp_path, 1, seed=0)
    with pytest.raises(ModelError, match="seed"):
        train(drug_file, tmp_path, 2, seed=1)


def test_a_run_needs_exactly_one_end(drug_file, tmp_path):
    with pytest.raises(InputError, match="minutes or steps"):
        train_generator([drug_file], tmp_path, NullProgress())


def test_a_missing_or_empty_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_smiles(tmp_path / "none.smi")
    (tmp_path / "empty.smi").write_text("smiles\n", encoding="utf-8")
    with pytest.raises(InputError, match="no structures"):
        read_smiles(tmp_path / "empty.smi")


def test_a_pool_of_batches_depends_on_seed_and_number_only(vocabulary, drugs):
    packed = pack_smiles(drugs.values(), vocabulary)
    pools = TracePools(
        packed,
        vocabulary,
        np.arange(len(packed)),
        batch_size=4,
        seeded_batches=1,
        empty_batches=1,
        seed=1,
        pools=9,
    )
    first, again = pools[7], pools[7]
    assert all(torch.equal(a.block, b.block) for a, b in zip(first, again, strict=True))


class Follower(RollOut):
    """Takes the actions of a trace instead of random ones and adds up their log-probability."""

    def follow(self, trace: Trace) -> float:
        self.total, self.forced = 0.0, []
        for step, focus in enumerate(trace.focus.tolist()):
            block, attach = int(trace.block[step]), int(trace.attach[step])
            rest = [block] if focus == ROOT else [block, attach, int(trace.order[step]) - 1]
            self.forced = ([] if focus == ROOT else [0 if focus == STOP else focus + 1]) + rest
            at = self._choose_focus()
            if focus != STOP:
                self._act(at)
        return self.total

    def _choose(self, logits: torch.Tensor, mask: np.ndarray) -> np.ndarray:
        choice = self.forced.pop(0)
        allowed = logits.double().masked_fill(~torch.from_numpy(mask), float("-inf"))
        self.total += float(torch.log_softmax(allowed, dim=-1)[0, choice])
        return np.array([choice])


def seed_of(trace: Trace) -> SeedGraph:
    if not len(trace.seed_atoms):
        return EMPTY_SEED
    capacity, kind = trace.seed_atoms[:, 1], trace.seed_atoms[:, 2]
    unmet = trace.code[0, : len(kind)] == UNMET_CODE
    ends = np.flatnonzero(kind == LINK).tolist()
    start = next((e for e in ends if unmet[e]), None)
    marked = bool((unmet & (kind == REQUIRED)).any())
    return SeedGraph(
        smiles="",
        atoms=trace.seed_atoms,
        bonds=trace.seed_bonds,
        kekule=(),
        required=np.where(unmet, capacity if marked else 1, 0),
        distance=graph_distances(len(capacity), trace.seed_bonds.tolist(), SEED_BUCKETS - 1),
        link=None if start is None else Link(start, next(e for e in ends if e != start)),
    )


def says_what_must_be_used(trace: Trace) -> bool:
    """A trace does not say whether a linker's end with room to spare must use all of it."""
    kinds, capacity = trace.seed_atoms[:, 2], trace.seed_atoms[:, 1]
    return bool(np.isin(kinds, (OPTIONAL, REQUIRED)).any() or capacity.max(initial=0) <= 1)


@pytest.mark.parametrize("seeded", [False, True])
@pytest.mark.parametrize("name", ["gefitinib", "baricitinib", "morphine", "filgotinib"])
def test_cached_sampling_gives_the_likelihood_of_one_pass(name, seeded, vocabulary, drugs):
    torch.manual_seed(0)
    policy = GraphPolicy(NETWORK, vocabulary).eval()
    packed = pack_smiles([drugs[name]], vocabulary)
    for number in range(8):
        rng = np.random.default_rng(number)
        trace = draw_trace(packed, 0, vocabulary, rng, seeded=seeded)
        if not says_what_must_be_used(trace):
            continue
        with torch.inference_mode():
            losses = policy(collate_traces([trace]))
            run = Follower(
                policy,
                vocabulary,
                seed_of(trace),
                rows=1,
                max_heavy_atoms=60,
                temperature=1.0,
                corpus=np.zeros(1, dtype=np.int64),
                charged=True,
                rng=rng,
            )
            followed, learned = run.follow(trace), -float(losses.total.sum())
        if (trace.seed_atoms[:, 2] == LINK).any():
            # Sampling also bars what would cut the two cores off; what is left gets likelier.
            assert followed >= learned - 1e-4 * abs(learned)
        else:
            assert followed == pytest.approx(learned, rel=1e-4)


def test_padding_does_not_change_a_likelihood(vocabulary, drugs):
    torch.manual_seed(0)
    policy = GraphPolicy(NETWORK, vocabulary).eval()
    packed = pack_smiles(drugs.values(), vocabulary)
    for seeded in (False, True):
        traces = [
            draw_trace(packed, i, vocabulary, np.random.default_rng(i), seeded=seeded)
            for i in range(len(packed))
        ]
        with torch.inference_mode():
            together = policy(collate_traces(traces)).total.sum(1)
            alone = torch.stack([policy(collate_traces([t])).total.sum() for t in traces])
        torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)
