//! The name of a stakeholder, and so of a role and of a schema.

use std::fmt;

/// Names that would mean something else to Postgres or to us.
const RESERVED: &[&str] = &["public", "none", "information_schema"];

/// Prefixes of names that belong to Postgres or to us.
const RESERVED_PREFIXES: &[&str] = &["pg_", "integratedb"];

/// What to say of any other name.
const FORMAT: &str =
    "has invalid format: a letter or _, and then up to 31 letters (a-z), digits or _";

/// A name in lower case that is a letter or an underscore followed by at most 31
/// letters, digits or underscores, and not reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Trims and lower-cases, then checks.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let name = text.trim().to_ascii_lowercase();
        let mut bytes = name.bytes();
        let Some(first) = bytes.next() else { return Err("can't be blank") };
        let is_well_formed = (first.is_ascii_lowercase() || first == b'_')
            && name.len() <= 32
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !is_well_formed {
            return Err(FORMAT);
        }
        let is_reserved = RESERVED.contains(&name.as_str())
            || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        if is_reserved { Err("is reserved") } else { Ok(Self(name)) }
    }

    /// The name as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, Name};

    #[test]
    fn names_follow_the_guides_expression() {
        assert_eq!(Name::new(" Example_1 ").unwrap().as_str(), "example_1");
        assert_eq!(Name::new(&"a".repeat(32)).unwrap().as_str(), "a".repeat(32));
        assert_eq!(Name::new(""), Err("can't be blank"));
        for wrong in ["1a", "a-b", "a b", "é", "a\"b", &"a".repeat(33)] {
            assert_eq!(Name::new(wrong), Err(FORMAT), "{wrong}");
        }
    }

    #[test]
    fn what_belongs_to_postgres_or_to_us_is_reserved() {
        for reserved in
            ["public", "PG_catalog", "information_schema", "integratedb", "integratedb_x", "none"]
        {
            assert_eq!(Name::new(reserved), Err("is reserved"), "{reserved}");
        }
    }
}
