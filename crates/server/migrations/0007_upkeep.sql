-- The latest time that the relay has believed, in milliseconds since 1970. A purge across a jump waits (src/clock).
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seen_ms INTEGER NOT NULL
) STRICT;
INSERT INTO clock (id, seen_ms) SELECT 1, max(
    coalesce((SELECT max(at_ms) FROM log), 0),
    coalesce((SELECT max(at_ms) FROM inbox), 0),
    coalesce((SELECT max(joined_at_ms) FROM users), 0),
    coalesce((SELECT max(added_at_ms) FROM devices), 0),
    coalesce((SELECT max(created_at_ms) FROM files), 0));

-- Long work, in steps (src/work). Steps are numbers that rise; those up to `position` were tried once.
-- kind: 1 the Remove proposals of a removed device, one step for each group.
CREATE TABLE work (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    steps INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    UNIQUE (kind, subject)
) STRICT;

-- Steps that failed, and when they are tried again.
CREATE TABLE work_failures (
    work_id INTEGER NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    fault TEXT NOT NULL,
    next_at_ms INTEGER NOT NULL,
    UNIQUE (work_id, step)
) STRICT;
CREATE INDEX work_failures_by_time ON work_failures (next_at_ms);

-- A removal that the former program had begun is finished by the steps; one that it had finished proposes nothing twice.
INSERT INTO work (kind, subject, total, begun_at_ms)
    SELECT 1, devices.id, count(*), revoked_at_ms FROM devices JOIN members ON device_id = devices.id
    WHERE revoked_at_ms IS NOT NULL AND removed_seq IS NULL GROUP BY devices.id;
