//! Identifiers, quoted.

use std::fmt;

/// An identifier that displays itself quoted, whatever it contains.
#[derive(Debug, Clone, Copy)]
pub struct Ident<'a>(pub &'a str);

impl fmt::Display for Ident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::Ident;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(Ident(r#"a"; drop table x; --"#).to_string(), r#""a""; drop table x; --""#);
    }
}
