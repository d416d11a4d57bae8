-- How far Okta's events were read into the days, and what could not be taken. Never changed once
-- released: a later version is another file.

-- The next offset to read of each partition.
CREATE TABLE position (
    topic_partition INTEGER PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT;

-- The id of the log that the positions are of.
CREATE TABLE log (
    id TEXT NOT NULL
) STRICT;

-- Records that could not be taken and are yet to be written to the dead letters. `looked_from` is
-- where the dead letters ended before: a start looks from there whether the letter got through.
CREATE TABLE dead_letter (
    topic_partition INTEGER NOT NULL,
    topic_offset INTEGER NOT NULL,
    reason TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    size INTEGER NOT NULL,
    looked_from TEXT NOT NULL,
    PRIMARY KEY (topic_partition, topic_offset)
) STRICT;
