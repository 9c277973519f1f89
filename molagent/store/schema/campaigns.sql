-- The campaign's memory: what was proposed, judged, predicted, decided and chosen, and why.
-- Every row belongs to (campaign_id, cycle); rows of a stage are written together with the
-- stage's own row in one transaction, so a stage is either wholly there or not at all. `written_by`
-- names that stage ('2/screen'): a plan for cycle 3 is written by 2/decide and is undone with it.

CREATE TABLE campaign (
    campaign_id VARCHAR PRIMARY KEY,            -- first 12 hex digits of the configuration's hash
    name        VARCHAR NOT NULL,
    config_hash VARCHAR NOT NULL,
    config_json JSON NOT NULL,
    config_path VARCHAR NOT NULL,               -- where the file was when the campaign began
    policy      VARCHAR NOT NULL,
    seed        BIGINT NOT NULL,
    cycles      INTEGER NOT NULL,               -- cycles planned so far; grows with each `tell`
    version     VARCHAR NOT NULL,               -- molagent's
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- One finished stage. `cycle` is 0 for what happens once (ingest).
CREATE TABLE stage (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,
    stage       VARCHAR NOT NULL,               -- ingest fit replan propose screen rank decide select report
    seconds     DOUBLE NOT NULL,
    detail      JSON NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (campaign_id, cycle, stage)
);

CREATE TABLE model_card (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,
    written_by  VARCHAR NOT NULL,
    endpoint    VARCHAR NOT NULL,
    model_hash  VARCHAR NOT NULL,
    card        JSON NOT NULL,
    PRIMARY KEY (campaign_id, cycle, endpoint)
);

CREATE TABLE proposal (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,
    written_by  VARCHAR NOT NULL,
    proposal_id VARCHAR NOT NULL,               -- P1-0001: cycle, ordinal
    smiles      VARCHAR NOT NULL,
    inchikey    VARCHAR NOT NULL,
    scaffold    VARCHAR NOT NULL,
    generator   VARCHAR NOT NULL,
    mode        VARCHAR NOT NULL,
    seed        BIGINT NOT NULL,
    parents     VARCHAR[] NOT NULL,             -- compound or proposal ids
    detail      VARCHAR NOT NULL,
    PRIMARY KEY (campaign_id, proposal_id)
);

CREATE TABLE judgement (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,
    written_by  VARCHAR NOT NULL,
    proposal_id VARCHAR NOT NULL,
    ordinal     INTEGER NOT NULL,               -- place of the filter in the funnel
    filter      VARCHAR NOT NULL,
    verdict     VARCHAR NOT NULL CHECK (verdict IN ('pass', 'fail', 'unknown')),
    reason      VARCHAR NOT NULL,
    evidence    VARCHAR[] NOT NULL,
    PRIMARY KEY (campaign_id, cycle, written_by, proposal_id, ordinal)
);

CREATE TABLE prediction (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,
    written_by  VARCHAR NOT NULL,
    proposal_id VARCHAR NOT NULL,
    endpoint    VARCHAR NOT NULL,
    mean        DOUBLE,                         -- NULL where the model cannot tell
    std         DOUBLE,
    in_domain   BOOLEAN NOT NULL,
    model_hash  VARCHAR NOT NULL,
    PRIMARY KEY (campaign_id, cycle, written_by, proposal_id, endpoint)
);

CREATE TABLE overlap (
    campaign_id        VARCHAR NOT NULL,
    cycle              INTEGER NOT NULL,
    written_by         VARCHAR NOT NULL,
    proposal_id        VARCHAR NOT NULL,
    ordinal            INTEGER NOT NULL,        -- strongest evidence first
    level              VARCHAR NOT NULL,
    publication_number VARCHAR,
    title              VARCHAR,
    assignee           VARCHAR,
    publication_date   VARCHAR,
    section            VARCHAR,
    claim_id           VARCHAR,
    matched_name       VARCHAR,
    matched_smiles     VARCHAR,
    similarity         DOUBLE,
    assignment         JSON NOT NULL,
    searched           VARCHAR NOT NULL,
    source             VARCHAR,
    reason             VARCHAR NOT NULL,
    -- Where the evidence comes from, beside what it says: a campaign may search several collections
    -- at once. Rows of early campaigns have NULL.
    family_id          VARCHAR,
    kind               VARCHAR,                 -- kind code of the publication
    route              VARCHAR,                 -- text, image, attachment, curated, own
    relation           VARCHAR,                 -- salt, charge, isotope, stereo, tautomer
    release            VARCHAR,
    licence            VARCHAR,
    visibility         VARCHAR,                 -- public, own, client
    further            INTEGER,                 -- publications on the same rung, not listed
    PRIMARY KEY (campaign_id, cycle, written_by, proposal_id, ordinal)
);

-- Desirability of everything that passed the funnel, with its components.
CREATE TABLE ranking (
    campaign_id  VARCHAR NOT NULL,
    cycle        INTEGER NOT NULL,
    written_by   VARCHAR NOT NULL,
    proposal_id  VARCHAR NOT NULL,
    desirability DOUBLE,                        -- 0..1; NULL where an objective could not be computed
    components   JSON NOT NULL,                 -- objective -> {value, std, desirability, weight}
    nearest_id   VARCHAR,                       -- nearest measured compound
    nearest_similarity DOUBLE,
    PRIMARY KEY (campaign_id, cycle, proposal_id)
);

-- The plan that cycle `cycle` runs by.
CREATE TABLE plan (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,
    written_by  VARCHAR NOT NULL,
    revision    INTEGER NOT NULL DEFAULT 0,     -- 0 as decided, then one more a replan; the highest holds
    plan        JSON NOT NULL,
    PRIMARY KEY (campaign_id, cycle, revision)
);

CREATE TABLE decision (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,               -- the cycle after which it was taken
    written_by  VARCHAR NOT NULL,
    ordinal     INTEGER NOT NULL,
    actor       VARCHAR NOT NULL,
    action      VARCHAR NOT NULL,
    reason      VARCHAR NOT NULL,
    sources     VARCHAR[] NOT NULL,
    parameters  JSON NOT NULL,
    PRIMARY KEY (campaign_id, cycle, ordinal)
);

-- Every message and tool call of the agents, in order; replaying it gives the same decisions.
CREATE TABLE transcript (
    campaign_id VARCHAR NOT NULL,
    cycle       INTEGER NOT NULL,
    written_by  VARCHAR NOT NULL,
    ordinal     INTEGER NOT NULL,
    actor       VARCHAR NOT NULL,
    kind        VARCHAR NOT NULL,               -- message, tool_call, tool_result
    content     JSON NOT NULL,
    PRIMARY KEY (campaign_id, cycle, ordinal)
);

CREATE TABLE shortlist (
    campaign_id  VARCHAR NOT NULL,
    cycle        INTEGER NOT NULL,              -- chosen after this cycle
    written_by   VARCHAR NOT NULL,
    rank         INTEGER NOT NULL,
    proposal_id  VARCHAR NOT NULL,
    desirability DOUBLE NOT NULL,
    acquisition  DOUBLE NOT NULL,               -- share of Thompson draws in which it was chosen
    reason       VARCHAR NOT NULL,
    place        VARCHAR NOT NULL DEFAULT 'best',  -- best, core (best of its core), explore
    isomers      JSON NOT NULL DEFAULT '{}',    -- what of its stereoisomers to order
    make         JSON NOT NULL DEFAULT '{}',    -- how it may be made: route, steps, what to buy
    PRIMARY KEY (campaign_id, cycle, rank)
);
