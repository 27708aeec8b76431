-- Where an unmatched mail is wanted, by the person's word: a conversation of its own
-- choice, or whatever fits the lead, be the mail a person's or a machine's.
ALTER TABLE unmatched ADD COLUMN adopt_conversation INTEGER REFERENCES conversations (id) ON DELETE SET NULL;
ALTER TABLE unmatched ADD COLUMN adopt_by_hand INTEGER NOT NULL DEFAULT 0 CHECK (adopt_by_hand IN (0, 1));
