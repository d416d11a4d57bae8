-- As in 0006_merge.sql.
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216), ('automerge', 8);
