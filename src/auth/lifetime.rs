//! How long what somebody makes is good: never longer than what they show. Otherwise who
//! has found a key that ends tonight would make one that doesn't.
//!
//! Two things have no end by their nature, whoever makes them: a user, and the first login of
//! a stakeholder, whose application outlives the pipeline that made it. The audit says which
//! key made them, and they can be removed and revoked.

use deadpool_postgres::GenericClient;

use super::NOT_VALID;
use super::caller::{Caller, Own};
use crate::error::{Error, Result};
use crate::moment::Moment;

/// For how long something is to be good, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lifetime {
    /// As long as may be.
    #[default]
    Unsaid,
    Days(i32),
    Minutes(i32),
}

impl Lifetime {
    fn minutes(self) -> Option<i32> {
        match self {
            Self::Unsaid => None,
            Self::Days(days) => Some(days.saturating_mul(24 * 60)),
            Self::Minutes(minutes) => Some(minutes),
        }
    }

    /// Where it is said.
    fn field(self) -> &'static str {
        if let Self::Minutes(_) = self { "expires_in_minutes" } else { "expires_in_days" }
    }
}

/// When that ends which a caller makes in this transaction; never, if there is none. What
/// is made with a key or a token that has an end, has no later one.
pub async fn end(
    client: &impl GenericClient,
    caller: &Caller,
    wanted: Lifetime,
) -> Result<Option<Moment>> {
    let makers = maker_end(client, caller).await?;
    let wanted_end = match wanted.minutes() {
        Some(minutes) => {
            let sql = "select now() + make_interval(mins => $1)";
            Some(client.query_one(sql, &[/* minutes */ &minutes]).await?.get(0))
        }
        None => None,
    };
    match (wanted_end, makers) {
        (Some(end), Some((what, last))) if end > last => Err(Error::invalid(
            wanted.field(),
            format!(
                "would outlive the {what} that makes it, which ends at {}; \
                 without a lifetime it ends then too",
                last.to_the_second()
            ),
        )),
        (Some(end), _) => Ok(Some(end)),
        (None, makers) => Ok(makers.map(|(_, last)| last)),
    }
}

/// What a caller shows, and when that ends; none for people, whose logins are renewed, and
/// for what has no end.
async fn maker_end(
    client: &impl GenericClient,
    caller: &Caller,
) -> Result<Option<(&'static str, Moment)>> {
    let (what, sql, id) = match caller {
        Caller::Nobody | Caller::User(_) => return Ok(None),
        Caller::Key { id, .. } | Caller::Stakeholder { by: Own::Key { id, .. }, .. } => {
            ("key", "select expires_at from integratedb.keys where id = $1 for share", id)
        }
        Caller::Stakeholder { by: Own::Token { id, .. }, .. } => {
            ("token", "select expires_at from integratedb.tokens where id = $1 for share", id)
        }
    };
    let row = client.query_opt(sql, &[/* id */ id]).await?;
    // It may have been revoked since the caller was let in, and isn't from now on.
    let row = row.ok_or(Error::Unauthenticated(NOT_VALID))?;
    Ok(row.get::<_, Option<Moment>>(0).map(|last| (what, last)))
}
