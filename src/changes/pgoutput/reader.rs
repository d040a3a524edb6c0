//! Bytes that are read from front to back, never further than they go.

use super::DecodeError;

/// What is still to be read. Every method says in words what it looks for.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn byte(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        self.array(what).map(|[byte]| byte)
    }

    pub fn u16(&mut self, what: &'static str) -> Result<u16, DecodeError> {
        self.array(what).map(u16::from_be_bytes)
    }

    pub fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        self.array(what).map(u32::from_be_bytes)
    }

    pub fn i32(&mut self, what: &'static str) -> Result<i32, DecodeError> {
        self.array(what).map(i32::from_be_bytes)
    }

    pub fn u64(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        self.array(what).map(u64::from_be_bytes)
    }

    /// Text that a zero ends.
    pub fn text(&mut self, what: &'static str) -> Result<&'a str, DecodeError> {
        let end = self.rest.iter().position(|byte| *byte == 0);
        let bytes = self.take(end.ok_or(DecodeError::Short(what))?, what)?;
        self.byte(what)?;
        utf8(bytes, what)
    }

    /// Bytes whose number comes first. A negative one is more than any message has.
    pub fn counted(&mut self, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.i32(what)?).map_err(|_| DecodeError::Short(what))?;
        self.take(length, what)
    }

    /// How many things to make room for: not more than the bytes that are left can
    /// hold, whatever the message says.
    pub fn at_most(&self, count: impl TryInto<usize>, least_size: usize) -> usize {
        count.try_into().unwrap_or(usize::MAX).min(self.rest.len() / least_size)
    }

    pub fn end(&self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            more => Err(DecodeError::Trailing(more)),
        }
    }

    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Short(what))?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Short(what))?;
        self.rest = rest;
        Ok(*head)
    }
}

pub(super) fn utf8<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8(what))
}
