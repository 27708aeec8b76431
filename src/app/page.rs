//! Pages beside the inbox: lists that take the whole body of the screen. A page is rows
//! of the same shape, each with a few lines of detail, so that another one is a variant
//! of [`PageKind`] and of [`PageData`] and nothing else in the view.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub mod memory;

use super::command::Place;
use super::effect::RequestId;
use super::model::Grade;
use super::words::{age, leaves_at, seconds_left, size, time_left, when};
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::listing::{LeadRow, Unmatched};
use crate::domain::memory::Memory;
use crate::domain::stats::Stats;

/// Rows asked for at first, and more each time the end comes near.
pub const PAGE: usize = 200;

/// Which page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PageKind {
    /// Mail that belongs to no conversation.
    Unmatched,
    /// Replies on their way.
    Outbox,
    /// The people we write to.
    Leads,
    /// Numbers about the work.
    Numbers,
    /// What was learned from the person.
    Memory,
}

impl PageKind {
    /// As the title says it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unmatched => "Unmatched mail",
            Self::Outbox => "Outbox",
            Self::Leads => "Leads",
            Self::Numbers => "Analytics",
            Self::Memory => "What was learned from you",
        }
    }

    /// What is said where there is nothing.
    #[must_use]
    pub const fn nothing(self) -> &'static str {
        match self {
            Self::Unmatched => "Every mail belongs to a conversation.",
            Self::Outbox => "Nothing is on its way.",
            Self::Leads => "Nobody yet: + adds somebody you write to.",
            Self::Numbers => "No numbers yet.",
            Self::Memory => "Nothing yet. What you send and change is learned from.",
        }
    }

    /// Where its keys are looked up.
    #[must_use]
    pub const fn place(self) -> Place {
        match self {
            Self::Unmatched => Place::Unmatched,
            Self::Outbox => Place::Outbox,
            Self::Leads => Place::Leads,
            Self::Numbers => Place::Numbers,
            Self::Memory => Place::Memory,
        }
    }
}

/// What a page shows.
#[derive(Clone, PartialEq, Debug)]
pub enum PageData {
    /// Newest first.
    Unmatched(Vec<Unmatched>),
    /// Those under way, oldest first; then those that ended, newest first.
    Outbox(Vec<Delivery>),
    /// By name.
    Leads(Vec<LeadRow>),
    /// One set.
    Numbers(Box<Stats>),
    /// Rules, then replies, newest first.
    Memory(Box<Memory>),
}

/// A row as it is drawn: who, what, how it is, since when.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PageLine {
    /// The first column.
    pub who: String,
    /// The second, which has the most room.
    pub what: String,
    /// A word or two about its state, and how grave that is.
    pub state: Option<(Grade, String)>,
    /// At the right edge.
    pub age: String,
}

impl PageData {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Unmatched(rows) => rows.len(),
            Self::Outbox(rows) => rows.len(),
            Self::Leads(rows) => rows.len(),
            Self::Numbers(stats) => numbers(stats).len(),
            Self::Memory(memory) => memory::len(memory),
        }
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row; none after the last.
    #[must_use]
    pub fn line(&self, index: usize, now: Timestamp) -> Option<PageLine> {
        Some(match self {
            Self::Unmatched(rows) => unmatched_line(rows.get(index)?, now),
            Self::Outbox(rows) => delivery_line(rows.get(index)?, now),
            Self::Leads(rows) => lead_line(rows.get(index)?, now),
            Self::Memory(memory) => memory::line(memory::row(memory, index)?, now),
            Self::Numbers(stats) => {
                let (who, what) = numbers(stats).into_iter().nth(index)?;
                PageLine {
                    who: who.to_owned(),
                    what,
                    ..PageLine::default()
                }
            }
        })
    }

    /// What there is to know of a row beyond its line.
    #[must_use]
    pub fn detail(&self, index: usize, now: Timestamp, zone: &TimeZone) -> Vec<String> {
        let found = match self {
            Self::Unmatched(rows) => rows
                .get(index)
                .map(|mail| unmatched_detail(mail, now, zone)),
            Self::Outbox(rows) => rows.get(index).map(|d| delivery_detail(d, zone)),
            Self::Leads(rows) => rows.get(index).map(|row| lead_detail(row, now, zone)),
            Self::Memory(memory) => {
                memory::row(memory, index).map(|row| memory::detail(row, now, zone))
            }
            Self::Numbers(_) => None,
        };
        found.unwrap_or_default()
    }
}

fn unmatched_line(mail: &Unmatched, now: Timestamp) -> PageLine {
    use crate::domain::MailKind;
    let kind = match mail.kind {
        MailKind::Person => None,
        MailKind::AutoReply => Some("auto-reply"),
        MailKind::Bounce => Some("bounce"),
        MailKind::FeedbackReport => Some("complaint"),
        MailKind::List => Some("list"),
    };
    let wanted = mail.wanted.then_some((Grade::Info, "fetching".to_owned()));
    PageLine {
        who: mail.from.label().to_owned(),
        what: subject(&mail.subject).to_owned(),
        state: wanted.or_else(|| kind.map(|kind| (Grade::Warning, kind.to_owned()))),
        age: age(mail.sent_at, now),
    }
}

fn unmatched_detail(mail: &Unmatched, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let to: Vec<&str> = mail.to.iter().map(|to| to.address.as_str()).collect();
    vec![
        format!("From {} · {}", mail.from, when(mail.sent_at, now, zone)),
        format!("To {}", to.join(", ")),
        subject(&mail.subject).to_owned(),
    ]
}

fn subject(text: &str) -> &str {
    if text.trim().is_empty() {
        "(no subject)"
    } else {
        text
    }
}

fn delivery_line(delivery: &Delivery, now: Timestamp) -> PageLine {
    let left = seconds_left(delivery.not_before, now);
    let words = |text: &str| text.to_owned();
    let state = match delivery.state {
        DeliveryState::Sent if delivery.bounced.is_some() => (Grade::Error, words("came back")),
        DeliveryState::Queued if left > 0 => {
            let left = time_left(delivery.not_before, now);
            (Grade::Info, format!("leaves: {left}"))
        }
        DeliveryState::Queued | DeliveryState::Staging | DeliveryState::Staged => {
            (Grade::Info, words("leaving"))
        }
        DeliveryState::Sending => (Grade::Info, words("sending")),
        DeliveryState::Held => (Grade::Warning, words("held: !")),
        DeliveryState::Unknown => (Grade::Warning, words("looking")),
        DeliveryState::Ask => (Grade::Error, words("decide: !")),
        DeliveryState::Refused => (Grade::Error, words("refused")),
        DeliveryState::Sent => (Grade::Info, words("sent")),
        DeliveryState::Cancelled => (Grade::Info, words("taken back")),
    };
    PageLine {
        who: delivery.to.clone(),
        what: subject(&delivery.subject).to_owned(),
        state: Some(state),
        age: age(delivery.created_at, now),
    }
}

fn delivery_detail(delivery: &Delivery, zone: &TimeZone) -> Vec<String> {
    let leaves = match delivery.state {
        DeliveryState::Queued => format!(" · leaves {}", leaves_at(delivery.not_before, zone)),
        _ => String::new(),
    };
    let mut lines = vec![
        format!("To {}{leaves}", delivery.to),
        subject(&delivery.subject).to_owned(),
    ];
    lines.extend(delivery.error.clone());
    if let Some(why) = &delivery.bounced {
        lines.push(format!("It could not be delivered: {why}"));
    }
    for file in &delivery.files {
        lines.push(format!("with {} ({})", file.name, size(file.bytes)));
    }
    let first = delivery.body.lines().find(|line| !line.trim().is_empty());
    lines.extend(first.map(str::to_owned));
    lines
}

fn lead_line(row: &LeadRow, now: Timestamp) -> PageLine {
    let lead = &row.lead;
    let known: Vec<&str> = [lead.title.as_deref(), lead.company.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let what = if known.is_empty() {
        lead.email.clone()
    } else {
        format!("{} · {}", lead.email, known.join(", "))
    };
    PageLine {
        who: lead.name.clone(),
        what,
        state: lead
            .bounced_at
            .map(|_| (Grade::Error, "bounced".to_owned())),
        age: row
            .last_contact_at
            .map(|at| age(at, now))
            .unwrap_or_default(),
    }
}

fn lead_detail(row: &LeadRow, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let lead = &row.lead;
    let contact = match row.last_contact_at {
        Some(at) => format!("last mail {}", when(at, now, zone)),
        None => "no mail yet".to_owned(),
    };
    let mut lines = vec![format!("{} <{}> · {contact}", lead.name, lead.email)];
    if let Some(at) = lead.bounced_at {
        let at = when(at, now, zone);
        lines.push(format!("Mail to this address came back for good ({at})."));
    }
    lines.extend(lead.website.clone());
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short = |label: &str, text: &Option<String>| {
        let text = text.as_deref().unwrap_or("none");
        format!("{label}: {}", one_line(text))
    };
    lines.push(short("Notes", &lead.notes));
    lines.push(short("Web site analysis", &lead.analysis));
    lines
}

/// The numbers with their words; an empty row between the groups.
fn numbers(stats: &Stats) -> Vec<(&'static str, String)> {
    let counts = &stats.conversations;
    let done = &stats.outcomes;
    let seconds = |ms: Option<u64>| {
        ms.map_or_else(
            || "-".to_owned(),
            |ms| format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        )
    };
    let share = |share: Option<f64>| {
        share.map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0))
    };
    let percent = share(stats.sent_unchanged);
    let plain = |n: u64| n.to_string();
    let mut rows = vec![
        ("need a reply", plain(counts.needs_reply)),
        ("waiting", plain(counts.waiting)),
        ("snoozed", plain(counts.snoozed)),
        ("archived", plain(counts.archived)),
        ("on their way", plain(counts.sending)),
        ("to be decided", plain(counts.needs_decision)),
        ("unmatched mails", plain(counts.unmatched)),
        ("", String::new()),
        ("in the last", format!("{} days", stats.days)),
        ("mails of leads", plain(done.received)),
        ("drafts", plain(done.drafted)),
        ("sent as drafted", plain(done.approved_unchanged)),
        ("sent after editing", plain(done.approved_edited)),
        ("sent unchanged", percent),
        ("rejected", plain(done.rejected)),
        ("  with a reason", plain(stats.rejected_with_reason)),
        ("regenerated", plain(done.regenerated)),
        ("own replies", plain(done.own_replies)),
        ("left", plain(done.sent)),
        ("taken back", plain(done.undone)),
        ("refused by Gmail", plain(done.refused)),
        ("model failures", plain(done.provider_failures)),
        ("", String::new()),
        ("median draft time", seconds(stats.median_draft_ms)),
        ("median sending time", seconds(stats.median_delivery_ms)),
        ("median first text", seconds(stats.median_first_token_ms)),
        ("mean of its guesses", share(stats.mean_confidence)),
        ("cost today", stats.spending.today.to_string()),
        ("cost this month", stats.spending.month.to_string()),
        (
            "tokens today",
            format!(
                "{} read, {} written",
                stats.spending.input_tokens_today, stats.spending.output_tokens_today
            ),
        ),
    ];
    if stats.spending.unknown > 0 {
        let unknown = format!("{} drafts", stats.spending.unknown);
        rows.push(("of unknown price", unknown));
    }
    for fault in stats.provider_faults.iter().take(5) {
        let text = format!(
            "{} {} times at {}",
            fault.fault, fault.count, fault.provider
        );
        rows.push(("model fault", text));
    }
    rows
}

/// The page that is open.
#[derive(Clone, Debug)]
pub struct Page {
    /// Which.
    pub kind: PageKind,
    /// What it shows; none until the first answer.
    pub data: Option<PageData>,
    /// The selected row.
    pub selected: usize,
    /// The first visible row.
    pub top: usize,
    /// How many rows are asked for.
    pub limit: usize,
    /// The question whose answer is awaited.
    pub request: Option<RequestId>,
    /// Something changed after that question was put.
    pub outdated: bool,
}

impl Page {
    /// One that is about to be loaded.
    #[must_use]
    pub const fn new(kind: PageKind) -> Self {
        Self {
            kind,
            data: None,
            selected: 0,
            top: 0,
            limit: PAGE,
            request: None,
            outdated: false,
        }
    }

    /// Rows that are loaded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.as_ref().map_or(0, PageData::len)
    }

    /// Whether nothing is loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes an answer in; the selection stays on what it was on, as far as it is there.
    pub fn take(&mut self, data: PageData) {
        let place = self.data.as_ref().and_then(|old| match (old, &data) {
            (PageData::Unmatched(old), PageData::Unmatched(new)) => {
                let id = old.get(self.selected)?.id;
                new.iter().position(|mail| mail.id == id)
            }
            (PageData::Outbox(old), PageData::Outbox(new)) => {
                let id = old.get(self.selected)?.id;
                new.iter().position(|delivery| delivery.id == id)
            }
            (PageData::Leads(old), PageData::Leads(new)) => {
                let id = old.get(self.selected)?.lead.id;
                new.iter().position(|row| row.lead.id == id)
            }
            (PageData::Memory(old), PageData::Memory(new)) => {
                let key = memory::row(old, self.selected)?.key();
                let same = |row: memory::Row<'_>| row.key() == key;
                (0..memory::len(new)).find(|at| memory::row(new, *at).is_some_and(same))
            }
            _ => None,
        });
        self.selected = place.unwrap_or(self.selected);
        self.data = Some(data);
    }

    /// Whether the end of what is loaded comes near and there may be more.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        let full = self.selects() && self.len() >= self.limit;
        full && self.selected + PAGE / 2 >= self.len() && self.request.is_none()
    }

    /// Whether a row is selected; without, keys scroll.
    #[must_use]
    pub const fn selects(&self) -> bool {
        !matches!(self.kind, PageKind::Numbers)
    }

    /// Moves the selection, or what is visible, stopping at the ends.
    pub fn move_by(&mut self, by: isize, height: usize) {
        if self.selects() {
            self.selected = self.selected.saturating_add_signed(by);
        } else {
            self.top = self.top.saturating_add_signed(by);
        }
        self.settle(height);
    }

    /// Brings selection and visible part up to the rows.
    pub fn settle(&mut self, height: usize) {
        let height = height.max(1);
        if !self.selects() {
            self.top = self.top.min(self.len().saturating_sub(height));
            return;
        }
        self.selected = self.selected.min(self.len().saturating_sub(1));
        self.top = self.top.min(self.selected);
        if self.selected >= self.top + height {
            self.top = self.selected + 1 - height;
        }
    }

    /// The selected rule or reply.
    #[must_use]
    pub fn learned(&self) -> Option<memory::Row<'_>> {
        match self.data.as_ref()? {
            PageData::Memory(memory) => memory::row(memory, self.selected),
            _ => None,
        }
    }

    /// The selected unmatched mail.
    #[must_use]
    pub fn unmatched(&self) -> Option<&Unmatched> {
        match self.data.as_ref()? {
            PageData::Unmatched(rows) => rows.get(self.selected),
            _ => None,
        }
    }

    /// The selected reply on its way.
    #[must_use]
    pub fn delivery(&self) -> Option<&Delivery> {
        match self.data.as_ref()? {
            PageData::Outbox(rows) => rows.get(self.selected),
            _ => None,
        }
    }

    /// The selected lead.
    #[must_use]
    pub fn lead(&self) -> Option<&LeadRow> {
        match self.data.as_ref()? {
            PageData::Leads(rows) => rows.get(self.selected),
            _ => None,
        }
    }
}
