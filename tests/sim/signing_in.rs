//! OAuth as an installed program goes through it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rejoinder::demo::gmail::{Consent, GMAIL_MODIFY};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::caller::{Caller, options};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-long";
const REDIRECT: &str = "http://127.0.0.1:7777/";

fn installed(caller: &Caller) -> Value {
    caller.sim.client_file()["installed"].clone()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn consent_url(caller: &Caller, extra: &[(&str, &str)]) -> Url {
    let client = installed(caller);
    let mut url = Url::parse(&text(&client, "auth_uri")).unwrap();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut params = vec![
        ("client_id", text(&client, "client_id")),
        ("response_type", "code".to_owned()),
        ("redirect_uri", REDIRECT.to_owned()),
        ("scope", GMAIL_MODIFY.to_owned()),
        ("state", "s1".to_owned()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
        ("access_type", "offline".to_owned()),
        ("prompt", "consent".to_owned()),
    ];
    for (name, value) in extra {
        params.retain(|(known, _)| known != name);
        params.push((name, (*value).to_owned()));
    }
    url.query_pairs_mut().extend_pairs(params);
    url
}

/// What comes back to the program.
async fn answer(caller: &Caller, url: Url) -> Vec<(String, String)> {
    let answer = caller.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let back = answer.headers()["location"].to_str().unwrap();
    assert!(back.starts_with(REDIRECT), "{back}");
    let back = Url::parse(back).unwrap();
    back.query_pairs().into_owned().collect()
}

fn value(pairs: &[(String, String)], name: &str) -> String {
    let found = pairs.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

async fn token(caller: &Caller, fields: &[(&str, &str)]) -> (u16, Value) {
    let client = installed(caller);
    let (id, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
    let mut form = vec![
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
    ];
    form.extend_from_slice(fields);
    let url = text(&client, "token_uri");
    let answer = caller.http.post(url).form(&form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn redeem(caller: &Caller, code: &str, verifier: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
    ];
    token(caller, &fields).await
}

async fn signed_in(caller: &Caller) -> Value {
    let back = answer(caller, consent_url(caller, &[("auto", "1")])).await;
    let (status, tokens) = redeem(caller, &value(&back, "code"), VERIFIER).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

#[tokio::test]
async fn a_program_signs_in_with_pkce_and_reads_the_mailbox() {
    let mut caller = Caller::new().await;
    let back = answer(&caller, consent_url(&caller, &[("auto", "1")])).await;
    assert_eq!(value(&back, "state"), "s1");
    let (status, tokens) = redeem(&caller, &value(&back, "code"), VERIFIER).await;
    assert_eq!(status, 200);
    assert_eq!(tokens["scope"], GMAIL_MODIFY);
    assert!(tokens["refresh_token"].is_string());
    caller.token = text(&tokens, "access_token");
    let profile = caller.get("profile").await;
    assert_eq!(profile["emailAddress"], "sam@example.com");
    let (status, again) = redeem(&caller, &value(&back, "code"), VERIFIER).await;
    assert_eq!(
        (status, text(&again, "error")),
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_uses_the_code_up() {
    let caller = Caller::new().await;
    let back = answer(&caller, consent_url(&caller, &[("auto", "1")])).await;
    for verifier in ["something else", VERIFIER] {
        let (status, refused) = redeem(&caller, &value(&back, "code"), verifier).await;
        assert_eq!(
            (status, text(&refused, "error")),
            (400, "invalid_grant".to_owned())
        );
    }
}

#[tokio::test]
async fn the_consent_page_has_links_for_people() {
    let caller = Caller::new().await;
    let url = consent_url(&caller, &[]);
    let page = caller.http.get(url.clone()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    let links: Vec<Url> = page
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
        .map(|link| url.join(&link).unwrap())
        .collect();
    assert_eq!(links.len(), 3);
    let allowed = answer(&caller, links[0].clone()).await;
    assert!(!value(&allowed, "code").is_empty());
    let unticked = answer(&caller, links[1].clone()).await;
    let (_, tokens) = redeem(&caller, &value(&unticked, "code"), VERIFIER).await;
    assert_eq!(tokens["scope"], "openid");
    let denied = answer(&caller, links[2].clone()).await;
    assert_eq!(value(&denied, "error"), "access_denied");
    assert_eq!(value(&denied, "state"), "s1");
}

#[tokio::test]
async fn a_consent_request_that_google_would_refuse_is_refused() {
    let caller = Caller::new().await;
    for (wrong, status) in [
        (("client_id", "somebody"), 401),
        (("redirect_uri", "https://example.com/"), 400),
        (("redirect_uri", "urn:ietf:wg:oauth:2.0:oob"), 400),
        (("response_type", "token"), 400),
        (("scope", ""), 400),
        (("code_challenge_method", "plain"), 400),
    ] {
        let url = consent_url(&caller, &[wrong, ("auto", "1")]);
        let answer = caller.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), status, "{wrong:?}");
    }
    caller.control.set_consent(Consent::NotTester);
    let url = consent_url(&caller, &[]);
    let answer = caller.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn access_tokens_expire_and_are_refreshed() {
    let mut settings = options();
    settings.token_seconds = 60;
    let mut caller = Caller::with(settings).await;
    let tokens = signed_in(&caller).await;
    caller.token = text(&tokens, "access_token");
    caller.get("profile").await;
    caller.sim.advance(std::time::Duration::from_secs(60));
    let (status, body) = caller.try_get("profile").await.unwrap();
    assert_eq!(status, 401);
    assert_eq!(body["error"]["status"], "UNAUTHENTICATED");
    let refresh = text(&tokens, "refresh_token");
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh),
    ];
    let (status, fresh) = token(&caller, &fields).await;
    assert_eq!(status, 200);
    assert!(fresh.get("refresh_token").is_none());
    caller.token = text(&fresh, "access_token");
    caller.get("profile").await;
}

#[tokio::test]
async fn revoked_access_says_invalid_grant() {
    let caller = Caller::new().await;
    for by_hand in [true, false] {
        let tokens = signed_in(&caller).await;
        let refresh = text(&tokens, "refresh_token");
        if by_hand {
            caller.control.revoke_access();
        } else {
            let url = format!("{}revoke", caller.sim.base_url());
            let form = [("token", &refresh)];
            let answer = caller.http.post(url).form(&form).send().await.unwrap();
            assert_eq!(answer.status(), 200);
        }
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*refresh),
        ];
        let (status, refused) = token(&caller, &fields).await;
        assert_eq!(
            (status, text(&refused, "error")),
            (400, "invalid_grant".to_owned())
        );
    }
}

#[tokio::test]
async fn a_token_without_the_scope_may_not_read() {
    let mut caller = Caller::new().await;
    let url = consent_url(&caller, &[("sim_consent", "untick")]);
    let back = answer(&caller, url).await;
    let (_, tokens) = redeem(&caller, &value(&back, "code"), VERIFIER).await;
    caller.token = text(&tokens, "access_token");
    let (status, body) = caller.try_get("profile").await.unwrap();
    assert_eq!(status, 403);
    assert_eq!(
        body["error"]["errors"][0]["reason"],
        "insufficientPermissions"
    );
}

#[tokio::test]
async fn the_demos_browser_follows_the_consent_to_the_program() {
    use rejoinder::demo::browser::{VisitError, visit};
    let caller = Caller::new().await;
    let program = Caller::new().await;
    // Any loopback server stands for the program here; the path shows that it was asked.
    let redirect = format!("{}nowhere", program.sim.base_url());
    caller.control.set_consent(Consent::Allow);
    let url = consent_url(&caller, &[("redirect_uri", &redirect)]);
    let page = visit(url.as_str()).await.unwrap();
    assert!(
        page.url.starts_with(&redirect) && page.url.contains("code="),
        "{page:?}"
    );
    assert_eq!(page.status, 404);
    caller.control.set_consent(Consent::Ask);
    let page = visit(url.as_str()).await.unwrap();
    assert!(
        page.status == 200 && page.text.contains("Allow"),
        "{page:?}"
    );
    let far = visit("https://accounts.google.com/").await.unwrap_err();
    assert!(matches!(far, VisitError::NotLocal(_)), "{far}");
}
