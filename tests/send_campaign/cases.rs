//! What a person meets on the way of a reply, one case at a time: a draft changed in Gmail,
//! a mail that is refused, a pause of hours that outlives the program, a second process.

use std::time::Duration;

use rejoinder::demo::gmail::{Fault, FaultRule, Lag};
use rejoinder::domain::delivery::{Delivery, DeliveryState};
use rejoinder::domain::lead::NewLead;
use rejoinder::domain::{ConversationId, SuggestionStatus};
use rejoinder::service::compose::{self, Dispatch};
use rejoinder::service::outbox::{self, Decision};
use rejoinder::service::review::{self, Seen};
use rejoinder::service::sender::Policy;
use rejoinder::service::{Services, leads, sender};

use crate::world::World;

const REPLY: &str = "Hi Maria,\n\nfrom 2,400 EUR.\n\nSam";

fn virtual_time(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(work);
}

async fn world() -> World {
    World::new(1, Policy::LookUp, Lag::default(), 20).await
}

async fn approve(process: &Services, world: &World) -> Delivery {
    let (_, suggestion) = world.conversations[0];
    let found = review::get(process, suggestion).await.unwrap();
    let seen = Seen {
        suggestion,
        revision: found.revision,
        body: REPLY.to_owned(),
        confirmed: false,
    };
    let dispatch = Dispatch {
        now: true,
        ..Dispatch::default()
    };
    review::approve(process, seen, dispatch).await.unwrap()
}

async fn unsent(world: &mut World) -> Option<String> {
    let conversation: ConversationId = world.conversations[0].0;
    let process = world.process();
    process
        .store()
        .read(move |r| r.get_composition(conversation))
        .await
        .unwrap()
}

async fn now(world: &mut World, delivery: &Delivery) -> Delivery {
    outbox::get(&world.process(), delivery.id).await.unwrap()
}

/// A reply whose draft was made and whose first send failed, and then somebody is at it.
async fn changed_in_gmail(world: &mut World, change: impl FnOnce(String) -> String) -> Delivery {
    let rule = FaultRule::on("drafts.send", Fault::status(503)).once();
    world.control.fault(rule);
    let delivery = approve(&world.process(), world).await;
    world.send(None).await;
    let draft = world.control.drafts().pop().unwrap();
    let raw = String::from_utf8(world.control.raw(&draft.id).unwrap()).unwrap();
    world
        .control
        .edit_draft(&draft.draft.unwrap(), change(raw).as_bytes())
        .unwrap();
    for _ in 0..3 {
        world.wait(Duration::from_secs(120)).await;
        world.send(None).await;
    }
    let asked = now(world, &delivery).await;
    assert_eq!(asked.state, DeliveryState::Ask, "{asked:?}");
    assert!(
        asked.error.as_deref().unwrap().contains("changed in Gmail"),
        "{asked:?}"
    );
    asked
}

#[test]
fn sent_as_approved_a_draft_changed_in_gmail_comes_home_and_cannot_leave_by_hand() {
    virtual_time(async {
        let mut world = world().await;
        let asked = changed_in_gmail(&mut world, |raw| raw + "PS: by hand.\r\n").await;
        // The answer to the removal is lost: it is not brought home twice.
        let rule = FaultRule::on("drafts.delete", Fault::DROP_AFTER).once();
        world.control.fault(rule);
        world.decide(&asked, Decision::Send).await;
        for _ in 0..5 {
            world.send(None).await;
            world.wait(Duration::from_secs(30)).await;
        }
        assert_eq!(now(&mut world, &asked).await.state, DeliveryState::Sent);
        assert_eq!(world.left(&asked).await, 1);
        assert!(world.control.drafts().is_empty(), "nothing is left to send");
        let home = unsent(&mut world).await.unwrap();
        assert_eq!(home.matches("PS: by hand.").count(), 1, "{home}");
        assert!(home.contains("from 2,400 EUR"), "{home}");
        let sent = world.control.look(|journal| journal.sent[0].text.clone());
        assert!(!sent.contains("PS: by hand."), "{sent}");
    });
}

#[test]
fn a_changed_draft_is_known_again_although_gmail_dropped_our_mark() {
    virtual_time(async {
        let mut world = world().await;
        let asked = changed_in_gmail(&mut world, |raw| {
            let kept = raw.lines().filter(|line| !line.starts_with("X-Rejoinder"));
            kept.map(|line| format!("{line}\r\n")).collect::<String>() + "PS: by hand.\r\n"
        })
        .await;
        world.decide(&asked, Decision::Send).await;
        for _ in 0..5 {
            world.send(None).await;
            world.wait(Duration::from_secs(30)).await;
        }
        assert_eq!(now(&mut world, &asked).await.state, DeliveryState::Sent);
        assert!(world.control.drafts().is_empty(), "nothing is left to send");
        assert_eq!(world.control.sent().len(), 1);
        assert!(unsent(&mut world).await.unwrap().contains("PS: by hand."));
    });
}

#[test]
fn where_only_the_subject_was_changed_no_text_comes_home() {
    virtual_time(async {
        let mut world = world().await;
        let asked = changed_in_gmail(&mut world, |raw| {
            raw.replace("Subject: Re: ", "Subject: Re: Your ")
        })
        .await;
        world.decide(&asked, Decision::Send).await;
        for _ in 0..5 {
            world.send(None).await;
            world.wait(Duration::from_secs(30)).await;
        }
        assert_eq!(world.left(&asked).await, 1);
        assert_eq!(unsent(&mut world).await, None);
    });
}

#[test]
fn while_somebody_types_in_gmail_the_draft_is_read_again_before_it_goes() {
    virtual_time(async {
        let mut world = world().await;
        let asked = changed_in_gmail(&mut world, |raw| raw + "PS: by hand.\r\n").await;
        // Saved once more between our reading and our removing.
        let rule = FaultRule::on("drafts.get", Fault::EditDraft)
            .after(2)
            .once();
        world.control.fault(rule);
        world.decide(&asked, Decision::Send).await;
        for _ in 0..5 {
            world.send(None).await;
            world.wait(Duration::from_secs(30)).await;
        }
        assert_eq!(now(&mut world, &asked).await.state, DeliveryState::Sent);
        assert_eq!(world.left(&asked).await, 1);
        let home = unsent(&mut world).await.unwrap();
        assert!(home.contains("PS: edited by hand."), "{home}");
    });
}

/// A draft whose making got no answer is looked for while somebody changes it in Gmail, at
/// the pass's n-th poll; false when the pass had ended before that.
async fn changed_while_looked_for(poll: usize) -> bool {
    let mut world = world().await;
    let rule = FaultRule::on("drafts.create", Fault::DROP_AFTER).once();
    world.control.fault(rule);
    let delivery = approve(&world.process(), &world).await;
    world.send(None).await;
    world.wait(Duration::from_secs(30)).await;
    let (control, done) = (world.control.clone(), std::cell::Cell::new(false));
    let edit = || {
        let Some(draft) = control.drafts().pop() else {
            return;
        };
        let raw = String::from_utf8(control.raw(&draft.id).unwrap()).unwrap();
        let raw = raw + "PS: by hand.\r\n";
        control
            .edit_draft(&draft.draft.unwrap(), raw.as_bytes())
            .unwrap();
        done.set(true);
    };
    world.send_while(poll, edit).await;
    let ended = now(&mut world, &delivery).await;
    let (drafts, left) = (world.control.drafts().len(), world.left(&delivery).await);
    match ended.state {
        DeliveryState::Sent => assert_eq!((drafts, left), (0, 1), "poll {poll}: {ended:?}"),
        _ => assert_eq!((drafts, left), (1, 0), "poll {poll}: {ended:?}"),
    }
    done.get()
}

#[test]
fn a_draft_that_is_changed_while_it_is_looked_for_is_never_joined_by_a_second_one() {
    virtual_time(async {
        let mut changed = 0;
        for poll in 1.. {
            if !changed_while_looked_for(poll).await {
                break;
            }
            changed += 1;
        }
        assert!(changed > 8, "only {changed} moments to change it at");
    });
}

#[test]
fn what_comes_home_while_another_reply_is_written_is_not_overwritten() {
    virtual_time(async {
        let mut world = world().await;
        let asked = changed_in_gmail(&mut world, |raw| raw + "PS: by hand.\r\n").await;
        let (conversation, process) = (world.conversations[0].0, world.process());
        let save = async |before: &str, body: &str| {
            compose::save(&process, conversation, body, Some(before))
                .await
                .unwrap();
        };
        save("", "One more").await;
        world.decide(&asked, Decision::Send).await;
        for _ in 0..5 {
            world.send(None).await;
            world.wait(Duration::from_secs(30)).await;
        }
        assert!(unsent(&mut world).await.unwrap().contains("PS: by hand."));
        // The one who writes has not seen it.
        save("One more", "One more thing:").await;
        save("One more thing:", "One more thing: May is free.").await;
        let kept = unsent(&mut world).await.unwrap();
        assert!(
            kept.starts_with("One more thing: May is free.\n\nHi"),
            "{kept}"
        );
        assert_eq!(kept.matches("PS: by hand.").count(), 1, "{kept}");
        // Nor is it gone with the reply that leaves, or that is thrown away.
        save("One more thing: May is free.", "").await;
        let kept = unsent(&mut world).await.unwrap();
        assert!(
            kept.contains("PS: by hand.") && !kept.contains("May"),
            "{kept}"
        );
        compose::reply(&process, conversation, "May is free.", Dispatch::default())
            .await
            .unwrap();
        assert_eq!(unsent(&mut world).await, Some(kept));
    });
}

#[test]
fn a_reply_that_is_sent_is_no_unsent_one_any_more() {
    virtual_time(async {
        let mut world = world().await;
        let (conversation, process) = (world.conversations[0].0, world.process());
        compose::save(&process, conversation, "May is free. \n", None)
            .await
            .unwrap();
        compose::reply(&process, conversation, "May is free.", Dispatch::default())
            .await
            .unwrap();
        assert_eq!(unsent(&mut world).await, None);
    });
}

/// A first mail to somebody, queued with its undo window.
async fn first_mail(world: &mut World) -> Delivery {
    let process = world.process();
    let new = NewLead {
        name: "Zoe Quinn".to_owned(),
        email: "zoe@quinn.example".to_owned(),
        ..NewLead::default()
    };
    let lead = leads::add(&process, new).await.unwrap();
    let body = "Hi Zoe, may I?";
    compose::first_mail(&process, lead.id, "Your shop", body, Dispatch::default())
        .await
        .unwrap()
}

/// Its text waits in its conversation and leaves from there as the first mail it is.
async fn first_mail_leaves_after_all(world: &mut World, first: &Delivery) {
    let conversation = first.conversation_id;
    let process = world.process();
    let kept = process
        .store()
        .read(move |r| r.get_composition(conversation))
        .await
        .unwrap();
    assert_eq!(kept.as_deref(), Some("Hi Zoe, may I?"));
    let dispatch = Dispatch {
        now: true,
        ..Dispatch::default()
    };
    let again = compose::reply(&process, conversation, "Hi Zoe, may I?", dispatch)
        .await
        .unwrap();
    world.send(None).await;
    assert_eq!(now(world, &again).await.state, DeliveryState::Sent);
    let sent = world.control.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].subject.as_str(), sent[0].to.as_slice()),
        ("Your shop", &["zoe@quinn.example".to_owned()][..])
    );
}

#[test]
fn a_first_mail_is_taken_back_with_its_text() {
    virtual_time(async {
        let mut world = world().await;
        let first = first_mail(&mut world).await;
        outbox::undo(&world.process(), first.id).await.unwrap();
        assert_eq!(
            now(&mut world, &first).await.state,
            DeliveryState::Cancelled
        );
        first_mail_leaves_after_all(&mut world, &first).await;
    });
}

#[test]
fn a_first_mail_that_is_refused_comes_back_and_holds_up_nothing() {
    virtual_time(async {
        let mut world = world().await;
        let first = first_mail(&mut world).await;
        world
            .control
            .fault(FaultRule::on("drafts.create", Fault::status(400)).once());
        world.wait(Duration::from_secs(20)).await;
        world.send(None).await;
        assert_eq!(now(&mut world, &first).await.state, DeliveryState::Refused);
        first_mail_leaves_after_all(&mut world, &first).await;
    });
}

#[test]
fn a_changed_draft_that_is_sent_by_hand_meanwhile_counts_as_the_reply() {
    virtual_time(async {
        let mut world = world().await;
        let asked = changed_in_gmail(&mut world, |raw| raw + "PS: by hand.\r\n").await;
        let draft = world.control.drafts().pop().unwrap().draft.unwrap();
        world.control.send_draft(&draft).unwrap();
        let (id, process) = (asked.id, world.process());
        outbox::decide(&process, id, Decision::Send).await.unwrap();
        world.send(None).await;
        assert_eq!(now(&mut world, &asked).await.state, DeliveryState::Sent);
        assert_eq!(world.left(&asked).await, 1);
    });
}

#[test]
fn a_refused_mail_comes_back_as_an_editable_draft_with_the_reason() {
    for (code, reason, message) in [
        (400, "invalidArgument", "Invalid To header"),
        (413, "uploadTooLarge", "Request Too Large"),
        (400, "failedPrecondition", "Mail service not enabled"),
    ] {
        virtual_time(async {
            let mut world = world().await;
            let refusal = Fault::Status {
                code,
                reason: Some(reason.to_owned()),
                message: Some(message.to_owned()),
                retry_after: None,
                retry_text: None,
                html: false,
                work_done: false,
            };
            world
                .control
                .fault(FaultRule::on("drafts.send", refusal).once());
            let delivery = approve(&world.process(), &world).await;
            world.send(None).await;
            let back = now(&mut world, &delivery).await;
            assert_eq!(back.state, DeliveryState::Refused, "{message}: {back:?}");
            assert!(back.error.is_some(), "{back:?}");
            let (_, suggestion) = world.conversations[0];
            let found = review::get(&world.process(), suggestion).await.unwrap();
            assert_eq!(found.status, SuggestionStatus::Pending);
            assert_eq!(found.final_body().trim(), REPLY);
            // Mended, it leaves: once, and its first draft does not stay behind.
            let again = approve(&world.process(), &world).await;
            world.send(None).await;
            assert_eq!(now(&mut world, &again).await.state, DeliveryState::Sent);
            assert_eq!(world.left(&delivery).await, 0);
            assert_eq!(world.left(&again).await, 1);
            assert!(world.control.drafts().is_empty());
        });
    }
}

#[test]
fn the_pause_that_the_sending_limit_asks_for_outlives_the_program() {
    virtual_time(async {
        let mut world = world().await;
        let limit = Fault::Status {
            code: 429,
            reason: None,
            message: None,
            retry_after: None,
            retry_text: Some(5 * 3_600),
            html: false,
            work_done: false,
        };
        world
            .control
            .fault(FaultRule::on("drafts.send", limit).once());
        let began = world.now();
        let delivery = approve(&world.process(), &world).await;
        world.send(None).await;
        for _ in 0..4 {
            world.kill();
            world.wait(Duration::from_secs(3_600)).await;
            world.send(None).await;
            let waits = now(&mut world, &delivery).await;
            assert_eq!(waits.state, DeliveryState::Staged, "{waits:?}");
            let usage = sender::usage(&world.process()).await.unwrap();
            let pause = usage.paused_until.unwrap().duration_since(began);
            assert_eq!(pause.as_secs(), 5 * 3_600, "said to the second");
        }
        world.wait(Duration::from_secs(3_601)).await;
        world.send(None).await;
        assert_eq!(now(&mut world, &delivery).await.state, DeliveryState::Sent);
        let calls = world.control.look(|journal| {
            journal
                .calls
                .iter()
                .filter(|call| call.method == "drafts.send")
                .count()
        });
        assert_eq!(calls, 2, "Gmail was left in peace for five hours");
    });
}

#[test]
fn what_a_second_process_approves_is_delivered_by_the_one_that_runs() {
    virtual_time(async {
        let mut world = world().await;
        let worker = world.process();
        let verb = world.open();
        let delivery = approve(&verb, &world).await;
        drop(verb);
        assert_eq!(delivery.state, DeliveryState::Queued);
        world.send(None).await;
        let seen = outbox::get(&worker, delivery.id).await.unwrap();
        assert_eq!(seen.state, DeliveryState::Sent);
        assert_eq!(world.left(&delivery).await, 1);
    });
}

#[test]
fn waiting_for_a_delivery_without_a_sign_in_says_so_and_leaves_it_queued() {
    virtual_time(async {
        let mut world = world().await;
        let at = world.now();
        let process = world.process();
        let forget = process
            .store()
            .write(move |w| w.set_secret("gmail.tokens", None, at));
        forget.await.unwrap();
        world.kill();
        let process = world.process();
        let delivery = compose::reply(
            &process,
            world.conversations[0].0,
            REPLY,
            Dispatch::default(),
        )
        .await
        .unwrap();
        let error = sender::deliver(&process, delivery.id).await.unwrap_err();
        assert!(error.to_string().contains("rejoinder login"), "{error}");
        let kept = now(&mut world, &delivery).await;
        assert_eq!(kept.state, DeliveryState::Queued, "{kept:?}");
    });
}
