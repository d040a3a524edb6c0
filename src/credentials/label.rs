//! What tells the credentials of a stakeholder apart, and the end of their role's name.

use rand::RngExt;

/// The longest: with a stakeholder's 32 bytes and a `_` it makes the 63 that Postgres
/// allows.
const LONGEST: usize = 30;

/// What to say of any other.
const FORMAT: &str = "has invalid format: up to 30 letters (a-z), digits or _";

/// What the list calls the login that a stakeholder is made with.
const PRIMARY: &str = "primary";

/// Up to 30 lower-case letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Trims and lower-cases, then checks.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let label = text.trim().to_ascii_lowercase();
        if label.is_empty() {
            return Err("can't be blank");
        }
        let is_well_formed = label.len() <= LONGEST
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        match label.as_str() {
            _ if !is_well_formed => Err(FORMAT),
            // Also when that is revoked: it would be taken for the one that it isn't.
            PRIMARY => Err("is reserved for the login that the stakeholder was made with"),
            _ => Ok(Self(label)),
        }
    }

    /// Eight letters and digits that nobody else has.
    pub fn random() -> Self {
        const CHARACTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut random = rand::rng();
        let label = (0..8).map(|_| CHARACTERS[random.random_range(0..CHARACTERS.len())]);
        Self(label.map(char::from).collect())
    }

    /// The label as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the role that a stakeholder of this name logs in with.
    pub fn username(&self, stakeholder: &str) -> String {
        format!("{stakeholder}_{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, Label};

    #[test]
    fn a_label_makes_a_name_that_postgres_takes() {
        let label = Label::new(&"B".repeat(30)).unwrap();
        assert_eq!(label.username(&"a".repeat(32)).len(), 63);
        assert_eq!(Label::new(" Blue_2 ").unwrap().as_str(), "blue_2");
        assert_eq!(Label::new(" "), Err("can't be blank"));
        for wrong in ["a-b", "a b", "é", "a\"b", &"a".repeat(31)] {
            assert_eq!(Label::new(wrong), Err(FORMAT), "{wrong}");
        }
    }

    #[test]
    fn the_first_login_keeps_its_name_to_itself() {
        assert!(Label::new(" Primary ").unwrap_err().starts_with("is reserved"));
        assert!(Label::new("primary_2").is_ok());
    }

    #[test]
    fn a_random_label_is_a_label() {
        let label = Label::random();
        assert_eq!(Label::new(label.as_str()), Ok(label.clone()));
        assert_ne!(label, Label::random());
    }
}
