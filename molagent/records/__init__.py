"""Frozen records handed between stages: what a row, a proposal, a verdict or a decision is.

Single things at the seams are records and carry their source. Bulk data stays columnar; the one
bulk record here, :class:`PredictionFrame`, wraps arrays.
"""

from molagent.records.arrays import BoolArray, FloatArray
from molagent.records.assays import Measurement, Rejection
from molagent.records.patents import (
    OVERLAP_COLUMNS,
    Mention,
    Overlap,
    OverlapLevel,
    PatentRelease,
    PublicationRecord,
)
from molagent.records.plans import CycleSummary, Decision, Plan, PlanStep
from molagent.records.predictions import ModelVersion, Prediction, PredictionFrame
from molagent.records.proposals import (
    Constraints,
    Proposal,
    ProposalBatch,
    ProposalRequest,
    Region,
    SeedCompound,
)
from molagent.records.screening import Judgement, Verdict
from molagent.records.series import (
    MatrixRow,
    PotentSeries,
    SeenChange,
    SeriesMatrix,
    SeriesRule,
)
from molagent.records.stages import Stage

__all__ = [
    "OVERLAP_COLUMNS",
    "BoolArray",
    "Constraints",
    "CycleSummary",
    "Decision",
    "FloatArray",
    "Judgement",
    "MatrixRow",
    "Measurement",
    "Mention",
    "ModelVersion",
    "Overlap",
    "OverlapLevel",
    "PatentRelease",
    "Plan",
    "PlanStep",
    "PotentSeries",
    "Prediction",
    "PredictionFrame",
    "Proposal",
    "ProposalBatch",
    "ProposalRequest",
    "PublicationRecord",
    "Region",
    "Rejection",
    "SeedCompound",
    "SeenChange",
    "SeriesMatrix",
    "SeriesRule",
    "Stage",
    "Verdict",
]
