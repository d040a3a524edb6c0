//! What can be wrong with a message.

/// Why bytes are no message. It tells nothing of the values in them, and may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the message ends before or within {0}")]
    Short(&'static str),
    #[error("{found:#04x} ({:?}) is no known {what}", char::from(*found))]
    Unknown { what: &'static str, found: u8 },
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    #[error("{0} bytes follow the message")]
    Trailing(usize),
}
