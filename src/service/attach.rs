//! Files that go with a reply: named by their path, read and frozen when the reply is
//! approved, so that what is sent is what was there at that moment.

use std::path::{Path, PathBuf};

use super::{ServiceError, Services};
use crate::domain::ConversationId;
use crate::domain::delivery::SentFile;
use crate::domain::listing::ReplyFile;
use crate::store::StoreError;

/// Gmail's most for the files of a mail, before they are encoded.
/// <https://support.google.com/mail/answer/6584>
const MOST: u64 = 25 * 1024 * 1024;
/// The API's most for a whole mail.
const MOST_RAW: usize = 35 * 1024 * 1024;

/// A file, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct File {
    name: String,
    content_type: &'static str,
    bytes: Vec<u8>,
}

impl File {
    pub(super) fn summary(&self) -> SentFile {
        SentFile {
            name: self.name.clone(),
            bytes: u64::try_from(self.bytes.len()).unwrap_or(u64::MAX),
        }
    }

    pub(super) fn part(&self) -> (String, String, Vec<u8>) {
        (
            self.name.clone(),
            self.content_type.to_owned(),
            self.bytes.clone(),
        )
    }
}

/// Lets a file go with the conversation's next reply. It is looked at now and read when
/// the reply is approved.
///
/// # Errors
/// A file that is not there, is none, or is too large.
pub async fn add(
    services: &Services,
    conversation: ConversationId,
    path: &str,
) -> Result<Vec<ReplyFile>, ServiceError> {
    let path = absolute(&at_home(path.trim()))?;
    let bytes = size(&path)?;
    let shown = path.to_str().map(str::to_owned).ok_or_else(|| {
        ServiceError::refused(format!(
            "the name of {} is not text; rename it, then attach it",
            path.display()
        ))
    })?;
    let files = super::transact(services, move |w| {
        w.insert_reply_file(conversation, &shown, bytes)?;
        let files = w.list_reply_files(conversation)?;
        let sum: u64 = files.iter().map(|file| file.bytes).sum();
        if sum > MOST {
            return Err(too_large(sum));
        }
        Ok(files)
    })
    .await?;
    super::review::changed(services, conversation);
    Ok(files)
}

/// Lets a file, or all without a path, stay here.
///
/// # Errors
/// When no such file was to go along.
pub async fn remove(
    services: &Services,
    conversation: ConversationId,
    path: Option<&str>,
) -> Result<(), ServiceError> {
    let path = path.map(str::to_owned);
    super::transact(services, move |w| {
        if w.delete_reply_files(conversation, path.as_deref())? == 0 {
            return Err(ServiceError::refused("no such file was attached"));
        }
        Ok(())
    })
    .await?;
    super::review::changed(services, conversation);
    Ok(())
}

/// The files that wait for a conversation's next reply.
pub(super) async fn waiting(
    services: &Services,
    conversation: Option<ConversationId>,
) -> Result<Vec<PathBuf>, StoreError> {
    let Some(id) = conversation else {
        return Ok(Vec::new());
    };
    let files = services
        .store()
        .read(move |r| r.list_reply_files(id))
        .await?;
    Ok(files
        .into_iter()
        .map(|file| PathBuf::from(file.path))
        .collect())
}

/// `~/x` in the person's home folder.
#[must_use]
pub fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// The path from the root, so that it means the same for every process.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, ServiceError> {
    std::path::absolute(path).map_err(|error| unreadable(path, &error.to_string()))
}

fn unreadable(path: &Path, why: &str) -> ServiceError {
    ServiceError::refused(format!(
        "the file {} cannot be attached: {why}",
        path.display()
    ))
}

fn too_large(bytes: u64) -> ServiceError {
    ServiceError::refused(format!(
        "the attached files have {} MB together, and Gmail takes 25 MB at most; send a link instead",
        bytes / 1_048_576
    ))
}

fn size(path: &Path) -> Result<u64, ServiceError> {
    let found = std::fs::metadata(path).map_err(|e| unreadable(path, &e.to_string()))?;
    if !found.is_file() {
        return Err(unreadable(path, "it is not a file"));
    }
    if found.len() > MOST {
        return Err(too_large(found.len()));
    }
    Ok(found.len())
}

/// Reads the files.
pub(super) async fn read(paths: Vec<PathBuf>) -> Result<Vec<File>, ServiceError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let work = tokio::task::spawn_blocking(move || {
        let sum = paths
            .iter()
            .try_fold(0_u64, |sum, path| Ok::<_, ServiceError>(sum + size(path)?))?;
        if sum > MOST {
            return Err(too_large(sum));
        }
        paths.iter().map(|path| read_one(path)).collect()
    });
    work.await
        .map_err(|error| ServiceError::refused(format!("the files were not read: {error}")))?
}

fn read_one(path: &Path) -> Result<File, ServiceError> {
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e.to_string()))?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(File {
        content_type: content_type(&name, &bytes),
        name,
        bytes,
    })
}

/// Refuses a mail that the API would refuse.
pub(super) fn refuse_too_large(raw: usize) -> Result<(), ServiceError> {
    if raw > MOST_RAW {
        return Err(too_large(u64::try_from(raw).unwrap_or(u64::MAX)));
    }
    Ok(())
}

/// What a file begins with, where that is unmistakable.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1f\x8b", "application/gzip"),
    (b"{\\rtf", "application/rtf"),
];

/// By extension, for what cannot be told by its first bytes.
const EXTENSIONS: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("svg", "image/svg+xml"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("vcf", "text/vcard"),
    ("webp", "image/webp"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The media type: by the first bytes, else by the name, else text or just bytes.
fn content_type(name: &str, bytes: &[u8]) -> &'static str {
    if let Some((_, found)) = BEGINNINGS
        .iter()
        .find(|(begin, _)| bytes.starts_with(begin))
    {
        return found;
    }
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_lowercase())
        .unwrap_or_default();
    let known = EXTENSIONS.iter().find(|(known, _)| *known == extension);
    let is_text = std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()));
    match known.map(|(_, found)| *found) {
        // A name that says text over bytes that are none would show as rubbish.
        Some(found) if found.starts_with("text/") && !is_text => "application/octet-stream",
        Some(found) => found,
        None if bytes.starts_with(b"PK\x03\x04") => "application/zip",
        None if is_text => "text/plain",
        None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_follows_the_bytes_and_then_the_name() {
        for (name, bytes, wanted) in [
            ("offer.pdf", &b"%PDF-1.7"[..], "application/pdf"),
            ("offer.txt", b"%PDF-1.7", "application/pdf"),
            ("Offer.DOCX", b"PK\x03\x04...", EXTENSIONS[1].1),
            ("files", b"PK\x03\x04...", "application/zip"),
            ("notes", "grüße\n".as_bytes(), "text/plain"),
            ("notes.txt", b"\xff\xfe\x00", "application/octet-stream"),
            ("x", b"\x00\x01", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name, bytes), wanted, "{name}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_attached_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("no.pdf");
        let error = read(vec![missing.clone()]).await.unwrap_err().to_string();
        assert!(
            error.contains("no.pdf") && error.contains("No such file"),
            "{error}"
        );
        let error = read(vec![dir.path().to_owned()])
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("not a file"), "{error}");
        let large = dir.path().join("large.bin");
        std::fs::File::create(&large)
            .unwrap()
            .set_len(MOST + 1)
            .unwrap();
        let error = read(vec![large]).await.unwrap_err().to_string();
        assert!(error.contains("25 MB"), "{error}");
        let small = dir.path().join("Größe.txt");
        std::fs::write(&small, "12 m²").unwrap();
        let read = read(vec![small]).await.unwrap();
        assert_eq!(
            (read[0].name.as_str(), read[0].content_type),
            ("Größe.txt", "text/plain")
        );
    }
}
