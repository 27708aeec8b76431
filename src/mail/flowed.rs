//! `format=flowed` and `delsp` (RFC 3676): paragraphs that were broken for transport are
//! whole again, and their quote depth is written in the usual `> ` form.

/// The signature line, which never flows (RFC 3676 section 4.3).
const SIGNATURE: &str = "-- ";

/// Deepest quote that is written out; deeper ones are written like the deepest.
const DEPTH: usize = 50;

/// Joins the flowed lines of a text.
#[must_use]
pub fn decode(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Depth of the paragraph that goes on in the next line.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let goes_on = open == Some(depth) && content != SIGNATURE;
        if !goes_on {
            if !out.is_empty() || open.is_some() {
                out.push('\n');
            }
            push_depth(&mut out, depth, content);
        }
        let flows = content.ends_with(' ') && content != SIGNATURE;
        let content = match (flows, delsp) {
            (true, true) => content.strip_suffix(' ').unwrap_or(content),
            _ => content,
        };
        out.push_str(content);
        open = flows.then_some(depth);
        if out.is_empty() {
            // An empty first line still is a line.
            open = open.or(Some(usize::MAX));
        }
    }
    out
}

fn push_depth(out: &mut String, depth: usize, content: &str) {
    if depth == 0 {
        return;
    }
    for _ in 0..depth.min(DEPTH) {
        out.push('>');
    }
    if !content.is_empty() {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_joined_within_their_depth() {
        let text = "A paragraph \r\nthat flows.\r\n> quoted \r\n> too\r\n>> deeper \r\nnew\r\n";
        assert_eq!(
            decode(text, false),
            "A paragraph that flows.\n> quoted too\n>> deeper \nnew\n"
        );
    }

    #[test]
    fn delsp_takes_the_space_away() {
        assert_eq!(decode("日本 \n語", true), "日本語");
        assert_eq!(decode("日本 \n語", false), "日本 語");
    }

    #[test]
    fn the_signature_line_stays_alone_and_stuffing_is_undone() {
        assert_eq!(decode("text \n-- \nMaria", false), "text \n-- \nMaria");
        assert_eq!(
            decode(" From here\n >no quote", false),
            "From here\n>no quote"
        );
    }

    #[test]
    fn empty_lines_stay() {
        assert_eq!(decode("\n\na\n\nb\n", false), "\n\na\n\nb\n");
        assert_eq!(decode("", false), "");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_text_is_joined_within_its_size(text in "[> a-c\\-\n\r]{0,200}", delsp in proptest::bool::ANY) {
            let joined = decode(&text, delsp);
            proptest::prop_assert!(joined.len() <= text.len() * 2);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
            proptest::prop_assert_eq!(letters(&joined), letters(&text));
        }
    }
}
