//! Files that came with mails. Their bytes are not kept: they are fetched again from Gmail
//! when somebody wants them, and saved under a name that does no harm. Nothing here opens
//! a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{ServiceError, Services};
use crate::domain::{ConversationId, Direction, GmailId, Message, MessageId};
use crate::gmail::GmailErrorKind;
use crate::mail::{parse, sanitise};
use crate::store::StoreError;

/// Names that are tried when one is taken.
const TRIES: u32 = 10_000;

/// A file of a conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Listed {
    /// The mail it came with.
    pub message: MessageId,
    /// Which of the mail's files it is, from 1.
    pub number: usize,
    /// Who wrote the mail.
    pub direction: Direction,
    /// Its name, made safe; may be empty.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size once decoded.
    pub bytes: u64,
    /// Where it was saved now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<PathBuf>,
}

/// Which files are wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Only those of this mail.
    pub message: Option<MessageId>,
    /// Only those with one of these names; all when empty.
    pub names: Vec<String>,
    /// Only what the other side sent.
    pub received: bool,
}

/// The files of a conversation, oldest mail first.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn list(
    services: &Services,
    conversation: ConversationId,
    wanted: &Wanted,
) -> Result<Vec<Listed>, ServiceError> {
    let mails = mails(services, conversation).await?;
    Ok(mails.iter().flat_map(|mail| listed(mail, wanted)).collect())
}

/// Fetches files again and saves them in a folder: the one that is named, else the one of
/// the settings. The folder is made where it is missing; no file is ever overwritten.
///
/// # Errors
/// A mail that is not at Gmail any more, or never was there; a folder that cannot be
/// written. Files that were saved before stay.
pub async fn save(
    services: &Services,
    conversation: ConversationId,
    wanted: &Wanted,
    to: Option<&Path>,
) -> Result<Vec<Listed>, ServiceError> {
    let folder = folder(services, to)?;
    let mut all = Vec::new();
    for mail in mails(services, conversation).await? {
        let files = listed(&mail, wanted);
        if files.is_empty() {
            continue;
        }
        let raw = fetch(services, &mail).await?;
        let folder = folder.clone();
        let saved = tokio::task::spawn_blocking(move || save_files(&raw, files, &folder))
            .await
            .map_err(|error| ServiceError::refused(format!("nothing was saved: {error}")))??;
        all.extend(saved);
    }
    Ok(all)
}

async fn mails(services: &Services, id: ConversationId) -> Result<Vec<Message>, ServiceError> {
    let found = services
        .store()
        .read(move |r| {
            r.get_conversation_status(id)?.ok_or(StoreError::Missing {
                what: "conversation",
                id: id.0,
            })?;
            r.list_messages(id)
        })
        .await?;
    Ok(found)
}

fn listed(mail: &Message, wanted: &Wanted) -> Vec<Listed> {
    let direction = mail.content.direction;
    let this_mail = wanted.message.is_none_or(|id| id == mail.id)
        && !(wanted.received && direction == Direction::Outbound);
    if !this_mail {
        return Vec::new();
    }
    let files = (1..).zip(&mail.content.attachments);
    files
        .filter(|(_, file)| wanted.names.is_empty() || wanted.names.contains(&file.name))
        .map(|(number, file)| Listed {
            message: mail.id,
            number,
            direction,
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            bytes: file.bytes,
            saved: None,
        })
        .collect()
}

/// The whole mail as it is at Gmail.
async fn fetch(services: &Services, mail: &Message) -> Result<Vec<u8>, ServiceError> {
    let id: &GmailId = mail.gmail_id.as_ref().ok_or_else(|| {
        ServiceError::refused(format!(
            "mail {} is not at Gmail: it was imported; its files are in the archive it came from",
            mail.id
        ))
    })?;
    let gmail = services.gmail().await?.as_person();
    match gmail.message_raw(id).await {
        Ok(found) => Ok(found.raw),
        Err(error) if error.kind == GmailErrorKind::NotFound => {
            Err(ServiceError::refused(format!(
                "mail {} is not at Gmail any more, and its files are kept nowhere else; ask the sender for them",
                mail.id
            )))
        }
        Err(error) => Err(error.into()),
    }
}

fn save_files(
    raw: &[u8],
    mut files: Vec<Listed>,
    folder: &Path,
) -> Result<Vec<Listed>, ServiceError> {
    for file in &mut files {
        let found = parse::attachment(raw, file.number.saturating_sub(1)).ok_or_else(|| {
            ServiceError::refused(format!(
                "\"{}\" was not found in the mail that Gmail gave; nothing was saved of it",
                file.name
            ))
        })?;
        let path = write_new(folder, &found.name, &found.bytes).map_err(|error| {
            ServiceError::refused(format!(
                "\"{}\" cannot be saved in {}: {error}; choose another folder with --to or files.folder",
                found.name,
                folder.display()
            ))
        })?;
        file.bytes = u64::try_from(found.bytes.len()).unwrap_or(file.bytes);
        file.saved = Some(path);
    }
    Ok(files)
}

/// Writes a file that was not there before, readable by its owner only. A link that
/// stands in its place is not followed, because it is there.
fn write_new(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    if folder.exists() && !folder.is_dir() {
        let file = "a file of that name is there, and no folder";
        return Err(io::Error::new(io::ErrorKind::NotADirectory, file));
    }
    fs::create_dir_all(folder)?;
    // Whoever called: a path in the name goes nowhere.
    let name = sanitise::file_name(name);
    for number in 1..=TRIES {
        let path = folder.join(numbered(&name, number));
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let mut file = match made {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
            // Half a file is worse than none; that it cannot be removed changes nothing.
            fs::remove_file(&path).ok();
            return Err(error);
        }
        return Ok(path);
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        "there are too many files of that name",
    ))
}

/// `plan.pdf`, `plan (2).pdf`, `plan (3).pdf` ...
fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => format!("{stem} ({number}).{end}"),
        _ => format!("{name} ({number})"),
    }
}

/// Where files are saved.
fn folder(services: &Services, to: Option<&Path>) -> Result<PathBuf, ServiceError> {
    let configured = &services.config().files.folder;
    let given = match to {
        Some(folder) => folder.to_owned(),
        None if !configured.as_os_str().is_empty() => configured.clone(),
        None => PathBuf::from("~/Downloads"),
    };
    let Ok(below_home) = given.strip_prefix("~") else {
        return Ok(given);
    };
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    home.map(|home| home.join(below_home)).ok_or_else(|| {
        ServiceError::Usage(
            "there is no home folder to save files in; name a folder with --to or files.folder"
                .to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn a_file_is_never_overwritten_and_never_leaves_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("in/here");
        let save = |name: &str| {
            let path = write_new(&folder, name, b"x").unwrap();
            assert_eq!(path.parent(), Some(folder.as_path()), "{name:?}");
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(save("plan.pdf"), "plan.pdf");
        assert_eq!(save("plan.pdf"), "plan (2).pdf");
        assert_eq!(save("../../plan.pdf"), "plan (3).pdf");
        assert_eq!(save("/etc/passwd"), "passwd");
        assert_eq!(save(".bashrc"), "bashrc");
        assert_eq!(save("-rf"), "_-rf");
        assert_eq!(save("CON.txt"), "_CON.txt");
        assert_eq!(
            save("a\0b\u{202e}fdp.exe"),
            save("a\0b\u{202e}fdp.exe").replace(" (2)", "")
        );
        assert_eq!(save(""), "attachment");
        assert_eq!(save(""), "attachment (2)");
        let long = save(&format!("{}.pdf", "ä".repeat(400)));
        assert!(long.len() < 255 && long.ends_with(".pdf"), "{long}");

        let outside = dir.path().join("outside");
        symlink(&outside, folder.join("link")).unwrap();
        assert_eq!(save("link"), "link (2)");
        assert!(!outside.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        let told = |folder: &Path| write_new(folder, "a", b"x").unwrap_err().to_string();
        assert!(told(&file).contains("no folder"), "{}", told(&file));
        assert!(told(&file.join("in")).contains("ot a directory"));
        assert_eq!(fs::read(&file).unwrap(), b"x");
        // A link to nowhere is not made into a folder elsewhere.
        let link = dir.path().join("link");
        symlink(dir.path().join("gone"), &link).unwrap();
        assert!(write_new(&link, "a", b"x").is_err());
        assert!(!dir.path().join("gone").exists());

        let closed = dir.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
        // Nobody denies the administrator anything but what the system itself keeps.
        let is_closed = fs::write(closed.join("probe"), "").is_err();
        let denied = if is_closed {
            &closed
        } else {
            Path::new("/proc")
        };
        let why = write_new(denied, "a", b"x").unwrap_err().to_string();
        assert!(
            why.contains("ermission denied") || why.contains("o such file"),
            "{why}"
        );
    }

    #[test]
    fn a_name_as_long_as_a_name_may_be_has_room_for_a_number() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a".repeat(255),
            "日".repeat(200),
            format!("{}.tar.gz", "x".repeat(300)),
            format!("a.{}", "b".repeat(300)),
        ] {
            for number in 1..=12 {
                let path = write_new(dir.path(), &name, b"x").unwrap();
                let saved = path.file_name().unwrap().to_str().unwrap().to_owned();
                assert!(saved.len() <= 255, "{saved}");
                assert_eq!(
                    saved.contains(&format!("({number})")),
                    number > 1,
                    "{saved}"
                );
            }
        }
    }
}
