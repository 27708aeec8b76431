//! One sign-in from the consent address to the tokens. The redirect to this machine and a
//! pasted address are waited for at the same time, because over SSH only the second one
//! can come.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::ClientFile;
use super::consent::Challenge;
use super::error::{OauthError, OauthErrorKind};
use super::exchange::{self, Grant, Granted};
use super::loopback::{self, Browser, MOST_VISITORS, Visit};
use super::mend;
use super::pasted::{self, Pasted, Redirect};
use super::revoke::tls;
use crate::gmail::SCOPE;
use crate::gmail::clock::Clock;
use crate::gmail::patience::Patience;
use crate::gmail::text::one_line;
use crate::gmail::token::TokenSet;
use crate::gmail::transport::Transport;

/// How long a person may take.
const TIME_LIMIT: Duration = Duration::from_secs(600);
/// Covers ours and more.
const WHOLE_MAILBOX: &str = "https://mail.google.com/";

/// What happened while waiting goes on, in words for the person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark(pub String);

/// A sign-in under way.
pub struct SignIn {
    client: ClientFile,
    transport: Transport,
    patience: Patience,
    clock: Clock,
    listener: TcpListener,
    redirect_uri: String,
    challenge: Challenge,
    consent_url: Url,
    deadline: Instant,
    time_limit: Duration,
    say: mpsc::Sender<Remark>,
    remarks: Option<mpsc::Receiver<Remark>>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// An answer that was accepted as being to our question.
struct Code {
    code: String,
    browser: Option<Browser>,
}

/// Those who are being heard. When they are too many, the one who came first goes: a
/// crowd that says nothing must not keep the browser out.
#[derive(Default)]
struct Visitors {
    heard: JoinSet<Option<Visit>>,
    arrivals: VecDeque<AbortHandle>,
}

impl Visitors {
    async fn welcome(&mut self, arrived: std::io::Result<(TcpStream, SocketAddr)>) {
        match arrived {
            Ok((stream, _)) => {
                self.arrivals.retain(|visitor| !visitor.is_finished());
                if self.arrivals.len() >= MOST_VISITORS
                    && let Some(first) = self.arrivals.pop_front()
                {
                    first.abort();
                }
                let visitor = self.heard.spawn(loopback::hear(stream));
                self.arrivals.push_back(visitor);
            }
            Err(error) => {
                // Out of file handles, say: not to be asked again at once.
                tracing::debug!(%error, "a connection to the sign-in port failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

impl SignIn {
    /// Listens on `port` of 127.0.0.1, any free one if none is given, and makes the
    /// address that the person opens.
    ///
    /// # Errors
    /// Kind `Port` when the port cannot be had.
    pub async fn begin(client: ClientFile, port: Option<u16>) -> Result<Self, OauthError> {
        Self::begin_with(client, port, Patience::default(), Clock::system()).await
    }

    /// The same with other limits and another clock.
    ///
    /// # Errors
    /// As [`SignIn::begin`].
    pub async fn begin_with(
        client: ClientFile,
        port: Option<u16>,
        patience: Patience,
        clock: Clock,
    ) -> Result<Self, OauthError> {
        let transport = Transport::new(&patience).map_err(|lost| tls(&lost))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))
            .await
            .map_err(|error| no_port(port, &error))?;
        let address = listener
            .local_addr()
            .map_err(|error| no_port(port, &error))?;
        let redirect_uri = format!("http://127.0.0.1:{}", address.port());
        let challenge = Challenge::random();
        let consent_url =
            challenge.consent_url(client.auth_uri(), client.id(), &redirect_uri, None);
        let (say, remarks) = mpsc::channel(32);
        Ok(Self {
            client,
            transport,
            patience,
            clock,
            listener,
            redirect_uri,
            challenge,
            consent_url,
            deadline: Instant::now() + TIME_LIMIT,
            time_limit: TIME_LIMIT,
            say,
            remarks: Some(remarks),
        })
    }

    /// Gives up after `limit` from now on instead of after ten minutes.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now() + limit;
        self.time_limit = limit;
        self
    }

    /// Names the account to the consent page, so that it need not be chosen again.
    #[must_use]
    pub fn for_account(mut self, address: &str) -> Self {
        self.consent_url = self.challenge.consent_url(
            self.client.auth_uri(),
            self.client.id(),
            &self.redirect_uri,
            Some(address),
        );
        self
    }

    /// The address at which the person gives the permission.
    #[must_use]
    pub fn consent_url(&self) -> &str {
        self.consent_url.as_str()
    }

    /// The address Google sends the browser back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The port that is listened on, for `ssh -L PORT:127.0.0.1:PORT`.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.listener
            .local_addr()
            .ok()
            .map(|address| address.port())
    }

    /// How much longer [`SignIn::finish`] waits.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// What to tell the person while [`SignIn::finish`] waits: refused answers, mends. To
    /// be taken before; none the second time.
    pub fn remarks(&mut self) -> Option<mpsc::Receiver<Remark>> {
        self.remarks.take()
    }

    /// Waits for the redirect and for pasted texts at the same time and makes tokens of
    /// the first one that answers our question. Forged, foreign and mistyped answers are
    /// refused with a remark, and the waiting goes on.
    ///
    /// # Errors
    /// `Cancelled` and `TimedOut`; `Denied` when the person says no; `ScopeMissing` and
    /// `NoRefreshToken` when what was granted is of no use; and Google's refusals.
    pub async fn finish(
        self,
        cancel: CancellationToken,
        mut pasted: mpsc::Receiver<String>,
    ) -> Result<TokenSet, OauthError> {
        let mut visitors = Visitors::default();
        let mut pasting = true;
        loop {
            let found = tokio::select! {
                () = cancel.cancelled() => return Err(cancelled()),
                () = sleep_until(self.deadline) => return Err(self.too_late()),
                arrived = self.listener.accept() => {
                    visitors.welcome(arrived).await;
                    continue;
                }
                Some(heard) = visitors.heard.join_next() => match heard {
                    Ok(Some(visit)) => self.judge(visit).await?,
                    _ => continue,
                },
                text = pasted.recv(), if pasting => match text {
                    Some(text) => self.read(&text)?,
                    None => {
                        pasting = false;
                        continue;
                    }
                },
            };
            let Some(code) = found else { continue };
            let by_redirect = code.browser.is_some();
            let tokens = tokio::select! {
                () = cancel.cancelled() => return Err(cancelled()),
                tokens = self.redeem(code) => tokens,
            };
            match tokens {
                // A code pasted wrongly can be pasted again.
                Err(error) if error.kind == OauthErrorKind::InvalidGrant && !by_redirect => {
                    self.remark(error.message);
                }
                other => return other,
            }
        }
    }

    /// Whether a browser's answer is to our question.
    async fn judge(&self, visit: Visit) -> Result<Option<Code>, OauthError> {
        let Visit {
            redirect,
            mut browser,
        } = visit;
        if redirect.state.as_deref() != Some(self.challenge.state.as_str()) {
            browser
                .show(
                    400,
                    "This answer was not asked for",
                    "It does not belong to the sign-in that rejoinder waits for. Open the address that rejoinder shows and go on from there.",
                )
                .await;
            self.remark(
                "an answer that does not belong to this sign-in came to the port and was refused",
            );
            return Ok(None);
        }
        match self.answer(redirect) {
            Ok(code) => Ok(Some(Code {
                code,
                browser: Some(browser),
            })),
            Err(error) => {
                browser.show(200, "Not signed in", &error.message).await;
                Err(error)
            }
        }
    }

    /// Whether a pasted text is an answer to our question.
    fn read(&self, text: &str) -> Result<Option<Code>, OauthError> {
        let without_browser = |code| Code {
            code,
            browser: None,
        };
        match pasted::read(text) {
            Pasted::Nothing => Ok(None),
            Pasted::Code(code) => Ok(Some(without_browser(code))),
            Pasted::Redirect(redirect)
                if redirect.state.as_deref() == Some(self.challenge.state.as_str()) =>
            {
                self.answer(redirect)
                    .map(|code| Some(without_browser(code)))
            }
            Pasted::Redirect(_) => {
                self.remark("this address belongs to another sign-in; paste the one that the browser ended on after opening the address shown here");
                Ok(None)
            }
            Pasted::Explained(mend) => {
                self.remark(mend);
                Ok(None)
            }
            Pasted::Nonsense => {
                self.remark("this is neither the address that the browser ended on (it begins with http://127.0.0.1) nor a code");
                Ok(None)
            }
        }
    }

    /// The code in an answer to our question, or Google's refusal.
    fn answer(&self, redirect: Redirect) -> Result<String, OauthError> {
        if let Some(code) = redirect.code {
            return Ok(code);
        }
        let word = one_line(&redirect.error.unwrap_or_default());
        let said = one_line(&redirect.said);
        let (kind, mend) = mend::of(&word, &said).unwrap_or_else(|| {
            (
                OauthErrorKind::Refused,
                "Google refused the sign-in".to_owned(),
            )
        });
        let mut error = OauthError::new(kind, format!("{mend} ({word})"));
        error.reason = Some(word);
        Err(error)
    }

    /// Makes tokens of a code and tells the browser how it went.
    async fn redeem(&self, code: Code) -> Result<TokenSet, OauthError> {
        let grant = Grant::Code {
            code: &code.code,
            verifier: &self.challenge.verifier,
            redirect_uri: &self.redirect_uri,
        };
        let tokens = exchange::ask(&self.transport, &self.patience, &self.client, &grant)
            .await
            .and_then(|granted| self.checked(granted));
        if let Some(mut browser) = code.browser {
            match &tokens {
                Ok(_) => {
                    browser
                        .show(
                            200,
                            "You are signed in",
                            "You can close this window and go back to rejoinder in the terminal.",
                        )
                        .await;
                }
                Err(error) => browser.show(200, "Not signed in", &error.message).await,
            }
        }
        tokens
    }

    fn checked(&self, granted: Granted) -> Result<TokenSet, OauthError> {
        if let Some(scope) = &granted.scope
            && !covers(scope)
        {
            return Err(OauthError::new(
                OauthErrorKind::ScopeMissing,
                "the permission for Gmail was not ticked: start again and leave the box \"Read, compose and send emails\" ticked",
            ));
        }
        let refresh_token: SecretString = granted.refresh_token.clone().ok_or_else(|| {
            OauthError::new(
                OauthErrorKind::NoRefreshToken,
                "Google gave no refresh token, so the sign-in would end within an hour: remove rejoinder at https://myaccount.google.com/connections and sign in again",
            )
        })?;
        Ok(TokenSet::from_granted(
            granted,
            refresh_token,
            self.clock.now(),
        ))
    }

    fn remark(&self, text: impl Into<String>) {
        // A full channel means that nobody reads: then it is only a matter for the log.
        if let Err(error) = self.say.try_send(Remark(text.into())) {
            tracing::debug!(%error, "a remark on the sign-in was not read");
        }
    }

    fn too_late(&self) -> OauthError {
        OauthError::new(
            OauthErrorKind::TimedOut,
            format!(
                "the sign-in was not finished within {}; start it again",
                match self.time_limit.as_secs() {
                    0..60 => "a minute".to_owned(),
                    seconds => format!("{} minutes", seconds.div_ceil(60)),
                }
            ),
        )
    }
}

/// Whether granted permissions are enough.
pub(super) fn covers(scope: &str) -> bool {
    scope
        .split_whitespace()
        .any(|one| one == SCOPE || one == WHOLE_MAILBOX)
}

fn cancelled() -> OauthError {
    OauthError::new(OauthErrorKind::Cancelled, "the sign-in was stopped")
}

fn no_port(port: Option<u16>, error: &std::io::Error) -> OauthError {
    let which = port.map_or_else(|| "a port".to_owned(), |port| format!("port {port}"));
    OauthError::new(
        OauthErrorKind::Port,
        format!(
            "cannot listen on {which} of 127.0.0.1 ({error}); choose another one with --port, or leave --port out"
        ),
    )
}
