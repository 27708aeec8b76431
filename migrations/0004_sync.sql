-- Mails that a first or full sync still has to look at, in the order of looking. They are
-- written with the cursor that the sync ends with, and taken off with the mail itself.
CREATE TABLE backlog (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    gmail_id TEXT NOT NULL UNIQUE
) STRICT;

-- Mails that Gmail names but could not give in one piece: asked for again, so that one of
-- them neither holds up the others nor is lost.
CREATE TABLE retry_mail (
    gmail_id TEXT NOT NULL PRIMARY KEY,
    tries    INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    why      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX retry_mail_due ON retry_mail (next_at);

-- The person stopped the full sync; new mail is followed all the same.
ALTER TABLE sync_state ADD COLUMN full_stopped INTEGER NOT NULL DEFAULT 0 CHECK (full_stopped IN (0, 1));
-- Mail older than this, by Gmail's clock, is not looked for.
ALTER TABLE sync_state ADD COLUMN floor_at INTEGER;
-- When the cursor was last found too old, and how often without a good look in between.
ALTER TABLE sync_state ADD COLUMN expired_at INTEGER;
ALTER TABLE sync_state ADD COLUMN expiries INTEGER NOT NULL DEFAULT 0;
-- When the account's own addresses were last asked for.
ALTER TABLE sync_state ADD COLUMN aliases_at INTEGER;
-- Quota units: of the last poll, of the minute before its end, and of a day (since 1970, UTC).
ALTER TABLE sync_state ADD COLUMN units_poll INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN units_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN units_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN units_today INTEGER NOT NULL DEFAULT 0;

-- A full sync that was under way kept no list: it begins anew, and what it has is known.
UPDATE sync_state SET full_history_id = NULL, full_done = 0, full_total = 0;
