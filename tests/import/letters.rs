//! Small archives, letter by letter.

use jiff::{SignedDuration, Timestamp};

/// A letter of a test; what a test does not say is as in [`LETTER`].
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    pub id: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub days_ago: i64,
    /// Later on that day.
    pub minutes: i64,
    pub more: &'a str,
    pub body: &'a str,
}

pub const LETTER: Letter<'_> = Letter {
    id: "",
    from: "maria@x.example",
    to: "sam@y.example",
    subject: "Website",
    days_ago: 400,
    minutes: 0,
    more: "",
    body: "Hello.",
};

/// An mbox of letters.
pub fn mbox(letters: &[Letter<'_>]) -> String {
    let mut out = String::new();
    for letter in letters {
        let at = Timestamp::now() - SignedDuration::from_hours(24 * letter.days_ago)
            + SignedDuration::from_mins(letter.minutes);
        let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let id = match letter.id {
            "" => String::new(),
            id => format!("Message-ID: <{id}>\n"),
        };
        let to = match letter.to {
            "" => String::new(),
            to => format!("To: {to}\n"),
        };
        out.push_str(&format!(
            "From - x\nFrom: {}\n{to}Subject: {}\nDate: {date}\n{id}{}\n{}\n\n",
            letter.from, letter.subject, letter.more, letter.body
        ));
    }
    out
}
