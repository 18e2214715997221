-- A message that lands on a full page in the middle of a large table rewrites five pages. So what is large is kept in the
-- order in which it came, on pages that a whole transaction shares; the log is a narrow table that finds it; and which
-- item is where is filed for many items at once.

-- What came, in the order in which it came.
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    device_id INTEGER,
    item BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
INSERT INTO entries (id, position, device_id, item, body)
    SELECT row_number() OVER (ORDER BY position), position, device_id, item, body FROM log ORDER BY position;

CREATE TABLE narrow_log (
    position INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    device_id INTEGER,
    at_ms INTEGER NOT NULL,
    entry_id INTEGER NOT NULL
) STRICT;
INSERT INTO narrow_log (position, kind, epoch, device_id, at_ms, entry_id)
    SELECT position, kind, epoch, device_id, at_ms, row_number() OVER (ORDER BY position) FROM log ORDER BY position;

-- Where a device's item is, of the entries up to `filed`; for the later ones the entries themselves say.
CREATE TABLE items (
    device_id INTEGER NOT NULL,
    item BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (device_id, item)
) STRICT, WITHOUT ROWID;
INSERT INTO items (device_id, item, position)
    SELECT device_id, item, position FROM log WHERE device_id IS NOT NULL ORDER BY device_id, item;

CREATE TABLE filed (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    up_to INTEGER NOT NULL
) STRICT;
INSERT INTO filed (id, up_to) SELECT 1, coalesce(max(id), 0) FROM entries;

DROP TABLE log;
ALTER TABLE narrow_log RENAME TO log;
