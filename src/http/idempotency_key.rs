//! The header `Idempotency-Key`.

use actix_web::HttpRequest;
use serde_json::json;

use super::body::Body;
use super::failure::{Answer, Failure};
use crate::App;
use crate::auth::{Caller, Own};
use crate::idempotency::Once;

/// The longest key, in characters.
const LONGEST: usize = 255;

/// Reads under which key something is asked for, if it is under one. Who has another role
/// than before is another caller: what is kept may be more than they may have.
pub fn once(app: &App, request: &HttpRequest, caller: &Caller, body: &Body) -> Answer<Once> {
    let mut given = request.headers().get_all("idempotency-key");
    let Some(key) = given.next() else { return Ok(Once::default()) };
    let key = key.to_str().ok().filter(|key| {
        (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let (Some(key), None) = (key, given.next()) else {
        return Err(Failure::BadRequest(format!(
            "The header Idempotency-Key must be one text of 1 to {LONGEST} visible ASCII characters."
        )));
    };
    let asked = json!({
        "method": request.method().as_str(), "path": request.path(), "body": body.whole(),
    });
    Ok(Once::new(&app.kept_answers, &name_of(caller), key, asked)?)
}

fn name_of(caller: &Caller) -> String {
    let name = match caller {
        Caller::Nobody => "nobody".to_owned(),
        Caller::User(user) => format!("user:{}", user.id),
        Caller::Key { id, .. } | Caller::Stakeholder { by: Own::Key { id, .. }, .. } => {
            format!("key:{id}")
        }
        Caller::Stakeholder { by: Own::Token { id, .. }, .. } => format!("token:{id}"),
    };
    caller.role().map_or(name.clone(), |role| format!("{name}:{role}"))
}
