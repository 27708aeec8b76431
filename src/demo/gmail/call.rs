//! One call from its arrival to what the caller gets: sign-in, quota, the fault that is
//! in its way, the work, and the entry in the journal.

use jiff::Timestamp;

use super::State;
use super::faults::{Fault, error_answer};
use super::journal::{CallEntry, End};
use super::mailbox::Outgoing;
use super::routes::Call;
use super::wire::ApiError;
use super::{api, sending};
use crate::demo::http::{Answer, Asked, Outcome};

impl State {
    /// Takes a call with the fault that was drawn for it.
    pub(super) fn take(
        &mut self,
        call: &Call,
        asked: &Asked,
        fault: Option<&Fault>,
        now: Timestamp,
    ) -> Outcome {
        let mut entry = CallEntry {
            number: 0,
            at: now,
            method: call.route.name.to_owned(),
            path: path_with_query(asked),
            units: 0,
            work_done: false,
            end: End::Status(0),
            fault: fault.map(|fault| format!("{fault:?}")),
        };
        let outcome = self.through(call, asked, fault, now, &mut entry);
        entry.number = self.journal.calls.len() as u64 + 1;
        self.journal.calls.push(entry);
        outcome
    }

    fn through(
        &mut self,
        call: &Call,
        asked: &Asked,
        fault: Option<&Fault>,
        now: Timestamp,
        entry: &mut CallEntry,
    ) -> Outcome {
        match fault {
            Some(Fault::Drop {
                work_done: false,
                reset,
            }) => {
                entry.end = End::Dropped;
                return Outcome::Drop { reset: *reset };
            }
            Some(Fault::Hang { work_done: false }) => {
                entry.end = End::Hung;
                return Outcome::Hang;
            }
            Some(Fault::RevokeAccess) => self.oauth.revoke_all(),
            Some(Fault::ExpireAccess) => self.oauth.expire_access(),
            _ => {}
        }
        if let Err(refused) = self.admit(call, asked, now, entry) {
            entry.end = End::Status(refused.code);
            return refused.answer().into();
        }
        match fault {
            Some(
                status @ Fault::Status {
                    work_done: false, ..
                },
            ) => return ended(entry, error_answer(status, now)),
            Some(Fault::HistoryExpired) => self.mailbox.expire_history(),
            Some(Fault::Vanish) => self.vanish(call),
            Some(Fault::EditDraft) => self.edit_draft(&draft_of(call, asked), now),
            Some(Fault::DeleteDraft) => {
                // One that was not there cannot be thrown away.
                self.mailbox.delete_draft(&draft_of(call, asked)).ok();
            }
            _ => {}
        }
        let answer = self.work(call, asked, now);
        entry.work_done = answer.status < 400;
        end(entry, answer, fault, now)
    }

    /// Checks the token and takes the units; OAuth's own addresses need neither.
    fn admit(
        &mut self,
        call: &Call,
        asked: &Asked,
        now: Timestamp,
        entry: &mut CallEntry,
    ) -> Result<(), ApiError> {
        if call.route.units == 0 {
            return Ok(());
        }
        self.oauth.check(asked, now)?;
        let own = self.mailbox.owner().key();
        if call.user != "me" && call.user.to_lowercase() != own {
            let why = format!("Delegation denied for {own}");
            return Err(ApiError::new(403, "forbidden", &why));
        }
        self.quota.spend(call.route.units, now)?;
        entry.units = call.route.units;
        Ok(())
    }

    fn work(&mut self, call: &Call, asked: &Asked, now: Timestamp) -> Answer {
        let done = match call.route.name {
            "oauth.auth" => Ok(self.oauth.authorise(asked, now)),
            "oauth.token" => Ok(self.oauth.token(asked, now)),
            "oauth.revoke" => Ok(self.oauth.revoke(asked)),
            name if name.starts_with("drafts.") || name == "messages.send" => {
                sending::answer(self, call, asked, now)
            }
            _ => api::answer(self, call, asked, now),
        };
        done.unwrap_or_else(|error| error.answer())
    }

    /// Somebody writes a line under a draft.
    fn edit_draft(&mut self, id: &str, now: Timestamp) {
        let Some(draft) = self.mailbox.draft(id) else {
            return;
        };
        let mut raw = draft.raw.to_vec();
        raw.extend_from_slice(b"\r\nPS: edited by hand.\r\n");
        let mail = Outgoing {
            raw: &raw,
            thread: None,
        };
        // It is there, so it can be edited.
        self.mailbox.update_draft(id, mail, now).ok();
    }

    /// The message, or the thread's messages, are gone before they are asked for.
    fn vanish(&mut self, call: &Call) {
        let ids: Vec<String> = if call.route.name.starts_with("threads.") {
            let thread = self.mailbox.thread(call.id());
            thread.iter().map(|mail| mail.id.clone()).collect()
        } else {
            vec![call.id().to_owned()]
        };
        for id in ids {
            // One that was not there cannot vanish; the work answers 404 either way.
            self.mailbox.delete(&id).ok();
        }
    }
}

/// The draft that a call is about, by its path or its body.
fn draft_of(call: &Call, asked: &Asked) -> String {
    if !call.id().is_empty() {
        return call.id().to_owned();
    }
    let body: Option<serde_json::Value> = serde_json::from_slice(&asked.body).ok();
    let id = body.as_ref().and_then(|body| body.get("id")?.as_str());
    id.unwrap_or_default().to_owned()
}

fn path_with_query(asked: &Asked) -> String {
    if asked.query.is_empty() {
        asked.path.clone()
    } else {
        format!("{}?{}", asked.path, asked.query)
    }
}

fn ended(entry: &mut CallEntry, answer: Option<Answer>) -> Outcome {
    let answer = answer.unwrap_or_else(|| Answer::empty(500));
    entry.end = End::Status(answer.status);
    answer.into()
}

/// What the caller gets of an answer whose work was done.
fn end(entry: &mut CallEntry, answer: Answer, fault: Option<&Fault>, now: Timestamp) -> Outcome {
    match fault {
        Some(status @ Fault::Status { .. }) => ended(entry, error_answer(status, now)),
        Some(Fault::Drop { reset, .. }) => {
            entry.end = End::Dropped;
            Outcome::Drop { reset: *reset }
        }
        Some(Fault::Hang { .. }) => {
            entry.end = End::Hung;
            Outcome::Hang
        }
        Some(Fault::Cut { clean }) => {
            entry.end = End::Cut(answer.status);
            answer.cut(*clean).into()
        }
        Some(Fault::Garble) => {
            entry.end = End::Garbled(200);
            Answer::new(200, "application/json; charset=UTF-8", "{\"id\": \u{1}oops").into()
        }
        _ => ended(entry, Some(answer)),
    }
}
