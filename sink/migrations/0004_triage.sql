-- What people did with runtime events: the log of triage as this store has folded it so far, and
-- what comes of it for each event that is here.

-- 0 open, 1 acknowledged, 2 resolved.
ALTER TABLE runtime_event ADD COLUMN status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runtime_event ADD COLUMN disposition TEXT;
ALTER TABLE runtime_event ADD COLUMN assignee TEXT;

-- Most events are open: those that are not are found without passing these.
CREATE INDEX runtime_event_triaged ON runtime_event (key) WHERE status <> 0;

-- `revision` is the number of the change in the log.
CREATE TABLE triage_action (
    revision INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    deed TEXT NOT NULL,
    disposition TEXT,
    assignee TEXT,
    note TEXT,
    done_by TEXT NOT NULL,
    -- Milliseconds since 1970.
    done_at INTEGER NOT NULL
) STRICT;

-- Which events an action is about; they may arrive here after it.
CREATE TABLE triage_event (
    event BLOB NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (event, revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX triage_event_revision ON triage_event (revision);

-- How many changes of the log are folded.
CREATE TABLE triage_position (
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO triage_position VALUES (0);
