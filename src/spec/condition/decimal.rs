//! A number as a text has it, every digit of it.

/// A decimal number, however big or exact, that is compared without computing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal<'a> {
    is_negative: bool,
    /// The digits before the point and those after it, without zeros at either end.
    digits: (&'a str, &'a str),
    /// Where the point is, counted from the first digit that isn't zero.
    point: i64,
}

impl<'a> Decimal<'a> {
    /// Reads a number as JSON or Postgres writes one: `-1.50`, `1e+22`, but not `NaN`.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if mantissa.len() < 1 + usize::from(mantissa.contains('.'))
            || !is_digits(whole)
            || !is_digits(fraction)
        {
            return None;
        }
        Some(Self::normalised(is_negative, (whole, fraction), i64::from(exponent)))
    }

    fn normalised(is_negative: bool, (whole, fraction): (&'a str, &'a str), exponent: i64) -> Self {
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX / 2);
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let (whole, fraction, point) = if whole.is_empty() {
            let significant = fraction.trim_start_matches('0');
            ("", significant, length(significant) - length(fraction))
        } else if fraction.is_empty() {
            (whole.trim_end_matches('0'), "", length(whole))
        } else {
            (whole, fraction, length(whole))
        };
        if whole.is_empty() && fraction.is_empty() {
            return Self { is_negative: false, digits: ("", ""), point: 0 };
        }
        Self { is_negative, digits: (whole, fraction), point: point.saturating_add(exponent) }
    }

    /// How many digits it takes to write it, zeros at either end left out.
    pub(super) fn significant_digits(&self) -> usize {
        self.digits.0.len() + self.digits.1.len()
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        let digits = |one: &Self| one.significant_digits();
        self.is_negative == other.is_negative
            && self.point == other.point
            && digits(self) == digits(other)
            && self.bytes().eq(other.bytes())
    }
}

impl<'a> Decimal<'a> {
    fn bytes(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.digits.0.bytes().chain(self.digits.1.bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Decimal;

    fn is_equal(one: &str, other: &str) -> bool {
        let read = |text| Decimal::read(text).unwrap_or_else(|| panic!("{text} is no number"));
        read(one) == read(other)
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for (one, other) in [
            ("1", "1.00"),
            ("-0", "0.0"),
            ("0e7", "0"),
            ("007", "7"),
            ("1e22", "10000000000000000000000"),
            ("1e+22", "1E22"),
            ("0.00015", "1.5e-4"),
            ("1200", "1.2e3"),
            ("100.5", "1005e-1"),
            (".5", "0.5"),
            ("5.", "5"),
        ] {
            assert!(is_equal(one, other), "{one} {other}");
        }
    }

    #[test]
    fn numbers_differ_by_their_last_digit() {
        for (one, other) in [
            ("9007199254740993", "9007199254740992"),
            ("0.30000000000000000000000001", "0.3"),
            ("1", "-1"),
            ("10", "1"),
            ("0.1", "0.01"),
            ("1e2", "1e3"),
        ] {
            assert!(!is_equal(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_decimal_number_is_not_read() {
        for text in ["", "-", ".", "NaN", "Infinity", "1e", "e1", "1.2.3", "0x1", " 1", "1,5"] {
            assert!(Decimal::read(text).is_none(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn numbers_are_equal_just_when_they_are(one: i64, other in -20..20i64, shift in 0..9usize) {
            let zeros = "0".repeat(shift);
            let longer = format!("{one}{zeros}.{zeros}e-{shift}");
            prop_assert!(is_equal(&one.to_string(), &longer), "{}", longer);
            prop_assert_eq!(is_equal(&(one % 20).to_string(), &other.to_string()), one % 20 == other);
        }
    }
}
