-- The first schema. Times are Unix milliseconds; *_json columns hold JSON arrays.
-- Append-only: a later change is a new file, never an edit of this one.

CREATE TABLE leads (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    title      TEXT,
    company    TEXT,
    website    TEXT,
    analysis   TEXT,
    notes      TEXT,
    bounced_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX leads_by_name ON leads (name COLLATE NOCASE, id);

-- Every address a lead writes from, lower case; the one we write to is among them.
CREATE TABLE lead_addresses (
    address TEXT NOT NULL PRIMARY KEY,
    lead_id INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX lead_addresses_by_lead ON lead_addresses (lead_id);

-- What the inbox shows is kept as columns, changed in the transaction that changes its
-- cause, so that a page of the inbox reads one index and joins one table.
CREATE TABLE conversations (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    lead_id          INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    subject          TEXT NOT NULL,
    subject_key      TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('needs_reply', 'waiting', 'snoozed', 'archived')),
    snoozed_until    INTEGER,
    starred          INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1)),
    unread           INTEGER NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
    guessed          INTEGER NOT NULL DEFAULT 0 CHECK (guessed IN (0, 1)),
    message_count    INTEGER NOT NULL DEFAULT 0,
    last_message_id  INTEGER,
    last_message_at  INTEGER NOT NULL,
    -- The newest mail of a person that an answer would answer.
    last_inbound_id  INTEGER,
    gmail_thread_id  TEXT,
    suggestion_id    INTEGER,
    delivery_id      INTEGER,
    delivery_state   TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    -- The group of the inbox: decision due, answer due, on its way, waiting, snoozed, archived.
    inbox_group      INTEGER NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN delivery_state IN ('held', 'ask') THEN 0
            WHEN delivery_state IN ('queued', 'staging', 'staged', 'sending', 'unknown') THEN 2
            WHEN status = 'needs_reply' THEN 1
            WHEN status = 'waiting' THEN 3
            WHEN status = 'snoozed' THEN 4
            ELSE 5
        END) STORED
) STRICT;
CREATE INDEX conversations_inbox ON conversations (inbox_group, last_message_at DESC, id DESC);
CREATE INDEX conversations_by_status ON conversations (status, last_message_at DESC, id DESC);
CREATE INDEX conversations_by_time ON conversations (last_message_at DESC, id DESC);
CREATE INDEX conversations_by_lead ON conversations (lead_id, last_message_at DESC);
CREATE INDEX conversations_by_subject ON conversations (lead_id, subject_key, last_message_at DESC);
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE status = 'snoozed';

CREATE TABLE messages (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id  INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    gmail_id         TEXT UNIQUE,
    gmail_thread_id  TEXT,
    direction        TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    message_id       TEXT,
    in_reply_to_json TEXT NOT NULL DEFAULT '[]',
    references_json  TEXT NOT NULL DEFAULT '[]',
    from_name        TEXT,
    from_address     TEXT NOT NULL,
    to_json          TEXT NOT NULL DEFAULT '[]',
    cc_json          TEXT NOT NULL DEFAULT '[]',
    reply_to_json    TEXT NOT NULL DEFAULT '[]',
    subject          TEXT NOT NULL,
    sent_at          INTEGER NOT NULL,
    received_at      INTEGER NOT NULL,
    text             TEXT NOT NULL,
    reply            TEXT NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('person', 'auto_reply', 'bounce', 'feedback_report', 'list')),
    matched_by       TEXT CHECK (matched_by IN ('in_reply_to', 'references', 'thread', 'subject', 'sender', 'manual')),
    certain          INTEGER NOT NULL CHECK (certain IN (0, 1)),
    bounce_json      TEXT,
    warnings_json    TEXT NOT NULL DEFAULT '[]',
    mark             TEXT,
    -- Whether Gmail is to be told that it was read here (1), or was told and will report
    -- that back (2).
    read_pending     INTEGER NOT NULL DEFAULT 0 CHECK (read_pending IN (0, 1, 2)),
    -- Why nobody drafts an answer by itself; none when somebody may.
    no_draft         TEXT,
    created_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation_id, received_at, id);
CREATE INDEX messages_by_message_id ON messages (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX messages_by_thread ON messages (gmail_thread_id) WHERE gmail_thread_id IS NOT NULL;
CREATE INDEX messages_by_mark ON messages (mark) WHERE mark IS NOT NULL;
CREATE INDEX messages_read_pending ON messages (id) WHERE read_pending = 1;

CREATE TABLE attachments (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id   INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    UNIQUE (message_id, position)
) STRICT;

CREATE TABLE suggestions (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    -- The message it answers, and the newest message there was when it was written.
    reply_to        INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    basis           INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('generating', 'pending', 'approved', 'rejected', 'superseded', 'failed')),
    revision        INTEGER NOT NULL DEFAULT 1,
    stale           INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1)),
    subject         TEXT NOT NULL DEFAULT '',
    body            TEXT NOT NULL DEFAULT '',
    edited_body     TEXT,
    confidence      REAL,
    reasoning       TEXT NOT NULL DEFAULT '',
    sentiment       TEXT NOT NULL DEFAULT 'unknown' CHECK (sentiment IN ('positive', 'neutral', 'negative', 'mixed', 'unknown')),
    intent          TEXT NOT NULL DEFAULT '',
    urgency         TEXT NOT NULL DEFAULT 'unknown' CHECK (urgency IN ('low', 'medium', 'high', 'unknown')),
    missing_json    TEXT NOT NULL DEFAULT '[]',
    checks_json     TEXT NOT NULL DEFAULT '[]',
    sources_json    TEXT NOT NULL DEFAULT '{}',
    language        TEXT,
    provider        TEXT NOT NULL DEFAULT '',
    model           TEXT NOT NULL DEFAULT '',
    input_tokens    INTEGER,
    output_tokens   INTEGER,
    cost            INTEGER, -- micro-dollars
    first_token_ms  INTEGER,
    total_ms        INTEGER,
    prompt_version  TEXT NOT NULL DEFAULT '',
    context_hash    TEXT NOT NULL DEFAULT '',
    hint            TEXT,
    feedback        TEXT, -- why it was rejected
    problem         TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (reply_to, version)
) STRICT;
CREATE INDEX suggestions_by_conversation ON suggestions (conversation_id, id);
CREATE INDEX suggestions_generating ON suggestions (id) WHERE status = 'generating';
CREATE INDEX suggestions_by_context ON suggestions (context_hash) WHERE context_hash <> '';
CREATE INDEX suggestions_by_time ON suggestions (created_at);

CREATE TABLE outbox (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id  INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    suggestion_id    INTEGER REFERENCES suggestions (id) ON DELETE SET NULL,
    state            TEXT NOT NULL CHECK (state IN ('queued', 'held', 'staging', 'staged', 'sending', 'sent', 'refused', 'unknown', 'ask', 'cancelled')),
    not_before       INTEGER NOT NULL,
    next_at          INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    -- The random mark that proves which mail is ours (X-Rejoinder-Id).
    mark             TEXT NOT NULL UNIQUE,
    raw              BLOB NOT NULL,
    recipient        TEXT NOT NULL,
    subject          TEXT NOT NULL,
    body             TEXT NOT NULL,
    gmail_thread_id  TEXT,
    gmail_draft_id   TEXT,
    draft_message_id TEXT,
    gmail_id         TEXT,
    message_id       TEXT,
    archive_after    INTEGER NOT NULL DEFAULT 0 CHECK (archive_after IN (0, 1)),
    -- The newest mail there was when it was approved.
    basis            INTEGER NOT NULL DEFAULT 0,
    unknown_since    INTEGER,
    looks            INTEGER NOT NULL DEFAULT 0,
    error            TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    sent_at          INTEGER
) STRICT;
CREATE INDEX outbox_by_conversation ON outbox (conversation_id, id);
CREATE INDEX outbox_due ON outbox (next_at) WHERE state IN ('queued', 'staging', 'staged', 'sending', 'unknown');
CREATE INDEX outbox_open ON outbox (id) WHERE state NOT IN ('sent', 'refused', 'cancelled');
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE state = 'sent';

-- The person's own unsent text, saved while it is typed.
CREATE TABLE compositions (
    conversation_id INTEGER NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    body            TEXT NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;

-- Mail of no conversation: headers only, until adopted.
CREATE TABLE unmatched (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    gmail_id        TEXT NOT NULL UNIQUE,
    gmail_thread_id TEXT,
    message_id      TEXT,
    from_name       TEXT,
    from_address    TEXT NOT NULL,
    to_json         TEXT NOT NULL DEFAULT '[]',
    subject         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    -- Wanted in a conversation of this lead: fetched whole with the next poll.
    adopt_lead      INTEGER REFERENCES leads (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX unmatched_wanted ON unmatched (id) WHERE adopt_lead IS NOT NULL;
CREATE INDEX unmatched_by_time ON unmatched (received_at DESC, id DESC);
CREATE INDEX unmatched_by_sender ON unmatched (from_address);

CREATE TABLE ignored_senders (
    address    TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Mail that was looked at and is not wanted, so that it is not fetched again.
CREATE TABLE skipped_mail (
    gmail_id   TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: whose mailbox this is and how far it was read.
CREATE TABLE sync_state (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    account         TEXT,
    history_id      INTEGER,
    -- While a first or full sync is under way: the cursor it ends with, and its progress.
    full_history_id INTEGER,
    full_done       INTEGER NOT NULL DEFAULT 0,
    full_total      INTEGER NOT NULL DEFAULT 0,
    synced_at       INTEGER,
    next_at         INTEGER,
    problem_json    TEXT,
    safety_net_at   INTEGER
) STRICT;
INSERT INTO sync_state (id) VALUES (1);

-- The account's own addresses (settings.sendAs).
CREATE TABLE own_addresses (
    address    TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL DEFAULT '',
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Tokens and keys.
CREATE TABLE secrets (
    name       TEXT NOT NULL PRIMARY KEY,
    value      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Texts the person edits in the program (facts, style).
CREATE TABLE texts (
    name       TEXT NOT NULL PRIMARY KEY,
    value      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE templates (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE style_rules (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    text       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('proposed', 'accepted', 'deleted')),
    created_at INTEGER NOT NULL
) STRICT;

-- What one process asks of the one that holds the lease.
CREATE TABLE requests (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT NOT NULL CHECK (kind IN ('sync')),
    result_json     TEXT,
    created_at      INTEGER NOT NULL,
    done_at         INTEGER
) STRICT;
CREATE INDEX requests_open ON requests (id) WHERE done_at IS NULL;

-- Metrics and audit: ids and numbers, never bodies.
CREATE TABLE events (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    conversation_id INTEGER,
    suggestion_id   INTEGER,
    delivery_id     INTEGER,
    amount          INTEGER,
    word            TEXT
) STRICT;
CREATE INDEX events_by_kind ON events (kind, at);

-- Words of mails, by messages.id; holds no text itself.
CREATE VIRTUAL TABLE message_words USING fts5 (
    subject, people, body,
    content = '', contentless_delete = 1, detail = 'column',
    tokenize = 'unicode61 remove_diacritics 2'
);
