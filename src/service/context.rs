//! What a draft is made from, gathered from the store and the settings.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::learning::nearest::{Asked, COMPARED, LOOKED_AT, nearest};
use super::{Services, compose};
use crate::config::Config;
use crate::domain::memory::RuleState;
use crate::domain::{Lead, MailKind, Message, Suggestion, SuggestionStatus};
use crate::llm::template::{self, Intent};
use crate::llm::{DraftContext, Example, LeadFacts, Rejected, Turn, UserFacts};
use crate::store::{Candidate, DraftTask, Read, StoreError};

/// Names of the person's texts in the store; they go before those of the settings.
pub const FACTS: &str = "facts";
/// See [`FACTS`].
pub const STYLE: &str = "style";

/// Earlier replies that go into a prompt, at most.
const EXAMPLES: usize = 3;

/// Everything a drafter may know for a task; none when the conversation is gone.
///
/// # Errors
/// Failures of the store.
pub async fn gather(
    services: &Services,
    task: &DraftTask,
) -> Result<Option<DraftContext>, StoreError> {
    let task = task.clone();
    let conversation = task.conversation;
    let config = services.config().clone();
    let (now, zone) = (services.now(), services.zone().clone());
    let gathered = services
        .store()
        .read(move |r| {
            let Some(context) = of_task(r, &task, &config, now, &zone)? else {
                return Ok(None);
            };
            let candidates = r.list_example_candidates(conversation, LOOKED_AT, COMPARED)?;
            Ok(Some((context, candidates)))
        })
        .await?;
    Ok(gathered.map(|(context, candidates)| DraftContext {
        // Compared here, where no key waits for it, and not on the store's thread.
        examples: examples(&context, candidates),
        ..context
    }))
}

/// The earlier replies most like the one that is wanted.
fn examples(context: &DraftContext, candidates: Vec<Candidate>) -> Vec<Example> {
    let Some(newest) = context.last_inbound() else {
        return Vec::new();
    };
    let glance = template::glance(&newest.text);
    let asked = Asked {
        intent: match glance.intent {
            Intent::Other => String::new(),
            intent => intent.as_str().to_owned(),
        },
        language: glance.language,
        subject: context.subject.clone(),
        text: newest.text.clone(),
    };
    nearest(&asked, candidates, EXAMPLES)
        .into_iter()
        .map(|candidate| Example {
            situation: situation(&candidate),
            reply: candidate.reply,
        })
        .collect()
}

/// Nothing that a lead wrote: only what the mail wanted, in a word.
fn situation(candidate: &Candidate) -> String {
    match candidate.intent.replace('_', " ") {
        intent if intent.is_empty() => "a reply".to_owned(),
        intent => intent,
    }
}

fn of_task(
    r: Read<'_>,
    task: &DraftTask,
    config: &Config,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Option<DraftContext>, StoreError> {
    let Some(row) = r.get_inbox_row(task.conversation)? else {
        return Ok(None);
    };
    let Some(lead) = r.get_lead(row.lead.id)? else {
        return Ok(None);
    };
    let messages = r.list_messages(task.conversation)?;
    let own = r.list_own_addresses()?;
    let email = if config.user.email.is_empty() {
        own.first()
            .map(|own| own.address.clone())
            .unwrap_or_default()
    } else {
        config.user.email.clone()
    };
    Ok(Some(DraftContext {
        user: UserFacts {
            name: compose::own_name(&config.user.name, &own),
            email,
            style: r
                .get_text(STYLE)?
                .unwrap_or_else(|| config.ai.style.clone()),
            rules: accepted_rules(r)?,
            knowledge: r
                .get_text(FACTS)?
                .unwrap_or_else(|| config.ai.knowledge.clone()),
        },
        lead: lead_facts(lead),
        subject: row.subject,
        thread: messages.into_iter().filter_map(turn).collect(),
        examples: Vec::new(),
        rejected: rejected(r, task)?,
        hint: task.hint.clone(),
        now: now.to_zoned(zone.clone()),
    }))
}

fn accepted_rules(r: Read<'_>) -> Result<Vec<String>, StoreError> {
    let rules = r.list_style_rules()?;
    let accepted = rules
        .into_iter()
        .filter(|rule| rule.state == RuleState::Accepted);
    Ok(accepted.map(|rule| rule.text).collect())
}

fn lead_facts(lead: Lead) -> LeadFacts {
    LeadFacts {
        name: lead.name,
        email: lead.email,
        title: lead.title,
        company: lead.company,
        website: lead.website,
        analysis: lead.analysis,
        notes: lead.notes,
    }
}

/// What a person wrote; machine mail is no part of the talk.
fn turn(message: Message) -> Option<Turn> {
    let content = message.content;
    (content.kind == MailKind::Person).then(|| Turn {
        direction: content.direction,
        from_name: content.from.label().to_owned(),
        sent_at: content.sent_at,
        text: if content.reply.trim().is_empty() {
            content.text
        } else {
            content.reply
        },
    })
}

/// The version that the person wants another one of: the one they were looking at, or the
/// newest before this one for the same mail.
fn rejected(r: Read<'_>, task: &DraftTask) -> Result<Option<Rejected>, StoreError> {
    let all = r.list_suggestions(task.conversation)?;
    let own = all.iter().find(|s| s.id == task.suggestion);
    let Some(reply_to) = own.map(|s| s.reply_to) else {
        return Ok(None);
    };
    let usable = |s: &&Suggestion| {
        s.reply_to == reply_to
            && s.id < task.suggestion
            && !s.is_template()
            && matches!(
                s.status,
                SuggestionStatus::Pending
                    | SuggestionStatus::Rejected
                    | SuggestionStatus::Superseded
            )
            && !s.final_body().is_empty()
    };
    let mut earlier: Vec<&Suggestion> = all.iter().rev().filter(usable).collect();
    // The one they were looking at comes first.
    earlier.sort_by_key(|s| Some(s.id) != task.instead_of);
    let versions = earlier.len();
    let mut earlier = earlier.into_iter();
    let Some(last) = earlier.next() else {
        return Ok(None);
    };
    // What was wrong with the versions before is wrong still.
    let said = [last.feedback.as_deref()].into_iter();
    let mut reasons: Vec<&str> = Vec::new();
    for reason in said.chain(earlier.map(|s| s.feedback.as_deref())).flatten() {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Ok(Some(Rejected {
        body: last.final_body().to_owned(),
        reason: reasons.join("; before that: "),
        versions,
    }))
}
