//! What the terminal can do, as far as it can be known without asking it.

use std::io::IsTerminal as _;

use super::takeover;
use crate::domain::doctor::Finding;

/// Below this there is too little room to work in.
const SMALL: (u16, u16) = (60, 20);

/// The terminal's name and colours, its character set, and its size.
#[must_use]
pub fn abilities(no_color: bool) -> Vec<Finding> {
    vec![kind(no_color), characters(), size()]
}

fn says(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn kind(no_color: bool) -> Finding {
    let name = "terminal";
    let term = says("TERM").unwrap_or_default();
    if term.is_empty() || term == "dumb" {
        return Finding::warning(
            name,
            format!("TERM is \"{term}\": no full screen"),
            "set it, for example: export TERM=xterm-256color; the verbs work all the same",
        );
    }
    let colours = if no_color || says("NO_COLOR").is_some() {
        "no colours wanted"
    } else if says("COLORTERM").is_some() || term.contains("256color") {
        "many colours"
    } else {
        "16 colours"
    };
    let copying = if says("TMUX").is_some() {
        "; copying by OSC 52 needs: tmux set -g set-clipboard on"
    } else if term.starts_with("screen") {
        "; copying by OSC 52 does not pass through screen"
    } else {
        "; copying by OSC 52 if the terminal allows it"
    };
    Finding::ok(name, format!("{term}, {colours}{copying}"))
}

fn characters() -> Finding {
    let name = "characters";
    if takeover::speaks_utf8() {
        return Finding::ok(name, "UTF-8");
    }
    Finding::warning(
        name,
        "the locale is not UTF-8: plain ASCII is drawn, other letters may be wrong",
        "export LC_ALL=C.UTF-8",
    )
}

fn size() -> Finding {
    let name = "size";
    if !std::io::stdout().is_terminal() && !std::io::stdin().is_terminal() {
        return Finding::skipped(name, "there is no terminal here");
    }
    let (width, height) = takeover::size();
    let detail = format!("{width}x{height}");
    if width < SMALL.0 || height < SMALL.1 {
        let mend = format!("make it {}x{} or larger", SMALL.0, SMALL.1);
        return Finding::warning(name, detail, mend);
    }
    Finding::ok(name, detail)
}
