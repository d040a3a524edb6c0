//! The name of a user.

/// What to say of any other name.
const FORMAT: &str =
    "has invalid format: a letter (a-z) or _, and then up to 254 letters, digits or _ . @ + -";

/// A name that begins with a letter or an underscore and goes on with letters,
/// digits and `_ . @ + -`, 255 characters at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Trims, then checks.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let mut characters = text.chars();
        match characters.next() {
            None => Err("can't be blank"),
            Some(first)
                if (first.is_ascii_alphabetic() || first == '_')
                    && text.len() <= 255
                    && characters.all(|c| c.is_ascii_alphanumeric() || "_.@+-".contains(c)) =>
            {
                Ok(Self(text.to_owned()))
            }
            Some(_) => Err(FORMAT),
        }
    }

    /// The name as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, Username};

    #[test]
    fn names_have_a_format() {
        assert_eq!(Username::new(" example ").unwrap().as_str(), "example");
        assert!(Username::new("ann.lee@example.com").is_ok());
        assert_eq!(Username::new(" "), Err("can't be blank"));
        for wrong in ["1st", "two words", "ünal", "a\nb", "-x"] {
            assert_eq!(Username::new(wrong), Err(FORMAT), "{wrong}");
        }
    }
}
