//! What is new in replies of many programs and languages: above, below and between
//! quotes, with and without prefixes, attributions whole and broken.

use rejoinder::mail::reply::split;

use crate::table;

const ATTRIBUTIONS: &str = include_str!("attributions.txt");
const HEADERS: &str = include_str!("headers.txt");
const SEPARATORS: &str = include_str!("separators.txt");
const DEVICES: &str = include_str!("devices.txt");

const NEW: &str = "Thanks for the quick answer.\n\nLet us meet on Thursday at ten.\n\nMaria";
const OLD: &str = "Hi Maria,\n\ncould you tell me when the work on the site can begin?\nWe would need it before the end of May.\n\nBest\nJo";

fn quoted() -> String {
    OLD.lines()
        .map(|line| format!("> {line}").trim_end().to_owned() + "\n")
        .collect()
}

/// The cases whose reply is not what was newly written.
fn wrong(cases: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    cases
        .into_iter()
        .map(|(text, wanted)| (split(&text).reply, text, wanted))
        .filter(|(reply, _, wanted)| {
            let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            flat(reply) != flat(wanted)
        })
        .map(|(reply, text, _)| (text, reply))
        .collect()
}

fn none() -> Vec<(String, String)> {
    Vec::new()
}

#[test]
fn replies_above_and_below_an_attributed_quote_are_found_whole() {
    let cases = table(ATTRIBUTIONS).flat_map(|line| {
        let quote = quoted();
        [
            format!("{NEW}\n\n{line}\n{quote}"),
            format!("{NEW}\n\n{line}\n\n{quote}"),
            format!("{line}\n{quote}\n{NEW}\n"),
        ]
        .map(|text| (text, NEW.to_owned()))
    });
    assert_eq!(wrong(cases), none());
}

#[test]
fn answers_between_quotes_are_found_and_nothing_else() {
    let cases = table(ATTRIBUTIONS).map(|line| {
        let text = format!(
            "{line}\n\n{}\nBy the end of May it is.\n\n> Anything else?\n\nNo, that is all.\n",
            quoted()
        );
        (text, "By the end of May it is. No, that is all.".to_owned())
    });
    assert_eq!(wrong(cases), none());
}

#[test]
fn an_attribution_that_a_program_broke_is_one() {
    let cases = table(ATTRIBUTIONS)
        .filter_map(|line| line.split_once(" <jo@"))
        // Their first halves show no mark of what they are.
        .filter(|(before, _)| {
            !["செவ்", "মঙ্গল", "From:"]
                .iter()
                .any(|start| before.starts_with(start))
        })
        .flat_map(|(before, after)| {
            let quote = quoted();
            [
                format!("{NEW}\n\n{before}\n<jo@{after}\n{quote}"),
                format!("{before}\n<jo@{after}\n\n{quote}\n{NEW}\n"),
            ]
            .map(|text| (text, NEW.to_owned()))
        });
    assert_eq!(wrong(cases), none());
}

#[test]
fn a_full_attribution_needs_no_prefix_below() {
    let full = |line: &&str| {
        line.contains('@') && line.ends_with([':', '：']) && line.contains(|c: char| c.is_numeric())
    };
    // These have no verb, or stand in front of prefixed quotes only.
    let needs_prefix = ["* ", "In ", "2026-11-03 14:01 Jo", "মঙ্গল"];
    let cases = table(ATTRIBUTIONS)
        .filter(full)
        .filter(|line| !needs_prefix.iter().any(|start| line.starts_with(start)))
        .map(|line| (format!("{NEW}\n\n{line}\n\n{OLD}\n"), NEW.to_owned()));
    assert_eq!(wrong(cases), none());
}

#[test]
fn header_blocks_begin_a_quote_with_and_without_marks() {
    let cases = table(HEADERS).flat_map(|line| {
        let names: Vec<&str> = line.split('|').collect();
        let block = |bold: &str| {
            let field =
                |at: usize, value: &str| format!("{bold}{}:{bold} {value}\n", names[at].trim());
            [
                field(0, "Jo Park <jo@example.org>"),
                field(1, names[4]),
                field(2, "Maria Lopez <maria@example.com>"),
                field(3, "Re: Site"),
            ]
            .concat()
        };
        let prefixed: String = block("")
            .lines()
            .map(|line| format!("> {line}\n"))
            .collect();
        [
            format!("{NEW}\n\n{}\n{OLD}\n", block("")),
            format!("{NEW}\n\n{}\n{OLD}\n", block("*")),
            format!(
                "{NEW}\n\n________________________________\n{}\n{OLD}\n",
                block("")
            ),
            format!("{NEW}\n\n{prefixed}>\n{}", quoted()),
            format!("{prefixed}>\n{}\n{NEW}\n", quoted()),
        ]
        .map(|text| (text, NEW.to_owned()))
    });
    assert_eq!(wrong(cases), none());
}

#[test]
fn separators_begin_a_quote() {
    let header = "From: Jo Park <jo@example.org>\nSent: Tuesday, 3 November 2026 14:01\nTo: Maria\nSubject: Re: Site\n";
    let cases = table(SEPARATORS).flat_map(|line| {
        [
            format!("{NEW}\n\n{line}\n{header}\n{OLD}\n"),
            format!("{NEW}\n\n{line}\n{OLD}\n"),
            format!("{NEW}\n\n{line}\n{}", quoted()),
        ]
        .map(|text| (text, NEW.to_owned()))
    });
    assert_eq!(wrong(cases), none());
}

#[test]
fn footers_of_phones_are_no_part_of_a_reply() {
    let cases = table(DEVICES).flat_map(|line| {
        let attribution = "On Tue, Nov 3, 2026 at 2:01 PM Jo Park <jo@example.org> wrote:";
        [
            format!("{NEW}\n\n{line}\n"),
            format!("{NEW}\n\n{line}\n\n{attribution}\n{}", quoted()),
        ]
        .map(|text| (text, NEW.to_owned()))
    });
    assert_eq!(wrong(cases), none());
}
