//! A request, and whether it may be sent again.

use reqwest::Method;
use serde_json::Value;

use crate::auth::random_text;

/// What is sent to a server.
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Whether sending it twice does the same as once.
    pub(super) is_repeatable: bool,
    /// Whether the server knows it again, so that it may be sent without knowing what
    /// became of it before.
    pub(super) is_known_again: bool,
}

impl Request {
    fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        let (path, query, headers) = (path.into(), Vec::new(), Vec::new());
        Self { method, path, query, body, headers, is_repeatable: true, is_known_again: false }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    /// A POST that leads to the same however often it is sent.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    /// A POST that makes something: it is never sent twice.
    pub fn make(path: impl Into<String>, body: Value) -> Self {
        Self { is_repeatable: false, ..Self::post(path, body) }
    }

    /// A POST that makes credentials. It has a key by which the server knows it again,
    /// so it may be sent twice, and makes them once.
    pub fn issue(path: impl Into<String>, body: Value) -> Self {
        let request = Self::post(path, body).header("idempotency-key", random_text(32));
        Self { is_known_again: true, ..request }
    }

    #[must_use]
    pub fn query(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// The same, where there is a value.
    #[must_use]
    pub fn query_if(self, name: &'static str, value: Option<&impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Lets it be refused if what it changes is no longer what was read, where the
    /// server says what that was.
    #[must_use]
    pub fn if_match(self, etag: Option<&str>) -> Self {
        match etag {
            Some(etag) => self.header("if-match", etag.to_owned()),
            None => self,
        }
    }
}
