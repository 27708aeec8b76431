//! Layer 5: drawing.
