//! A web server for one visitor: hears Google's redirect on 127.0.0.1 and shows the
//! browser a page. Bounded in bytes, time and connections, for anybody on the machine can
//! connect.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::pasted::Redirect;

/// The longest head of a request that is read.
const MOST_BYTES: usize = 16 * 1024;
/// Time for a visitor to say what it wants, and to take its page.
const VISIT: Duration = Duration::from_secs(5);
/// Visitors heard at the same time.
pub(super) const MOST_VISITORS: usize = 64;

/// A browser that came with an answer and waits for its page.
pub(super) struct Visit {
    pub(super) redirect: Redirect,
    pub(super) browser: Browser,
}

/// The visitor's end of the line.
pub(super) struct Browser(TcpStream);

/// Hears one visitor out. Those who come without an answer get their page here.
pub(super) async fn hear(mut stream: TcpStream) -> Option<Visit> {
    let head = timeout(VISIT, head(&mut stream)).await.ok()??;
    let mut browser = Browser(stream);
    let mut words = head.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    if method != "GET" {
        browser
            .show(
                405,
                "Nothing to see here",
                "This address waits for Google's answer in a browser.",
            )
            .await;
        return None;
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let redirect = Redirect::from_query(query);
    let answers = redirect.code.is_some() || redirect.error.is_some();
    if path != "/" || !answers {
        browser
            .show(
                404,
                "Nothing to see here",
                "rejoinder waits here for Google's answer.",
            )
            .await;
        return None;
    }
    Some(Visit { redirect, browser })
}

/// The first line of the request, once its whole head is there: a page sent earlier
/// might be lost with the connection.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 2_048];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await.ok()?;
        if count == 0 || bytes.len() + count > MOST_BYTES {
            return None;
        }
        bytes.extend_from_slice(piece.get(..count)?);
    }
    let text = String::from_utf8(bytes).ok()?;
    text.lines().next().map(str::to_owned)
}

impl Browser {
    /// Shows a page; that the browser is gone is no matter.
    pub(super) async fn show(&mut self, status: u16, title: &str, text: &str) {
        let page = page(title, text);
        let reason = match status {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            _ => "Error",
        };
        let answer = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n{page}",
            page.len()
        );
        let shown = timeout(VISIT, async {
            self.0.write_all(answer.as_bytes()).await?;
            self.0.shutdown().await
        })
        .await;
        if !matches!(shown, Ok(Ok(()))) {
            tracing::debug!("the browser did not wait for its page");
        }
    }
}

fn page(title: &str, text: &str) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let (title, text) = (escape(title), escape(text));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:18px/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto;padding:0 1em;\
         color:#222;background:#fff}}@media(prefers-color-scheme:dark){{body{{color:#ddd;background:#111}}}}</style>\
         <h1>{title}</h1><p>{text}</p></html>\n"
    )
}
