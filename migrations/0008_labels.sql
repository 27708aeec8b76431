-- Whether a mail was in Gmail's inbox when that was last heard of: after a gap in the
-- history it is compared with what is there. Unknown for mails from before.
ALTER TABLE messages ADD COLUMN in_inbox INTEGER CHECK (in_inbox IN (0, 1));
