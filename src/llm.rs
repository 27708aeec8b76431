//! Layer 2: language models, the only place that knows vendors' dialects.
