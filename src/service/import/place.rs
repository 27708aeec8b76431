//! Where each mail of an archive goes: one batch, one transaction.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::labels::{SENT, UNWANTED, has_label};
use super::quotes::Prints;
use super::read::{Content, Ready};
use super::{Plan, RECENT_DAYS, State, report};
use crate::domain::address::is_plain_address;
use crate::domain::lead::NewLead;
use crate::domain::message::NewMessage;
use crate::domain::subject::{Part, former_subject, is_answer, normalise_subject, series_part};
use crate::domain::{
    Address, ConversationId, ConversationStatus, Direction, GmailThreadId, LeadId, MailKind,
    MatchedBy,
};
use crate::mail::parse::Mail;
use crate::mail::reply::SegmentKind;
use crate::service::ingest::{self, Arrived, PEOPLE};
use crate::store::{Known, Match, MatchKeys, NewConversation, StoreError, Write};

/// See [`RECENT_DAYS`].
const RECENT: SignedDuration = SignedDuration::from_hours(24 * RECENT_DAYS);

/// Stands for people who are not named: nothing can be sent there (RFC 6761 section 6.4).
const NOBODY: &str = "undisclosed@unknown.invalid";

/// A mail with what became of it.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub file: String,
    pub offset: u64,
    pub message_id: Option<String>,
    pub direction: Option<Direction>,
    pub fate: Fate,
}

#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// In a conversation now.
    Stored {
        conversation: ConversationId,
        by: Option<MatchedBy>,
        certain: bool,
    },
    /// In a conversation already.
    Known {
        conversation: ConversationId,
        by: Option<MatchedBy>,
        certain: bool,
    },
    /// Not wanted.
    Skipped,
    /// Not readable.
    Broken(String),
}

impl From<Known> for Fate {
    fn from(known: Known) -> Self {
        Self::Known {
            conversation: known.conversation,
            by: known.matched_by,
            certain: known.certain,
        }
    }
}

/// Places a batch.
pub(super) fn place_all(
    w: Write<'_>,
    plan: &Plan,
    mut state: Box<State>,
    batch: Vec<Ready>,
) -> Result<(Vec<Placed>, Box<State>), StoreError> {
    w.set_bulk(true)?;
    let mut touched = BTreeSet::new();
    let mut all = Vec::with_capacity(batch.len());
    for ready in batch {
        let placed = Placing {
            w,
            plan,
            state: &mut state,
            touched: &mut touched,
        }
        .place(ready)?;
        state.summary.count(&placed.fate);
        all.push(placed);
    }
    for id in touched {
        if !state.united.contains_key(&id) {
            settle(w, id, plan.now)?;
        }
    }
    w.set_bulk(false)?;
    Ok((all, state))
}

impl super::Summary {
    fn count(&mut self, fate: &Fate) {
        match fate {
            Fate::Stored { by, .. } => {
                self.imported += 1;
                if let Some(by) = by {
                    self.matched.count(*by);
                }
            }
            Fate::Known { .. } => self.known += 1,
            Fate::Skipped => self.skipped += 1,
            Fate::Broken(_) => self.broken += 1,
        }
    }
}

/// Brings a conversation's columns up to its mails, and puts it where history belongs:
/// recent exchanges among those that wait, everything else away. One that more than
/// imported mail hangs on stays where the person has it.
fn settle(w: Write<'_>, id: ConversationId, now: Timestamp) -> Result<(), StoreError> {
    w.refresh_conversation_messages(id, now)?;
    let Some((at, _)) = w.get_history_end(id)? else {
        return Ok(());
    };
    let status = if now.duration_since(at) <= RECENT {
        ConversationStatus::Waiting
    } else {
        ConversationStatus::Archived
    };
    // Five indices would be written for nothing.
    if w.get_conversation_status(id)? == Some(status) {
        return Ok(());
    }
    w.set_conversation_status(id, status, None, now)
}

struct Placing<'c, 's> {
    w: Write<'c>,
    plan: &'s Plan,
    state: &'s mut State,
    touched: &'s mut BTreeSet<ConversationId>,
}

impl Placing<'_, '_> {
    fn place(&mut self, ready: Ready) -> Result<Placed, StoreError> {
        let Ready {
            file,
            offset,
            at,
            content,
        } = ready;
        let (mail, prints, digest, unwanted) = match content {
            Content::Mail {
                mail,
                prints,
                digest,
                unwanted,
            } => (mail, prints, digest, unwanted),
            Content::Broken(error) => return Ok(broken(file, offset, error)),
        };
        let direction = self.direction(&mail);
        let message_id = mail.message_id.clone();
        let fate = match self.known(&mail, digest.as_deref(), at)? {
            Some(known) => {
                let part = series_part(&mail.subject);
                self.remember(&mail, &prints, part.as_ref(), at, known.conversation);
                known.into()
            }
            None if unwanted || has_label(&mail, UNWANTED) => Fate::Skipped,
            None => self.store(mail, &prints, direction, digest.as_deref(), at)?,
        };
        Ok(Placed {
            file,
            offset,
            message_id,
            direction: Some(direction),
            fate,
        })
    }

    fn direction(&self, mail: &Mail) -> Direction {
        if self.plan.own.contains(&mail.from.key()) || has_label(mail, SENT) {
            Direction::Outbound
        } else {
            Direction::Inbound
        }
    }

    /// A copy that is stored already. Programs exist that give one id to many mails: a
    /// copy has the same time or the same subject as well.
    fn known(
        &self,
        mail: &Mail,
        digest: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Option<Known>, StoreError> {
        if let Some(digest) = digest {
            return self.w.get_known_by_digest(digest);
        }
        let Some(id) = &mail.message_id else {
            return Ok(None);
        };
        let sent_at = mail.date.as_ref().map_or(at, jiff::Zoned::timestamp);
        let subject = normalise_subject(&mail.subject);
        let known = self.w.list_known(id)?;
        Ok(known.into_iter().find(|known| {
            known.sent_at.as_second() == sent_at.as_second()
                || normalise_subject(&known.subject) == subject
        }))
    }

    fn store(
        &mut self,
        mail: Box<Mail>,
        prints: &Prints,
        direction: Direction,
        digest: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Fate, StoreError> {
        let thread = gmail_thread(&mail);
        let people = self.people(&mail, direction);
        let to_nobody = mail.to.is_empty() && mail.cc.is_empty();
        let to_self = direction == Direction::Outbound && people.is_empty() && !to_nobody;
        let part = series_part(&mail.subject);
        let attribution = attribution(&mail);
        let leads: Vec<LeadId> = people
            .iter()
            .filter_map(|address| self.state.leads.get(address).copied())
            .collect();
        // An answer by the other side comes from its author; ours goes to whoever is named.
        let lead = match direction {
            Direction::Inbound => people
                .first()
                .and_then(|a| self.state.leads.get(a))
                .copied(),
            Direction::Outbound => leads.first().copied(),
        };
        let subject_key = normalise_subject(&mail.subject);
        let former_key = former_subject(&mail.subject).unwrap_or_default();
        let now = |id| report::last(&self.state.united, id);
        let quotes = self.state.quotes.find(prints, now);
        let series = part
            .as_ref()
            .and_then(|part| self.state.series.find(&mail.from, part, at));
        let keys = MatchKeys {
            message_id: mail.message_id.as_deref(),
            in_reply_to: &mail.in_reply_to,
            references: &mail.references,
            gmail_thread_id: thread.as_ref(),
            subject_key: &subject_key,
            former_key: &former_key,
            answers: is_answer(&mail.subject) || quotes.is_some() || quotes_somebody(&mail),
            lead,
            also: &leads,
            people: &people,
            is_ours: direction == Direction::Outbound,
            is_listed: mail.kind == MailKind::List,
            to_nobody,
            attribution: &attribution,
            quotes,
            series: series.map(now),
            at,
            history: true,
        };
        let named = self.w.list_named_conversations(&keys)?;
        let found = match named.first() {
            Some(first) => Some(Match {
                conversation: self.unite(&named, first.conversation)?,
                ..*first
            }),
            None => self.match_unnamed(&keys)?,
        };
        let (conversation, by, certain) = match found {
            Some(found) => (found.conversation, Some(found.by), found.certain),
            // On a list it may be a parent, and everybody's mail is wanted.
            None if to_self && !self.plan.everybody => return Ok(Fate::Skipped),
            None => match self.lead_for(&mail, direction, lead)? {
                Some(lead) => {
                    let new = NewConversation {
                        lead_id: lead,
                        subject: mail.subject.clone(),
                        status: ConversationStatus::Archived,
                        now: at,
                    };
                    self.state.summary.conversations += 1;
                    (self.w.insert_conversation(&new)?, None, true)
                }
                None => return Ok(Fate::Skipped),
            },
        };
        self.remember(&mail, prints, part.as_ref(), at, conversation);
        let mut new = to_message(mail, thread, direction, at);
        if direction == Direction::Inbound && new.kind == MailKind::Person {
            let of = self.w.get_conversation_lead(conversation)?;
            if of != lead {
                new.warnings.push(ingest::written_by_another(&new.from));
            }
        }
        let now = self.plan.now;
        let message = self
            .w
            .insert_history(conversation, &new, by, certain, now)?;
        if let Some(digest) = digest {
            self.w.insert_digest(digest, message)?;
        }
        self.touched.insert(conversation);
        Ok(Fate::Stored {
            conversation,
            by,
            certain,
        })
    }

    /// Where a mail belongs whose ids lead nowhere. A part of a series joins the others,
    /// and what answered it before its time comes with it.
    fn match_unnamed(&mut self, keys: &MatchKeys<'_>) -> Result<Option<Match>, StoreError> {
        let Some(found) = self.w.match_unnamed(keys)? else {
            return Ok(None);
        };
        let early = match keys.series {
            Some(series) if series == found.conversation => self.w.find_early_answer(keys)?,
            _ => None,
        };
        let early = early.map(|conversation| Match {
            conversation,
            ..found
        });
        let conversation = self.unite(early.as_slice(), found.conversation)?;
        Ok(Some(Match {
            conversation,
            ..found
        }))
    }

    /// Remembers what later mails are told by.
    fn remember(
        &mut self,
        mail: &Mail,
        prints: &Prints,
        part: Option<&Part>,
        at: Timestamp,
        conversation: ConversationId,
    ) {
        let State {
            quotes,
            series,
            united,
            ..
        } = &mut *self.state;
        let now = |id| report::last(united, id);
        quotes.remember(prints, conversation, now);
        if let Some(part) = part {
            series.remember(&mail.from, part, at, conversation, now);
        }
    }

    /// What a mail names is one conversation from now on, and the mail is its proof.
    fn unite(
        &mut self,
        named: &[Match],
        found: ConversationId,
    ) -> Result<ConversationId, StoreError> {
        let mut one = found;
        for other in named {
            let (a, b) = (
                report::last(&self.state.united, one),
                report::last(&self.state.united, other.conversation),
            );
            if a == b {
                continue;
            }
            if let Some((stays, goes)) = self.w.unite_conversations(a, b, self.plan.now)? {
                self.state.united.insert(goes, stays);
                self.state.summary.united += 1;
                self.touched.insert(stays);
                one = stays;
            }
        }
        Ok(report::last(&self.state.united, one))
    }

    /// Everybody but us, by address: the author first, then whom it is to.
    fn people(&self, mail: &Mail, direction: Direction) -> Vec<String> {
        let author = (direction == Direction::Inbound).then_some(&mail.from);
        let mut people: Vec<String> = Vec::new();
        for address in author.into_iter().chain(&mail.to).chain(&mail.cc) {
            let key = address.key();
            if !key.is_empty() && !self.plan.own.contains(&key) && !people.contains(&key) {
                people.push(key);
            }
            if people.len() >= PEOPLE {
                break;
            }
        }
        people
    }

    /// With whom a new conversation is; none when strangers stay strangers.
    fn lead_for(
        &mut self,
        mail: &Mail,
        direction: Direction,
        known: Option<LeadId>,
    ) -> Result<Option<LeadId>, StoreError> {
        if known.is_some() && (self.plan.everybody || opens(mail)) {
            return Ok(known);
        }
        if !self.plan.everybody {
            return Ok(None);
        }
        let stranger = match direction {
            Direction::Inbound => Some(&mail.from),
            Direction::Outbound => mail
                .to
                .iter()
                .chain(&mail.cc)
                .find(|address| !self.plan.own.contains(&address.key())),
        };
        let stranger = stranger
            .filter(|stranger| is_plain_address(&stranger.address))
            .cloned()
            .unwrap_or_else(|| Address::named("unknown", NOBODY));
        let key = stranger.key();
        if let Some(lead) = self.state.leads.get(&key) {
            return Ok(Some(*lead));
        }
        let new = NewLead {
            name: stranger.label().to_owned(),
            email: stranger.address,
            ..NewLead::default()
        };
        let lead = self.w.insert_lead(&new, self.plan.now)?;
        self.w.adopt_sender(&key, lead)?;
        self.state.leads.insert(key, lead);
        self.state.summary.leads += 1;
        Ok(Some(lead))
    }
}

fn broken(file: String, offset: u64, error: String) -> Placed {
    Placed {
        file,
        offset,
        message_id: None,
        direction: None,
        fate: Fate::Broken(error),
    }
}

/// Whether a mail may open a conversation with a lead who did not ask for strangers: what
/// machines write about a lead may only join one.
fn opens(mail: &Mail) -> bool {
    matches!(mail.kind, MailKind::Person | MailKind::List)
}

/// Whether a mail has somebody else's words in it, marked as such.
fn quotes_somebody(mail: &Mail) -> bool {
    let marked = |kind| matches!(kind, SegmentKind::Quote | SegmentKind::Attribution);
    mail.segments.iter().any(|one| marked(one.kind))
}

/// What a mail says of who wrote what it quotes, lower case. Archives that take the list's
/// tag out of subjects take `Re:` with it, and this alone tells an answer.
pub(super) fn attribution(mail: &Mail) -> String {
    let lines = mail.segments.iter();
    let lines = lines.filter(|one| one.kind == SegmentKind::Attribution);
    let lines: Vec<&str> = lines
        .filter_map(|one| mail.text.get(one.range.clone()))
        .collect();
    lines.concat().to_lowercase()
}

/// Gmail's thread as its API names it: the export has the number in decimal.
fn gmail_thread(mail: &Mail) -> Option<GmailThreadId> {
    let number: u64 = mail.gmail_thread_id.as_deref()?.trim().parse().ok()?;
    Some(GmailThreadId(format!("{number:x}")))
}

fn to_message(
    mail: Box<Mail>,
    thread: Option<GmailThreadId>,
    direction: Direction,
    at: Timestamp,
) -> NewMessage {
    let arrived = Arrived {
        mail,
        gmail_id: None,
        gmail_thread_id: thread,
        labels: Vec::new(),
        received_at: at,
    };
    ingest::to_message(&arrived, direction)
}
