//! Points in time as Postgres counts them.

use std::fmt;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// 2000-01-01 in seconds since 1970.
const EPOCH_SECONDS: u64 = 946_684_800;

/// Microseconds since 2000-01-01 UTC.
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
}

/// As RFC 3339 has it, in UTC.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = (i128::from(self.0) + i128::from(EPOCH_SECONDS) * 1_000_000) * 1000;
        let text = OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok());
        f.write_str(text.as_deref().unwrap_or("1970-01-01T00:00:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn a_moment_is_written_in_utc() {
        assert_eq!(Moment(0).to_string(), "2000-01-01T00:00:00Z");
        assert_eq!(Moment(1_500_000).to_string(), "2000-01-01T00:00:01.5Z");
    }
}
