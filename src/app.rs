//! Layer 4: the screen's state and how it changes: pure, without I/O.
