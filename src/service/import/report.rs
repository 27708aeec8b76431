//! The report of an import: one JSON line for each mail.
//!
//! Conversations that prove to be one are united while the import runs, so a line that was
//! written early may name one that is gone. Lines therefore go to a file beside the report,
//! which is copied with the final numbers when all is done.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::place::{Fate, Placed};
use super::scan::Broken;
use crate::domain::character::printable_json;
use crate::domain::{ConversationId, Direction, MatchedBy};
use crate::service::ServiceError;

#[derive(Serialize, Deserialize)]
struct Line {
    file: String,
    message_id: Option<String>,
    conversation: Option<ConversationId>,
    direction: Option<Direction>,
    matched_by: Option<MatchedBy>,
    certain: bool,
    /// Where the mail begins in its file.
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) struct Report {
    path: PathBuf,
    beside: PathBuf,
    out: BufWriter<File>,
}

impl Report {
    /// Begins one.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(super) fn begin(path: &Path) -> Result<Self, ServiceError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        let out = File::create(&beside).map_err(|error| unwritable(&beside, &error))?;
        Ok(Self {
            path: path.to_owned(),
            beside,
            out: BufWriter::new(out),
        })
    }

    pub(super) fn broken(&mut self, broken: &Broken) -> Result<(), ServiceError> {
        self.line(&Line {
            file: broken.file.clone(),
            message_id: None,
            conversation: None,
            direction: None,
            matched_by: None,
            certain: false,
            offset: broken.offset,
            error: Some(broken.error.clone()),
        })
    }

    pub(super) fn placed(&mut self, placed: &Placed) -> Result<(), ServiceError> {
        let mut line = Line {
            file: placed.file.clone(),
            message_id: placed.message_id.clone(),
            conversation: None,
            direction: placed.direction,
            matched_by: None,
            certain: false,
            offset: placed.offset,
            error: None,
        };
        match &placed.fate {
            Fate::Stored {
                conversation,
                by,
                certain,
            }
            | Fate::Known {
                conversation,
                by,
                certain,
            } => {
                line.conversation = Some(*conversation);
                line.matched_by = *by;
                line.certain = *certain;
            }
            Fate::Skipped => {}
            Fate::Broken(error) => line.error = Some(error.clone()),
        }
        self.line(&line)
    }

    fn line(&mut self, line: &Line) -> Result<(), ServiceError> {
        write_line(&mut self.out, line).map_err(|error| unwritable(&self.beside, &error))
    }

    /// Puts it where it belongs, with the numbers that conversations have in the end.
    pub(super) fn finish(
        mut self,
        united: &HashMap<ConversationId, ConversationId>,
    ) -> Result<(), ServiceError> {
        let failed = |error: io::Error| unwritable(&self.path, &error);
        self.out.flush().map_err(failed)?;
        if !united.is_empty() {
            let lines = BufReader::new(File::open(&self.beside).map_err(failed)?);
            let mut out = BufWriter::new(File::create(&self.path).map_err(failed)?);
            for line in lines.lines() {
                let mut line: Line =
                    serde_json::from_str(&line.map_err(failed)?).map_err(|e| failed(e.into()))?;
                line.conversation = line.conversation.map(|id| last(united, id));
                write_line(&mut out, &line).map_err(failed)?;
            }
            out.flush().map_err(failed)?;
            return std::fs::remove_file(&self.beside).map_err(failed);
        }
        std::fs::rename(&self.beside, &self.path).map_err(failed)
    }
}

/// Where a conversation went in the end.
pub(super) fn last(
    united: &HashMap<ConversationId, ConversationId>,
    mut id: ConversationId,
) -> ConversationId {
    while let Some(next) = united.get(&id) {
        id = *next;
    }
    id
}

fn write_line(out: &mut BufWriter<File>, line: &Line) -> io::Result<()> {
    let json = serde_json::to_string(line)?;
    // Reports are looked at in terminals, and names of files hold anything.
    out.write_all(printable_json(&json).as_bytes())?;
    out.write_all(b"\n")
}

fn unwritable(path: &Path, error: &io::Error) -> ServiceError {
    ServiceError::refused(format!(
        "the report {} cannot be written: {error}; choose another file",
        path.display()
    ))
}
