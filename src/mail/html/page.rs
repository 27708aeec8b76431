//! The text that grows while the document is read: lines, blank lines, quote depth,
//! list markers, rows of tables. It knows nothing of tags.
//!
//! What is written stays below [`GROWTH`] times what was read, whatever the markup asks
//! for: beyond that, prefixes and indents are left away.

use super::LineMark;

/// Bytes written for each byte read, at most.
const GROWTH: usize = 3;

/// Deepest quote that is written out.
const QUOTES: usize = 12;

/// Deepest indent of nested lists.
const INDENTS: usize = 6;

/// Blank lines in a row that are kept.
const BLANKS: usize = 2;

/// Longest row, and longest cell in it, that is put on one line.
const ROW: usize = 160;
const CELL: usize = 60;

/// The end that the next text must be set off by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Gap {
    /// None.
    #[default]
    None,
    /// A new line.
    Line,
    /// An empty line.
    Blank,
}

/// A row that is being read.
#[derive(Clone, Debug)]
struct Row {
    first_line: usize,
    cells: Vec<(usize, usize)>,
    nested: bool,
}

/// The growing text.
#[derive(Clone, Debug, Default)]
pub struct Page {
    out: String,
    /// Where each finished line starts in `out`.
    starts: Vec<usize>,
    marks: Vec<LineMark>,
    depths: Vec<usize>,
    line: String,
    begun: bool,
    space: bool,
    gap: Gap,
    blanks: usize,
    /// Quote depth for the lines to come.
    pub depth: usize,
    /// Indent for the lines to come.
    pub indent: usize,
    /// Mark for the lines to come.
    pub mark: LineMark,
    /// Everything from the next line on is quoted.
    pub quote_from_here: bool,
    line_depth: usize,
    line_mark: LineMark,
    bullet: Option<String>,
    rows: Vec<Row>,
    /// A cell was begun and nothing was written in it.
    fresh: bool,
    budget: usize,
}

impl Page {
    /// For a document of that many bytes.
    #[must_use]
    pub fn for_input(bytes: usize) -> Self {
        Self {
            budget: bytes.saturating_mul(GROWTH).saturating_add(400),
            ..Self::default()
        }
    }

    fn is_generous(&self) -> bool {
        self.out.len() + self.line.len() < self.budget
    }

    /// Running text: white space folds into one space.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}'
                | '\u{2029}' => self.space = true,
                c => {
                    self.open();
                    if self.space && !self.line.is_empty() && !self.line.ends_with(' ') {
                        self.line.push(' ');
                    }
                    self.space = false;
                    self.line.push(c);
                }
            }
        }
    }

    /// Preformatted text: every line end and space counts.
    pub fn preformatted(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\r' if chars.peek() == Some(&'\n') => {}
                '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => {
                    self.line_break();
                }
                c => {
                    self.open();
                    self.space = false;
                    self.line.push(c);
                }
            }
        }
    }

    /// `<br>`.
    pub fn line_break(&mut self) {
        self.open();
        self.close();
    }

    /// The next text is set off.
    pub fn gap(&mut self, gap: Gap) {
        // Elements within a line do not end it.
        if gap == Gap::None {
            return;
        }
        // A paragraph at the top of a cell stands where the cell does.
        let gap = if self.fresh { Gap::Line } else { gap };
        if self.begun {
            self.close();
        }
        self.space = false;
        self.gap = self.gap.max(gap);
    }

    /// A rule across the page.
    pub fn rule(&mut self) {
        self.gap(Gap::Line);
        if self.is_generous() {
            self.text("--------------------");
        }
        self.gap(Gap::Line);
    }

    /// A marker in front of the next text.
    pub fn bullet(&mut self, marker: String) {
        self.gap(Gap::Line);
        self.bullet = Some(marker);
    }

    /// Forgets a marker that no text followed.
    pub fn drop_bullet(&mut self) {
        self.bullet = None;
    }

    /// Whether the line that is being written has text.
    #[must_use]
    pub fn has_line(&self) -> bool {
        !self.line.trim().is_empty()
    }

    /// Number of finished lines.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Marks finished lines from `first` on, if they are few and none is quoted: an
    /// attribution that only its place gives away. Below a quote an answer stands.
    pub fn mark_since(&mut self, first: usize, mark: LineMark, at_most: usize) {
        let since: Vec<usize> = (first..self.starts.len())
            .filter(|line| self.length_of(*line) > 0)
            .take(at_most + 1)
            .collect();
        let depth = |line: &usize| self.depths.get(*line);
        let level = since.windows(2).all(|pair| match pair {
            [above, below] => depth(above) == depth(below),
            _ => true,
        });
        if since.len() <= at_most && level {
            for line in since {
                if let Some(slot) = self.marks.get_mut(line)
                    && *slot == LineMark::None
                {
                    *slot = mark;
                }
            }
        }
    }

    fn length_of(&self, line: usize) -> usize {
        let start = self.starts.get(line).copied().unwrap_or(self.out.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(self.out.len());
        end.saturating_sub(start + 1)
    }

    fn open(&mut self) {
        if self.begun {
            return;
        }
        self.begun = true;
        self.fresh = false;
        if self.gap == Gap::Blank && !self.starts.is_empty() && self.blanks == 0 {
            let depth = self.depth.min(self.depths.last().copied().unwrap_or(0));
            self.push_line("", depth, self.mark);
        }
        self.gap = Gap::None;
        self.line_depth = self.depth;
        self.line_mark = self.mark;
        if self.quote_from_here {
            self.quote_from_here = false;
            self.line_mark = LineMark::QuoteFromHere;
        }
        if self.indent > 0 && self.is_generous() {
            let hang = usize::from(self.bullet.is_none()) * 2;
            for _ in 0..(self.indent - 1).min(INDENTS) * 2 + hang {
                self.line.push(' ');
            }
        }
        if let Some(marker) = self.bullet.take() {
            self.line.push_str(&marker);
        }
    }

    fn close(&mut self) {
        self.begun = false;
        self.space = false;
        let mut line = std::mem::take(&mut self.line);
        let (depth, mark) = (self.line_depth, self.line_mark);
        self.push_line(line.trim_end(), depth, mark);
        line.clear();
        self.line = line;
    }

    fn push_line(&mut self, line: &str, depth: usize, mark: LineMark) {
        if line.is_empty() {
            self.blanks += 1;
            if (self.blanks > BLANKS || self.starts.is_empty()) && mark != LineMark::QuoteFromHere {
                return;
            }
        } else {
            self.blanks = 0;
        }
        self.starts.push(self.out.len());
        self.marks.push(mark);
        self.depths.push(depth);
        if depth > 0 && self.is_generous() {
            for _ in 0..depth.min(QUOTES) {
                self.out.push('>');
            }
            if !line.is_empty() {
                self.out.push(' ');
            }
        }
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// `<tr>`.
    pub fn row_start(&mut self) {
        self.gap(Gap::Line);
        if let Some(outer) = self.rows.last_mut() {
            outer.nested = true;
        }
        self.rows.push(Row {
            first_line: self.starts.len(),
            cells: Vec::new(),
            nested: false,
        });
    }

    /// `<td>`, `<th>`.
    pub fn cell_start(&mut self) {
        self.gap(Gap::Line);
        self.gap = Gap::Line;
        self.fresh = true;
        let line = self.starts.len();
        if let Some(row) = self.rows.last_mut() {
            row.cells.push((line, line));
        }
    }

    /// `</td>`, `</th>`.
    pub fn cell_end(&mut self) {
        self.fresh = false;
        self.gap(Gap::Line);
        self.gap = Gap::Line;
        let line = self.starts.len();
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.cells.last_mut()) {
            cell.1 = line;
        }
    }

    /// `</tr>`: a row of short cells becomes one line, others stay cell after cell.
    pub fn row_end(&mut self) {
        self.gap(Gap::Line);
        let Some(row) = self.rows.pop() else {
            return;
        };
        let lines = self.starts.len().saturating_sub(row.first_line);
        if lines <= 1 || row.nested {
            return;
        }
        let fits = lines <= 24
            && row
                .cells
                .iter()
                .all(|(from, to)| to.saturating_sub(*from) <= 1)
            && (row.first_line..self.starts.len()).all(|line| self.length_of(line) <= CELL)
            && self
                .marks
                .get(row.first_line..)
                .is_some_and(|marks| marks.windows(2).all(|pair| pair.first() == pair.last()));
        let start = self.starts.get(row.first_line).copied().unwrap_or(0);
        if !fits || self.out.len() - start > ROW {
            self.gap = Gap::Blank;
            return;
        }
        let depth = self.depths.get(row.first_line).copied().unwrap_or(0);
        let mark = self.marks.get(row.first_line).copied().unwrap_or_default();
        let cells = self.out.split_off(start);
        self.starts.truncate(row.first_line);
        self.marks.truncate(row.first_line);
        self.depths.truncate(row.first_line);
        let mut joined = String::with_capacity(cells.len() + lines * 2);
        for cell in cells.lines() {
            let cell = cell.trim_start_matches('>').trim();
            if cell.is_empty() {
                continue;
            }
            if !joined.is_empty() {
                joined.push_str(if joined.ends_with(':') { " " } else { " | " });
            }
            joined.push_str(cell);
        }
        self.blanks = 0;
        self.push_line(&joined, depth, mark);
    }

    /// Whether there is still room for extra lines such as addresses.
    #[must_use]
    pub fn has_room_for(&self, bytes: usize) -> bool {
        self.out.len() + bytes < self.budget
    }

    /// The text without empty lines at its end, and a mark for each line.
    #[must_use]
    pub fn finish(mut self) -> (String, Vec<LineMark>) {
        if self.begun {
            self.close();
        }
        let keep = self.out.trim_end().len();
        self.out.truncate(keep);
        let lines = self.out.lines().count();
        self.marks.truncate(lines);
        (self.out, self.marks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page::for_input(1000)
    }

    #[test]
    fn white_space_folds_and_gaps_do_not_add_up() {
        let mut page = page();
        page.gap(Gap::Blank);
        page.text("  a \n b");
        page.gap(Gap::Line);
        page.gap(Gap::Blank);
        page.gap(Gap::Blank);
        page.text("c");
        page.line_break();
        page.line_break();
        page.text("d");
        assert_eq!(page.finish().0, "a b\n\nc\n\nd");
    }

    #[test]
    fn short_rows_are_one_line_and_long_ones_stay_apart() {
        let mut page = page();
        for row in [["Item", "Price"], ["Design", "900"]] {
            page.row_start();
            for cell in row {
                page.cell_start();
                page.text(cell);
                page.cell_end();
            }
            page.row_end();
        }
        page.row_start();
        page.cell_start();
        page.text(&"long ".repeat(20));
        page.cell_end();
        page.cell_start();
        page.text("x");
        page.cell_end();
        page.row_end();
        let text = page.finish().0;
        assert!(
            text.starts_with("Item | Price\nDesign | 900\nlong long"),
            "{text}"
        );
        assert!(text.ends_with("long\nx"), "{text}");
    }

    #[test]
    fn quotes_and_lists_are_prefixed_to_a_depth() {
        let mut page = page();
        page.depth = 2;
        page.text("quoted");
        page.gap(Gap::Blank);
        page.text("more");
        page.gap(Gap::Line);
        page.depth = 0;
        page.indent = 2;
        page.bullet("- ".to_owned());
        page.text("item");
        page.gap(Gap::Line);
        page.text("goes on");
        assert_eq!(
            page.finish().0,
            ">> quoted\n>>\n>> more\n  - item\n    goes on"
        );
    }
}
