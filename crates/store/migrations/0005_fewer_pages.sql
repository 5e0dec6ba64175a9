-- What every message and every call writes to takes fewer pages: rows of one chain are found by their sequence itself; the
-- platform's id of a post stands in its own row; and nothing is ever deleted of the tables that are made anew here, besides
-- posts and deliveries that are done, so that sequences grow without being counted apart.

ALTER TABLE outbox ADD COLUMN receipt TEXT;
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state = 2 AND receipt IS NULL;

CREATE TABLE audit_next (
    node TEXT NOT NULL,
    sequence INTEGER PRIMARY KEY,
    format INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_next (node, sequence, format, id, kind, record, previous, hash)
    SELECT node, sequence, format, id, kind, record, previous, hash FROM audit ORDER BY sequence;
DROP TABLE audit;
ALTER TABLE audit_next RENAME TO audit;

CREATE TABLE inbox_next (
    sequence INTEGER PRIMARY KEY,
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
INSERT INTO inbox_next (sequence, id, source, body, received_at, state, fence, attempts, due, worker, error, outcome)
    SELECT sequence, id, source, body, received_at, state, fence, attempts, due, worker, error, outcome FROM inbox ORDER BY sequence;
DROP TABLE inbox;
ALTER TABLE inbox_next RENAME TO inbox;
CREATE INDEX inbox_open ON inbox (sequence) WHERE state < 2;

CREATE TABLE command_next (
    sequence INTEGER PRIMARY KEY,
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
INSERT INTO command_next (sequence, id, inbox_id, room, thread, actor, state, text, call, answer, created_at, updated_at, expires_at, version)
    SELECT sequence, id, inbox_id, room, thread, actor, state, text, call, answer, created_at, updated_at, expires_at, version
    FROM command ORDER BY sequence;
DROP TABLE command;
ALTER TABLE command_next RENAME TO command;
CREATE INDEX command_by_room ON command (room, thread, sequence);
CREATE INDEX command_open ON command (state, sequence)
    WHERE state NOT IN ('finished', 'failed', 'refused', 'cancelled', 'expired');

CREATE TABLE room_message_next (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    room TEXT NOT NULL,
    thread TEXT,
    author TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'card')),
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
INSERT INTO room_message_next (sequence, id, room, thread, author, kind, body, created_at, version)
    SELECT sequence, id, room, thread, author, kind, body, created_at, version FROM room_message ORDER BY sequence;
DROP TABLE room_message;
ALTER TABLE room_message_next RENAME TO room_message;
CREATE INDEX room_message_by_room ON room_message (room, sequence) WHERE room NOT GLOB '*/*';
CREATE INDEX room_message_by_thread ON room_message (room, thread, sequence) WHERE room NOT GLOB '*/*';
