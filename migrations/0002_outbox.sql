-- Its time was chosen by the person.
ALTER TABLE outbox ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1));
-- The person said to send it again: a draft that was changed in Gmail is not in the way.
ALTER TABLE outbox ADD COLUMN again INTEGER NOT NULL DEFAULT 0 CHECK (again IN (0, 1));
-- A draft with its mark may be left at Gmail under an id that is not known here.
ALTER TABLE outbox ADD COLUMN leftover INTEGER NOT NULL DEFAULT 0 CHECK (leftover IN (0, 1));
-- Names and sizes of the files frozen into the mail.
ALTER TABLE outbox ADD COLUMN files_json TEXT NOT NULL DEFAULT '[]';
-- What a bounce of it said.
ALTER TABLE outbox ADD COLUMN bounced TEXT;
CREATE INDEX outbox_unnamed ON outbox (id) WHERE state = 'sent' AND message_id IS NULL AND gmail_id IS NOT NULL;
CREATE INDEX outbox_leftover ON outbox (id) WHERE leftover = 1;
CREATE INDEX outbox_by_message_id ON outbox (message_id) WHERE message_id IS NOT NULL;

-- Files that go with a conversation's next reply, by path: read when it is approved.
CREATE TABLE reply_files (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    path            TEXT NOT NULL,
    bytes           INTEGER NOT NULL,
    UNIQUE (conversation_id, path)
) STRICT;

-- One row: until when nothing leaves, because Gmail said so.
CREATE TABLE sending_state (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    paused_until INTEGER,
    reason       TEXT
) STRICT;
INSERT INTO sending_state (id) VALUES (1);
