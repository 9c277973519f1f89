"""The benches by name: where each is, and what is said of all its rows at their end."""

from dataclasses import dataclass
from typing import Final

__all__ = ["BENCHES", "Bench"]


@dataclass(frozen=True, slots=True)
class Bench:
    """A function that measures.

    Attributes
    ----------
    place
        ``module:function`` under ``benchmarks``.
    summary
        A function of the same module from what the first returns to one row or several more.
    """

    place: str
    summary: str = ""


BENCHES: Final = {
    # the main job
    "campaign": Bench("campaign:bench_runs", "compare_runs"),
    "kills": Bench("campaign:bench_killed_runs"),
    "startup": Bench("startup:bench_startup"),
    # predictors
    "moleculeace": Bench("predictors:bench_moleculeace"),
    "biogen": Bench("predictors:bench_biogen", "mean_pearson"),
    "moonshot": Bench("moonshot:bench_moonshot"),
    "moonshot-product": Bench("moonshot:bench_product"),
    "moonshot-choices": Bench("moonshot:bench_origins"),
    "moonshot-floors": Bench("moonshot:bench_floors"),
    "message-passing": Bench("message_passing:bench_scaffolds"),
    "differences": Bench("differences:bench_differences"),
    "contributions": Bench("explanation:bench_contributions"),
    "admet": Bench("admet:bench_admet"),
    "correction": Bench("admet:bench_correction"),
    "selection": Bench("selection:bench_selection"),
    "closed-loop": Bench("closed_loop:bench_closed_loop", "mean_of_loops"),
    # assay data
    "plates": Bench("plates:bench_plates"),
    "units": Bench("units:units_against_chembl"),
    "rows": Bench("lost_rows:count_lost_rows"),
    "fuzz": Bench("reader_fuzz:fuzz_readers"),
    "ingest": Bench("ingest:ingest_speed"),
    "large-file": Bench("ingest:large_file"),
    "ingest-folder": Bench("ingest:ingest_folder"),
    "curves": Bench("curves:bench_curves"),
    "vault-curves": Bench("vault_curves:bench_vault_curves"),
    "sar": Bench("sar:bench_sar"),
    "audit": Bench("audit:measure_audit"),
    "writers": Bench("writers:measure_writers"),
    "value-rules": Bench("value_rules:hidden_repeats"),
    "value-rules-ahead": Bench("value_rules:forward_errors"),
    "repeated-structures": Bench("value_rules:repeated_structures"),
    # generators
    "sampling": Bench("generation:bench_sampling"),
    "moses": Bench("moses:bench_moses"),
    "constrained": Bench("constrained:bench_constrained", "published_rows"),
    "conditioning": Bench("finetuning:bench_conditioning"),
    "finetuning": Bench("finetuning:bench_finetuning"),
    "pmo": Bench("pmo.runs:bench_pmo", "sum_reports"),
    "synthesis": Bench("synthesis:bench_synthesis"),
    "screens": Bench("screens:bench_screens"),
    "unstable": Bench("unstable:bench_unstable", "count_patterns"),
    "precedent": Bench("precedent:bench_precedent"),
    "chemistry": Bench("chemistry:bench_chemistry"),
    "generators": Bench("generators:bench_generators"),
    "chemistry-of": Bench("chemistry:judge_structures"),
    # what leaves the machine
    "spellings": Bench("spellings:bench_spellings"),
    # patents
    "markush-claims": Bench("markush:bench_claims"),
    "markush-fuzz": Bench("markush:bench_claim_fuzz"),
    "claim-ladder": Bench("claim_ladder:bench_claim_ladder"),
    "markush-speed": Bench("markush:bench_claim_speed"),
    "patent-pairs": Bench("identity_pairs:identity_pairs"),
    "patent-ladder": Bench("patent_ladder:bench_ladder"),
    "patent-export": Bench("patent_exports:bench_patent_export"),
    "patent-keys": Bench("patent_index:bench_keys"),
    "patent-similarity": Bench("patent_similarity:bench_similarity"),
    "claim-steering": Bench("claim_steering:bench_claim_generation"),
    "claim-optimise": Bench("claim_steering:bench_claim_optimisation"),
}
