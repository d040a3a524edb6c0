//! What a server answers when it has done what it was told.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Failure, Result};

/// An answer of the API. Its `data` is kept to the letter: a number with more digits
/// than a computer calculates with is passed on as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// By which the server knows this state of it again.
    pub etag: Option<String>,
    pub(super) text: String,
}

/// A list of the API that may have come in pages.
#[derive(Debug, Default)]
pub struct Listing(pub Vec<Box<RawValue>>);

#[derive(Deserialize)]
struct Envelope {
    data: Box<RawValue>,
    #[serde(default)]
    page: Option<Page>,
    #[serde(default)]
    refusals: Value,
}

#[derive(Deserialize)]
pub(super) struct Page {
    pub before: Option<i64>,
}

impl Answer {
    fn envelope(&self) -> Result<Envelope> {
        serde_json::from_str(&self.text).map_err(|error| unreadable(&error))
    }

    /// What is under `data`, to the letter. Empty where there is nothing to say.
    pub fn text(&self) -> Result<String> {
        if self.text.is_empty() {
            return Ok(String::new());
        }
        Ok(self.envelope()?.data.get().to_owned())
    }

    /// The same, as something to work with.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.envelope()?.data.get()).map_err(|error| unreadable(&error))
    }

    /// The same, whatever it is.
    pub fn value(&self) -> Result<Value> {
        self.data()
    }

    /// What `GET /unmet` has beside `data`.
    pub fn refusals<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.envelope()?.refusals).map_err(|error| unreadable(&error))
    }

    /// The entries of a list, and where the next page of it begins.
    pub(super) fn page(&self) -> Result<(Vec<Box<RawValue>>, Option<i64>)> {
        let envelope = self.envelope()?;
        let entries =
            serde_json::from_str(envelope.data.get()).map_err(|error| unreadable(&error))?;
        Ok((entries, envelope.page.and_then(|page| page.before)))
    }
}

impl Listing {
    /// All of it, to the letter.
    pub fn text(&self) -> String {
        let entries: Vec<&str> = self.0.iter().map(|entry| entry.get()).collect();
        format!("[{}]", entries.join(","))
    }

    /// The same, as something to work with.
    pub fn data<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let entries = self.0.iter().map(|entry| serde_json::from_str(entry.get()));
        entries.collect::<Result<_, _>>().map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::Unreadable(format!("The answer isn't one of IntegrateDB: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_passed_on_to_the_letter() {
        let text = r#"{"data": {"n": 0.12345678901234567890123, "b": 1, "a":  1.50}}"#;
        let answer = Answer { status: 200, etag: None, text: text.to_owned() };
        let data = answer.text().unwrap();
        assert_eq!(data, r#"{"n": 0.12345678901234567890123, "b": 1, "a":  1.50}"#);
        assert_eq!(answer.value().unwrap()["b"], 1);
    }

    #[test]
    fn what_is_no_answer_of_ours_is_told_apart() {
        let answer = Answer { status: 200, etag: None, text: "<html>".to_owned() };
        assert_eq!(answer.text().unwrap_err().status(), 5);
    }
}
