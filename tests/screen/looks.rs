//! How every state looks, at three sizes.

use jiff::SignedDuration;
use rejoinder::app::model::Surroundings;
use rejoinder::app::{Event, Model};
use rejoinder::domain::delivery::DeliveryState;
use rejoinder::domain::listing::Counts;
use rejoinder::domain::message::BounceReport;
use rejoinder::domain::sync::{Freshness, SyncCause, SyncProblem, SyncProgress, UnitsUsed};
use rejoinder::domain::{
    Check, Confidence, Direction, MailKind, MatchedBy, Severity, SuggestionId, SuggestionStatus,
};

use crate::fixture::{
    SIZES, answer, empty, give, listed, look, maria, maria_sending, message, now, opened,
    opened_with, press, rows, snapshot, suggestion, write,
};

/// Keeps how a state looks at every size.
pub fn see(name: &str, at: impl Fn((u16, u16)) -> Model) {
    for size in SIZES {
        let model = at(size);
        let suffix = format!("{}x{}", size.0, size.1);
        insta::with_settings!({ snapshot_suffix => suffix, omit_expression => true }, {
            insta::assert_snapshot!(name, look(&model));
        });
    }
}

#[test]
fn inbox() {
    see("inbox", listed);
    see("inbox_loading", empty);
    see("inbox_empty", |size| {
        let mut model = empty(size);
        let mut nothing = snapshot(Vec::new(), Vec::new());
        nothing.counts = Counts::default();
        answer(&mut model, &nothing, &maria());
        model
    });
    see("inbox_all_archived", |size| {
        let mut model = empty(size);
        let mut history = snapshot(Vec::new(), Vec::new());
        history.counts = Counts {
            archived: 40,
            ..Counts::default()
        };
        answer(&mut model, &history, &maria());
        model
    });
    see("inbox_searched_in_vain", |size| {
        let mut model = listed(size);
        press(&mut model, "/");
        write(&mut model, "nobody");
        press(&mut model, "Enter");
        answer(&mut model, &snapshot(Vec::new(), Vec::new()), &maria());
        model
    });
    see("inbox_searched", |size| {
        let mut model = listed(size);
        press(&mut model, "/");
        write(&mut model, "lop");
        press(&mut model, "Enter");
        answer(
            &mut model,
            &snapshot(vec![rows().remove(0)], Vec::new()),
            &maria(),
        );
        model
    });
    see("inbox_filtered_to_nothing", |size| {
        let mut model = listed(size);
        press(&mut model, "\\ \\ \\");
        answer(&mut model, &snapshot(Vec::new(), Vec::new()), &maria());
        model
    });
}

#[test]
fn conversation() {
    see("conversation", opened);
    see("conversation_quotes", |size| {
        let mut model = opened(size);
        press(&mut model, "z");
        model
    });
    see("conversation_with_a_gap", |size| {
        let gap = "\n \n\u{a0}\n\t\n\n\n\n";
        let text = format!("Good morning,{gap}we approved your loan.\n\nBye{gap}Click here.");
        let mut view = maria();
        view.messages = vec![message(103, Direction::Inbound, 1, &text)];
        opened_with(size, rows(), Vec::new(), &view)
    });
    see("conversation_without_draft", |size| {
        let mut view = maria();
        view.suggestions.clear();
        view.row.suggestion = None;
        opened_with(size, rows(), Vec::new(), &view)
    });
    see("conversation_of_machines", |size| {
        let mut view = maria();
        let mut away = message(103, Direction::Inbound, 1, "I am away until Monday.");
        away.kind = MailKind::AutoReply;
        let mut bounce = message(
            104,
            Direction::Inbound,
            1,
            "Your message could not be delivered.",
        );
        bounce.kind = MailKind::Bounce;
        bounce.bounce = Some(BounceReport {
            failed_address: Some("maria@example.com".into()),
            reason: Some("550 5.1.1 no such user".into()),
            permanent: true,
            ..BounceReport::default()
        });
        let mut guess = message(105, Direction::Inbound, 0, "Hello again from my phone");
        guess.matched_by = Some(MatchedBy::Sender);
        guess.certain = false;
        guess.warnings = vec!["3 hidden elements were left out".into()];
        view.messages.extend([away, bounce, guess]);
        view.suggestions.clear();
        opened_with(size, rows(), Vec::new(), &view)
    });
}

fn with_suggestion(size: (u16, u16), change: impl Fn(&mut rejoinder::domain::Suggestion)) -> Model {
    let mut view = maria();
    change(&mut view.suggestions[0]);
    opened_with(size, rows(), Vec::new(), &view)
}

#[test]
fn card() {
    see("card_checks", |size| {
        with_suggestion(size, |s| {
            s.body = "Hi Maria, it costs [CONFIRM: price] and we start on May 4.".into();
            s.checks = vec![
                Check {
                    code: "placeholder".into(),
                    severity: Severity::Block,
                    message: "[CONFIRM: price] still has to be filled in".into(),
                    excerpt: "[CONFIRM: price]".into(),
                },
                Check {
                    code: "unknown_date".into(),
                    severity: Severity::Warn,
                    message: "\"May 4\" is in neither the thread nor your facts".into(),
                    excerpt: "May 4".into(),
                },
            ];
            s.missing_facts = vec!["the price".into()];
        })
    });
    see("card_injection", |size| {
        with_suggestion(size, |s| {
            s.checks = vec![
                Check {
                    code: "injection".into(),
                    severity: Severity::Confirm,
                    message: "the mail tells a model to ignore its instructions: read the draft as if the lead had written it, then confirm".into(),
                    excerpt: String::new(),
                },
            ];
        })
    });
    see("card_template", |size| {
        with_suggestion(size, |s| {
            s.provider = "template".into();
            s.model = "template-en".into();
            s.confidence = Confidence::UNKNOWN;
            s.problem = Some("the model at 127.0.0.1:8091 did not answer in 180 s".into());
        })
    });
    see("card_stale", |size| {
        with_suggestion(size, |s| s.stale = true)
    });
    see("card_rejected", |size| {
        with_suggestion(size, |s| s.status = SuggestionStatus::Rejected)
    });
    see("card_failed", |size| {
        with_suggestion(size, |s| {
            s.status = SuggestionStatus::Failed;
            s.problem = Some("its conversation is gone".into());
        })
    });
    see("card_streaming", |size| {
        let mut model = with_suggestion(size, |s| {
            s.status = SuggestionStatus::Generating;
            s.body.clear();
            s.reasoning.clear();
        });
        let body = "Hi Maria,\n\nthanks for the qu".into();
        give(
            &mut model,
            Event::Streamed {
                suggestion: SuggestionId(12),
                body,
            },
        );
        model
    });
    see("card_versions", |size| {
        let mut view = maria();
        view.suggestions[0].status = SuggestionStatus::Superseded;
        let mut second = suggestion(13, 2, SuggestionStatus::Pending);
        second.body = "Hi Maria, from 2,400 EUR. Call on Thursday?\n\nSam".into();
        view.suggestions.push(second);
        opened_with(size, rows(), Vec::new(), &view)
    });
    see("card_own_reply", |size| {
        let mut view = maria();
        view.composition = Some("Hi Maria,\n\nlet me call you.".into());
        opened_with(size, rows(), Vec::new(), &view)
    });
}

#[test]
fn sending() {
    for (name, state, error) in [
        ("sending_queued", DeliveryState::Queued, None),
        ("sending_under_way", DeliveryState::Sending, None),
        (
            "sending_unknown",
            DeliveryState::Unknown,
            Some("the connection to Gmail was lost"),
        ),
        (
            "sending_held",
            DeliveryState::Held,
            Some("stopped because the lead wrote again before it left"),
        ),
        (
            "sending_ask",
            DeliveryState::Ask,
            Some("its draft is gone, it is not among the sent mail, and 40 minutes have passed"),
        ),
        (
            "sending_refused",
            DeliveryState::Refused,
            Some("Gmail says: invalid To header"),
        ),
    ] {
        see(name, |size| {
            let (view, delivery) = maria_sending(state, error);
            let mut rows = rows();
            rows[0] = view.row.clone();
            opened_with(size, rows, vec![delivery], &view)
        });
    }
}

#[test]
fn editing() {
    see("editor", |size| {
        let mut model = opened(size);
        press(&mut model, "e");
        write(&mut model, "Dear ");
        model
    });
    see("editor_not_saved", |size| {
        let mut model = opened(size);
        press(&mut model, "r");
        write(&mut model, "Hi Maria,\nlet me call you.");
        give(&mut model, Event::SavingFailed("the disk is full".into()));
        model
    });
}

#[test]
fn popups() {
    see("help", |size| {
        let mut model = opened(size);
        press(&mut model, "?");
        model
    });
    see("help_searched", |size| {
        let mut model = opened(size);
        press(&mut model, "?");
        write(&mut model, "version");
        model
    });
    see("palette", |size| {
        let mut model = opened(size);
        press(&mut model, ":");
        write(&mut model, "re");
        press(&mut model, "Down");
        model
    });
    see("prompt_reject", |size| {
        let mut model = opened(size);
        press(&mut model, "x");
        write(&mut model, "too pushy");
        model
    });
    see("prompt_hint", |size| {
        let mut model = opened(size);
        press(&mut model, "R");
        model
    });
    see("choice_decide", |size| {
        let why = "its draft is gone, it is not among the sent mail, and 40 minutes have passed";
        let (view, delivery) = maria_sending(DeliveryState::Ask, Some(why));
        let mut model = opened_with(size, rows(), vec![delivery], &view);
        press(&mut model, "!");
        model
    });
    see("choice_quit", |size| {
        let (view, delivery) = maria_sending(DeliveryState::Queued, None);
        let mut model = opened_with(size, rows(), vec![delivery], &view);
        press(&mut model, "Esc q");
        model
    });
}

fn fresh(size: (u16, u16), freshness: Freshness) -> Model {
    let mut model = empty(size);
    let mut inbox = snapshot(rows(), Vec::new());
    inbox.freshness = freshness;
    answer(&mut model, &inbox, &maria());
    model
}

#[test]
fn freshness() {
    let problem = |cause, message: &str| {
        Some(SyncProblem {
            cause,
            message: message.into(),
        })
    };
    see("fresh_offline", |size| {
        fresh(
            size,
            Freshness {
                synced_at: Some(now() - SignedDuration::from_mins(7)),
                next_at: Some(now() + SignedDuration::from_mins(2)),
                problem: problem(SyncCause::Offline, "Gmail cannot be reached"),
                ..Freshness::default()
            },
        )
    });
    see("fresh_signed_out", |size| {
        fresh(
            size,
            Freshness {
                problem: problem(SyncCause::SignIn, "Google no longer accepts the sign-in"),
                ..Freshness::default()
            },
        )
    });
    see("fresh_waiting", |size| {
        fresh(
            size,
            Freshness {
                synced_at: Some(now() - SignedDuration::from_mins(7)),
                next_at: Some(now() + SignedDuration::from_mins(2)),
                problem: problem(SyncCause::RateLimited, "Gmail asks to wait"),
                ..Freshness::default()
            },
        )
    });
    see("fresh_wrong_clock", |size| {
        fresh(
            size,
            Freshness {
                synced_at: Some(now() - SignedDuration::from_hours(30)),
                next_at: Some(now() + SignedDuration::from_mins(2)),
                problem: problem(SyncCause::Clock, "set the clock right"),
                ..Freshness::default()
            },
        )
    });
    let under_way = |stopped: bool| Freshness {
        synced_at: Some(now()),
        syncing: !stopped,
        progress: Some(SyncProgress {
            done: 120,
            total: 500,
            stopped,
        }),
        units: UnitsUsed {
            last_minute: 5_840,
            per_minute: 6_000,
            ..UnitsUsed::default()
        },
        ..Freshness::default()
    };
    see("fresh_first_sync", |size| fresh(size, under_way(false)));
    see("fresh_first_sync_stopped", |size| {
        fresh(size, under_way(true))
    });
    see("fresh_never", |size| fresh(size, Freshness::default()));
}

#[test]
fn surroundings() {
    see("ascii", |size| {
        let mut model = opened(size);
        model.around.ascii = true;
        model
    });
    see("demo", |size| {
        let mut model = listed(size);
        model.around = Surroundings {
            demo: true,
            ..model.around
        };
        model
    });
}

#[test]
fn an_ascii_screen_has_no_symbol_of_ours_beyond_ascii() {
    for size in SIZES {
        let mut model = opened(size);
        model.inbox.rows.retain(|row| row.lead.name.is_ascii());
        model.around.ascii = true;
        let text = look(&model);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn a_tiny_terminal_says_what_it_needs_and_nothing_breaks() {
    for width in 0..45 {
        for height in 0..12 {
            let mut model = opened((80, 24));
            give(&mut model, Event::Resized { width, height });
            press(&mut model, "j k e x Esc ? Esc : Esc");
            look(&model);
        }
    }
    let mut model = opened((80, 24));
    give(
        &mut model,
        Event::Resized {
            width: 39,
            height: 9,
        },
    );
    assert!(look(&model).contains("rejoinder needs 40x10"));
}

#[test]
fn every_row_of_a_quoted_line_says_that_it_is_quoted() {
    let mut view = maria();
    let mut mail = message(105, Direction::Inbound, 1, "Fine.");
    mail.text = format!("Fine.\n\n> > {}", "which draft is best? ".repeat(9));
    view.messages.push(mail);
    for size in SIZES {
        let mut model = opened_with(size, rows(), Vec::new(), &view);
        press(&mut model, "z G");
        let text = look(&model);
        let mut quoted = text.lines().filter(|line| line.contains("draft is"));
        assert!(
            quoted.clone().count() >= 2 && quoted.all(|line| line.contains("> > ")),
            "{text}"
        );
    }
}
