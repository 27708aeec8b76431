//! What is learned: examples, rules, outcomes; and that erasing erases.

use rejoinder::domain::memory::RuleState;
use rejoinder::domain::score::{DraftOutcome, OutcomeKind, ScoreBasis};
use rejoinder::domain::{ConversationId, LeadId, MessageId, RuleId, SuggestionId};
use rejoinder::store::{NewExample, NewRule, NewSuggestion, StoreError};

use crate::fixture::{Fixture, draft, fixture, mail, minute};

async fn conversation(f: &Fixture, name: &str) -> (LeadId, ConversationId, MessageId) {
    let lead = f.lead(name, &format!("{name}@example.com")).await;
    let conversation = f.conversation(lead, "Website").await;
    let id = format!("m-{name}");
    let message = f
        .store
        .write(move |w| {
            w.insert_message(conversation, &mail(&id, minute(1)), None, true, minute(1))
        })
        .await
        .unwrap();
    (lead, conversation, message)
}

fn example(lead: LeadId, conversation: ConversationId, message: MessageId) -> NewExample {
    NewExample {
        conversation,
        lead,
        reply_to: Some(message),
        suggestion: None,
        intent: "pricing".into(),
        language: Some("en".into()),
        draft: Some("From 2,000 EUR.".into()),
        reply: "From 2,400 EUR.".into(),
        changed: 33,
        now: minute(3),
    }
}

#[tokio::test]
async fn examples_come_with_what_they_are_compared_by_but_not_to_their_own_conversation() {
    let f = fixture();
    let (maria, first, message) = conversation(&f, "maria").await;
    let (_, second, _) = conversation(&f, "jon").await;
    f.store
        .write(move |w| w.insert_example(&example(maria, first, message)))
        .await
        .unwrap();
    let found = f
        .store
        .read(move |r| r.list_example_candidates(second, 10, 9))
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].answered, "What does", "cut to nine characters");
    assert_eq!(found[0].subject, "Website");
    let own = f
        .store
        .read(move |r| r.list_example_candidates(first, 10, 9))
        .await
        .unwrap();
    assert_eq!(own, []);
}

#[tokio::test]
async fn what_is_erased_is_gone_from_the_file_and_from_its_log() {
    let f = fixture();
    let (maria, first, message) = conversation(&f, "maria").await;
    f.store
        .write(move |w| {
            w.insert_example(&example(maria, first, message))?;
            let rule = NewRule {
                text: "Be brief.".into(),
                origin: None,
                evidence: 0,
            };
            w.insert_style_rule(&rule, RuleState::Accepted, minute(3))?;
            w.delete_memory()
        })
        .await
        .unwrap();
    f.store.purge_log().await.unwrap();
    let (examples, rules) = f
        .store
        .read(|r| Ok((r.count_examples()?, r.list_style_rules()?)))
        .await
        .unwrap();
    assert_eq!((examples, rules), (0, Vec::new()));
    let log = f.store.path().with_extension("db-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |log| log.len()), 0);
}

fn proposal(evidence: u32) -> NewRule {
    NewRule {
        text: format!("Close with \"Cheers,\" ({evidence})"),
        origin: Some("abc".into()),
        evidence,
    }
}

#[tokio::test]
async fn a_proposal_grows_and_what_the_person_decided_about_it_stays() {
    let f = fixture();
    let propose = |evidence| {
        f.store.write(move |w| {
            w.insert_style_rule(&proposal(evidence), RuleState::Proposed, minute(1))
        })
    };
    let list = || f.store.read(|r| r.list_style_rules());
    let id = propose(3).await.unwrap().unwrap();
    assert_eq!(propose(4).await.unwrap(), None);
    assert_eq!(list().await.unwrap()[0].evidence, 4);

    f.store
        .write(move |w| w.update_style_rule(id, "Close with \"Ciao,\"", RuleState::Accepted))
        .await
        .unwrap();
    propose(5).await.unwrap();
    f.store
        .write(|w| w.delete_proposals_but(&[]))
        .await
        .unwrap();
    let kept = list().await.unwrap();
    assert_eq!(kept[0].text, "Close with \"Ciao,\"");
    assert_eq!(kept[0].state, RuleState::Accepted);

    f.store
        .write(move |w| w.delete_style_rule(id))
        .await
        .unwrap();
    propose(9).await.unwrap();
    assert_eq!(list().await.unwrap(), [], "no is no");
    let gone = f
        .store
        .read(move |r| r.require_style_rule(RuleId(id.0)))
        .await;
    assert!(matches!(gone, Err(StoreError::Missing { .. })));
    let words: String = f
        .raw()
        .query_row("SELECT text FROM style_rules", [], |row| row.get(0))
        .unwrap();
    assert_eq!(words, "", "its words are not kept");
}

#[tokio::test]
async fn proposals_that_nothing_speaks_for_any_more_go() {
    let f = fixture();
    let left = f
        .store
        .write(|w| {
            w.insert_style_rule(&proposal(3), RuleState::Proposed, minute(1))?;
            w.delete_proposals_but(&["other".to_owned()])?;
            w.list_style_rules()
        })
        .await
        .unwrap();
    assert_eq!(left, []);
}

#[tokio::test]
async fn the_score_is_of_the_checks_first_and_of_the_persons_decisions_later() {
    let f = fixture();
    let (_, conversation, message) = conversation(&f, "maria").await;
    let id = f
        .store
        .write(move |w| {
            let id = w.insert_suggestion(&NewSuggestion {
                conversation,
                reply_to: message,
                hint: Some("shorter".into()),
                instead_of: None,
                now: minute(2),
            })?;
            w.finish_suggestion(id, &draft("one"), minute(3))?;
            w.set_conversation_suggestion(conversation, Some(id))?;
            Ok(id)
        })
        .await
        .unwrap();
    let read = || {
        f.store.read(move |r| {
            let row = r.get_inbox_row(conversation)?.unwrap();
            Ok((r.require_suggestion(id)?, row.suggestion.unwrap()))
        })
    };
    let (suggestion, summary) = read().await.unwrap();
    assert_eq!(suggestion.score.basis, ScoreBasis::Checks);
    assert_eq!(suggestion.score, summary.score);
    assert_eq!(
        suggestion.confidence.percent(),
        Some(80),
        "the guess stays the guess"
    );
    assert_eq!(suggestion.sources.thread, 1);
    assert_eq!(suggestion.hint.as_deref(), Some("shorter"));

    f.store
        .write(|w| {
            for n in 0..30 {
                let outcome = DraftOutcome {
                    model: "gpt-6-luna".into(),
                    intent: "pricing".into(),
                    kind: if n < 3 {
                        OutcomeKind::Rejected
                    } else {
                        OutcomeKind::Unchanged
                    },
                    changed: 0,
                };
                w.set_outcome(SuggestionId(1_000 + n), &outcome, minute(4))?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let (suggestion, summary) = read().await.unwrap();
    assert_eq!(suggestion.score, summary.score);
    assert_eq!(
        suggestion.score.words().as_deref(),
        Some("you sent 27 of 30 like this unchanged")
    );
}

#[tokio::test]
async fn the_last_word_about_a_draft_counts_and_can_be_taken_back() {
    let f = fixture();
    let outcome = |kind| DraftOutcome {
        model: "m".into(),
        intent: String::new(),
        kind,
        changed: 0,
    };
    let kinds = f
        .store
        .write(move |w| {
            let id = SuggestionId(7);
            w.set_outcome(id, &outcome(OutcomeKind::Rejected), minute(1))?;
            w.delete_outcome(id, OutcomeKind::Replaced)?;
            let rejected = w.list_outcomes(10)?;
            w.delete_outcome(id, OutcomeKind::Rejected)?;
            w.set_outcome(id, &outcome(OutcomeKind::Replaced), minute(2))?;
            w.set_outcome(id, &outcome(OutcomeKind::Unchanged), minute(3))?;
            let sent = w.list_outcomes(10)?;
            Ok((rejected, sent))
        })
        .await
        .unwrap();
    assert_eq!(kinds.0, [outcome(OutcomeKind::Rejected)]);
    assert_eq!(kinds.1, [outcome(OutcomeKind::Unchanged)]);
}
