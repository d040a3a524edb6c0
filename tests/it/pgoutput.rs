//! Messages that Postgres itself has written.

use integratedb::changes::Lsn;
use integratedb::changes::pgoutput::{
    Field, Identity, Message, Old, Tuple, decode, encode_insert, encode_relation,
};

use crate::support::{Client, Database, run, unique};

/// A stream of all changes in a database, from now on.
struct Stream {
    client: Client,
    slot: String,
}

impl Stream {
    async fn of_all_tables() -> Self {
        let client = Database::create().await.superuser().await;
        let slot = unique("stream");
        run(&client, "create publication everything for all tables").await;
        // The slot reads no further than what has reached the disk.
        run(&client, "set synchronous_commit = on").await;
        run(
            &client,
            // It goes with this session.
            &format!("select pg_create_logical_replication_slot('{slot}', 'pgoutput', true)"),
        )
        .await;
        Self { client, slot }
    }

    /// The messages that these statements cause, but for begin and commit.
    async fn after(&self, sql: &str) -> Vec<Vec<u8>> {
        run(&self.client, sql).await;
        let rows = self
            .client
            .query(
                "select data from pg_logical_slot_get_binary_changes($1, null, null,
                        'proto_version', '1', 'publication_names', 'everything')",
                &[/* slot */ &self.slot],
            )
            .await
            .unwrap();
        let messages = rows.iter().map(|row| row.get::<_, Vec<u8>>(0));
        messages.filter(|bytes| !b"BC".contains(&bytes[0])).collect()
    }
}

/// The messages, but for descriptions that Postgres repeats: it does so whenever
/// something elsewhere made it forget that it has told them.
fn messages(all: &[Vec<u8>]) -> Vec<Message<'_>> {
    let mut messages: Vec<Message<'_>> = Vec::new();
    for message in all.iter().map(|bytes| decode(bytes).unwrap()) {
        let describes = matches!(message, Message::Relation(_) | Message::Type { .. });
        if !(describes && messages.contains(&message)) {
            messages.push(message);
        }
    }
    messages
}

fn row<'a>(fields: &[Field<'a>]) -> Tuple<'a> {
    Tuple { fields: fields.to_vec() }
}

use Field::{Null, Text, Unchanged};

#[tokio::test]
async fn rows_are_told_as_they_were_written() {
    let stream = Stream::of_all_tables().await;
    let all = stream
        .after(
            "create table \"Größe\" (id int primary key, note text, price numeric(9,2));
             insert into \"Größe\" values (1, 'é\"', null);
             update \"Größe\" set price = 1.5;
             update \"Größe\" set id = 2;
             delete from \"Größe\"",
        )
        .await;
    let all = messages(&all);
    let Message::Relation(relation) = &all[0] else { panic!("{all:?}") };
    let id = relation.id;
    assert_eq!((&*relation.schema, &*relation.table), ("public", "Größe"));
    assert_eq!(relation.identity, Identity::Default);
    let columns = relation.columns.iter();
    let columns = columns.map(|at| (&*at.name, at.type_oid, at.type_modifier, at.is_key));
    assert_eq!(
        columns.collect::<Vec<_>>(),
        [("id", 23, -1, true), ("note", 25, -1, false), ("price", 1700, (9 << 16) + 2 + 4, false)]
    );
    let priced = |id| row(&[Text(id), Text("é\""), Text("1.50")]);
    let key = |id| Old::Key(row(&[Text(id), Null, Null]));
    assert_eq!(
        all[1..],
        [
            Message::Insert { relation: id, new: row(&[Text("1"), Text("é\""), Null]) },
            Message::Update { relation: id, old: None, new: priced("1") },
            Message::Update { relation: id, old: Some(key("1")), new: priced("2") },
            Message::Delete { relation: id, old: key("2") },
        ]
    );
}

#[tokio::test]
async fn old_rows_are_told_whole_where_all_columns_are_the_identity() {
    let stream = Stream::of_all_tables().await;
    let all = stream
        .after(
            "create table a (x int, y text); alter table a replica identity full;
             insert into a values (1, null); update a set x = 2; delete from a",
        )
        .await;
    let all = messages(&all);
    let Message::Relation(relation) = &all[0] else { panic!("{all:?}") };
    assert_eq!(relation.identity, Identity::Full);
    assert!(relation.columns.iter().all(|column| column.is_key));
    let (one, two) = (row(&[Text("1"), Null]), row(&[Text("2"), Null]));
    assert_eq!(
        all[2..],
        [
            Message::Update { relation: relation.id, old: Some(Old::Row(one)), new: two.clone() },
            Message::Delete { relation: relation.id, old: Old::Row(two) },
        ]
    );
}

#[tokio::test]
async fn large_values_that_stay_as_they_were_are_not_null() {
    let stream = Stream::of_all_tables().await;
    let all = stream
        .after(
            "create table a (id int primary key, large text, small text);
             alter table a alter large set storage external;
             insert into a values (1, repeat('x', 9000)); update a set small = 's'",
        )
        .await;
    let all = messages(&all);
    let Message::Update { new, .. } = &all[2] else { panic!("{all:?}") };
    assert_eq!(*new, row(&[Text("1"), Unchanged, Text("s")]));
}

#[tokio::test]
async fn types_truncations_and_origins_are_told() {
    let stream = Stream::of_all_tables().await;
    let origin = unique("origin");
    let all = stream
        .after(&format!(
            "create type mood as enum ('fine'); create table a (x mood); create table b (y int);
             select pg_replication_origin_create('{origin}'),
                    pg_replication_origin_session_setup('{origin}');
             begin;
             select pg_replication_origin_xact_setup('16/B374D848', now());
             insert into a values ('fine');
             commit;
             select pg_replication_origin_session_reset();
             truncate a, b restart identity cascade"
        ))
        .await;
    run(&stream.client, &format!("select pg_replication_origin_drop('{origin}')")).await;
    let all = messages(&all);
    // PostgreSQL 14 doesn't tell where a transaction comes from.
    let first = usize::from(matches!(all[0], Message::Origin { .. }));
    let Message::Relation(relation) = &all[first + 1] else { panic!("{all:?}") };
    let mood = relation.columns[0].type_oid;
    if first > 0 {
        assert_eq!(all[0], Message::Origin { commit_lsn: Lsn(0x16_B374_D848), name: &origin });
    }
    assert_eq!(all[first], Message::Type { oid: mood, schema: "public", name: "mood" });
    let Some(Message::Truncate { relations, is_cascade: true, restarts_identity: true }) =
        all.last()
    else {
        panic!("{all:?}")
    };
    assert_eq!((relations.len(), relations[0]), (2, relation.id));
}

#[tokio::test]
async fn a_table_and_a_row_are_encoded_as_postgres_does_it() {
    let stream = Stream::of_all_tables().await;
    let all = stream
        .after("create table a (x int, y text, z text); insert into a values (1, null, 'é')")
        .await;
    let Message::Relation(relation) = decode(&all[0]).unwrap() else { panic!("{all:?}") };
    assert_eq!(encode_relation(&relation).unwrap(), all[0]);
    let fields = [Field::Text("1"), Field::Null, Field::Text("é")];
    assert_eq!(encode_insert(relation.id, &fields).unwrap(), all[1]);
}
