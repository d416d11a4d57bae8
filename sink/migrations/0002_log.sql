-- The id of the log that the positions are of.
CREATE TABLE log (
    id TEXT NOT NULL
) STRICT;
