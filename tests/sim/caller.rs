//! A caller of the simulation: an HTTP client with a token, and mails to send.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use rejoinder::demo::clock::Clock;
use rejoinder::demo::gmail::{Control, Incoming, Sim, SimOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A running simulation with somebody signed in.
pub struct Caller {
    pub sim: Sim,
    pub control: Control,
    pub http: reqwest::Client,
    pub token: String,
}

/// A client that follows no redirects and keeps no connections.
pub fn http() -> reqwest::Client {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()
        .unwrap()
}

pub fn options() -> SimOptions {
    SimOptions {
        clock: Clock::fixed(),
        ..SimOptions::default()
    }
}

impl Caller {
    pub async fn new() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: SimOptions) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let control = sim.control();
        let token = control.sign_in().access_token;
        Self {
            sim,
            control,
            http: http(),
            token,
        }
    }

    /// A request below `/gmail/v1/users/me/`.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}gmail/v1/users/me/{path}", self.sim.base_url());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub async fn try_get(&self, path: &str) -> reqwest::Result<(StatusCode, Value)> {
        let answer = self.request(Method::GET, path).send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.try_get(path).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<(StatusCode, Value)> {
        let answer = self.request(Method::POST, path).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, body) = self.try_post(path, body).await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    pub async fn create_draft(&self, raw: &str, thread: Option<&str>) -> Value {
        let message = json!({ "raw": URL_SAFE.encode(raw), "threadId": thread });
        self.post("drafts", &json!({ "message": message })).await
    }

    pub fn deliver(&self, raw: &str) -> String {
        self.control.deliver(Incoming::new(raw.as_bytes().to_vec()))
    }
}

/// A lead's mail.
pub fn question(number: usize) -> String {
    format!(
        "From: Maria Lopez <maria@bakery.example>\r\nTo: sam@example.com\r\nSubject: Website\r\nMessage-ID: <q{number}@bakery.example>\r\n\r\nWhat would it cost?\r\n"
    )
}

/// Our answer to it, marked.
pub fn reply(to: usize, mark: &str) -> String {
    format!(
        "From: Sam Doe <sam@example.com>\r\nTo: maria@bakery.example\r\nSubject: Re: Website\r\nMessage-ID: <r{to}@local>\r\nIn-Reply-To: <q{to}@bakery.example>\r\nReferences: <q{to}@bakery.example>\r\nX-Rejoinder-Id: {mark}\r\n\r\nFrom 2,400 EUR.\r\n"
    )
}
