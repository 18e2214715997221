-- The relay's store. A log item's key is its group's row in the upper and its seq in the lower 32 bits, so that a
-- group's log lies together on full pages: as a WITHOUT ROWID table every 1 KiB body would take an overflow page.

CREATE TABLE organisation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    root_key BLOB NOT NULL,
    manifest BLOB NOT NULL,
    policy BLOB NOT NULL
) STRICT;

CREATE TABLE invitations (
    id BLOB PRIMARY KEY,
    user TEXT NOT NULL,
    body BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_user ON invitations (user);

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    user TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    identity_key BLOB NOT NULL,
    joined_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    device BLOB NOT NULL UNIQUE,
    credential BLOB NOT NULL,
    key BLOB NOT NULL,
    added_at_ms INTEGER NOT NULL,
    last_seen_day INTEGER,
    inbox_last INTEGER NOT NULL DEFAULT 0,
    revoked_at_ms INTEGER
) STRICT;
CREATE INDEX devices_by_user ON devices (user_id);

-- A claimed key package keeps its row without the body until it expires, so that a repeated upload doesn't bring it back.
CREATE TABLE key_packages (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES devices (id),
    suite INTEGER NOT NULL,
    last_resort INTEGER NOT NULL,
    hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    body BLOB,
    UNIQUE (device_id, hash)
) STRICT;
CREATE INDEX key_packages_left ON key_packages (device_id, suite, last_resort) WHERE body IS NOT NULL;

CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    gid TEXT NOT NULL UNIQUE,
    created_by INTEGER NOT NULL REFERENCES devices (id),
    created_hash BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    handshake_seq INTEGER NOT NULL DEFAULT 0,
    removal_epoch INTEGER NOT NULL DEFAULT 0,
    pruned_seq INTEGER NOT NULL DEFAULT 0,
    snapshot_seq INTEGER NOT NULL DEFAULT 0,
    replay_commits INTEGER NOT NULL DEFAULT 0,
    replay_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE members (
    group_id INTEGER NOT NULL REFERENCES groups (id),
    device_id INTEGER NOT NULL REFERENCES devices (id),
    role INTEGER NOT NULL,
    joined_seq INTEGER NOT NULL,
    joined_epoch INTEGER NOT NULL,
    removed_seq INTEGER,
    cursor INTEGER NOT NULL,
    PRIMARY KEY (group_id, device_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_device ON members (device_id);

CREATE TABLE log (
    position INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    device_id INTEGER REFERENCES devices (id),
    item BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_by_item ON log (device_id, item) WHERE device_id IS NOT NULL;

CREATE TABLE group_snapshots (
    group_id INTEGER NOT NULL REFERENCES groups (id),
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (group_id, seq)
) STRICT;

-- The GroupInfo of the current epoch and of the one before.
CREATE TABLE group_infos (
    group_id INTEGER NOT NULL REFERENCES groups (id),
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (group_id, epoch)
) STRICT;

CREATE TABLE welcomes (
    id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES groups (id),
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX welcomes_by_group ON welcomes (group_id);

-- kind: 0 welcome, 1 devices changed, 2 key packages low, 3 organisation changed.
CREATE TABLE inbox (
    device_id INTEGER NOT NULL REFERENCES devices (id),
    n INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    welcome_id INTEGER REFERENCES welcomes (id),
    key_package BLOB,
    UNIQUE (device_id, n)
) STRICT;
CREATE INDEX inbox_by_welcome ON inbox (welcome_id) WHERE welcome_id IS NOT NULL;

CREATE TABLE links (
    id BLOB PRIMARY KEY,
    request BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    device_id INTEGER REFERENCES devices (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE link_messages (
    link BLOB NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (link, n)
) STRICT;

CREATE TABLE files (
    id BLOB PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES users (id),
    size INTEGER NOT NULL,
    received INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_owner ON files (owner);
CREATE INDEX files_by_expiry ON files (expires_at);

CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES groups (id),
    device_id INTEGER NOT NULL REFERENCES devices (id),
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
