//! Mails that were made to cost much, read on the stack of an ordinary thread: nothing
//! panics, nothing overflows, and no more comes out than the sender put in, four times.
//! What they cost in time is measured by `cargo bench --bench mail`.

use rejoinder::mail::parse::{Mail, attachment, parse};
use rejoinder::mail::reply::SegmentKind;

#[path = "../../benches/mail/hostile.rs"]
mod made;

/// How much smaller than in the bench: a debug build is slow.
const SMALLER: usize = 100;

/// The stack of a thread that nobody asked to be larger.
const STACK: usize = 2 * 1024 * 1024;

fn on_a_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap()
}

fn size(mail: &Mail) -> usize {
    let addresses = |list: &[rejoinder::domain::Address]| -> usize {
        list.iter()
            .map(|one| one.address.len() + one.name.as_deref().map_or(0, str::len))
            .sum()
    };
    let files: usize = mail.attachments.iter().map(|file| file.name.len()).sum();
    mail.text.len()
        + mail.subject.len()
        + addresses(&mail.to)
        + addresses(&mail.cc)
        + mail.references.iter().map(String::len).sum::<usize>()
        + files
}

#[test]
fn mails_made_to_cost_much_are_read_on_a_small_stack_and_stay_small() {
    let wrong = on_a_small_stack(|| {
        // Depth is what a stack knows, so what is nested is as deep as in the bench.
        let deep = made::mails(1).into_iter().filter(|(name, _)| {
            ["elements", "quotes", "multiparts", "messages"]
                .iter()
                .any(|what| name.ends_with(&format!("nested {what}")))
        });
        made::mails(SMALLER)
            .into_iter()
            .chain(deep)
            .filter_map(|(name, raw)| {
                let mail = parse(&raw).unwrap_or_else(|error| panic!("{name}: {error}"));
                let out = size(&mail);
                // A note on what is left out may be longer than a tiny mail.
                (out > 4 * raw.len() + 500).then(|| format!("{name}: {} -> {out}", raw.len()))
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn nesting_beyond_all_use_is_cut_off_and_told() {
    let nested: Vec<(&str, usize)> = made::mails(SMALLER)
        .into_iter()
        .filter(|(name, _)| name.starts_with("mime: "))
        .map(|(name, raw)| (name, parse(&raw).unwrap().attachments.len()))
        .collect();
    assert!(nested.len() >= 5, "{nested:?}");
    assert!(nested.iter().all(|(_, files)| *files <= 1000), "{nested:?}");
    for (_, raw) in made::mails(SMALLER)
        .iter()
        .filter(|(name, _)| name.starts_with("mime: "))
    {
        assert!(attachment(raw, 100_000).is_none());
    }
}

#[test]
fn the_parts_of_a_long_text_are_the_whole_of_it() {
    for (name, raw) in made::mails(SMALLER) {
        if !name.starts_with("text: ") {
            continue;
        }
        let mail = parse(&raw).unwrap();
        let mut at = 0;
        for segment in &mail.segments {
            assert_eq!(segment.range.start, at, "{name}");
            at = segment.range.end;
        }
        assert_eq!(at, mail.text.len(), "{name}");
        let new = mail
            .segments
            .iter()
            .any(|segment| segment.kind == SegmentKind::New);
        assert_eq!(new, !mail.reply.is_empty(), "{name}");
    }
}
