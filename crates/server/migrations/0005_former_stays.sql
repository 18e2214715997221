-- Stays in groups that a device hadn't read to their end when it was added again. It reads them first, with the commit that removed
-- it: a client lets nothing replace a group that it is active in unless it has seen how it went out of it.
CREATE TABLE former_stays (
    group_id INTEGER NOT NULL REFERENCES groups (id),
    device_id INTEGER NOT NULL REFERENCES devices (id),
    joined_seq INTEGER NOT NULL,
    removed_seq INTEGER NOT NULL,
    PRIMARY KEY (group_id, device_id, removed_seq)
) STRICT, WITHOUT ROWID;
