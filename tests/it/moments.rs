//! The one form of a time, which Postgres and the program have to agree on.

use integratedb::moment::Moment;

use crate::support::{TestApp, run};

#[tokio::test]
async fn the_engine_and_the_program_write_a_time_alike_in_every_session() {
    let app = TestApp::start().await;
    let client = app.database.superuser().await;
    run(&client, "set timezone = 'Asia/Kolkata'; set datestyle = 'SQL, DMY'").await;
    let sql = "select t, integratedb.rfc3339(t), to_jsonb(t) #>> '{}'
               from unnest(array[now(), '2026-01-31 12:00:00+00', '1999-12-31 23:59:59.999+00',
                                 '2026-07-01 00:00:00.5+02', null]::timestamptz[]) t";
    for row in client.query(sql, &[]).await.expect("rows") {
        let moment: Option<Moment> = row.get(0);
        let written = moment.map(|moment| moment.to_string());
        assert_eq!(row.get::<_, Option<String>>(1), written);
        let read = row.get::<_, Option<String>>(2).map(|text| text.parse().expect("a time"));
        assert_eq!(read, moment);
    }
}
