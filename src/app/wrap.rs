//! Wrapping text to a width in terminal cells.

use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// Cells that a text takes on the screen, which gives each grapheme cells of its own: two
/// letters that some fonts draw as one take two.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cells).sum()
}

fn cells(grapheme: &str) -> usize {
    usize::from(grapheme.cell_width())
}

/// One line wrapped into rows of at most `limit` cells: at spaces where possible, else
/// between graphemes, so that a long address is never cut off. Leading spaces stay; a
/// row's trailing spaces are dropped. There is always at least one row.
#[must_use]
pub fn wrap_line(line: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    if line.len() <= limit && line.is_ascii() {
        return vec![line.trim_end().to_owned()];
    }
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut row_width = 0;
    for word in line.split_word_bounds() {
        let word_width = width(word);
        let blank = word.chars().all(char::is_whitespace);
        if row_width + word_width <= limit {
            row.push_str(word);
            row_width += word_width;
        } else if blank {
            // The space at a break is the break.
            rows.push(std::mem::take(&mut row));
            row_width = 0;
        } else {
            if row_width > 0 && can_break_after(&row) {
                let tail = carried(&mut row, limit, word_width);
                rows.push(std::mem::take(&mut row));
                row_width = width(&tail);
                row = tail;
            }
            for grapheme in word.graphemes(true) {
                let cells = cells(grapheme);
                if row_width + cells > limit && row_width > 0 {
                    rows.push(std::mem::take(&mut row));
                    row_width = 0;
                }
                row.push_str(grapheme);
                row_width += cells;
            }
        }
    }
    if !row.is_empty() || rows.is_empty() {
        rows.push(row);
    }
    for row in &mut rows {
        row.truncate(row.trim_end().len());
    }
    rows
}

/// Whether a row holds a space behind which it can end.
fn can_break_after(row: &str) -> bool {
    row.trim_start().contains(char::is_whitespace) || row.ends_with(char::is_whitespace)
}

/// What after the row's last space belongs to the word that did not fit (as in `(price`)
/// and goes to the next row with it, if it fits there.
fn carried(row: &mut String, limit: usize, word_width: usize) -> String {
    let Some(space) = row.rfind(char::is_whitespace) else {
        return String::new();
    };
    let start = row
        .char_indices()
        .find(|(at, _)| *at > space)
        .map_or(row.len(), |(at, _)| at);
    let tail = row.get(start..).unwrap_or_default().to_owned();
    if width(&tail) + word_width > limit {
        return String::new();
    }
    row.truncate(start);
    tail
}

/// A text's lines wrapped, in order.
#[must_use]
pub fn wrap_text(text: &str, limit: usize) -> Vec<String> {
    text.lines()
        .flat_map(|line| wrap_line(line, limit))
        .collect()
}

/// A text cut to `limit` cells, with `mark` at the end when something was cut off.
#[must_use]
pub fn cut(text: &str, limit: usize, mark: &str) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(width(mark));
    let mut shorter = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += cells(grapheme);
        if used > room {
            break;
        }
        shorter.push_str(grapheme);
    }
    if limit >= width(mark) {
        shorter.push_str(mark);
    }
    shorter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_at_spaces() {
        assert_eq!(
            wrap_line("the quick brown fox", 10),
            ["the quick", "brown fox"]
        );
        assert_eq!(
            wrap_line("  indented text stays", 10),
            ["  indented", "text stays"]
        );
        assert_eq!(wrap_line("", 10), [""]);
    }

    #[test]
    fn a_long_address_is_broken_and_never_cut_off() {
        let address = "https://example.com/a/very/long/path";
        let rows = wrap_line(&format!("see {address}"), 12);
        assert_eq!(rows.concat().replace("see", "").replace(' ', ""), address);
        assert!(rows.iter().all(|row| width(row) <= 12), "{rows:?}");
    }

    #[test]
    fn punctuation_stays_with_its_word() {
        assert_eq!(
            wrap_line("costs about (2,400 EUR)", 13),
            ["costs about", "(2,400 EUR)"]
        );
    }

    #[test]
    fn wide_characters_count_double() {
        let rows = wrap_line("日本語のテキスト", 6);
        assert_eq!(rows, ["日本語", "のテキ", "スト"]);
        assert_eq!(cut("日本語", 5, "…"), "日本…");
    }

    #[test]
    fn letters_that_are_drawn_as_one_take_the_cells_that_they_get() {
        let line = "\u{644}\u{627} ".repeat(20);
        assert_eq!(width(line.trim_end()), 59);
        let rows = wrap_line(&line, 10);
        assert_eq!(rows.first().map(|row| row.chars().count()), Some(8));
        assert_eq!(rows.len(), 7);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_row_is_too_wide_and_no_letter_is_lost(text in "([a-zé日 ,.()\u{644}\u{627}\u{e33}\u{1f468}\u{1f1e9}-][\u{301}\u{1f3fd}]{0,2}){0,60}", limit in 6_usize..30) {
            let rows = wrap_line(&text, limit);
            let letters = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            proptest::prop_assert!(rows.iter().all(|row| width(row) <= limit), "{rows:?}");
            proptest::prop_assert_eq!(letters(&rows.concat()), letters(&text));
        }
    }
}
