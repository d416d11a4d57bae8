-- The words of a whole transaction are gathered in memory before they are written, and more parts of the
-- index stand side by side before they are merged: merging is a good part of what writing costs.
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216), ('automerge', 8);
