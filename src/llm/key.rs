//! Where a provider's key comes from: the settings (the environment is already in them)
//! or a command, which is run when a key is first needed and not through a shell.
//! A key is never part of an error, a log line or a `Debug` text.

use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::error::LlmError;
use crate::config::ProviderName;

/// Long enough for somebody to type a passphrase.
const PATIENCE: Duration = Duration::from_secs(60);
/// No key is longer.
const MOST_BYTES: u64 = 16 * 1024;

/// How to get at a key.
#[derive(Clone)]
pub struct KeySource {
    provider: ProviderName,
    given: Option<SecretString>,
    command: Vec<String>,
    /// Whether the server can do without one.
    optional: bool,
    /// What the command printed; forgotten when the key is refused.
    printed: Arc<Mutex<Option<SecretString>>>,
}

impl fmt::Debug for KeySource {
    /// Without the command's arguments: some people write keys into them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySource")
            .field("provider", &self.provider)
            .field("given", &self.given.is_some())
            .field("command", &self.command.first())
            .finish_non_exhaustive()
    }
}

impl KeySource {
    /// A key that is given, else a command that prints one.
    #[must_use]
    pub fn new(
        provider: ProviderName,
        given: Option<SecretString>,
        command: Vec<String>,
        optional: bool,
    ) -> Self {
        Self {
            provider,
            given,
            command,
            optional,
            printed: Arc::default(),
        }
    }

    /// The key; none for a server that needs none.
    ///
    /// # Errors
    /// [`LlmError::NoKey`] and [`LlmError::KeyCommand`].
    pub async fn get(&self) -> Result<Option<SecretString>, LlmError> {
        if let Some(key) = &self.given {
            return Ok(Some(key.clone()));
        }
        if self.command.is_empty() {
            return if self.optional {
                Ok(None)
            } else {
                Err(LlmError::NoKey {
                    provider: self.provider,
                    variable: match self.provider {
                        ProviderName::Anthropic => "ANTHROPIC_API_KEY",
                        _ => "OPENAI_API_KEY",
                    },
                })
            };
        }
        let mut printed = self.printed.lock().await;
        if printed.is_none() {
            *printed = Some(run(&self.command, PATIENCE).await?);
        }
        Ok(printed.clone())
    }

    /// Forgets what the command printed, as the key was refused: it may have been changed.
    /// True when asking again can give another key.
    pub async fn forget(&self) -> bool {
        self.given.is_none() && self.printed.lock().await.take().is_some()
    }
}

/// The first line that is not empty of what a command prints.
///
/// # Errors
/// [`LlmError::KeyCommand`], without anything the command printed.
async fn run(command: &[String], patience: Duration) -> Result<SecretString, LlmError> {
    let wrong = |why: String| LlmError::KeyCommand { why };
    let Some((program, arguments)) = command.split_first() else {
        return Err(wrong("it is empty".to_owned()));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| wrong(format!("{program}: {error}")))?;
    let Some(stdout) = child.stdout.take() else {
        return Err(wrong(format!("{program} has no output")));
    };
    let mut output = String::new();
    let read = async {
        stdout
            .take(MOST_BYTES)
            .read_to_string(&mut output)
            .await
            .map_err(|_| wrong(format!("{program} printed something that is not text")))?;
        child
            .wait()
            .await
            .map_err(|error| wrong(format!("{program}: {error}")))
    };
    let status = tokio::time::timeout(patience, read).await.map_err(|_| {
        wrong(format!(
            "{program} took longer than {} s",
            patience.as_secs()
        ))
    })??;
    let output = zeroize::Zeroizing::new(output);
    if !status.success() {
        return Err(wrong(format!("{program} ended with {status}")));
    }
    let line = output.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.ok_or_else(|| wrong(format!("{program} printed nothing")))?;
    if line
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || !c.is_ascii())
    {
        return Err(wrong(format!("{program} printed something that is no key")));
    }
    Ok(SecretString::from(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn command(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn source(words: &[&str]) -> KeySource {
        KeySource::new(ProviderName::OpenAi, None, command(words), false)
    }

    #[tokio::test]
    async fn the_first_line_a_command_prints_is_the_key() {
        let source = source(&["printf", "\\n  sk-abc  \\nuser: sam\\n"]);
        let key = source.get().await.unwrap().unwrap();
        assert_eq!(key.expose_secret(), "sk-abc");
        assert!(!format!("{source:?}").contains("sk-abc"));
        assert!(source.forget().await);
        assert!(!source.forget().await);
    }

    #[tokio::test]
    async fn no_shell_reads_the_command() {
        let key = source(&["echo", "$(id)"]).get().await.unwrap().unwrap();
        assert_eq!(key.expose_secret(), "$(id)");
    }

    #[tokio::test]
    async fn a_command_that_fails_says_how_but_not_what_it_printed() {
        let error = source(&["sh", "-c", "echo sk-secret; exit 3"]).get().await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(!error.contains("sk-secret"), "{error}");
        for words in [&["/no/such/program"][..], &["true"], &["printf", "a b"]] {
            let error = source(words).get().await.unwrap_err();
            assert_eq!(error.code(), "key_command");
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended() {
        let error = run(&command(&["sleep", "1000"]), Duration::from_millis(20)).await;
        assert!(error.unwrap_err().to_string().contains("took longer"));
    }

    #[tokio::test]
    async fn a_given_key_wins_and_a_local_server_needs_none() {
        let given = KeySource::new(
            ProviderName::OpenAi,
            Some("sk-given".into()),
            command(&["false"]),
            false,
        );
        let key = given.get().await.unwrap().unwrap();
        assert_eq!(key.expose_secret(), "sk-given");
        assert!(!given.forget().await);
        let none = KeySource::new(ProviderName::OpenAiCompatible, None, Vec::new(), true);
        assert!(none.get().await.unwrap().is_none());
        let error = source(&[]).get().await.unwrap_err().to_string();
        assert!(error.contains("OPENAI_API_KEY"), "{error}");
    }
}
