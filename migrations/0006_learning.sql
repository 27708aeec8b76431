-- What is learned from the person: what they sent against what was drafted, which rules
-- of style that suggests, and what became of drafts.

-- Only the person's own words. The mail that was answered is pointed at, so that likeness
-- can be measured; nothing of it is copied.
CREATE TABLE examples (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    lead_id         INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    reply_to        INTEGER REFERENCES messages (id) ON DELETE SET NULL,
    suggestion_id   INTEGER REFERENCES suggestions (id) ON DELETE SET NULL,
    intent          TEXT NOT NULL,
    language        TEXT,
    draft           TEXT, -- none where the person wrote it all
    reply           TEXT NOT NULL,
    changed         INTEGER NOT NULL CHECK (changed BETWEEN 0 AND 100), -- percent of words
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX examples_by_time ON examples (created_at DESC, id DESC);
CREATE INDEX examples_by_conversation ON examples (conversation_id);
CREATE INDEX examples_by_lead ON examples (lead_id);
CREATE INDEX examples_by_message ON examples (reply_to);
CREATE INDEX examples_by_suggestion ON examples (suggestion_id);

-- A rule that was derived carries a hash of what it was derived from, so that it is not
-- proposed again once the person has said no to it.
ALTER TABLE style_rules ADD COLUMN origin TEXT;
ALTER TABLE style_rules ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX style_rules_by_origin ON style_rules (origin) WHERE origin IS NOT NULL;

-- What the person did with a draft: numbers and fixed words, for the score of later ones.
CREATE TABLE outcomes (
    suggestion_id INTEGER NOT NULL PRIMARY KEY,
    model         TEXT NOT NULL,
    intent        TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('unchanged', 'edited', 'rejected', 'replaced')),
    changed       INTEGER NOT NULL CHECK (changed BETWEEN 0 AND 100), -- percent of words
    at            INTEGER NOT NULL
) STRICT;
CREATE INDEX outcomes_by_time ON outcomes (at DESC, suggestion_id DESC, model, intent, kind, changed);
