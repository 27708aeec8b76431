//! A store in a temporary folder, and short ways to fill it.

use jiff::{SignedDuration, Timestamp};
use rejoinder::domain::lead::NewLead;
use rejoinder::domain::message::NewMessage;
use rejoinder::domain::{
    Address, Confidence, ConversationId, ConversationStatus, Direction, DraftRecord, LeadId,
    MailKind, Sentiment, Urgency,
};
use rejoinder::store::{NewConversation, Store, StoreKey, SuggestionDraft};
use tempfile::TempDir;

pub struct Fixture {
    pub store: Store,
    pub dir: TempDir,
}

pub fn key() -> StoreKey {
    StoreKey::from_text(&"5a".repeat(32)).unwrap()
}

pub fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("rejoinder.db"), &key()).unwrap();
    Fixture { store, dir }
}

/// The `n`th minute of the test's day.
pub fn minute(n: i64) -> Timestamp {
    "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(n)
}

pub fn mail(id: &str, at: Timestamp) -> NewMessage {
    NewMessage {
        gmail_id: Some(id.into()),
        gmail_thread_id: Some(format!("t-{id}").as_str().into()),
        direction: Direction::Inbound,
        message_id: Some(format!("{id}@example.com")),
        in_reply_to: Vec::new(),
        references: Vec::new(),
        from: Address::named("Maria Lopez", "maria@example.com"),
        to: vec![Address::bare("sam@example.org")],
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: "Re: Website".into(),
        sent_at: at,
        received_at: at,
        text: "What does it cost?".into(),
        reply: "What does it cost?".into(),
        kind: MailKind::Person,
        attachments: Vec::new(),
        bounce: None,
        warnings: Vec::new(),
        mark: None,
        no_draft: None,
    }
}

pub fn draft(body: &str) -> SuggestionDraft {
    SuggestionDraft {
        record: DraftRecord {
            subject: "Re: Website".into(),
            body: body.into(),
            confidence: Confidence::new(0.8),
            reasoning: "Asks for the price.".into(),
            sentiment: Sentiment::Positive,
            intent: "pricing".into(),
            urgency: Urgency::Medium,
            missing_facts: Vec::new(),
            language: Some("en".into()),
        },
        checks: Vec::new(),
        provider: "openai".into(),
        model: "gpt-6-luna".into(),
        input_tokens: Some(300),
        output_tokens: Some(80),
        cost: Some(rejoinder::domain::MicroDollars(70)),
        first_token_ms: Some(200),
        total_ms: 900,
        prompt_version: "1".into(),
        sources: rejoinder::domain::Sources {
            thread: 1,
            thread_total: 1,
            ..Default::default()
        },
        problem: None,
    }
}

impl Fixture {
    pub async fn lead(&self, name: &str, email: &str) -> LeadId {
        let new = NewLead {
            name: name.into(),
            email: email.into(),
            ..NewLead::default()
        };
        self.store
            .write(move |w| w.insert_lead(&new, minute(0)))
            .await
            .unwrap()
    }

    pub async fn conversation(&self, lead: LeadId, subject: &str) -> ConversationId {
        let subject = subject.to_owned();
        self.store
            .write(move |w| {
                w.insert_conversation(&NewConversation {
                    lead_id: lead,
                    subject,
                    status: ConversationStatus::Waiting,
                    now: minute(0),
                })
            })
            .await
            .unwrap()
    }

    /// The file, past the store.
    pub fn raw(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.store.path()).unwrap();
        let key = format!("x'{}'", "5a".repeat(32));
        connection.pragma_update(None, "key", key).unwrap();
        connection
            .pragma_update(None, "foreign_keys", true)
            .unwrap();
        connection
    }
}
