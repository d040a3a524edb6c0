//! Why a stream ends, in the codes of RFC 6455 and in words.

use crate::changes::Position;
use crate::notifications::Cut;

/// What the server says last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Farewell {
    /// The client left first, with this code.
    Likewise(Option<u16>),
    /// The server stops.
    Stopping,
    /// The token was revoked or has expired, or the stakeholder is gone.
    Unwelcome,
    /// The client took events more slowly than they came. It has heard up to here.
    TooSlow(Position),
    /// There is no such channel here any more. The client has heard up to here.
    Ended(Position),
    /// The database can't be asked what comes next. The client has heard up to here.
    Away(Position),
    /// The client didn't answer.
    Silent,
    /// Frames that RFC 6455 doesn't allow.
    Garbled,
    /// A message in bytes.
    NotText,
    /// A message that is too long.
    TooLong,
    /// A message that means nothing here, and what would.
    NotUnderstood(&'static str),
}

impl Farewell {
    /// What a cut means for somebody who has heard up to a position.
    pub fn of(cut: Cut, heard: Position) -> Self {
        match cut {
            Cut::TooSlow => Self::TooSlow(heard),
            Cut::Ended => Self::Ended(heard),
            Cut::Away => Self::Away(heard),
        }
    }

    /// The code that a websocket is closed with; a client that left without one gets
    /// none.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Likewise(code) => *code,
            Self::Stopping => Some(1001),
            Self::Garbled => Some(1002),
            Self::NotText => Some(1003),
            Self::Unwelcome | Self::Silent | Self::NotUnderstood(_) => Some(1008),
            Self::TooLong => Some(1009),
            Self::Ended(_) => Some(1012),
            Self::TooSlow(_) | Self::Away(_) => Some(1013),
        }
    }

    /// The reason for a person, in at most 123 bytes, which is what a frame holds.
    pub fn words(&self) -> String {
        match self {
            Self::Likewise(_) => String::new(),
            Self::Stopping => "the server stops: connect again".to_owned(),
            Self::Unwelcome => "the token is not valid any more".to_owned(),
            Self::TooSlow(heard) => format!("too slow: resume with ?from={heard}"),
            Self::Ended(heard) => {
                format!("the channel has ended or changed: resume with ?from={heard}")
            }
            Self::Away(heard) => {
                format!("the database can't be reached: come again with ?from={heard}")
            }
            Self::Silent => "no answer to pings for 60 seconds".to_owned(),
            Self::Garbled => "not a frame that RFC 6455 allows".to_owned(),
            Self::NotText => "only text is understood".to_owned(),
            Self::TooLong => "a message has at most 64 KiB".to_owned(),
            Self::NotUnderstood(instead) => (*instead).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::Lsn;

    #[test]
    fn the_longest_reason_fits_a_frame() {
        let last = Position { lsn: Lsn(u64::MAX), index: u32::MAX };
        for farewell in [Farewell::TooSlow(last), Farewell::Ended(last), Farewell::Away(last)] {
            assert!(farewell.words().len() <= 123);
            assert!(farewell.words().ends_with("?from=FFFFFFFF/FFFFFFFF:4294967295"));
        }
    }
}
