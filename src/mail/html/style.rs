//! The little of CSS that decides whether a reader would see a text: `style` attributes,
//! and the plain class, id and element rules of `<style>` sheets.
//!
//! It answers one question and errs towards showing: rules within `@media` and friends,
//! selectors with more than one part, and colours that cannot be known are passed over.
//! Hiding text from the reader is how words are slipped to a program that reads the mail.

use std::collections::HashMap;

/// Rules taken from the sheets of one document.
const RULES: usize = 4096;

/// A colour, if it is known; `None` when a picture, a gradient or a rule that was not
/// read may have set it.
pub type Colour = Option<(u8, u8, u8)>;

/// What an element, or a rule, sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Declared {
    /// Nothing in it can be shown, whatever its children say.
    pub gone: bool,
    /// `visibility`, which children can set anew: hidden or not.
    pub invisible: Option<bool>,
    /// `font-size` below what can be read, which children can set anew.
    pub tiny: Option<bool>,
    /// `white-space` keeps line ends and spaces.
    pub preformatted: Option<bool>,
    /// `color`: set, and to what.
    pub text: Option<Colour>,
    /// `background` or `background-color`: set, and to what.
    pub ground: Option<Colour>,
    /// Explicitly without a border: Gmail's indentation, which is no quote.
    pub no_border: bool,
    /// No space above and below.
    pub no_margin: bool,
    /// At most two pixels wide or high.
    pub speck: bool,
    /// `display: block` and its kin, for elements that stand in a line otherwise.
    pub block: bool,
}

impl Declared {
    /// These declarations with later ones on top.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self {
            gone: self.gone || later.gone,
            invisible: later.invisible.or(self.invisible),
            tiny: later.tiny.or(self.tiny),
            preformatted: later.preformatted.or(self.preformatted),
            text: later.text.or(self.text),
            ground: later.ground.or(self.ground),
            no_border: self.no_border || later.no_border,
            no_margin: self.no_margin || later.no_margin,
            speck: self.speck || later.speck,
            block: self.block || later.block,
        }
    }
}

/// Reads declarations: `display:none; color: #fff !important`.
#[must_use]
pub fn declarations(text: &str) -> Declared {
    let mut out = Declared::default();
    let mut clipped = false;
    let mut collapsed = false;
    let mut away = false;
    for declaration in text.split(';').take(200) {
        let Some((name, value)) = declaration.split_once(':') else {
            continue;
        };
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim().to_ascii_lowercase();
        let value = value
            .strip_suffix("!important")
            .map_or(value.as_str(), str::trim_end);
        let pixels = pixels(value);
        match name.as_str() {
            "display" => match value {
                "none" => out.gone = true,
                "block" | "table" | "list-item" | "flex" | "grid" => out.block = true,
                _ => {}
            },
            "visibility" => out.invisible = Some(matches!(value, "hidden" | "collapse")),
            "opacity" | "-moz-opacity" => {
                out.gone |= value.parse::<f32>().is_ok_and(|opacity| opacity < 0.05);
            }
            "mso-hide" => out.gone |= value == "all",
            "font-size" => out.tiny = pixels.map(|size| size < 2.0).or(Some(false)),
            "font" if value.contains("px") || value.contains("pt") => out.tiny = Some(false),
            "max-height" | "height" | "max-width" | "width" | "line-height" => {
                collapsed |= name != "line-height" && pixels == Some(0.0);
                out.speck |= name != "line-height" && pixels.is_some_and(|size| size <= 2.0);
            }
            "overflow" => clipped |= matches!(value, "hidden" | "clip"),
            "clip" => out.gone |= value.contains("rect(0") || value.contains("rect(1px"),
            "left" | "top" | "right" | "text-indent" | "margin-left" => {
                away |= pixels.is_some_and(|size| size <= -900.0);
            }
            "white-space" => out.preformatted = Some(value.starts_with("pre")),
            "color" => out.text = Some(colour(value)),
            "background" | "background-color" => {
                out.ground = Some(value.split_whitespace().next().and_then(colour));
            }
            "background-image" => out.ground = Some(None),
            "border" => out.no_border |= value.starts_with("none") || value.starts_with('0'),
            "border-left" | "border-left-width" | "border-left-style" => {
                out.no_border &= value.starts_with("none") || value.starts_with('0');
            }
            "margin" | "margin-top" | "margin-bottom" => {
                out.no_margin |= pixels == Some(0.0)
                    || value
                        .split_whitespace()
                        .next()
                        .and_then(self::pixels)
                        .is_some_and(|size| size < 0.1);
            }
            _ => {}
        }
    }
    out.gone |= away || (clipped && collapsed);
    out
}

/// The number in front of a length; any unit counts as pixels, which is near enough.
#[must_use]
pub fn pixels(value: &str) -> Option<f32> {
    let value = value.trim();
    let end = value
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+'))
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(end);
    let number: f32 = number.parse().ok()?;
    match unit.trim_end() {
        "" | "px" | "pt" => Some(number),
        "em" | "rem" => Some(number * 16.0),
        "in" => Some(number * 96.0),
        "cm" => Some(number * 38.0),
        "%" if number == 0.0 => Some(0.0),
        _ => None,
    }
}

/// A colour in one of the forms that mail uses; `None` when it cannot be told.
#[must_use]
pub fn colour(value: &str) -> Colour {
    let value = value.trim();
    if let Some(hex) = value.strip_prefix('#') {
        return hex_colour(hex);
    }
    if let Some(inside) = value
        .strip_prefix("rgb(")
        .or_else(|| value.strip_prefix("rgba("))
    {
        let mut numbers = inside
            .split([',', ' ', '/', ')'])
            .filter(|piece| !piece.is_empty());
        let mut channel = || numbers.next()?.parse::<u8>().ok();
        let rgb = (channel()?, channel()?, channel()?);
        let opaque = numbers
            .next()
            .is_none_or(|alpha| alpha.parse::<f32>().is_ok_and(|alpha| alpha > 0.9));
        return opaque.then_some(rgb);
    }
    match value {
        "white" => Some((255, 255, 255)),
        "black" => Some((0, 0, 0)),
        "red" => Some((255, 0, 0)),
        "blue" => Some((0, 0, 255)),
        "green" => Some((0, 128, 0)),
        "gray" | "grey" => Some((128, 128, 128)),
        "navy" => Some((0, 0, 128)),
        "silver" => Some((192, 192, 192)),
        _ if value.len() == 6 => hex_colour(value),
        _ => None,
    }
}

fn hex_colour(hex: &str) -> Colour {
    let digit = |at: usize| {
        hex.get(at..=at)
            .and_then(|digit| u8::from_str_radix(digit, 16).ok())
    };
    let pair = |at: usize| {
        hex.get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    match hex.len() {
        3 | 4 => Some((digit(0)? * 17, digit(1)? * 17, digit(2)? * 17)),
        6 | 8 => Some((pair(0)?, pair(2)?, pair(4)?)),
        _ => None,
    }
}

/// Whether text in the one colour cannot be read on the other.
#[must_use]
pub fn blends(text: Colour, ground: Colour) -> bool {
    match (text, ground) {
        (Some(a), Some(b)) => {
            let near = |a: u8, b: u8| a.abs_diff(b) <= 6;
            near(a.0, b.0) && near(a.1, b.1) && near(a.2, b.2)
        }
        _ => false,
    }
}

/// The rules of a document's sheets that have one simple selector.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    rules: HashMap<String, Declared>,
    /// Whether there is a selector such as `p.note`.
    has_compounds: bool,
    /// Whether a background is set by a rule that was passed over, so that no colour of
    /// text can be said to blend into the page.
    pub has_unread_ground: bool,
}

impl Sheet {
    /// Adds the rules of a `<style>` element. One pass; `@` blocks are skipped whole.
    pub fn read(&mut self, css: &str) {
        let mut rest = css;
        while let Some(open) = rest.find('{') {
            let (selector, after) = rest.split_at(open);
            let body = after.get(1..).unwrap_or("");
            let selector = selector.rsplit(['}', ';', '>']).next().unwrap_or(selector);
            let selector = selector.rsplit("*/").next().unwrap_or(selector).trim();
            let selector = selector.strip_prefix("<!--").unwrap_or(selector).trim();
            if selector.starts_with('@') {
                rest = after_block(body);
                let block = body.get(..body.len() - rest.len()).unwrap_or("");
                self.has_unread_ground |= block.contains("background");
                continue;
            }
            let (declared, next) = body.split_once('}').unwrap_or((body, ""));
            if self.rules.len() < RULES {
                let declared = declarations(declared);
                if declared != Declared::default() {
                    self.add(selector, declared);
                }
            }
            rest = next;
        }
    }

    fn add(&mut self, selectors: &str, declared: Declared) {
        for selector in selectors.split(',').take(64) {
            let selector = selector.trim();
            let simple = !selector.is_empty()
                && selector.len() <= 120
                && !selector.contains([' ', ':', '[', '>', '+', '~', '*', '\n', '\t']);
            self.has_unread_ground |= !simple && declared.ground.is_some();
            if simple {
                let key = selector.to_ascii_lowercase();
                self.has_compounds |= key.chars().skip(1).any(|c| matches!(c, '.' | '#'));
                let before = self.rules.get(&key).copied().unwrap_or_default();
                self.rules.insert(key, before.then(declared));
            }
        }
    }

    /// What the sheets say about an element.
    #[must_use]
    pub fn about(&self, element: &str, classes: &str, id: &str) -> Declared {
        let mut out = Declared::default();
        if self.rules.is_empty() {
            return out;
        }
        // One string for all the selectors that an element may answer to.
        let mut key = String::new();
        let mut apply = |pieces: [&str; 3]| {
            key.clear();
            pieces.iter().for_each(|piece| key.push_str(piece));
            key.make_ascii_lowercase();
            if let Some(declared) = self.rules.get(key.as_str()) {
                out = out.then(*declared);
            }
        };
        apply([element, "", ""]);
        for class in classes.split_ascii_whitespace().take(16) {
            apply(["", ".", class]);
            if self.has_compounds {
                apply([element, ".", class]);
            }
        }
        if !id.is_empty() {
            apply(["", "#", id]);
            if self.has_compounds {
                apply([element, "#", id]);
            }
        }
        out
    }
}

/// What follows the block whose opening brace was just passed.
fn after_block(css: &str) -> &str {
    let mut depth = 1usize;
    for (at, c) in css.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return css.get(at + 1..).unwrap_or("");
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ways_to_hide_are_known() {
        for gone in [
            "display:none",
            "DISPLAY : None !important",
            "mso-hide:all",
            "opacity:0",
            "max-height:0px;overflow:hidden",
            "position:absolute;left:-9999px",
            "text-indent:-9999em",
            "clip:rect(0,0,0,0)",
        ] {
            assert!(declarations(gone).gone, "{gone}");
        }
        for shown in [
            "display:block",
            "opacity:1",
            "max-height:0",
            "height:20px;overflow:hidden",
        ] {
            assert!(!declarations(shown).gone, "{shown}");
        }
        assert_eq!(declarations("font-size:0").tiny, Some(true));
        assert_eq!(declarations("font-size:1px").tiny, Some(true));
        assert_eq!(declarations("font-size:11pt").tiny, Some(false));
        assert_eq!(declarations("visibility:hidden").invisible, Some(true));
    }

    #[test]
    fn colours_blend_only_when_both_are_known() {
        assert!(blends(colour("#fff"), colour("white")));
        assert!(blends(colour("#fefefe"), colour("rgb(255, 255, 255)")));
        assert!(!blends(colour("#333"), colour("#fff")));
        assert!(!blends(colour("#fff"), colour("url(x.png)")));
        assert_eq!(colour("rgba(0,0,0,0)"), None);
    }

    #[test]
    fn sheets_give_simple_rules_and_skip_media_blocks() {
        let mut sheet = Sheet::default();
        sheet.read(
            "<!-- /* c */ .pre, p.x { display:none } @media (max-width:600px) { .pre2 {display:none} } \
             #id{visibility:hidden} .a .b{display:none} td{color:#fff}",
        );
        assert!(sheet.about("div", "big pre", "").gone);
        assert!(sheet.about("p", "x", "").gone);
        assert!(!sheet.about("div", "x", "").gone);
        assert!(!sheet.about("div", "pre2", "").gone);
        assert!(!sheet.about("div", "b", "").gone);
        assert_eq!(sheet.about("div", "", "id").invisible, Some(true));
        assert_eq!(sheet.about("td", "", "").text, Some(Some((255, 255, 255))));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_sheet_is_read(css in "[.#a-z{}:;@,!*/<>%0-9é -]{0,200}") {
            let mut sheet = Sheet::default();
            sheet.read(&css);
            prop_assert!(sheet.rules.len() <= RULES * 64);
            prop_assert_eq!(declarations(&css), declarations(&css));
        }
    }
}
