//! The page on which the person signs in.

use super::load_inbox;
use crate::app::editor::TextBox;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::model::{Grade, Model};
use crate::app::overlay::Overlay;
use crate::app::sign_in::{GivenClient, Hidden, SignInNews, SignInPage, SignInStage, SignInStep};
use crate::domain::sync::SyncCause;

/// Opens the page and begins.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if !model.around.can_sign_in {
        let why = if model.around.demo {
            "The demo is signed in to a mailbox of its own."
        } else {
            "Gmail is switched off (gmail.enabled)."
        };
        model.say(Grade::Info, why);
        return Vec::new();
    }
    model.sign_in_offered = true;
    model.overlay = Some(Overlay::SignIn(Box::default()));
    vec![Effect::SignIn(SignInStep::Begin(None))]
}

/// Opens it by itself, once, when nobody is signed in and the person is not at work.
pub(super) fn offer(model: &mut Model) -> Vec<Effect> {
    let wanted = model
        .freshness
        .problem
        .as_ref()
        .is_some_and(|problem| problem.cause == SyncCause::SignIn);
    let idle = model.overlay.is_none() && model.editor.is_none() && model.page.is_none();
    if !wanted || !idle || model.sign_in_offered || !model.around.can_sign_in {
        return Vec::new();
    }
    // Mail that is here already is not hidden behind the page.
    if model.freshness.synced_at.is_some() && !model.inbox.rows.is_empty() {
        model.sign_in_offered = true;
        model.say(
            Grade::Warning,
            "Sign in again: press : and choose sign-in. What is here goes on working.",
        );
        return Vec::new();
    }
    open(model)
}

pub(super) fn pressed(model: &mut Model, mut page: Box<SignInPage>, key: Key) -> Vec<Effect> {
    let mut effects = Vec::new();
    match key.code {
        KeyCode::Enter => effects = entered(&mut page),
        KeyCode::Char('y') if key.ctrl => {
            if let Some(url) = page.url() {
                effects = vec![Effect::SignIn(SignInStep::Copy(url.to_owned()))];
                page.said = Some((
                    Grade::Info,
                    "Copied, if the terminal allows it (OSC 52).".to_owned(),
                ));
            }
        }
        KeyCode::PageUp => {
            let area = crate::app::layout::sign_in(model.width, model.height).text;
            let (wide, high) = (usize::from(area.width), usize::from(area.height));
            let lines = page.lines(wide, high, model.now).len();
            page.back = (page.back + 5).min(lines.saturating_sub(high));
        }
        KeyCode::PageDown => page.back = page.back.saturating_sub(5),
        _ if page.field().is_some() => super::overlays::edit_line(&mut page.text, key),
        _ => {}
    }
    model.overlay = Some(Overlay::SignIn(page));
    effects
}

fn entered(page: &mut SignInPage) -> Vec<Effect> {
    let text = page.text.text().trim().to_owned();
    let begin = |page: &mut SignInPage, client: Option<GivenClient>| {
        page.stage = SignInStage::Beginning;
        page.text = TextBox::one_line("");
        page.said = None;
        vec![Effect::SignIn(SignInStep::Begin(client))]
    };
    match page.stage.clone() {
        SignInStage::Beginning => Vec::new(),
        SignInStage::Failed => begin(page, None),
        _ if text.is_empty() => Vec::new(),
        SignInStage::Client(_) if text.ends_with(".apps.googleusercontent.com") => {
            page.stage = SignInStage::Secret { id: text };
            page.text = TextBox::one_line("");
            page.said = None;
            Vec::new()
        }
        SignInStage::Client(_) => begin(page, Some(GivenClient::File(text))),
        SignInStage::Secret { id } => {
            let secret = Hidden(text);
            begin(page, Some(GivenClient::IdAndSecret { id, secret }))
        }
        SignInStage::Waiting { .. } => {
            page.text = TextBox::one_line("");
            page.said = Some((Grade::Info, "Asking Google ...".to_owned()));
            vec![Effect::SignIn(SignInStep::Paste(Hidden(text)))]
        }
    }
}

/// The person left the page.
pub(super) fn cancelled(model: &mut Model) -> Vec<Effect> {
    model.say(
        Grade::Info,
        "Not signed in. Later: press : and choose sign-in. What is here works on.",
    );
    vec![Effect::SignIn(SignInStep::Cancel)]
}

pub(super) fn news(model: &mut Model, news: SignInNews) -> Vec<Effect> {
    if let SignInNews::Done(account) = &news {
        if matches!(model.overlay, Some(Overlay::SignIn(_))) {
            model.overlay = None;
        }
        model.say(Grade::Info, format!("Signed in as {account}."));
        return load_inbox(model).into_iter().collect();
    }
    let Some(Overlay::SignIn(page)) = &mut model.overlay else {
        return Vec::new();
    };
    match news {
        SignInNews::NoClient(steps) => page.stage = SignInStage::Client(steps),
        SignInNews::Waiting { url, port, until } => {
            page.stage = SignInStage::Waiting { url, port, until };
            page.said = None;
        }
        SignInNews::Remark(text) => page.said = Some((Grade::Warning, text)),
        SignInNews::Failed(why) => {
            page.stage = SignInStage::Failed;
            page.said = Some((Grade::Error, why));
        }
        SignInNews::Done(_) => {}
    }
    Vec::new()
}
