-- Online optimisation: what was asked of the objective, call by call, and what it answered.
-- The rows of a step are written in one transaction. A run that was interrupted between a step's
-- rows and its checkpoint finds them here and does not ask the objective again.

CREATE TABLE optimisation_run (
    run_id     VARCHAR PRIMARY KEY,
    name       VARCHAR NOT NULL,
    seed       BIGINT NOT NULL,
    calls      INTEGER NOT NULL,                -- the budget; may be raised
    objective  JSON NOT NULL,                   -- components, mode, what an unknown value does
    settings   JSON NOT NULL,
    model_hash VARCHAR NOT NULL,                -- of the weights the policy began with
    version    VARCHAR NOT NULL,                -- molagent's
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- One scored structure. A structure is scored once a run.
CREATE TABLE optimisation_call (
    run_id VARCHAR NOT NULL,
    call   INTEGER NOT NULL,                    -- from 1
    step   INTEGER NOT NULL,
    smiles VARCHAR NOT NULL,
    source VARCHAR NOT NULL,                    -- who proposed it: start, policy, crossover, ...
    total  DOUBLE,                              -- 0..1 when it was scored; NULL where unknown
    reward DOUBLE,                              -- the total after the diversity memory's discount
    raw    JSON NOT NULL,                       -- component -> value in its unit, null where unknown
    note   VARCHAR NOT NULL,                    -- why a value is missing; '' where none is
    PRIMARY KEY (run_id, call),
    UNIQUE (run_id, smiles)
);

-- The diversity memory after the newest step.
CREATE TABLE optimisation_memory (
    run_id VARCHAR NOT NULL,
    filter VARCHAR NOT NULL,                    -- murcko, topological, similarity
    bucket VARCHAR NOT NULL,                    -- scaffold or kept structure; '' for acyclic ones
    count  INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (run_id, filter, bucket)
);
