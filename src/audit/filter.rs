//! Which entries are asked for.

use crate::error::{FieldErrors, Result};
use crate::moment::Moment;

/// What entries have to have in common; what is none says nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The kind of an actor, its name, or both: `user`, `root`, `user:root`, `user:1`.
    pub actor: Option<String>,
    /// An action, or all of a kind: `claims.replace`, `claims`.
    pub action: Option<String>,
    /// As the actor.
    pub subject: Option<String>,
    /// At this time or later.
    pub since: Option<Moment>,
    /// Before this time.
    pub until: Option<Moment>,
}

impl Filter {
    /// Reads the parameters of a query; those of a page are read elsewhere.
    pub fn read(parameters: &[(String, String)]) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let mut filter = Self::default();
        for (name, value) in parameters {
            let mut text = || {
                let fits = (1..=300).contains(&value.chars().count()) && !value.contains('\0');
                errors.keep(name, if fits { Ok(value.clone()) } else { Err("is invalid") })
            };
            match name.as_str() {
                "actor" => filter.actor = text(),
                "action" => {
                    let known = text().map(|action| super::actions::known(&action));
                    filter.action = known.and_then(|known| errors.keep(name, known));
                }
                "subject" => filter.subject = text(),
                "since" => filter.since = errors.keep(name, time(value)),
                "until" => filter.until = errors.keep(name, time(value)),
                "limit" | "before" => {}
                _ => errors.add(
                    name,
                    "means nothing here: there are actor, action, subject, since, until, limit and before",
                ),
            }
        }
        errors.into_result()?;
        Ok(filter)
    }
}

fn time(text: &str) -> Result<Moment, &'static str> {
    text.parse().map_err(|_| "must be a time like 2026-11-24T15:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Result<Filter> {
        let query: Vec<(String, String)> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Filter::read(&query)
    }

    #[test]
    fn what_is_not_said_filters_nothing() {
        assert_eq!(read(&[("limit", "5")]).unwrap(), Filter::default());
        let filter = read(&[("actor", "root"), ("since", "1970-01-01T00:00:01Z")]).unwrap();
        assert_eq!(filter.actor.as_deref(), Some("root"));
        assert_eq!(filter.since, "1970-01-01T00:00:01Z".parse().ok());
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let wrong = [
            ("actor", ""),
            ("action", "a\0"),
            ("action", "claim.replace"),
            ("since", "yesterday"),
            ("user", "root"),
        ];
        for parameter in wrong {
            assert!(read(&[parameter]).is_err(), "{parameter:?}");
        }
    }
}
