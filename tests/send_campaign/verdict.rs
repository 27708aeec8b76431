//! What is counted.

use std::fmt;

/// The sum over runs.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub runs: u64,
    /// Replies that were approved.
    pub approved: u64,
    pub sent: u64,
    pub undone: u64,
    pub refused: u64,
    /// Times the person was asked whether a reply left.
    pub asked: u64,
    /// Times a reply was stopped because of a newer mail.
    pub held: u64,
    pub crashes: u64,
    /// Writes whose work was done and whose answer did not come.
    pub lost_answers: u64,
    /// Drafts edited, deleted or sent by hand.
    pub by_hand: u64,
    /// Mails that left twice, in words.
    pub doubled: Vec<String>,
    /// Replies that were approved and then neither left, nor came back, nor ask.
    pub lost: Vec<String>,
    /// Other things that must not be.
    pub wrong: Vec<String>,
}

impl Verdict {
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.approved += other.approved;
        self.sent += other.sent;
        self.undone += other.undone;
        self.refused += other.refused;
        self.asked += other.asked;
        self.held += other.held;
        self.crashes += other.crashes;
        self.lost_answers += other.lost_answers;
        self.by_hand += other.by_hand;
        self.doubled.extend(other.doubled);
        self.lost.extend(other.lost);
        self.wrong.extend(other.wrong);
    }

    pub fn is_clean(&self) -> bool {
        self.doubled.is_empty() && self.lost.is_empty() && self.wrong.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} runs: {} approved, {} sent, {} undone, {} refused, {} asked, {} held, {} crashes, {} lost answers, {} by hand: {} doubled, {} lost, {} wrong",
            self.runs,
            self.approved,
            self.sent,
            self.undone,
            self.refused,
            self.asked,
            self.held,
            self.crashes,
            self.lost_answers,
            self.by_hand,
            self.doubled.len(),
            self.lost.len(),
            self.wrong.len(),
        )?;
        for line in self
            .doubled
            .iter()
            .chain(&self.lost)
            .chain(&self.wrong)
            .take(20)
        {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}
