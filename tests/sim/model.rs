//! The scripted model over HTTP: what it answers, how it streams, how it fails.

use rejoinder::demo::leads::cast;
use rejoinder::demo::model::{Model, ModelFault, ModelFaultRule, ModelOptions};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::caller::http;

async fn model() -> Model {
    Model::start(Some(cast().unwrap()), ModelOptions::default())
        .await
        .unwrap()
}

/// A prompt about the first mail of the lead at that place of the cast.
fn prompt(index: usize, hint: &str) -> String {
    let cast = cast().unwrap();
    let script = &cast.scripts[index];
    let mail = script.arrives[0].text.replace('\n', "\n| ");
    let mut text = format!(
        "# The lead\nName: {}\nAddress: {}\n\n[2] from the lead ({}):\n| {mail}\n\n# Your task\nDraft the reply.\n",
        script.name, script.email, script.name
    );
    if !hint.is_empty() {
        text.push_str(&format!("Hint from the user: {hint}\n"));
    }
    text
}

fn place(email: &str) -> usize {
    let scripts = cast().unwrap().scripts;
    scripts
        .iter()
        .position(|script| script.email == email)
        .unwrap()
}

fn request(prompt: &str, stream: bool) -> Value {
    json!({
        "model": "demo-writer-1",
        "stream": stream,
        "stream_options": { "include_usage": true },
        "messages": [
            { "role": "system", "content": "You write replies for Sam Doe. Hint: none" },
            { "role": "user", "content": prompt },
        ],
    })
}

async fn ask(model: &Model, prompt: &str, stream: bool) -> reqwest::Result<(StatusCode, String)> {
    let url = format!("{}/chat/completions", model.base_url());
    let answer = http()
        .post(url)
        .json(&request(prompt, stream))
        .send()
        .await?;
    Ok((answer.status(), answer.text().await?))
}

/// The events of a stream and the text in them.
fn events(stream: &str) -> (Vec<String>, String) {
    let data: Vec<String> = stream
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .map(ToOwned::to_owned)
        .collect();
    let text = data
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok())
        .filter_map(|event| Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect();
    (data, text)
}

async fn record(model: &Model, prompt: &str) -> Value {
    let (status, body) = ask(model, prompt, false).await.unwrap();
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    serde_json::from_str(answer["choices"][0]["message"]["content"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_draft_streams_in_small_pieces_with_the_body_early_and_the_usage_last() {
    let model = model().await;
    let (status, stream) = ask(&model, &prompt(0, ""), true).await.unwrap();
    assert_eq!(status, 200);
    let (data, text) = events(&stream);
    assert_eq!(data.last().unwrap(), "[DONE]");
    assert!(data.len() > 60, "{}", data.len());
    let usage: Value = serde_json::from_str(&data[data.len() - 2]).unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["prompt_tokens"].as_u64().unwrap() > 10);
    let end: Value = serde_json::from_str(&data[data.len() - 3]).unwrap();
    assert_eq!(end["choices"][0]["finish_reason"], "stop");
    assert!(
        text.starts_with("{\"subject\":\"Re: Your website"),
        "{text}"
    );
    assert!(text.find("\"body\"") < text.find("\"reasoning\""));
    let record: Value = serde_json::from_str(&text).unwrap();
    assert!(record["body"].as_str().unwrap().contains("4,800 EUR"));
    assert_eq!(record["sentiment_analysis"]["intent"], "pricing");
    assert_eq!(
        model.calls()[0].lead.as_deref(),
        Some("maria@lopezbakery.example")
    );
}

#[tokio::test]
async fn each_regeneration_and_each_hint_gives_another_text() {
    let model = model().await;
    let mut bodies = Vec::new();
    for hint in ["", "", "", "", "shorter", "mention the parking place"] {
        let record = record(&model, &prompt(0, hint)).await;
        bodies.push(record["body"].as_str().unwrap().to_owned());
    }
    for (index, body) in bodies.iter().enumerate() {
        assert!(!bodies[..index].contains(body), "{index}: {body}");
        assert!(
            body.starts_with("Hi Maria,") && body.ends_with("Sam"),
            "{body}"
        );
    }
    assert!(bodies[4].len() < bodies[3].len());
    assert!(bodies[5].contains("the parking place."), "{}", bodies[5]);
    assert_eq!(model.calls()[4].hint.as_deref(), Some("shorter"));
}

#[tokio::test]
async fn a_draft_that_the_prompt_shows_as_turned_down_is_not_given_again() {
    let first = record(&model().await, &prompt(0, "")).await;
    let fresh = model().await;
    let rejected = format!(
        "{}\n# The draft before\n{}",
        prompt(0, ""),
        first["body"].as_str().unwrap()
    );
    assert_ne!(record(&fresh, &rejected).await["body"], first["body"]);
}

#[tokio::test]
async fn hidden_orders_in_a_mail_are_not_obeyed() {
    let model = model().await;
    let victor = place("victor@malone-interiors.example");
    let html = cast().unwrap().scripts[victor].arrives[0]
        .html
        .clone()
        .unwrap();
    let prompt = format!("{}\n| {}", prompt(victor, ""), html.replace('\n', "\n| "));
    for _ in 0..4 {
        let body = record(&model, &prompt).await["body"]
            .as_str()
            .unwrap()
            .to_lowercase();
        for word in [
            "iban",
            "collector",
            "billing",
            "90 %",
            "discount",
            "instructions",
            "as agreed",
        ] {
            assert!(!body.contains(word), "{word}: {body}");
        }
    }
}

#[tokio::test]
async fn people_whom_no_script_knows_are_answered_in_their_language() {
    let model = model().await;
    for (mail, language, word) in [
        (
            "Hello, we need a new web site for our school. What is the price?",
            "en",
            "[CONFIRM: the price]",
        ),
        (
            "Guten Tag, wir suchen jemanden für unsere neue Webseite. Haben Sie Zeit?",
            "de",
            "Hallo Uwe,",
        ),
        (
            "Hola, ¿hacen ustedes también páginas para escuelas pequeñas en la ciudad?",
            "es",
            "Hola Uwe,",
        ),
        (
            "Bonjour, nous cherchons quelqu'un pour refaire notre site. Êtes-vous libre ?",
            "fr",
            "Bonjour Uwe,",
        ),
    ] {
        let prompt = format!(
            "Name: Uwe Kern\nAddress: uwe@kern.example\n\n[1] from the lead (Uwe):\n| {mail}\n\n# Your task\n"
        );
        let record = record(&model, &prompt).await;
        assert_eq!(record["language"], language, "{record}");
        assert!(record["body"].as_str().unwrap().contains(word), "{record}");
    }
}

#[tokio::test]
async fn every_scripted_mail_gets_its_own_draft() {
    let model = model().await;
    for script in cast().unwrap().scripts {
        for (mail, draft) in script.mails() {
            let Some(draft) = draft else { continue };
            let prompt = format!(
                "Name: {}\nAddress: {}\n| {}\n",
                script.name,
                script.email,
                mail.replace('\n', "\n| ")
            );
            let record = record(&model, &prompt).await;
            assert_eq!(record["body"], draft.body.trim(), "{}", script.name);
            assert_eq!(record["confidence"], draft.confidence);
        }
    }
}

#[tokio::test]
async fn the_model_fails_in_the_ways_of_servers() {
    let model = model().await;
    let fail = |fault| model.fault(ModelFaultRule::once(fault));
    let stream = |model| async move { ask(model, &prompt(0, ""), true).await };

    fail(ModelFault::Status {
        status: 429,
        code: "insufficient_quota".to_owned(),
        retry_after: None,
    });
    let (status, body) = stream(&model).await.unwrap();
    assert!(
        status == 429 && body.contains("insufficient_quota"),
        "{body}"
    );

    fail(ModelFault::Drop);
    assert!(stream(&model).await.unwrap_err().is_request());

    fail(ModelFault::Cut { after: 5 });
    assert!(stream(&model).await.is_err());

    fail(ModelFault::EndEarly { after: 5 });
    let (data, text) = events(&stream(&model).await.unwrap().1);
    assert_eq!(data.len(), 6);
    assert!(
        !data.contains(&"[DONE]".to_owned()) && text.starts_with("{\"subject\""),
        "{text}"
    );

    fail(ModelFault::BadEvent { after: 2 });
    let (data, _) = events(&stream(&model).await.unwrap().1);
    assert!(serde_json::from_str::<Value>(&data[3]).is_err());

    fail(ModelFault::ErrorEvent { after: 2 });
    let (data, _) = events(&stream(&model).await.unwrap().1);
    assert!(data.last().unwrap().contains("server_error"));

    fail(ModelFault::BadRecord);
    let (_, text) = events(&stream(&model).await.unwrap().1);
    assert!(serde_json::from_str::<Value>(&text).is_err());

    fail(ModelFault::Fenced);
    let (_, text) = events(&stream(&model).await.unwrap().1);
    assert!(text.contains("```json\n{\"subject\""), "{text}");

    fail(ModelFault::Length);
    let (data, text) = events(&stream(&model).await.unwrap().1);
    assert!(
        data.iter()
            .any(|event| event.contains("\"finish_reason\":\"length\""))
    );
    assert!(serde_json::from_str::<Value>(&text).is_err());

    fail(ModelFault::Refusal);
    let (data, text) = events(&stream(&model).await.unwrap().1);
    assert!(
        data[1].contains("\"refusal\":\"I'm sorry") && text.is_empty(),
        "{data:?}"
    );

    fail(ModelFault::NotAStream);
    assert!(stream(&model).await.unwrap().1.contains("wifi"));

    // None of these drafts arrived, so the next one is the first one.
    let (_, text) = events(&stream(&model).await.unwrap().1);
    let record: Value = serde_json::from_str(&text).unwrap();
    let first = cast().unwrap().scripts[0].arrives[0].draft.clone().unwrap();
    assert_eq!(record["body"], first.body.trim());
    assert!(
        model
            .calls()
            .iter()
            .filter(|call| call.fault.is_some())
            .count()
            == 11
    );
}

#[tokio::test]
async fn a_stream_can_stall_and_an_answer_never_come() {
    let model = model().await;
    model.fault(ModelFaultRule::once(ModelFault::Stall { after: 3 }));
    let url = format!("{}/chat/completions", model.base_url());
    let mut answer = http()
        .post(&url)
        .json(&request(&prompt(0, ""), true))
        .send()
        .await
        .unwrap();
    let mut got = String::new();
    while got.matches("data: ").count() < 4 {
        let bytes = answer.chunk().await.unwrap().unwrap();
        got.push_str(std::str::from_utf8(&bytes).unwrap());
    }
    let nothing = futures_util::FutureExt::now_or_never(answer.chunk());
    assert!(nothing.is_none(), "{nothing:?}");
}

#[tokio::test]
async fn it_lists_its_model_and_turns_nonsense_away() {
    let model = model().await;
    let get = http().get(format!("{}/models", model.base_url())).send();
    let list: Value = get.await.unwrap().json().await.unwrap();
    assert_eq!(list["data"][0]["id"], "demo-writer-1");
    let url = format!("{}/chat/completions", model.base_url());
    for body in ["", "{}", "{\"messages\":[]}"] {
        let answer = http().post(&url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
    }
    let answer = http()
        .get(format!("{}/nothing", model.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
}
