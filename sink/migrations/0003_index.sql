-- The search box knows further fields, and keys know no case: all events are indexed anew.
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5(
    words,
    parts,
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '.-_@:'"
);
