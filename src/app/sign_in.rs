//! The page on which the person signs in: what to do in the browser, and a field for what
//! cannot come by itself. It lies over the screen; everything below it goes on.

use std::fmt;

use jiff::Timestamp;

use super::editor::TextBox;
use super::model::Grade;
use super::wrap::wrap_text;

/// A text that is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}

/// The client that the person gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GivenClient {
    /// A file downloaded from Google Cloud.
    File(String),
    /// Typed in.
    IdAndSecret {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: Hidden,
    },
}

/// What the page wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignInStep {
    /// Begin, with the client that is known or the one given.
    Begin(Option<GivenClient>),
    /// The person pasted this.
    Paste(Hidden),
    /// Put the address on the clipboard.
    Copy(String),
    /// Stop waiting.
    Cancel,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignInNews {
    /// There is no client yet; how to get one: what to do, and where.
    NoClient(Vec<(&'static str, &'static str)>),
    /// The address is there, and the answer is waited for.
    Waiting {
        /// The consent address.
        url: String,
        /// The loopback port.
        port: u16,
        /// Until when.
        until: Timestamp,
    },
    /// Something to tell while waiting goes on.
    Remark(String),
    /// Signed in as this account.
    Done(String),
    /// It failed, and why.
    Failed(String),
}

/// How far it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignInStage {
    /// The address is being made.
    Beginning,
    /// The client is asked for.
    Client(Vec<(&'static str, &'static str)>),
    /// The secret of a client is asked for.
    Secret {
        /// The client's id.
        id: String,
    },
    /// The answer is waited for.
    Waiting {
        /// The consent address.
        url: String,
        /// The loopback port.
        port: u16,
        /// Until when.
        until: Timestamp,
    },
    /// It failed; Enter begins again.
    Failed,
}

/// The page.
#[derive(Clone, Debug)]
pub struct SignInPage {
    /// How far it is.
    pub stage: SignInStage,
    /// The field.
    pub text: TextBox,
    /// What was said last, and how grave it is.
    pub said: Option<(Grade, String)>,
    /// Lines scrolled back from the end, where there are too many of them.
    pub back: usize,
}

/// What sort of line it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignInLine {
    /// Words.
    Plain,
    /// Words of less weight.
    Remark,
    /// Part of an address that can be opened.
    Address,
    /// Part of the QR code.
    Code,
    /// What was said, as grave as this.
    Said(Grade),
}

impl SignInPage {
    /// One that begins.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stage: SignInStage::Beginning,
            text: TextBox::one_line(""),
            said: None,
            back: 0,
        }
    }

    /// The lines that are seen: the last ones, unless the person scrolled back.
    #[must_use]
    pub fn visible(
        &self,
        width: usize,
        height: usize,
        now: Timestamp,
    ) -> Vec<(SignInLine, String)> {
        let lines = self.lines(width, height, now);
        let most = lines.len().saturating_sub(height);
        let skip = most.saturating_sub(self.back);
        lines.into_iter().skip(skip).take(height).collect()
    }

    /// The words before the field; none where there is nothing to type.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self.stage {
            SignInStage::Beginning | SignInStage::Failed => None,
            SignInStage::Client(_) => Some("Client file, or client id: "),
            SignInStage::Secret { .. } => Some("Client secret: "),
            SignInStage::Waiting { .. } => Some("Paste here: "),
        }
    }

    /// Whether what is typed is shown as dots.
    #[must_use]
    pub const fn hides(&self) -> bool {
        matches!(self.stage, SignInStage::Secret { .. })
    }

    /// The address while it is waited for.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.stage {
            SignInStage::Waiting { url, .. } => Some(url),
            _ => None,
        }
    }

    /// The page's lines for a size; the field comes below them. The QR code is there only
    /// where all of it fits.
    #[must_use]
    pub fn lines(&self, width: usize, height: usize, now: Timestamp) -> Vec<(SignInLine, String)> {
        let mut lines = Vec::new();
        let mut say = |kind: SignInLine, text: &str| {
            lines.extend(
                wrap_text(text, width.max(10))
                    .into_iter()
                    .map(|line| (kind, line)),
            );
        };
        match &self.stage {
            SignInStage::Beginning => say(SignInLine::Plain, "One moment ..."),
            SignInStage::Failed => say(
                SignInLine::Plain,
                "Nobody is signed in. Enter tries again, Esc leaves.",
            ),
            SignInStage::Client(steps) => {
                say(
                    SignInLine::Plain,
                    "To read and send your mail, rejoinder needs an OAuth client of your own (five minutes, once):",
                );
                for (n, (text, link)) in steps.iter().enumerate() {
                    say(SignInLine::Plain, &format!("{}. {text}", n + 1));
                    say(SignInLine::Remark, &format!("   {link}"));
                }
                say(
                    SignInLine::Plain,
                    "Then type the path of that file, or the client's id.",
                );
            }
            SignInStage::Secret { id } => {
                say(SignInLine::Plain, &format!("Client {id}"));
                say(
                    SignInLine::Plain,
                    "Its secret stands beside it in Google Cloud; it is kept encrypted.",
                );
            }
            SignInStage::Waiting { url, port, until } => {
                self.waiting(&mut lines, (width, height), (url, *port, *until), now);
            }
        }
        if let Some((grade, text)) = &self.said {
            lines.push((SignInLine::Plain, String::new()));
            let said = wrap_text(text, width.max(10)).into_iter();
            lines.extend(said.map(|line| (SignInLine::Said(*grade), line)));
        }
        lines
    }

    fn waiting(
        &self,
        lines: &mut Vec<(SignInLine, String)>,
        (width, height): (usize, usize),
        (url, port, until): (&str, u16, Timestamp),
        now: Timestamp,
    ) {
        let left = super::words::seconds_left(until, now);
        let mut words = Vec::new();
        let mut say = |kind: SignInLine, text: &str| {
            let wrapped = wrap_text(text, width.max(10)).into_iter();
            words.extend(wrapped.map(|line| (kind, line)));
        };
        say(
            SignInLine::Plain,
            "1. Open this address in a browser, on any machine, and allow the access (Ctrl-y copies it):",
        );
        for piece in pieces(url, width) {
            words.push((SignInLine::Address, piece));
        }
        let mut say = |kind: SignInLine, text: &str| {
            let wrapped = wrap_text(text, width.max(10)).into_iter();
            words.extend(wrapped.map(|line| (kind, line)));
        };
        say(
            SignInLine::Plain,
            "2. A browser on this machine comes back by itself. On another one it ends on a page of 127.0.0.1 that cannot be reached: that is expected. Paste the address of that page here.",
        );
        say(
            SignInLine::Remark,
            &format!("Or beforehand: ssh -L {port}:127.0.0.1:{port} this-machine"),
        );
        say(
            SignInLine::Remark,
            &format!("Waiting, {}:{:02} left. Esc stops.", left / 60, left % 60),
        );
        let room = height.saturating_sub(words.len() + 4);
        lines.extend(words);
        let code = super::qr::rows(url).unwrap_or_default();
        let fits =
            code.len() <= room && code.first().is_some_and(|row| row.chars().count() <= width);
        if fits {
            lines.extend(code.into_iter().map(|row| (SignInLine::Code, row)));
        }
    }
}

impl Default for SignInPage {
    fn default() -> Self {
        Self::new()
    }
}

/// An address in pieces of a width, without spaces: selected together they are whole.
fn pieces(url: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = url.chars().collect();
    letters
        .chunks(width.max(10))
        .map(|piece| piece.iter().collect())
        .collect()
}
