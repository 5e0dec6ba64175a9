-- Times are milliseconds since 1970. Sequences never come again (AUTOINCREMENT): streams and workers rely on it.

CREATE TABLE node (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL
) STRICT;

CREATE TABLE directory (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO directory (one, revision) VALUES (1, 0);

CREATE TABLE entity (
    kind TEXT NOT NULL,
    partition TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, partition, account, region, id)
) STRICT;

CREATE TABLE room_message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    room TEXT NOT NULL,
    thread TEXT,
    author TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'card')),
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX room_message_by_room ON room_message (room, sequence);
CREATE INDEX room_message_by_thread ON room_message (room, thread, sequence);

CREATE TABLE room_event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    room TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX room_event_by_room ON room_event (room, sequence);

-- state: 0 waiting, 1 claimed, 2 finished, 3 dead. due: not to be claimed before; for a claimed row the end of the lease.
CREATE TABLE inbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    worker TEXT,
    error TEXT,
    outcome TEXT
) STRICT;
CREATE INDEX inbox_open ON inbox (sequence) WHERE state < 2;

CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    destination TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    worker TEXT,
    error TEXT,
    ended_at INTEGER
) STRICT;
CREATE INDEX outbox_open ON outbox (destination, sequence) WHERE state < 2;
CREATE INDEX outbox_by_state ON outbox (state, sequence);
CREATE INDEX outbox_by_destination ON outbox (destination, sequence);

CREATE TABLE command (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    inbox_id TEXT NOT NULL,
    room TEXT NOT NULL,
    thread TEXT,
    actor TEXT NOT NULL,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    call TEXT,
    answer TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX command_by_room ON command (room, thread, sequence);
CREATE INDEX command_by_inbox ON command (inbox_id);
CREATE INDEX command_by_state ON command (state, sequence);

CREATE TABLE audit (
    node TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    format INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (node, sequence)
) STRICT;

CREATE TABLE audit_head (
    node TEXT PRIMARY KEY,
    format INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE idempotent (
    scope TEXT NOT NULL,
    operation TEXT NOT NULL,
    token TEXT NOT NULL,
    digest TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (scope, operation, token)
) STRICT;
CREATE INDEX idempotent_by_expiry ON idempotent (expires_at);
