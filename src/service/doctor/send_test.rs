//! Mails oneself and checks what the send protocol rests on: a draft is used up by being
//! sent, the mark survives, SENT lists the mail at once, and which Message-ID came out.

use crate::domain::doctor::Finding;
use crate::domain::{Address, GmailId};
use crate::gmail::{Gmail, GmailErrorKind, Listing};
use crate::mail::compose::{self, Outgoing};
use crate::mail::parse::MARK;
use crate::service::{ServiceError, Services};

/// Sends a mail to oneself and says what came of each assumption.
///
/// # Errors
/// When no mail could be sent at all: nothing was proven then.
pub async fn send_test(services: &Services) -> Result<Vec<Finding>, ServiceError> {
    let gmail = services.gmail().await?.as_person();
    let account = gmail.profile().await?.email;
    let own = Address::bare(&account);
    let mark = format!("doctor-{:032x}", rand::random::<u128>());
    let id = format!("{mark}@rejoinder.invalid");
    let raw = compose::reply(&Outgoing {
        from: own.clone(),
        to: vec![own],
        cc: Vec::new(),
        subject: "rejoinder: a test mail to yourself".to_owned(),
        body: "rejoinder doctor --send-test sent this to check how Gmail sends. It can be deleted."
            .to_owned(),
        in_reply_to: None,
        references: Vec::new(),
        message_id: id.clone(),
        mark: mark.clone(),
        date: services.now(),
        attachments: Vec::new(),
    })?;
    let draft = gmail.create_draft(&raw, None).await?;
    let sent = gmail.send_draft(&draft.draft_id).await?;
    let mut found = vec![Finding::ok(
        "send-test",
        format!("a mail to {account} was sent"),
    )];
    found.push(once(gmail.send_draft(&draft.draft_id).await.map(|_| ())));
    found.push(listed(&gmail, &sent.id).await);
    found.extend(headers(&gmail, &sent.id, &mark, &id).await);
    Ok(found)
}

fn once(second: Result<(), crate::gmail::GmailError>) -> Finding {
    let name = "send-test: a draft is sent once";
    match second {
        Err(error) if error.kind == GmailErrorKind::NotFound => {
            Finding::ok(name, "sending it again: 404, as it should be")
        }
        Ok(()) => Finding::failed(
            name,
            "the same draft was sent twice",
            "do not approve anything, and report this: sending relies on it",
        ),
        Err(error) => Finding::warning(
            name,
            format!("sending it again gave another answer: {error}"),
            "run it once more; if it stays, report it",
        ),
    }
}

async fn listed(gmail: &Gmail, id: &GmailId) -> Finding {
    let name = "send-test: SENT lists it at once";
    let listing = Listing {
        label_ids: vec!["SENT".to_owned()],
        max: 25,
        ..Listing::default()
    };
    match gmail.list_messages(&listing).await {
        Ok(page) if page.messages.iter().any(|mail| mail.id == *id) => {
            Finding::ok(name, "it is among the newest 25")
        }
        Ok(_) => Finding::warning(
            name,
            "it is not listed yet",
            "nothing to do: a reply whose answer is lost is looked for longer",
        ),
        Err(error) => Finding::failed(name, error.to_string(), "run it once more"),
    }
}

async fn headers(gmail: &Gmail, id: &GmailId, mark: &str, ours: &str) -> Vec<Finding> {
    let (marked, named) = ("send-test: the mark survives", "send-test: the Message-ID");
    let read = gmail.message_headers(id, &[MARK, "Message-ID"]).await;
    let headers = match read {
        Ok(headers) => headers,
        Err(error) => {
            return vec![
                Finding::failed(marked, error.to_string(), "run it once more"),
                Finding::skipped(named, "the sent mail could not be read"),
            ];
        }
    };
    let mark_kept = headers.header(MARK).map(str::trim) == Some(mark);
    let first = if mark_kept {
        Finding::ok(marked, format!("{MARK} came through"))
    } else {
        Finding::failed(
            marked,
            format!("{MARK} is gone"),
            "do not rely on automatic look-ups: check Gmail's Sent folder when rejoinder asks",
        )
    };
    let second = match headers
        .header("Message-ID")
        .map(|id| id.trim_matches(['<', '>', ' ']))
    {
        Some(id) if id == ours => Finding::ok(named, "Gmail kept ours"),
        Some(id) => Finding::ok(named, format!("Gmail put its own in: <{id}>")),
        None => Finding::warning(
            named,
            "the sent mail has none",
            "answers to it are matched by thread and subject; report this",
        ),
    };
    vec![first, second]
}
