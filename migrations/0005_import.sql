-- What matching needs to know of mails that are not here, and of every subject a
-- conversation has had; and which mails without a Message-ID were imported.

-- Ids that stored mails name and no stored mail has: the parent may still come, and what
-- names the same absent parent belongs together.
CREATE TABLE awaited_ids (
    header_id       TEXT NOT NULL PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX awaited_ids_by_conversation ON awaited_ids (conversation_id);
INSERT OR IGNORE INTO awaited_ids (header_id, conversation_id)
SELECT named.value, m.conversation_id
FROM messages m, json_each(m.references_json) named
WHERE NOT EXISTS (SELECT 1 FROM messages WHERE message_id = named.value);
INSERT OR IGNORE INTO awaited_ids (header_id, conversation_id)
SELECT named.value, m.conversation_id
FROM messages m, json_each(m.in_reply_to_json) named
WHERE NOT EXISTS (SELECT 1 FROM messages WHERE message_id = named.value);

-- Subjects change within a conversation; each of them leads back to it.
CREATE TABLE conversation_subjects (
    subject_key     TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    PRIMARY KEY (subject_key, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_subjects_by_conversation ON conversation_subjects (conversation_id);
INSERT INTO conversation_subjects (subject_key, conversation_id)
SELECT subject_key, id FROM conversations WHERE subject_key <> '';

-- Imported mails that no Message-ID tells apart, by a digest of their header fields.
CREATE TABLE imported_digests (
    digest     BLOB NOT NULL PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX imported_digests_by_message ON imported_digests (message_id);
