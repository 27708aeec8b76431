//! Layer 1: settings, from the defaults, the configuration file and the environment,
//! in this order; the later one wins. `assets/config.toml` is the documented default.
//!
//! Every value is checked here, once, so that the layers above need not. A key that is
//! not known is a warning, not an error: an older program must start with a newer file.

mod environment;
mod load;
mod paths;
mod settings;

pub use load::{ConfigError, DEFAULT_FILE, Loaded, load};
pub use paths::Paths;
pub use settings::{
    Ai, Config, Gmail, ProviderName, Quota, Screen, Sending, StoreKey, User, is_loopback_url,
};
