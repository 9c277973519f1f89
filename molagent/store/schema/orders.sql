-- Orders: what was asked for, and what became of it.

CREATE TYPE order_state AS ENUM
    ('planned', 'ordered', 'made', 'shipped', 'received', 'failed', 'cancelled');

CREATE TABLE batch_order (
    order_id  VARCHAR PRIMARY KEY,
    supplier  VARCHAR NOT NULL,
    placed_on DATE,                             -- NULL while it is planned
    placed_by VARCHAR,
    file_id   VARCHAR REFERENCES source_file (file_id),
    note      VARCHAR
);

CREATE TABLE order_line (
    order_id    VARCHAR NOT NULL REFERENCES batch_order (order_id),
    line        INTEGER NOT NULL CHECK (line > 0),
    smiles      VARCHAR NOT NULL,
    name        VARCHAR,
    compound_id VARCHAR REFERENCES compound (compound_id),  -- NULL until it is registered
    campaign_id VARCHAR,
    proposal_id VARCHAR,                        -- what the line makes, where a campaign proposed it
    amount_mg   DOUBLE CHECK (amount_mg > 0),
    price       DOUBLE CHECK (price >= 0),
    currency    VARCHAR,
    reason      VARCHAR,                        -- why this one
    source_row  INTEGER,
    PRIMARY KEY (order_id, line)
);

-- What happened to a line, in the order it was learnt.
CREATE SEQUENCE order_event_seq;
CREATE TABLE order_event (
    event_id    BIGINT PRIMARY KEY DEFAULT nextval('order_event_seq'),
    order_id    VARCHAR NOT NULL,
    line        INTEGER NOT NULL,
    state       order_state NOT NULL,
    happened_on DATE,
    batch_id    VARCHAR,                        -- what arrived
    actor       VARCHAR,
    note        VARCHAR,
    FOREIGN KEY (order_id, line) REFERENCES order_line (order_id, line)
);

-- One row a line: where it stands, and the first date of each step.
CREATE VIEW order_status AS
SELECT
    o.order_id, o.supplier, o.placed_on, l.line, l.name, l.smiles, l.compound_id, l.proposal_id,
    arg_max(e.state, e.event_id) AS state,
    min(e.happened_on) FILTER (e.state = 'ordered') AS ordered_on,
    min(e.happened_on) FILTER (e.state = 'made') AS made_on,
    min(e.happened_on) FILTER (e.state = 'shipped') AS shipped_on,
    min(e.happened_on) FILTER (e.state = 'received') AS received_on,
    max(e.batch_id) AS batch_id
FROM batch_order o
JOIN order_line l USING (order_id)
LEFT JOIN order_event e ON e.order_id = l.order_id AND e.line = l.line
GROUP BY ALL;
