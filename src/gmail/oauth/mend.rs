//! Google's words for a refused sign-in, each with its exact mend. Most of them are shown
//! by Google's own page and never reach the program, unless the person pastes them.

use super::error::OauthErrorKind;

/// What Google's word means and what to do; none for a word that is not known.
pub(super) fn of(word: &str, said: &str) -> Option<(OauthErrorKind, String)> {
    use OauthErrorKind as Kind;
    let said_lower = said.to_lowercase();
    let testing = [
        "verification process",
        "test user",
        "being tested",
        "approved testers",
    ]
    .iter()
    .any(|words| said_lower.contains(words));
    let (kind, mend) = match word {
        "access_denied" if testing => (Kind::Denied, NOT_A_TEST_USER),
        "access_denied" => (Kind::Denied, ACCESS_DENIED),
        "invalid_client" | "deleted_client" => (
            Kind::InvalidClient,
            "Google does not know this client, or its secret is wrong: download the client file again (Google Auth Platform > Clients), or create a new client of the type \"Desktop app\"",
        ),
        "unauthorized_client" => (
            Kind::InvalidClient,
            "the client may not do this kind of sign-in: create one of the type \"Desktop app\" (Google Auth Platform > Clients) and use its file",
        ),
        "redirect_uri_mismatch" => (
            Kind::RedirectMismatch,
            "the client is not of the type \"Desktop app\", so Google will not send you back to this machine: create one of that type (Google Auth Platform > Clients) and use its file",
        ),
        "org_internal" => (
            Kind::Policy,
            "the Google Cloud project is for one organisation only: sign in with an account of that organisation, or set Google Auth Platform > Audience to \"External\"",
        ),
        "admin_policy_enforced" => (
            Kind::Policy,
            "the administrator of your Google Workspace does not allow it: ask them to trust this client under Security > Access and data control > API controls",
        ),
        "access_not_configured" | "accessNotConfigured" | "SERVICE_DISABLED" => (
            Kind::Policy,
            "the Gmail API is not enabled in your Google Cloud project: enable it at https://console.cloud.google.com/apis/library/gmail.googleapis.com and wait a few minutes",
        ),
        "invalid_grant" => (
            Kind::InvalidGrant,
            "the code is no longer valid: it works once and for a few minutes only, so start the sign-in again; if that does not help, check this machine's clock",
        ),
        "invalid_scope" => (
            Kind::Policy,
            "the project does not offer the permission asked for: add the scope gmail.modify under Google Auth Platform > Data Access",
        ),
        "disallowed_useragent" => (
            Kind::Refused,
            "Google does not accept this browser: open the address in an ordinary one",
        ),
        "invalid_request" if said_lower.contains("client_secret") => (
            Kind::InvalidClient,
            "the client's secret is missing: Google wants it for desktop clients too, so use the whole client file",
        ),
        "server_error" | "temporarily_unavailable" | "internal_failure" => (
            Kind::Server,
            "Google has trouble: try again in a few minutes",
        ),
        "slow_down" | "rate_limit_exceeded" => (
            Kind::RateLimited,
            "Google asks for patience: try again in a few minutes",
        ),
        _ => return None,
    };
    Some((kind, mend.to_owned()))
}

const ACCESS_DENIED: &str = "the permission was not given: start again and choose \"Continue\", and \"Advanced > Go to ...\" if Google warns that the program is not verified; if Google said that you are no test user, add your address under Google Auth Platform > Audience > Test users";

const NOT_A_TEST_USER: &str = "the Google Cloud project is in status \"Testing\" and your address is not among its test users: add it under Google Auth Platform > Audience > Test users, or publish the app there (a sign-in in status \"Testing\" also ends after seven days)";

/// Words that are looked for in a text that somebody pasted from Google's error page.
pub(super) const WORDS: &[&str] = &[
    "redirect_uri_mismatch",
    "org_internal",
    "admin_policy_enforced",
    "invalid_client",
    "deleted_client",
    "unauthorized_client",
    "access_denied",
    "invalid_scope",
    "disallowed_useragent",
    "accessNotConfigured",
    "SERVICE_DISABLED",
    "invalid_request",
];
