-- The version that the person was looking at when they asked for another one; none for
-- the newest.
ALTER TABLE suggestions ADD COLUMN instead_of INTEGER REFERENCES suggestions (id) ON DELETE SET NULL;
