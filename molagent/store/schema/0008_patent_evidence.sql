-- Where a piece of patent evidence comes from, beside what it says: a campaign may search several
-- collections at once. Rows of earlier campaigns have NULL.
ALTER TABLE overlap ADD COLUMN family_id VARCHAR;
ALTER TABLE overlap ADD COLUMN kind VARCHAR;         -- kind code of the publication
ALTER TABLE overlap ADD COLUMN route VARCHAR;        -- text, image, attachment, curated, own
ALTER TABLE overlap ADD COLUMN relation VARCHAR;     -- salt, charge, isotope, stereo, tautomer
ALTER TABLE overlap ADD COLUMN release VARCHAR;
ALTER TABLE overlap ADD COLUMN licence VARCHAR;
ALTER TABLE overlap ADD COLUMN visibility VARCHAR;   -- public, own, client
ALTER TABLE overlap ADD COLUMN further INTEGER;      -- publications on the same rung, not listed
