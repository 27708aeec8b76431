//! The order in which what the person did is carried out: an older text must never be
//! stored over a newer one because its task happened to come later.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::app::Effect;

/// Hands out turns, one after the other.
#[derive(Debug, Default)]
pub struct Order(Mutex<Option<oneshot::Receiver<()>>>);

/// A place in the order; the next one comes when this one is dropped.
#[derive(Debug)]
pub struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _over: oneshot::Sender<()>,
}

impl Order {
    /// The place behind all that were taken before.
    pub fn take(&self) -> Turn {
        let (over, next) = oneshot::channel();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Turn {
            before: last.replace(next),
            _over: over,
        }
    }
}

impl Turn {
    /// Waits until everything before it is over.
    pub async fn come(&mut self) {
        if let Some(before) = &mut self.before {
            // The sender is only ever dropped.
            drop(before.await);
            self.before = None;
        }
    }
}

/// Whether an effect changes what the person works on: those are carried out in the order
/// of the keys, and so is the reading of a text that is then edited: it must be the one that
/// was saved last. Other reading, and what waits for a network, goes its own way.
#[must_use]
pub const fn is_ordered(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::LoadInbox { .. }
            | Effect::LoadConversation { .. }
            | Effect::LoadPage { .. }
            | Effect::LoadTargets { .. }
            | Effect::LoadTemplates { .. }
            | Effect::SaveAttachments { .. }
            | Effect::StopDraft(_)
            | Effect::SignIn(_)
            | Effect::Sync
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn a_text_opened_again_is_read_after_its_saving() {
        use crate::app::effect::RequestId;
        use crate::domain::text::KeptText;
        let (text, request) = (KeptText::Style, RequestId(1));
        let body = String::new();
        assert!(is_ordered(&Effect::SaveText { text, body }));
        assert!(is_ordered(&Effect::LoadText { request, text }));
        assert!(!is_ordered(&Effect::Sync));
    }

    #[test]
    fn a_later_turn_waits_for_an_earlier_one_whichever_is_asked_first() {
        let order = Order::default();
        let (mut first, mut second, mut third) = (order.take(), order.take(), order.take());
        let mut waiting = Box::pin(second.come());
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(first.come().now_or_never().is_some());
        drop(first);
        assert!(waiting.as_mut().now_or_never().is_some());
        drop(waiting);
        assert!(Box::pin(third.come()).now_or_never().is_none());
        drop(second);
        let mut fourth = order.take();
        drop(third);
        assert!(fourth.come().now_or_never().is_some());
    }
}
