//! Looks at every part and says what mends what is wrong. Nothing is changed, but for
//! [`send_test`], which mails oneself.

mod online;
mod send_test;

use std::path::{Path, PathBuf};

use crate::config::{Config, Paths};
use crate::domain::doctor::Finding;
use crate::gmail::oauth::permission_problem;

use super::{ServiceError, Services};
pub use send_test::send_test;

/// Below this much room on the disk the store may fail soon.
const LITTLE_ROOM: u64 = 200 * 1_000_000;

/// Who else can read the files with secrets.
#[must_use]
pub fn permissions(config: &Config, paths: &Paths) -> Finding {
    let problems: Vec<String> = secret_files(config, paths)
        .iter()
        .filter_map(|path| permission_problem(path))
        .collect();
    let name = "permissions";
    match problems.split_first() {
        None => Finding::ok(name, "files with secrets are yours alone"),
        Some(_) => {
            let (seen, mends): (Vec<&str>, Vec<&str>) = problems
                .iter()
                .filter_map(|problem| problem.split_once("; run: "))
                .unzip();
            Finding::failed(name, seen.join("; "), mends.join(" && "))
        }
    }
}

/// Files that hold secrets, as far as they are there.
#[must_use]
pub fn secret_files(config: &Config, paths: &Paths) -> Vec<PathBuf> {
    let client = config.gmail.credentials_path.clone();
    // The settings are a secret only where a key stands in them.
    let settings = std::fs::read_to_string(paths.config_file()).unwrap_or_default();
    let has_key = settings
        .lines()
        .any(|line| line.contains("api_key") && !line.trim_start().starts_with('#'));
    let mut files = vec![
        paths.key_file(),
        paths.store_file(),
        client.unwrap_or_else(|| paths.credentials_file()),
    ];
    files.extend(has_key.then(|| paths.config_file()));
    files.extend(config.gmail.token_path.clone());
    files.retain(|path| path.exists());
    files
}

/// The client file and the token file that others can read, each with its mend: said at
/// each sign-in and start.
#[must_use]
pub fn exposed(config: &Config, paths: &Paths) -> Vec<String> {
    let client = config.gmail.credentials_path.clone();
    let client = client.unwrap_or_else(|| paths.credentials_file());
    [Some(client), config.gmail.token_path.clone()]
        .into_iter()
        .flatten()
        .filter_map(|path| permission_problem(&path))
        .collect()
}

/// What an opening that failed says, with its mend.
#[must_use]
pub fn not_opened(error: &ServiceError) -> Finding {
    let mend = match error {
        ServiceError::Key(_) => {
            "put the key file back from your backup; without it the store cannot be read"
        }
        ServiceError::Store(_) => {
            "look at the path and its permissions; move the store away to begin anew"
        }
        _ => "mend the setting it names; rejoinder config shows where the settings are",
    };
    let name = match error {
        ServiceError::Key(_) | ServiceError::Store(_) => "store",
        _ => "configuration",
    };
    Finding::failed(name, error.to_string(), mend)
}

/// The store: that it opens was seen before; that it is whole, and how much room it has.
pub async fn store(services: &Services) -> Finding {
    let name = "store";
    let looked = services
        .store()
        .read(|r| Ok((r.quick_check()?, r.schema_version()?)))
        .await;
    let path = services.paths().store_file();
    let size = std::fs::metadata(&path).map_or(0, |file| file.len());
    match looked {
        Ok((None, version)) => Finding::ok(
            name,
            format!("whole, {} kB, schema {version}", size / 1_000),
        ),
        Ok((Some(problem), _)) => Finding::failed(
            name,
            format!("{} is damaged: {problem}", path.display()),
            "stop rejoinder, put a backup in its place, or move it away: mail is fetched again",
        ),
        Err(error) => Finding::failed(
            name,
            error.to_string(),
            "try again; if it stays, put a backup in the store's place",
        ),
    }
}

/// Mails that Gmail names and that could not be read: each is asked for again, in the end
/// once a day.
pub async fn mails(services: &Services) -> Finding {
    let name = "mails";
    let unreadable = services.store().read(|r| r.list_unreadable()).await;
    let unreadable = match unreadable {
        Ok(unreadable) => unreadable,
        Err(error) => return Finding::skipped(name, error.to_string()),
    };
    let Some((id, why)) = unreadable.first() else {
        return Finding::ok(name, "every mail that Gmail named could be read");
    };
    let number = unreadable.len();
    Finding::warning(
        name,
        format!("{number} could not be read yet; the first: {why}"),
        format!(
            "read it in the browser, https://mail.google.com/mail/#all/{}; it is asked for again every day",
            id.as_str()
        ),
    )
}

/// Room on the disk that holds the store.
#[must_use]
pub fn disk(paths: &Paths) -> Finding {
    let name = "disk";
    let folder = existing(&paths.data_dir);
    let Ok(stat) = rustix::fs::statvfs(&folder) else {
        return Finding::skipped(name, "the free room cannot be found out");
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let detail = format!("{} MB free at {}", free / 1_000_000, folder.display());
    if free < LITTLE_ROOM {
        return Finding::warning(name, detail, "make room; a full disk stops all saving");
    }
    Finding::ok(name, detail)
}

/// The nearest folder that is there.
fn existing(path: &Path) -> PathBuf {
    path.ancestors()
        .find(|folder| folder.exists())
        .unwrap_or_else(|| Path::new("/"))
        .to_owned()
}

/// Sign-in, Gmail, clock and model: what needs the network.
pub async fn online(services: &Services) -> Vec<Finding> {
    let mut found = online::gmail(services).await;
    found.push(online::model(services).await);
    found
}
