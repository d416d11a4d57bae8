-- Okta's events of one day (UTC). Never changed once released: a later version is another file.

-- Texts of which there are few: event types, countries and the like. Columns of `event` hold their
-- numbers.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- What events are counted by. `key` is the order of the list: the millisecond of `occurred_at` in its
-- upper bits, then a slot within that millisecond.
CREATE TABLE event (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    topic_partition INTEGER NOT NULL,
    topic_offset INTEGER NOT NULL,
    -- How many values the event has: of two copies the one with more is kept.
    richness INTEGER NOT NULL,
    -- Numbers of names.
    integration INTEGER NOT NULL,
    org INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    event_type INTEGER,
    severity INTEGER,
    outcome INTEGER,
    country INTEGER,
    as_org INTEGER,
    as_number INTEGER,
    actor_id TEXT,
    -- In lower case.
    actor_login TEXT,
    actor_name TEXT,
    -- 16 bytes; an IPv4 address in its IPv6 form.
    ip BLOB,
    session TEXT,
    device TEXT
) STRICT;

-- The stream reads in the order of arrival.
CREATE INDEX event_arrival ON event (topic_partition, topic_offset);

-- The JSON of the events, compressed; apart, so that counts do not read past it.
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

-- How many events occurred in a minute (counted from 1970), so that long times are counted without
-- a look at each.
CREATE TABLE minute (
    minute INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (minute, severity, outcome)
) STRICT, WITHOUT ROWID;
