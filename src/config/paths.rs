//! Where things are kept: one folder for settings, one for data.

use std::path::{Path, PathBuf};

use super::load::ConfigError;

/// The two folders of a run and what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Settings, client file, store key. `REJOINDER_CONFIG_DIR`, else the platform's.
    pub config_dir: PathBuf,
    /// Store, locks, log. `REJOINDER_DATA_DIR`, else the platform's.
    pub data_dir: PathBuf,
}

impl Paths {
    /// The folders named by the environment, else the platform's.
    ///
    /// # Errors
    /// When there is no home folder to find the platform's in.
    pub fn find(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let platform = directories::ProjectDirs::from("", "", "rejoinder");
        let pick = |name: &'static str, of: fn(&directories::ProjectDirs) -> &Path| {
            env(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
                .or_else(|| platform.as_ref().map(|dirs| of(dirs).to_owned()))
                .ok_or(ConfigError::NoHome { name })
        };
        Ok(Self {
            config_dir: pick("REJOINDER_CONFIG_DIR", directories::ProjectDirs::config_dir)?,
            data_dir: pick("REJOINDER_DATA_DIR", directories::ProjectDirs::data_dir)?,
        })
    }

    /// The settings file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config_dir.join("config.toml")
    }

    /// The client file when the settings name none.
    #[must_use]
    pub fn credentials_file(&self) -> PathBuf {
        self.config_dir.join("credentials.json")
    }

    /// The person's own prices of models, in the form of `assets/llm-prices.json`.
    #[must_use]
    pub fn prices_file(&self) -> PathBuf {
        self.config_dir.join("llm-prices.json")
    }

    /// The key of the store.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.config_dir.join("store.key")
    }

    /// The encrypted store.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        self.data_dir.join("rejoinder.db")
    }

    /// Held by the one process that polls, drafts and sends.
    #[must_use]
    pub fn worker_lock(&self) -> PathBuf {
        self.data_dir.join("worker.lock")
    }

    /// The folder of the log files.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        self.data_dir.join("log")
    }
}
