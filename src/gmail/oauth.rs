//! Signing in to Google from a terminal: the client file, the consent, the redirect to
//! this machine or its pasted address, the tokens, and taking them over from elsewhere.
//!
//! OAuth 2.0 for installed programs (RFC 8252) with PKCE (RFC 7636): Google asks for the
//! client's secret all the same. Refreshing is in [`super::token`].

mod client_file;
mod consent;
mod error;
pub(super) mod exchange;
mod file_formats;
mod import;
mod loopback;
mod mend;
mod pasted;
mod revoke;
mod sign_in;
mod steps;

pub use client_file::{ClientFile, permission_problem};
pub use error::{OauthError, OauthErrorKind};
pub use import::{ImportedSignIn, import_token_file, import_token_text};
pub use revoke::revoke;
pub use sign_in::{Remark, SignIn};
pub use steps::{SETUP_STEPS, SetupStep};
