//! Which call of the API a request is: one table of paths, with the name and the price
//! of each method (quota units, table of 1 May 2026,
//! <https://developers.google.com/workspace/gmail/api/reference/quota>).

use http::Method;

/// One method of the API.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    verb: &'static str,
    path: &'static str,
    /// The name, as in `users.messages.get` without `users.`.
    pub name: &'static str,
    /// What a call costs.
    pub units: u32,
    /// Whether it changes something.
    pub writes: bool,
}

const fn read(path: &'static str, name: &'static str, units: u32) -> Route {
    Route {
        verb: "GET",
        path,
        name,
        units,
        writes: false,
    }
}

const fn write(verb: &'static str, path: &'static str, name: &'static str, units: u32) -> Route {
    Route {
        verb,
        path,
        name,
        units,
        writes: true,
    }
}

/// Paths below `/gmail/v1/users/{user}/`, and for uploads below `/upload/gmail/v1/...`.
const ROUTES: &[Route] = &[
    read("profile", "getProfile", 1),
    read("labels", "labels.list", 1),
    read("labels/*", "labels.get", 1),
    write("POST", "labels", "labels.create", 5),
    read("history", "history.list", 2),
    read("messages", "messages.list", 5),
    read("messages/*", "messages.get", 20),
    write("DELETE", "messages/*", "messages.delete", 10),
    write("POST", "messages/send", "messages.send", 100),
    write("POST", "messages/batchModify", "messages.batchModify", 50),
    write("POST", "messages/*/modify", "messages.modify", 5),
    write("POST", "messages/*/trash", "messages.trash", 5),
    write("POST", "messages/*/untrash", "messages.untrash", 5),
    read("messages/*/attachments/*", "messages.attachments.get", 20),
    read("threads", "threads.list", 10),
    read("threads/*", "threads.get", 40),
    write("POST", "threads/*/modify", "threads.modify", 10),
    write("POST", "threads/*/trash", "threads.trash", 10),
    write("POST", "threads/*/untrash", "threads.untrash", 10),
    read("drafts", "drafts.list", 5),
    read("drafts/*", "drafts.get", 20),
    write("POST", "drafts", "drafts.create", 10),
    write("PUT", "drafts/*", "drafts.update", 15),
    write("DELETE", "drafts/*", "drafts.delete", 10),
    write("POST", "drafts/send", "drafts.send", 100),
    read("settings/sendAs", "settings.sendAs.list", 1),
];

/// OAuth: no quota units.
const OAUTH: &[Route] = &[
    read("/o/oauth2/auth", "oauth.auth", 0),
    read("/o/oauth2/v2/auth", "oauth.auth", 0),
    write("POST", "/token", "oauth.token", 0),
    write("POST", "/revoke", "oauth.revoke", 0),
];

/// A request as a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The method.
    pub route: Route,
    /// The user of the path, decoded: `me` or an address; nothing for OAuth.
    pub user: String,
    /// What stood for the `*`s, decoded.
    pub ids: Vec<String>,
    /// Whether it came by the upload path.
    pub upload: bool,
}

impl Call {
    /// The first id of the path.
    #[must_use]
    pub fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }
}

/// The call that a request is; none for a path that is not served.
#[must_use]
pub fn find(verb: &Method, path: &str) -> Option<Call> {
    if let Some(route) = OAUTH
        .iter()
        .find(|route| route.path == path && route.verb == verb.as_str())
    {
        return Some(Call {
            route: *route,
            user: String::new(),
            ids: Vec::new(),
            upload: false,
        });
    }
    let below = path.strip_prefix("/gmail/v1/users/");
    let upload = below.is_none();
    let below = below.or_else(|| path.strip_prefix("/upload/gmail/v1/users/"))?;
    let (user, rest) = below.split_once('/')?;
    let mut best: Option<(Route, Vec<String>)> = None;
    for route in ROUTES.iter().filter(|route| route.verb == verb.as_str()) {
        if let Some(ids) = matches(route.path, rest) {
            // A path without a star is the better one: `drafts/send` is no draft's id.
            if best
                .as_ref()
                .is_none_or(|(_, taken)| taken.len() > ids.len())
            {
                best = Some((*route, ids));
            }
        }
    }
    let (route, ids) = best?;
    let takes_upload = matches!(
        route.name,
        "messages.send" | "drafts.create" | "drafts.update" | "drafts.send"
    );
    if upload && !takes_upload {
        return None;
    }
    Some(Call {
        route,
        user: decoded(user),
        ids,
        upload,
    })
}

fn matches(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        let part = parts.next().filter(|part| !part.is_empty())?;
        if wanted == "*" {
            ids.push(decoded(part));
        } else if wanted != part {
            return None;
        }
    }
    parts.next().is_none().then_some(ids)
}

/// Percent-decoding of a path segment, in which a plus is a plus.
fn decoded(segment: &str) -> String {
    let safe = segment.replace('+', "%2B");
    url::form_urlencoded::parse(safe.as_bytes())
        .next()
        .map(|(key, _)| key.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(verb: &Method, path: &str) -> Option<&'static str> {
        find(verb, path).map(|call| call.route.name)
    }

    #[test]
    fn requests_are_known_by_path_and_verb() {
        let get = |path| name(&Method::GET, path);
        assert_eq!(get("/gmail/v1/users/me/profile"), Some("getProfile"));
        assert_eq!(
            get("/gmail/v1/users/me/messages/1a/attachments/x"),
            Some("messages.attachments.get")
        );
        assert_eq!(get("/gmail/v1/users/me/nothing"), None);
        assert_eq!(get("/gmail/v1/users/me/drafts/send/x"), None);
        let post = |path| name(&Method::POST, path);
        assert_eq!(post("/gmail/v1/users/me/drafts/send"), Some("drafts.send"));
        assert_eq!(
            post("/upload/gmail/v1/users/me/drafts"),
            Some("drafts.create")
        );
        assert_eq!(post("/upload/gmail/v1/users/me/labels"), None);
        assert_eq!(post("/token"), Some("oauth.token"));
        let call = find(
            &Method::GET,
            "/gmail/v1/users/sam%40example.com/messages/1a",
        )
        .unwrap();
        assert_eq!((call.user.as_str(), call.id()), ("sam@example.com", "1a"));
    }

    #[test]
    fn prices_are_googles() {
        let price = |name: &str| {
            ROUTES
                .iter()
                .find(|route| route.name == name)
                .unwrap()
                .units
        };
        for (name, units) in [
            ("messages.get", 20),
            ("threads.get", 40),
            ("messages.list", 5),
            ("history.list", 2),
            ("drafts.send", 100),
            ("drafts.create", 10),
            ("getProfile", 1),
        ] {
            assert_eq!(price(name), units, "{name}");
        }
    }
}
