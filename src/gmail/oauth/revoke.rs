//! Gives a sign-in back to Google (RFC 7009).

use secrecy::ExposeSecret;
use url::form_urlencoded;

use super::ClientFile;
use super::error::{OauthError, OauthErrorKind};
use super::exchange;
use crate::gmail::patience::Patience;
use crate::gmail::token::TokenSet;
use crate::gmail::transport::{Lost, Transport};

/// Revokes the refresh token and with it every access token. That Google no longer knows
/// it is as good as done.
///
/// # Errors
/// Kinds `Offline`, `TimedOut`, `Server`, `Refused`: the sign-in may still be valid, and the
/// person can end it at <https://myaccount.google.com/connections>.
pub async fn revoke(client: &ClientFile, tokens: &TokenSet) -> Result<(), OauthError> {
    let patience = Patience::default();
    let transport = Transport::new(&patience).map_err(|lost| tls(&lost))?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", tokens.refresh_token.expose_secret())
        .finish();
    let answer = exchange::post(&transport, &patience, client.revoke_uri(), form).await?;
    if answer.is_success() {
        return Ok(());
    }
    let mut error = exchange::refused(&answer);
    let gone = matches!(
        error.reason.as_deref(),
        Some("invalid_token" | "invalid_grant")
    );
    if gone {
        return Ok(());
    }
    error.message = format!(
        "the sign-in could not be revoked; end it at https://myaccount.google.com/connections ({})",
        error.message
    );
    Err(error)
}

pub(super) fn tls(lost: &Lost) -> OauthError {
    OauthError::new(
        OauthErrorKind::NoCertificates,
        format!("TLS cannot be set up: {}", lost.detail),
    )
}
