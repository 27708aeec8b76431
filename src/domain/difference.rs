//! The difference of two texts, word by word: what the person changed in a draft, and how
//! one version differs from another.

/// What happened to a stretch of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// In both texts.
    Kept,
    /// Only in the earlier one.
    Removed,
    /// Only in the later one.
    Added,
}

/// A stretch of text, with what happened to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What happened.
    pub change: Change,
    /// The text, with the blanks in it.
    pub text: String,
}

/// Cells of the comparison at most: about a thousand changed words on each side. What is
/// longer is shown as replaced whole.
const CELLS: usize = 1_500_000;

/// Compares two texts by words, blanks and line ends. Removed pieces come before the
/// added ones that take their place.
#[must_use]
pub fn difference(earlier: &str, later: &str) -> Vec<Piece> {
    let (before, after) = (tokens(earlier), tokens(later));
    let head = before
        .iter()
        .zip(&after)
        .take_while(|(one, other)| one == other)
        .count();
    let tail = before
        .iter()
        .skip(head)
        .rev()
        .zip(after.iter().skip(head).rev())
        .take_while(|(one, other)| one == other)
        .count();
    let middle = |of: &[&str]| of.len().saturating_sub(head + tail);
    let (old, new) = (middle(&before), middle(&after));
    let mut pieces = Pieces::default();
    let kept = |pieces: &mut Pieces, from: usize, count: usize| {
        for token in before.iter().skip(from).take(count) {
            pieces.push(Change::Kept, token);
        }
    };
    kept(&mut pieces, 0, head);
    let old: Vec<&str> = before.iter().skip(head).take(old).copied().collect();
    let new: Vec<&str> = after.iter().skip(head).take(new).copied().collect();
    for (change, token) in changes(&old, &new) {
        pieces.push(change, token);
    }
    kept(&mut pieces, before.len().saturating_sub(tail), tail);
    pieces.settled()
}

/// How much of a draft was changed, in percent of its words; 0 for white space only.
#[must_use]
pub fn changed_share(draft: &str, sent: &str) -> u8 {
    let words = |text: &str| {
        let mut counts = std::collections::BTreeMap::<String, i64>::new();
        for word in text.split_whitespace() {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
        counts
    };
    let (mut left, right) = (words(draft), words(sent));
    let total: i64 = left.values().sum::<i64>().max(right.values().sum()).max(1);
    for (word, count) in right {
        *left.entry(word).or_default() -= count;
    }
    let (added, removed) = left.values().fold((0, 0), |(added, removed), count| {
        if *count < 0 {
            (added - count, removed)
        } else {
            (added, removed + count)
        }
    });
    let changed = added.max(removed);
    let percent = (changed * 100 + total - 1) / total;
    u8::try_from(percent.clamp(0, 100)).unwrap_or(100)
}

/// Words, runs of blanks, and single line ends, in order.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        '\n' => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let now = kind(c);
        if before.is_some_and(|before| before != now || now == 0) {
            found.extend(text.get(start..at));
            start = at;
        }
        before = Some(now);
    }
    found.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    found
}

/// The longest common subsequence, read off as steps.
fn changes<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(Change, &'t str)> {
    let removed = old.iter().map(|token| (Change::Removed, *token));
    let added = new.iter().map(|token| (Change::Added, *token));
    let width = new.len() + 1;
    if old.is_empty() || new.is_empty() || width.saturating_mul(old.len() + 1) > CELLS {
        return removed.chain(added).collect();
    }
    // `common` holds, at (i, j), how much is common to what follows old[i] and new[j]:
    // blanks count little, so that words decide what is lined up.
    let mut common = vec![0_u32; width * (old.len() + 1)];
    let at = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, one) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let best = if one == other {
                at(&common, i + 1, j + 1) + weight(one)
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let mut steps = Vec::with_capacity(old.len() + new.len());
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(one), Some(other)) if one == other => {
                steps.push((Change::Kept, *one));
                (i, j) = (i + 1, j + 1);
            }
            (Some(one), Some(_)) if at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                steps.push((Change::Removed, *one));
                i += 1;
            }
            (_, Some(other)) => {
                steps.push((Change::Added, *other));
                j += 1;
            }
            (Some(one), None) => {
                steps.push((Change::Removed, *one));
                i += 1;
            }
            (None, None) => return steps,
        }
    }
}

fn weight(token: &str) -> u32 {
    if token.trim().is_empty() { 1 } else { 8 }
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push(&mut self, change: Change, text: &str) {
        match self.0.last_mut() {
            Some(last) if last.change == change => last.text.push_str(text),
            _ => self.0.push(Piece {
                change,
                text: text.to_owned(),
            }),
        }
    }

    /// A single blank that stayed between changed words would tear a changed phrase into
    /// confetti: it goes along with its neighbours, and what was removed stands together.
    fn settled(self) -> Vec<Piece> {
        let mut out = Self::default();
        let (mut removed, mut added) = (String::new(), String::new());
        let mut pieces = self.0.into_iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece.change {
                Change::Removed => removed.push_str(&piece.text),
                Change::Added => added.push_str(&piece.text),
                Change::Kept => {
                    let between = !removed.is_empty() && !added.is_empty();
                    let blank = piece.text.chars().all(|c| c == ' ');
                    if between && blank && pieces.peek().is_some() {
                        removed.push_str(&piece.text);
                        added.push_str(&piece.text);
                        continue;
                    }
                    out.flush(&mut removed, &mut added);
                    out.push(Change::Kept, &piece.text);
                }
            }
        }
        out.flush(&mut removed, &mut added);
        out.0
    }

    fn flush(&mut self, removed: &mut String, added: &mut String) {
        for (change, text) in [(Change::Removed, removed), (Change::Added, added)] {
            if !text.is_empty() {
                self.push(change, text);
                text.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(earlier: &str, later: &str) -> String {
        difference(earlier, later)
            .iter()
            .map(|piece| match piece.change {
                Change::Kept => piece.text.clone(),
                Change::Removed => format!("[-{}-]", piece.text),
                Change::Added => format!("{{+{}+}}", piece.text),
            })
            .collect()
    }

    #[test]
    fn words_that_changed_are_marked_and_the_rest_is_kept() {
        assert_eq!(
            marked("Hi Maria,\n\nfine.", "Hi Maria,\n\nfine."),
            "Hi Maria,\n\nfine."
        );
        assert_eq!(
            marked("one two three", "one 2 three"),
            "one [-two-]{+2+} three"
        );
        assert_eq!(marked("one three", "one two three"), "one {+two +}three");
        assert_eq!(marked("", "new"), "{+new+}");
        assert_eq!(marked("old", ""), "[-old-]");
    }

    #[test]
    fn a_changed_phrase_stays_in_one_piece() {
        assert_eq!(
            marked("we can start on May 4.", "we are free from June 1."),
            "we [-can start on May 4.-]{+are free from June 1.+}"
        );
    }

    #[test]
    fn a_new_paragraph_is_added_as_a_whole() {
        assert_eq!(
            marked(
                "Hi,\n\nfine.\n\nSam",
                "Hi,\n\nfine.\n\nAnd one more.\n\nSam"
            ),
            "Hi,\n\nfine.\n\n{+And one more.\n\n+}Sam"
        );
    }

    #[test]
    fn texts_without_end_are_replaced_whole_and_in_no_time() {
        let one: String = (0..5_000).map(|n| format!("a{n} ")).collect();
        let other: String = (0..5_000).map(|n| format!("b{n} ")).collect();
        assert_eq!(difference(one.trim(), other.trim()).len(), 2);
    }

    #[test]
    fn the_changed_share_counts_words_and_not_blanks() {
        assert_eq!(changed_share("a b c d", "a  b\nc d"), 0);
        assert_eq!(changed_share("a b c d", "a b c x"), 25);
        assert_eq!(changed_share("a b c d", "a b c d e f g h"), 50);
        assert_eq!(changed_share("a b", "x y"), 100);
        assert_eq!(changed_share("", ""), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_texts_can_be_read_out_of_it(
            earlier in "[ab \n]{0,24}",
            later in "[ab \n]{0,24}",
        ) {
            let pieces = difference(&earlier, &later);
            let without = |change: Change| -> String {
                let of = pieces.iter().filter(|piece| piece.change != change);
                of.map(|piece| piece.text.as_str()).collect()
            };
            prop_assert_eq!(without(Change::Added), earlier);
            prop_assert_eq!(without(Change::Removed), later);
        }
    }
}
