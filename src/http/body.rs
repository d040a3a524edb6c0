//! Bodies: JSON, of a size, and without what Postgres can't hold.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::failure::{Answer, Failure};
use crate::auth::Lifetime;
use crate::error::{Error, FieldErrors, Result};
use crate::spec::{Fault, whole_number};

/// The largest body, in bytes.
const LIMIT: usize = 1 << 20;

/// The largest that holds the documents of everybody.
const LARGE: usize = 16 << 20;

/// The longest name of a thing, in characters.
const LONGEST_NAME: usize = 100;

/// Ten years.
const MOST_DAYS: i32 = 3650;

/// A JSON body that was read whole.
#[derive(Debug)]
pub struct Body(Value);

/// The same, where a large one is to be expected.
#[derive(Debug)]
pub struct LargeBody(pub Body);

/// The members of an object that a request sends.
#[derive(Debug)]
pub struct Form<'a>(Option<&'a Map<String, Value>>);

impl Body {
    /// The object under the first of these keys that is there; an empty one if
    /// none is, so that its fields are what is missing.
    pub fn envelope(&self, keys: &[&str]) -> Result<Form<'_>> {
        match keys.iter().find_map(|key| self.0.get(key).map(|value| (key, value))) {
            None | Some((_, Value::Null)) => Ok(Form(None)),
            Some((_, Value::Object(members))) => Ok(Form(Some(members))),
            Some((key, _)) => Err(Error::invalid(key, "is invalid")),
        }
    }

    /// All of it.
    pub fn whole(&self) -> &Value {
        &self.0
    }

    /// What stands at the top of the body under this key.
    pub fn member(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

impl Form<'_> {
    /// Whether there is no object at all.
    pub fn is_missing(&self) -> bool {
        self.0.is_none()
    }

    /// The names of its members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// A text, if it is there.
    pub fn text(&self, field: &str) -> Result<Option<String>, &'static str> {
        match self.0.and_then(|members| members.get(field)) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err("is invalid"),
        }
    }

    /// A whole number, if it is there.
    pub fn number(&self, field: &str) -> Result<Option<i64>, &'static str> {
        match self.0.and_then(|members| members.get(field)) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => whole_number(value).map(Some).ok_or("is invalid"),
        }
    }

    /// What people call a thing: a text that has to be there, of at most 100 characters.
    pub fn name(&self) -> Result<String, &'static str> {
        match self.required_text("name")?.trim() {
            name if name.chars().count() <= LONGEST_NAME => Ok(name.to_owned()),
            _ => Err("should be at most 100 character(s)"),
        }
    }

    /// For how many days something is to be good: at most ten years.
    pub fn days(&self) -> Result<Lifetime, &'static str> {
        match self.number("expires_in_days")?.map(i32::try_from) {
            None => Ok(Lifetime::Unsaid),
            Some(Ok(days @ 1..=MOST_DAYS)) => Ok(Lifetime::Days(days)),
            Some(_) => Err("must be a number of days from 1 to 3650"),
        }
    }

    /// With what somebody logs in: a username, trimmed, and a password.
    pub fn login(&self) -> Result<(String, SecretString)> {
        let mut errors = FieldErrors::default();
        let username = errors.keep("username", self.required_text("username"));
        let password = errors.keep("password", self.required_text("password"));
        errors.into_result()?;
        let username = username.unwrap_or_default().trim().to_owned();
        Ok((username, password.unwrap_or_default().into()))
    }

    /// A text that has to be there.
    pub fn required_text(&self, field: &str) -> Result<String, &'static str> {
        self.text(field)?.filter(|text| !text.trim().is_empty()).ok_or("can't be blank")
    }
}

impl FromRequest for Body {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Answer<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(read(request, payload, LIMIT))
    }
}

impl FromRequest for LargeBody {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Answer<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload, LARGE);
        Box::pin(async move { Ok(Self(body.await?)) })
    }
}

fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Answer<Body>> + use<> {
    let is_json = match request.content_type() {
        "" => true,
        declared => declared == "application/json" || declared.ends_with("+json"),
    };
    let payload = web::Payload::from_request(request, payload);
    async move {
        if !is_json {
            return Err(Failure::UnsupportedMediaType);
        }
        let payload = payload.await.map_err(|error| Failure::BadRequest(error.to_string()))?;
        let bytes = payload.to_bytes_limited(limit).await;
        let bytes = bytes.map_err(|_| Failure::TooLarge { mebibytes: limit >> 20 })?;
        let bytes = bytes
            .map_err(|error| Failure::BadRequest(format!("The body can't be read: {error}.")))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::BadRequest(format!("The body isn't JSON that can be read: {error}."))
        })?;
        refuse_what_is_no_object(&value)?;
        refuse_nul(&value)?;
        Ok(Body(value))
    }
}

/// The document that a body brings.
pub fn document(body: &Body) -> Result<&Value> {
    body.member("data").ok_or_else(|| {
        Error::InvalidDocument(vec![Fault {
            message:
                "Required property data was not present: the body is {\"data\": {\"match\": […]}}."
                    .to_owned(),
            pointer: "#".to_owned(),
        }])
    })
}

/// All that a body says has a name.
fn refuse_what_is_no_object(value: &Value) -> Result<()> {
    if value.is_object() {
        return Ok(());
    }
    let message = "The body must be an object.".to_owned();
    Err(Error::InvalidDocument(vec![Fault { message, pointer: "#".to_owned() }]))
}

/// Postgres has no U+0000 in text.
fn refuse_nul(value: &Value) -> Result<()> {
    let mut faults = Vec::new();
    find_nul(value, &mut "#".to_owned(), &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::InvalidDocument(faults)) }
}

fn find_nul(value: &Value, pointer: &mut String, faults: &mut Vec<Fault>) {
    match value {
        Value::String(text) => check_text(text, pointer, faults),
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                within(pointer, &position.to_string(), |pointer| find_nul(item, pointer, faults));
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                check_text(key, pointer, faults);
                let segment = key.replace('~', "~0").replace('/', "~1").replace('\0', "\u{fffd}");
                within(pointer, &segment, |pointer| find_nul(member, pointer, faults));
            }
        }
        _ => {}
    }
}

fn check_text(text: &str, pointer: &str, faults: &mut Vec<Fault>) {
    if text.contains('\0') {
        let message = "Text can't contain the character U+0000.".to_owned();
        faults.push(Fault { message, pointer: pointer.to_owned() });
    }
}

fn within(pointer: &mut String, segment: &str, visit: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(segment);
    visit(pointer);
    pointer.truncate(length);
}
