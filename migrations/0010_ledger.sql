-- What was spent stays spent when the mail it was spent on goes: only what a model wrote
-- goes with it.
CREATE TABLE model_calls_kept (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    suggestion_id   INTEGER REFERENCES suggestions (id) ON DELETE SET NULL,
    conversation_id INTEGER REFERENCES conversations (id) ON DELETE SET NULL,
    context_hash    TEXT NOT NULL,
    provider        TEXT NOT NULL,
    model           TEXT NOT NULL DEFAULT '',
    outcome         TEXT NOT NULL CHECK (outcome IN ('asked', 'written', 'failed', 'stopped')),
    fault           TEXT, -- a fixed word
    input_tokens    INTEGER,
    output_tokens   INTEGER,
    cost            INTEGER, -- micro-dollars; none when not known
    first_token_ms  INTEGER,
    total_ms        INTEGER,
    answer_json     TEXT
) STRICT;
INSERT INTO model_calls_kept SELECT * FROM model_calls;
DROP TABLE model_calls;
ALTER TABLE model_calls_kept RENAME TO model_calls;
CREATE INDEX model_calls_by_time ON model_calls (at);
CREATE INDEX model_calls_by_context ON model_calls (context_hash) WHERE answer_json IS NOT NULL;
CREATE INDEX model_calls_by_suggestion ON model_calls (suggestion_id);
CREATE INDEX model_calls_by_conversation ON model_calls (conversation_id, at);
CREATE TRIGGER model_calls_forget AFTER UPDATE OF suggestion_id ON model_calls
WHEN NEW.suggestion_id IS NULL
BEGIN
    UPDATE model_calls SET answer_json = NULL WHERE id = NEW.id;
END;

CREATE INDEX suggestions_by_instead_of ON suggestions (instead_of) WHERE instead_of IS NOT NULL;
-- The calls have it now.
DROP INDEX suggestions_by_context;
ALTER TABLE suggestions DROP COLUMN context_hash;
