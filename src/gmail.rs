//! Layer 2: Gmail over HTTP, the only place that knows Google's crates.
