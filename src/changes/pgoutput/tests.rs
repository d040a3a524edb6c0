//! Messages against a plain encoder, and bytes that are none.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn zero_ended(text: &str, out: &mut Vec<u8>) {
    out.extend(text.as_bytes());
    out.push(0);
}

fn tuple(mark: u8, tuple: &Tuple<'_>, out: &mut Vec<u8>) {
    let counted = |kind, bytes: &[u8], out: &mut Vec<u8>| {
        out.push(kind);
        out.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
        out.extend(bytes);
    };
    out.push(mark);
    out.extend(u16::try_from(tuple.fields.len()).unwrap().to_be_bytes());
    for field in tuple.iter() {
        match field {
            Field::Null => out.push(b'n'),
            Field::Unchanged => out.push(b'u'),
            Field::Text(text) => counted(b't', text.as_bytes(), out),
            Field::Binary(bytes) => counted(b'b', bytes, out),
        }
    }
}

fn old(old: &Old<'_>, out: &mut Vec<u8>) {
    match old {
        Old::Key(key) => tuple(b'K', key, out),
        Old::Row(row) => tuple(b'O', row, out),
    }
}

fn encode(message: &Message<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    match message {
        Message::Relation(relation) => {
            out.push(b'R');
            out.extend(relation.id.to_be_bytes());
            zero_ended(&relation.schema, &mut out);
            zero_ended(&relation.table, &mut out);
            out.push(match relation.identity {
                Identity::Default => b'd',
                Identity::Nothing => b'n',
                Identity::Full => b'f',
                Identity::Index => b'i',
            });
            out.extend(u16::try_from(relation.columns.len()).unwrap().to_be_bytes());
            for column in &relation.columns {
                out.push(column.is_key.into());
                zero_ended(&column.name, &mut out);
                out.extend(column.type_oid.to_be_bytes());
                out.extend(column.type_modifier.to_be_bytes());
            }
        }
        Message::Type { oid, schema, name } => {
            out.push(b'Y');
            out.extend(oid.to_be_bytes());
            zero_ended(schema, &mut out);
            zero_ended(name, &mut out);
        }
        Message::Insert { relation, new } => {
            out.push(b'I');
            out.extend(relation.to_be_bytes());
            tuple(b'N', new, &mut out);
        }
        Message::Update { relation, old: before, new } => {
            out.push(b'U');
            out.extend(relation.to_be_bytes());
            if let Some(before) = before {
                old(before, &mut out);
            }
            tuple(b'N', new, &mut out);
        }
        Message::Delete { relation, old: before } => {
            out.push(b'D');
            out.extend(relation.to_be_bytes());
            old(before, &mut out);
        }
        Message::Truncate { relations, is_cascade, restarts_identity } => {
            out.push(b'T');
            out.extend(u32::try_from(relations.len()).unwrap().to_be_bytes());
            out.push(u8::from(*is_cascade) + 2 * u8::from(*restarts_identity));
            out.extend(relations.iter().flat_map(|id| id.to_be_bytes()));
        }
        Message::Origin { commit_lsn, name } => {
            out.push(b'O');
            out.extend(commit_lsn.0.to_be_bytes());
            zero_ended(name, &mut out);
        }
    }
    out
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "Größe", "with \"quotes\" and space", "pg_catalog", "表"])
}

fn relation() -> impl Strategy<Value = Relation<'static>> {
    use Identity::{Default, Full, Index, Nothing};
    let identity = prop::sample::select(vec![Default, Nothing, Full, Index]);
    let column = (name(), any::<(u32, i32, bool)>()).prop_map(|(name, rest)| {
        let (type_oid, type_modifier, is_key) = rest;
        Column { name: name.into(), type_oid, type_modifier, is_key }
    });
    (any::<u32>(), name(), name(), identity, vec(column, 0..5)).prop_map(
        |(id, schema, table, identity, columns)| {
            let (schema, table) = (schema.into(), table.into());
            Relation { id, schema, table, identity, columns }
        },
    )
}

fn row() -> impl Strategy<Value = Tuple<'static>> {
    let text = prop::sample::select(vec!["", "1", "naïve \"text\"\n", "{1,NULL}"]);
    let bytes = prop::sample::select(vec![&b""[..], b"\0\xff", b"binary"]);
    let field = prop_oneof![
        Just(Field::Null),
        Just(Field::Unchanged),
        text.prop_map(Field::Text),
        bytes.prop_map(Field::Binary),
    ];
    vec(field, 0..6).prop_map(|fields| Tuple { fields })
}

fn message() -> impl Strategy<Value = Message<'static>> {
    let before = || prop_oneof![row().prop_map(Old::Key), row().prop_map(Old::Row)];
    prop_oneof![
        relation().prop_map(Message::Relation),
        (any::<u32>(), name(), name()).prop_map(|(oid, schema, name)| Message::Type {
            oid,
            schema,
            name
        }),
        (any::<u32>(), row()).prop_map(|(relation, new)| Message::Insert { relation, new }),
        (any::<u32>(), prop::option::of(before()), row())
            .prop_map(|(relation, old, new)| Message::Update { relation, old, new }),
        (any::<u32>(), before()).prop_map(|(relation, old)| Message::Delete { relation, old }),
        (vec(any::<u32>(), 0..4), any::<(bool, bool)>()).prop_map(|(relations, options)| {
            let (is_cascade, restarts_identity) = options;
            Message::Truncate { relations, is_cascade, restarts_identity }
        }),
        (any::<u64>(), name())
            .prop_map(|(lsn, name)| Message::Origin { commit_lsn: Lsn(lsn), name }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_is_read_as_it_was_written(message in message()) {
        let bytes = encode(&message);
        prop_assert_eq!(decode(&bytes), Ok(message));
    }

    #[test]
    fn a_message_is_all_or_nothing(message in message(), more in vec(any::<u8>(), 1..4)) {
        let bytes = encode(&message);
        for end in 0..bytes.len() {
            prop_assert!(matches!(decode(&bytes[..end]), Err(DecodeError::Short(_))));
        }
        let trailing = DecodeError::Trailing(more.len());
        let bytes = [bytes, more].concat();
        prop_assert_eq!(decode(&bytes), Err(trailing));
    }

    #[test]
    fn no_bytes_break_it(
        kind in prop::sample::select(b"RYIUDTO".to_vec()),
        bytes in vec(prop_oneof![any::<u8>(), Just(0), Just(255), Just(b'N'), Just(b't')], 0..80),
    ) {
        let bytes = [&[kind], &bytes[..]].concat();
        if let Ok(message) = decode(&bytes) {
            prop_assert_eq!(encode(&message).len(), bytes.len());
        }
    }

    #[test]
    fn no_change_of_a_byte_breaks_it(
        message in message(), place in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = encode(&message);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        drop(decode(&bytes));
    }

    #[test]
    fn a_row_is_put_as_the_stream_would_put_it(
        relation in any::<u32>(), values in vec(prop::option::of("\\PC{0,20}"), 0..6)
    ) {
        let texts = values.iter().map(Option::as_deref);
        let fields: Vec<Field<'_>> =
            texts.map(|text| text.map_or(Field::Unchanged, Field::Text)).collect();
        let bytes = encode_insert(relation, &fields).unwrap();
        let message = Message::Insert { relation, new: Tuple { fields } };
        prop_assert_eq!(&bytes, &encode(&message));
        prop_assert_eq!(decode(&bytes), Ok(message));
    }

    #[test]
    fn a_table_is_put_as_the_stream_would_put_it(relation in relation()) {
        let bytes = encode_relation(&relation).unwrap();
        prop_assert_eq!(decode(&bytes), Ok(Message::Relation(relation)));
    }

    #[test]
    fn a_relation_that_is_kept_says_the_same(relation in relation()) {
        prop_assert_eq!(relation.clone().into_owned(), relation);
    }
}

#[test]
fn a_large_count_makes_no_room() {
    let claims_four_billion_tables = b"T\xff\xff\xff\xff\x00\0\0\0\x01";
    assert!(matches!(decode(claims_four_billion_tables), Err(DecodeError::Short(_))));
    let claims_a_field_of_two_gigabytes = b"I\0\0\0\x01N\0\x01t\x7f\xff\xff\xff";
    assert!(matches!(decode(claims_a_field_of_two_gigabytes), Err(DecodeError::Short(_))));
    let claims_a_field_of_less_than_nothing = b"I\0\0\0\x01N\0\x01t\xff\xff\xff\xff";
    assert!(matches!(decode(claims_a_field_of_less_than_nothing), Err(DecodeError::Short(_))));
}

#[test]
fn the_catalog_is_named_though_postgres_leaves_its_name_out() {
    let named = Message::Type { oid: 25, schema: "pg_catalog", name: "text" };
    assert_eq!(decode(b"Y\0\0\0\x19\0text\0"), Ok(named));
}

#[test]
fn errors_say_what_is_wrong() {
    let says = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
    assert_eq!(says(b""), "the message ends before or within its kind");
    assert_eq!(says(b"z"), "0x7a ('z') is no known kind of a message");
    assert_eq!(says(b"I\0\0\0\x01X"), "0x58 ('X') is no known mark of a new row");
    assert_eq!(says(b"I\0\0\0\x01N\0\x01x"), "0x78 ('x') is no known kind of a field");
    assert_eq!(says(b"I\0\0\0\x01N\0\x01t\0\0\0\x01\xff"), "a field is not UTF-8");
    assert_eq!(says(b"T\0\0\0\0\x04"), "0x04 ('\\u{4}') is no known set of options");
    assert_eq!(says(b"O\0\0\0\0\0\0\0\x01a\0bc"), "2 bytes follow the message");
}
