//! Server-sent events, as the HTML standard describes them (section 9.2).

use bytes::{BufMut, BytesMut};

use super::Say;

/// Writes what the server says. Events have no type, so that `onmessage` gets them;
/// all else is a comment.
pub fn write(out: &mut BytesMut, say: &Say) {
    match say {
        Say::Subscribed { from, .. } => comment(out, &format!("subscribed from {from}")),
        Say::Event(event) => {
            field(out, "id", &event.id);
            // Line breaks stand in JSON only between tokens, so it may be cut there.
            for line in event.body.lines().flat_map(|line| line.split('\r')) {
                field(out, "data", line);
            }
            out.put_slice(b"\n");
        }
        Say::AreYouThere | Say::Here(_) => comment(out, ""),
        Say::Farewell(farewell) => comment(out, &farewell.words()),
    }
}

fn comment(out: &mut BytesMut, text: &str) {
    field(out, "", text);
    out.put_slice(b"\n");
}

fn field(out: &mut BytesMut, name: &str, value: &str) {
    for part in [name, ": ", value, "\n"] {
        out.put_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::changes::{Lsn, Position};
    use crate::notifications::Outgoing;

    fn written(body: &str) -> String {
        let position = Position { lsn: Lsn(0x16_B374_D848), index: 3 };
        let event = Outgoing {
            position,
            id: position.to_string().into(),
            subject: "public.orders".into(),
            order: 0,
            body: body.into(),
        };
        let mut out = BytesMut::new();
        write(&mut out, &Say::Event(Arc::new(event)));
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn an_event_has_an_id_and_a_line_of_data_for_each_of_its_own() {
        assert_eq!(written("{}"), "id: 16/B374D848:3\ndata: {}\n\n");
        let three = "id: 16/B374D848:3\ndata: {\ndata: \"a\":1\ndata: }\n\n";
        for body in ["{\n\"a\":1\n}", "{\r\n\"a\":1\r\n}", "{\r\"a\":1\r}"] {
            assert_eq!(written(body), three, "{body:?}");
        }
    }

    #[test]
    fn what_is_no_event_is_a_comment() {
        let mut out = BytesMut::new();
        let from = Lsn(0x16_B374_D848);
        write(&mut out, &Say::Subscribed { from, channel: "SOCKET".to_owned() });
        write(&mut out, &Say::AreYouThere);
        assert_eq!(&out[..], b": subscribed from 16/B374D848\n\n: \n\n");
    }
}
