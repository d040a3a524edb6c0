//! Arrays, as Postgres writes them: `{1,NULL,"a \"b\""}`, nested for each dimension,
//! with the bounds in front where they don't begin at one.
//!
//! The rules are those of the PostgreSQL documentation, "Array Input and Output
//! Syntax".

use super::{oid, write_json};

/// As many dimensions as an array of Postgres can have.
const MAX_DIMENSIONS: usize = 6;

/// Appends an array of elements of this type; not if the text is none, and then a
/// part of it may have been appended.
pub(super) fn write(element: u32, text: &str, out: &mut String) -> bool {
    let delimiter = if element == oid::BOX { ';' } else { ',' };
    let Some(rest) = without_bounds(text) else {
        return false;
    };
    let mut array = Array { rest, element, delimiter, out };
    array.dimension(1).is_some() && array.rest.is_empty()
}

/// Appends an `int2vector` or `oidvector`: numbers with spaces in between.
pub(super) fn write_vector(element: u32, text: &str, out: &mut String) -> bool {
    out.push('[');
    for (place, number) in text.split_terminator(' ').enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_json(element, number, out);
    }
    out.push(']');
    true
}

/// What comes after `[0:1][2:3]=`, if that is there.
fn without_bounds(text: &str) -> Option<&str> {
    if !text.starts_with('[') {
        return Some(text);
    }
    let (bounds, rest) = text.split_once('=')?;
    let is_bound = |byte: u8| byte.is_ascii_digit() || b"[]:+-".contains(&byte);
    bounds.bytes().all(is_bound).then_some(rest)
}

struct Array<'a, 'out> {
    rest: &'a str,
    element: u32,
    delimiter: char,
    out: &'out mut String,
}

impl Array<'_, '_> {
    /// From an opening brace to its closing one.
    fn dimension(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DIMENSIONS || !self.has('{') {
            return None;
        }
        self.out.push('[');
        if !self.has('}') {
            self.item(depth)?;
            while self.has(self.delimiter) {
                self.out.push(',');
                self.item(depth)?;
            }
            if !self.has('}') {
                return None;
            }
        }
        self.out.push(']');
        Some(())
    }

    fn item(&mut self, depth: usize) -> Option<()> {
        if self.rest.starts_with('{') {
            self.dimension(depth + 1)
        } else if self.has('"') {
            self.quoted()
        } else {
            self.bare()
        }
    }

    /// From behind an opening quote to behind its closing one.
    fn quoted(&mut self) -> Option<()> {
        let end = self.rest.find(['"', '\\'])?;
        let (value, rest) = self.rest.split_at(end);
        if let Some(rest) = rest.strip_prefix('"') {
            self.rest = rest;
            write_json(self.element, value, self.out);
            return Some(());
        }
        let mut value = value.to_owned();
        let mut rest = rest.chars();
        loop {
            match rest.next()? {
                '"' => break,
                '\\' => value.push(rest.next()?),
                other => value.push(other),
            }
        }
        self.rest = rest.as_str();
        write_json(self.element, &value, self.out);
        Some(())
    }

    /// What has no quotes because it needs none.
    fn bare(&mut self) -> Option<()> {
        let end = self.rest.find([self.delimiter, '{', '}', '"', '\\'])?;
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        match value {
            "" => return None,
            "NULL" => self.out.push_str("null"),
            value => write_json(self.element, value, self.out),
        }
        Some(())
    }

    /// Goes past a character, if it is the next.
    fn has(&mut self, next: char) -> bool {
        let rest = self.rest.strip_prefix(next);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}
