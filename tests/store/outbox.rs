//! Deliveries: one at a time in a conversation, one step from the state that was read.

use rejoinder::domain::delivery::{DeliveryState, DeliveryStep};
use rejoinder::domain::{ConversationId, DeliveryId};
use rejoinder::store::{InboxFilter, NewDelivery, OutboxPatch, StoreError};

use crate::fixture::{Fixture, fixture, minute};

fn reply(conversation: ConversationId, mark: &str) -> NewDelivery {
    NewDelivery {
        conversation,
        suggestion: None,
        not_before: minute(5),
        mark: mark.into(),
        raw: b"From: a\r\n\r\nb".to_vec(),
        recipient: "maria@example.com".into(),
        subject: "Re: Website".into(),
        body: "b".into(),
        gmail_thread_id: None,
        archive_after: false,
        scheduled: false,
        files: Vec::new(),
        now: minute(1),
    }
}

async fn step(
    f: &Fixture,
    id: DeliveryId,
    from: DeliveryState,
    step: DeliveryStep,
) -> Result<DeliveryState, StoreError> {
    f.store
        .write_durably(move |w| w.step_delivery(id, from, step, &OutboxPatch::default(), minute(6)))
        .await
}

#[tokio::test]
async fn a_step_from_a_state_that_has_passed_is_a_conflict() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let id = f
        .store
        .write(move |w| w.insert_delivery(&reply(conversation, "a")))
        .await
        .unwrap();
    assert_eq!(
        step(&f, id, DeliveryState::Queued, DeliveryStep::Undo)
            .await
            .unwrap(),
        DeliveryState::Cancelled
    );
    let late = step(&f, id, DeliveryState::Queued, DeliveryStep::Due)
        .await
        .unwrap_err();
    assert!(matches!(late, StoreError::Conflict(_)), "{late}");
}

#[tokio::test]
async fn a_conversation_has_one_reply_under_way() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let id = f
        .store
        .write(move |w| w.insert_delivery(&reply(conversation, "a")))
        .await
        .unwrap();
    let second = f
        .store
        .write(move |w| w.insert_delivery(&reply(conversation, "b")))
        .await;
    assert!(matches!(second, Err(StoreError::Conflict(_))));
    step(&f, id, DeliveryState::Queued, DeliveryStep::Undo)
        .await
        .unwrap();
    f.store
        .write(move |w| w.insert_delivery(&reply(conversation, "b")))
        .await
        .unwrap();
}

#[tokio::test]
async fn only_what_is_due_is_handed_out() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let id = f
        .store
        .write(move |w| w.insert_delivery(&reply(conversation, "a")))
        .await
        .unwrap();
    assert!(
        f.store
            .read(|r| r.get_due_delivery(minute(4)))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        f.store.read(|r| r.get_next_delivery_time()).await.unwrap(),
        Some(minute(5))
    );
    let due = f
        .store
        .read(|r| r.get_due_delivery(minute(5)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((due.delivery.id, due.mark.as_str()), (id, "a"));
}

#[tokio::test]
async fn the_inbox_follows_the_delivery() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    let id = f
        .store
        .write(move |w| w.insert_delivery(&reply(conversation, "a")))
        .await
        .unwrap();
    assert_eq!(f.store.read(|r| r.count_groups()).await.unwrap().sending, 1);
    for (from, to) in [
        (DeliveryState::Queued, DeliveryStep::Due),
        (DeliveryState::Staging, DeliveryStep::DraftMade),
        (DeliveryState::Staged, DeliveryStep::Start),
        (DeliveryState::Sending, DeliveryStep::LoseSight),
        (DeliveryState::Unknown, DeliveryStep::GiveUp),
    ] {
        step(&f, id, from, to).await.unwrap();
    }
    assert_eq!(
        f.store
            .read(|r| r.count_groups())
            .await
            .unwrap()
            .needs_decision,
        1
    );
    let row = f
        .store
        .read(|r| r.list_inbox(&InboxFilter::default(), None, 1))
        .await
        .unwrap();
    assert_eq!(
        row.conversations[0].delivery.as_ref().unwrap().state,
        DeliveryState::Ask
    );
    step(&f, id, DeliveryState::Ask, DeliveryStep::Accept)
        .await
        .unwrap();
    let counts = f.store.read(|r| r.count_groups()).await.unwrap();
    assert_eq!((counts.needs_decision, counts.waiting), (0, 1));
    assert_eq!(
        f.store
            .read(|r| r.count_sent_since(minute(0)))
            .await
            .unwrap(),
        1
    );
}
