//! Alerts that somebody puts into the stream who isn't the engine.

use serde_json::json;

use crate::alerted::{Alerted, kinds};
use crate::scene::{Refused, migration};
use crate::support::{column, run};

/// What the engine left in the stream, as whoever may replicate sees it: in hexadecimal,
/// the transactional ones after a `t`.
async fn seen(superuser: &crate::support::Client) -> Vec<String> {
    let sql = "select case get_byte(data, 1) when 1 then 't' else 'f' end
                 || encode(substr(data, position('\\x696e7465677261746564622e616c65727400'::bytea in data) + 22), 'hex')
               from pg_logical_slot_peek_binary_changes('spy_' || current_database(), null, null,
                 'proto_version', '1', 'publication_names', 'integratedb', 'messages', 'true')
               where get_byte(data, 0) = ascii('M')
                 and position('\\x696e7465677261746564622e616c65727400'::bytea in data) > 0";
    column(superuser, sql).await
}

#[tokio::test]
async fn what_is_not_signed_or_is_repeated_is_told_to_nobody() {
    let a = Alerted::of(json!(["*"])).await;
    let superuser = a.app.database.superuser().await;
    run(
        &superuser,
        "select pg_create_logical_replication_slot('spy_' || current_database(), 'pgoutput')",
    )
    .await;
    let content = json!({
        "kind": "claim_met", "at": 0, "xid": null, "after": "0/0", "nonce": "n",
        "data": { "message": "marker" },
    });
    for transactional in [true, false] {
        for signature in ["''", "sha256('x')", "sha256('x') || sha256('y')"] {
            let forged = format!(
                "select pg_logical_emit_message({transactional}, 'integratedb.alert',
                   {signature} || int8send({}) || convert_to('{content}', 'UTF8'))",
                a.shop.id
            );
            run(&a.owner, &forged).await;
        }
        let other =
            format!("select pg_logical_emit_message({transactional}, 'somebody''s', 'marker')");
        run(&a.owner, &other).await;
    }
    Refused::of(&a.owner, &migration("alter table orders drop status")).await;
    run(&a.owner, &migration("alter table orders rename note to remark")).await;
    a.app.claim(&a.shop, &json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    let genuine = ["migration_refused", "grants_changed"];
    assert_eq!(kinds(&a.told().await), genuine);

    let seen = seen(&superuser).await;
    run(&superuser, "select pg_drop_replication_slot('spy_' || current_database())").await;
    let signed: Vec<_> = seen.iter().filter(|one| one.len() > 500).collect();
    // The first is for the audit.
    assert_eq!(signed.iter().map(|one| &one[..1]).collect::<Vec<_>>(), ["f", "f", "t"], "{seen:?}");
    for one in signed {
        for transactional in [true, false] {
            let again = format!(
                "select pg_logical_emit_message({transactional}, 'integratedb.alert', '\\x{}'::bytea)",
                &one[1..]
            );
            run(&a.owner, &again).await;
        }
    }
    assert_eq!(kinds(&a.told().await), genuine);
    assert!(!a.heard.texts().await.concat().contains("marker"));
    let audited = "select action from integratedb.audit where action = 'migration.refused'
                   union all
                   select action from integratedb.audit_unsealed where action = 'migration.refused'";
    assert_eq!(column(&superuser, audited).await.len(), 1);
}

#[tokio::test]
async fn nobody_else_can_sign() {
    let a = Alerted::of(json!(["*"])).await;
    for client in [&a.owner, &a.app.connect_as(&a.shop).await] {
        for sql in [
            "select * from integratedb.alert_key",
            "select integratedb.leave_alert(1, 'claim_met', '{}')",
            "select integratedb.alert_dead_webhook(1, '')",
        ] {
            crate::support::may_not(client, sql).await;
        }
    }
}
