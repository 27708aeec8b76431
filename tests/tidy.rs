//! The rules of the house, read from the sources: which layer may import which, how
//! long a file may be, and that each says what it is for.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each layer may import of ours.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("mail", &["domain"]),
    ("config", &["domain"]),
    ("logging", &["domain"]),
    ("store", &["domain", "mail", "config"]),
    ("gmail", &["domain", "mail", "config"]),
    ("llm", &["domain", "mail", "config"]),
    (
        "service",
        &["domain", "mail", "config", "store", "gmail", "llm"],
    ),
    ("app", &["domain", "config"]),
    ("view", &["app", "domain"]),
    ("terminal", &["app", "view", "service", "domain", "config"]),
    (
        "cli",
        &["service", "terminal", "demo", "domain", "config", "logging"],
    ),
    ("demo", &["domain", "mail"]),
];

/// Crates that a layer must not name.
const FORBIDDEN_CRATES: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "tokio",
            "rusqlite",
            "ratatui",
            "crossterm",
            "reqwest",
            "axum",
            "hyper",
        ],
    ),
    (
        "mail",
        &[
            "tokio",
            "rusqlite",
            "ratatui",
            "crossterm",
            "reqwest",
            "axum",
            "hyper",
        ],
    ),
    (
        "app",
        &["tokio", "rusqlite", "reqwest", "hyper", "crossterm"],
    ),
    (
        "view",
        &["tokio", "rusqlite", "reqwest", "hyper", "crossterm"],
    ),
    (
        "service",
        &[
            "rusqlite",
            "google_gmail1",
            "yup_oauth2",
            "reqwest",
            "hyper",
            "ratatui",
        ],
    ),
    (
        "cli",
        &[
            "rusqlite",
            "google_gmail1",
            "yup_oauth2",
            "reqwest",
            "hyper",
        ],
    ),
    ("llm", &["google_gmail1", "yup_oauth2", "rusqlite"]),
    ("store", &["google_gmail1", "yup_oauth2", "reqwest"]),
];

const MOST_LINES: usize = 600;

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for dir in ["src", "tests", "benches"] {
        if root.join(dir).is_dir() {
            sources(&root.join(dir), &mut found);
        }
    }
    found.sort();
    found
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// `src/app/model.rs` and `src/app.rs` are of the layer `app`.
fn layer(path: &Path) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path.strip_prefix(root).ok()?.iter().next()?.to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

/// The source without comments and without its test module.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first names after each `crate::`, braces included: `crate::{app, view::x}`.
fn imports(code: &str, of: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in code.split(of).skip(1) {
        if let Some(inside) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in inside.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        names.push(std::mem::take(&mut word));
                        continue;
                    }
                    _ => {}
                }
                if depth == 0 {
                    word.push(c);
                }
            }
            names.push(word);
        } else {
            names.push(rest.to_owned());
        }
    }
    names
        .into_iter()
        .map(|name| {
            name.trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

fn violations(files: &[(PathBuf, String)]) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in files {
        let Some(layer) = layer(path) else { continue };
        let code = code(text);
        let Some(may) = allowed.get(layer.as_str()) else {
            wrong.push(format!(
                "{}: the layer {layer} is not in the table",
                path.display()
            ));
            continue;
        };
        for import in imports(&code, "crate::") {
            let known = allowed.contains_key(import.as_str());
            if known && import != layer && !may.contains(&import.as_str()) {
                wrong.push(format!("{}: {layer} imports {import}", path.display()));
            }
        }
        for (of, crates) in FORBIDDEN_CRATES {
            for name in crates.iter().filter(|_| *of == layer) {
                if code.contains(&format!("{name}::")) {
                    wrong.push(format!(
                        "{}: {layer} names the crate {name}",
                        path.display()
                    ));
                }
            }
        }
    }
    wrong
}

#[test]
fn no_layer_reaches_up() {
    assert_eq!(violations(&all_sources()), Vec::<String>::new());
}

#[test]
fn a_layer_that_reaches_up_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (file, text) in [
        ("domain/lead.rs", "use crate::store::Store;"),
        ("store.rs", "use crate::{config::Config, gmail};"),
        (
            "app/model.rs",
            "fn f() { crate::service::review::approve() }",
        ),
        (
            "domain.rs",
            "use rusqlite::Connection;\nrusqlite::Connection::open();",
        ),
        ("surprise.rs", ""),
    ] {
        let files = [(root.join(file), text.to_owned())];
        assert_eq!(violations(&files).len(), 1, "{file}");
    }
    let fine = [(
        root.join("view.rs"),
        "use crate::{app::Model, domain};".to_owned(),
    )];
    assert_eq!(violations(&fine), Vec::<String>::new());
}

#[test]
fn every_file_says_what_it_is_for_and_fits_its_room() {
    let mut wrong = Vec::new();
    for (path, text) in all_sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{}: does not begin with //!", path.display()));
        }
        let lines = text
            .split("\n#[cfg(test)]\nmod tests")
            .next()
            .unwrap()
            .lines()
            .count();
        if lines > MOST_LINES {
            wrong.push(format!("{}: {lines} lines are two files", path.display()));
        }
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            wrong.push(format!("{}: modules are foo.rs and foo/", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
