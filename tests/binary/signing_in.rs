//! Signing in and out by the built binary, against the simulated Google.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Stdio};

use rejoinder::demo::browser;
use rejoinder::demo::gmail::Consent;

use crate::house::{House, Ran};
use crate::pty::Pty;

/// A `login` that waits, its address read.
struct Login {
    child: Child,
    out: BufReader<ChildStdout>,
    url: String,
}

impl Login {
    fn start(house: &House, arguments: &[&str]) -> Self {
        let mut child = house
            .command()
            .args(["login", "--no-browser"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        out.read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        Self { child, out, url }
    }

    fn write(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn end(mut self) -> Ran {
        drop(self.child.stdin.take());
        let (mut out, mut err) = (self.url.clone(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Ran { code, out, err }
    }
}

/// Where the browser of another machine ends: the address with the code, not visited.
fn answer_of(url: &str) -> String {
    use std::io::Read;
    use std::net::TcpStream;
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let location = text.lines().find_map(|line| {
        line.strip_prefix("location: ")
            .or(line.strip_prefix("Location: "))
    });
    location.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn the_redirect_signs_in_and_the_account_is_told() {
    let house = House::with_stage();
    let login = Login::start(&house, &["--json"]);
    let page = house.runtime.block_on(browser::visit(&login.url)).unwrap();
    assert!(page.text.contains("You are signed in"), "{}", page.text);
    let ran = login.end();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("\"account\""), "{ran:?}");
}

#[test]
fn the_pasted_address_signs_in_and_a_foreign_one_is_refused_with_words() {
    let house = House::with_stage();
    house.gmail().set_consent(Consent::Allow);
    let mut login = Login::start(&house, &[]);
    login.write("http://127.0.0.1:1/?state=forged&code=4/0Aaaaaaaaaa\n");
    login.write("nonsense, really!\n");
    login.write("Error 403: access_denied. The app is being tested and has approved testers\n");
    let address = answer_of(&login.url.clone());
    login.write(&format!("{address}\n"));
    let ran = login.end();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("belongs to another sign-in"), "{ran:?}");
    assert!(ran.err.contains("neither the address"), "{ran:?}");
    assert!(ran.err.contains("Audience > Test users"), "{ran:?}");
    assert!(ran.err.contains("signed in as"), "{ran:?}");
}

#[test]
fn a_forged_redirect_is_refused_and_the_waiting_goes_on() {
    let house = House::with_stage();
    let login = Login::start(&house, &[]);
    let consent = url::Url::parse(&login.url).unwrap();
    let redirect = consent
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap()
        .1
        .into_owned();
    let forged = format!("{redirect}/?state=forged&code=4/0Aaaaaaaaaa");
    let page = house.runtime.block_on(browser::visit(&forged)).unwrap();
    assert_eq!(page.status, 400);
    house.runtime.block_on(browser::visit(&login.url)).unwrap();
    let ran = login.end();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("does not belong to this sign-in"),
        "{ran:?}"
    );
}

#[test]
fn each_refusal_ends_with_its_mend() {
    for (consent, words) in [
        (Consent::Deny, "the permission was not given"),
        (Consent::Untick, "was not ticked"),
        (
            Consent::Again,
            "Google gave no refresh token, so the sign-in would end within an hour: remove rejoinder at https://myaccount.google.com/connections",
        ),
    ] {
        let house = House::with_stage();
        house.gmail().set_consent(consent);
        let login = Login::start(&house, &[]);
        house.runtime.block_on(browser::visit(&login.url)).unwrap();
        let ran = login.end();
        assert_eq!(ran.code, 4, "{ran:?}");
        assert!(ran.err.contains(words), "{ran:?}");
    }
}

#[test]
fn nobody_waits_for_ever() {
    let house = House::with_stage();
    let ran = Login::start(&house, &["--timeout", "1"]).end();
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("was not finished within"), "{ran:?}");
}

#[test]
fn without_a_client_it_is_asked_for_and_the_end_of_stdin_is_an_answer() {
    let house = House::with_stage();
    let client = house.path("config").join("credentials.json");
    let kept = house.path("elsewhere.json");
    std::fs::rename(&client, &kept).unwrap();
    let ran = house.run(&["login", "--no-browser"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("Create a client of the type"), "{ran:?}");
    assert!(ran.err.contains("--client-file"), "{ran:?}");

    let file = kept.display().to_string();
    let login = Login::start(&house, &["--client-file", &file]);
    house.runtime.block_on(browser::visit(&login.url)).unwrap();
    let ran = login.end();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("kept encrypted"), "{ran:?}");
    // The client is in the store now: signing in again needs no file.
    std::fs::remove_file(&kept).unwrap();
    let login = Login::start(&house, &[]);
    assert!(login.url.contains("login_hint="), "{}", login.url);
    house.runtime.block_on(browser::visit(&login.url)).unwrap();
    assert_eq!(login.end().code, 0);
}

#[test]
fn a_secret_comes_from_stdin_or_the_environment_and_never_from_the_arguments() {
    let house = House::with_stage();
    let id = "1-a.apps.googleusercontent.com";
    let mut login = house
        .command()
        .args(["login", "--no-browser", "--timeout", "1", "--client-id", id])
        .env("GMAIL_CLIENT_SECRET", "GOCSPX-from-env")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = String::new();
    login
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert!(
        out.starts_with("https://accounts.google.com/") && out.contains(id),
        "{out}"
    );
    assert!(!out.contains("GOCSPX"));
    login.wait().unwrap();
    let ran = house.run(&["login", "--no-browser", "--client-id", id]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("GMAIL_CLIENT_SECRET"), "{ran:?}");
}

#[test]
fn a_revoked_sign_in_says_to_sign_in_again_and_the_local_verbs_go_on() {
    let house = House::signed_in();
    house.run(&["sync", "--json"]).json();
    house.gmail().revoke_access();
    house.gmail().expire_access_tokens();
    let ran = house.run(&["sync", "--json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("login"), "{ran:?}");
    assert!(
        house.run(&["list", "--json"]).json()["total"]
            .as_u64()
            .unwrap()
            > 3
    );
    assert_eq!(house.sign_in().code, 0);
    assert_eq!(house.run(&["sync", "--json"]).code, 0);
    assert_eq!(house.run(&["logout"]).code, 0);
    assert_eq!(house.run(&["logout"]).code, 4);
    assert_eq!(house.run(&["sync", "--json"]).code, 4);
}

#[cfg(unix)]
#[test]
fn a_client_file_that_others_can_read_is_reported_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::with_stage();
    let client = house.path("config").join("credentials.json");
    std::fs::set_permissions(&client, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = Login::start(&house, &["--timeout", "1"]).end();
    assert!(ran.err.contains("run: chmod 600 '"), "{ran:?}");
}

/// The consent address on the screen of a sign-in; it is whole once what stands below it
/// is there.
fn address_on(pty: &Pty) -> String {
    let text = pty.until_shown("left. Esc stops.");
    let lines = text.lines().skip_while(|line| !line.starts_with("http"));
    lines
        .take_while(|line| !line.starts_with("2. "))
        .map(str::trim)
        .collect()
}

#[test]
fn the_first_run_asks_for_the_client_signs_in_by_paste_and_says_when_it_was_revoked() {
    let house = House::with_stage();
    house.gmail().set_consent(Consent::Allow);
    let kept = house.path("client.json");
    std::fs::rename(house.path("config").join("credentials.json"), &kept).unwrap();
    let mut pty = Pty::start(&house, &[], (100, 30));
    pty.until_shown("Create a client of the type");
    pty.press(&format!("{}\r", kept.display()));
    pty.until_shown("Paste here:");
    pty.until_shown("left. Esc stops.");
    let address = answer_of(&address_on(&pty));
    pty.press("\x1b[200~http://127.0.0.1:1/?state=forged&code=4/0Aaaaaaaaaa\x1b[201~\r");
    pty.until_shown("belongs to another sign-in");
    // Bracketed, as a terminal pastes it.
    pty.press(&format!("\x1b[200~{address}\x1b[201~\r"));
    pty.until_shown("Signed in as");
    pty.until_shown("synced just now");
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    assert!(
        raw.contains("\x1b]8;id=sign-in;http://127.0.0.1"),
        "no link"
    );
    house.gmail().revoke_access();
    house.gmail().expire_access_tokens();
    pty.press(".");
    pty.until_shown("sign in again");
    pty.press(":sign-in\r");
    pty.until_shown("Paste here:");
    pty.press("\x1b");
    pty.until_shown("Not signed in.");
    pty.press("q");
    assert_eq!(pty.ended(), 0);
}
