//! The page on which the person signs in: when it comes up, what it asks for, and that
//! everything else goes on below it.

use jiff::SignedDuration;
use rejoinder::app::event::InboxSnapshot;
use rejoinder::app::overlay::Overlay;
use rejoinder::app::sign_in::{GivenClient, Hidden, SignInNews, SignInStep};
use rejoinder::app::{Effect, Event, Model};
use rejoinder::domain::sync::{Freshness, SyncCause, SyncProblem};

use crate::fixture::{answer, empty, give, listed, look, maria, now, press, rows, snapshot, write};
use crate::looks::see;

const NARROW: (u16, u16) = (80, 24);
const STEPS: [(&str, &str); 2] = [
    (
        "Create a project; any name will do.",
        "https://console.example/create",
    ),
    (
        "Create a client of the type \"Desktop app\".",
        "https://console.example/clients",
    ),
];

fn url() -> String {
    format!(
        "https://accounts.google.com/o/oauth2/auth?client_id=1234.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A40123&response_type=code&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgmail.modify&access_type=offline&prompt=consent&state={}&code_challenge={}&code_challenge_method=S256",
        "s".repeat(43),
        "c".repeat(43)
    )
}

fn signed_out() -> InboxSnapshot {
    let mut inbox = snapshot(Vec::new(), Vec::new());
    inbox.freshness = Freshness {
        problem: Some(SyncProblem {
            cause: SyncCause::SignIn,
            message: "nobody is signed in".into(),
        }),
        ..Freshness::default()
    };
    inbox
}

fn first_run(size: (u16, u16)) -> (Model, Vec<Effect>) {
    let mut model = empty(size);
    model.around.can_sign_in = true;
    let request = model.ask();
    model.inbox.request = Some(request);
    let loaded = rejoinder::app::Loaded::Inbox(Box::new(signed_out()));
    let effects = give(&mut model, Event::Loaded(request, Ok(loaded)));
    (model, effects)
}

fn waiting(size: (u16, u16)) -> Model {
    let (mut model, _) = first_run(size);
    let news = SignInNews::Waiting {
        url: url(),
        port: 40_123,
        until: now() + SignedDuration::from_secs(600),
    };
    give(&mut model, Event::SignIn(news));
    model
}

#[test]
fn signing_in_looks() {
    see("sign_in_client", |size| {
        let (mut model, _) = first_run(size);
        give(
            &mut model,
            Event::SignIn(SignInNews::NoClient(STEPS.into())),
        );
        write(&mut model, "~/Downloads/client_secret.json");
        model
    });
    see("sign_in_secret", |size| {
        let (mut model, _) = first_run(size);
        give(
            &mut model,
            Event::SignIn(SignInNews::NoClient(STEPS.into())),
        );
        write(
            &mut model,
            "12-ab.apps.googleusercontent.com\nGOCSPX-secret",
        );
        model
    });
    see("sign_in_waiting", waiting);
    see("sign_in_waiting_large", |_| waiting((140, 60)));
    see("sign_in_refused_paste", |size| {
        let mut model = waiting(size);
        let text = "this address belongs to another sign-in; paste the one that the browser ended on after opening the address shown here";
        give(&mut model, Event::SignIn(SignInNews::Remark(text.into())));
        model
    });
    see("sign_in_failed", |size| {
        let mut model = waiting(size);
        let text =
            "the permission was not given: start again and choose \"Continue\" (access_denied)";
        give(&mut model, Event::SignIn(SignInNews::Failed(text.into())));
        model
    });
    see("sign_in_again", |size| {
        let mut model = empty(size);
        model.around.can_sign_in = true;
        let mut inbox = snapshot(rows(), Vec::new());
        inbox.freshness.problem = signed_out().freshness.problem;
        answer(&mut model, &inbox, &maria());
        model
    });
}

#[test]
fn where_the_steps_are_too_many_they_scroll() {
    let (mut model, _) = first_run((60, 12));
    let many: Vec<(&str, &str)> = STEPS.iter().cycle().take(10).copied().collect();
    give(&mut model, Event::SignIn(SignInNews::NoClient(many)));
    assert!(!look(&model).contains("1. Create"), "{}", look(&model));
    press(&mut model, "PgUp PgUp PgUp PgUp PgUp");
    assert!(look(&model).contains("1. Create"), "{}", look(&model));
    press(&mut model, "PgDn PgDn PgDn PgDn PgDn");
    assert!(look(&model).contains("10. Create"), "{}", look(&model));
}

#[test]
fn the_page_comes_up_by_itself_where_nobody_ever_signed_in_and_only_once() {
    let (mut model, effects) = first_run(NARROW);
    assert!(effects.contains(&Effect::SignIn(SignInStep::Begin(None))));
    assert_eq!(
        press(&mut model, "Esc"),
        [Effect::SignIn(SignInStep::Cancel)]
    );
    assert!(model.overlay.is_none());
    model.message = None;
    let request = model.ask();
    model.inbox.request = Some(request);
    let loaded = rejoinder::app::Loaded::Inbox(Box::new(signed_out()));
    give(&mut model, Event::Loaded(request, Ok(loaded)));
    assert!(model.overlay.is_none());
}

#[test]
fn a_revoked_sign_in_is_said_and_hides_nothing_that_is_here() {
    let mut model = empty(NARROW);
    model.around.can_sign_in = true;
    let mut inbox = snapshot(rows(), Vec::new());
    inbox.freshness.problem = signed_out().freshness.problem;
    answer(&mut model, &inbox, &maria());
    assert!(model.overlay.is_none());
    let shown = look(&model);
    assert!(shown.contains("sign in again"), "{shown}");
    assert!(shown.contains("Maria Lopez"), "{shown}");
    press(&mut model, ":");
    write(&mut model, "sign-in");
    let effects = press(&mut model, "Enter");
    assert_eq!(effects, [Effect::SignIn(SignInStep::Begin(None))]);
}

#[test]
fn a_client_is_given_as_a_path_or_as_id_and_masked_secret() {
    let (mut model, _) = first_run(NARROW);
    give(
        &mut model,
        Event::SignIn(SignInNews::NoClient(STEPS.into())),
    );
    let effects = write(&mut model, "/home/sam/client.json\n");
    let file = GivenClient::File("/home/sam/client.json".into());
    assert_eq!(effects, [Effect::SignIn(SignInStep::Begin(Some(file)))]);

    let (mut model, _) = first_run(NARROW);
    give(
        &mut model,
        Event::SignIn(SignInNews::NoClient(STEPS.into())),
    );
    write(&mut model, "12-ab.apps.googleusercontent.com\nGOCSPX-x");
    assert!(!look(&model).contains("GOCSPX"), "{}", look(&model));
    let effects = press(&mut model, "Enter");
    let client = GivenClient::IdAndSecret {
        id: "12-ab.apps.googleusercontent.com".into(),
        secret: Hidden("GOCSPX-x".into()),
    };
    assert_eq!(effects, [Effect::SignIn(SignInStep::Begin(Some(client)))]);
    assert!(!format!("{effects:?}").contains("GOCSPX"));
}

#[test]
fn what_is_pasted_goes_to_the_sign_in_and_the_address_to_the_clipboard() {
    let mut model = waiting(NARROW);
    give(
        &mut model,
        Event::Pasted("http://127.0.0.1:40123/?state=s&code=4/0A\n".into()),
    );
    assert_eq!(
        press(&mut model, "Enter"),
        [Effect::SignIn(SignInStep::Paste(Hidden(
            "http://127.0.0.1:40123/?state=s&code=4/0A".into()
        )))]
    );
    assert_eq!(
        press(&mut model, "Ctrl-y"),
        [Effect::SignIn(SignInStep::Copy(url()))]
    );
    give(
        &mut model,
        Event::SignIn(SignInNews::Done("sam@example.com".into())),
    );
    assert!(model.overlay.is_none());
    assert!(look(&model).contains("Signed in as sam@example.com."));
}

#[test]
fn the_whole_address_is_on_the_screen_and_the_time_runs() {
    for size in [(80, 24), (140, 40), (60, 20)] {
        let mut model = waiting(size);
        let joined: String = look(&model).lines().collect();
        assert!(joined.contains(&url()), "{}", look(&model));
        assert!(look(&model).contains("10:00 left"), "{}", look(&model));
        assert!(model.next_tick() <= SignedDuration::from_secs(1));
        model.now = now() + SignedDuration::from_secs(1);
        assert!(look(&model).contains("9:59 left"));
    }
}

#[test]
fn where_gmail_is_switched_off_or_a_demo_nothing_comes_up() {
    let mut model = listed(NARROW);
    press(&mut model, ":");
    write(&mut model, "sign-in");
    assert_eq!(press(&mut model, "Enter"), []);
    assert!(!matches!(model.overlay, Some(Overlay::SignIn(_))));
}
