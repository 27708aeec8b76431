//! What elements do to the page: a table of names, and the bounded stack of open ones.

use super::LineMark;
use super::client::Container;
use super::page::Gap;
use super::style::Colour;

/// Open elements that are kept track of; deeper ones change nothing.
const DEEPEST: usize = 20_000;

/// How far down the stack an end tag looks for its start.
const LOOK: usize = 128;

/// Elements that are treated specially; all others are transparent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A block without space around: `div`, `section` ...
    Block,
    /// `p`.
    Paragraph,
    /// `h1` to `h6`.
    Heading,
    /// `pre` and its old forms.
    Pre,
    /// `blockquote`.
    Quote,
    /// `ul`, `menu`, `dir`.
    Bullets,
    /// `ol`.
    Numbers,
    /// `li`.
    Item,
    /// `dt`.
    Term,
    /// `dd`.
    Definition,
    /// `table`.
    Table,
    /// `tr`.
    Row,
    /// `td`, `th`.
    Cell,
    /// `a`.
    Link,
    /// `style`: read for its rules.
    Style,
    /// Content that is never text for a reader: `script`, `title`, `svg` ...
    Unread,
    /// Anything else.
    Inline,
}

impl Kind {
    /// By the name, which is lower case.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        match name {
            b"div" | b"section" | b"article" | b"header" | b"footer" | b"main" | b"nav"
            | b"aside" | b"address" | b"center" | b"form" | b"fieldset" | b"figure"
            | b"figcaption" | b"details" | b"summary" | b"legend" | b"body" | b"html"
            | b"caption" | b"tbody" | b"thead" | b"tfoot" | b"hgroup" | b"dialog" | b"marquee" => {
                Self::Block
            }
            b"p" => Self::Paragraph,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"pre" | b"listing" | b"xmp" | b"plaintext" => Self::Pre,
            b"blockquote" => Self::Quote,
            b"ul" | b"menu" | b"dir" => Self::Bullets,
            b"ol" => Self::Numbers,
            b"li" => Self::Item,
            b"dl" => Self::Block,
            b"dt" => Self::Term,
            b"dd" => Self::Definition,
            b"table" => Self::Table,
            b"tr" => Self::Row,
            b"td" | b"th" => Self::Cell,
            b"a" => Self::Link,
            b"style" => Self::Style,
            b"script" | b"title" | b"template" | b"svg" | b"math" | b"iframe" | b"object"
            | b"applet" | b"audio" | b"video" | b"canvas" | b"select" | b"datalist" | b"xml"
            | b"noembed" | b"noframes" | b"textarea" => Self::Unread,
            _ => Self::Inline,
        }
    }

    /// Whether it ends a paragraph that is open.
    #[must_use]
    pub const fn is_block(self) -> bool {
        !matches!(self, Self::Link | Self::Inline | Self::Style | Self::Unread)
    }

    /// Space around it.
    #[must_use]
    pub const fn gap(self) -> Gap {
        match self {
            Self::Paragraph | Self::Heading | Self::Pre | Self::Quote | Self::Table => Gap::Blank,
            Self::Link | Self::Inline | Self::Style | Self::Unread => Gap::None,
            _ => Gap::Line,
        }
    }

    /// End tags of other elements do not reach through it.
    const fn is_wall(self) -> bool {
        matches!(self, Self::Cell | Self::Table)
    }
}

/// What children inherit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inherited {
    /// Nothing in it is shown.
    pub gone: bool,
    /// `visibility: hidden`.
    pub invisible: bool,
    /// `font-size` near zero.
    pub tiny: bool,
    /// Content that is no text.
    pub unread: bool,
    /// White space counts.
    pub preformatted: bool,
    /// Text colour.
    pub text: Colour,
    /// Background colour.
    pub ground: Colour,
    /// Mark of the lines.
    pub mark: LineMark,
    /// Quote depth.
    pub depth: usize,
    /// List depth.
    pub indent: usize,
    /// The container that attribution and quote stand in: where its lines begin.
    pub attributed_from: Option<usize>,
}

impl Default for Inherited {
    fn default() -> Self {
        Self {
            gone: false,
            invisible: false,
            tiny: false,
            unread: false,
            preformatted: false,
            text: Some((0, 0, 0)),
            ground: Some((255, 255, 255)),
            mark: LineMark::None,
            depth: 0,
            indent: 0,
            attributed_from: None,
        }
    }
}

impl Inherited {
    /// Whether text in it reaches a reader's eye.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        let blends = super::style::blends(self.text, self.ground);
        !(self.gone || self.invisible || self.tiny || self.unread || blends)
    }
}

/// An open element.
#[derive(Clone, Debug)]
pub struct Open {
    /// Hash of the name: names of unknown elements need not be kept.
    pub name: u64,
    /// What it is.
    pub kind: Kind,
    /// The gap to leave after it.
    pub gap: Gap,
    /// What was inherited outside of it.
    pub outside: Inherited,
    /// The next number of an ordered list.
    pub number: u32,
}

/// The open elements.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    open: Vec<Open>,
    beyond: usize,
}

/// The name as a number (FNV-1a).
#[must_use]
pub fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Stack {
    /// Opens an element.
    pub fn push(&mut self, element: Open) {
        if self.open.len() < DEEPEST {
            self.open.push(element);
        } else {
            self.beyond += 1;
        }
    }

    /// Closes the innermost element.
    pub fn pop(&mut self) -> Option<Open> {
        self.open.pop()
    }

    /// How many elements to close for the end tag; none when nothing is to be closed.
    pub fn closed_by(&mut self, name: u64, kind: Kind) -> usize {
        if self.beyond > 0 {
            self.beyond -= 1;
            return 0;
        }
        for (above, element) in self.open.iter().rev().take(LOOK).enumerate() {
            if element.name == name {
                return above + 1;
            }
            // `<b><div></b>` must not close the block; `</div>` must not leave its cell.
            let wall = match kind {
                Kind::Table => false,
                Kind::Row | Kind::Cell => element.kind == Kind::Table,
                kind if kind.is_block() => element.kind.is_wall(),
                _ => element.kind.is_block(),
            };
            if wall {
                return 0;
            }
        }
        0
    }

    /// How many elements a start tag closes by standing where it stands (HTML standard,
    /// 13.2.6.4.7 "in body", the rules for `p`, `li`, `dt`, `dd`, table parts and `a`).
    #[must_use]
    pub fn closed_before(&self, kind: Kind) -> usize {
        let (closes, stops): (&[Kind], &[Kind]) = match kind {
            Kind::Item => (
                &[Kind::Item],
                &[
                    Kind::Bullets,
                    Kind::Numbers,
                    Kind::Table,
                    Kind::Cell,
                    Kind::Quote,
                ],
            ),
            Kind::Term | Kind::Definition => (
                &[Kind::Term, Kind::Definition],
                &[Kind::Block, Kind::Table, Kind::Cell],
            ),
            Kind::Cell => (&[Kind::Cell], &[Kind::Row, Kind::Table]),
            Kind::Row => (&[Kind::Row], &[Kind::Table]),
            Kind::Link => (
                &[Kind::Link],
                &[Kind::Cell, Kind::Block, Kind::Paragraph, Kind::Item],
            ),
            kind if kind.is_block() => (
                &[Kind::Paragraph],
                &[
                    Kind::Block,
                    Kind::Cell,
                    Kind::Item,
                    Kind::Quote,
                    Kind::Table,
                    Kind::Row,
                ],
            ),
            _ => return 0,
        };
        for (above, element) in self.open.iter().rev().take(LOOK).enumerate() {
            if closes.contains(&element.kind) {
                return above + 1;
            }
            if stops.contains(&element.kind) {
                break;
            }
        }
        0
    }

    /// Whether the innermost element is a style sheet.
    #[must_use]
    pub fn is_in_sheet(&self) -> bool {
        self.open
            .last()
            .is_some_and(|element| element.kind == Kind::Style)
    }

    /// The number of the next item of the innermost list, if it is a numbered one.
    pub fn next_number(&mut self) -> Option<u32> {
        let list = self
            .open
            .iter_mut()
            .rev()
            .take(LOOK)
            .find(|element| matches!(element.kind, Kind::Numbers | Kind::Bullets))?;
        if list.kind == Kind::Bullets {
            return None;
        }
        let number = list.number;
        list.number = number.saturating_add(1);
        Some(number)
    }
}

/// The mark that a container gives to its lines, within what is marked already.
#[must_use]
pub fn mark_within(outer: LineMark, container: Option<Container>) -> LineMark {
    match (outer, container) {
        (LineMark::Quote, _) | (_, Some(Container::Quote)) => LineMark::Quote,
        (_, Some(Container::Signature)) => LineMark::Signature,
        (_, Some(Container::Attribution)) => LineMark::Attribution,
        (outer, _) => outer,
    }
}
