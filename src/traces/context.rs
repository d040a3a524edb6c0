//! Where a span belongs: W3C Trace Context, of which `traceparent` is
//! `00-<trace>-<parent>-<flags>`.

use rand::RngExt;

/// The number of a trace; never all zeros.
pub type TraceId = [u8; 16];

/// The number of a span; never all zeros.
pub type SpanId = [u8; 8];

/// Of which trace a span is, and whose child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    pub trace: TraceId,
    pub span: SpanId,
    pub parent: Option<SpanId>,
    /// Whether whoever called traces too.
    pub is_sampled: bool,
    /// What others keep about the trace, passed on as it came.
    pub state: Option<String>,
}

impl Context {
    /// Reads a `traceparent`: whose span it is that we are called from. What isn't one
    /// counts as none.
    pub fn read(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let version = hex::<1>(parts.next()?)?;
        let (trace, span) = (hex::<16>(parts.next()?)?, hex::<8>(parts.next()?)?);
        let flags = hex::<1>(parts.next()?)?;
        let has_more = parts.next().is_some();
        let is_unknown = version == [0xff] || (version == [0] && has_more);
        if is_unknown || trace == [0; 16] || span == [0; 8] {
            return None;
        }
        let is_sampled = flags[0] & 1 == 1;
        Some(Self { trace, span, parent: None, is_sampled, state: None })
    }

    /// A new span, of the trace of its parent or of a new one.
    pub fn child_of(parent: Option<&Self>, state: Option<&str>) -> Self {
        let mut random = rand::rng();
        let (trace, parent, state) = match parent {
            Some(parent) => (parent.trace, Some(parent.span), state.map(str::to_owned)),
            None => (random.random(), None, None),
        };
        Self { trace, span: random.random(), parent, is_sampled: true, state }
    }
}

/// So many bytes in lower-case hexadecimal.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if text.len() != 2 * N || !text.bytes().all(is_lower) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_the_standard_says() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = Context::read(good).unwrap();
        assert_eq!((context.trace[0], context.span[7], context.is_sampled), (0x0a, 0x31, true));
        assert!(!Context::read(&good.replace("-01", "-00")).unwrap().is_sampled);
        assert!(Context::read(&good.replacen("00", "cc", 1).replace("-01", "-01-more")).is_some());
        for wrong in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c8031é-b7ad6b7169203331-01",
        ] {
            assert_eq!(Context::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_child_stays_in_the_trace_of_its_parent() {
        let parent =
            Context::read("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        let child = Context::child_of(Some(&parent), Some("a=1"));
        assert_eq!((child.trace, child.parent), (parent.trace, Some(parent.span)));
        assert_eq!(child.state.as_deref(), Some("a=1"));
        let root = Context::child_of(None, Some("a=1"));
        assert_eq!((root.parent, root.state), (None, None));
    }
}
