//! Gmail's JSON as it comes, read forgivingly: unknown and missing fields are fine,
//! numbers may be text, and an entry that makes no sense is passed over and counted
//! instead of losing its page. Nothing here decides anything.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::text;
use super::types::{
    Alias, Draft, DraftPage, DraftRef, HistoryPage, HistoryRecord, Label, LabelChange,
    MessageHeaders, MessagePage, MessageRef, MessageStub, Profile, RawDraft, RawMessage, SentRef,
};
use crate::domain::{GmailDraftId, GmailId, GmailThreadId, HistoryId};

/// Why a 200 answer is of no use.
pub(super) type Nonsense = String;

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Nonsense> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// Missing, `null` and of another type all mean the default.
fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(T::deserialize(value).unwrap_or_default())
}

/// A whole number that may be written as text, as Google writes 64-bit numbers.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// The entries that make sense, and how many did not.
fn entries<T: DeserializeOwned>(values: Vec<Value>) -> (Vec<T>, u32) {
    let mut skipped = 0_u32;
    let entries = values
        .into_iter()
        .filter_map(|value| T::deserialize(value).map_err(|_| skipped += 1).ok())
        .collect();
    (entries, skipped)
}

fn page_token(token: String) -> Option<String> {
    Some(token).filter(|token| !token.is_empty())
}

fn timestamp(millis: Option<u64>) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(millis?).ok()?).ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileWire {
    email_address: String,
    #[serde(default, deserialize_with = "number")]
    history_id: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    messages_total: Option<u64>,
}

pub(super) fn profile(bytes: &[u8]) -> Result<Profile, Nonsense> {
    let wire: ProfileWire = read(bytes)?;
    Ok(Profile {
        email: text::one_line(&wire.email_address),
        history_id: HistoryId(wire.history_id.ok_or("there is no historyId in it")?),
        messages_total: wire.messages_total.unwrap_or(0),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct MessageWire {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    thread_id: String,
    #[serde(deserialize_with = "or_default")]
    label_ids: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    snippet: String,
    #[serde(deserialize_with = "number")]
    internal_date: Option<u64>,
    #[serde(deserialize_with = "number")]
    size_estimate: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    raw: Option<String>,
    #[serde(deserialize_with = "or_default")]
    payload: PayloadWire,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PayloadWire {
    #[serde(deserialize_with = "or_default")]
    headers: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HeaderWire {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    value: String,
}

impl MessageWire {
    fn checked(self) -> Result<Self, Nonsense> {
        if self.id.is_empty() {
            return Err("there is no message id in it".to_owned());
        }
        Ok(self)
    }

    fn stub(self) -> MessageStub {
        MessageStub {
            id: GmailId(self.id),
            thread_id: GmailThreadId(self.thread_id),
            label_ids: self.label_ids,
        }
    }

    fn headers(self, now: Timestamp) -> MessageHeaders {
        MessageHeaders {
            id: GmailId(self.id),
            thread_id: GmailThreadId(self.thread_id),
            label_ids: self.label_ids,
            internal_date: timestamp(self.internal_date).unwrap_or(now),
            headers: pairs(self.payload),
            snippet: self.snippet,
        }
    }
}

fn pairs(payload: PayloadWire) -> Vec<(String, String)> {
    entries::<HeaderWire>(payload.headers)
        .0
        .into_iter()
        .map(|header| (header.name, header.value))
        .collect()
}

/// `now` stands in for an internal date that Gmail left out.
fn raw_mail(raw: Option<String>) -> Result<Vec<u8>, Nonsense> {
    let raw = raw.ok_or("there is no raw mail in it")?;
    Ok(text::decode(&raw).ok_or("its raw mail is not base64url")?)
}

pub(super) fn raw_message(bytes: &[u8], now: Timestamp) -> Result<RawMessage, Nonsense> {
    let wire = read::<MessageWire>(bytes)?.checked()?;
    let raw = raw_mail(wire.raw)?;
    Ok(RawMessage {
        id: GmailId(wire.id),
        thread_id: GmailThreadId(wire.thread_id),
        label_ids: wire.label_ids,
        internal_date: timestamp(wire.internal_date).unwrap_or(now),
        size: wire
            .size_estimate
            .unwrap_or_else(|| u64::try_from(raw.len()).unwrap_or(u64::MAX)),
        raw,
    })
}

pub(super) fn message_headers(bytes: &[u8], now: Timestamp) -> Result<MessageHeaders, Nonsense> {
    Ok(read::<MessageWire>(bytes)?.checked()?.headers(now))
}

pub(super) fn sent(bytes: &[u8]) -> Result<SentRef, Nonsense> {
    let wire = read::<MessageWire>(bytes)?.checked()?;
    Ok(SentRef {
        id: GmailId(wire.id),
        thread_id: GmailThreadId(wire.thread_id),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PageWire {
    #[serde(deserialize_with = "or_default")]
    messages: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    drafts: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    history: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    next_page_token: String,
    #[serde(deserialize_with = "number")]
    result_size_estimate: Option<u64>,
    #[serde(deserialize_with = "number")]
    history_id: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefWire {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    thread_id: String,
}

pub(super) fn message_page(bytes: &[u8]) -> Result<MessagePage, Nonsense> {
    let wire: PageWire = read(bytes)?;
    let (messages, skipped) = entries::<RefWire>(wire.messages);
    Ok(MessagePage {
        messages: messages
            .into_iter()
            .map(|wire| MessageRef {
                id: GmailId(wire.id),
                thread_id: GmailThreadId(wire.thread_id),
            })
            .collect(),
        next_page: page_token(wire.next_page_token),
        estimate: wire.result_size_estimate,
        skipped,
    })
}

pub(super) fn thread_headers(
    bytes: &[u8],
    now: Timestamp,
) -> Result<Vec<MessageHeaders>, Nonsense> {
    let wire: PageWire = read(bytes)?;
    let (messages, _) = entries::<MessageWire>(wire.messages);
    Ok(messages
        .into_iter()
        .filter_map(|wire| wire.checked().ok())
        .map(|wire| wire.headers(now))
        .collect())
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RecordWire {
    #[serde(deserialize_with = "number")]
    id: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    messages_added: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    messages_deleted: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    labels_added: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    labels_removed: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeWire {
    message: MessageWire,
    #[serde(default, deserialize_with = "or_default")]
    label_ids: Vec<String>,
}

fn changes(values: Vec<Value>, skipped: &mut u32) -> Vec<LabelChange> {
    let (wires, missed) = entries::<ChangeWire>(values);
    *skipped = skipped.saturating_add(missed);
    wires
        .into_iter()
        .filter_map(|wire| {
            let message = wire.message.checked().map_err(|_| *skipped += 1).ok()?;
            Some(LabelChange {
                message: message.stub(),
                label_ids: wire.label_ids,
            })
        })
        .collect()
}

/// `start` stands in for a cursor that Gmail left out, so that nothing is missed.
pub(super) fn history_page(bytes: &[u8], start: HistoryId) -> Result<HistoryPage, Nonsense> {
    let wire: PageWire = read(bytes)?;
    let (records, mut skipped) = entries::<RecordWire>(wire.history);
    let stubs = |values, skipped: &mut u32| {
        changes(values, skipped)
            .into_iter()
            .map(|change| change.message)
            .collect()
    };
    let records = records
        .into_iter()
        .map(|record| HistoryRecord {
            id: HistoryId(record.id.unwrap_or(start.0)),
            added: stubs(record.messages_added, &mut skipped),
            deleted: stubs(record.messages_deleted, &mut skipped),
            labels_added: changes(record.labels_added, &mut skipped),
            labels_removed: changes(record.labels_removed, &mut skipped),
        })
        .collect();
    Ok(HistoryPage {
        records,
        next_page: page_token(wire.next_page_token),
        history_id: wire.history_id.map_or(start, HistoryId),
        skipped,
    })
}

#[derive(Deserialize)]
struct DraftWire {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    message: MessageWire,
}

impl DraftWire {
    fn reference(&self) -> DraftRef {
        DraftRef {
            draft_id: GmailDraftId(self.id.clone()),
            message_id: GmailId(self.message.id.clone()),
            thread_id: GmailThreadId(self.message.thread_id.clone()),
        }
    }
}

fn draft_wire(bytes: &[u8]) -> Result<DraftWire, Nonsense> {
    let wire: DraftWire = read(bytes)?;
    if wire.id.is_empty() {
        return Err("there is no draft id in it".to_owned());
    }
    Ok(wire)
}

pub(super) fn draft(bytes: &[u8]) -> Result<Draft, Nonsense> {
    let wire = draft_wire(bytes)?;
    Ok(Draft {
        reference: wire.reference(),
        headers: pairs(wire.message.payload),
    })
}

pub(super) fn raw_draft(bytes: &[u8]) -> Result<RawDraft, Nonsense> {
    let mut wire = draft_wire(bytes)?;
    let raw = raw_mail(wire.message.raw.take())?;
    Ok(RawDraft {
        reference: wire.reference(),
        raw,
    })
}

pub(super) fn draft_page(bytes: &[u8]) -> Result<DraftPage, Nonsense> {
    let wire: PageWire = read(bytes)?;
    let (drafts, skipped) = entries::<DraftWire>(wire.drafts);
    Ok(DraftPage {
        drafts: drafts.iter().map(DraftWire::reference).collect(),
        next_page: page_token(wire.next_page_token),
        skipped,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ListsWire {
    #[serde(deserialize_with = "or_default")]
    send_as: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    labels: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AliasWire {
    send_as_email: String,
    #[serde(default, deserialize_with = "or_default")]
    display_name: String,
    #[serde(default, deserialize_with = "or_default")]
    is_default: bool,
    #[serde(default, deserialize_with = "or_default")]
    is_primary: bool,
    #[serde(default, deserialize_with = "or_default")]
    verification_status: String,
}

/// Only addresses that Gmail has verified: it would replace any other in `From`.
pub(super) fn aliases(bytes: &[u8]) -> Result<Vec<Alias>, Nonsense> {
    let (wires, _) = entries::<AliasWire>(read::<ListsWire>(bytes)?.send_as);
    Ok(wires
        .into_iter()
        .filter(|wire| wire.is_primary || wire.verification_status != "pending")
        .map(|wire| Alias {
            address: text::one_line(&wire.send_as_email),
            name: text::one_line(&wire.display_name),
            is_default: wire.is_default,
            is_primary: wire.is_primary,
        })
        .collect())
}

#[derive(Deserialize)]
struct LabelWire {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    r#type: String,
}

pub(super) fn labels(bytes: &[u8]) -> Result<Vec<Label>, Nonsense> {
    let (wires, _) = entries::<LabelWire>(read::<ListsWire>(bytes)?.labels);
    Ok(wires
        .into_iter()
        .map(|wire| Label {
            id: wire.id,
            name: text::one_line(&wire.name),
            is_system: wire.r#type == "system",
        })
        .collect())
}

/// For calls whose answer says nothing of use.
pub(super) fn ignored(_: &[u8]) -> Result<(), Nonsense> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_makes_no_sense_does_not_lose_its_page() {
        let page = history_page(
            br#"{"history":[
                {"id":"7","messages":[{"id":"x"}],"messagesAdded":[
                    {"message":{"id":"a","threadId":"t","labelIds":["INBOX"],"future":{}}},
                    {"message":"what"},
                    {"message":{"threadId":"no id"}}]},
                "nonsense",
                {"id":9,"labelsRemoved":[{"message":{"id":"b"},"labelIds":["UNREAD"]}],
                 "labelsAdded":null,"messagesDeleted":[{"message":{"id":"c","labelIds":null}}]}],
              "nextPageToken":"","historyId":12}"#,
            HistoryId(5),
        )
        .unwrap();
        assert_eq!(page.skipped, 3);
        assert_eq!(page.history_id, HistoryId(12));
        assert_eq!(page.next_page, None);
        let [first, second] = &page.records[..] else {
            panic!("{page:?}")
        };
        assert_eq!(first.id, HistoryId(7));
        assert_eq!(first.added[0].label_ids, ["INBOX"]);
        assert_eq!(first.added.len(), 1);
        assert_eq!(second.labels_removed[0].label_ids, ["UNREAD"]);
        assert_eq!(second.labels_removed[0].message.id.as_str(), "b");
        assert_eq!(second.deleted[0].id.as_str(), "c");
    }

    #[test]
    fn empty_lists_are_left_out_and_that_is_fine() {
        let page = history_page(br#"{"historyId":"42"}"#, HistoryId(5)).unwrap();
        assert_eq!((page.records.len(), page.history_id), (0, HistoryId(42)));
        assert_eq!(message_page(b"{}").unwrap().messages, []);
        assert_eq!(draft_page(b"{}").unwrap().drafts, []);
        assert_eq!(aliases(b"{}").unwrap(), []);
        assert_eq!(labels(b"{}").unwrap(), []);
        assert_eq!(thread_headers(b"{}", Timestamp::UNIX_EPOCH).unwrap(), []);
    }

    #[test]
    fn a_raw_mail_needs_its_id_and_its_bytes_and_nothing_else() {
        let now = Timestamp::from_second(99).unwrap();
        let mail = raw_message(br#"{"id":"m","raw":"SGk"}"#, now).unwrap();
        assert_eq!((mail.raw.as_slice(), mail.size), (&b"Hi"[..], 2));
        assert_eq!(mail.internal_date, now);
        for bad in [
            &br#"{"id":"m"}"#[..],
            br#"{"raw":"SGk"}"#,
            br#"{"id":"m","raw":"???"}"#,
            br#"{"id":"m","raw":"SGk"#,
            b"<html>",
            b"",
            b"null",
        ] {
            assert!(raw_message(bad, now).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_unverified_alias_is_not_offered() {
        let aliases = aliases(
            br#"{"sendAs":[{"sendAsEmail":"me@x.com","isPrimary":true,"isDefault":true},
                {"sendAsEmail":"a@x.com","displayName":"A","verificationStatus":"accepted"},
                {"sendAsEmail":"b@x.com","verificationStatus":"pending"}]}"#,
        )
        .unwrap();
        let addresses: Vec<_> = aliases.iter().map(|a| a.address.as_str()).collect();
        assert_eq!(addresses, ["me@x.com", "a@x.com"]);
    }
}
