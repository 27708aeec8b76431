//! A model with conversations in every state, and the key language of the tests.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rejoinder::app::event::InboxSnapshot;
use rejoinder::app::key::parse_sequence;
use rejoinder::app::model::Surroundings;
use rejoinder::app::{Effect, Event, Key, KeyCode, Loaded, Model, update};
use rejoinder::domain::delivery::{Delivery, DeliveryState, SendingUse};
use rejoinder::domain::listing::{
    ConversationRow, ConversationView, Counts, DeliverySummary, InboxPage, LeadSummary,
    MessageView, Spending, SuggestionSummary,
};
use rejoinder::domain::score::ScoreBasis;
use rejoinder::domain::sync::Freshness;
use rejoinder::domain::{
    Address, Attachment, Confidence, ConversationId, ConversationStatus, DeliveryId, Direction,
    LeadId, MailKind, MatchedBy, MessageId, MicroDollars, Score, Sentiment, Sources, Suggestion,
    SuggestionId, SuggestionStatus, Urgency,
};

/// The sizes every state is looked at.
pub const SIZES: [(u16, u16); 3] = [(80, 24), (140, 40), (60, 20)];

pub fn now() -> Timestamp {
    "2026-11-22T14:03:00Z".parse().unwrap()
}

pub fn minutes_ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub fn row(id: i64, name: &str, status: ConversationStatus, minutes: i64) -> ConversationRow {
    ConversationRow {
        id: ConversationId(id),
        lead: LeadSummary {
            id: LeadId(id),
            name: name.into(),
            email: format!(
                "{}@example.com",
                name.split(' ').next().unwrap().to_lowercase()
            ),
            title: None,
        },
        subject: "Website redesign project".into(),
        status,
        last_message_at: minutes_ago(minutes),
        unread: false,
        message_count: 2,
        suggestion: None,
        delivery: None,
        starred: false,
        snoozed_until: None,
        guessed: false,
    }
}

pub fn summary(id: i64, status: SuggestionStatus, confidence: f64) -> SuggestionSummary {
    SuggestionSummary {
        id: SuggestionId(id),
        status,
        confidence: Confidence::new(confidence),
        score: by_checks(confidence),
        stale: false,
        template: false,
    }
}

pub fn by_checks(value: f64) -> Score {
    Score {
        value: Confidence::new(value),
        basis: ScoreBasis::Checks,
    }
}

/// The rows of the inbox of every test.
pub fn rows() -> Vec<ConversationRow> {
    use ConversationStatus::{NeedsReply, Snoozed, Waiting};
    let mut maria = row(1, "Maria Lopez", NeedsReply, 2);
    maria.unread = true;
    maria.suggestion = Some(summary(12, SuggestionStatus::Pending, 0.86));
    let mut jon = row(2, "Jon Park", NeedsReply, 62);
    jon.suggestion = Some(summary(20, SuggestionStatus::Pending, 0.61));
    jon.guessed = true;
    let mut ana = row(3, "Ana Ruiz", NeedsReply, 181);
    ana.suggestion = Some(summary(30, SuggestionStatus::Generating, -1.0));
    let mut li = row(4, "李小龍 Lee", NeedsReply, 200);
    li.suggestion = Some(SuggestionSummary {
        template: true,
        ..summary(40, SuggestionStatus::Pending, -1.0)
    });
    let mut kim = row(5, "Kim Lee", Waiting, 60 * 24 * 4);
    kim.starred = true;
    let late = row(
        6,
        "Bartholomew Featherstonehaugh-Smythe",
        Waiting,
        60 * 24 * 9,
    );
    let mut off = row(7, "Tom Becker", Snoozed, 60 * 24 * 20);
    off.snoozed_until = Some(now() + SignedDuration::from_hours(48));
    vec![maria, jon, ana, li, kim, late, off]
}

pub fn counts() -> Counts {
    Counts {
        needs_reply: 4,
        waiting: 2,
        snoozed: 1,
        archived: 3,
        ..Counts::default()
    }
}

pub fn message(id: i64, direction: Direction, minutes: i64, reply: &str) -> MessageView {
    let theirs = direction == Direction::Inbound;
    MessageView {
        id: MessageId(id),
        gmail_id: Some(format!("g{id}")),
        direction,
        from: if theirs {
            Address::named("Maria Lopez", "maria@example.com")
        } else {
            Address::named("Sam Doe", "sam@example.org")
        },
        to: Vec::new(),
        cc: Vec::new(),
        subject: "Re: Website redesign project".into(),
        sent_at: minutes_ago(minutes),
        message_id: Some(format!("m{id}@example.com")),
        text: format!(
            "{reply}\n\nOn Mon, Sam Doe wrote:\n> Hi Maria,\n> I had a look at your site."
        ),
        reply: reply.into(),
        matched_by: theirs.then_some(MatchedBy::InReplyTo),
        certain: true,
        kind: MailKind::Person,
        attachments: Vec::new(),
        bounce: None,
        warnings: Vec::new(),
        no_draft: None,
    }
}

pub const DRAFT: &str = "Hi Maria,\n\nthanks for the quick answer. A redesign like yours costs from 2,400 EUR and takes four weeks; we can start on May 4.\n\nWould a call on Thursday at ten suit you?\n\nBest,\nSam";

pub fn suggestion(id: i64, version: u32, status: SuggestionStatus) -> Suggestion {
    Suggestion {
        id: SuggestionId(id),
        conversation_id: ConversationId(1),
        reply_to: MessageId(102),
        version,
        status,
        revision: 3,
        subject: "Re: Website redesign project".into(),
        body: DRAFT.into(),
        edited_body: None,
        confidence: Confidence::new(0.75),
        score: by_checks(0.86),
        reasoning: "She asks for price and start date; both are in the facts.".into(),
        sentiment: Sentiment::Positive,
        intent: "asks_price".into(),
        urgency: Urgency::Medium,
        missing_facts: Vec::new(),
        checks: Vec::new(),
        provider: "openai".into(),
        model: "gpt-6-luna".into(),
        input_tokens: Some(812),
        output_tokens: Some(140),
        cost: Some(MicroDollars(300)),
        sources: Sources {
            thread: 2,
            thread_total: 2,
            profile: 3,
            facts: 2,
            style: 1,
            examples: 2,
            ..Sources::default()
        },
        hint: None,
        feedback: None,
        problem: None,
        stale: false,
        created_at: minutes_ago(1),
    }
}

/// Maria's conversation with one pending suggestion.
pub fn maria() -> ConversationView {
    let mut theirs = message(
        102,
        Direction::Inbound,
        2,
        "Sounds good. What would it cost, and can you start in May?\n\nI attach our logo.",
    );
    theirs.attachments.push(Attachment {
        name: "logo.png".into(),
        content_type: "image/png".into(),
        bytes: 48_200,
    });
    ConversationView {
        row: rows().remove(0),
        messages: vec![
            message(
                101,
                Direction::Outbound,
                60 * 24 + 300,
                "Hi Maria,\n\nI had a look at your site and think that your visitors do not find what you offer. May I show you what I would change?\n\nBest,\nSam",
            ),
            theirs,
        ],
        suggestions: vec![suggestion(12, 1, SuggestionStatus::Pending)],
        outbox: Vec::new(),
        composition: None,
        composition_checks: Vec::new(),
        answer_to: vec![Address::bare("maria@example.com")],
        unconfirmed: Vec::new(),
        files: Vec::new(),
    }
}

pub fn delivery(state: DeliveryState) -> Delivery {
    Delivery {
        id: DeliveryId(9),
        conversation_id: ConversationId(1),
        suggestion_id: Some(SuggestionId(12)),
        state,
        not_before: now() + SignedDuration::from_secs(8),
        attempts: 1,
        error: None,
        to: "Maria Lopez <maria@example.com>".into(),
        subject: "Re: Website redesign project".into(),
        body: DRAFT.into(),
        created_at: now(),
        scheduled: false,
        files: Vec::new(),
        bounced: None,
    }
}

/// Maria's conversation with its reply on its way.
pub fn maria_sending(state: DeliveryState, error: Option<&str>) -> (ConversationView, Delivery) {
    let mut view = maria();
    let delivery = Delivery {
        error: error.map(Into::into),
        ..delivery(state)
    };
    view.suggestions[0].status = SuggestionStatus::Approved;
    view.row.suggestion = Some(summary(12, SuggestionStatus::Approved, 0.86));
    view.row.delivery = Some(DeliverySummary {
        id: delivery.id,
        state,
        not_before: delivery.not_before,
    });
    view.outbox = vec![delivery.clone()];
    (view, delivery)
}

pub fn snapshot(rows: Vec<ConversationRow>, deliveries: Vec<Delivery>) -> InboxSnapshot {
    InboxSnapshot {
        page: InboxPage {
            total: u64::try_from(rows.len()).unwrap(),
            conversations: rows,
            next: None,
        },
        counts: counts(),
        deliveries,
        freshness: Freshness {
            synced_at: Some(now()),
            ..Freshness::default()
        },
        spending: Spending {
            today: MicroDollars(41_000),
            ..Spending::default()
        },
        sending: SendingUse::default(),
    }
}

pub fn around() -> Surroundings {
    Surroundings {
        drafter: "gpt-6-luna".into(),
        ..Surroundings::default()
    }
}

pub fn empty(size: (u16, u16)) -> Model {
    Model::new(size, now(), TimeZone::UTC, around(), &BTreeMap::new())
}

/// Answers every question about the inbox and the open conversation.
pub fn answer(model: &mut Model, inbox: &InboxSnapshot, view: &ConversationView) {
    // An answer may raise another question.
    for _ in 0..4 {
        if model.inbox.request.is_none() && !model.inbox.loaded {
            model.inbox.request = Some(model.ask());
        }
        if let Some(request) = model.inbox.request {
            give(
                model,
                Event::Loaded(request, Ok(Loaded::Inbox(Box::new(inbox.clone())))),
            );
        }
        if let Some(request) = model.open.as_ref().and_then(|open| open.request) {
            let mut view = view.clone();
            if let Some(open) = &model.open
                && open.id != view.row.id
            {
                view.row = rows().into_iter().find(|row| row.id == open.id).unwrap();
                view.suggestions.clear();
            }
            let loaded = Loaded::Conversation(Some(Box::new(view)));
            give(model, Event::Loaded(request, Ok(loaded)));
        }
    }
}

/// A model with the inbox loaded and Maria's conversation opened by keys.
pub fn opened(size: (u16, u16)) -> Model {
    opened_with(size, rows(), Vec::new(), &maria())
}

pub fn opened_with(
    size: (u16, u16),
    rows: Vec<ConversationRow>,
    deliveries: Vec<Delivery>,
    view: &ConversationView,
) -> Model {
    let mut model = empty(size);
    let inbox = snapshot(rows, deliveries);
    answer(&mut model, &inbox, view);
    press(&mut model, "Enter");
    answer(&mut model, &inbox, view);
    model.message = None;
    model
}

/// The inbox loaded, nothing pressed yet.
pub fn listed(size: (u16, u16)) -> Model {
    let mut model = empty(size);
    answer(&mut model, &snapshot(rows(), Vec::new()), &maria());
    model
}

pub fn give(model: &mut Model, event: Event) -> Vec<Effect> {
    let now = model.now;
    update(model, event, now)
}

/// Presses keys: names with spaces between, as in the configuration.
pub fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split(' ').filter(|key| !key.is_empty()) {
        let sequence = parse_sequence(key).unwrap_or_else(|_| key.chars().map(Key::char).collect());
        for key in sequence {
            effects.extend(give(model, Event::Pressed(key)));
        }
    }
    effects
}

/// Types a text letter by letter.
pub fn write(model: &mut Model, text: &str) -> Vec<Effect> {
    text.chars()
        .flat_map(|c| {
            let key = if c == '\n' {
                Key::plain(KeyCode::Enter)
            } else {
                Key::char(c)
            };
            give(model, Event::Pressed(key))
        })
        .collect()
}

/// The screen as text.
pub fn look(model: &Model) -> String {
    let mut terminal = Terminal::new(TestBackend::new(model.width, model.height)).unwrap();
    terminal
        .draw(|frame| rejoinder::view::draw(model, frame))
        .unwrap();
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..model.height {
        let mut skip = 0;
        let mut line = String::new();
        for x in 0..model.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
