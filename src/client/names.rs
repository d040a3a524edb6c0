//! Names, where the API wants ids.

use serde::Deserialize;
use serde_json::Value;

use super::{Failure, Request, Result, Server};

/// What has both.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub id: i64,
    pub name: String,
}

/// The stakeholder of this name or id. No name begins with a digit, so the two can't
/// be taken for each other.
pub async fn stakeholder(server: &Server, given: &str) -> Result<Named> {
    let given = given.trim();
    if let Ok(id) = given.parse() {
        return Ok(Named { id, name: given.to_owned() });
    }
    let name = given.to_ascii_lowercase();
    let all: Vec<Named> = match server.send(Request::get("/stakeholders")).await {
        // The key of a stakeholder may see no others.
        Err(Failure::Refused { status: 403, errors }) => match own(server).await? {
            Some(own) => vec![own],
            None => return Err(Failure::Refused { status: 403, errors }),
        },
        outcome => outcome?.data()?,
    };
    let found = all.into_iter().find(|stakeholder| stakeholder.name == name);
    found.ok_or_else(|| missing("stakeholder", given))
}

async fn own(server: &Server) -> Result<Option<Named>> {
    let me = server.send(Request::get("/me")).await?.value()?;
    Ok(serde_json::from_value(me["stakeholder"].clone()).ok())
}

/// The one in a list that has this id, or this name in one of its fields.
pub fn one_of<'a>(
    list: &'a [Value],
    fields: &[&str],
    what: &str,
    given: &str,
) -> Result<&'a Value> {
    let is_called = |one: &&Value| fields.iter().any(|field| one[field].as_str() == Some(given));
    let id = given.parse::<i64>().ok();
    let by_id = list.iter().find(|one| id.is_some() && one["id"].as_i64() == id);
    let named: Vec<&Value> = list.iter().filter(is_called).collect();
    match (by_id, named.as_slice()) {
        (Some(one), _) => Ok(one),
        (None, [one]) => Ok(*one),
        (None, []) => Err(missing(what, given)),
        (None, several) => {
            let ids: Vec<String> = several.iter().map(|one| one["id"].to_string()).collect();
            let ids = ids.join(", ");
            let why = format!("Several are called `{given}`. Say which by its id: {ids}.");
            Err(Failure::wrong(why))
        }
    }
}

fn missing(what: &str, given: &str) -> Failure {
    Failure::wrong(format!("There is no {what} `{given}`."))
}
