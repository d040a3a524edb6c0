//! Frames of a websocket (RFC 6455), as the server writes and reads them.

use actix_http::ws::{OpCode, Parser, ProtocolError};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde_json::json;

use super::{Farewell, Said, Say};

/// The longest message of a client, in bytes.
const LIMIT: usize = 64 << 10;

/// Writes what the server says.
pub fn write(out: &mut BytesMut, say: &Say) {
    let mut frame = |kind, payload: &[u8]| Parser::write_message(out, payload, kind, true, false);
    match say {
        Say::Subscribed { from, channel } => {
            let subscribed = json!({
                "type": "subscribed", "from": from.to_string(), "channel": channel
            });
            frame(OpCode::Text, subscribed.to_string().as_bytes());
        }
        Say::Event(event) => frame(OpCode::Text, event.body.as_bytes()),
        Say::AreYouThere => frame(OpCode::Ping, b""),
        Say::Here(question) => frame(OpCode::Pong, question),
        Say::Farewell(farewell) => {
            let mut payload = Vec::new();
            if let Some(code) = farewell.code() {
                payload.extend(code.to_be_bytes());
                payload.extend(farewell.words().bytes());
            }
            frame(OpCode::Close, &payload);
        }
    }
}

/// What comes from a client, put together to whole messages.
pub struct Incoming<P> {
    payload: P,
    buffer: BytesMut,
    /// The message so far, of which more frames will come.
    begun: Option<BytesMut>,
}

impl<P, E> Incoming<P>
where
    P: Stream<Item = Result<Bytes, E>> + Unpin,
{
    pub fn new(payload: P) -> Self {
        Self { payload, buffer: BytesMut::new(), begun: None }
    }

    /// Waits for what the client says; `None` if it is gone. Nothing is lost if the
    /// wait is given up.
    pub async fn next(&mut self) -> Option<Said> {
        loop {
            match Parser::parse(&mut self.buffer, true, LIMIT) {
                Ok(Some((is_last, kind, payload))) => {
                    let payload = payload.unwrap_or_default();
                    if let Some(said) = self.put_together(is_last, kind, payload) {
                        return Some(said);
                    }
                }
                Ok(None) => self.buffer.extend_from_slice(&self.payload.next().await?.ok()?),
                Err(ProtocolError::Overflow) => return Some(Said::Wrong(Farewell::TooLong)),
                Err(_) => return Some(Said::Wrong(Farewell::Garbled)),
            }
        }
    }

    fn put_together(&mut self, is_last: bool, kind: OpCode, payload: BytesMut) -> Option<Said> {
        let message = match (kind, self.begun.take()) {
            (OpCode::Ping | OpCode::Pong | OpCode::Close, begun) => {
                self.begun = begun;
                return Some(control(kind, payload));
            }
            (OpCode::Text, None) => payload,
            (OpCode::Continue, Some(mut begun)) => {
                begun.extend_from_slice(&payload);
                begun
            }
            (OpCode::Binary, None) => return Some(Said::Wrong(Farewell::NotText)),
            _ => return Some(Said::Wrong(Farewell::Garbled)),
        };
        if message.len() > LIMIT {
            return Some(Said::Wrong(Farewell::TooLong));
        }
        if is_last {
            return Some(Said::Text(message.freeze()));
        }
        self.begun = Some(message);
        None
    }
}

fn control(kind: OpCode, mut payload: BytesMut) -> Said {
    match kind {
        OpCode::Ping => Said::AreYouThere(payload.freeze()),
        OpCode::Pong => Said::Here,
        _ => Said::Farewell(payload.try_get_u16().ok()),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    fn frame(kind: OpCode, is_last: bool, payload: &[u8]) -> Bytes {
        let mut out = BytesMut::new();
        Parser::write_message(&mut out, payload, kind, is_last, true);
        out.freeze()
    }

    async fn said(frames: &[Bytes]) -> Vec<Said> {
        // One byte at a time, as a network may bring them.
        let bytes: Vec<_> = frames.concat().iter().map(|byte| Bytes::from(vec![*byte])).collect();
        let mut incoming = Incoming::new(stream::iter(bytes.into_iter().map(Ok::<_, Infallible>)));
        let mut all = Vec::new();
        while let Some(said) = incoming.next().await {
            let is_wrong = matches!(said, Said::Wrong(_));
            all.push(said);
            if is_wrong {
                break;
            }
        }
        all
    }

    #[tokio::test]
    async fn a_message_may_come_in_pieces_with_questions_in_between() {
        let frames = [
            frame(OpCode::Text, false, b"a"),
            frame(OpCode::Ping, true, b"?"),
            frame(OpCode::Continue, false, b"b"),
            frame(OpCode::Pong, true, b""),
            frame(OpCode::Continue, true, b"c"),
            frame(OpCode::Close, true, &1000_u16.to_be_bytes()),
        ];
        let expected = [
            Said::AreYouThere(Bytes::from_static(b"?")),
            Said::Here,
            Said::Text(Bytes::from_static(b"abc")),
            Said::Farewell(Some(1000)),
        ];
        assert_eq!(said(&frames).await, expected);
    }

    #[tokio::test]
    async fn what_cannot_be_answered_says_why() {
        let half = vec![b'x'; LIMIT / 2 + 1];
        for (frames, farewell) in [
            (vec![frame(OpCode::Binary, true, b"x")], Farewell::NotText),
            (vec![frame(OpCode::Continue, true, b"x")], Farewell::Garbled),
            (vec![Bytes::from_static(b"\x83\x80\0\0\0\0")], Farewell::Garbled),
            (vec![Bytes::from_static(b"\x81\x01x")], Farewell::Garbled),
            (
                vec![frame(OpCode::Text, true, &[half.clone(), half.clone()].concat())],
                Farewell::TooLong,
            ),
            (
                vec![frame(OpCode::Text, false, &half), frame(OpCode::Continue, true, &half)],
                Farewell::TooLong,
            ),
        ] {
            assert_eq!(said(&frames).await, [Said::Wrong(farewell)]);
        }
    }
}
