//! Following the history: what came, what was done in Gmail elsewhere, what is skipped,
//! and mails that cannot be read.

use rejoinder::demo::gmail::{Fault, FaultRule, SimOptions};
use rejoinder::domain::delivery::DeliveryState;
use rejoinder::domain::doctor::Health;
use rejoinder::domain::{
    Address, ConversationId, ConversationStatus, Direction, GmailId, SuggestionStatus,
};
use rejoinder::service::compose::Dispatch;
use rejoinder::service::feed::{Feed, Occurrence};
use rejoinder::service::{Services, doctor, generator, inbox, outbox, review};
use tokio_util::sync::CancellationToken;

use crate::house::{House, Kept, Killed, calls, cursor, kept, lead, mail, maria, sync, try_sync};

/// A mailbox that is synced, with Maria as a lead and a question of hers.
async fn asked() -> (House, Services, GmailId, ConversationId) {
    asked_of(House::new().await).await
}

async fn asked_of(house: House) -> (House, Services, GmailId, ConversationId) {
    let services = house.signed_in().await;
    lead(&services, "Maria", "maria@bakery.example").await;
    sync(&services).await;
    let id = house.deliver(&maria("q1@bakery.example", ""));
    house.advance(30);
    sync(&services).await;
    let Kept::In { conversation, .. } = kept(&services, &id).await else {
        panic!("Maria's mail is not here");
    };
    (house, services, id, conversation)
}

async fn status(services: &Services, id: ConversationId) -> ConversationStatus {
    inbox::show(services, id).await.unwrap().row.status
}

async fn next(house: &House, services: &Services) {
    house.advance(30);
    sync(services).await;
}

#[tokio::test]
async fn archived_trashed_and_brought_back_elsewhere_is_followed() {
    use ConversationStatus::{Archived, NeedsReply};
    let (house, services, id, conversation) = asked().await;
    assert_eq!(status(&services, conversation).await, NeedsReply);
    house.gmail.relabel(id.as_str(), &[], &["INBOX"]).unwrap();
    next(&house, &services).await;
    assert_eq!(status(&services, conversation).await, Archived);
    house.gmail.relabel(id.as_str(), &["INBOX"], &[]).unwrap();
    next(&house, &services).await;
    assert_eq!(status(&services, conversation).await, NeedsReply);
    house.gmail.trash(id.as_str()).unwrap();
    next(&house, &services).await;
    assert_eq!(status(&services, conversation).await, Archived);
    house
        .gmail
        .relabel(id.as_str(), &["INBOX"], &["TRASH"])
        .unwrap();
    next(&house, &services).await;
    assert_eq!(status(&services, conversation).await, NeedsReply);
    house.gmail.delete(id.as_str()).unwrap();
    next(&house, &services).await;
    assert_eq!(status(&services, conversation).await, Archived);
    let view = inbox::show(&services, conversation).await.unwrap();
    assert_eq!(view.messages.len(), 1, "our copy stays");
}

#[tokio::test]
async fn archived_and_brought_back_in_the_gap_of_an_expired_cursor_is_found_out() {
    use ConversationStatus::{Archived, NeedsReply};
    let (house, services, id, conversation) = asked().await;
    for (add, remove, then) in [
        (&[][..], &["INBOX"][..], Archived),
        (&["INBOX"][..], &[][..], NeedsReply),
    ] {
        house.gmail.relabel(id.as_str(), add, remove).unwrap();
        house.advance(8 * 24 * 3_600);
        house.gmail.expire_history();
        next(&house, &services).await;
        assert_eq!(status(&services, conversation).await, then);
    }
    house.gmail.delete(id.as_str()).unwrap();
    house.gmail.expire_history();
    house.advance(8 * 24 * 3_600);
    next(&house, &services).await;
    assert_eq!(status(&services, conversation).await, Archived);
}

#[tokio::test]
async fn mail_that_a_filter_kept_out_of_the_inbox_still_waits_after_a_gap() {
    let (house, services, id, conversation) = asked().await;
    house.deliver_as(&maria("filtered@bakery.example", ""), &[]);
    next(&house, &services).await;
    house.gmail.relabel(id.as_str(), &[], &["INBOX"]).unwrap();
    house.gmail.expire_history();
    house.advance(8 * 24 * 3_600);
    next(&house, &services).await;
    assert_eq!(
        status(&services, conversation).await,
        ConversationStatus::NeedsReply,
        "the newest mail was never in the inbox, so it has not left it"
    );
}

#[tokio::test]
async fn mail_that_came_out_of_the_trash_beside_the_inbox_still_waits_after_a_gap() {
    let (house, services, _, conversation) = asked().await;
    let filtered = house.deliver_as(&maria("filtered@bakery.example", ""), &[]);
    next(&house, &services).await;
    house.gmail.trash(filtered.as_str()).unwrap();
    next(&house, &services).await;
    let gmail = &house.gmail;
    gmail.relabel(filtered.as_str(), &[], &["TRASH"]).unwrap();
    next(&house, &services).await;
    let needs = ConversationStatus::NeedsReply;
    assert_eq!(status(&services, conversation).await, needs);
    gmail.expire_history();
    house.advance(8 * 24 * 3_600);
    next(&house, &services).await;
    assert_eq!(status(&services, conversation).await, needs);
}

#[tokio::test]
async fn an_answer_from_elsewhere_is_told_although_a_machine_answers_it_at_once() {
    let (house, services, id, conversation) = asked().await;
    let (mut feed, _) = Feed::begin(&services).await.unwrap();
    let thread = house.gmail.message(id.as_str()).unwrap().thread;
    let header = "In-Reply-To: <q1@bakery.example>\r\n";
    let raw = mail(
        "sam@example.com",
        "maria@bakery.example",
        "Re: Website",
        "x",
        header,
    );
    house
        .gmail
        .send_by_hand(raw.as_bytes(), Some(&thread))
        .unwrap();
    house.advance(1);
    house.deliver(&maria(
        "away@bakery.example",
        "Auto-Submitted: auto-replied\r\n",
    ));
    next(&house, &services).await;
    let told = feed.next(&services).await.unwrap();
    let elsewhere = told.iter().filter(|o| {
        matches!(o, Occurrence::AnsweredElsewhere { about, .. } if about.conversation == conversation)
    });
    assert_eq!(elsewhere.count(), 1, "{told:?}");
}

#[tokio::test]
async fn many_mails_that_cannot_be_read_do_not_fail_the_looks_they_are_asked_for_with() {
    let (mut house, services, _, _) = asked().await;
    drop(services);
    house.patience.tries = 1;
    let services = house.open();
    house
        .gmail
        .fault(FaultRule::on("messages.get", Fault::status(400)));
    for n in 0..6 {
        house.deliver(&maria(&format!("odd{n}@x"), ""));
        house.advance(30);
        sync(&services).await;
    }
    house.advance(24 * 3_600);
    for _ in 0..6 {
        sync(&services).await;
    }
    house.gmail.clear_faults();
    house.advance(25 * 3_600);
    for _ in 0..3 {
        sync(&services).await;
    }
    let finding = doctor::mails(&services).await;
    assert_eq!(finding.status, Health::Ok, "{finding:?}");
}

#[tokio::test]
async fn read_and_unread_elsewhere_is_followed_and_our_own_telling_is_not_taken_for_it() {
    let (house, services, id, conversation) = asked().await;
    let unread = async || {
        inbox::show(&services, conversation)
            .await
            .unwrap()
            .row
            .unread
    };
    // The product told Gmail that it has the mail; that is no reading by the person.
    assert!(!house.gmail.message(id.as_str()).unwrap().has("UNREAD"));
    next(&house, &services).await;
    assert!(unread().await);
    house.gmail.relabel(id.as_str(), &["UNREAD"], &[]).unwrap();
    next(&house, &services).await;
    assert!(unread().await);
    house.gmail.relabel(id.as_str(), &[], &["UNREAD"]).unwrap();
    next(&house, &services).await;
    assert!(!unread().await);
}

#[tokio::test]
async fn label_changes_are_not_lost_when_the_program_dies_right_after_the_cursor_moved() {
    let (house, services, id, conversation) = asked().await;
    house.gmail.relabel(id.as_str(), &[], &["INBOX"]).unwrap();
    house.deliver(&mail("a@b.example", "sam@example.com", "x", "x@b", ""));
    house.advance(30);
    // Wherever it ends: where the cursor is, the change is.
    for steps in 1..400 {
        let polling = rejoinder::service::poller::poll(&services);
        Killed::after(steps, polling).await;
        let seen = cursor(&services).await.unwrap() >= house.gmail.history_id();
        let done = status(&services, conversation).await == ConversationStatus::Archived;
        assert_eq!(seen, done);
        if done {
            return;
        }
    }
    panic!("the poll never got through");
}

#[tokio::test]
async fn an_answer_written_in_gmail_itself_ends_the_waiting_and_holds_what_was_queued() {
    for alias in ["sam@example.com", "sam@studio.example"] {
        let house = House::with(SimOptions {
            aliases: vec![Address::bare("sam@studio.example")],
            ..SimOptions::default()
        })
        .await;
        let (house, services, id, conversation) = asked_of(house).await;
        generator::run_all(&services, &CancellationToken::new())
            .await
            .unwrap();
        let view = inbox::show(&services, conversation).await.unwrap();
        let suggestion = view.suggestions.last().unwrap().clone();
        assert_eq!(suggestion.status, SuggestionStatus::Pending);
        let seen = review::Seen {
            suggestion: suggestion.id,
            revision: suggestion.revision,
            body: "Hi Maria, from 2,400 EUR. Sam".to_owned(),
            confirmed: false,
        };
        let dispatch = Dispatch {
            now: false,
            ..Dispatch::default()
        };
        let queued = review::approve(&services, seen, dispatch).await.unwrap();

        let (mut feed, _) = Feed::begin(&services).await.unwrap();
        let thread = house.gmail.message(id.as_str()).unwrap().thread;
        let header = "In-Reply-To: <q1@bakery.example>\r\n";
        let raw = mail(alias, "maria@bakery.example", "Re: Website", "x", header);
        let own = house
            .gmail
            .send_by_hand(raw.as_bytes(), Some(&thread))
            .unwrap();
        next(&house, &services).await;
        let told = feed.next(&services).await.unwrap();
        let elsewhere = |o: &Occurrence| matches!(o, Occurrence::AnsweredElsewhere { about, .. } if about.conversation == conversation);
        assert_eq!(told.iter().filter(|o| elsewhere(o)).count(), 1, "{told:?}");
        let found = kept(&services, &GmailId(own)).await;
        assert!(
            matches!(found, Kept::In { conversation: c, direction: Direction::Outbound, .. } if c == conversation),
            "{alias}: {found:?}"
        );
        let held = outbox::get(&services, queued.id).await.unwrap();
        assert_eq!(held.state, DeliveryState::Held, "{alias}");
        assert_eq!(
            status(&services, conversation).await,
            ConversationStatus::Waiting
        );
        outbox::undo(&services, queued.id).await.unwrap();
        let view = inbox::show(&services, conversation).await.unwrap();
        assert!(view.suggestions.last().unwrap().stale, "{alias}");
    }
}

#[tokio::test]
async fn an_alias_that_is_new_is_known_within_a_day_and_costs_one_unit_then() {
    let house = House::new().await;
    let services = house.signed_in().await;
    sync(&services).await;
    let asked = || calls(&house.gmail, "settings.sendAs.list");
    assert_eq!(asked(), 1);
    house.advance(23 * 3_600);
    sync(&services).await;
    assert_eq!(asked(), 1);
    house.advance(3_601);
    sync(&services).await;
    assert_eq!(asked(), 2);
}

#[tokio::test]
async fn drafts_notes_to_oneself_and_mail_that_vanishes_are_passed_over() {
    let (house, services, _, _) = asked().await;
    let gets = calls(&house.gmail, "messages.get");
    let draft = house.deliver_as(&maria("d@x", ""), &["DRAFT"]);
    let note = mail("sam@example.com", "sam@example.com", "Note", "n@x", "");
    let note = house.deliver_as(&note, &["INBOX", "SENT", "UNREAD"]);
    let gone = house.deliver(&maria("g@x", ""));
    house.gmail.delete(gone.as_str()).unwrap();
    next(&house, &services).await;
    assert_eq!(
        calls(&house.gmail, "messages.get") - gets,
        1,
        "the note only"
    );
    for id in [&draft, &note, &gone] {
        assert_eq!(kept(&services, id).await, Kept::Nowhere);
    }
    // Gone between its being named and being asked for.
    let gone = house.deliver(&maria("v@x", ""));
    house
        .gmail
        .fault(FaultRule::on("messages.get", Fault::Vanish).once());
    let after = house.deliver(&maria("w@x", ""));
    next(&house, &services).await;
    assert_eq!(kept(&services, &gone).await, Kept::Nowhere);
    assert!(matches!(kept(&services, &after).await, Kept::In { .. }));
    // Once more, for what Gmail says of our own telling it that the mail was read.
    next(&house, &services).await;
    assert_eq!(cursor(&services).await, Some(house.gmail.history_id()));
}

#[tokio::test]
async fn a_lead_in_spam_is_taken_up_once_somebody_says_it_is_none() {
    let house = House::new().await;
    let services = house.signed_in().await;
    lead(&services, "Maria", "maria@bakery.example").await;
    sync(&services).await;
    let spam = house.deliver_as(&maria("s@x", ""), &["SPAM", "UNREAD"]);
    next(&house, &services).await;
    assert_eq!(kept(&services, &spam).await, Kept::Nowhere);
    house
        .gmail
        .relabel(spam.as_str(), &["INBOX"], &["SPAM"])
        .unwrap();
    next(&house, &services).await;
    let Kept::In { conversation, .. } = kept(&services, &spam).await else {
        panic!("still not here");
    };
    assert_eq!(
        status(&services, conversation).await,
        ConversationStatus::NeedsReply
    );
}

#[tokio::test]
async fn a_mail_that_cannot_be_read_holds_up_nothing_and_is_not_lost() {
    let (mut house, services, _, _) = asked().await;
    drop(services);
    house.patience.tries = 2;
    let services = house.open();
    // The first one fails each time it is asked for in the first look, the other does not.
    house
        .gmail
        .fault(FaultRule::on("messages.get", Fault::Garble).times(4));
    house.config.gmail.max_emails_per_poll = 1;
    let odd = house.deliver(&maria("o@x", ""));
    next(&house, &services).await;
    let second = house.deliver(&maria("p@x", ""));
    next(&house, &services).await;
    assert_eq!(kept(&services, &odd).await, Kept::Nowhere);
    assert!(matches!(kept(&services, &second).await, Kept::In { .. }));
    drop(services);
    let services = house.open();
    house.advance(120);
    sync(&services).await;
    assert!(matches!(kept(&services, &odd).await, Kept::In { .. }));
}

#[tokio::test]
async fn a_mail_that_stays_unreadable_for_days_is_shown_by_the_doctor_and_never_given_up() {
    let (mut house, services, _, _) = asked().await;
    drop(services);
    house.patience.tries = 1;
    let services = house.open();
    house
        .gmail
        .fault(FaultRule::on("messages.get", Fault::Garble));
    let odd = house.deliver(&maria("o@x", ""));
    for _ in 0..30 {
        house.advance(8 * 3_600);
        drop(try_sync(&services).await);
    }
    let finding = doctor::mails(&services).await;
    assert_eq!(finding.status, Health::Warning, "{finding:?}");
    let mend = finding.mend.unwrap();
    assert!(mend.contains(odd.as_str()), "{mend}");
    house.gmail.clear_faults();
    house.advance(25 * 3_600);
    sync(&services).await;
    assert!(matches!(kept(&services, &odd).await, Kept::In { .. }));
    let finding = doctor::mails(&services).await;
    assert_eq!(finding.status, Health::Ok, "{finding:?}");
}

#[tokio::test]
async fn what_the_history_leaves_out_the_safety_net_finds() {
    let (house, services, _, _) = asked().await;
    let lost = house.deliver(&maria("l@x", ""));
    // As if the history had a gap: the cursor is behind the mail.
    let newest = house.gmail.history_id();
    services
        .store()
        .write(move |w| {
            let mut state = w.get_sync_state()?;
            state.history_id = Some(rejoinder::domain::HistoryId(newest));
            w.set_sync_state(&state)
        })
        .await
        .unwrap();
    next(&house, &services).await;
    assert_eq!(kept(&services, &lost).await, Kept::Nowhere);
    house.advance(600);
    sync(&services).await;
    assert!(matches!(kept(&services, &lost).await, Kept::In { .. }));
}

#[tokio::test]
async fn more_than_a_poll_may_fetch_comes_with_the_next_ones() {
    let (mut house, services, _, _) = asked().await;
    drop(services);
    house.config.gmail.max_emails_per_poll = 7;
    let services = house.open();
    let ids: Vec<GmailId> = (0..16)
        .map(|n| house.deliver(&maria(&format!("{n}@many"), "")))
        .collect();
    let mut fetched = Vec::new();
    for _ in 0..3 {
        let report = sync(&services).await;
        fetched.push((report.fetched, report.more));
    }
    assert_eq!(fetched, [(7, true), (7, true), (2, false)]);
    for id in &ids {
        assert!(matches!(kept(&services, id).await, Kept::In { .. }));
    }
}

#[tokio::test]
async fn a_failure_halfway_keeps_what_was_fetched() {
    let (house, services, _, _) = asked().await;
    for n in 0..60 {
        house.deliver(&maria(&format!("{n}@half"), ""));
    }
    house.gmail.forget_journal();
    house
        .gmail
        .fault(FaultRule::on("messages.get", Fault::reason(403, "dailyLimitExceeded")).after(45));
    assert!(try_sync(&services).await.is_err());
    house.gmail.clear_faults();
    let report = sync(&services).await;
    assert!((15..=22).contains(&report.fetched), "{report:?}");
}

#[tokio::test]
async fn where_drafting_is_switched_off_there_is_none_but_the_one_that_is_asked_for() {
    let mut house = House::new().await;
    house.config.ai.automatic = false;
    let (house, services, _, conversation) = asked_of(house).await;
    next(&house, &services).await;
    let run = async || {
        generator::run_all(&services, &CancellationToken::new())
            .await
            .unwrap();
        inbox::show(&services, conversation).await.unwrap()
    };
    assert!(run().await.suggestions.is_empty());
    review::regenerate(&services, conversation, None, None)
        .await
        .unwrap();
    assert_eq!(run().await.suggestions.len(), 1);
}
