//! The four steps by which a mail finds its conversation.

use jiff::SignedDuration;
use rejoinder::domain::subject::normalise_subject;
use rejoinder::domain::{ConversationStatus, MatchedBy};
use rejoinder::store::{Match, MatchKeys};

use crate::fixture::{Fixture, fixture, mail, minute};

struct Ask<'a> {
    in_reply_to: &'a [&'a str],
    references: &'a [&'a str],
    thread: Option<&'a str>,
    subject: &'a str,
    from: &'a str,
    days_later: i64,
}

const NOTHING: Ask<'_> = Ask {
    in_reply_to: &[],
    references: &[],
    thread: None,
    subject: "",
    from: "",
    days_later: 0,
};

async fn ask(f: &Fixture, ask: Ask<'_>) -> Option<Match> {
    let strings = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let (in_reply_to, references) = (strings(ask.in_reply_to), strings(ask.references));
    let thread = ask.thread.map(Into::into);
    let key = normalise_subject(ask.subject);
    let from = ask.from.to_owned();
    let at = minute(60) + SignedDuration::from_hours(24 * ask.days_later);
    f.store
        .read(move |r| {
            r.match_conversation(&MatchKeys {
                in_reply_to: &in_reply_to,
                references: &references,
                gmail_thread_id: thread.as_ref(),
                subject_key: &key,
                lead: r.get_lead_by_address(&from)?.map(|lead| lead.id),
                at,
            })
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn proof_comes_before_guesses_and_guesses_say_so() {
    let f = fixture();
    let maria = f.lead("Maria", "Maria@Example.com").await;
    let (old, new) = (
        f.conversation(maria, "Website").await,
        f.conversation(maria, "Logo").await,
    );
    f.store
        .write(move |w| {
            w.insert_message(old, &mail("m1", minute(1)), None, true, minute(1))?;
            w.insert_message(new, &mail("m2", minute(2)), None, true, minute(2))
        })
        .await
        .unwrap();

    let found = ask(
        &f,
        Ask {
            in_reply_to: &["x@y", "m1@example.com"],
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!(
        found,
        Match {
            conversation: old,
            by: MatchedBy::InReplyTo,
            certain: true
        }
    );
    let found = ask(
        &f,
        Ask {
            references: &["m1@example.com", "gone@x"],
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!((found.conversation, found.by), (old, MatchedBy::References));
    let both = &["m1@example.com", "m2@example.com"];
    let found = ask(
        &f,
        Ask {
            references: both,
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!(found.conversation, new, "the newest ancestor counts");
    let found = ask(
        &f,
        Ask {
            thread: Some("t-m1"),
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!((found.conversation, found.by), (old, MatchedBy::Thread));
    let from = "maria@example.com";
    let found = ask(
        &f,
        Ask {
            subject: "AW: [x] website",
            from,
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!((found.conversation, found.by), (old, MatchedBy::Subject));
    let found = ask(
        &f,
        Ask {
            subject: "Something new",
            from,
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!(
        found,
        Match {
            conversation: new,
            by: MatchedBy::Sender,
            certain: false
        }
    );
    assert_eq!(
        ask(
            &f,
            Ask {
                subject: "Website",
                from: "x@y.z",
                ..NOTHING
            }
        )
        .await,
        None
    );
}

#[tokio::test]
async fn a_subject_is_forgotten_after_ninety_days() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let from = "maria@example.com";
    let found = ask(
        &f,
        Ask {
            subject: "Website",
            from,
            days_later: 89,
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!(
        (found.conversation, found.by),
        (conversation, MatchedBy::Subject)
    );
    let found = ask(
        &f,
        Ask {
            subject: "Website",
            from,
            days_later: 91,
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!(found.by, MatchedBy::Sender);
}

#[tokio::test]
async fn an_archived_conversation_is_no_guess() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    f.store
        .write(move |w| {
            w.set_conversation_status(conversation, ConversationStatus::Archived, None, minute(2))
        })
        .await
        .unwrap();
    assert_eq!(
        ask(
            &f,
            Ask {
                subject: "Other",
                from: "maria@example.com",
                ..NOTHING
            }
        )
        .await,
        None
    );
}

#[tokio::test]
async fn a_lead_is_known_by_every_address() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    f.store
        .write(move |w| w.insert_lead_address(maria, "ML@home.example"))
        .await
        .unwrap();
    let found = ask(
        &f,
        Ask {
            from: "ml@home.example",
            subject: "hi",
            ..NOTHING
        },
    )
    .await
    .unwrap();
    assert_eq!(found.conversation, conversation);
}
