//! Timestamps in the form of ISO 8601.

/// Appends a timestamp, with or without time zone, from the form `2020-02-29
/// 12:30:00.5+01`. An offset gets its minutes, as `to_jsonb` writes them; that of a
/// local mean time has seconds, and years before the first are marked `BC`, which is
/// as far as ISO 8601 is followed.
pub(super) fn write(text: &str, out: &mut String) -> bool {
    let Some((date, clock)) = text.split_once(' ') else {
        return false; // infinity
    };
    let (clock, era) = match clock.strip_suffix(" BC") {
        Some(clock) => (clock, " BC"),
        None => (clock, ""),
    };
    let is_date = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    let is_clock = |byte: u8| is_date(byte) || matches!(byte, b':' | b'.' | b'+');
    if !date.bytes().all(is_date) || !clock.bytes().all(is_clock) {
        return false;
    }
    let minutes = match clock.as_bytes() {
        [.., b'+' | b'-', _, _] => ":00",
        _ => "",
    };
    for part in ["\"", date, "T", clock, minutes, era, "\""] {
        out.push_str(part);
    }
    true
}

#[cfg(test)]
mod tests {
    #[test]
    fn timestamps_get_a_t_and_the_minutes_of_their_offset() {
        for (text, json) in [
            ("2020-02-29 12:30:00", "\"2020-02-29T12:30:00\""),
            ("2020-02-29 12:30:00.123456+00", "\"2020-02-29T12:30:00.123456+00:00\""),
            ("2020-02-29 12:30:00-03:30", "\"2020-02-29T12:30:00-03:30\""),
            ("1890-01-01 00:00:00+00:19:32", "\"1890-01-01T00:00:00+00:19:32\""),
            ("0044-03-15 12:00:00+01 BC", "\"0044-03-15T12:00:00+01:00 BC\""),
            ("294276-12-31 23:59:59", "\"294276-12-31T23:59:59\""),
        ] {
            let mut out = String::new();
            assert!(super::write(text, &mut out), "{text}");
            assert_eq!(out, json);
        }
        for other in ["infinity", "-infinity", "", "Sat Feb 29 12:30:00 2020", "2020-02-29 \""] {
            assert!(!super::write(other, &mut String::new()), "{other}");
        }
    }
}
