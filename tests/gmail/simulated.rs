//! The adapter against the simulated Gmail: a whole journey, and what its errors promise
//! held against the simulation's own record of what was done.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use rejoinder::config;
use rejoinder::demo::gmail::{
    CallEntry, Consent, Control, Fault, FaultRule, Incoming, Sim, SimOptions,
};
use rejoinder::domain::HistoryId;
use rejoinder::gmail::oauth::{ClientFile, SignIn};
use rejoinder::gmail::{
    Clock, Gmail, GmailError, GmailErrorKind as Kind, Listing, Outcome, Patience,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::server::{Kept, brisk, tokens};

/// Quick, and with as much quota as tests want.
fn settings(sim: &Sim) -> config::Gmail {
    config::Gmail {
        base_url: sim.base_url(),
        rate_limit_per_minute: 1_000_000,
        quota: config::Quota {
            units_per_minute: 10_000_000,
            ..config::Quota::default()
        },
        ..config::Gmail::default()
    }
}

fn client(sim: &Sim) -> ClientFile {
    ClientFile::from_json(&sim.client_file().to_string()).unwrap()
}

fn mailbox(sim: &Sim, kept: &Arc<Kept>) -> Gmail {
    let patience = Patience {
        answer: std::time::Duration::from_secs(5),
        tries: 12,
        ..brisk()
    };
    let (settings, client) = (settings(sim), client(sim));
    Gmail::connect_with(
        &settings,
        Arc::clone(kept) as _,
        client,
        Clock::system(),
        patience,
    )
    .unwrap()
}

fn signed_in(control: &Control) -> Arc<Kept> {
    let granted = control.sign_in();
    Kept::with(tokens(
        &granted.access_token,
        &granted.refresh_token,
        "2999-01-01T00:00:00Z",
    ))
}

fn mail(number: usize) -> Vec<u8> {
    format!(
        "From: Lead <lead{number}@example.net>\r\nTo: sam@example.com\r\nSubject: Mail {number}\r\n\
         Message-ID: <{number}@example.net>\r\nDate: Mon, 02 Nov 2026 09:00:00 +0000\r\n\r\nHello {number}\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_person_signs_in_reads_answers_and_signs_out() {
    let sim = Sim::start(SimOptions {
        consent: Consent::Allow,
        ..SimOptions::default()
    })
    .await
    .unwrap();
    let control = sim.control();
    let sign_in = SignIn::begin(client(&sim), None).await.unwrap();
    let consent = sign_in.consent_url().to_owned();
    let (_paste, pasted) = mpsc::channel(1);
    let end = tokio::spawn(sign_in.finish(CancellationToken::new(), pasted));
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let page = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .get(consent)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("You can close this window"), "{page}");
    let kept = Kept::with(end.await.unwrap().unwrap());
    let gmail = mailbox(&sim, &kept).as_person();

    let profile = gmail.profile().await.unwrap();
    assert_eq!(profile.email, "sam@example.com");
    let id = control.deliver(Incoming::new(mail(1)));
    let page = gmail.history(profile.history_id, None).await.unwrap();
    let new = &page.records[0].added[0];
    assert_eq!(new.id.as_str(), id);
    let whole = gmail.message_raw(&new.id).await.unwrap();
    assert_eq!(whole.raw, mail(1));
    gmail.modify(&new.id, &[], &["UNREAD"]).await.unwrap();
    assert!(!control.message(&id).unwrap().has("UNREAD"));

    let answer = b"From: sam@example.com\r\nTo: lead1@example.net\r\nSubject: Re: Mail 1\r\n\
        In-Reply-To: <1@example.net>\r\nReferences: <1@example.net>\r\nX-Rejoinder-Id: abc\r\n\
        Message-ID: <ours@example.com>\r\n\r\nYes.\r\n";
    let draft = gmail
        .create_draft(answer, Some(&whole.thread_id))
        .await
        .unwrap();
    let looked = gmail.get_draft(&draft.draft_id).await.unwrap();
    assert_eq!(looked.reference, draft);
    assert_eq!(looked.header("X-Rejoinder-Id"), Some("abc"));
    let held = gmail.draft_raw(&draft.draft_id).await.unwrap();
    assert_eq!(held.reference, draft);
    assert!(String::from_utf8_lossy(&held.raw).ends_with("Yes.\r\n"));
    let sent = gmail.send_draft(&draft.draft_id).await.unwrap();
    assert_eq!(sent.thread_id, whole.thread_id);
    let again = gmail.send_draft(&draft.draft_id).await.unwrap_err();
    assert_eq!(again.kind, Kind::NotFound);
    let headers = gmail
        .message_headers(&sent.id, &["Message-ID", "X-Rejoinder-Id"])
        .await
        .unwrap();
    assert_eq!(headers.header("x-rejoinder-id"), Some("abc"));
    assert_ne!(headers.header("message-id"), Some("<ours@example.com>"));
    let listed = gmail
        .list_messages(&Listing {
            label_ids: vec!["SENT".into()],
            max: 25,
            ..Listing::default()
        })
        .await
        .unwrap();
    assert_eq!(listed.messages[0].id, sent.id);
    assert_eq!(control.sent().len(), 1);

    control.expire_access_tokens();
    gmail.labels().await.unwrap();
    control.expire_history();
    control.deliver_all([Incoming::new(mail(2))]);
    let error = gmail.history(HistoryId(1), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::HistoryExpired);

    let tokens = kept.tokens.lock().unwrap().clone().unwrap();
    rejoinder::gmail::oauth::revoke(&client(&sim), &tokens)
        .await
        .unwrap();
    let error = gmail.labels().await.unwrap_err();
    assert_eq!(error.kind, Kind::SignIn);
    assert!(error.message.contains("rejoinder login"), "{error}");
}

#[tokio::test]
async fn a_sync_through_a_bad_network_misses_nothing() {
    let sim = Sim::start(SimOptions::default()).await.unwrap();
    let control = sim.control();
    let gmail = mailbox(&sim, &signed_in(&control));
    let start = gmail.profile().await.unwrap().history_id;
    control.fault(FaultRule::on("*", Fault::Any { retry_after: 0 }).with_probability(0.2));
    let delivered: HashSet<String> = control
        .deliver_all((0..1_200).map(|n| Incoming::new(mail(n))))
        .into_iter()
        .collect();
    let mut found = HashSet::new();
    let mut page = None;
    loop {
        let answer = gmail.history(start, page.as_deref()).await.unwrap();
        assert_eq!(answer.skipped, 0);
        for new in answer.records.iter().flat_map(|record| &record.added) {
            found.insert(new.id.to_string());
        }
        page = answer.next_page;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(found, delivered);
    let waiting: Arc<Mutex<Vec<String>>> = Arc::new(Mutex::new(found.into_iter().collect()));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (gmail, waiting) = (gmail.clone(), Arc::clone(&waiting));
            tokio::spawn(async move {
                let mut read = 0;
                loop {
                    let next = waiting.lock().unwrap().pop();
                    let Some(id) = next else { return read };
                    let mail = gmail.message_raw(&id.as_str().into()).await.unwrap();
                    assert!(mail.raw.starts_with(b"From: Lead"));
                    read += 1;
                }
            })
        })
        .collect();
    let mut read = 0;
    for worker in workers {
        read += worker.await.unwrap();
    }
    assert_eq!(read, 1_200);
}

/// The newest call of that method in the simulation's journal.
fn last(control: &Control, method: &str) -> CallEntry {
    control.look(|journal| {
        let mut calls = journal.calls.iter().rev();
        calls.find(|call| call.method == method).cloned().unwrap()
    })
}

#[tokio::test]
async fn what_is_called_not_done_was_not_done_and_every_write_is_made_once() {
    let sim = Sim::start(SimOptions::default()).await.unwrap();
    let control = sim.control();
    let gmail = mailbox(&sim, &signed_in(&control)).as_person();
    control.fault(FaultRule::on("drafts.*", Fault::Any { retry_after: 0 }).with_probability(0.6));
    let (mut not_done, mut unknown, mut probably) = (0, 0, 0);
    let mut held = |error: &GmailError, method: &str| {
        let call = last(&control, method);
        match error.outcome() {
            Outcome::NotDone => {
                assert!(!call.work_done, "{error}: {call:?}");
                not_done += 1;
            }
            Outcome::Unknown => unknown += 1,
        }
        if error.probably_done() {
            assert!(call.work_done, "{error}: {call:?}");
            probably += 1;
        }
    };
    let mut made = 0;
    for number in 0..300 {
        let raw =
            format!("From: sam@example.com\r\nTo: a@example.net\r\nSubject: {number}\r\n\r\n.");
        let before = control.look(|journal| journal.calls.len());
        match gmail.create_draft(raw.as_bytes(), None).await {
            Err(error) => held(&error, "drafts.create"),
            Ok(draft) => {
                made += 1;
                if let Err(error) = gmail.send_draft(&draft.draft_id).await {
                    held(&error, "drafts.send");
                }
            }
        }
        let calls = control.look(|journal| journal.calls.len()) - before;
        assert!(calls <= 2, "a write was repeated");
    }
    assert!(made > 50 && not_done > 20 && unknown > 50 && probably > 20);
}

#[tokio::test]
async fn offline_is_no_reason_to_sign_in_again() {
    let sim = Sim::start(SimOptions::default()).await.unwrap();
    let control = sim.control();
    let gmail = mailbox(&sim, &signed_in(&control)).as_person();
    gmail.labels().await.unwrap();
    drop(sim);
    let error = gmail.send_draft(&"d".into()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Offline, Outcome::NotDone)
    );
}
