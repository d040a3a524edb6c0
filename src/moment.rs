//! Points in time, in the one form that everything here writes them in: RFC 3339, UTC with
//! a `Z`, and always six digits after the second, so that texts sort as times do.
//!
//! What SQL writes itself has the same form, by `sql/rfc3339.sql`.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

/// 2000-01-01 in seconds since 1970.
const EPOCH_SECONDS: u64 = 946_684_800;

/// Microseconds since 2000-01-01 UTC, as Postgres counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(pub i64);

impl Moment {
    /// Now, by this machine's clock.
    pub fn now() -> Self {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(EPOCH_SECONDS);
        let since = SystemTime::now().duration_since(epoch).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// How long ago it was; nothing if it is yet to come.
    pub fn ago(self) -> Duration {
        Duration::from_micros(u64::try_from(Self::now().0 - self.0).unwrap_or_default())
    }

    /// The same for people, who don't look for less than a second.
    pub fn to_the_second(self) -> String {
        to_the_second(&self.to_string()).unwrap_or_default()
    }
}

/// A text as [`Moment`] writes it, without what is less than a second; none for others.
pub fn to_the_second(text: &str) -> Option<String> {
    let is_moment = text.len() == FORM.len()
        && text.bytes().zip(FORM.bytes()).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            _ => byte == form,
        });
    is_moment.then(|| format!("{}Z", &text[..19]))
}

const FORM: &str = "0000-00-00T00:00:00.000000Z";

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = (i128::from(self.0) + i128::from(EPOCH_SECONDS) * 1_000_000) * 1000;
        let at =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let ((year, month, day), (hour, minute, second, micros)) =
            (at.to_calendar_date(), at.time().as_hms_micro());
        let month = u8::from(month);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Any time that RFC 3339 allows, wherever it is.
impl FromStr for Moment {
    type Err = time::error::Parse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let micros = OffsetDateTime::parse(text, &Rfc3339)?.unix_timestamp_nanos() / 1000
            - i128::from(EPOCH_SECONDS) * 1_000_000;
        // Four digits of years are far from what doesn't fit.
        Ok(Self(i64::try_from(micros).unwrap_or_default()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

type Mistake = Box<dyn std::error::Error + Sync + Send>;

impl<'a> FromSql<'a> for Moment {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Mistake> {
        i64::from_sql(&Type::INT8, raw).map(Self)
    }

    accepts!(TIMESTAMPTZ);
}

impl ToSql for Moment {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Mistake> {
        self.0.to_sql(&Type::INT8, out)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_all_its_digits() {
        assert_eq!(Moment(0).to_string(), "2000-01-01T00:00:00.000000Z");
        assert_eq!(Moment(1_500_000).to_string(), "2000-01-01T00:00:01.500000Z");
        assert_eq!(Moment(-1).to_string(), "1999-12-31T23:59:59.999999Z");
        assert_eq!(Moment(-1).to_the_second(), "1999-12-31T23:59:59Z");
    }

    #[test]
    fn a_moment_is_read_in_any_form_that_rfc_3339_has() {
        for text in ["2000-01-01T01:00:01.5+01:00", "2000-01-01T00:00:01.500000Z"] {
            assert_eq!(text.parse(), Ok(Moment(1_500_000)), "{text}");
        }
        assert!("2000-01-01".parse::<Moment>().is_err());
        assert_eq!(to_the_second("2000-01-01T00:00:01.5Z"), None);
        assert_eq!(to_the_second("2000-01-01T00:00:01.é0000Z"), None);
    }
}
