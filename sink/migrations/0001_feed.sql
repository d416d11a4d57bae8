-- Runtime events as the feed keeps them. Never changed once released: a later version is another
-- file.

-- What events are counted and ordered by, and what the index of words is checked with. `key` is the order of the feed: the
-- millisecond of `occurred_at` in its upper bits, then a slot within that millisecond.
CREATE TABLE runtime_event (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    occurred_at INTEGER NOT NULL,
    detected_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    topic_partition INTEGER NOT NULL,
    topic_offset INTEGER NOT NULL,
    integration TEXT NOT NULL,
    org TEXT NOT NULL,
    policy_id TEXT NOT NULL,
    policy_name TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity INTEGER NOT NULL,
    event_type TEXT,
    actor_id TEXT,
    -- In lower case.
    actor_login TEXT,
    actor_name TEXT,
    -- 16 bytes; an IPv4 address in its IPv6 form.
    ip BLOB,
    country TEXT,
    dedup_key TEXT NOT NULL
) STRICT;

-- The stream reads in the order of arrival, retention deletes in it.
CREATE INDEX runtime_event_arrival ON runtime_event (topic_partition, topic_offset);

-- The records themselves, compressed; apart, so that filters and counts do not read past them.
CREATE TABLE record (
    key INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- Free text and filters. Words come ready-made, between spaces; what is not listed here separates
-- words.
CREATE VIRTUAL TABLE search USING fts5(
    words,
    parts,
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '.-_@:'"
);

-- The next offset to read of each partition.
CREATE TABLE position (
    topic_partition INTEGER PRIMARY KEY,
    next INTEGER NOT NULL
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
