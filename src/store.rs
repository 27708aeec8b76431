//! Layer 2: the encrypted SQLite file.
