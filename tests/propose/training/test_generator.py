import csv
import dataclasses
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors import safe_open

from molagent.errors import InputError, ModelError, NotFoundError
from molagent.propose.batches import TracePools, collate_traces
from molagent.propose.distances import SEED_BUCKETS, graph_distances
from molagent.propose.graph_model import GraphPolicy
from molagent.propose.layers import SIZES, PolicySettings
from molagent.propose.links import LinkEnds
from molagent.propose.packed import pack_smiles
from molagent.propose.rollout import RollOut
from molagent.propose.seeds import EMPTY_SEED, SeedGraph
from molagent.propose.trace import LINK, OPTIONAL, REQUIRED, ROOT, STOP, UNMET_CODE, Trace
from molagent.propose.traces import draw_trace
from molagent.propose.training.corpus import read_smiles
from molagent.propose.training.generator import train_generator
from molagent.propose.training.run import PolicyTrainingSettings, TrainingRun, check_device
from molagent.propose.weights import load_policy
from molagent.protocols import NullProgress

NETWORK = PolicySettings(width=16, heads=2, layers=2, encoder_layers=1, slot_width=8)
SETTINGS = PolicyTrainingSettings(
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


DYING = """
import os, pathlib, signal, sys
from dataclasses import replace
from molagent.propose.layers import SIZES, PolicySettings
from molagent.propose.training.generator import PolicyTrainingSettings, train_generator
from molagent.protocols import NullProgress

class Dying(NullProgress):
    steps = 0
    def advance(self, count=1, note=""):
        self.steps += note.startswith("loss")
        if self.steps == 5:
            os.kill(os.getpid(), signal.SIGKILL)

train_generator(
    [pathlib.Path(sys.argv[1])],
    pathlib.Path(sys.argv[2]),
    Dying(),
    steps=6,
    motifs=30,
    network=PolicySettings(width=16, heads=2, layers=2, encoder_layers=1, slot_width=8),
    settings=PolicyTrainingSettings(
        bfloat16=True, batch_size=8, seeded_batches=1, empty_batches=2, workers=0, check_steps=2
    ),
    packing_workers=1,
)
"""


def test_workers_and_kills_leave_every_byte_of_the_weights_as_it_was(drug_file, tmp_path):
    def weights(name: str, workers: int) -> bytes:
        report = train_generator(
            [drug_file],
            tmp_path / name,
            NullProgress(),
            steps=6,
            motifs=30,
            network=NETWORK,
            settings=dataclasses.replace(SETTINGS, workers=workers, check_steps=2, bfloat16=True),
        )
        assert report.steps == 6
        return (report.folder / "weights.safetensors").read_bytes()

    killed = [sys.executable, "-c", DYING, str(drug_file), str(tmp_path / "killed")]
    assert subprocess.run(killed, check=False).returncode == -signal.SIGKILL
    with safe_open(tmp_path / "killed" / "checkpoint.safetensors", framework="pt") as content:
        assert json.loads(content.metadata()["run"])["step"] == 4
    whole = weights("whole", 0)
    assert weights("workers", 2) == whole
    assert weights("killed", 0) == whole


def test_losses_are_kept_across_a_resumed_run(drug_file, tmp_path):
    train(drug_file, tmp_path, 2)
    report = train(drug_file, tmp_path, 4)
    with (report.folder / "losses.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert [int(row["step"]) for row in rows] == [0, 2, 4]
    assert float(rows[-1]["total"]) == pytest.approx(report.held_out_nll, abs=1e-4)


def test_training_lowers_the_loss(drug_file, tmp_path):
    short = train(drug_file, tmp_path / "short", 1)
    long = train(drug_file, tmp_path / "long", 40)
    assert long.held_out_nll < short.held_out_nll


def test_a_checkpoint_of_another_run_is_refused(drug_file, tmp_path):
    train(drug_file, tmp_path, 1, seed=0)
    with pytest.raises(ModelError, match="seed"):
        train(drug_file, tmp_path, 2, seed=1)


def test_training_on_begins_with_the_losses_of_the_start(drug_file, tmp_path):
    first = train(drug_file, tmp_path / "first", 8)
    further = train_generator(
        [drug_file],
        tmp_path / "further",
        NullProgress(),
        steps=1,
        start=first.folder,
        settings=SETTINGS,
    )
    with (further.folder / "losses.csv").open(encoding="utf-8") as handle:
        begin = float(next(csv.DictReader(handle))["total"])
    assert begin == pytest.approx(first.held_out_nll, abs=2e-3)  # half precision on disk
    card = load_policy(further.folder).card
    assert card["started_from"]["steps"] == 8
    assert f"--from {first.folder}" in card["command"]


def test_a_start_of_another_size_is_refused(tiny_model, drug_file, tmp_path):
    with pytest.raises(ModelError, match=r"width 16 \(here 128\)"):
        train_generator(
            [drug_file], tmp_path, NullProgress(), steps=1, start=tiny_model, network="small"
        )


def test_a_start_with_another_vocabulary_is_refused(tiny_model, vocabulary):
    run = TrainingRun(vocabulary, NETWORK, SETTINGS, seed=0, identity={})
    with pytest.raises(ModelError, match="another vocabulary"):
        run.start_from(load_policy(tiny_model), [0])


def test_the_large_network_has_tens_of_millions_of_parameters(vocabulary):
    policy = GraphPolicy(SIZES["large"], vocabulary)
    assert 25e6 < sum(p.numel() for p in policy.parameters()) < 40e6


def test_an_unknown_size_or_device_is_refused(drug_file, tmp_path):
    with pytest.raises(NotFoundError, match="large"):
        train_generator([drug_file], tmp_path, NullProgress(), steps=1, network="huge")
    with pytest.raises(InputError, match="tpu"):
        check_device("tpu")


def test_a_machine_without_a_gpu_says_so():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(InputError, match="finds no GPU"):
        check_device("cuda")


def test_a_gpu_trains_as_the_processor_does(drug_file, tmp_path):
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU; torch finds none")
    both = [
        train_generator(
            [drug_file],
            tmp_path / device,
            NullProgress(),
            steps=4,
            motifs=30,
            network=NETWORK,
            settings=dataclasses.replace(SETTINGS, device=device),
        ).held_out_nll
        for device in ("cpu", "cuda")
    ]
    assert both[0] == pytest.approx(both[1], abs=1e-2)


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
        link=None if start is None else LinkEnds(start, next(e for e in ends if e != start)),
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


def test_every_tensor_of_a_training_step_is_on_the_device_of_the_batch(
    vocabulary, drugs, monkeypatch
):
    # The meta device computes shapes only, and like a GPU refuses tensors of the processor.
    meta = torch.device("meta")
    packed = pack_smiles(drugs.values(), vocabulary)
    for seeded in (False, True):
        rng = np.random.default_rng(2)
        traces = [draw_trace(packed, i, vocabulary, rng, seeded=seeded) for i in range(4)]
        batch = collate_traces(traces)
        largest = int(batch.seed_size.max())
        monkeypatch.setattr("molagent.propose.layers.int", lambda _, n=largest: n, raising=False)
        losses = GraphPolicy(NETWORK, vocabulary).to(meta)(batch.to(meta))
        (losses.total.sum() / batch.to(meta).steps.sum()).backward()
        assert losses.total.device == meta
