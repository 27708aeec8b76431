//! The signs by which the rules of [`super`] judge, gathered once for each mail.

use super::Evidence;
use super::phrases;
use crate::domain::Address;
use crate::mail::parse::fields::Fields;
use crate::mail::parse::parts::Part;

/// How much of the text is looked at, in characters: machines come to the point.
const TEXT: usize = 4000;

/// From how many bytes on a quote is one: shorter ones stand in receipts.
const QUOTE: usize = 200;

/// What is known of a mail. All text in it is lower case.
#[derive(Debug)]
pub struct Signs<'a> {
    fields: &'a Fields<'a>,
    parts: &'a [Part<'a>],
    /// `report-type` of a multipart/report.
    pub report_type: String,
    /// Subject.
    pub subject: String,
    /// `Auto-Submitted`.
    pub auto_submitted: String,
    /// `Precedence`.
    pub precedence: String,
    /// `Return-Path: <>`.
    pub has_null_path: bool,
    /// Whether more than a line or two is quoted in it.
    pub has_quote: bool,
    /// The new part, as it was written.
    pub reply: &'a str,
    local: String,
    name: String,
    text: String,
}

impl<'a> Signs<'a> {
    /// Of a whole mail.
    #[must_use]
    pub fn of(evidence: &Evidence<'a>) -> Self {
        static NO_FIELDS: std::sync::LazyLock<Fields<'static>> =
            std::sync::LazyLock::new(Fields::default);
        let fields = evidence
            .parts
            .first()
            .map_or_else(|| &*NO_FIELDS, |root| &root.fields);
        let mut signs = Self::of_headers(fields, evidence.from, evidence.subject);
        signs.parts = evidence.parts;
        signs.report_type = evidence
            .parts
            .first()
            .filter(|root| root.content_type == "multipart/report")
            .and_then(|root| root.parameters.report_type.clone())
            .unwrap_or_default();
        signs.text = evidence
            .text
            .chars()
            .take(TEXT)
            .collect::<String>()
            .to_lowercase();
        signs.reply = evidence.reply;
        signs.has_quote = evidence.quoted.len() > QUOTE;
        signs
    }

    /// Of header fields alone.
    #[must_use]
    fn of_headers(fields: &'a Fields<'a>, from: &Address, subject: &str) -> Self {
        let (local, _) = from.address.rsplit_once('@').unwrap_or((&from.address, ""));
        Self {
            fields,
            parts: &[],
            report_type: String::new(),
            subject: subject.to_lowercase(),
            auto_submitted: fields.word("auto-submitted").unwrap_or_default(),
            precedence: fields.word("precedence").unwrap_or_default(),
            has_null_path: fields
                .word("return-path")
                .is_some_and(|path| path.replace(' ', "") == "<>"),
            has_quote: false,
            reply: "",
            local: local.to_lowercase(),
            name: from.name.as_deref().unwrap_or("").to_lowercase(),
            text: String::new(),
        }
    }

    /// Whether the field is there.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.fields.has(field)
    }

    /// Whether there is a part of that type which is not within an attached message.
    #[must_use]
    pub fn has_part(&self, content_type: &str) -> bool {
        self.own_parts()
            .any(|part| part.content_type == content_type)
    }

    /// The parts of the mail itself, without those of messages attached to it.
    pub fn own_parts(&self) -> impl Iterator<Item = &'a Part<'a>> + '_ {
        let parts = self.parts;
        parts.iter().filter(move |part| {
            let mut up = part.parent;
            while let Some(parent) = up.and_then(|index| parts.get(index)) {
                if parent.is_message() {
                    return false;
                }
                up = parent.parent;
            }
            true
        })
    }

    /// Whether a delivery status part or type is there.
    #[must_use]
    pub fn is_report(&self) -> bool {
        self.report_type == "delivery-status"
            || self.has_part("message/delivery-status")
            || self.has_part("message/global-delivery-status")
            || (self.report_type.is_empty()
                && self.has_part("multipart/report")
                && self.has_bounce_subject())
    }

    /// Whether the status part tells of success and of nothing else.
    #[must_use]
    pub fn is_only_success(&self) -> bool {
        let mut actions = self
            .own_parts()
            .filter(|part| part.content_type.ends_with("delivery-status"))
            .flat_map(super::bounce::status_blocks)
            .filter_map(|block| block.word("action"))
            .peekable();
        actions.peek().is_some()
            && actions.all(|action| {
                ["delivered", "relayed", "expanded"]
                    .iter()
                    .any(|fine| action.starts_with(fine))
            })
    }

    /// Whether it is a provider's notification of that type, in JSON.
    #[must_use]
    pub fn notification(&self, kind: &str) -> bool {
        let json = self.text.trim_start().starts_with('{');
        json && [
            format!("\"notificationtype\\\":\\\"{kind}"),
            format!("\"notificationtype\":\"{kind}"),
            format!("\"eventtype\\\":\\\"{kind}"),
            format!("\"eventtype\":\"{kind}"),
        ]
        .iter()
        .any(|mark| self.text.contains(mark))
    }

    /// Whether the sender is a mail system under one of the names that only they use.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        const LOCALS: &[&str] = &[
            "mailer-daemon",
            "mailerdaemon",
            "mail-daemon",
            "maildaemon",
            "mailer_daemon",
            "mdaemon",
            "post_master",
            "mail.delivery.system",
            "mail-delivery-system",
            "maildeliverysystem",
            "mail-delivery-subsystem",
        ];
        const NAMES: &[&str] = &[
            "mailer-daemon",
            "mailer daemon",
            "mail delivery system",
            "mail delivery subsystem",
            "mail deliver system",
            "mail delivery service",
            "internet mail delivery",
            "mail system",
        ];
        LOCALS.contains(&self.local.as_str())
            || self.local.starts_with("mailer-daemon+")
            || (NAMES.iter().any(|name| self.name.starts_with(name)) && !self.is_answer())
    }

    /// Whether the sender is a mail system under a name that people use as well.
    #[must_use]
    pub fn is_postmaster(&self) -> bool {
        matches!(
            self.local.as_str(),
            "postmaster" | "poostmaster" | "mailadmin" | "mailsystem" | "bounce" | "bounces"
        ) || matches!(
            self.name.as_str(),
            "postmaster" | "system administrator" | "systemadministrator" | "microsoft outlook"
        ) || self
            .local
            .starts_with("microsoftexchange329e71ec88ae4615bbc36ab6ce41109e")
            || self.local.is_empty() && self.has("from")
    }

    /// Whether the subject is that of a bounce.
    #[must_use]
    pub fn has_bounce_subject(&self) -> bool {
        phrases::BOUNCE_SUBJECTS.is_in(&self.subject)
    }

    /// Whether subject or text ask something, as reports of machines do not.
    #[must_use]
    pub fn asks(&self) -> bool {
        let marks = ['?', '？', '؟'];
        self.subject.contains(marks)
            || self
                .text
                .lines()
                .any(|line| line.trim_end().ends_with(marks))
    }

    /// How many different signs of a bounce the text holds.
    #[must_use]
    pub fn bounce_words(&self) -> usize {
        let said = phrases::BOUNCE_TEXTS.all_in(&self.text);
        // Words that were counted are no second sign as those of a subject.
        let titles = phrases::BOUNCE_SUBJECTS.all_in(&self.text);
        let titled = titles.iter().any(|title| {
            !said
                .iter()
                .any(|phrase| phrase.contains(title) || title.contains(phrase))
        });
        said.len()
            + usize::from(super::bounce::status_in(&self.text).is_some())
            + usize::from(titled)
    }

    /// Whether a header says that it answers by itself.
    #[must_use]
    pub fn has_answering_header(&self) -> bool {
        const FIELDS: &[&str] = &[
            "x-autoreply",
            "x-autorespond",
            "x-autoresponder",
            "x-auto-reply",
            "x-auto-respond",
            "x-autoreply-from",
            "x-mail-autoreply",
            "x-vacation",
            "x-zarafa-autorespond",
            "x-ms-exchange-inbox-rules-loop",
            "x-cron-env",
        ];
        FIELDS.iter().any(|field| self.has(field))
            || self.precedence.starts_with("auto")
            || self
                .fields
                .word("x-autogenerated")
                .is_some_and(|word| word.starts_with("reply"))
            || self
                .fields
                .word("delivered-to")
                .is_some_and(|word| word == "autoresponder")
            || self
                .fields
                .word("x-fc-machinegenerated")
                .is_some_and(|word| word == "true")
            || self.fields.word("x-mailer").is_some_and(|word| {
                word.contains("autorespond")
                    || word.contains("vacation")
                    || word.contains("autoreply")
            })
    }

    /// Whether the subject is that of an automatic answer: its phrase stands alone or before
    /// the subject it answers. `Out of office next Friday?` is a person's until the text
    /// says the same.
    #[must_use]
    pub fn has_auto_subject(&self) -> bool {
        let subject = self.subject.trim_start_matches(['[', '(', '*', ' ']);
        let begins = phrases::AUTO_SUBJECTS.iter().any(|phrase| {
            subject.strip_prefix(phrase).is_some_and(|after| {
                let after = after.trim_start();
                let alone = phrase.ends_with([':', '：'])
                    || after.is_empty()
                    || after.starts_with([
                        ':', '：', '-', '–', '—', '(', '[', ']', ')', '"', '»', '/', '|',
                    ]);
                alone || super::absence::is_told(&format!("{phrase}. {}", self.reply), false)
            })
        });
        begins || phrases::AUTO_SUBJECTS_ANYWHERE.is_in(&self.subject)
    }

    /// Whether it says that it is an automatic answer, which a bounce can be as well.
    #[must_use]
    pub fn is_answering_machine(&self) -> bool {
        self.has_auto_subject()
            || (self.auto_submitted.contains("vacation")
                || self.has("x-autorespond")
                || self.has("x-vacation"))
    }

    /// Whether it answers or forwards something, by subject.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        let bare = crate::domain::subject::normalise_subject(&self.subject);
        let whole = self
            .subject
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        bare.len() < whole.len() && !self.subject.starts_with('[')
    }

    /// Whether it came by a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        const FIELDS: &[&str] = &[
            "list-id",
            "list-post",
            "list-unsubscribe",
            "list-help",
            "list-subscribe",
            "mailing-list",
            "x-mailing-list",
            "x-beenthere",
            "x-mailman-version",
            "x-list",
            "x-campaign",
            "x-campaignid",
        ];
        FIELDS.iter().any(|field| self.has(field))
    }

    /// Whether the address takes no answers.
    #[must_use]
    pub fn is_no_reply(&self) -> bool {
        let bare: String = self.local.chars().filter(|c| c.is_alphanumeric()).collect();
        [
            "noreply",
            "donotreply",
            "dontreply",
            "nepasrepondre",
            "nicht-antworten",
            "nichtantworten",
            "noresponder",
            "naoresponda",
            "nonrispondere",
        ]
        .iter()
        .any(|known| bare.starts_with(known) || bare.ends_with(known))
    }
}
