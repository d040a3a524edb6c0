//! An answer of the API.

use serde_json::Value;

/// Status, headers and body of an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Reads a response; a body that isn't JSON fails the test, but for figures, which
    /// are text.
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        let is_text = kind.is_some_and(|kind| {
            kind.starts_with("application/openmetrics-text") || kind.starts_with("text/plain")
        });
        let body = match text.as_str() {
            "" => Value::Null,
            text if is_text => Value::String(text.to_owned()),
            text => serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text}")),
        };
        Self { status, headers, body }
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// What is under `data`.
    #[track_caller]
    pub fn data(&self) -> &Value {
        self.body.get("data").unwrap_or_else(|| panic!("no data in {}", self.body))
    }

    /// What is under `errors`.
    #[track_caller]
    pub fn errors(&self) -> &Value {
        self.body.get("errors").unwrap_or_else(|| panic!("no errors in {}", self.body))
    }

    /// A header as text; empty if it isn't there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
