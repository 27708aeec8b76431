//! Editing text in place: the text area behind a type of ours, so that movement and
//! deletion go by grapheme, undo by word, and every key comes from our table.

use jiff::Timestamp;
use tui_textarea::{CursorMove, Scrolling, TextArea, WrapMode};
use unicode_segmentation::UnicodeSegmentation as _;

use super::command::Command;
use super::key::{Key, KeyCode};
use crate::domain::character::is_inert;
use crate::domain::text::KeptText;
use crate::domain::{ConversationId, SuggestionId};

/// How many steps can be undone.
const UNDO_STEPS: usize = 200;

/// A text with a cursor.
#[derive(Clone, Debug)]
pub struct TextBox {
    area: TextArea<'static>,
    undo: Vec<Snapshot>,
    redo: Vec<Snapshot>,
    /// The last change was typing inside a word: the next letter joins its undo step.
    in_word: bool,
    one_line: bool,
    /// Pieces of the text that a check points at.
    marked: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Snapshot {
    lines: Vec<String>,
    cursor: (usize, usize),
}

impl TextBox {
    /// A text of many lines, the cursor at its beginning.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut area = area_of(clean(text).split('\n').map(str::to_owned).collect());
        area.move_cursor(CursorMove::Top);
        Self {
            area,
            undo: Vec::new(),
            redo: Vec::new(),
            in_word: false,
            one_line: false,
            marked: Vec::new(),
        }
    }

    /// One line, the cursor at its end.
    #[must_use]
    pub fn one_line(text: &str) -> Self {
        let mut text_box = Self::new(&clean(text).replace('\n', " "));
        text_box.one_line = true;
        text_box.area.set_wrap_mode(WrapMode::None);
        text_box.area.move_cursor(CursorMove::End);
        text_box
    }

    /// The text, LF between lines.
    #[must_use]
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// What the view draws.
    #[must_use]
    pub const fn area(&self) -> &TextArea<'static> {
        &self.area
    }

    /// Underlines these pieces wherever they stand in the text.
    pub fn mark(&mut self, pieces: Vec<String>) {
        self.marked = pieces;
        self.show_marks();
    }

    /// How many pieces are underlined, or would be.
    #[must_use]
    pub const fn marks(&self) -> usize {
        self.marked.len()
    }

    fn show_marks(&mut self) {
        let mut pattern = String::new();
        for piece in self.marked.iter().filter(|piece| !piece.trim().is_empty()) {
            pattern.push_str(if pattern.is_empty() { "" } else { "|" });
            for c in piece.chars() {
                // Every sign that means something in a pattern stands for itself here.
                if "\\.+*?()|[]{}^$#&-~".contains(c) {
                    pattern.push('\\');
                }
                pattern.push(c);
            }
        }
        if self.area.set_search_pattern(pattern).is_err() {
            // Too many of them for a pattern; the card lists them all the same.
            self.marked.clear();
        }
        self.area.set_search_style(
            ratatui::style::Style::new().add_modifier(ratatui::style::Modifier::UNDERLINED),
        );
    }

    /// Types or moves. False when the key means nothing in a text.
    pub fn press(&mut self, key: Key) -> bool {
        if key.ctrl || key.alt {
            return false;
        }
        match key.code {
            KeyCode::Char(c) => self.type_char(c),
            KeyCode::Enter if !self.one_line => {
                self.remember();
                self.area.insert_newline();
            }
            KeyCode::Tab if !self.one_line => {
                self.remember();
                self.area.insert_str("    ");
            }
            KeyCode::Backspace => self.delete_before(),
            KeyCode::Delete => self.delete_after(),
            KeyCode::Left => self.left(),
            KeyCode::Right => self.right(),
            KeyCode::Up => self.move_to(CursorMove::Up),
            KeyCode::Down => self.move_to(CursorMove::Down),
            KeyCode::Home => self.move_to(CursorMove::Head),
            KeyCode::End => self.move_to(CursorMove::End),
            KeyCode::PageUp => self.scroll(Scrolling::PageUp),
            KeyCode::PageDown => self.scroll(Scrolling::PageDown),
            _ => return false,
        }
        true
    }

    /// Runs a command of the editor. False when it is none.
    pub fn run(&mut self, command: Command) -> bool {
        match command {
            Command::EditorUndo => self.undo(),
            Command::EditorRedo => self.redo(),
            Command::EditorLineStart => self.move_to(CursorMove::Head),
            Command::EditorLineEnd => self.move_to(CursorMove::End),
            Command::EditorWordLeft => self.move_to(CursorMove::WordBack),
            Command::EditorWordRight => self.move_to(CursorMove::WordForward),
            Command::EditorDeleteToEnd => {
                self.remember();
                self.area.delete_line_by_end();
            }
            Command::EditorDeleteToStart => {
                self.remember();
                self.area.delete_line_by_head();
            }
            Command::EditorDeleteWord => {
                self.remember();
                self.area.delete_word();
            }
            _ => return false,
        }
        true
    }

    /// Inserts a pasted text: line ends of any kind become LF, other controls are dropped.
    pub fn paste(&mut self, text: &str) {
        self.remember();
        let text = clean(text);
        self.area.insert_str(if self.one_line {
            text.replace('\n', " ")
        } else {
            text
        });
    }

    /// Puts another text in the place of this one; that can be undone.
    pub fn replace(&mut self, text: &str) {
        self.remember();
        let lines = clean(text).split('\n').map(str::to_owned).collect();
        self.restore(&Snapshot {
            lines,
            cursor: (0, 0),
        });
    }

    /// Puts a text behind this one, a blank line between them, and the cursor at its end:
    /// so it is on the screen. Alone it begins at its beginning. That can be undone.
    pub fn append(&mut self, text: &str) {
        self.remember();
        let whole = self.text();
        let mut lines: Vec<String> = match whole.trim_end() {
            "" => Vec::new(),
            before => before.split('\n').map(str::to_owned).collect(),
        };
        let alone = lines.is_empty();
        if !alone {
            lines.push(String::new());
        }
        lines.extend(clean(text).split('\n').map(str::to_owned));
        self.restore(&Snapshot {
            lines,
            cursor: (0, 0),
        });
        if !alone {
            self.move_to(CursorMove::Bottom);
            self.move_to(CursorMove::End);
        }
    }

    fn type_char(&mut self, c: char) {
        let joins = self.in_word && c.is_alphanumeric();
        if !joins {
            self.remember();
        }
        self.area.insert_char(c);
        self.in_word = c.is_alphanumeric();
    }

    fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// Characters of the grapheme before and after the cursor in its line; 0 at the ends.
    fn graphemes(&self) -> (usize, usize) {
        let (row, column) = self.cursor();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let (mut before, mut at) = (0, 0);
        for grapheme in line.graphemes(true) {
            let chars = grapheme.chars().count();
            if at >= column {
                return (before, chars);
            }
            before = chars;
            at += chars;
        }
        (before, 0)
    }

    // By places in the text: the text area's own steps go by screen columns, and characters
    // without width have none.
    fn left(&mut self) {
        let (before, _) = self.graphemes();
        let (row, column) = self.cursor();
        if before == 0 {
            self.area.move_cursor(CursorMove::Back);
        } else {
            self.jump(row, column.saturating_sub(before));
        }
        self.in_word = false;
    }

    fn right(&mut self) {
        let (_, after) = self.graphemes();
        let (row, column) = self.cursor();
        if after == 0 {
            self.area.move_cursor(CursorMove::Forward);
        } else {
            self.jump(row, column + after);
        }
        self.in_word = false;
    }

    fn jump(&mut self, row: usize, column: usize) {
        let place = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area
            .move_cursor(CursorMove::Jump(place(row), place(column)));
    }

    fn delete_before(&mut self) {
        let (before, _) = self.graphemes();
        self.remember();
        for _ in 0..before.max(1) {
            self.area.delete_char();
        }
    }

    fn delete_after(&mut self) {
        let (_, after) = self.graphemes();
        self.remember();
        self.area.delete_str(after.max(1));
    }

    fn move_to(&mut self, to: CursorMove) {
        self.area.move_cursor(to);
        self.in_word = false;
    }

    fn scroll(&mut self, by: Scrolling) {
        self.area.scroll(by);
        self.in_word = false;
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            lines: self.area.lines().to_vec(),
            cursor: self.cursor(),
        }
    }

    fn remember(&mut self) {
        let snapshot = self.snapshot();
        if self.undo.last() != Some(&snapshot) {
            self.undo.push(snapshot);
        }
        if self.undo.len() > UNDO_STEPS {
            self.undo.remove(0);
        }
        self.redo.clear();
        self.in_word = false;
    }

    fn undo(&mut self) {
        let now = self.snapshot();
        while let Some(earlier) = self.undo.pop() {
            if earlier.lines != now.lines {
                self.redo.push(now);
                self.restore(&earlier);
                return;
            }
        }
    }

    fn redo(&mut self) {
        if let Some(later) = self.redo.pop() {
            self.undo.push(self.snapshot());
            self.restore(&later);
        }
    }

    fn restore(&mut self, snapshot: &Snapshot) {
        let old = std::mem::replace(&mut self.area, area_of(snapshot.lines.clone()));
        self.area.set_cursor_style(old.cursor_style());
        self.area.set_style(old.style());
        self.area.set_wrap_mode(old.wrap_mode());
        let (row, column) = snapshot.cursor;
        self.jump(row, column);
        self.in_word = false;
        self.show_marks();
    }
}

fn area_of(lines: Vec<String>) -> TextArea<'static> {
    let mut area = TextArea::new(lines);
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_max_histories(0);
    area.set_cursor_line_style(ratatui::style::Style::default());
    area
}

/// Line ends of any kind as LF, tabs as spaces, nothing else that acts, reorders or hides;
/// what joins letters and pictures stays.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n")
        .replace('\t', "    ")
        .chars()
        .filter(|c| {
            let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}');
            *c == '\n' || joins || is_inert(*c)
        })
        .collect()
}

/// What the text in the editor belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// A drafted reply.
    Suggestion(SuggestionId),
    /// The person's own reply in a conversation.
    Own(ConversationId),
    /// A long text that takes the whole screen.
    Text(KeptText),
}

/// A text that has to be saved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsaved {
    /// What was there when it was changed; none when that is not known.
    pub before: Option<String>,
    /// The text.
    pub body: String,
}

/// The editor with what it edits.
#[derive(Clone, Debug)]
pub struct Editor {
    /// The text.
    pub text: TextBox,
    /// What it belongs to.
    pub target: Target,
    /// The text that is in the store, or on its way there, if that is known.
    saved: Option<String>,
    /// When the first change after that was made.
    pub changed_at: Option<Timestamp>,
    /// Why the last saving failed.
    pub problem: Option<String>,
}

impl Editor {
    /// Opens a text.
    #[must_use]
    pub fn new(target: Target, text: &str) -> Self {
        let text = TextBox::new(text);
        let saved = Some(text.text());
        Self {
            text,
            target,
            saved,
            changed_at: None,
            problem: None,
        }
    }

    /// Puts another text in the place of this one; that can be undone.
    pub fn replace(&mut self, text: &str) {
        self.text.replace(text);
    }

    /// Notes that a key may have changed the text.
    pub fn touched(&mut self, now: Timestamp) {
        if self.saved.as_ref() == Some(&self.text.text()) {
            self.changed_at = None;
        } else if self.changed_at.is_none() {
            self.changed_at = Some(now);
        }
    }

    /// The text if it has to be saved; from then on it counts as on its way.
    pub fn take_unsaved(&mut self) -> Option<Unsaved> {
        let body = self.text.text();
        self.changed_at = None;
        if self.saved.as_ref() == Some(&body) {
            return None;
        }
        let before = self.saved.replace(body.clone());
        Some(Unsaved { before, body })
    }

    /// The saving failed: the text is unsaved again.
    pub fn saving_failed(&mut self, why: String, now: Timestamp) {
        self.saved = None;
        self.changed_at = Some(now);
        self.problem = Some(why);
    }

    /// Whether there is text that is neither in the store nor on its way there.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        self.changed_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_text(text_box: &mut TextBox, text: &str) {
        for c in text.chars() {
            text_box.press(if c == '\n' {
                Key::plain(KeyCode::Enter)
            } else {
                Key::char(c)
            });
        }
    }

    #[test]
    fn a_paste_with_carriage_returns_has_lines() {
        let mut text_box = TextBox::new("");
        text_box.paste("one\rtwo\u{2028}three\x1b[31m\tx");
        assert_eq!(text_box.text(), "one\ntwo\nthree[31m    x");
        text_box.paste("\u{202e}y\u{200b}\u{e0041} 👩\u{200d}🚀");
        assert!(text_box.text().ends_with("xy 👩\u{200d}🚀"));
    }

    #[test]
    fn backspace_and_arrows_go_by_grapheme() {
        let mut text_box = TextBox::new("");
        type_text(&mut text_box, "ae\u{301}👩‍🚀");
        text_box.press(Key::plain(KeyCode::Backspace));
        assert_eq!(text_box.text(), "ae\u{301}");
        text_box.press(Key::plain(KeyCode::Left));
        type_text(&mut text_box, "x");
        assert_eq!(text_box.text(), "axe\u{301}");
        text_box.press(Key::plain(KeyCode::Delete));
        assert_eq!(text_box.text(), "ax");
        type_text(&mut text_box, "👩‍🚀");
        text_box.press(Key::plain(KeyCode::Left));
        type_text(&mut text_box, "y");
        text_box.press(Key::plain(KeyCode::Right));
        type_text(&mut text_box, "z");
        assert_eq!(text_box.text(), "axy👩‍🚀z");
    }

    #[test]
    fn undo_goes_by_word_and_redo_comes_back() {
        let mut text_box = TextBox::new("");
        type_text(&mut text_box, "good morning");
        text_box.run(Command::EditorUndo);
        assert_eq!(text_box.text(), "good ");
        text_box.run(Command::EditorUndo);
        text_box.run(Command::EditorUndo);
        assert_eq!(text_box.text(), "");
        text_box.run(Command::EditorRedo);
        text_box.run(Command::EditorRedo);
        text_box.run(Command::EditorRedo);
        assert_eq!(text_box.text(), "good morning");
    }

    #[test]
    fn a_text_is_put_behind_another_one_and_taken_away_again() {
        let mut text_box = TextBox::new("first\n\n");
        text_box.append("second");
        assert_eq!(text_box.text(), "first\n\nsecond");
        text_box.press(Key::char('x'));
        assert_eq!(text_box.text(), "first\n\nsecondx");
        text_box.run(Command::EditorUndo);
        text_box.run(Command::EditorUndo);
        assert_eq!(text_box.text(), "first\n\n");
        let mut text_box = TextBox::new(" \n");
        text_box.append("one\ntwo");
        text_box.press(Key::char('x'));
        assert_eq!(text_box.text(), "xone\ntwo");
    }

    #[test]
    fn one_line_stays_one_line() {
        let mut text_box = TextBox::one_line("shorter");
        text_box.paste(" and\nwarmer");
        assert!(!text_box.press(Key::plain(KeyCode::Enter)));
        assert_eq!(text_box.text(), "shorter and warmer");
    }

    #[test]
    fn a_failed_saving_leaves_the_text_unsaved() {
        let now = Timestamp::UNIX_EPOCH;
        let mut editor = Editor::new(Target::Suggestion(SuggestionId(1)), "a");
        editor.text.press(Key::char('b'));
        editor.touched(now);
        assert!(editor.is_unsaved());
        let unsaved = |before: Option<&str>| {
            let before = before.map(str::to_owned);
            let body = "ba".to_owned();
            Some(Unsaved { before, body })
        };
        assert_eq!(editor.take_unsaved(), unsaved(Some("a")));
        assert!(!editor.is_unsaved());
        editor.saving_failed("the disk is full".into(), now);
        assert_eq!(editor.take_unsaved(), unsaved(None));
    }
}
