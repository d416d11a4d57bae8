-- The words of a whole transaction are gathered in memory before they are written: fewer, larger parts
-- of the index, and less to be merged.
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);
