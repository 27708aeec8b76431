//! Layer 1: log files; never bodies, tokens or keys.
