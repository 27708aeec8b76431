//! Gmail's methods as ours (<https://developers.google.com/workspace/gmail/api/reference/rest>).
//!
//! Mail is sent as a draft and never by `messages.send`: a draft can be sent once, so
//! that a second try is refused by Gmail itself.

use http::Method;
use serde_json::json;

use super::client::{Call, Gmail, Repeat};
use super::error::GmailError;
use super::problem::Asked;
use super::text;
use super::types::{
    Alias, Draft, DraftPage, DraftRef, HistoryPage, Label, Listing, MessageHeaders, MessagePage,
    Profile, RawDraft, RawMessage, SentRef,
};
use super::wire;
use crate::domain::{GmailDraftId, GmailId, GmailThreadId, HistoryId};

/// Google's plain JSON calls refuse bodies of 10 MB; larger mails go to the upload
/// address. In bytes of mail, before base64.
const MOST_IN_JSON: usize = 3 * 1024 * 1024;

/// Records in a page of history, Gmail's most.
const HISTORY_PAGE: &str = "500";

impl Gmail {
    /// The account's address and where its history stands; a first sync starts here.
    ///
    /// # Errors
    /// [`GmailError`], as for every call below; each says what to do.
    pub async fn profile(&self) -> Result<Profile, GmailError> {
        let call = self.get("profile", "read the account", &["profile"], &[]);
        self.make(call, wire::profile).await
    }

    /// What has changed since `start`. All pages are asked for with the same `start`.
    ///
    /// Never filtered by label: mail that a filter archives at once would be missed.
    ///
    /// # Errors
    /// Kind `HistoryExpired` when `start` is too old.
    pub async fn history(
        &self,
        start: HistoryId,
        page: Option<&str>,
    ) -> Result<HistoryPage, GmailError> {
        let start_text = start.to_string();
        let mut query = vec![
            ("startHistoryId", start_text.as_str()),
            ("maxResults", HISTORY_PAGE),
        ];
        query.extend(page.map(|page| ("pageToken", page)));
        let call = self.get("history.list", "read what is new", &["history"], &query);
        self.make(call, |bytes| wire::history_page(bytes, start))
            .await
    }

    /// Ids of mails, newest first.
    ///
    /// # Errors
    /// See [`GmailError`].
    pub async fn list_messages(&self, listing: &Listing) -> Result<MessagePage, GmailError> {
        let max = listing.max.min(500).to_string();
        let mut query: Vec<(&str, &str)> = listing
            .label_ids
            .iter()
            .map(|label| ("labelIds", label.as_str()))
            .collect();
        query.extend(listing.query.as_deref().map(|words| ("q", words)));
        query.extend((listing.max > 0).then_some(("maxResults", max.as_str())));
        query.extend(listing.page.as_deref().map(|page| ("pageToken", page)));
        let call = self.get("messages.list", "list mails", &["messages"], &query);
        self.make(call, wire::message_page).await
    }

    /// A whole mail.
    ///
    /// # Errors
    /// Kind `NotFound` when it has been deleted meanwhile, which is normal.
    pub async fn message_raw(&self, id: &GmailId) -> Result<RawMessage, GmailError> {
        let call = self.get(
            "messages.get",
            "read a mail",
            &["messages", id.as_str()],
            &[("format", "raw")],
        );
        self.make(call, |bytes| wire::raw_message(bytes, self.now()))
            .await
    }

    /// A mail's headers: those named, or all when none is named.
    ///
    /// # Errors
    /// As [`Gmail::message_raw`].
    pub async fn message_headers(
        &self,
        id: &GmailId,
        names: &[&str],
    ) -> Result<MessageHeaders, GmailError> {
        let call = self.get(
            "messages.get",
            "read a mail's headers",
            &["messages", id.as_str()],
            &metadata(names),
        );
        self.make(call, |bytes| wire::message_headers(bytes, self.now()))
            .await
    }

    /// The headers of all mails of a thread, oldest first, drafts included.
    ///
    /// # Errors
    /// Kind `NotFound` when the thread has been deleted.
    pub async fn thread_headers(
        &self,
        id: &GmailThreadId,
        names: &[&str],
    ) -> Result<Vec<MessageHeaders>, GmailError> {
        let call = self.get(
            "threads.get",
            "read a thread",
            &["threads", id.as_str()],
            &metadata(names),
        );
        self.make(call, |bytes| wire::thread_headers(bytes, self.now()))
            .await
    }

    /// Puts labels on a mail and takes labels off. Doing it twice is doing it once, so
    /// it is repeated like a read.
    ///
    /// # Errors
    /// Kind `NotFound` when the mail has been deleted.
    pub async fn modify(
        &self,
        id: &GmailId,
        add: &[&str],
        remove: &[&str],
    ) -> Result<(), GmailError> {
        let body = json!({ "addLabelIds": add, "removeLabelIds": remove });
        let mut call = self.post(
            "messages.modify",
            "change a mail's labels",
            &["messages", id.as_str(), "modify"],
            &body,
        );
        call.repeat = Repeat::Freely;
        self.make(call, wire::ignored).await
    }

    /// Puts a mail (RFC 5322) among the drafts, in a thread if one is given. Made once:
    /// when [`GmailError::outcome`] is unknown, look through the drafts for its mark.
    ///
    /// # Errors
    /// See [`GmailError`].
    pub async fn create_draft(
        &self,
        raw: &[u8],
        thread: Option<&GmailThreadId>,
    ) -> Result<DraftRef, GmailError> {
        let mut message = serde_json::Map::new();
        if let Some(thread) = thread {
            message.insert("threadId".to_owned(), json!(thread.as_str()));
        }
        let asked = Asked {
            method: "drafts.create",
            what: "put the reply among Gmail's drafts",
        };
        let call = if raw.len() > MOST_IN_JSON {
            self.upload(asked, &["drafts"], &json!({ "message": message }), raw)
        } else {
            message.insert("raw".to_owned(), json!(text::encode(raw)));
            self.post(
                asked.method,
                asked.what,
                &["drafts"],
                &json!({ "message": message }),
            )
        };
        self.make(call, |bytes| {
            wire::draft(bytes).map(|draft| draft.reference)
        })
        .await
    }

    /// A draft with its mail's headers.
    ///
    /// # Errors
    /// Kind `NotFound` when it has been sent or deleted.
    pub async fn get_draft(&self, id: &GmailDraftId) -> Result<Draft, GmailError> {
        let call = self.get(
            "drafts.get",
            "look up a draft",
            &["drafts", id.as_str()],
            &[("format", "metadata")],
        );
        self.make(call, wire::draft).await
    }

    /// A draft with its whole mail, both of one moment: somebody may be writing in it.
    ///
    /// # Errors
    /// Kind `NotFound` when it has been sent or deleted.
    pub async fn draft_raw(&self, id: &GmailDraftId) -> Result<RawDraft, GmailError> {
        let call = self.get(
            "drafts.get",
            "read a draft",
            &["drafts", id.as_str()],
            &[("format", "raw")],
        );
        self.make(call, wire::raw_draft).await
    }

    /// The drafts, newest first.
    ///
    /// # Errors
    /// See [`GmailError`].
    pub async fn list_drafts(&self, page: Option<&str>) -> Result<DraftPage, GmailError> {
        let mut query = vec![("maxResults", "100")];
        query.extend(page.map(|page| ("pageToken", page)));
        let call = self.get("drafts.list", "list the drafts", &["drafts"], &query);
        self.make(call, wire::draft_page).await
    }

    /// Sends a draft, which uses it up. Made once, whatever happens: see
    /// [`GmailError::outcome`] and [`GmailError::probably_done`].
    ///
    /// # Errors
    /// See [`GmailError`].
    pub async fn send_draft(&self, id: &GmailDraftId) -> Result<SentRef, GmailError> {
        let call = self.post(
            "drafts.send",
            "send the reply",
            &["drafts", "send"],
            &json!({ "id": id.as_str() }),
        );
        self.make(call, wire::sent).await
    }

    /// Deletes a draft for good.
    ///
    /// # Errors
    /// Kind `NotFound` when it is gone already.
    pub async fn delete_draft(&self, id: &GmailDraftId) -> Result<(), GmailError> {
        let call = Call {
            asked: Asked {
                method: "drafts.delete",
                what: "delete a draft",
            },
            method: Method::DELETE,
            url: self.url(&["drafts", id.as_str()], &[]),
            body: None,
            repeat: Repeat::Never,
        };
        self.make(call, wire::ignored).await
    }

    /// The addresses the account may write from.
    ///
    /// # Errors
    /// See [`GmailError`].
    pub async fn send_as(&self) -> Result<Vec<Alias>, GmailError> {
        let call = self.get(
            "settings.sendAs.list",
            "read the addresses you write from",
            &["settings", "sendAs"],
            &[],
        );
        self.make(call, wire::aliases).await
    }

    /// The labels of the mailbox.
    ///
    /// # Errors
    /// See [`GmailError`].
    pub async fn labels(&self) -> Result<Vec<Label>, GmailError> {
        let call = self.get("labels.list", "read the labels", &["labels"], &[]);
        self.make(call, wire::labels).await
    }

    fn get(
        &self,
        method: &'static str,
        what: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Call {
        Call {
            asked: Asked { method, what },
            method: Method::GET,
            url: self.url(path, query),
            body: None,
            repeat: Repeat::Freely,
        }
    }

    fn post(
        &self,
        method: &'static str,
        what: &'static str,
        path: &[&str],
        body: &serde_json::Value,
    ) -> Call {
        Call {
            asked: Asked { method, what },
            method: Method::POST,
            url: self.url(path, &[]),
            body: Some((
                "application/json; charset=utf-8".to_owned(),
                body.to_string().into_bytes().into(),
            )),
            repeat: Repeat::Never,
        }
    }

    /// A multipart upload (`uploadType=multipart`), in one request.
    fn upload(&self, asked: Asked, path: &[&str], json: &serde_json::Value, raw: &[u8]) -> Call {
        let boundary = format!("rejoinder-{:032x}", rand::random::<u128>());
        let mut body = format!(
            "--{boundary}\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{json}\r\n--{boundary}\r\nContent-Type: message/rfc822\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(raw);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        Call {
            asked,
            method: Method::POST,
            url: self.upload_url(path, &[("uploadType", "multipart")]),
            body: Some((
                format!("multipart/related; boundary={boundary}"),
                body.into(),
            )),
            repeat: Repeat::Never,
        }
    }
}

fn metadata<'a>(names: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    std::iter::once(("format", "metadata"))
        .chain(names.iter().map(|name| ("metadataHeaders", *name)))
        .collect()
}
