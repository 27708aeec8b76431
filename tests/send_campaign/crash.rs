//! A process that is killed: its future is dropped at its n-th poll.

use std::pin::pin;
use std::task::Poll;

/// Drives `work` for so many polls at most; none when it was killed before its end. Each
/// await of `work` that has to wait (for the store or for the network) costs one poll, so
/// that every number of polls is another step at which the process dies.
pub async fn within<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// Drives `work` to its end; at its n-th poll somebody else does something.
pub async fn meanwhile<T>(polls: usize, act: impl FnOnce(), work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let (mut left, mut act) = (polls, Some(act));
    std::future::poll_fn(|context| {
        match left.checked_sub(1) {
            Some(less) => left = less,
            None => act.take().map_or((), |act| act()),
        }
        work.as_mut().poll(context)
    })
    .await
}
