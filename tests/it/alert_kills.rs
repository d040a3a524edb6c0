//! Alerts while the program that tells them is killed.

use std::collections::HashSet;

use serde_json::json;

use crate::backfill_races::{ORDERS, Program};
use crate::scene::{Refused, migration};
use crate::support::{Collector, Database, column, eventually, run};

#[tokio::test]
async fn no_alert_is_lost_or_made_up_whenever_the_program_is_killed() {
    let database = Database::create().await;
    let owner = database.owner().await;
    run(&owner, ORDERS).await;
    let stream = Collector::new().await;
    let mut program = Program::start(database, &stream).await;
    let document = json!({ "match": [], "channels": [stream.channel()], "alerts": ["*"] });
    program.send("PUT", "/notifications", &document).await.expect(200);
    let slot = "select slot_lsn from integratedb.stream where slot_lsn is not null";
    let control = program.database.control().await;
    eventually("for the slot", async || !column(&control, slot).await.is_empty()).await;
    let mut refused = 0;
    for round in 0..5 {
        for _ in 0..=round * 3 {
            let refusal = Refused::of(&owner, &migration("alter table orders drop status")).await;
            assert_eq!(refusal.faults().len(), 1);
            refused += 1;
        }
        program.kill_and_start_again().await;
    }
    run(&control, "select integratedb_sync()").await;
    run(&owner, "alter table orders rename status to state").await;
    run(&control, "select integratedb_sync()").await;
    let events = stream.until_told("claim_unmet").await;
    let ids: HashSet<_> = events.iter().map(|event| event["id"].to_string()).collect();
    let told = events.iter().filter(|event| event["type"] == "integratedb.alert.migration_refused");
    assert_eq!((told.count(), ids.len()), (refused, events.len()));
    let audited = "select sum(n) from (
        select count(*) n from integratedb.audit where action = 'migration.refused'
        union all
        select count(*) from integratedb.audit_unsealed where action = 'migration.refused'
      ) a";
    assert_eq!(column(&control, audited).await, [refused.to_string()]);
}
