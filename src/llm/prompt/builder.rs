//! Puts a prompt together, piece by piece, within its limits.

use jiff::tz::TimeZone;

use super::PromptLimits;
use super::parts::{fill, part};
use crate::domain::{Direction, Sources};
use crate::llm::context::{DraftContext, Turn, UserFacts};
use crate::llm::record::{clean_line, clean_text};
use crate::llm::tokens;

/// What stands for a space in marked mail: no language writes it, most vocabularies know it.
const MARK: char = '^';
/// Stands where text was cut off.
pub const SHORTENED: &str = "[... shortened]";

/// A prompt on its way.
pub struct Builder<'a> {
    context: &'a DraftContext,
    limits: &'a PromptLimits,
    fence: &'a str,
    user_name: String,
    sources: Sources,
}

impl<'a> Builder<'a> {
    /// With nothing in it yet.
    pub fn new(context: &'a DraftContext, limits: &'a PromptLimits, fence: &'a str) -> Self {
        Self {
            context,
            limits,
            fence,
            user_name: user_name(context),
            sources: Sources {
                thread_total: context.thread.len(),
                ..Sources::default()
            },
        }
    }

    /// What went in so far.
    pub const fn sources(&self) -> Sources {
        self.sources
    }

    fn fill(&self, name: &str, values: &[(&str, &str)]) -> String {
        let mut all = vec![("user", self.user_name.as_str())];
        all.extend_from_slice(values);
        fill(part(name), &all)
    }

    /// A text of ours or of outside, cleaned and cut to size.
    fn cut(&mut self, text: &str, most: u32) -> String {
        let text = clean_text(text);
        let (head, cut) = tokens::head(text.trim(), most);
        if !cut {
            return head.to_owned();
        }
        self.sources.shortened = true;
        format!("{head}\n{SHORTENED}")
    }

    /// The part that is the same for every draft: rules, style, facts.
    pub fn system(&mut self) -> String {
        let mut parts = vec![self.fill("system", &[])];
        let user = &self.context.user;
        let style = self.cut(&style_of(user), self.limits.style);
        self.sources.style = count_lines(&style);
        if !style.is_empty() {
            parts.push(self.fill("style", &[("text", &style)]));
        }
        let knowledge = self.cut(&user.knowledge, self.limits.knowledge);
        self.sources.facts = count_lines(&knowledge);
        parts.push(if knowledge.is_empty() {
            self.fill("no-facts", &[])
        } else {
            self.fill("facts", &[("text", &knowledge)])
        });
        parts.join("\n\n")
    }

    /// Examples and the lead.
    pub fn before_the_mail(&mut self) -> String {
        let mut text = String::new();
        let context = self.context;
        for example in context.examples.iter().take(self.limits.examples) {
            let reply = self.cut(&example.reply, self.limits.example);
            if reply.is_empty() {
                continue;
            }
            if self.sources.examples == 0 {
                text.push_str(&self.fill("examples", &[]));
                text.push_str("\n\n");
            }
            self.sources.examples += 1;
            let situation = one_line(&example.situation, 40);
            let values = [("situation", situation.as_str()), ("text", &reply)];
            text.push_str(&self.fill("example", &values));
            text.push_str("\n\n");
        }
        let profile = self.profile();
        if !profile.is_empty() {
            text.push_str(&self.fill("profile", &[("text", &profile)]));
            text.push_str("\n\n");
        }
        text
    }

    fn profile(&mut self) -> String {
        let lead = &self.context.lead;
        let fields = [
            ("Name", Some(lead.name.as_str())),
            ("Address", Some(lead.email.as_str())),
            ("Title", lead.title.as_deref()),
            ("Company", lead.company.as_deref()),
            ("Website", lead.website.as_deref()),
        ];
        let mut lines = Vec::new();
        for (label, value) in fields {
            let value = one_line(value.unwrap_or_default(), 40);
            if !value.is_empty() {
                lines.push(format!("{label}: {value}"));
            }
        }
        let notes = self.cut(
            lead.notes.as_deref().unwrap_or_default(),
            self.limits.profile,
        );
        if !notes.is_empty() {
            lines.push(format!("Notes of {}: {notes}", self.user_name));
        }
        self.sources.profile = lines.len();
        lines.join("\n")
    }

    /// The fenced part, in so many tokens.
    pub fn mail(&mut self, most: u32) -> String {
        let context = self.context;
        let zone = context.now.time_zone();
        let today = format!(
            "{} ({})",
            context.now.strftime("%A, %-d %B %Y"),
            zone.iana_name().unwrap_or("local time")
        );
        let values = [("today", today.as_str()), ("fence", self.fence)];
        let mut text = self.fill("thread", &values);
        if self.limits.datamark {
            let mark = MARK.to_string();
            text.push('\n');
            text.push_str(&self.fill("datamark", &[("mark", &mark)]));
        }
        text.push_str(&format!("\n\n===== MAIL BEGINS {} =====\n", self.fence));
        text.push_str(&format!(
            "Subject: {}\n",
            self.unfenced(&one_line(&context.subject, 60))
        ));
        if let Some(analysis) = &context.lead.analysis {
            let analysis = self.cut(analysis, self.limits.profile);
            if !analysis.is_empty() {
                self.sources.profile += 1;
                text.push_str(&format!("\n{}\n", self.fill("analysis", &[])));
                text.push_str(&self.quoted(&analysis, self.limits.datamark));
            }
        }
        let left = most.saturating_sub(tokens::estimate(&text));
        text.push_str(&self.turns(left, zone));
        text.push_str(&format!("===== MAIL ENDS {} =====\n\n", self.fence));
        text
    }

    /// The newest mails that fit, and the first one, which says what it is about; what
    /// is left out is left out of the middle and said to be.
    fn turns(&mut self, most: u32, zone: &TimeZone) -> String {
        let thread = &self.context.thread;
        let mut left = most;
        let mut chosen: Vec<(usize, String)> = Vec::new();
        let newest_first = (0..thread.len()).rev();
        for (index, turn) in newest_first.filter_map(|i| thread.get(i).map(|turn| (i, turn))) {
            let is_last = chosen.is_empty();
            let room = if is_last {
                self.limits.turn.min(left)
            } else {
                self.limits.turn
            };
            let shortened = self.sources.shortened;
            let text = self.turn(index, turn, room, zone);
            let cost = tokens::estimate(&text);
            if cost > left && !is_last {
                self.sources.shortened = shortened;
                break;
            }
            left = left.saturating_sub(cost);
            chosen.push((index, text));
        }
        chosen.reverse();
        self.open_with_the_first(&mut chosen, zone);
        self.sources.thread = chosen.len();
        let mut text = String::new();
        let mut next = 0;
        for (index, turn) in chosen {
            if index > next {
                text.push_str(&format!(
                    "\n[{} earlier messages left out]\n",
                    index.saturating_sub(next)
                ));
            }
            next = index + 1;
            text.push_str(&turn);
        }
        text
    }

    /// Puts the conversation's first mail in, shortened, in place of the oldest chosen one
    /// where mails had to be left out.
    fn open_with_the_first(&mut self, chosen: &mut Vec<(usize, String)>, zone: &TimeZone) {
        let missing = chosen.first().is_some_and(|(index, _)| *index > 0);
        let Some(first) = self.context.thread.first().filter(|_| missing) else {
            return;
        };
        let room = match chosen.first() {
            Some((_, oldest)) if chosen.len() > 1 => tokens::estimate(oldest),
            _ => return,
        };
        let text = self.turn(0, first, room.saturating_sub(20), zone);
        if room > 40 && tokens::estimate(&text) <= room {
            chosen.remove(0);
            chosen.insert(0, (0, text));
        }
    }

    fn turn(&mut self, index: usize, turn: &Turn, most: u32, zone: &TimeZone) -> String {
        let inbound = turn.direction == Direction::Inbound;
        let role = if inbound { "the lead" } else { "us" };
        let name = self.unfenced(&one_line(&turn.from_name, 20));
        let sent_at = turn.sent_at.to_zoned(zone.clone());
        let head = format!(
            "\n[{}] from {role} ({name}), {}:\n",
            index + 1,
            sent_at.strftime("%a %Y-%m-%d %H:%M"),
        );
        let text = self.cut(&turn.text, most.saturating_sub(tokens::estimate(&head)));
        head + &self.quoted(&text, inbound && self.limits.datamark)
    }

    /// Each line behind `| `; spaces marked if wanted.
    fn quoted(&self, text: &str, mark: bool) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 16 + 2);
        for line in text.lines() {
            out.push_str("| ");
            let line = self.unfenced(line);
            if mark {
                let spaced = line.replace(MARK, "");
                out.push_str(&spaced.replace(char::is_whitespace, MARK.encode_utf8(&mut [0; 4])));
            } else {
                out.push_str(&line);
            }
            out.push('\n');
        }
        out
    }

    /// The fence's word cannot be guessed; should it be, it is taken out.
    fn unfenced(&self, text: &str) -> String {
        text.replace(self.fence, "")
    }

    /// The task, the draft before, the hint.
    pub fn after_the_mail(&mut self) -> String {
        let mut text = String::new();
        let context = self.context;
        if let Some(rejected) = &context.rejected {
            let body = self.cut(&rejected.body, self.limits.example * 2);
            let body = self.quoted(&body, false);
            let reason = match one_line(&rejected.reason, 200) {
                reason if reason.is_empty() => "none given".to_owned(),
                reason => reason,
            };
            self.sources.earlier_draft = true;
            let values = [("reason", reason.as_str()), ("text", body.trim_end())];
            text.push_str(&self.fill("rejected", &values));
            text.push_str("\n\n");
        }
        let last_inbound = context
            .thread
            .iter()
            .rposition(|turn| turn.direction == Direction::Inbound);
        text.push_str(&match last_inbound {
            Some(index) if index + 1 == context.thread.len() => {
                self.fill("task", &[("number", &(index + 1).to_string())])
            }
            _ => self.fill("follow-up", &[]),
        });
        let hint = one_line(context.hint.as_deref().unwrap_or_default(), 400);
        if !hint.is_empty() {
            text.push_str("\n\n");
            text.push_str(&self.fill("hint", &[("hint", &hint)]));
        }
        text.push('\n');
        text
    }
}

/// How the user writes: first the rules that came from what they changed, then their own
/// text. The short rules go first because a long text may have to be cut.
fn style_of(user: &UserFacts) -> String {
    let rules = user.rules.iter().map(|rule| one_line(rule, 60));
    let mut lines: Vec<String> = rules
        .filter(|rule| !rule.is_empty())
        .map(|rule| format!("- {rule}"))
        .collect();
    lines.push(user.style.clone());
    lines.join("\n")
}

fn count_lines(text: &str) -> usize {
    text.lines()
        .filter(|line| !line.trim().is_empty() && *line != SHORTENED)
        .count()
}

fn one_line(text: &str, most: u32) -> String {
    let line = clean_line(text);
    let (head, _) = tokens::head(&line, most);
    head.trim_end().to_owned()
}

fn user_name(context: &DraftContext) -> String {
    let user = &context.user;
    let name = clean_line(if user.name.trim().is_empty() {
        &user.email
    } else {
        &user.name
    });
    if name.is_empty() {
        "the user".to_owned()
    } else {
        name
    }
}
