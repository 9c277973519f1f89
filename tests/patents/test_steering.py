"""Claims inside the loop: what is generated under them lies outside them."""

import json
import math
import tomllib

import numpy as np
import pytest

from molagent.errors import FileFormatError, InputError, NotFoundError
from molagent.patents.markush.claims import ClaimStatus, parse_claim, read_claim, read_claims
from molagent.patents.markush.matching import match_claim
from molagent.patents.steering import (
    ClaimDistance,
    ClaimFilter,
    OutsideClaim,
    SiteKeptOut,
    keep_outside,
)
from molagent.propose.edits import EditGenerator
from molagent.propose.optimise.components import ObjectiveComponent, from_predictor
from molagent.propose.optimise.objective import MultiObjective
from molagent.propose.optimise.optimiser import Optimiser
from molagent.propose.optimise.properties import similarity_function
from molagent.propose.optimise.settings import OptimiserSettings
from molagent.propose.optimise.tables import parse_objective
from molagent.propose.weights import load_packaged_policy
from molagent.protocols import Filter, NullProgress, Predictor
from molagent.records import Constraints, ProposalRequest, SeedCompound, Verdict
from tests.patents.conftest import (
    ASPIRIN,
    COLLECTION,
    DEURUXOLITINIB,
    EGFR_CLAIM,
    RUXOLITINIB,
    TOFACITINIB,
)

CLAIMS = read_claims(COLLECTION)
EGFR = read_claim(EGFR_CLAIM)
MEMBER = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1"
SERIES = next(claim for claim in CLAIMS if claim.claim_id == "US-7250420-B2/1")
SEEDS = (
    SeedCompound(smiles=TOFACITINIB, compound_id="tofacitinib"),
    SeedCompound(smiles="CC1CCN(C(=O)C2CC2)CC1N(CC)c1ncnc2[nH]ccc12", compound_id="analogue"),
)


def test_a_confirmed_claim_fails_a_draft_is_unknown_and_nothing_else_is_stopped():
    screen = ClaimFilter([*CLAIMS, EGFR])
    assert isinstance(screen, Filter)
    judged = screen.judge([DEURUXOLITINIB, MEMBER, ASPIRIN, "C1CC"])
    assert [each.verdict for each in judged] == [
        Verdict.FAIL,
        Verdict.UNKNOWN,
        Verdict.PASS,
        Verdict.UNKNOWN,
    ]
    assert "US-9249149-B2/1" in judged[0].reason
    assert "read as a draft" in judged[1].reason
    assert judged[0].evidence[-1].startswith("searched: ")


def test_a_rejected_claim_stops_nothing():
    tables = tomllib.loads(EGFR_CLAIM.read_text(encoding="utf-8")) | {"status": "rejected"}
    rejected = parse_claim(tables, place="test")
    assert rejected.status is ClaimStatus.REJECTED
    assert ClaimFilter([rejected]).judge([MEMBER])[0].verdict is Verdict.PASS


def test_many_claims_are_judged_as_few_are():
    copies = []
    for number in range(40):
        tables = tomllib.loads(EGFR_CLAIM.read_text(encoding="utf-8"))
        copies.append(parse_claim(tables | {"claim_id": f"US-5770603/{number}"}, place="test"))
    many = [*copies, *CLAIMS]
    for smiles in (DEURUXOLITINIB, MEMBER, RUXOLITINIB, ASPIRIN):
        few = ClaimFilter([EGFR, *CLAIMS]).judge([smiles])[0]
        assert ClaimFilter(many).judge([smiles])[0].verdict is few.verdict


def test_distance_is_a_predictor_with_a_card_and_unknown_where_it_cannot_tell():
    distance = ClaimDistance([EGFR])
    assert isinstance(distance, Predictor)
    frame = distance.predict(
        [MEMBER, "CCCCCOc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4", ASPIRIN, "C1CC"]
    )
    assert frame.mean[:3].tolist() == [0.0, 0.5, 1.0]
    assert math.isnan(frame.mean[3])
    assert frame.in_domain.tolist() == [True, True, True, False]
    assert np.isnan(frame.std[3])
    assert distance.sample([MEMBER], 3, 0).shape == (3, 1)
    assert distance.card["reliable"] is True
    assert (
        distance.model_hash == ClaimDistance([EGFR]).model_hash != ClaimDistance(CLAIMS).model_hash
    )
    with pytest.raises(InputError, match="no claims"):
        ClaimDistance([])


def test_labels_count_for_claims_that_name_them_only():
    distance = ClaimDistance(CLAIMS)
    assert distance([DEURUXOLITINIB]) == [0.0]
    assert distance([RUXOLITINIB])[0] > 0.0 or any(
        match_claim(claim, RUXOLITINIB).inside for claim in CLAIMS
    )


def test_distance_is_a_component_of_an_objective():
    component = from_predictor(ClaimDistance([EGFR]), direction="maximise", low=0.0, high=0.5)
    assert component.name == "claim_distance"
    objective = parse_objective(
        {
            "objective": [
                {
                    "name": "out of the claim",
                    "predictor": "claim_distance",
                    "direction": "maximise",
                    "low": 0.0,
                    "high": 0.5,
                }
            ]
        },
        predictors={"claim_distance": ClaimDistance([EGFR])},
    )
    assert objective([MEMBER, ASPIRIN]).total.tolist() == [0.0, 1.0]


def proposals(constraints):
    request = ProposalRequest(
        count=60, seed=5, cycle=0, mode="edit", seeds=SEEDS, constraints=constraints
    )
    return EditGenerator().propose(request, NullProgress())


def test_a_generator_that_is_kept_out_of_a_claim_proposes_nothing_inside_it():
    free, kept = proposals(None), proposals(keep_outside([SERIES]))
    assert any(match_claim(SERIES, each.smiles).inside for each in free.proposals)
    assert len(kept.proposals) == 60
    assert not any(match_claim(SERIES, each.smiles).inside for each in kept.proposals)
    assert dict(kept.refused)["inside US-7250420-B2/1"] > 0


def test_a_site_kept_out_of_small_alkyl_does_not_carry_it():
    region = SiteKeptOut(SERIES, "R4", {"alkyl": [1, 4]})
    batch = proposals(Constraints(outside=(region,)))
    assert region.name == "R4 of US-7250420-B2/1 is C1-4 alkyl"
    assert dict(batch.refused)[region.name] > 0
    for each in batch.proposals:
        match = match_claim(SERIES, each.smiles)
        assert match.assignment.get("R4") not in {"*C", "*CC", "*CCC", "*C(C)C", "*CCCC"}


def test_a_site_that_does_not_exist_and_a_group_that_means_nothing_are_refused_at_once():
    with pytest.raises(NotFoundError, match="no site named 'R9'"):
        SiteKeptOut(SERIES, "R9")
    with pytest.raises(FileFormatError, match="alkil"):
        SiteKeptOut(SERIES, "R4", {"alkil": [1, 4]})


def test_another_reading_is_another_region_for_a_run_that_is_resumed():
    tables = tomllib.loads(EGFR_CLAIM.read_text(encoding="utf-8"))
    tables["site"][0]["group"] = {"alkoxy": [1, 5]}
    wider = parse_claim(tables, place="test")
    assert repr(OutsideClaim(EGFR)) == repr(OutsideClaim(read_claim(EGFR_CLAIM)))
    assert repr(OutsideClaim(EGFR)) != repr(OutsideClaim(wider))
    assert str(keep_outside([EGFR])) != str(keep_outside([wider]))


def test_a_run_states_the_regions_it_keeps_out_of_and_nothing_where_there_are_none():
    from molagent.project.optimising import OptimiseRequest, _stated

    kept = OptimiseRequest(calls=9, seed=1, run_id="a", constraints=keep_outside([EGFR]))
    plain = OptimiseRequest(calls=9, seed=1, run_id="a", constraints=Constraints(frozen="CC"))
    stated = json.loads(json.dumps(_stated(kept)))
    assert stated["constraints"]["outside"] == [repr(OutsideClaim(EGFR))]
    assert "outside" not in _stated(plain)["constraints"]


def test_an_optimisation_that_is_kept_outside_scores_nothing_inside():
    scored: list[str] = []

    def alike(smiles_list):
        scored.extend(smiles_list)
        return similarity_function(TOFACITINIB)(smiles_list)

    component = ObjectiveComponent(
        name="alike", evaluate=alike, direction="maximise", low=0.0, high=1.0
    )
    start = [seed.smiles for seed in SEEDS]
    request = ProposalRequest(count=1, seed=2, cycle=0, constraints=keep_outside([SERIES]))
    run = Optimiser(
        MultiObjective([component]),
        load_packaged_policy(),
        OptimiserSettings(calls=40, seed=2, proposals=16, operators=("mutation",)),
        start=start,
        request=request,
    )
    run.run()
    new = [row.smiles for row in run.buffer.rows if row.source != "start"]
    assert len(new) > 20
    assert not any(match_claim(SERIES, smiles).inside for smiles in new)
