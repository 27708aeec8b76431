//! Drafts and mail that leaves: what Gmail does to a mail on its way out, and the draft
//! as a thing that can be sent once.

use jiff::Timestamp;
use rand::Rng as _;

use super::{Mailbox, Stored};
use crate::demo::gmail::mime::{self, Head, Rewrite};
use crate::demo::gmail::wire::ApiError;
use crate::domain::Address;
use crate::domain::address::is_plain_address;
use crate::domain::subject::normalise_subject;

/// A mail to be sent or kept as a draft.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The whole mail.
    pub raw: &'a [u8],
    /// The thread it is to join.
    pub thread: Option<&'a str>,
}

/// How sending may deviate from what is documented, for those who must not rely on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SendQuirks {
    /// `drafts.send` leaves the draft, so that it can be sent again.
    pub draft_survives: bool,
    /// Headers that begin with `X-` are lost.
    pub x_headers_lost: bool,
    /// The sender's `Message-ID` stays.
    pub message_id_kept: bool,
}

/// A mail that has left.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The id of the message in `SENT`.
    pub id: String,
    /// Its thread.
    pub thread: String,
    /// The mail as it left.
    pub raw: std::sync::Arc<[u8]>,
    /// What is in it.
    pub head: std::sync::Arc<Head>,
}

impl Mailbox {
    /// `messages.send`.
    ///
    /// # Errors
    /// 400 without a recipient or with one that is no address, 404 for a thread that is
    /// not there.
    pub fn send(
        &mut self,
        mail: Outgoing<'_>,
        quirks: SendQuirks,
        at: Timestamp,
    ) -> Result<Posted, ApiError> {
        let head = mime::read(mail.raw);
        check_recipients(&head)?;
        let thread = self.joined(mail.thread, &head)?;
        Ok(self.post(mail.raw, &head, thread, quirks, at))
    }

    fn post(
        &mut self,
        raw: &[u8],
        head: &Head,
        thread: Option<String>,
        quirks: SendQuirks,
        at: Timestamp,
    ) -> Posted {
        let message_id = self.new_message_id();
        let owner = self.owner.to_string();
        let sent = mime::rewrite(
            raw,
            &Rewrite {
                message_id: (!quirks.message_id_kept).then_some(message_id.as_str()),
                from: (!self.is_own(&head.from)).then_some(owner.as_str()),
                date: &at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
                without_x: quirks.x_headers_lost,
            },
        );
        let head = mime::read(&sent);
        let to_self = head.recipients().any(|one| self.is_own(one));
        let labels: &[&str] = if to_self {
            &["SENT", "INBOX", "UNREAD"]
        } else {
            &["SENT"]
        };
        let id = self.add(&sent, head.clone(), thread, labels, at, at);
        let thread = self.get(&id).map(|stored| stored.thread.clone());
        Posted {
            thread: thread.unwrap_or_else(|| id.clone()),
            id,
            raw: sent.into(),
            head: head.into(),
        }
    }

    /// The named thread, if the mail has what Gmail asks for to let it join: the
    /// thread's subject and a reference to one of its mails. Otherwise a new thread.
    fn joined(&self, thread: Option<&str>, head: &Head) -> Result<Option<String>, ApiError> {
        let Some(thread) = thread.filter(|thread| !thread.is_empty()) else {
            return Ok(None);
        };
        if u64::from_str_radix(thread, 16).is_err() {
            return Err(ApiError::invalid("Invalid thread_id value"));
        }
        let mails = self.thread(thread);
        if mails.is_empty() {
            return Err(ApiError::not_found());
        }
        let subject = normalise_subject(&head.subject);
        let same_subject = mails
            .iter()
            .any(|mail| normalise_subject(&mail.head.subject) == subject);
        let refers = mails.iter().any(|mail| {
            let id = mail.head.message_id.as_ref();
            id.is_some_and(|id| head.refers_to.contains(id))
        });
        Ok((same_subject && refers).then(|| thread.to_owned()))
    }

    fn new_message_id(&mut self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut id = "CA".to_owned();
        for place in 0..50 {
            // Real ones carry these two, which some header readers trip over.
            let letter = match place {
                4 => b'=',
                9 => b'+',
                _ => {
                    let index = self.rng.random_range(0..LETTERS.len());
                    LETTERS.get(index).copied().unwrap_or(b'A')
                }
            };
            id.push(char::from(letter));
        }
        id + "@mail.gmail.com"
    }

    /// Every draft's id with its message, newest first.
    #[must_use]
    pub fn drafts(&self) -> Vec<(&str, &Stored)> {
        let mut drafts: Vec<(&str, &Stored)> = self
            .drafts
            .iter()
            .filter_map(|(id, message)| Some((id.as_str(), self.get(message)?)))
            .collect();
        drafts.sort_by_key(|(_, stored)| std::cmp::Reverse(stored.key));
        drafts
    }

    /// A draft's message.
    #[must_use]
    pub fn draft(&self, id: &str) -> Option<&Stored> {
        self.get(self.drafts.get(id)?)
    }

    /// `drafts.create`; gives the draft's id.
    ///
    /// # Errors
    /// 404 for a thread that is not there.
    pub fn create_draft(&mut self, mail: Outgoing<'_>, at: Timestamp) -> Result<String, ApiError> {
        let head = mime::read(mail.raw);
        let thread = self.joined(mail.thread, &head)?;
        let message = self.add(mail.raw, head, thread, &["DRAFT"], at, at);
        let id = loop {
            let id = format!("r{}", self.rng.random_range(1_000_000_000_i64..i64::MAX));
            if !self.drafts.contains_key(&id) {
                break id;
            }
        };
        self.drafts.insert(id.clone(), message);
        Ok(id)
    }

    /// `drafts.update`: the draft stays, its message is another one.
    ///
    /// # Errors
    /// 404.
    pub fn update_draft(
        &mut self,
        id: &str,
        mail: Outgoing<'_>,
        at: Timestamp,
    ) -> Result<(), ApiError> {
        let old = self
            .drafts
            .get(id)
            .cloned()
            .ok_or_else(ApiError::not_found)?;
        let kept = self.get(&old).map(|stored| stored.thread.clone());
        let head = mime::read(mail.raw);
        let thread = match mail.thread {
            Some(_) => self.joined(mail.thread, &head)?,
            None => kept,
        };
        self.delete(&old)?;
        let message = self.add(mail.raw, head, thread, &["DRAFT"], at, at);
        self.drafts.insert(id.to_owned(), message);
        Ok(())
    }

    /// `drafts.delete`.
    ///
    /// # Errors
    /// 404.
    pub fn delete_draft(&mut self, id: &str) -> Result<(), ApiError> {
        let message = self.drafts.remove(id).ok_or_else(ApiError::not_found)?;
        self.delete(&message)?;
        Ok(())
    }

    /// `drafts.send`: the draft is used up, its message is deleted, and a new message
    /// with a new id is in `SENT`.
    ///
    /// # Errors
    /// 404 for a draft that is not there (any more); 400 as for [`Mailbox::send`], and
    /// then the draft stays.
    pub fn send_draft(
        &mut self,
        id: &str,
        quirks: SendQuirks,
        at: Timestamp,
    ) -> Result<Posted, ApiError> {
        let draft = self.draft(id).ok_or_else(ApiError::not_found)?.clone();
        check_recipients(&draft.head)?;
        if !quirks.draft_survives {
            self.delete_draft(id)?;
        }
        // A draft that was a thread of its own keeps the thread's id when it leaves.
        let thread = Some(draft.thread.clone());
        Ok(self.post(&draft.raw, &draft.head, thread, quirks, at))
    }
}

fn check_recipients(head: &Head) -> Result<(), ApiError> {
    if head.recipients().next().is_none() {
        return Err(ApiError::invalid("Recipient address required"));
    }
    let bad = |list: &[Address]| list.iter().any(|one| !is_plain_address(&one.address));
    for (name, list) in [("To", &head.to), ("Cc", &head.cc), ("Bcc", &head.bcc)] {
        if bad(list) {
            return Err(ApiError::invalid(&format!("Invalid {name} header")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::Clock;

    const REPLY: &[u8] = b"From: sam@example.com\r\nTo: a@example.org\r\nMessage-ID: <ours@local>\r\nIn-Reply-To: <1@x>\r\nReferences: <1@x>\r\nSubject: Re: Website\r\nX-Rejoinder-Id: m1\r\n\r\nhi";

    fn asked() -> (Mailbox, String) {
        let mut mailbox = Mailbox::new(
            Address::named("Sam Doe", "sam@example.com"),
            vec![Address::bare("hello@studio.example")],
            1,
        );
        let raw = b"From: a@example.org\r\nMessage-ID: <1@x>\r\nSubject: Website\r\n\r\nhi";
        let id = mailbox.deliver(raw, &["INBOX"], Clock::fixed().now());
        (mailbox, id)
    }

    fn send(mailbox: &mut Mailbox, raw: &[u8], thread: Option<&str>) -> Result<Posted, ApiError> {
        let mail = Outgoing { raw, thread };
        mailbox.send(mail, SendQuirks::default(), Clock::fixed().now())
    }

    #[test]
    fn a_sent_mail_has_another_message_id_and_its_mark() {
        let (mut mailbox, thread) = asked();
        let sent = send(&mut mailbox, REPLY, Some(&thread)).unwrap();
        let id = sent.head.message_id.as_deref().unwrap();
        assert!(
            id.starts_with("CA") && id.ends_with("@mail.gmail.com"),
            "{id}"
        );
        assert_eq!(sent.head.mark.as_deref(), Some("m1"));
        assert!(!String::from_utf8_lossy(&sent.raw).contains("ours@local"));
        assert_eq!(sent.thread, thread);
        let labels = &mailbox.get(&sent.id).unwrap().labels;
        assert_eq!(labels.iter().collect::<Vec<_>>(), ["SENT"]);
    }

    #[test]
    fn threading_needs_the_thread_the_reference_and_the_subject() {
        let (mut mailbox, thread) = asked();
        let text = String::from_utf8_lossy(REPLY).into_owned();
        let other_subject = text.replace("Website", "Prices");
        let no_reference = text.replace("<1@x>", "<2@x>");
        for raw in [other_subject.as_bytes(), no_reference.as_bytes()] {
            assert_ne!(
                send(&mut mailbox, raw, Some(&thread)).unwrap().thread,
                thread
            );
        }
        assert_ne!(send(&mut mailbox, REPLY, None).unwrap().thread, thread);
        assert_eq!(
            send(&mut mailbox, REPLY, Some("19aaaaaaaaaaaaaa"))
                .unwrap_err()
                .code,
            404
        );
        assert_eq!(
            send(&mut mailbox, REPLY, Some("nonsense"))
                .unwrap_err()
                .code,
            400
        );
    }

    #[test]
    fn a_draft_is_sent_once_and_edited_under_a_new_message_id() {
        let (mut mailbox, thread) = asked();
        let now = Clock::fixed().now();
        let mail = Outgoing {
            raw: REPLY,
            thread: Some(&thread),
        };
        let draft = mailbox.create_draft(mail, now).unwrap();
        let first = mailbox.draft(&draft).unwrap().id.clone();
        mailbox.update_draft(&draft, mail, now).unwrap();
        let second = mailbox.draft(&draft).unwrap().id.clone();
        assert_ne!(first, second);
        assert!(mailbox.get(&first).is_none());
        let sent = mailbox
            .send_draft(&draft, SendQuirks::default(), now)
            .unwrap();
        assert_eq!(sent.thread, thread);
        assert!(mailbox.get(&second).is_none());
        let again = mailbox.send_draft(&draft, SendQuirks::default(), now);
        assert_eq!(again.unwrap_err().code, 404);
    }

    #[test]
    fn mail_to_oneself_is_one_message_with_both_labels() {
        let (mut mailbox, _) = asked();
        let before = mailbox.size().0;
        let raw = b"From: sam@example.com\r\nTo: hello@studio.example\r\nSubject: t\r\n\r\nhi";
        let sent = send(&mut mailbox, raw, None).unwrap();
        assert_eq!(mailbox.size().0, before + 1);
        let stored = mailbox.get(&sent.id).unwrap();
        assert!(stored.has("SENT") && stored.has("INBOX") && stored.has("UNREAD"));
    }

    #[test]
    fn mail_without_a_usable_recipient_is_refused_and_a_foreign_from_is_replaced() {
        let (mut mailbox, _) = asked();
        for raw in [&b"Subject: t\r\n\r\n"[..], b"To: nobody\r\n\r\n"] {
            assert_eq!(send(&mut mailbox, raw, None).unwrap_err().code, 400);
        }
        let raw = b"From: boss@example.net\r\nTo: a@example.org\r\n\r\nhi";
        let sent = send(&mut mailbox, raw, None).unwrap();
        assert_eq!(sent.head.from, Address::named("Sam Doe", "sam@example.com"));
    }
}
