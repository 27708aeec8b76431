//! What the consent page is asked: one permission, a refresh token, PKCE S256 (RFC 7636)
//! and a random `state` (RFC 6749 section 10.12).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

use crate::gmail::SCOPE;

/// The secrets of one sign-in.
pub(super) struct Challenge {
    pub(super) state: String,
    pub(super) verifier: SecretString,
}

impl Challenge {
    pub(super) fn random() -> Self {
        Self {
            state: random(),
            verifier: random().into(),
        }
    }

    /// Where the person gives the permission.
    pub(super) fn consent_url(
        &self,
        auth_uri: &Url,
        client_id: &str,
        redirect_uri: &str,
        account: Option<&str>,
    ) -> Url {
        let hash = Sha256::digest(self.verifier.expose_secret().as_bytes());
        let mut url = auth_uri.clone();
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", SCOPE)
            .append_pair("access_type", "offline")
            .append_pair("prompt", "consent")
            .append_pair("state", &self.state)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(hash))
            .append_pair("code_challenge_method", "S256");
        if let Some(account) = account {
            url.query_pairs_mut().append_pair("login_hint", account);
        }
        url
    }
}

/// 256 random bits.
fn random() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let challenge = Challenge {
            state: "s".into(),
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into(),
        };
        let auth = Url::parse("https://accounts.google.com/o/oauth2/auth?hl=en").unwrap();
        let url = challenge.consent_url(&auth, "id", "http://127.0.0.1:7", None);
        assert_eq!(
            url.as_str(),
            "https://accounts.google.com/o/oauth2/auth?hl=en&client_id=id\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A7&response_type=code\
             &scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgmail.modify\
             &access_type=offline&prompt=consent&state=s\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
             &code_challenge_method=S256"
        );
    }

    #[test]
    fn no_two_sign_ins_share_a_secret() {
        let (one, other) = (Challenge::random(), Challenge::random());
        assert_ne!(one.state, other.state);
        assert_ne!(one.state, one.verifier.expose_secret());
        assert_eq!(one.verifier.expose_secret().len(), 43);
    }
}
