//! A store in a temporary folder, and imports into it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use rejoinder::domain::lead::NewLead;
use rejoinder::domain::{ConversationStatus, LeadId};
use rejoinder::service::import::{self, Request, Summary};
use rejoinder::service::{Clock, Services, leads};
use serde_json::Value;
use tempfile::TempDir;

pub struct House {
    pub services: Services,
    pub dir: TempDir,
    pub complaints: Arc<Mutex<Vec<String>>>,
}

/// What the report says of a mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub conversation: Option<i64>,
    pub direction: Option<String>,
    pub matched_by: Option<String>,
    pub certain: bool,
}

impl House {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = |name: &str| match name {
            "REJOINDER_CONFIG_DIR" => Some(dir.path().join("config").to_string_lossy().into()),
            "REJOINDER_DATA_DIR" => Some(dir.path().join("data").to_string_lossy().into()),
            _ => None,
        };
        let loaded = rejoinder::config::load(None, &env).unwrap();
        let services = Services::open(loaded, Clock::system(), TimeZone::UTC).unwrap();
        Self {
            services,
            dir,
            complaints: Arc::default(),
        }
    }

    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub async fn lead(&self, name: &str, email: &str) -> LeadId {
        let new = NewLead {
            name: name.into(),
            email: email.into(),
            ..NewLead::default()
        };
        leads::add(&self.services, new).await.unwrap().id
    }

    pub async fn import(&self, request: Request) -> Summary {
        let complaints = Arc::clone(&self.complaints);
        import::run(
            &self.services,
            request,
            |_| {},
            move |text| complaints.lock().unwrap().push(text.to_owned()),
        )
        .await
        .unwrap()
    }

    /// Imports a path and gives the lines of the report, by the mails' ids.
    pub async fn told(
        &self,
        path: &Path,
        everybody: bool,
        me: &[&str],
    ) -> (Summary, HashMap<String, Told>) {
        let report = self.dir.path().join("report.jsonl");
        let summary = self
            .import(Request {
                paths: vec![path.to_owned()],
                everybody,
                me: me.iter().map(|one| (*one).to_owned()).collect(),
                report: Some(report.clone()),
            })
            .await;
        let text = std::fs::read_to_string(report).unwrap();
        let mut told = HashMap::new();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let of = |key: &str| line[key].as_str().map(str::to_owned);
            let this = Told {
                conversation: line["conversation"].as_i64(),
                direction: of("direction"),
                matched_by: of("matched_by"),
                certain: line["certain"].as_bool().unwrap(),
            };
            if let Some(id) = of("message_id")
                && let Some(other) = told.insert(id.clone(), this.clone())
            {
                assert_eq!(
                    other.conversation, this.conversation,
                    "two copies of {id} are in two conversations"
                );
            }
        }
        (summary, told)
    }

    pub async fn statuses(&self) -> HashMap<ConversationStatus, usize> {
        let query = rejoinder::service::inbox::Query {
            with_archived: true,
            limit: 100_000,
            ..Default::default()
        };
        let page = rejoinder::service::inbox::list(&self.services, query)
            .await
            .unwrap();
        let mut counts = HashMap::new();
        for row in page.conversations {
            *counts.entry(row.status).or_default() += 1;
        }
        counts
    }
}
