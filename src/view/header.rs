//! The first line: what is to do, how fresh it is, what it costs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use super::theme::Theme;
use crate::app::model::Model;
use crate::app::words::{age, ago, when};
use crate::app::wrap::width;
use crate::domain::sync::{SyncCause, SyncProgress};

pub fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let fill = " ".repeat(usize::from(area.width));
    put(buffer, area, &fill, theme.bar());
    let name = if model.around.demo {
        " rejoinder DEMO "
    } else {
        " rejoinder "
    };
    let room = usize::from(area.width);
    let mut left = room.saturating_sub(width(name));
    let fresh = pick(&freshness(model), left);
    let fresh_width = width(&fresh);
    // Freshness is always there; the rest as there is room.
    let counts = counts(model);
    let cost = cost(model);
    left = left.saturating_sub(fresh_width + 3);
    let counts = fit(&[counts.0, counts.1], left);
    left = left.saturating_sub(width(&counts) + 2);
    let cost = if width(&cost) + 4 <= left {
        format!(" · {cost}")
    } else {
        String::new()
    };
    let style = if model.around.demo {
        theme.demo()
    } else {
        theme.bar().patch(theme.bold())
    };
    put(buffer, area, name, style);
    let x = area.x + u16::try_from(width(name)).unwrap_or(0);
    let middle = Rect {
        x,
        width: area.width.saturating_sub(x),
        ..area
    };
    put(
        buffer,
        middle,
        &theme.text(&format!(" {counts}")),
        theme.bar(),
    );
    let right = theme.text(&format!("{fresh}{cost} ")).into_owned();
    let start = room.saturating_sub(width(&right));
    let x = area.x + u16::try_from(start).unwrap_or(0);
    let end = Rect {
        x,
        width: area.width.saturating_sub(x),
        ..area
    };
    let style = if model.freshness.problem.is_some() {
        theme.bar().patch(theme.warning())
    } else {
        theme.bar()
    };
    put(buffer, end, &right, style);
}

/// The longest of the texts that fits.
fn fit(texts: &[String], room: usize) -> String {
    texts
        .iter()
        .find(|text| width(text) + 2 <= room)
        .cloned()
        .unwrap_or_default()
}

/// How fresh it is, in as many words as leave room for the short counts.
fn pick(texts: &[String], room: usize) -> String {
    const SHORT_COUNTS: usize = 16;
    let fits = |text: &&String| width(text) + SHORT_COUNTS <= room;
    let text = texts.iter().find(fits).or_else(|| texts.last());
    text.cloned().unwrap_or_default()
}

/// How many of each, in words and in short.
fn counts(model: &Model) -> (String, String) {
    let counts = &model.counts;
    let needs = counts.needs_reply;
    let mut long = Vec::new();
    if counts.needs_decision > 0 {
        long.push(format!("{} for you to decide", counts.needs_decision));
    }
    long.push(match needs {
        1 => "1 needs a reply".to_owned(),
        n => format!("{n} need a reply"),
    });
    long.push(format!("{} waiting", counts.waiting));
    if counts.sending > 0 {
        long.push(format!("{} sending", counts.sending));
    }
    let used = &model.sending;
    if used.is_near(model.now) {
        long.push(match used.paused_until.filter(|until| *until > model.now) {
            Some(until) => format!(
                "sending paused until {}",
                when(until, model.now, &model.zone)
            ),
            None => format!("{} of {} sent today", used.day, used.per_day),
        });
    }
    if counts.unmatched > 0 {
        long.push(format!("{} unmatched", counts.unmatched));
    }
    (long.join(" · "), format!("{needs} to answer"))
}

/// How fresh the mailbox is, the longest text first: the last good look, the next try,
/// and the cause when it failed.
fn freshness(model: &Model) -> Vec<String> {
    let fresh = &model.freshness;
    if let Some(problem) = &fresh.problem {
        return failed(model, problem.cause);
    }
    if let Some(progress) = &fresh.progress {
        let SyncProgress { done, total, .. } = progress;
        if progress.stopped {
            let stopped = format!("first sync stopped at {done} of {total}");
            return vec![format!("{stopped}, {}", synced(model)), stopped];
        }
        let syncing = format!("first sync {done} of {total}");
        let units = &fresh.units;
        return vec![
            format!(
                "{syncing} · {} of {} units a minute",
                units.last_minute, units.per_minute
            ),
            syncing,
        ];
    }
    let synced = synced(model);
    let pace = match (fresh.synced_at, fresh.next_at) {
        (Some(at), Some(next)) => next.duration_since(at).as_secs(),
        _ => 0,
    };
    // The pace and not a countdown: a screen that nothing happens on stays as it is.
    let paced = match pace {
        ..1 => None,
        1..60 => Some(format!("{synced}, every {pace} s")),
        _ => Some(format!("{synced}, every {} min", (pace + 30) / 60)),
    };
    paced.into_iter().chain([synced]).collect()
}

fn synced(model: &Model) -> String {
    match model.freshness.synced_at {
        Some(at) => format!("synced {}", ago(at, model.now)),
        None if model.freshness.syncing => "first sync ...".to_owned(),
        None => "not synced yet".to_owned(),
    }
}

fn failed(model: &Model, cause: SyncCause) -> Vec<String> {
    let fresh = &model.freshness;
    let next = match (cause, fresh.next_at) {
        (SyncCause::SignIn, _) | (_, None) => String::new(),
        (_, Some(next)) => format!(", next try {}", when(next, model.now, &model.zone)),
    };
    let (cause, short) = match cause {
        SyncCause::SignIn if fresh.synced_at.is_some() => {
            ("sign in again (:sign-in)", "sign in again (:sign-in)")
        }
        SyncCause::SignIn => ("not signed in (:sign-in)", "not signed in (:sign-in)"),
        SyncCause::Offline => ("offline", "offline"),
        SyncCause::RateLimited => ("Gmail asks to wait", "quota"),
        SyncCause::Trouble => ("Gmail has trouble", "trouble"),
        SyncCause::Refused => ("Gmail refuses", "refused"),
        SyncCause::Clock => ("this machine's clock is wrong", "clock"),
        SyncCause::Other => ("sync failed", "failed"),
    };
    let (since, short_since) = match fresh.synced_at {
        Some(at) => (
            format!(" (synced {})", ago(at, model.now)),
            format!(", synced {}", age(at, model.now)),
        ),
        None => (String::new(), String::new()),
    };
    vec![
        format!("{cause}{next}{since}"),
        format!("{short}{}{short_since}", next.replace(" next try", " next")),
        format!("{short}{next}"),
    ]
}

fn cost(model: &Model) -> String {
    let drafter = &model.around.drafter;
    if drafter.is_empty() {
        return String::new();
    }
    let today = model.spending.today;
    if today.0 == 0 && model.spending.unknown == 0 {
        return drafter.clone();
    }
    let more = if model.spending.unknown > 0 { "+?" } else { "" };
    format!("{drafter} {today}{more} today")
}
