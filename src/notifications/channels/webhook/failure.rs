//! What a failed request says, in words for whoever reads the status of the channel,
//! and about whom: the event, or the endpoint.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::notifications::channels::guard::Refused;

/// How long an endpoint may ask to be left alone.
const LONGEST_REST: Duration = Duration::from_hours(1);
/// How much of an answer's body is read, so that its connection can be used again.
const MOST_READ: usize = 64 << 10;
/// How many characters of it are shown.
const MOST_SHOWN: usize = 200;

/// Why a request didn't do.
#[derive(Debug)]
pub struct Failure {
    pub meaning: Meaning,
    /// Without anything secret: no query, no user, no password.
    pub words: String,
}

/// What a failure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The endpoint works, and doesn't take this event.
    Rejected,
    /// Nobody is there who works.
    Dead,
    /// The same, and asks to be left alone for so long.
    Busy(Duration),
    /// The endpoint is gone for good, it says.
    Gone,
    /// It wasn't asked, since it is at a private address.
    Refused,
}

impl Failure {
    /// The endpoint isn't to be asked.
    pub fn refused(endpoint: &str, refused: &Refused) -> Self {
        let words = format!(
            "{endpoint} {refused}, and those are only allowed with WEBHOOK_ALLOW_PRIVATE=true"
        );
        Self { meaning: Meaning::Refused, words }
    }

    /// There was no answer.
    pub fn unanswered(endpoint: &str, timeout: Duration, error: &reqwest::Error) -> Self {
        let mut cause: &dyn Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        if let Some(refused) = cause.downcast_ref() {
            return Self::refused(endpoint, refused);
        }
        let words = if error.is_connect() {
            format!("{endpoint} can't be reached: {cause}")
        } else if error.is_timeout() {
            format!("{endpoint} didn't answer within {timeout:?}")
        } else {
            format!("{endpoint} broke off: {cause}")
        };
        Self { meaning: Meaning::Dead, words }
    }

    /// There was an answer, and it wasn't a good one.
    pub async fn answered(endpoint: &str, response: Response) -> Self {
        let status = response.status();
        let meaning = meaning(status, response.headers());
        let mut words = format!("{endpoint} answered {status}");
        if status.is_redirection() {
            words.push_str(", and redirects aren't followed");
        }
        let body = one_line(&read(response).await);
        if !body.is_empty() {
            words.push_str(": ");
            words.push_str(&body);
        }
        Self { meaning, words }
    }
}

/// Reads what is left of an answer, up to a limit, and keeps its beginning.
pub async fn read(mut response: Response) -> Vec<u8> {
    let mut beginning = Vec::new();
    let mut read = 0;
    while read < MOST_READ
        && let Ok(Some(chunk)) = response.chunk().await
    {
        read += chunk.len();
        let missing = (MOST_SHOWN * 4).saturating_sub(beginning.len());
        beginning.extend_from_slice(&chunk[..chunk.len().min(missing)]);
    }
    beginning
}

/// A refusal speaks of the event unless its status is one that an endpoint has for
/// whatever it is sent: it has moved, wants to know who we are, or isn't there.
fn meaning(status: StatusCode, headers: &HeaderMap) -> Meaning {
    match status.as_u16() {
        410 => Meaning::Gone,
        429 | 503 => rest(headers).map_or(Meaning::Dead, Meaning::Busy),
        401 | 403 | 404 | 405 | 407 | 408 | 421 | 425 => Meaning::Dead,
        400..=499 => Meaning::Rejected,
        _ => Meaning::Dead,
    }
}

/// `Retry-After`, in seconds or as a date.
fn rest(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let rest = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = OffsetDateTime::parse(value, &Rfc2822).ok()?;
        Duration::try_from(date - OffsetDateTime::now_utc()).unwrap_or_default()
    };
    Some(rest.min(LONGEST_REST))
}

fn one_line(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning_of(status: u16, retry_after: Option<&str>) -> Meaning {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(RETRY_AFTER, value.parse().unwrap());
        }
        meaning(StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn a_status_speaks_of_the_event_or_of_the_endpoint() {
        for status in [400, 409, 413, 415, 422] {
            assert_eq!(meaning_of(status, None), Meaning::Rejected, "{status}");
        }
        for status in [302, 401, 403, 404, 408, 429, 500, 502, 503, 504] {
            assert_eq!(meaning_of(status, None), Meaning::Dead, "{status}");
        }
        assert_eq!(meaning_of(410, None), Meaning::Gone);
    }

    #[test]
    fn an_endpoint_may_ask_for_rest_but_not_for_ever() {
        let seconds = |seconds| Meaning::Busy(Duration::from_secs(seconds));
        assert_eq!(meaning_of(429, Some("7")), seconds(7));
        assert_eq!(meaning_of(503, Some("999999999999")), seconds(3600));
        assert_eq!(meaning_of(503, Some("Fri, 31 Dec 2199 23:59:59 GMT")), seconds(3600));
        assert_eq!(meaning_of(503, Some("Sun, 06 Nov 1994 08:49:37 GMT")), seconds(0));
        assert_eq!(meaning_of(503, Some("soon")), Meaning::Dead);
        assert_eq!(meaning_of(500, Some("7")), Meaning::Dead);
    }

    #[test]
    fn the_beginning_of_an_answer_is_shown_in_one_line() {
        assert_eq!(one_line(b" <h1>\r\n\tOut\x1b[31m of order\n"), "<h1> Out [31m of order");
        assert_eq!(one_line("é".repeat(300).as_bytes()), format!("{}…", "é".repeat(200)));
        assert_eq!(one_line(b""), "");
    }
}
