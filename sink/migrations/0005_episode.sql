-- Repeats of one thing within an hour are an episode: `first_key` is the key of its first event. It is
-- filled anew for the events that are here.
ALTER TABLE runtime_event ADD COLUMN first_key INTEGER NOT NULL DEFAULT 0;

CREATE INDEX runtime_event_repeat ON runtime_event (dedup_key, integration, key);
