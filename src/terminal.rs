//! Layer 6: the terminal and the event loop.
