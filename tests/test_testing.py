"""A contract is worth its name only if something can break it."""

from dataclasses import replace

import numpy as np
import pytest

from molagent.protocols import Generator
from molagent.records import (
    Decision,
    Judgement,
    Plan,
    PlanStep,
    PredictionFrame,
    Proposal,
    ProposalBatch,
    Verdict,
)
from molagent.testing import (
    NAMED_DRUGS,
    FilterContract,
    GeneratorContract,
    PolicyContract,
    PredictorContract,
    example_summary,
)

ASPIRIN, KEKULE_BENZENE = "CC(=O)Oc1ccccc1C(=O)O", "C1=CC=CC=C1"
IBUPROFEN, CAFFEINE = "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
PARACETAMOL, ETHANOL, PROPANOL = "CC(=O)Nc1ccc(O)cc1", "CCO", "CCCO"
MANY = (ASPIRIN, IBUPROFEN, CAFFEINE, PARACETAMOL, ETHANOL, PROPANOL)


class Shelf:
    """A generator that hands out what lies on it, and can forget its manners one by one."""

    name = "shelf"
    modes = frozenset({"de_novo"})

    def __init__(self, *smiles: str, stop_reason: str = "exhausted") -> None:
        self.smiles = smiles or MANY
        self.stop_reason = stop_reason

    def chosen(self, request) -> list[str]:
        return [s for s in self.smiles if s not in request.exclude][: request.count]

    def propose(self, request, _progress) -> ProposalBatch:
        proposals = tuple(
            Proposal(smiles=s, generator="shelf", mode=request.mode, seed=request.seed, cycle=1)
            for s in self.chosen(request)
        )
        return ProposalBatch(proposals=proposals, stop_reason=self.stop_reason, attempts=6)


class RestlessShelf(Shelf):
    calls = 0

    def chosen(self, request) -> list[str]:
        self.calls += 1
        return list(np.roll(super().chosen(request), self.calls))


class ForgetfulShelf(Shelf):
    def chosen(self, request) -> list[str]:
        return list(self.smiles[: request.count])


class GenerousShelf(Shelf):
    def chosen(self, request) -> list[str]:
        return [s for s in self.smiles if s not in request.exclude]


GENERATOR_PROMISES = [name for name in vars(GeneratorContract) if name.startswith("test_")]


@pytest.mark.parametrize("promise", GENERATOR_PROMISES)
def test_a_generator_that_keeps_its_promises_passes(promise: str):
    getattr(GeneratorContract(), promise)(Shelf())


@pytest.mark.parametrize(
    ("generator", "promise"),
    [
        (Shelf(KEKULE_BENZENE), "test_proposals_are_unique_canonical_smiles"),
        (Shelf(ASPIRIN, ASPIRIN), "test_proposals_are_unique_canonical_smiles"),
        (RestlessShelf(), "test_the_same_request_gives_the_same_proposals"),
        (ForgetfulShelf(), "test_known_structures_do_not_come_back"),
        (GenerousShelf(), "test_no_more_is_proposed_than_asked"),
        (Shelf(stop_reason="tired"), "test_no_more_is_proposed_than_asked"),
    ],
    ids=["not canonical", "twice", "restless", "forgetful", "generous", "no stop reason"],
)
def test_a_generator_that_breaks_a_promise_fails(generator: Generator, promise: str):
    with pytest.raises(AssertionError):
        getattr(GeneratorContract(), promise)(generator)


def test_a_generator_that_proposes_nothing_is_not_waved_through():
    nothing = Shelf("C")
    nothing.smiles = ()
    with pytest.raises(AssertionError, match="nothing cannot be tested"):
        GeneratorContract().test_proposals_are_unique_canonical_smiles(nothing)


CARD = {
    "endpoint": "length",
    "title": "length of the SMILES",
    "unit": "characters",
    "kind": "toy",
    "n_train": 0,
    "source": "",
    "model_hash": "0",
    "reliable": False,
    "reason": "a toy",
    "metrics": {},
    "note": "",
}


class Length:
    """A predictor of nothing in particular, honest about it; changes make it dishonest."""

    endpoint = "length"

    def __init__(self, **changes) -> None:
        self.unreadable = np.nan
        self.in_domain = False
        self.step = 1
        self.width = 1
        self.reseeds = True
        self.card = CARD
        self.__dict__.update(changes)

    def predict(self, smiles_list) -> PredictionFrame:
        bad = np.array([s == "c1ccccc" for s in smiles_list])
        lengths = np.array([float(len(s)) for s in smiles_list])
        mean = np.where(bad, self.unreadable, lengths)[:: self.step]
        return PredictionFrame(
            endpoint="length",
            mean=mean,
            std=np.where(np.isnan(mean), np.nan, 1.0),
            in_domain=np.where(bad, self.in_domain, True),
            model_hash="0",
        )

    def sample(self, smiles_list, draws, seed):
        rng = np.random.default_rng(seed if self.reseeds else None)
        return rng.standard_normal((draws, len(smiles_list)))[:, :: self.width]


class Ranked(Length):
    """A predictor whose answer depends on where in the batch a structure stands."""

    def predict(self, smiles_list) -> PredictionFrame:
        frame = super().predict(smiles_list)
        return replace(frame, mean=frame.mean + np.arange(len(frame)))


PREDICTOR_PROMISES = [name for name in vars(PredictorContract) if name.startswith("test_")]
UNSEEN = "test_what_cannot_be_read_is_nan_and_never_zero"


@pytest.mark.parametrize("promise", PREDICTOR_PROMISES)
def test_a_predictor_that_keeps_its_promises_passes(promise: str):
    getattr(PredictorContract(), promise)(Length())


@pytest.mark.parametrize(
    ("predictor", "promise"),
    [
        (Length(unreadable=0.0), UNSEEN),
        (Length(in_domain=True), UNSEEN),
        (Ranked(), "test_order_and_length_are_kept"),
        (Length(step=2), "test_order_and_length_are_kept"),
        (Length(width=2), "test_draws_follow_the_seed"),
        (Length(reseeds=False), "test_draws_follow_the_seed"),
        (Length(card={"endpoint": "length"}), "test_the_card_says_what_the_model_is"),
        (
            Length(card={**CARD, "reason": ""}),
            "test_the_card_says_what_the_model_is",
        ),
    ],
    ids=[
        *("zero", "in domain", "ranked by place", "shortened"),
        *("narrow draws", "unseeded", "no card", "unreliable without a reason"),
    ],
)
def test_a_predictor_that_breaks_a_promise_fails(predictor: Length, promise: str):
    with pytest.raises(AssertionError):
        getattr(PredictorContract(), promise)(predictor)


class Short:
    """A filter that passes short SMILES; changes spoil it."""

    name = "short"

    def __init__(
        self, *, unreadable: Verdict = Verdict.UNKNOWN, why: str = "unreadable", sign: str = "short"
    ) -> None:
        self.unreadable, self.why, self.sign = unreadable, why, sign

    def judge(self, smiles_list) -> list[Judgement]:
        return [self.one(smiles) for smiles in smiles_list]

    def one(self, smiles: str) -> Judgement:
        if smiles == "c1ccccc":
            return Judgement(filter=self.sign, verdict=self.unreadable, reason=self.why)
        short = len(smiles) < 40
        return Judgement(
            filter=self.sign, verdict=Verdict.PASS if short else Verdict.FAIL, reason="length"
        )


class TopHalf(Short):
    """Judges a structure by its neighbours: the first half of a batch passes."""

    def judge(self, smiles_list) -> list[Judgement]:
        half = len(smiles_list) / 2
        return [
            Judgement(
                filter="short", verdict=Verdict.PASS if n < half else Verdict.FAIL, reason="rank"
            )
            for n, _ in enumerate(smiles_list)
        ]


FILTER_PROMISES = [name for name in vars(FilterContract) if name.startswith("test_")]


@pytest.mark.parametrize("promise", FILTER_PROMISES)
def test_a_filter_that_keeps_its_promises_passes(promise: str):
    getattr(FilterContract(), promise)(Short())


@pytest.mark.parametrize(
    ("filter_", "promise"),
    [
        (Short(unreadable=Verdict.PASS), "test_what_cannot_be_read_never_passes"),
        (Short(why=""), "test_what_cannot_be_read_never_passes"),
        (Short(sign="other"), "test_the_name_stands_in_every_judgement"),
        (TopHalf(), "test_one_judgement_a_structure_in_order"),
    ],
    ids=["passes the unreadable", "gives no reason", "signs with another name", "ranks the batch"],
)
def test_a_filter_that_breaks_a_promise_fails(filter_: Short, promise: str):
    with pytest.raises(AssertionError):
        getattr(FilterContract(), promise)(filter_)


class Repeat:
    """A policy that repeats one plan; changes spoil it."""

    name = "repeat"

    def __init__(
        self, *steps: PlanStep, reason: str = "it went well", restless: bool = False
    ) -> None:
        self.steps, self.reason, self.restless = steps, reason, restless
        self.calls = 0

    def decide(self, _summary, _workbench):
        self.calls += self.restless
        decision = Decision(cycle=1, actor="repeat", action="keep", reason=self.reason)
        return Plan(steps=self.steps, exploration=0.5 + 0.1 * self.calls), (decision,)


def edit(*seed_ids: str) -> PlanStep:
    return PlanStep(generator="edits", mode="edit", count=10, seed_ids=seed_ids)


def decorate(scaffold_id: str) -> PlanStep:
    return PlanStep(generator="graph", mode="decorate", count=10, scaffold_id=scaffold_id)


POLICY_PROMISES = [name for name in vars(PolicyContract) if name.startswith("test_")]
EXPLAINED = "test_a_plan_asks_for_something_and_is_explained"
KNOWN_ONLY = "test_only_known_ids_are_named"


@pytest.mark.parametrize("promise", POLICY_PROMISES)
def test_a_policy_that_keeps_its_promises_passes(promise: str):
    best = example_summary().leaders[0]
    policy = Repeat(edit(str(best["compound_id"])), decorate(str(best["scaffold_id"])))
    getattr(PolicyContract(), promise)(policy, None)


@pytest.mark.parametrize(
    ("policy", "promise"),
    [
        (Repeat(), EXPLAINED),
        (Repeat(edit("MA-000012"), reason=""), EXPLAINED),
        (Repeat(edit("MA-000012"), restless=True), "test_the_same_summary_gives_the_same_plan"),
        (Repeat(edit("MA-999999")), KNOWN_ONLY),
        (Repeat(edit(NAMED_DRUGS["tofacitinib"])), KNOWN_ONLY),
        (Repeat(decorate("S-ffffffff")), KNOWN_ONLY),
    ],
    ids=["no steps", "no reason", "restless", "unknown compound", "a structure", "unknown series"],
)
def test_a_policy_that_breaks_a_promise_fails(policy: Repeat, promise: str):
    with pytest.raises(AssertionError):
        getattr(PolicyContract(), promise)(policy, None)
