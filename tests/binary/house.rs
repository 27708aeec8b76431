//! A household of its own for each test: folders, a simulated Gmail, a scripted model.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use rejoinder::demo::browser;
use rejoinder::demo::gmail::Control;
use rejoinder::demo::stage::{Stage, StageOptions};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What a verb printed, with its exit code.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The one JSON document on stdout of a verb that succeeded.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub struct House {
    dir: TempDir,
    pub runtime: Runtime,
    stage: Option<Stage>,
}

pub fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_rejoinder"))
}

impl House {
    /// Folders only.
    pub fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            dir,
            runtime,
            stage: None,
        }
    }

    /// With the demo's people in a mailbox whose clock stands, and settings for it.
    pub fn with_stage() -> Self {
        let mut house = Self::empty();
        let stage = house
            .runtime
            .block_on(Stage::start(StageOptions::for_tests()))
            .unwrap();
        let config = house.dir.path().join("config");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(
            config.join("credentials.json"),
            stage.sim.client_file().to_string(),
        )
        .unwrap();
        let settings = format!(
            "[user]\nname = \"Sam\"\n[gmail]\nbase_url = \"{}\"\n[ai]\nopenai_base_url = \"{}\"\nknowledge = {}\n",
            stage.sim.base_url().trim_end_matches('/'),
            stage.model.base_url(),
            toml::Value::String(stage.cast.knowledge.clone()),
        );
        std::fs::write(config.join("config.toml"), settings).unwrap();
        house.stage = Some(stage);
        house
    }

    /// The same, signed in and with the demo's leads.
    pub fn signed_in() -> Self {
        let house = Self::with_stage();
        assert_eq!(house.sign_in().code, 0);
        for lead in house.stage().cast.leads() {
            let name = lead.name.clone();
            house
                .run(&[
                    "leads",
                    "add",
                    "--name",
                    &name,
                    "--email",
                    &lead.email,
                    "--json",
                ])
                .json();
        }
        house
    }

    pub fn stage(&self) -> &Stage {
        self.stage.as_ref().unwrap()
    }

    pub fn gmail(&self) -> Control {
        self.stage().sim.control()
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("TMPDIR", self.temp())
            .env("TERM", "xterm-256color")
            .env("TZ", "UTC")
            .env("REJOINDER_CONFIG_DIR", self.dir.path().join("config"))
            .env("REJOINDER_DATA_DIR", self.dir.path().join("data"));
        command
    }

    /// A temporary folder of its own, to see what is left behind.
    pub fn temp(&self) -> PathBuf {
        let path = self.dir.path().join("tmp");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self
            .command()
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap())
    }

    pub fn run_with_stdin(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        ran(child.wait_with_output().unwrap())
    }

    /// Signs in as a person would: reads the address that is printed and opens it.
    pub fn sign_in(&self) -> Ran {
        let mut child = self
            .command()
            .args(["login", "--no-browser"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut address = String::new();
        stdout.read_line(&mut address).unwrap();
        let page = self.runtime.block_on(browser::visit(address.trim()));
        assert!(page.is_ok(), "{page:?} at {address}");
        finish(child, stdout, address)
    }

    /// The first conversation whose lead has this name.
    pub fn conversation(&self, name: &str) -> Value {
        let list = self.run(&["list", "--json"]).json();
        let found = list["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["lead"]["name"] == name);
        found
            .cloned()
            .unwrap_or_else(|| panic!("{name} is not in {list}"))
    }

    pub fn show(&self, id: &Value) -> Value {
        self.run(&["show", &id.to_string(), "--json"]).json()
    }
}

fn finish(mut child: Child, mut stdout: impl std::io::Read, first: String) -> Ran {
    let mut out = first;
    stdout.read_to_string(&mut out).unwrap();
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    Ran {
        code: child.wait().unwrap().code().unwrap_or(-1),
        out,
        err,
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
