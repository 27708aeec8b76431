//! The calls that draft and send, by JSON and by upload, and what follows when a mail
//! has left: the journal and the people outside.
//!
//! <https://developers.google.com/workspace/gmail/api/guides/uploads>

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::State;
use super::api::{Format, body, message, most, ok};
use super::journal::SentEntry;
use super::mailbox::{Outgoing, Posted};
use super::routes::Call;
use super::search::Query;
use super::wire::{ApiError, from_base64url};
use crate::demo::http::{Answer, Asked};

type Done = Result<Answer, ApiError>;

/// Answers `messages.send` and `drafts.*`.
pub(super) fn answer(state: &mut State, call: &Call, asked: &Asked, now: Timestamp) -> Done {
    match call.route.name {
        "messages.send" => send(state, call, asked, now),
        "drafts.create" => {
            let given = Given::read(call, asked, true)?;
            check_size(state, &given)?;
            let id = state.mailbox.create_draft(given.outgoing()?, now)?;
            draft(state, &id, &Format::Minimal)
        }
        "drafts.update" => {
            let given = Given::read(call, asked, true)?;
            check_size(state, &given)?;
            state
                .mailbox
                .update_draft(call.id(), given.outgoing()?, now)?;
            draft(state, call.id(), &Format::Minimal)
        }
        "drafts.get" => draft(state, call.id(), &Format::asked(asked, true)?),
        "drafts.list" => list(state, asked, now),
        "drafts.delete" => {
            state.mailbox.delete_draft(call.id())?;
            Ok(Answer::empty(204))
        }
        _ => send_draft(state, call, asked, now),
    }
}

/// A draft as the short answers name it, or with its message as asked.
fn draft(state: &State, id: &str, format: &Format) -> Done {
    let stored = state.mailbox.draft(id).ok_or_else(ApiError::not_found)?;
    let message = match format {
        Format::Minimal => json!({
            "id": stored.id,
            "threadId": stored.thread,
            "labelIds": stored.labels,
        }),
        _ => message(stored, format),
    };
    Ok(ok(json!({ "id": id, "message": message })))
}

fn list(state: &mut State, asked: &Asked, now: Timestamp) -> Done {
    let query = asked.param("q").map(|text| Query::parse(&text, now));
    if query.is_some() {
        state.mailbox.searches += 1;
    }
    let most = most(asked)?;
    let skip: usize = match asked.param("pageToken") {
        None => 0,
        Some(token) => token
            .parse()
            .map_err(|_| ApiError::invalid("Invalid pageToken"))?,
    };
    let drafts = state.mailbox.drafts();
    let found: Vec<Value> = drafts
        .iter()
        .filter(|(_, mail)| {
            query.as_ref().is_none_or(|query| {
                state.lag.indexed(mail, &state.mailbox, now) && query.finds(mail, &state.mailbox)
            })
        })
        .map(
            |(id, mail)| json!({ "id": id, "message": { "id": mail.id, "threadId": mail.thread } }),
        )
        .collect();
    let more = found.len() > skip.saturating_add(most);
    let page: Vec<Value> = found.into_iter().skip(skip).take(most).collect();
    let mut answer = Map::new();
    answer.insert("resultSizeEstimate".to_owned(), page.len().into());
    if !page.is_empty() {
        answer.insert("drafts".to_owned(), Value::Array(page));
    }
    if more {
        let next = skip.saturating_add(most).to_string();
        answer.insert("nextPageToken".to_owned(), next.into());
    }
    Ok(ok(Value::Object(answer)))
}

fn send(state: &mut State, call: &Call, asked: &Asked, now: Timestamp) -> Done {
    let given = Given::read(call, asked, false)?;
    check_size(state, &given)?;
    state.quota.may_send(now)?;
    let posted = state.mailbox.send(given.outgoing()?, state.quirks, now)?;
    Ok(gone(state, &posted, call.route.name, now))
}

fn send_draft(state: &mut State, call: &Call, asked: &Asked, now: Timestamp) -> Done {
    let given = Given::read(call, asked, true)?;
    let id = given.id.as_deref().unwrap_or_default();
    if id.is_empty() {
        return Err(ApiError::invalid("Missing draft id"));
    }
    if state.mailbox.draft(id).is_none() {
        return Err(ApiError::not_found());
    }
    state.quota.may_send(now)?;
    if given.raw.is_some() {
        check_size(state, &given)?;
        state.mailbox.update_draft(id, given.outgoing()?, now)?;
    }
    let posted = state.mailbox.send_draft(id, state.quirks, now)?;
    Ok(gone(state, &posted, call.route.name, now))
}

fn gone(state: &mut State, posted: &Posted, by: &str, now: Timestamp) -> Answer {
    state.left(posted, by, now);
    let labels: Vec<String> = state
        .mailbox
        .get(&posted.id)
        .map(|stored| stored.labels.iter().cloned().collect())
        .unwrap_or_default();
    ok(json!({ "id": posted.id, "threadId": posted.thread, "labelIds": labels }))
}

impl State {
    /// Notes a mail that left and lets it reach the people outside.
    pub(super) fn left(&mut self, posted: &Posted, by: &str, now: Timestamp) {
        self.quota.sent(now);
        let head = &posted.head;
        let entry = SentEntry {
            number: self.journal.sent.len() as u64 + 1,
            at: now,
            by: by.to_owned(),
            id: posted.id.clone(),
            thread: posted.thread.clone(),
            message_id: head.message_id.clone(),
            mark: head.mark.clone(),
            to: head.recipients().map(|one| one.address.clone()).collect(),
            subject: head.subject.clone(),
            text: head.text.clone(),
            raw: posted.raw.clone(),
        };
        if let Some(world) = self.world.as_mut() {
            world.received(&entry, now);
        }
        self.journal.sent.push(entry);
    }
}

fn check_size(state: &State, given: &Given) -> Result<(), ApiError> {
    let size = given.raw.as_ref().map_or(0, Vec::len);
    match state.quota.limits.largest_mail {
        Some(most) if size > most => {
            let why = format!("Message too large: {size} bytes, at most {most} are allowed");
            Err(ApiError::new(413, "uploadTooLarge", &why))
        }
        _ => Ok(()),
    }
}

/// What a request brings: a draft's id, a mail, a thread.
struct Given {
    id: Option<String>,
    raw: Option<Vec<u8>>,
    thread: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct MessageBody {
    raw: Option<String>,
    thread_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DraftBody {
    id: Option<String>,
    message: MessageBody,
}

impl Given {
    fn read(call: &Call, asked: &Asked, as_draft: bool) -> Result<Self, ApiError> {
        if !call.upload {
            return Self::from_json(&asked.body, as_draft, || body(asked));
        }
        match asked.param("uploadType").as_deref() {
            Some("media") => Ok(Self {
                id: None,
                raw: Some(asked.body.to_vec()),
                thread: None,
            }),
            Some("multipart") => {
                let (json, mail) =
                    related(asked).ok_or_else(|| ApiError::invalid("Malformed multipart body."))?;
                let given = Self::from_json(&json, as_draft, || {
                    serde_json::from_slice(&json)
                        .map_err(|error| ApiError::invalid(&error.to_string()))
                })?;
                Ok(Self {
                    raw: Some(mail),
                    ..given
                })
            }
            _ => Err(ApiError::new(
                501,
                "notImplemented",
                "This uploadType is not part of the simulation; use multipart, media or plain JSON",
            )),
        }
    }

    fn from_json(
        json: &[u8],
        as_draft: bool,
        draft_body: impl FnOnce() -> Result<DraftBody, ApiError>,
    ) -> Result<Self, ApiError> {
        let given = if as_draft {
            draft_body()?
        } else {
            DraftBody {
                id: None,
                message: serde_json::from_slice(json)
                    .map_err(|error| ApiError::invalid(&error.to_string()))?,
            }
        };
        let raw = given
            .message
            .raw
            .map(|text| {
                from_base64url(&text)
                    .ok_or_else(|| ApiError::invalid("Invalid value for ByteString: raw"))
            })
            .transpose()?;
        Ok(Self {
            id: given.id,
            raw,
            thread: given.message.thread_id,
        })
    }

    fn outgoing(&self) -> Result<Outgoing<'_>, ApiError> {
        let raw = self.raw.as_deref().filter(|raw| !raw.is_empty());
        Ok(Outgoing {
            raw: raw.ok_or_else(|| {
                ApiError::invalid(
                    "'raw' RFC822 payload message string or uploading message via /upload/* URL required",
                )
            })?,
            thread: self.thread.as_deref(),
        })
    }
}

/// The JSON and the mail of a `multipart/related` upload.
fn related(asked: &Asked) -> Option<(Vec<u8>, Vec<u8>)> {
    let boundary = asked
        .header("content-type")?
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="))?
        .trim_matches('"');
    let body: &[u8] = &asked.body;
    let delimiter = format!("--{boundary}");
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = find(body.get(from..)?, delimiter.as_bytes()) {
        places.push(from + found);
        from += found + delimiter.len();
    }
    let mut parts = places.windows(2).filter_map(|pair| {
        let [begin, end] = pair else { return None };
        let part = body.get(begin + delimiter.len()..*end)?;
        let part = part.strip_prefix(b"\r\n").unwrap_or(part);
        let part = part.strip_suffix(b"\r\n").unwrap_or(part);
        let blank = find(part, b"\r\n\r\n")?;
        part.get(blank + 4..).map(<[u8]>::to_vec)
    });
    Some((parts.next()?, parts.next()?))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}
