//! A text as a JSON string.

use std::fmt::Write;

/// Appends a text as a JSON string, quotes included.
pub fn write_string(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    // Without a branch, so that many bytes are looked at in one step.
    if text.bytes().fold(false, |is_any, byte| is_any | needs_escape(byte)) {
        escape(text, out);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn needs_escape(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

fn escape(text: &str, out: &mut String) {
    let mut written = 0;
    for (place, byte) in text.bytes().enumerate() {
        if !needs_escape(byte) {
            continue;
        }
        out.push_str(&text[written..place]);
        written = place + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            // Writing into a string can't fail.
            _ => drop(write!(out, "\\u{byte:04x}")),
        }
    }
    out.push_str(&text[written..]);
}
