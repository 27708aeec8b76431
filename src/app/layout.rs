//! What is drawn where, for a size. Wrapping and scrolling in `update` use the same
//! rectangles as the drawing.

use ratatui::layout::Rect;

/// From this width on the inbox and the conversation stand side by side.
pub const WIDE: u16 = 100;

/// The least size at which there is something to see.
pub const LEAST: (u16, u16) = (40, 10);

/// What the conversation's lower part is for, which decides how high it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardSize {
    /// A line or two.
    Small,
    /// A text to read.
    Reading,
    /// A text to edit.
    Editing,
}

/// The rectangles of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// First line.
    pub header: Rect,
    /// The list with its frame; none when the conversation has the room.
    pub inbox: Option<Rect>,
    /// The thread with its frame; none when the list has the room.
    pub thread: Option<Rect>,
    /// The card with its frame; its top line is the thread's lower edge.
    pub card: Option<Rect>,
    /// What takes the whole body in the place of those three.
    pub page: Option<Rect>,
    /// Last line.
    pub footer: Rect,
    /// Side borders are drawn.
    pub boxed: bool,
}

impl Layout {
    /// The rectangles for a terminal of this size. `conversation` says whether one has
    /// the focus, which in a narrow terminal takes the list's place.
    #[must_use]
    pub fn new(width: u16, height: u16, conversation: bool, card: CardSize) -> Self {
        let whole = Self::whole(width, height);
        let body = whole.page.unwrap_or_default();
        let boxed = whole.boxed;
        let (inbox, right) = if boxed {
            let list = (width * 3 / 10).clamp(34, 48);
            (
                Some(Rect {
                    width: list,
                    ..body
                }),
                Some(Rect {
                    x: list,
                    width: width - list,
                    ..body
                }),
            )
        } else if conversation {
            (None, Some(body))
        } else {
            (Some(body), None)
        };
        let split = |area: Rect| {
            let share = match card {
                CardSize::Small => 4.min(area.height / 2),
                CardSize::Reading => area.height / 2,
                CardSize::Editing => area.height * 3 / 5,
            };
            let thread = Rect {
                height: area.height - share,
                ..area
            };
            let card = Rect {
                y: area.y + thread.height,
                height: share,
                ..area
            };
            (thread, card)
        };
        let (thread, card) = right.map(split).unzip();
        Self {
            inbox,
            thread,
            card,
            page: None,
            ..whole
        }
    }

    /// The rectangles when one thing has the whole body.
    #[must_use]
    pub fn whole(width: u16, height: u16) -> Self {
        let body = Rect {
            x: 0,
            y: 1,
            width,
            height: height.saturating_sub(2),
        };
        let header = Rect {
            x: 0,
            y: 0,
            width,
            height: height.min(1),
        };
        let footer = Rect {
            x: 0,
            y: height.saturating_sub(1),
            width,
            height: u16::from(height > 1),
        };
        Self {
            header,
            inbox: None,
            thread: None,
            card: None,
            page: Some(body),
            footer,
            boxed: width >= WIDE,
        }
    }

    /// The inside of a page.
    #[must_use]
    pub fn page_inside(&self) -> Rect {
        self.inside(self.page, true)
    }

    /// The rows of a page: above the lines about the selected one.
    #[must_use]
    pub fn page_rows(&self) -> Rect {
        let inside = self.page_inside();
        Rect {
            height: inside.height - Self::detail_height(inside.height),
            ..inside
        }
    }

    /// Lines about the selected row, with the line above them.
    const fn detail_height(inside: u16) -> u16 {
        match inside {
            0..8 => 0,
            8..24 => 5,
            _ => 8,
        }
    }

    /// The inside of the list.
    #[must_use]
    pub fn inbox_inside(&self) -> Rect {
        self.inside(self.inbox, true)
    }

    /// The inside of the thread; its lower edge belongs to the card.
    #[must_use]
    pub fn thread_inside(&self) -> Rect {
        self.inside(self.thread, false)
    }

    /// The inside of the card.
    #[must_use]
    pub fn card_inside(&self) -> Rect {
        self.inside(self.card, true)
    }

    fn inside(&self, area: Option<Rect>, has_bottom: bool) -> Rect {
        let Some(area) = area else {
            return Rect::default();
        };
        let side = u16::from(self.boxed);
        let bottom = u16::from(self.boxed && has_bottom);
        Rect {
            x: area.x + side,
            y: area.y + 1,
            width: area.width.saturating_sub(2 * side),
            height: area.height.saturating_sub(1 + bottom),
        }
    }
}

/// The parts of the page on which the person signs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignInLayout {
    /// All of it.
    pub whole: Rect,
    /// The words and the address.
    pub text: Rect,
    /// The line to type in.
    pub field: Rect,
}

/// See [`SignInLayout`].
#[must_use]
pub fn sign_in(width: u16, height: u16) -> SignInLayout {
    let whole = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let text = Rect {
        y: height.min(1),
        height: height.saturating_sub(3),
        ..whole
    };
    let field = Rect {
        y: height.saturating_sub(1),
        height: height.min(1),
        ..whole
    };
    SignInLayout { whole, text, field }
}

/// The rectangle of a popup of at most this size, in the middle.
#[must_use]
pub fn popup(width: u16, height: u16, wanted: (u16, u16)) -> Rect {
    let w = wanted.0.min(width.saturating_sub(2));
    let h = wanted.1.min(height.saturating_sub(2));
    Rect {
        x: (width - w) / 2,
        y: (height - h) / 2,
        width: w,
        height: h,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_lies_inside_the_terminal_at_any_size() {
        for width in [0, 1, 20, 60, 80, 99, 100, 140, 300] {
            for height in [0, 1, 2, 3, 10, 20, 24, 40, 100] {
                for conversation in [false, true] {
                    for card in [CardSize::Small, CardSize::Reading, CardSize::Editing] {
                        let layout = Layout::new(width, height, conversation, card);
                        let all = Rect {
                            x: 0,
                            y: 0,
                            width,
                            height,
                        };
                        let parts = [layout.inbox, layout.thread, layout.card];
                        for part in parts
                            .into_iter()
                            .flatten()
                            .chain([layout.header, layout.footer])
                        {
                            assert_eq!(part.intersection(all), part, "{width}x{height} {part:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_narrow_terminal_shows_one_region_at_a_time() {
        let list = Layout::new(80, 24, false, CardSize::Reading);
        assert!(list.inbox.is_some() && list.thread.is_none());
        let conversation = Layout::new(80, 24, true, CardSize::Reading);
        assert!(conversation.inbox.is_none() && conversation.thread.is_some());
        let wide = Layout::new(140, 40, false, CardSize::Reading);
        assert!(wide.inbox.is_some() && wide.thread.is_some());
    }
}
