//! Suggestions: versions, revisions, staleness.

use rejoinder::domain::{ConversationId, MessageId, SuggestionId, SuggestionStatus};
use rejoinder::store::{NewCall, NewSuggestion, StoreError};

use crate::fixture::{Fixture, draft, fixture, mail, minute};

async fn conversation_with_mail(f: &Fixture) -> (ConversationId, MessageId) {
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let message = f
        .store
        .write(move |w| {
            w.insert_message(conversation, &mail("m1", minute(1)), None, true, minute(1))
        })
        .await
        .unwrap();
    (conversation, message)
}

async fn wish(f: &Fixture, conversation: ConversationId, reply_to: MessageId) -> SuggestionId {
    f.store
        .write(move |w| {
            w.insert_suggestion(&NewSuggestion {
                conversation,
                reply_to,
                hint: None,
                instead_of: None,
                now: minute(2),
            })
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_finished_version_takes_the_place_of_the_one_before() {
    let f = fixture();
    let (conversation, message) = conversation_with_mail(&f).await;
    let first = wish(&f, conversation, message).await;
    assert!(
        f.store
            .write(move |w| w.finish_suggestion(first, &draft("one"), minute(3)))
            .await
            .unwrap()
    );
    let second = wish(&f, conversation, message).await;
    let status = f
        .store
        .read(move |r| r.require_suggestion(first))
        .await
        .unwrap()
        .status;
    assert_eq!(
        status,
        SuggestionStatus::Pending,
        "until the new one is there"
    );
    assert!(
        f.store
            .write(move |w| w.finish_suggestion(second, &draft("two"), minute(4)))
            .await
            .unwrap()
    );
    let all = f
        .store
        .read(move |r| r.list_suggestions(conversation))
        .await
        .unwrap();
    let states: Vec<_> = all.iter().map(|s| (s.version, s.status)).collect();
    assert_eq!(
        states,
        [
            (1, SuggestionStatus::Superseded),
            (2, SuggestionStatus::Pending)
        ]
    );
}

#[tokio::test]
async fn a_withdrawn_wish_is_not_filled() {
    let f = fixture();
    let (conversation, message) = conversation_with_mail(&f).await;
    let first = wish(&f, conversation, message).await;
    let second = wish(&f, conversation, message).await;
    assert!(
        !f.store
            .write(move |w| w.finish_suggestion(first, &draft("late"), minute(3)))
            .await
            .unwrap()
    );
    let tasks = f.store.read(|r| r.list_draft_tasks()).await.unwrap();
    assert_eq!(
        tasks.iter().map(|t| t.suggestion).collect::<Vec<_>>(),
        [second]
    );
}

#[tokio::test]
async fn an_edit_grows_the_revision_and_one_that_changes_nothing_does_not() {
    let f = fixture();
    let (conversation, message) = conversation_with_mail(&f).await;
    let id = wish(&f, conversation, message).await;
    f.store
        .write(move |w| w.finish_suggestion(id, &draft("one"), minute(3)))
        .await
        .unwrap();
    let before = f
        .store
        .read(move |r| r.require_suggestion(id))
        .await
        .unwrap()
        .revision;
    let same = f
        .store
        .write(move |w| w.save_edit(id, "one", &[], minute(4)))
        .await
        .unwrap();
    assert_eq!(same, before);
    let edited = f
        .store
        .write(move |w| w.save_edit(id, "uno", &[], minute(4)))
        .await
        .unwrap();
    assert_eq!(edited, before + 1);
    let back = f
        .store
        .write(move |w| w.save_edit(id, "one", &[], minute(5)))
        .await
        .unwrap();
    assert_eq!(back, before + 2);
    let stored = f
        .store
        .read(move |r| r.require_suggestion(id))
        .await
        .unwrap();
    assert_eq!((stored.edited_body, stored.body.as_str()), (None, "one"));
}

#[tokio::test]
async fn a_newer_mail_makes_a_suggestion_stale() {
    let f = fixture();
    let (conversation, message) = conversation_with_mail(&f).await;
    let id = wish(&f, conversation, message).await;
    f.store
        .write(move |w| w.finish_suggestion(id, &draft("one"), minute(3)))
        .await
        .unwrap();
    f.store
        .write(move |w| {
            w.insert_message(conversation, &mail("m2", minute(4)), None, true, minute(4))
        })
        .await
        .unwrap();
    assert!(
        f.store
            .read(move |r| r.require_suggestion(id))
            .await
            .unwrap()
            .stale
    );
}

#[tokio::test]
async fn a_text_that_is_on_its_way_cannot_be_edited() {
    let f = fixture();
    let (conversation, message) = conversation_with_mail(&f).await;
    let id = wish(&f, conversation, message).await;
    f.store
        .write(move |w| {
            w.finish_suggestion(id, &draft("one"), minute(3))?;
            let (from, to) = (SuggestionStatus::Pending, SuggestionStatus::Approved);
            w.set_suggestion_status(id, from, to, minute(3))
        })
        .await
        .unwrap();
    let edit = f
        .store
        .write(move |w| w.save_edit(id, "two", &[], minute(4)))
        .await;
    assert!(matches!(edit, Err(StoreError::Conflict(_))));
}

#[tokio::test]
async fn a_draft_that_is_being_written_has_no_unknown_price_but_a_lost_one_has() {
    let f = fixture();
    let (conversation, message) = conversation_with_mail(&f).await;
    let suggestion = wish(&f, conversation, message).await;
    f.store
        .write(move |w| {
            let call = NewCall {
                suggestion,
                conversation,
                context_hash: "c".into(),
                provider: "openai".into(),
                model: "m".into(),
            };
            w.insert_call(&call, minute(2))
        })
        .await
        .unwrap();
    let unknown = || async {
        let sums = f.store.read(|r| r.sum_spending(minute(0), minute(0))).await;
        sums.unwrap().unknown
    };
    assert_eq!(unknown().await, 0);
    f.store
        .write(move |w| w.finish_suggestion(suggestion, &draft("a template"), minute(3)))
        .await
        .unwrap();
    assert_eq!(unknown().await, 1);
}
