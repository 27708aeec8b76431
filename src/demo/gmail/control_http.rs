//! [`Control`](super::Control) over HTTP, for tests that drive the built binary and do
//! not run in the simulation's process. Bodies are JSON, but for the raw mails.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /sim/client` | the client file |
//! | `POST /sim/sign-in` | tokens without signing in |
//! | `POST /sim/deliver?labels=INBOX,UNREAD` | the body, a raw mail, arrives; gives `{"id"}` |
//! | `GET /sim/messages`, `GET /sim/drafts` | what is in the mailbox |
//! | `POST /sim/relabel` `{"id","add","remove"}` | labels changed by hand |
//! | `POST /sim/trash`, `/sim/delete` `{"id"}` | by hand |
//! | `POST /sim/draft/edit?id=` | the body, a raw mail, is the draft's new content |
//! | `POST /sim/draft/delete`, `/sim/draft/send` `{"id"}` | by hand |
//! | `POST /sim/send?thread=` | the body, a raw mail, is sent by hand |
//! | `POST /sim/fault` | a fault rule: `{"method":"drafts.send","fault":{"kind":"drop","work_done":true},"times":1}` |
//! | `POST /sim/faults/clear` | no faults any more |
//! | `POST /sim/history/expire` | every start id is too old |
//! | `POST /sim/access/revoke`, `/sim/access/expire` | tokens |
//! | `POST /sim/set` | any of `{"limits","lag","quirks","consent","offline"}` |
//! | `POST /sim/advance` `{"seconds"}` | moves a manual clock |
//! | `GET /sim/journal`, `GET /sim/sent` | what happened |
//! | `GET /sim/summary` | sends by mark, doubled marks, units by method |

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::control::{Control, Incoming, NotPossible};
use super::faults::FaultRule;
use super::mailbox::SendQuirks;
use super::oauth::Consent;
use super::quota::Limits;
use super::search::Lag;
use super::{Shared, wire::ApiError};
use crate::demo::http::{Answer, Asked};

/// Answers a request below `/sim/`.
pub(super) fn answer(shared: &Arc<Shared>, asked: &Asked) -> Answer {
    let Some(offline) = shared.lock().offline.clone() else {
        return Answer::empty(503);
    };
    let control = Control::new(Arc::clone(shared), offline);
    match done(&control, asked) {
        Ok(value) => Answer::json(200, &value),
        Err(error) => Answer::json(error.code, &json!({ "error": error.message })),
    }
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Relabel {
    id: String,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Deserialize)]
struct Settings {
    limits: Option<Limits>,
    lag: Option<Lag>,
    quirks: Option<SendQuirks>,
    consent: Option<Consent>,
    offline: Option<bool>,
}

#[derive(Deserialize)]
struct Seconds {
    seconds: f64,
}

fn body<T: DeserializeOwned>(asked: &Asked) -> Result<T, NotPossible> {
    serde_json::from_slice(&asked.body)
        .map_err(|error| ApiError::invalid(&error.to_string()).into())
}

fn value(content: impl serde::Serialize) -> Result<Value, NotPossible> {
    serde_json::to_value(content).map_err(|error| ApiError::invalid(&error.to_string()).into())
}

fn done(control: &Control, asked: &Asked) -> Result<Value, NotPossible> {
    let path = asked.path.strip_prefix("/sim/").unwrap_or_default();
    match (&asked.method, path) {
        (&Method::GET, "client") => return Ok(control.client_file()),
        (&Method::GET, "messages") => return value(control.messages()),
        (&Method::GET, "drafts") => return value(control.drafts()),
        (&Method::GET, "journal") => return value(control.journal()),
        (&Method::GET, "sent") => return value(control.sent()),
        (&Method::GET, "summary") => {
            return Ok(control.look(|journal| {
                json!({
                    "sends_by_mark": journal.sends_by_mark(),
                    "doubled": journal.doubled(),
                    "units": journal.units(),
                    "units_by_method": journal.units_by_method(),
                })
            }));
        }
        (&Method::POST, _) => {}
        _ => return Err(ApiError::not_found().into()),
    }
    match path {
        "sign-in" => return value(control.sign_in()),
        "deliver" => {
            let labels = asked.param("labels");
            let labels = labels.as_deref().unwrap_or("INBOX,UNREAD");
            let labels: Vec<&str> = labels.split(',').filter(|one| *one != "none").collect();
            let id = control.deliver(Incoming::labelled(asked.body.to_vec(), &labels));
            return Ok(json!({ "id": id }));
        }
        "send" => {
            let id = control.send_by_hand(&asked.body, asked.param("thread").as_deref())?;
            return Ok(json!({ "id": id }));
        }
        "relabel" => {
            let wanted: Relabel = body(asked)?;
            let add: Vec<&str> = wanted.add.iter().map(String::as_str).collect();
            let remove: Vec<&str> = wanted.remove.iter().map(String::as_str).collect();
            control.relabel(&wanted.id, &add, &remove)?;
        }
        "trash" => control.trash(&body::<Id>(asked)?.id)?,
        "delete" => control.delete(&body::<Id>(asked)?.id)?,
        "draft/edit" => {
            control.edit_draft(&asked.param("id").unwrap_or_default(), &asked.body)?;
        }
        "draft/delete" => control.delete_draft(&body::<Id>(asked)?.id)?,
        "draft/send" => control.send_draft(&body::<Id>(asked)?.id)?,
        "fault" => control.fault(body::<FaultRule>(asked)?),
        "faults/clear" => control.clear_faults(),
        "history/expire" => control.expire_history(),
        "access/revoke" => control.revoke_access(),
        "access/expire" => control.expire_access_tokens(),
        "advance" => {
            let by = body::<Seconds>(asked)?.seconds;
            let by = Duration::try_from_secs_f64(by)
                .map_err(|error| ApiError::invalid(&error.to_string()))?;
            control.advance(by);
        }
        "set" => set(control, &body(asked)?),
        _ => return Err(ApiError::not_found().into()),
    }
    Ok(json!({}))
}

fn set(control: &Control, settings: &Settings) {
    if let Some(limits) = settings.limits {
        control.set_limits(limits);
    }
    if let Some(lag) = settings.lag {
        control.set_lag(lag);
    }
    if let Some(quirks) = settings.quirks {
        control.set_quirks(quirks);
    }
    if let Some(consent) = settings.consent {
        control.set_consent(consent);
    }
    if let Some(offline) = settings.offline {
        control.set_offline(offline);
    }
}
