//! Layer 1: log files. Ids, counts and reasons; never bodies, addresses, tokens or keys.
//!
//! The full screen owns the terminal, so logs go to a file of the day in the data folder,
//! readable by its owner only. Verbs log warnings to stderr.

use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// The variable that says what is logged, such as `rejoinder=debug`.
pub const FILTER: &str = "REJOINDER_LOG";

/// Files of more days than this are removed.
const KEPT: usize = 7;

/// Targets that log secrets at debug level whatever is asked for.
const SILENCED: [&str; 3] = ["yup_oauth2=off", "hyper=warn", "rustls=warn"];

/// Where the log goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target<'a> {
    /// Into a file of this folder.
    Folder(&'a Path),
    /// To stderr: for verbs.
    Stderr,
}

/// Starts logging. The first call counts.
///
/// # Errors
/// When the log file cannot be made.
pub fn start(target: Target<'_>) -> io::Result<()> {
    let default = match target {
        Target::Folder(_) => "rejoinder=info,warn",
        Target::Stderr => "error",
    };
    let mut filter = EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new(default));
    for directive in SILENCED {
        if let Ok(directive) = directive.parse() {
            filter = filter.add_directive(directive);
        }
    }
    let writer = match target {
        Target::Stderr => BoxMakeWriter::new(io::stderr),
        Target::Folder(folder) => BoxMakeWriter::new(file_in(folder)?),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        // They go to stderr, which is the full screen: it says by itself when a disk is full.
        .log_internal_errors(false)
        .finish();
    // Somebody else being first is as good.
    tracing::subscriber::set_global_default(subscriber).ok();
    Ok(())
}

fn file_in(folder: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    remove_old(folder)?;
    let day = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    let path = folder.join(format!("{day}.log"));
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

fn remove_old(folder: &Path) -> io::Result<()> {
    let mut logs: Vec<_> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    logs.sort();
    let surplus = logs.len().saturating_sub(KEPT);
    for path in logs.into_iter().take(surplus) {
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_days_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        for day in 1..=9 {
            fs::write(dir.path().join(format!("2026-01-0{day}.log")), "x").unwrap();
        }
        fs::write(dir.path().join("other.txt"), "x").unwrap();
        remove_old(dir.path()).unwrap();
        let mut left: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left.len(), KEPT + 1);
        assert_eq!(left[0], "2026-01-03.log");
    }
}
