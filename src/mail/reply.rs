//! What a person newly wrote in a reply, apart from quotes, signature and footers.
//!
//! The rule above all others: new text is never dropped. A line is taken for a quote when
//! something says so (a prefix, markup, an attribution or a separator above it); what
//! nothing speaks about is new. How the parts are recognised stands in [`attribution`],
//! [`introduction`], [`author`], [`prefix`], [`wrap`], [`boundary`] and [`signature`], the words
//! of many languages in [`words`], the order of decisions in [`structure`].

use std::ops::Range;

use super::html::LineMark;

pub mod attribution;
pub mod author;
pub mod boundary;
pub mod introduction;
pub mod line;
pub mod notes;
pub mod prefix;
pub mod signature;
pub mod structure;
pub mod words;
pub mod wrap;

use line::{Line, Role};

/// Lines that are judged; nobody writes or quotes more in one mail.
const LINES: usize = 20_000;

/// What a stretch of a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentKind {
    /// Newly written.
    New,
    /// Quoted from an earlier mail.
    Quote,
    /// The line that says who wrote the quote.
    Attribution,
    /// The signature, or the footer of a phone.
    Signature,
    /// A legal notice.
    Disclaimer,
    /// What a list or a provider adds.
    Footer,
    /// A mail from elsewhere, passed on.
    Forward,
    /// Addresses of the links above.
    Links,
}

/// A stretch of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// Bytes of the text; whole lines, but where new text and an attribution share one.
    pub range: Range<usize>,
}

/// A text taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Split {
    /// The stretches in order; together they are the whole text.
    pub segments: Vec<Segment>,
    /// What is new, with the addresses of its links.
    pub reply: String,
    /// What is quoted or passed on, with attribution lines.
    pub quoted: String,
    /// Signature and legal notice.
    pub signature: String,
}

/// Takes a plain text apart.
#[must_use]
pub fn split(text: &str) -> Split {
    split_marked(text, &[])
}

/// Takes a text apart with what its markup told of each line.
#[must_use]
pub fn split_marked(text: &str, marks: &[LineMark]) -> Split {
    let judged = beginning(text);
    let mut lines = structure::parted(text.get(..judged).unwrap_or(text), marks);
    structure::judge(&mut lines);
    if judged < text.len() {
        // What comes after is what the last judged line was: the rest of a quote, or text.
        let last = lines.iter().rev().find(|line| line.role != Role::Blank);
        let role = match last.map(|line| (line.role, line.is_prefixed())) {
            Some((Role::Quote, false)) => Role::Quote,
            Some((Role::Forward, _)) => Role::Forward,
            _ => Role::New,
        };
        lines.push(Line {
            text: text.get(judged..).unwrap_or("").trim_end(),
            range: judged..text.len(),
            role,
            depth: 0,
            mark: LineMark::None,
            is_delimiter: false,
        });
    }
    assemble(text, &lines)
}

/// The end of the part that is judged line by line.
fn beginning(text: &str) -> usize {
    text.bytes()
        .enumerate()
        .filter(|(_, byte)| *byte == b'\n')
        .nth(LINES)
        .map_or(text.len(), |(at, _)| at + 1)
}

fn kind_of(role: Role) -> Option<SegmentKind> {
    Some(match role {
        Role::Blank => return None,
        Role::New => SegmentKind::New,
        Role::Quote => SegmentKind::Quote,
        Role::Attribution => SegmentKind::Attribution,
        Role::Signature => SegmentKind::Signature,
        Role::Disclaimer => SegmentKind::Disclaimer,
        Role::Footer => SegmentKind::Footer,
        Role::Forward => SegmentKind::Forward,
        Role::Link => SegmentKind::Links,
    })
}

fn assemble(text: &str, lines: &[Line<'_>]) -> Split {
    let mut split = Split::default();
    for line in lines {
        // Empty lines belong to what stands above them.
        let kind = kind_of(line.role).or_else(|| split.segments.last().map(|last| last.kind));
        let kind = kind.unwrap_or(SegmentKind::New);
        match split.segments.last_mut() {
            Some(last) if last.kind == kind => last.range.end = line.range.end,
            _ => split.segments.push(Segment {
                kind,
                range: line.range.clone(),
            }),
        }
    }
    let mut links = "";
    for segment in &split.segments {
        let stretch = text.get(segment.range.clone()).unwrap_or("");
        match segment.kind {
            SegmentKind::New => join(&mut split.reply, stretch),
            SegmentKind::Quote | SegmentKind::Attribution | SegmentKind::Forward => {
                join_near(&mut split.quoted, stretch);
            }
            SegmentKind::Signature | SegmentKind::Disclaimer => join(&mut split.signature, stretch),
            SegmentKind::Links => links = stretch,
            SegmentKind::Footer => {}
        }
    }
    let used: Vec<&str> = links
        .lines()
        .filter(|line| {
            line.split_once("] ")
                .is_some_and(|(number, _)| split.reply.contains(&format!("{number}]")))
        })
        .collect();
    if !used.is_empty() {
        split.reply.push_str("\n\n");
        split.reply.push_str(&used.join("\n"));
    }
    split
}

/// Adds a stretch as a paragraph of its own, without empty lines around it.
fn join(to: &mut String, stretch: &str) {
    let stretch = trimmed(stretch);
    if stretch.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push_str("\n\n");
    }
    to.push_str(stretch);
}

/// Adds a stretch below, with one line end between.
fn join_near(to: &mut String, stretch: &str) {
    let stretch = trimmed(stretch);
    if stretch.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push('\n');
    }
    to.push_str(stretch);
}

/// Without empty lines at its ends; the indent of the first line stays.
fn trimmed(stretch: &str) -> &str {
    let end = stretch.trim_end();
    let mut from = 0;
    for line in end.split_inclusive('\n') {
        if !line.trim().is_empty() {
            break;
        }
        from += line.len();
    }
    end.get(from..).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn top_posts_bottom_posts_and_answers_between_are_told_from_their_quotes() {
        let top = "Sounds good.\n\nMaria\n\nOn Tue, Nov 3, 2026 at 2:01 PM Jo <jo@example.org> wrote:\n> Hi\n> there\n";
        assert_eq!(split(top).reply, "Sounds good.\n\nMaria");
        let bottom = "On Tue, Nov 3, 2026 at 2:01 PM Jo\n<jo@example.org> wrote:\n\n> Hi\n\nSounds good.\n\n-- \nMaria\n";
        let parted = split(bottom);
        assert_eq!(parted.reply, "Sounds good.");
        assert_eq!(parted.signature, "-- \nMaria".trim_end());
        let between = "Jo wrote:\n> one?\nyes\n> two?\n\nno\n";
        assert_eq!(split(between).reply, "yes\n\nno");
    }

    #[test]
    fn quotes_without_a_prefix_end_with_the_mail() {
        for quote in [
            "-----Original Message-----\nFrom: Jo\nSent: Monday\nTo: Maria\nSubject: Offer\n\nHi Maria,\nhere it is.",
            "________________________________\nFrom: Jo <jo@example.org>\nSent: Tuesday, 3 November 2026 14:01\nTo: Maria\nSubject: Offer\n\nHi",
            "Am 03.11.2026 um 14:01 schrieb Jo <jo@example.org>:\n\nHallo Maria,\nbitte sehr.",
            "Von: Jo\nGesendet: Dienstag, 3. November 2026 14:01\nAn: Maria\nBetreff: Angebot\n\nHallo",
        ] {
            let parted = split(&format!("Thanks, that works.\n\n{quote}\n"));
            assert_eq!(parted.reply, "Thanks, that works.", "{quote}");
            assert!(parted.quoted.contains('H'), "{quote}");
        }
    }

    #[test]
    fn what_nothing_speaks_about_is_new() {
        for text in [
            "Please sign here:\n\n_____________\n\nand send it back.",
            "Usage:\n\n$ tool --help\n--\nfirst\nsecond\n\nThat prints both.\n\nMore below, as long as it takes.\n\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\ns\nt\nu\nv\nw\nx\ny\nz\naa\nbb\ncc\ndd\nee\nff\ngg\nhh\nii",
            "We need:\n\nFrom: London\nTo: Paris\nDate: 5 May\n\nThanks",
            ">>> 1 + 1\n2\n>>> 2 + 2\n4\nThat is the session.",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new",
            "On Monday he wrote three letters:\n\none to me, two to her.",
        ] {
            assert_eq!(split(text).reply, text, "{text}");
        }
    }

    #[test]
    fn signed_mail_footers_and_notices_are_set_aside() {
        let signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe text.\n-----BEGIN PGP SIGNATURE-----\n\niQ\n=ab\n-----END PGP SIGNATURE-----\n";
        assert_eq!(split(signed).reply, "The text.");
        let list = "> q\n\nThe text.\n\n_______________________________________________\nUsers mailing list\nUsers@lists.example.org\nhttps://lists.example.org/mailman/listinfo/users\n";
        assert_eq!(split(list).reply, "The text.");
        let notice = "The text.\n\nMaria\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you are not the intended recipient, delete it.\n";
        assert_eq!(split(notice).reply, "The text.\n\nMaria");
        assert!(split(notice).signature.starts_with("This e-mail"));
        assert_eq!(
            split("The text.\n\nSent from my iPhone\n").reply,
            "The text."
        );
    }

    #[test]
    fn a_line_that_a_program_broke_belongs_to_its_quote() {
        let text = "Jo wrote:\n> this line of the quote was so long that some program on its way broke\ninto two halves\n> and here it goes on, as it did before the break came\n\nNew.\n";
        assert_eq!(split(text).reply, "New.");
    }

    #[test]
    fn bars_are_quotes_and_the_columns_of_tables_are_not() {
        let bars = "* Maria\n| > one\n| two\n| three\n\nNew.\n\n| four\n\nNewer.\n";
        assert_eq!(split(bars).reply, "* Maria\n\nNew.\n\nNewer.");
        let table = "Prices:\n\n| Item | Price |\n| Desk | 90 |\n| Lamp | 9 |\n\nThat is all.";
        assert_eq!(split(table).reply, table);
    }

    #[test]
    fn a_mail_that_quotes_itself_is_quoted_to_its_end_when_its_author_signs_it() {
        let said = [
            "From: Jo Park <jo@x.example>\nSent: Tuesday, November 3, 2026 2:01 PM\nTo: Maria\nSubject: Re: Offer\n",
            "On Tue, Nov 3, 2026 at 2:01 PM Jo Park <jo@x.example> wrote:\n",
        ];
        for said in said {
            let below =
                "> What about the logo?\n\nBlue is fine with us. The draft comes on Monday.\n";
            let text = format!("Works for us.\n\n{said}\n{below}\nJo\n");
            assert_eq!(split(&text).reply, "Works for us.", "{text}");
            // Anybody else's name, or none, leaves it an answer.
            for end in ["", "\nMaria\n", "\nJo, is that all right?\n"] {
                let text = format!("Works for us.\n\n{said}\n{below}{end}");
                let reply = split(&text).reply;
                assert!(reply.contains("Blue is fine with us."), "{text}");
            }
            // So does an answer between the quoted lines, and one that is signed above.
            let between =
                format!("See below.\n\n{said}\n> one?\nyes\n> two?\n\nNo, we do not.\n\nJo\n");
            assert!(split(&between).reply.contains("No, we do not."));
            let own = format!("One more thing.\n\nJo\n\n{said}\n{below}\nJo\n");
            assert!(split(&own).reply.contains("Blue is fine with us."));
        }
    }

    #[test]
    fn the_note_that_a_quote_is_hidden_is_no_part_of_a_reply() {
        for note in [
            "[Quoted text hidden]",
            "[Zitierter Text ausgeblendet]",
            "[引用文なし]",
        ] {
            let text = format!("Works for us.\n\nMaria\n\n{note}\n");
            assert_eq!(split(&text).reply, "Works for us.\n\nMaria", "{note}");
        }
        let other = "What does [quoted text] mean?\n[Text hidden]";
        assert_eq!(split(other).reply, other);
    }

    #[test]
    fn the_end_of_a_broken_line_may_look_like_an_answer() {
        let long = "> this line of the quote was so long that some program on its way, the bad";
        let text = format!(
            "Jo wrote:\n{long}\none, broke\n{long}\nold one\n{long}\nthat?\n> end\n\nNew.\n"
        );
        assert_eq!(split(&text).reply, "New.");
    }

    #[test]
    fn other_prefixes_are_learnt_from_the_attribution() {
        assert_eq!(
            split("Old.\n\nMaria Lopez wrote:\n| one\n| two\n\nNew.\n").reply,
            "Old.\n\nNew."
        );
        assert_eq!(
            split("Maria Lopez <m@example.org> writes:\n\nML> one\nML> two\n\nNew.\n").reply,
            "New."
        );
    }

    #[test]
    fn what_is_left_out_of_a_quote_does_not_hide_its_prefix() {
        for omission in ["[...]", "<snip>", "[lost]", "..."] {
            let text = format!(
                "Hi,\n\nOn Sun, 01 Sep 2002 00:05:03 MDT Reg <reg@example.org> wrote:\n\n{omission}\n> So something is missing.\n\nYes, the key.\n\nIngo\n"
            );
            assert_eq!(
                split(&text).reply,
                "Hi,\n\nYes, the key.\n\nIngo",
                "{omission}"
            );
        }
        let unprefixed = "No.\n\nOn Sun, 01 Sep 2002 00:05:03 MDT Reg <reg@example.org> wrote:\n\n[...]\nSo something is missing.\n";
        assert_eq!(split(unprefixed).reply, "No.");
    }

    #[test]
    fn initials_are_learnt_where_the_attribution_says_you() {
        let text = "Hello Elias,\n\nTuesday, October 1, 2002, 9:54:02 PM, you wrote:\n\nE> jo@example.org wrote:\n\n>> They settled.\n\nE> It is minor, I think, in\nE> comparison.\n\nToo bad none of this goes back.\n";
        assert_eq!(
            split(text).reply,
            "Hello Elias,\n\nToo bad none of this goes back."
        );
    }

    #[test]
    fn initials_are_learnt_from_a_supercited_attribution() {
        let text = ">>>>> \"GW\" == Greg Ward <gw@example.org> writes:\n\n    GW> I could change that\n    GW> last statement.\n\nI do not care.\n\n    GW> Nor that?\n\nNo.\n";
        assert_eq!(split(text).reply, "I do not care.\n\nNo.");
    }

    #[test]
    fn initials_are_learnt_from_an_address_and_a_date() {
        let text = "Twas brillig at 14:00:54 17.11.2009 UTC-05 when lars@example.org did gyre and gimble:\n\n LK> It resulted in many errors:\n\n LK>   Error opening\n\nSee the patch.\n";
        assert_eq!(split(text).reply, "See the patch.");
    }

    #[test]
    fn a_quote_that_is_indented_ends_where_the_margin_is_again() {
        let text = "On Sat, 10 Jul 1999 jo@example.org wrote:\n\n  \n  Hi All,\n  \n  What are the drivers to be selected to have the cards\n  in these machines recognized?\n  \n  Jo\n\nHi Jo,\n\nWhat kind is it? Different cards use different chips,\nalthough a lot of them are the same as far as I know,\nand most of them are found by themselves.\n\nRegards,\nMaria\n";
        let reply = split(text).reply;
        assert!(reply.starts_with("Hi Jo,"), "{reply}");
    }

    #[test]
    fn odd_prefixes_are_learnt_where_something_says_that_they_are_some() {
        let text = "On Wed, 4 Sep 2002, Gordon Mohr wrote:\n\n--]Hmm. Every CD player should\n--]rip and encode.\n\nThere are some.\n\n--]Really?\n\nYes.\n\n\nhttp://lists.example.org/mailman/listinfo/friends\n";
        let reply = split(text).reply;
        assert!(reply.starts_with("There are some."), "{reply}");
        assert!(reply.ends_with("Yes."), "{reply}");
        let bare = "So uh, would this qualify?\n-BB\nRH> Today a French officer called Michel is supposed to get in a\nRH> 350-metre tall balloon, ride it up to the edge of space and\nRH> jump.\n";
        assert_eq!(split(bare).reply, "So uh, would this qualify?\n-BB");
        let named = "    Guido> Therefore I propose to nuke the old one, after adding\n    Guido> a new option.\n\nNo argument here.\n";
        assert_eq!(split(named).reply, "No argument here.");
        let session = "I typed this:\n\nDB> select the names of all the customers who have an invoice\n3 rows\nDB> and the other thing that was written about in the manual\nDB> go\n1 row\n\nThat is all.";
        assert_eq!(split(session).reply, session);
        let talk = "From the channel:\n\nMaria> does anybody know whether the new hall has a second door that one can\nMaria> open from inside?\nJo> it does, but the key to it has been with the caretaker since the last time we\nJo> met there\nMaria> thanks\n\nSo we need the key.";
        assert_eq!(split(talk).reply, talk);
        let asked = "Subscribe here:\n\nhttp://lists.example.org/mailman/listinfo/friends";
        assert_eq!(split(asked).reply, asked);
    }

    #[test]
    fn text_between_a_rule_and_a_footer_is_new() {
        let text = "Martin posted:\nof the limestone of the mountain\n---------------------\nSo is this limestone or granite?\n\n------------------------ Yahoo! Groups Sponsor ---------------------~-->\n4 DVDs Free\nhttp://us.click.yahoo.example/pt6\n---------------------------------------------------------------------~->\n\nTo unsubscribe from this group, send an email to:\nx-unsubscribe@groups.example\n";
        let reply = split(text).reply;
        assert!(
            reply.contains("So is this limestone or granite?"),
            "{reply}"
        );
    }

    #[test]
    fn a_talk_that_is_written_down_is_new() {
        let talk = "Here is a sample:\n\nMike says:\nhow are you?\n\nSmarter Child says:\nGreat, you?\n\nMike says:\nFine.";
        assert_eq!(split(talk).reply, talk);
    }

    #[test]
    fn a_mail_that_is_all_forward_or_quote_is_kept() {
        let forward = "---------- Forwarded message ---------\nFrom: Jo <jo@example.org>\nDate: Tue, Nov 3, 2026 at 2:01 PM\nSubject: Offer\nTo: Maria\n\nHi";
        assert_eq!(split(forward).reply, forward);
        assert_eq!(split(&format!("FYI\n\n{forward}")).reply, "FYI");
        assert_eq!(
            split("> all of it\n> quoted").reply,
            "> all of it\n> quoted"
        );
        assert_eq!(split("Jo wrote:\n> nothing added").reply, "");
    }

    #[test]
    fn addresses_come_with_the_links_of_the_reply_only() {
        let text = "see [1]\n\n> old [2]\n\n[1] https://a.de\n[2] https://b.de";
        let mut marks = vec![LineMark::None; 7];
        marks[4..].fill(LineMark::Link);
        assert_eq!(
            split_marked(text, &marks).reply,
            "see [1]\n\n[1] https://a.de"
        );
    }

    fn mails() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            "[ -~é日]{0,30}",
            prop::sample::select(vec![
                "> quoted",
                ">> deeper",
                ">",
                "",
                "",
                "On Tue, Nov 3, 2026 at 2:01 PM Jo <jo@example.org> wrote:",
                "On Tue, Nov 3, 2026 at 2:01 PM Jo",
                "<jo@example.org> wrote:",
                "-----Original Message-----",
                "From: Jo <jo@example.org>",
                "Sent: Tuesday, 3 November 2026 14:01",
                "To: Maria",
                "Subject: Offer",
                "-- ",
                "--",
                "____________________",
                "Sent from my iPhone",
                "Jo wrote:",
                "| bar",
                "----- Forwarded message -----",
                ">>> code",
                "-----BEGIN PGP SIGNED MESSAGE-----",
                "-----BEGIN PGP SIGNATURE-----",
                "To unsubscribe, write",
                "-Maria Lopez",
                "-------------- next part --------------",
                "This is confidential and intended solely for the intended recipient, delete it",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_segments_are_the_whole_text_and_the_reply_is_its_new_ones(text in mails()) {
            let parted = split(&text);
            let mut at = 0;
            for segment in &parted.segments {
                prop_assert_eq!(segment.range.start, at);
                at = segment.range.end;
                if segment.kind == SegmentKind::New {
                    let mut stretch = text[segment.range.clone()].trim().lines();
                    prop_assert!(stretch.all(|line| parted.reply.contains(line)));
                }
            }
            prop_assert_eq!(at, text.len());
            prop_assert!(parted.reply.len() <= text.len() + 8 * parted.segments.len());
        }

        #[test]
        fn a_reply_above_any_attributed_quote_is_found_whole(
            reply in "[A-Z][a-z ]{3,40}[.]\n\n[A-Z][a-z ]{3,40}[.]",
            quote in prop::collection::vec("[ -~]{0,60}", 1..12),
        ) {
            let quoted: String = quote.iter().map(|line| format!("> {line}\n")).collect();
            let text = format!("{reply}\n\nOn Tue, Nov 3, 2026 at 2:01 PM Jo <jo@example.org> wrote:\n{quoted}");
            prop_assert_eq!(split(&text).reply, reply);
        }
    }
}
