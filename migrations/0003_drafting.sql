-- Every draft that a model was asked for, written down before it is asked: what it cost,
-- how long it took, how it ended. The answer is kept, so that the same mail, context,
-- prompt and model are never paid for twice, even when the wish was withdrawn meanwhile.
CREATE TABLE model_calls (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    suggestion_id   INTEGER REFERENCES suggestions (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
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
CREATE INDEX model_calls_by_time ON model_calls (at);
CREATE INDEX model_calls_by_context ON model_calls (context_hash) WHERE answer_json IS NOT NULL;
CREATE INDEX model_calls_by_suggestion ON model_calls (suggestion_id);
CREATE INDEX model_calls_by_conversation ON model_calls (conversation_id, at);

-- What was drafted before this table was there.
INSERT INTO model_calls (at, suggestion_id, conversation_id, context_hash, provider, model, outcome,
                         input_tokens, output_tokens, cost, first_token_ms, total_ms)
SELECT created_at, id, conversation_id, context_hash, provider, model, 'written',
       input_tokens, output_tokens, cost, first_token_ms, total_ms
FROM suggestions
WHERE provider NOT IN ('', 'template') AND context_hash <> '';
