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
                ..MatchKeys::default()
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

#[tokio::test]
async fn answers_to_a_mail_that_is_not_here_belong_together_and_to_it_when_it_comes() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let mut first = mail("m1", minute(1));
    first.in_reply_to = vec!["absent@example.com".into()];
    // What an old program writes there is a person, and no id.
    first.references = vec!["maria@example.com".into()];
    f.store
        .write(move |w| w.insert_message(conversation, &first, None, true, minute(1)))
        .await
        .unwrap();
    let sibling = ask(
        &f,
        Ask {
            references: &["absent@example.com"],
            ..NOTHING
        },
    )
    .await;
    assert_eq!(sibling.unwrap().conversation, conversation);
    let person = ask(
        &f,
        Ask {
            in_reply_to: &["maria@example.com"],
            ..NOTHING
        },
    )
    .await;
    assert_eq!(person, None);
    let parent = f
        .store
        .read(|r| {
            r.match_conversation(&MatchKeys {
                message_id: Some("absent@example.com"),
                ..MatchKeys::default()
            })
        })
        .await
        .unwrap();
    assert_eq!(parent.map(|found| found.conversation), Some(conversation));
}

#[tokio::test]
async fn a_subject_that_was_changed_on_the_way_still_leads_back() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let mut changed = mail("m1", minute(1));
    changed.subject = "Re: Prices".into();
    f.store
        .write(move |w| w.insert_message(conversation, &changed, None, true, minute(1)))
        .await
        .unwrap();
    f.conversation(maria, "Another thing").await;
    for subject in ["AW: Prices", "Re: website"] {
        let found = ask(
            &f,
            Ask {
                subject,
                from: "maria@example.com",
                ..NOTHING
            },
        )
        .await
        .unwrap();
        assert_eq!(
            (found.conversation, found.by),
            (conversation, MatchedBy::Subject)
        );
    }
}

#[tokio::test]
async fn conversations_become_one_unless_more_than_history_hangs_on_both() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let (a, b) = (
        f.conversation(maria, "Website").await,
        f.conversation(maria, "Prices").await,
    );
    let mut imported = mail("m1", minute(1));
    imported.gmail_id = None;
    imported.in_reply_to = vec!["absent@example.com".into()];
    let united = f
        .store
        .write(move |w| {
            w.insert_message(a, &imported, None, true, minute(1))?;
            // It came from Gmail, so this one stays.
            w.insert_message(b, &mail("m2", minute(2)), None, true, minute(2))?;
            w.unite_conversations(a, b, minute(3))
        })
        .await
        .unwrap();
    assert_eq!(united, Some((b, a)));
    let (messages, gone) = f
        .store
        .read(move |r| Ok((r.list_messages(b)?, r.get_conversation_status(a)?)))
        .await
        .unwrap();
    assert_eq!((messages.len(), gone), (2, None));
    for ask_for in [
        Ask {
            in_reply_to: &["absent@example.com"],
            ..NOTHING
        },
        Ask {
            subject: "Website",
            from: "maria@example.com",
            ..NOTHING
        },
    ] {
        assert_eq!(ask(&f, ask_for).await.unwrap().conversation, b);
    }
    let c = f.conversation(maria, "Third").await;
    let refused = f
        .store
        .write(move |w| {
            w.insert_message(c, &mail("m3", minute(3)), None, true, minute(3))?;
            w.unite_conversations(b, c, minute(4))
        })
        .await
        .unwrap();
    assert_eq!(refused, None);
}
