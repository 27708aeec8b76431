//! The events of the tokenizer turned into calls on the page.

use html5gum::emitters::callback::CallbackEvent;

use super::client::{self, Container};
use super::element::{self, Inherited, Kind, Open, Stack};
use super::link::{self, Links};
use super::page::{Gap, Page};
use super::style::{self, Declared, Sheet};
use super::{LineMark, Rendered};
use crate::mail::sanitise;

/// Most tags that are read of a document. What people write has a few thousand; a report of
/// ten thousand rows has fewer than these.
const TAGS: usize = 200_000;

/// The reader wants no more of the document.
#[derive(Clone, Copy, Debug)]
pub struct Enough;

/// Longest attribute value that is looked at, in bytes.
const VALUE: usize = 4096;

/// Longest text of a link that is compared with its address.
const LINK_TEXT: usize = 300;

/// Longest alternative text of a picture.
const ALT: usize = 200;

/// Hosts of invisible pictures that are named.
const TRACKERS: usize = 20;

/// The attributes of the start tag that is being read.
#[derive(Clone, Debug, Default)]
struct Attributes {
    style: String,
    class: String,
    id: String,
    /// `name` and the `data-` attributes by which programs mark parts.
    name: String,
    href: String,
    src: String,
    alt: String,
    width: String,
    height: String,
    bgcolor: String,
    color: String,
    start: String,
    kind: String,
    hidden: bool,
    backdrop: bool,
    cite: bool,
}

/// Reads a document from events.
#[derive(Debug)]
pub struct Reader {
    page: Page,
    stack: Stack,
    now: Inherited,
    sheet: Sheet,
    links: Links,
    name: Vec<u8>,
    attributes: Attributes,
    attributed: bool,
    attribute: Vec<u8>,
    /// The link that is open: its address and the text seen so far.
    link: Option<(String, String)>,
    hidden: u32,
    tags: usize,
    trackers: Vec<String>,
}

impl Reader {
    /// For a document of that many bytes.
    #[must_use]
    pub fn for_input(bytes: usize) -> Self {
        Self {
            page: Page::for_input(bytes),
            stack: Stack::default(),
            now: Inherited::default(),
            sheet: Sheet::default(),
            links: Links::default(),
            name: Vec::new(),
            attributes: Attributes::default(),
            attributed: false,
            attribute: Vec::new(),
            link: None,
            hidden: 0,
            tags: 0,
            trackers: Vec::new(),
        }
    }

    /// One event of the tokenizer.
    pub fn event(&mut self, event: CallbackEvent<'_>) -> Option<Enough> {
        match event {
            CallbackEvent::OpenStartTag { .. } | CallbackEvent::EndTag { .. }
                if self.tags == TAGS =>
            {
                return Some(Enough);
            }
            CallbackEvent::OpenStartTag { name } => {
                self.tags += 1;
                self.name.clear();
                self.name.extend_from_slice(name);
                // Most tags have none.
                if self.attributed {
                    self.attributes = Attributes::default();
                    self.attributed = false;
                }
            }
            CallbackEvent::AttributeName { name } => {
                self.attributed = true;
                self.attribute.clear();
                self.attribute
                    .extend_from_slice(name.get(..64).unwrap_or(name));
                match name {
                    b"hidden" => self.attributes.hidden = true,
                    b"data-signatureblock" => self.attributes.name = "signatureblock".to_owned(),
                    b"background" => self.attributes.backdrop = true,
                    _ => {}
                }
            }
            CallbackEvent::AttributeValue { value } => self.value(value),
            CallbackEvent::CloseStartTag { .. } => {
                let name = std::mem::take(&mut self.name);
                self.start(&name);
                self.name = name;
            }
            CallbackEvent::EndTag { name } => {
                self.tags += 1;
                self.end(name);
            }
            CallbackEvent::String { value } => self.text(value),
            _ => {}
        }
        None
    }

    fn value(&mut self, value: &[u8]) {
        let attributes = &mut self.attributes;
        let slot = match self.attribute.as_slice() {
            b"style" => &mut attributes.style,
            b"class" => &mut attributes.class,
            b"id" => &mut attributes.id,
            b"name" | b"data-marker" | b"data-smartmail" | b"data-signature-widget" => {
                &mut attributes.name
            }
            b"href" => &mut attributes.href,
            b"src" => &mut attributes.src,
            b"alt" => &mut attributes.alt,
            b"width" => &mut attributes.width,
            b"height" => &mut attributes.height,
            b"bgcolor" => &mut attributes.bgcolor,
            b"color" => &mut attributes.color,
            b"start" => &mut attributes.start,
            b"type" => &mut attributes.kind,
            b"cite" => {
                attributes.cite = true;
                return;
            }
            _ => return,
        };
        if slot.is_empty() {
            let value = value.get(..VALUE).unwrap_or(value);
            *slot = String::from_utf8_lossy(value).into_owned();
        }
    }

    fn start(&mut self, name: &[u8]) {
        match name {
            b"br" => {
                if self.now.is_seen() {
                    self.page.line_break();
                }
                return;
            }
            b"hr" => {
                self.horizontal_rule();
                return;
            }
            b"img" => {
                self.picture();
                return;
            }
            b"input" | b"meta" | b"link" | b"area" | b"base" | b"col" | b"embed" | b"source"
            | b"track" | b"wbr" | b"param" | b"frame" | b"head" => return,
            _ => {}
        }
        let kind = Kind::of(name);
        for _ in 0..self.stack.closed_before(kind) {
            self.close();
        }
        let tag = String::from_utf8_lossy(name.get(..32).unwrap_or(name));
        let declared = self.declared(&tag);
        let container = client::container(
            &self.attributes.class,
            &self.attributes.id,
            &self.attributes.name,
        );
        let inside = self.inside(kind, &declared, container);
        let gap = self.gap_of(kind, &declared);
        if self.now.is_seen() || inside.is_seen() {
            self.page.gap(gap);
        }
        self.stack.push(Open {
            name: element::hash(name),
            kind,
            gap,
            outside: self.now,
            number: self.attributes.start.trim().parse().unwrap_or(1),
        });
        self.now = inside;
        self.apply();
        if container == Some(Container::QuoteFromHere) && self.now.is_seen() {
            self.page.quote_from_here = true;
        }
        self.opened(kind);
    }

    /// What the element's attributes and the sheets say about it.
    fn declared(&self, tag: &str) -> Declared {
        let attributes = &self.attributes;
        let mut declared = self.sheet.about(tag, &attributes.class, &attributes.id);
        if attributes.backdrop {
            declared.ground = Some(None);
        }
        if !attributes.bgcolor.is_empty() {
            declared.ground = Some(style::colour(&attributes.bgcolor.to_ascii_lowercase()));
        }
        if !attributes.color.is_empty() && tag == "font" {
            declared.text = Some(style::colour(&attributes.color.to_ascii_lowercase()));
        }
        if tag == "a" && declared.text.is_none() {
            // Links have a colour of their own.
            declared.text = Some(Some((0, 0, 238)));
        }
        let mut declared = if attributes.style.is_empty() {
            declared
        } else {
            declared.then(style::declarations(&attributes.style))
        };
        declared.gone |= attributes.hidden;
        declared
    }

    fn inside(
        &mut self,
        kind: Kind,
        declared: &Declared,
        container: Option<Container>,
    ) -> Inherited {
        let outside = self.now;
        let mut inside = outside;
        inside.gone |= declared.gone;
        inside.invisible = declared.invisible.unwrap_or(outside.invisible);
        inside.tiny = declared.tiny.unwrap_or(outside.tiny);
        inside.text = declared.text.unwrap_or(outside.text);
        inside.ground = declared.ground.unwrap_or(outside.ground);
        if declared.ground.is_none() && self.sheet.has_unread_ground {
            inside.ground = None;
        }
        inside.preformatted = declared.preformatted.unwrap_or(outside.preformatted);
        inside.preformatted |= kind == Kind::Pre;
        inside.unread |= matches!(kind, Kind::Unread | Kind::Style);
        if declared.gone || declared.invisible == Some(true) {
            self.hidden = self.hidden.saturating_add(1);
        }
        inside.mark = element::mark_within(outside.mark, container);
        match kind {
            Kind::Quote if !declared.no_border || self.attributes.cite => {
                inside.depth += 1;
                if let Some(from) = outside.attributed_from {
                    self.page.gap(Gap::Line);
                    self.page.mark_since(from, LineMark::Attribution, 3);
                }
                inside.attributed_from = None;
            }
            Kind::Bullets | Kind::Numbers => inside.indent += 1,
            // Tables lay out pages; a list around one says nothing about its cells.
            Kind::Table => inside.indent = 0,
            _ => {}
        }
        if container == Some(Container::Attributed) {
            inside.attributed_from = Some(self.page.lines() + usize::from(self.page.has_line()));
        }
        inside
    }

    fn gap_of(&self, kind: Kind, declared: &Declared) -> Gap {
        match kind {
            // Outlook writes every line as a paragraph without margins.
            Kind::Paragraph if declared.no_margin || self.attributes.class.contains("Mso") => {
                Gap::Line
            }
            Kind::Bullets | Kind::Numbers if self.now.indent == 0 => Gap::Blank,
            Kind::Table if self.now.indent == 0 => Gap::Line,
            Kind::Inline if declared.block => Gap::Line,
            kind => kind.gap(),
        }
    }

    /// What an element does when it has been opened.
    fn opened(&mut self, kind: Kind) {
        if !self.now.is_seen() && kind != Kind::Row && kind != Kind::Cell {
            return;
        }
        match kind {
            Kind::Item => {
                let marker = match self.stack.next_number() {
                    Some(number) => format!("{number}. "),
                    None => "- ".to_owned(),
                };
                self.page.bullet(marker);
            }
            Kind::Definition => self.page.bullet("  ".to_owned()),
            Kind::Row => self.page.row_start(),
            Kind::Cell => self.page.cell_start(),
            Kind::Link => {
                let href = std::mem::take(&mut self.attributes.href);
                self.link = (!href.is_empty()).then(|| (href, String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            // Browsers read `</br>` and `</p>` without a start as if they were starts.
            b"br" if self.now.is_seen() => self.page.line_break(),
            b"body" | b"html" | b"head" => {}
            _ => {
                let closed = self.stack.closed_by(element::hash(name), Kind::of(name));
                for _ in 0..closed {
                    self.close();
                }
            }
        }
    }

    fn close(&mut self) {
        let Some(element) = self.stack.pop() else {
            return;
        };
        let seen = self.now.is_seen();
        match element.kind {
            Kind::Link => self.end_link(),
            Kind::Cell => self.page.cell_end(),
            Kind::Row => self.page.row_end(),
            Kind::Item | Kind::Definition => self.page.drop_bullet(),
            _ => {}
        }
        if seen || element.outside.is_seen() {
            self.page.gap(element.gap);
        }
        self.now = element.outside;
        self.apply();
    }

    /// Makes the lines to come what the open elements say.
    fn apply(&mut self) {
        self.page.depth = self.now.depth;
        self.page.indent = self.now.indent;
        self.page.mark = self.now.mark;
    }

    fn end_link(&mut self) {
        let Some((href, text)) = self.link.take() else {
            return;
        };
        if text.trim().is_empty() {
            return;
        }
        let room = if self.page.has_room_for(href.len() * 2 + 64) {
            usize::MAX
        } else {
            0
        };
        if let Some(number) = self.links.note(&href, &text, room)
            && self.now.is_seen()
        {
            self.page.text(&format!(" [{number}]"));
        }
    }

    fn text(&mut self, value: &[u8]) {
        if self.now.unread {
            if let Some(css) = self.sheet_text(value) {
                self.sheet.read(&css);
            }
            return;
        }
        if !self.now.is_seen() {
            return;
        }
        let text = String::from_utf8_lossy(value);
        if let Some((_, seen)) = &mut self.link {
            let room = LINK_TEXT.saturating_sub(seen.len());
            seen.extend(text.chars().take(room));
        }
        if self.now.preformatted {
            self.page.preformatted(&text);
        } else {
            self.page.text(&text);
        }
    }

    fn sheet_text(&self, value: &[u8]) -> Option<String> {
        self.stack
            .is_in_sheet()
            .then(|| String::from_utf8_lossy(value).into_owned())
    }

    fn horizontal_rule(&mut self) {
        let attributes = &self.attributes;
        let declared = self.declared("hr");
        if !self.now.is_seen() || declared.gone {
            return;
        }
        let container = client::container(&attributes.class, &attributes.id, &attributes.name);
        if container == Some(Container::QuoteFromHere) {
            self.page.gap(Gap::Line);
            self.page.quote_from_here = true;
        }
        self.page.rule();
    }

    fn picture(&mut self) {
        let declared = self.declared("img");
        let speck = |text: &str| style::pixels(text).is_some_and(|size| size <= 2.0);
        let tiny = declared.speck
            || speck(&self.attributes.width) && speck(&self.attributes.height)
            || speck(&self.attributes.height) && self.attributes.alt.trim().is_empty();
        let unseen = declared.gone || declared.invisible == Some(true) || !self.now.is_seen();
        if tiny || unseen {
            if declared.gone {
                self.hidden = self.hidden.saturating_add(1);
            }
            if let Some(host) = link::host(&self.attributes.src) {
                let host = sanitise::line(&host);
                if self.trackers.len() < TRACKERS && !self.trackers.contains(&host) {
                    self.trackers.push(host);
                }
            }
            return;
        }
        let alt: String = self.attributes.alt.trim().chars().take(ALT).collect();
        if let Some((_, seen)) = &mut self.link {
            let shown = if alt.is_empty() { "image" } else { &alt };
            seen.push_str(shown);
            if alt.is_empty() {
                self.page.text("[image]");
            }
        }
        if !alt.is_empty() {
            self.page.text(&format!("[{alt}]"));
        }
    }

    /// The finished text, once everything was read.
    #[must_use]
    pub fn finish(mut self) -> Rendered {
        while let Some(element) = self.stack.pop() {
            if element.kind == Kind::Link {
                self.end_link();
            }
            self.now = element.outside;
        }
        let room = self.page.has_room_for(0);
        let (mut text, mut marks) = self.page.finish();
        let addresses = self.links.addresses();
        if !addresses.is_empty() && room {
            text.push('\n');
            marks.push(LineMark::Link);
            for (index, address) in addresses.iter().enumerate() {
                text.push_str(&format!("\n[{}] {address}", index + 1));
                marks.push(LineMark::Link);
            }
        }
        let (text, removed) = sanitise::text_counted(&text);
        // A last line of invisible characters is gone with them.
        marks.resize(text.lines().count(), LineMark::None);
        Rendered {
            text,
            marks,
            removed,
            hidden: self.hidden,
            trackers: self.trackers,
            deceptive: self.links.deceptive,
            imitations: self.links.imitations,
            truncated: false,
        }
    }
}
