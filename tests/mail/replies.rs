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
        // Its first half shows no mark of what it is.
        .filter(|(before, _)| !before.starts_with("From:"))
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
    let needs_prefix = ["* ", "In ", "2026-11-03 14:01 Jo"];
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

#[test]
fn the_notice_that_a_gateway_puts_below_the_quote_is_no_answer() {
    let notice = "This e-mail and any attachments are confidential and intended solely for the addressee.\nIf you are not the intended recipient, delete it.";
    let quote = format!("Jo Park <jo@example.org> wrote:\n{}", quoted());
    let cases = [
        (format!("{NEW}\n\n{quote}\n{notice}\n"), NEW),
        (format!("{quote}\n{NEW}\n\n{notice}\n"), NEW),
        // Nothing else is in it: the notice is what somebody wrote about.
        (format!("{quote}\n{notice}\n"), notice),
    ];
    assert_eq!(
        wrong(cases.map(|(text, new)| (text, new.to_owned()))),
        none()
    );
}

#[test]
fn a_mail_that_begins_with_its_own_header_has_its_text_below() {
    let header = "From: Maria Lopez <maria@example.com>\nSent: Tuesday, 3 November 2026 14:01\nTo: Jo Park <jo@example.org>\nSubject: Re: Site";
    let attribution = "On Tue, Nov 3, 2026 at 2:01 PM Jo Park <jo@example.org> wrote:";
    let cases = [
        format!("{header}\n\n{NEW}\n\n{attribution}\n{}", quoted()),
        format!("{header}\n\n{NEW}\n\n{attribution}\n\n{OLD}\n"),
        format!("{header}\n\n{attribution}\n{}\n{NEW}\n", quoted()),
    ];
    assert_eq!(wrong(cases.map(|text| (text, NEW.to_owned()))), none());
}

#[test]
fn an_attribution_without_its_colon_stands_alone_between_empty_lines() {
    let line = "On Tue, 3 Nov 2026 14:01:05 +0100 Jo Park <jo@example.org> wrote";
    let whole = format!("{NEW}\n\n{line}\n\n{OLD}\n");
    assert_eq!(wrong([(whole, NEW.to_owned())]), none());
    let prose = format!("{NEW}\n\n{line}\nthat we should meet, which is fine with me.");
    assert_eq!(wrong([(prose.clone(), prose)]), none());
}

#[test]
fn quotes_that_are_set_in_from_the_margin_are_quotes_all_through() {
    let cases = [
        "Jo Park wrote:\n    > When can it begin?\n    > We need it in May.\n\nIn May.\n\n    > And who does it?\n\nI do.\n",
        "Jo Park <jo@example.org> wrote:\n\t> When can it begin?\n\t> In May?\nIn May.\n\t> And who does it?\nI do.\n",
        "Jo Park wrote:\n\nJP> When can it begin?\nJP> We need it in May.\n\nIn May.\n\nJP> And who does it?\n\nI do.\n",
    ];
    let wanted = "In May. I do.".to_owned();
    assert_eq!(
        wrong(cases.map(|text| (text.to_owned(), wanted.clone()))),
        none()
    );
    // Nobody is named, and nothing says that it is a quote.
    let shell = "I ran this:\n\n    > ls\n    > pwd\n\nand that is all.";
    assert_eq!(wrong([(shell.to_owned(), shell.to_owned())]), none());
}

#[test]
fn a_separator_that_a_converter_glued_to_the_text_ends_it() {
    let cases = [
        "Thanks, that works for me.-------- Original message --------From: Jo Park <jo@example.org> Date: 03/11/2026 14:01 (GMT+01:00)\nHi Maria, can you tell me?\n",
        "Thanks, that works for me. -----Original Message-----\nFrom: Jo Park\nSent: Monday\nTo: Maria\nSubject: Site\n\nHi Maria\n",
    ];
    let wanted = "Thanks, that works for me.".to_owned();
    assert_eq!(
        wrong(cases.map(|text| (text.to_owned(), wanted.clone()))),
        none()
    );
}

#[test]
fn headers_that_somebody_shows_are_what_they_wrote() {
    let cases = [
        "This is the header:\n\nMessage-ID: <a@example.org>\nDate: Tue, 3 Nov 2026 14:01:05 +0100\nFrom: Jo Park <jo@example.org>\nTo: Maria Lopez <maria@example.com>\nSubject: Site\n\nWhat do you make of it?",
        "There are two of them:\n-- Original message\n-- Answer",
    ];
    assert_eq!(
        wrong(cases.map(|text| (text.to_owned(), text.to_owned()))),
        none()
    );
}

#[test]
fn the_first_field_may_be_set_in_deeper_than_the_others() {
    let text = format!(
        "{NEW}\n\n      From: Jo Park <jo@example.org>\n To: Maria Lopez <maria@example.com>\n Sent: Tuesday, 3 November 2026 14:01\n Subject: Site\n\n{OLD}\n"
    );
    assert_eq!(wrong([(text, NEW.to_owned())]), none());
}

#[test]
fn the_rest_of_a_quoted_line_of_code_belongs_to_it() {
    let text = "Jo Park wrote:\n> @@ -190,7 +190,7 @@ static struct entry *make_entry_of_table(struct table\n*table, struct name *name)\n>  \tentry = alloc();\n> diff --git a/src/some/long/path/of/a/file.c\nb/src/some/long/path/of/a/file.c\n> index 38eb314..d13fa5b\n\nLooks good.\n";
    assert_eq!(wrong([(text.to_owned(), "Looks good.".to_owned())]), none());
}
