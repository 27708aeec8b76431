//! The key that opens the store: 32 random bytes, or a passphrase.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rand::TryRngCore as _;
use secrecy::{ExposeSecret as _, SecretString};

/// What SQLCipher is given. Never printed.
#[derive(Clone, Debug)]
pub struct StoreKey(SecretString);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file cannot be read or made.
    #[error("cannot use the key file {path}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// There is a store, but its key is gone.
    #[error(
        "the store {store} is there, but its key file {key} is not: put the key file back from your backup, or move the store away to begin anew"
    )]
    Lost {
        /// The store.
        store: PathBuf,
        /// The missing key file.
        key: PathBuf,
    },
    /// What was given is no key.
    #[error("{from} holds no key: it is empty or not text; put the key back from your backup")]
    Empty {
        /// Where it came from.
        from: String,
    },
    /// The system has no random numbers.
    #[error("the system gave no random numbers for a new key: {0}")]
    Random(String),
}

impl StoreKey {
    /// A key from text: 64 hex digits are a raw key, which opens in under a millisecond;
    /// anything else is a passphrase, which costs a key derivation.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(['\r', '\n']);
        (!text.is_empty() && !text.contains('\0')).then(|| Self(SecretString::from(text)))
    }

    /// Reads the key file, or makes one with a new random key where there is neither
    /// key nor store yet. The file is readable by its owner only.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_file(path: &Path, store: &Path) -> Result<Self, KeyError> {
        let wrong = |reason: io::Error| match reason.kind() {
            io::ErrorKind::InvalidData => KeyError::Empty {
                from: path.display().to_string(),
            },
            _ => KeyError::File {
                path: path.to_owned(),
                reason,
            },
        };
        match fs::read_to_string(path) {
            Ok(text) => Self::from_text(&text).ok_or_else(|| KeyError::Empty {
                from: path.display().to_string(),
            }),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(wrong(error)),
            Err(_) if store.exists() => Err(KeyError::Lost {
                store: store.to_owned(),
                key: path.to_owned(),
            }),
            Err(_) => {
                let text = random_hex::<32>()?;
                if let Some(folder) = path.parent() {
                    make_private_folder(folder).map_err(wrong)?;
                }
                write_new_key(path, &text).map_err(wrong)?;
                // Another process may have been first: what is in the file counts.
                let text = fs::read_to_string(path).map_err(wrong)?;
                Self::from_text(&text).ok_or_else(|| KeyError::Empty {
                    from: path.display().to_string(),
                })
            }
        }
    }

    /// The value of `PRAGMA key`.
    pub(super) fn pragma(&self) -> SecretString {
        let text = self.0.expose_secret();
        let raw = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if raw {
            SecretString::from(format!("x'{text}'"))
        } else {
            self.0.clone()
        }
    }
}

/// `N` random bytes of the system as hex digits.
fn random_hex<const N: usize>() -> Result<String, KeyError> {
    let mut bytes = [0_u8; N];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| KeyError::Random(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes the key under a name of its own and links it into place, so that a crash
/// leaves either no key file or a whole one, and a second process does not replace it.
fn write_new_key(path: &Path, text: &str) -> io::Result<()> {
    let fresh = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let linked = fs::hard_link(&fresh, path);
    fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Makes a folder that only its owner can look into.
pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_random_private_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config/store.key");
        let store = dir.path().join("rejoinder.db");
        let first = StoreKey::from_file(&path, &store).unwrap();
        let again = StoreKey::from_file(&path, &store).unwrap();
        assert_eq!(
            first.pragma().expose_secret(),
            again.pragma().expose_secret()
        );
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(first.pragma().expose_secret().len(), 67);
        assert!(!format!("{first:?}").contains(first.pragma().expose_secret()));
    }

    #[test]
    fn a_file_of_bytes_is_no_key_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.key");
        fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        let error = StoreKey::from_file(&path, &dir.path().join("none.db")).unwrap_err();
        assert!(matches!(error, KeyError::Empty { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), [0xff, 0xfe, 0x00]);
    }

    #[test]
    fn what_is_wrong_with_the_key_file_is_said_once() {
        let dir = tempfile::tempdir().unwrap();
        let error = StoreKey::from_file(dir.path(), &dir.path().join("none.db")).unwrap_err();
        let told = format!("{:#}", anyhow::Error::from(error));
        assert_eq!(told.matches("directory").count(), 1, "{told}");
    }

    #[test]
    fn a_lost_key_is_told_and_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.key");
        let store = dir.path().join("rejoinder.db");
        fs::write(&store, "x").unwrap();
        let error = StoreKey::from_file(&path, &store).unwrap_err();
        assert!(matches!(error, KeyError::Lost { .. }), "{error}");
        assert!(!path.exists());
    }
}
