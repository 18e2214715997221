-- Where a device is woken while it has no connection (RFC 8030), with the keys of its browser (RFC 8291).
CREATE TABLE push_subscriptions (
    device_id INTEGER PRIMARY KEY REFERENCES devices (id),
    endpoint TEXT NOT NULL,
    p256dh BLOB NOT NULL,
    auth BLOB NOT NULL,
    set_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX push_subscriptions_by_endpoint ON push_subscriptions (endpoint);
