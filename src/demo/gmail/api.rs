//! The calls that read the mailbox and change labels: what is asked, and the JSON that
//! Gmail answers with. Numbers of 64 bits are strings, and empty lists are left out.
//!
//! <https://developers.google.com/workspace/gmail/api/reference/rest>

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::State;
use super::mailbox::{Change, Key, Kind, Mailbox, Record, SYSTEM_LABELS, Stored};
use super::mime::{self, Shown};
use super::routes::Call;
use super::search::Query;
use super::wire::{ApiError, base64url};
use crate::demo::http::{Answer, Asked};

type Done = Result<Answer, ApiError>;

/// Answers a call that neither sends nor drafts.
pub(super) fn answer(state: &mut State, call: &Call, asked: &Asked, now: Timestamp) -> Done {
    match call.route.name {
        "getProfile" => Ok(profile(&state.mailbox)),
        "labels.list" => Ok(ok(json!({ "labels": all_labels(&state.mailbox) }))),
        "labels.get" => label(&state.mailbox, call.id()),
        "labels.create" => create_label(&mut state.mailbox, asked),
        "history.list" => history(&state.mailbox, asked),
        "messages.list" => list(state, asked, now, false),
        "threads.list" => list(state, asked, now, true),
        "messages.get" => {
            let stored = state
                .mailbox
                .get(call.id())
                .ok_or_else(ApiError::not_found)?;
            Ok(ok(message(stored, &Format::asked(asked, true)?)))
        }
        "messages.attachments.get" => attachment(&state.mailbox, call),
        "threads.get" => thread(&state.mailbox, call.id(), asked),
        "messages.modify" | "messages.trash" | "messages.untrash" => {
            change_message(&mut state.mailbox, call, asked)
        }
        "threads.modify" | "threads.trash" | "threads.untrash" => {
            change_thread(&mut state.mailbox, call, asked)
        }
        "messages.batchModify" => batch_modify(&mut state.mailbox, asked),
        // Deleting for good needs the full scope, which nobody here asks for.
        "messages.delete" => Err(ApiError::insufficient_scope()),
        "settings.sendAs.list" => Ok(send_as(&state.mailbox)),
        other => Err(ApiError::new(501, "notImplemented", other)),
    }
}

/// 200 with this body.
#[allow(clippy::needless_pass_by_value)] // reads better at every call with `json!`
pub(super) fn ok(body: Value) -> Answer {
    Answer::json(200, &body)
}

/// The JSON body of a request; nothing at all is an empty object.
pub(super) fn body<'a, T: Deserialize<'a>>(asked: &'a Asked) -> Result<T, ApiError> {
    let bytes: &[u8] = if asked.body.is_empty() {
        b"{}"
    } else {
        &asked.body
    };
    serde_json::from_slice(bytes)
        .map_err(|error| ApiError::invalid(&format!("Invalid JSON payload received. {error}")))
}

/// `maxResults` within its bounds.
pub(super) fn most(asked: &Asked) -> Result<usize, ApiError> {
    match asked.param("maxResults") {
        None => Ok(100),
        Some(text) => match text.parse::<usize>() {
            Ok(count @ 1..=500) => Ok(count),
            Ok(501..) => Ok(500),
            _ => Err(ApiError::invalid("Invalid value for maxResults")),
        },
    }
}

fn profile(mailbox: &Mailbox) -> Answer {
    let (messages, threads) = mailbox.size();
    ok(json!({
        "emailAddress": mailbox.owner().address,
        "messagesTotal": messages,
        "threadsTotal": threads,
        "historyId": mailbox.last_history().to_string(),
    }))
}

fn all_labels(mailbox: &Mailbox) -> Vec<Value> {
    let system = SYSTEM_LABELS
        .iter()
        .map(|label| json!({ "id": label, "name": label, "type": "system" }));
    let own = mailbox
        .user_labels()
        .iter()
        .map(|label| json!({ "id": label.id, "name": label.name, "type": "user" }));
    system.chain(own).collect()
}

fn label(mailbox: &Mailbox, id: &str) -> Done {
    let known = all_labels(mailbox);
    let mut found = known
        .into_iter()
        .find(|label| label.get("id").and_then(Value::as_str) == Some(id))
        .ok_or_else(ApiError::not_found)?;
    let with: Vec<&Stored> = mailbox.newest_first().filter(|mail| mail.has(id)).collect();
    let unread = with.iter().filter(|mail| mail.has("UNREAD")).count();
    if let Some(object) = found.as_object_mut() {
        object.insert("messagesTotal".to_owned(), with.len().into());
        object.insert("messagesUnread".to_owned(), unread.into());
    }
    Ok(ok(found))
}

fn create_label(mailbox: &mut Mailbox, asked: &Asked) -> Done {
    #[derive(Deserialize)]
    struct Wanted {
        name: String,
    }
    let wanted: Wanted = body(asked)?;
    let label = mailbox.create_label(&wanted.name)?;
    Ok(ok(
        json!({ "id": label.id, "name": label.name, "type": "user" }),
    ))
}

fn history(mailbox: &Mailbox, asked: &Asked) -> Done {
    let start: u64 = asked
        .param("startHistoryId")
        .ok_or_else(|| ApiError::invalid("Missing required parameter: startHistoryId"))?
        .parse()
        .map_err(|_| ApiError::invalid("Invalid startHistoryId"))?;
    let after = match asked.param("pageToken") {
        None => None,
        // A page goes with the start id it was begun with.
        Some(token) => Some(
            token
                .split_once('_')
                .filter(|(begun, _)| *begun == start.to_string())
                .and_then(|(_, after)| after.parse().ok())
                .ok_or_else(|| ApiError::invalid("Invalid pageToken"))?,
        ),
    };
    let mut kinds = Vec::new();
    for word in asked.params("historyTypes") {
        let kind = Kind::from_word(&word).ok_or_else(|| {
            ApiError::invalid(&format!("Invalid value at 'history_types': {word}"))
        })?;
        kinds.push(kind);
    }
    let label = asked.param("labelId");
    let page = mailbox.history(start, after, &kinds, label.as_deref(), most(asked)?)?;
    let mut answer = Map::new();
    if !page.records.is_empty() {
        let records = page.records.iter().map(|one| record(one)).collect();
        answer.insert("history".to_owned(), Value::Array(records));
    }
    if let Some(next) = page.next {
        let token = format!("{start}_{next}");
        answer.insert("nextPageToken".to_owned(), token.into());
    }
    let last = mailbox.last_history().to_string();
    answer.insert("historyId".to_owned(), last.into());
    Ok(ok(Value::Object(answer)))
}

fn record(record: &Record) -> Value {
    let message = json!({
        "id": record.message,
        "threadId": record.thread,
        "labelIds": record.labels,
    });
    let (name, entry) = match &record.change {
        Change::Added => ("messagesAdded", json!({ "message": message })),
        Change::Deleted => ("messagesDeleted", json!({ "message": message })),
        Change::LabelsAdded(labels) => (
            "labelsAdded",
            json!({ "message": message, "labelIds": labels }),
        ),
        Change::LabelsRemoved(labels) => (
            "labelsRemoved",
            json!({ "message": message, "labelIds": labels }),
        ),
    };
    json!({
        "id": record.id.to_string(),
        "messages": [{ "id": record.message, "threadId": record.thread }],
        name: [entry],
    })
}

/// What a listing asks for: labels, a query, spam and trash or not.
struct Filter {
    labels: Vec<String>,
    query: Option<Query>,
    everywhere: bool,
}

impl Filter {
    fn asked(asked: &Asked, mailbox: &Mailbox, now: Timestamp) -> Result<Self, ApiError> {
        let labels = asked.params("labelIds");
        if let Some(unknown) = labels.iter().find(|label| !mailbox.knows_label(label)) {
            return Err(ApiError::invalid(&format!("Invalid label: {unknown}")));
        }
        let query = asked.param("q").map(|text| Query::parse(&text, now));
        let everywhere = asked.flag("includeSpamTrash")
            || labels
                .iter()
                .any(|label| label == "TRASH" || label == "SPAM")
            || query.as_ref().is_some_and(Query::reaches_everywhere);
        Ok(Self {
            labels,
            query,
            everywhere,
        })
    }

    fn takes(&self, mail: &Stored, state: &State, now: Timestamp) -> bool {
        let there = match &self.query {
            None => state.lag.listed(mail, now),
            Some(query) => {
                state.lag.indexed(mail, &state.mailbox, now) && query.finds(mail, &state.mailbox)
            }
        };
        there
            && (self.everywhere || !(mail.has("TRASH") || mail.has("SPAM")))
            && self.labels.iter().all(|label| mail.has(label))
    }
}

fn list(state: &mut State, asked: &Asked, now: Timestamp, threads: bool) -> Done {
    let filter = Filter::asked(asked, &state.mailbox, now)?;
    if filter.query.is_some() {
        state.mailbox.searches += 1;
    }
    let state = &*state;
    let most = most(asked)?;
    let from = match asked.param("pageToken") {
        None => Key {
            millis: i64::MAX,
            order: u64::MAX,
        },
        Some(token) => page_key(&token)?,
    };
    let newest_of_its_thread = |mail: &Stored| {
        let thread = state.mailbox.thread(&mail.thread);
        let newest = thread
            .iter()
            .rev()
            .find(|one| filter.takes(one, state, now));
        newest.is_some_and(|newest| newest.id == mail.id)
    };
    let mut found = state
        .mailbox
        .older_than(from)
        .filter(|mail| filter.takes(mail, state, now))
        .filter(|mail| !threads || newest_of_its_thread(mail));
    let page: Vec<&Stored> = found.by_ref().take(most).collect();
    let more = found.next().is_some();
    let mut answer = Map::new();
    if !page.is_empty() {
        let (name, rows): (&str, Vec<Value>) = if threads {
            (
                "threads",
                page.iter().map(|mail| thread_row(mail)).collect(),
            )
        } else {
            let row = |mail: &&Stored| json!({ "id": mail.id, "threadId": mail.thread });
            ("messages", page.iter().map(row).collect())
        };
        answer.insert(name.to_owned(), Value::Array(rows));
    }
    if let (true, Some(last)) = (more, page.last()) {
        let token = format!("{}_{}", last.key.millis, last.key.order);
        answer.insert("nextPageToken".to_owned(), token.into());
    }
    // An estimate at Gmail too, and a bad one.
    let estimate = page.len() + usize::from(more);
    answer.insert("resultSizeEstimate".to_owned(), estimate.into());
    Ok(ok(Value::Object(answer)))
}

fn page_key(token: &str) -> Result<Key, ApiError> {
    token
        .split_once('_')
        .and_then(|(millis, order)| {
            Some(Key {
                millis: millis.parse().ok()?,
                order: order.parse().ok()?,
            })
        })
        .ok_or_else(|| ApiError::invalid("Invalid pageToken"))
}

fn thread_row(mail: &Stored) -> Value {
    json!({
        "id": mail.thread,
        "snippet": mime::snippet(&mail.head.text),
        "historyId": mail.history.to_string(),
    })
}

/// How much of a message is shown.
pub(super) enum Format {
    Minimal,
    Raw,
    Payload(Shown),
}

impl Format {
    /// The `format` parameter; `raw` only where it is allowed.
    pub(super) fn asked(asked: &Asked, raw_allowed: bool) -> Result<Self, ApiError> {
        let format = asked.param("format").unwrap_or_else(|| "full".to_owned());
        match format.to_ascii_lowercase().as_str() {
            "minimal" => Ok(Self::Minimal),
            "raw" if raw_allowed => Ok(Self::Raw),
            "full" => Ok(Self::Payload(Shown::Full)),
            "metadata" => Ok(Self::Payload(Shown::Metadata(
                asked.params("metadataHeaders"),
            ))),
            other => Err(ApiError::invalid(&format!(
                "Invalid value at 'format': {other}"
            ))),
        }
    }
}

/// A message resource.
pub(super) fn message(stored: &Stored, format: &Format) -> Value {
    let mut value = Map::new();
    let mut put = |name: &str, content: Value| value.insert(name.to_owned(), content);
    put("id", stored.id.as_str().into());
    put("threadId", stored.thread.as_str().into());
    if !stored.labels.is_empty() {
        put("labelIds", stored.labels.iter().cloned().collect());
    }
    put("snippet", mime::snippet(&stored.head.text).into());
    put("sizeEstimate", stored.raw.len().into());
    put("historyId", stored.history.to_string().into());
    put("internalDate", stored.key.millis.to_string().into());
    match format {
        Format::Minimal => {}
        Format::Raw => {
            put("raw", base64url(&stored.raw).into());
        }
        Format::Payload(shown) => {
            put("payload", mime::payload(&stored.raw, shown));
        }
    }
    Value::Object(value)
}

fn attachment(mailbox: &Mailbox, call: &Call) -> Done {
    let stored = mailbox.get(call.id()).ok_or_else(ApiError::not_found)?;
    let id = call.ids.get(1).map_or("", String::as_str);
    let bytes = mime::attachment(&stored.raw, id)
        .ok_or_else(|| ApiError::invalid("Invalid attachment token"))?;
    Ok(ok(
        json!({ "size": bytes.len(), "data": base64url(&bytes) }),
    ))
}

fn thread(mailbox: &Mailbox, id: &str, asked: &Asked) -> Done {
    let format = Format::asked(asked, false)?;
    let mails = mailbox.thread(id);
    let newest = mails.iter().map(|mail| mail.history).max();
    let newest = newest.ok_or_else(ApiError::not_found)?;
    let messages: Vec<Value> = mails.iter().map(|mail| message(mail, &format)).collect();
    Ok(ok(json!({
        "id": id,
        "historyId": newest.to_string(),
        "messages": messages,
    })))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Labels {
    ids: Vec<String>,
    add_label_ids: Vec<String>,
    remove_label_ids: Vec<String>,
}

fn change_message(mailbox: &mut Mailbox, call: &Call, asked: &Asked) -> Done {
    let id = call.id();
    match call.route.name {
        "messages.trash" => mailbox.trash(id, true)?,
        "messages.untrash" => mailbox.trash(id, false)?,
        _ => {
            let labels: Labels = body(asked)?;
            mailbox.relabel(id, &labels.add_label_ids, &labels.remove_label_ids)?;
        }
    }
    let stored = mailbox.get(id).ok_or_else(ApiError::not_found)?;
    let labels: Vec<&String> = stored.labels.iter().collect();
    Ok(ok(
        json!({ "id": stored.id, "threadId": stored.thread, "labelIds": labels }),
    ))
}

fn change_thread(mailbox: &mut Mailbox, call: &Call, asked: &Asked) -> Done {
    let mails = mailbox.thread(call.id());
    let ids: Vec<String> = mails.iter().map(|mail| mail.id.clone()).collect();
    if ids.is_empty() {
        return Err(ApiError::not_found());
    }
    let labels: Labels = body(asked)?;
    for id in &ids {
        match call.route.name {
            "threads.trash" => mailbox.trash(id, true)?,
            "threads.untrash" => mailbox.trash(id, false)?,
            _ => mailbox.relabel(id, &labels.add_label_ids, &labels.remove_label_ids)?,
        }
    }
    let messages: Vec<Value> = mailbox
        .thread(call.id())
        .iter()
        .map(|mail| json!({ "id": mail.id, "threadId": mail.thread, "labelIds": mail.labels }))
        .collect();
    Ok(ok(json!({ "id": call.id(), "messages": messages })))
}

fn batch_modify(mailbox: &mut Mailbox, asked: &Asked) -> Done {
    let labels: Labels = body(asked)?;
    if labels.ids.is_empty() || labels.ids.len() > 1_000 {
        return Err(ApiError::invalid(
            "Invalid number of message ids: 1 to 1000",
        ));
    }
    for id in &labels.ids {
        match mailbox.relabel(id, &labels.add_label_ids, &labels.remove_label_ids) {
            // Gmail gives no word about ids that are not there.
            Err(error) if error.code == 404 => {}
            other => other?,
        }
    }
    Ok(Answer::empty(204))
}

fn send_as(mailbox: &Mailbox) -> Answer {
    let owner = mailbox.owner();
    let name = owner.name.as_deref().unwrap_or_default();
    let mut all = vec![json!({
        "sendAsEmail": owner.address,
        "displayName": name,
        "replyToAddress": "",
        "signature": "",
        "isPrimary": true,
        "isDefault": true,
    })];
    for alias in mailbox.aliases() {
        all.push(json!({
            "sendAsEmail": alias.address,
            "displayName": alias.name.as_deref().unwrap_or_default(),
            "replyToAddress": "",
            "signature": "",
            "treatAsAlias": true,
            "verificationStatus": "accepted",
        }));
    }
    ok(json!({ "sendAs": all }))
}
