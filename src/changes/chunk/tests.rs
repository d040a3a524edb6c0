//! What becomes of rows between being read and being told.

use super::*;
use crate::changes::pgoutput::{Column, Identity};

/// A table (id, hidden, note), of which `id` and `note` were read.
fn chunk(rows: &[(&str, &str)]) -> Chunk {
    let column = |name: &'static str| Column {
        name: name.into(),
        type_oid: 25,
        type_modifier: -1,
        is_key: name == "id",
    };
    Chunk {
        xid: 20,
        snapshot: "10:20:".parse().unwrap(),
        relation: Relation {
            id: 7,
            schema: "public".into(),
            table: "notes".into(),
            identity: Identity::Default,
            columns: ["id", "hidden", "note"].map(column).to_vec(),
        },
        columns: vec![0, 2],
        key: vec![0],
        rows: rows.iter().map(|(id, note)| row(id, note)).collect(),
    }
}

fn row(id: &str, note: &str) -> Row {
    vec![Some(id.to_owned()), Some(note.to_owned())]
}

/// An Insert message, or what follows the table's number in others.
fn tuple(id: &str, note: Option<&str>) -> Vec<u8> {
    let note = note.map_or(Field::Unchanged, Field::Text);
    encode_insert(7, &[Field::Text(id), Field::Text("hidden"), note]).unwrap()
}

fn update(before: Option<&str>, id: &str, note: Option<&str>) -> Bytes {
    let mut bytes = b"U\0\0\0\x07".to_vec();
    if let Some(before) = before {
        bytes.push(b'K');
        bytes.extend(
            &encode_insert(7, &[Field::Text(before), Field::Null, Field::Null]).unwrap()[6..],
        );
    }
    bytes.extend(&tuple(id, note)[5..]);
    bytes.into()
}

fn delete(id: &str) -> Bytes {
    let mut bytes = b"D\0\0\0\x07K".to_vec();
    bytes.extend(&encode_insert(7, &[Field::Text(id), Field::Null, Field::Null]).unwrap()[6..]);
    bytes.into()
}

#[test]
fn what_was_changed_since_is_brought_in() {
    let mut chunk = chunk(&[("1", "a"), ("2", "b"), ("3", "c"), ("4", "d"), ("5", "e")]);
    let insert = Bytes::from(tuple("9", Some("told as new")));
    let changes = [
        update(None, "1", Some("A")),
        delete("2"),
        update(Some("3"), "30", None),
        update(None, "30", Some("C")),
        insert,
        update(None, "8", Some("not among them")),
        delete("5"),
        Bytes::from(tuple("5", Some("told as new"))),
    ];
    chunk.catch_up(&changes).unwrap();
    assert_eq!(chunk.rows, [row("1", "A"), row("30", "C"), row("4", "d")]);
    let messages = chunk.messages().collect::<Result<Vec<_>>>().unwrap();
    let Message::Insert { relation: 7, new } = decode(&messages[0]).unwrap() else { panic!() };
    assert_eq!(new.fields, [Field::Text("1"), Field::Unchanged, Field::Text("A")]);
}

#[test]
fn nobody_else_can_write_one() {
    let written = chunk(&[("1", "a")]).write(5, b"key").unwrap();
    assert_eq!(Chunk::backfill(&written), Some(5));
    assert_eq!(Chunk::read(&written, b"key", 20).unwrap().rows, [row("1", "a")]);
    assert!(Chunk::read(&written, b"another key", 20).is_none());
    assert!(Chunk::read(&written, b"key", 21).is_none(), "told again by another transaction");
    for place in 0..written.len() {
        let mut wrong = written.clone();
        wrong[place] ^= 1;
        assert!(Chunk::read(&wrong, b"key", 20).is_none(), "{place}");
        assert!(Chunk::read(&wrong[..place], b"key", 20).is_none(), "{place}");
    }
}
