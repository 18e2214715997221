-- Bytes of each user's items in the entries up to `filed`, and of their Welcomes.
CREATE TABLE stored (
    user_id INTEGER PRIMARY KEY REFERENCES users (id),
    bytes INTEGER NOT NULL
) STRICT;
INSERT INTO stored (user_id, bytes)
    SELECT user_id, sum(length(body)) FROM entries JOIN devices ON devices.id = device_id JOIN filed
    WHERE entries.id <= up_to GROUP BY user_id;

-- Whose commit brought a Welcome; NULL in those of before, which nobody's count holds.
ALTER TABLE welcomes ADD COLUMN user_id INTEGER REFERENCES users (id);

-- Stands for the address that opened a rendezvous; what it stands for changes with every start of the relay.
ALTER TABLE links ADD COLUMN peer INTEGER NOT NULL DEFAULT 0;
-- Bytes of its messages.
ALTER TABLE links ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE links SET bytes = (SELECT coalesce(sum(length(body)), 0) FROM link_messages WHERE link = links.id);
CREATE INDEX links_open ON links (peer, expires_at_ms) WHERE device_id IS NULL;
CREATE INDEX links_open_by_expiry ON links (expires_at_ms) WHERE device_id IS NULL;
CREATE INDEX links_by_device ON links (device_id) WHERE device_id IS NOT NULL;

CREATE INDEX groups_by_creator ON groups (created_by);
