//! Whether a text is JSON as it stands.

use serde::de::IgnoredAny;

/// Whether a text is a JSON number (RFC 8259, section 6).
pub(super) fn is_number(text: &str) -> bool {
    let digits = |text: &mut &[u8]| {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        *text = &text[count..];
        count
    };
    let mut rest = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let has_leading_zero = rest.starts_with(b"0");
    let whole = digits(&mut rest);
    if whole == 0 || (has_leading_zero && whole > 1) {
        return false;
    }
    if let [b'.', fraction @ ..] = rest {
        rest = fraction;
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    if let [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] = rest {
        rest = exponent;
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    rest.is_empty()
}

/// Whether a text is one JSON value, however deep and however large its numbers, that
/// consists of characters.
pub(super) fn is_document(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok() && !has_half_a_pair(text)
}

/// Whether valid JSON names half of a surrogate pair. Postgres's json lets it pass;
/// most readers of JSON refuse the whole text.
fn has_half_a_pair(text: &str) -> bool {
    let mut rest = text;
    let mut is_high_before = false;
    while let Some((between, escape)) = rest.split_once('\\') {
        let digits = escape.strip_prefix('u').and_then(|escape| escape.get(..4));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let is_high = matches!(unit, Some(0xD800..=0xDBFF));
        let is_low = matches!(unit, Some(0xDC00..=0xDFFF));
        if is_low != (is_high_before && between.is_empty()) || (is_high_before && !is_low) {
            return true;
        }
        is_high_before = is_high;
        rest = escape.get(if unit.is_some() { 5 } else { 1 }..).unwrap_or_default();
    }
    is_high_before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json() {
        for number in ["0", "-0", "10", "0.10", "-1.5e-07", "1e+20", "1E9", "1e400"] {
            assert!(is_number(number), "{number}");
        }
        for other in
            ["", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1 ", " 1", "NaN", "1e1.5", "１"]
        {
            assert!(!is_number(other), "{other}");
        }
    }

    #[test]
    fn half_of_a_surrogate_pair_is_no_character() {
        for whole in [r#""\ud83d\ude00\uD83D\uDE00""#, r#""\\ud83d""#, r#""\n\u0000""#, "[]"] {
            assert!(is_document(whole), "{whole}");
        }
        for half in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d \ude00""#,
            r#""\ud83d\n""#,
            r#""\ud83d\ud83d\ude00""#,
            r#"["\ud83d", "\ude00"]"#,
        ] {
            assert!(!is_document(half), "{half}");
        }
    }

    #[test]
    fn depth_is_no_reason_to_refuse() {
        assert!(is_document(&("[".repeat(100_000) + &"]".repeat(100_000))));
    }
}
