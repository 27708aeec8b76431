//! Pages of the inbox, by keyset: a page costs the same at any depth.

use rusqlite::{Row, ToSql, named_params};

use super::error::StoreError;
use super::learning::Scores;
use super::row::{Columns as _, count};
use super::threads::Read;
use crate::domain::listing::{
    ConversationRow, Counts, DeliverySummary, InboxPage, LeadSummary, SuggestionSummary,
};
use crate::domain::score::Signs;
use crate::domain::suggestion::TEMPLATE_PROVIDER;
use crate::domain::{
    Check, Confidence, ConversationId, ConversationStatus, DeliveryId, LeadId, Score, SuggestionId,
};

/// How the rows of a page follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum InboxOrder {
    /// By the groups of the screen, newest first in each.
    #[default]
    Groups,
    /// Newest first.
    Time,
}

/// Which conversations a page shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InboxFilter {
    /// Only these states; all but the archived ones when empty.
    pub statuses: Vec<ConversationStatus>,
    /// The archived ones as well, when no states are named.
    pub with_archived: bool,
    /// Part of the lead's name, of its address or of the subject.
    pub search: Option<String>,
    /// Only with this lead.
    pub lead: Option<LeadId>,
    /// Only the ones the person has starred.
    pub starred: bool,
    /// The order.
    pub order: InboxOrder,
}

/// Where a page ended: the sort key of its last row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InboxCursor {
    group: i64,
    at: i64,
    id: i64,
}

impl InboxCursor {
    /// The cursor as text for people's scripts.
    #[must_use]
    pub fn to_text(self) -> String {
        format!("{}.{}.{}", self.group, self.at, self.id)
    }

    /// A cursor that an earlier page gave out.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::parse::<i64>);
        let cursor = Self {
            group: parts.next()?.ok()?,
            at: parts.next()?.ok()?,
            id: parts.next()?.ok()?,
        };
        parts.next().is_none().then_some(cursor)
    }
}

const ROW_COLUMNS: &str = "
    c.id AS id, c.subject AS subject, c.status AS status, c.last_message_at AS last_message_at,
    c.unread AS unread, c.message_count AS message_count, c.starred AS starred,
    c.snoozed_until AS snoozed_until, c.guessed AS guessed, c.inbox_group AS inbox_group,
    l.id AS lead_id, l.name AS lead_name, l.email AS lead_email, l.title AS lead_title,
    s.id AS suggestion_id, s.status AS suggestion_status, s.confidence AS confidence,
    s.stale AS stale, s.provider AS provider, s.model AS model, s.intent AS intent,
    s.checks_json AS checks_json, s.missing_json AS missing_json,
    rm.no_draft IS NOT NULL AS flagged,
    o.id AS delivery_id, o.state AS delivery_state, o.not_before AS not_before";

const ROW_TABLES: &str = "
    FROM conversations c
    JOIN leads l ON l.id = c.lead_id
    LEFT JOIN suggestions s ON s.id = c.suggestion_id
    LEFT JOIN messages rm ON rm.id = s.reply_to
    LEFT JOIN outbox o ON o.id = c.delivery_id AND o.state NOT IN ('sent', 'cancelled')";

/// A row as stored, with what its suggestion's score is made from.
struct Stored {
    row: ConversationRow,
    model: String,
    intent: String,
    signs: Signs,
}

impl Stored {
    fn scored(self, scores: &Scores<'_>) -> Result<ConversationRow, StoreError> {
        let Self {
            mut row,
            model,
            intent,
            signs,
        } = self;
        if let Some(suggestion) = row.suggestion.as_mut().filter(|s| !s.template) {
            suggestion.score = scores.by_parts(suggestion.status, (&model, &intent), signs)?;
        }
        Ok(row)
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let drafted = row.get::<_, Option<i64>>("suggestion_id")?.is_some();
    let (model, intent, signs) = if drafted {
        let checks: Vec<Check> = row.json("checks_json")?;
        let missing: Vec<String> = row.json("missing_json")?;
        let signs = Signs::of(&checks, missing.len(), row.get("flagged")?);
        (row.get("model")?, row.get("intent")?, signs)
    } else {
        (String::new(), String::new(), Signs::default())
    };
    Ok(Stored {
        row: conversation_from_row(row)?,
        model,
        intent,
        signs,
    })
}

fn conversation_from_row(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    let suggestion = match row.get::<_, Option<i64>>("suggestion_id")? {
        None => None,
        Some(id) => Some(SuggestionSummary {
            id: SuggestionId(id),
            status: row.word("suggestion_status")?,
            confidence: row
                .get::<_, Option<f64>>("confidence")?
                .map_or(Confidence::UNKNOWN, Confidence::new),
            score: Score::default(),
            stale: row.get("stale")?,
            template: row.get::<_, String>("provider")? == TEMPLATE_PROVIDER,
        }),
    };
    let delivery = match row.get::<_, Option<i64>>("delivery_id")? {
        None => None,
        Some(id) => Some(DeliverySummary {
            id: DeliveryId(id),
            state: row.word("delivery_state")?,
            not_before: row.at("not_before")?,
        }),
    };
    Ok(ConversationRow {
        id: ConversationId(row.get("id")?),
        lead: LeadSummary {
            id: LeadId(row.get("lead_id")?),
            name: row.get("lead_name")?,
            email: row.get("lead_email")?,
            title: row.get("lead_title")?,
        },
        subject: row.get("subject")?,
        status: row.word("status")?,
        last_message_at: row.at("last_message_at")?,
        unread: row.get("unread")?,
        message_count: row.get("message_count")?,
        suggestion,
        delivery,
        starred: row.get("starred")?,
        snoozed_until: row.at_opt("snoozed_until")?,
        guessed: row.get("guessed")?,
    })
}

/// A condition with the values its parameters take.
struct Condition {
    sql: String,
    values: Vec<(&'static str, Box<dyn ToSql>)>,
}

impl Condition {
    fn new(filter: &InboxFilter) -> Self {
        let mut parts = Vec::new();
        let mut values: Vec<(&'static str, Box<dyn ToSql>)> = Vec::new();
        if filter.statuses.is_empty() {
            if !filter.with_archived {
                parts.push("c.inbox_group < 5".to_owned());
            }
        } else {
            let words: Vec<_> = filter.statuses.iter().map(|s| format!("'{s}'")).collect();
            parts.push(format!("c.status IN ({})", words.join(", ")));
        }
        if let Some(lead) = filter.lead {
            parts.push("c.lead_id = :lead".to_owned());
            values.push((":lead", Box::new(lead.0)));
        }
        if filter.starred {
            parts.push("c.starred = 1".to_owned());
        }
        if let Some(search) = filter
            .search
            .as_deref()
            .map(str::trim)
            .filter(|s| !s.is_empty())
        {
            parts.push(
                "(l.name LIKE :search ESCAPE '\\' OR l.email LIKE :search ESCAPE '\\'
                  OR c.subject LIKE :search ESCAPE '\\')"
                    .to_owned(),
            );
            values.push((":search", Box::new(like_pattern(search))));
        }
        let sql = if parts.is_empty() {
            "1 = 1".to_owned()
        } else {
            parts.join(" AND ")
        };
        Self { sql, values }
    }

    fn bind(&self) -> Vec<(&str, &dyn ToSql)> {
        self.values
            .iter()
            .map(|(name, value)| (*name, value.as_ref()))
            .collect()
    }
}

/// `LIKE` pattern for "contains", with the wildcards in the text taken literally.
fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl Read<'_> {
    /// One page after `after`, with `limit` rows at most.
    pub fn list_inbox(
        &self,
        filter: &InboxFilter,
        after: Option<InboxCursor>,
        limit: usize,
    ) -> Result<InboxPage, StoreError> {
        let condition = Condition::new(filter);
        let mut values = condition.bind();
        let (order, keyset) = match filter.order {
            InboxOrder::Groups => (
                "c.inbox_group, c.last_message_at DESC, c.id DESC",
                "(c.inbox_group > :group OR (c.inbox_group = :group
                  AND (c.last_message_at, c.id) < (:at, :id)))",
            ),
            InboxOrder::Time => (
                "c.last_message_at DESC, c.id DESC",
                "(c.last_message_at, c.id) < (:at, :id)",
            ),
        };
        let keyset = if after.is_some() { keyset } else { "1 = 1" };
        if let Some(cursor) = &after {
            if filter.order == InboxOrder::Groups {
                values.push((":group", &cursor.group));
            }
            values.push((":at", &cursor.at));
            values.push((":id", &cursor.id));
        }
        let fetch = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        values.push((":limit", &fetch));
        let sql = format!(
            "SELECT {ROW_COLUMNS} {ROW_TABLES}
             WHERE {} AND {keyset}
             ORDER BY {order}
             LIMIT :limit",
            condition.sql
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let mut rows: Vec<(Stored, InboxCursor)> = statement
            .query_map(values.as_slice(), |row| {
                let cursor = InboxCursor {
                    group: row.get("inbox_group")?,
                    at: row.get("last_message_at")?,
                    id: row.get("id")?,
                };
                Ok((from_row(row)?, cursor))
            })?
            .collect::<Result<_, _>>()?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more {
            rows.last().map(|(_, cursor)| cursor.to_text())
        } else {
            None
        };
        let total = self.count_inbox(&condition)?;
        let scores = Scores::new(*self);
        Ok(InboxPage {
            conversations: rows
                .into_iter()
                .map(|(stored, _)| stored.scored(&scores))
                .collect::<Result<_, _>>()?,
            next,
            total,
        })
    }

    fn count_inbox(&self, condition: &Condition) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM conversations c JOIN leads l ON l.id = c.lead_id WHERE {}",
            condition.sql
        );
        let total = self
            .0
            .prepare_cached(&sql)?
            .query_row(condition.bind().as_slice(), |row| row.get(0))?;
        Ok(count(total))
    }

    /// One row of the inbox.
    pub fn get_inbox_row(&self, id: ConversationId) -> Result<Option<ConversationRow>, StoreError> {
        let sql = format!("SELECT {ROW_COLUMNS} {ROW_TABLES} WHERE c.id = :id");
        let found = super::row::optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":id": id.0 }, from_row),
        )?;
        let scores = Scores::new(*self);
        found.map(|stored| stored.scored(&scores)).transpose()
    }

    /// How many conversations are in each group.
    pub fn count_groups(&self) -> Result<Counts, StoreError> {
        let mut counts = Counts::default();
        let mut statement = self.0.prepare_cached(
            "SELECT inbox_group, count(*) FROM conversations GROUP BY inbox_group",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number = count(row.get(1)?);
            match row.get::<_, i64>(0)? {
                0 => counts.needs_decision = number,
                1 => counts.needs_reply = number,
                2 => counts.sending = number,
                3 => counts.waiting = number,
                4 => counts.snoozed = number,
                _ => counts.archived = number,
            }
        }
        let unmatched = self
            .0
            .prepare_cached("SELECT count(*) FROM unmatched")?
            .query_row([], |row| row.get(0))?;
        counts.unmatched = count(unmatched);
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_taken_literally() {
        assert_eq!(like_pattern("50%_a\\"), "%50\\%\\_a\\\\%");
    }

    #[test]
    fn a_cursor_survives_its_text() {
        let cursor = InboxCursor {
            group: 1,
            at: 1_700_000_000_000,
            id: 42,
        };
        assert_eq!(InboxCursor::from_text(&cursor.to_text()), Some(cursor));
        for wrong in ["", "1.2", "1.2.3.4", "a.b.c"] {
            assert_eq!(InboxCursor::from_text(wrong), None, "{wrong}");
        }
    }
}
