//! Which alerts stakeholders want, and the telling of what nobody but this program
//! notices.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use crate::App;
use crate::error::Result;
use crate::spec::Alerts;

/// The alerts that a stakeholder wants.
pub async fn wanted(client: &impl GenericClient, stakeholder: i64) -> Result<Option<Alerts>> {
    let sql = "select kinds, channels from integratedb.alerts where stakeholder_id = $1";
    let row = client.query_opt(sql, &[/* stakeholder */ &stakeholder]).await?;
    Ok(row.as_ref().map(alerts))
}

/// Those of all stakeholders.
pub async fn wanted_by_all(client: &impl GenericClient) -> Result<HashMap<i64, Alerts>> {
    let sql = "select stakeholder_id, kinds, channels from integratedb.alerts";
    let rows = client.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("stakeholder_id"), alerts(row))).collect())
}

/// Makes the alerts that a stakeholder wants those of its document. Which of its claims
/// are unmet when it begins to want any is no news.
pub async fn put(
    client: &impl GenericClient,
    stakeholder: i64,
    alerts: Option<&Alerts>,
) -> Result<()> {
    let Some(Alerts { kinds, channels }) = alerts else {
        let sql = "delete from integratedb.alerts where stakeholder_id = $1";
        client.execute(sql, &[/* stakeholder */ &stakeholder]).await?;
        return Ok(());
    };
    if wanted(client, stakeholder).await?.is_none() {
        let sql = "select integratedb.note_unmet(array[$1::bigint], is_quiet => true)";
        client.execute(sql, &[/* stakeholder */ &stakeholder]).await?;
    }
    client
        .execute(
            "insert into integratedb.alerts (stakeholder_id, kinds, channels)
             values ($1, $2, $3)
             on conflict on constraint alerts_pkey do update
             set kinds = excluded.kinds, channels = excluded.channels",
            &[
                /* stakeholder */ &stakeholder,
                /* kinds */ &Vec::from(kinds.clone()),
                /* channels */ &Vec::from(channels.clone()),
            ],
        )
        .await?;
    Ok(())
}

/// Tells whoever wants to know of credentials that are about to expire; answers how many
/// these were.
pub async fn tell_expiring(app: &App) -> Result<u64> {
    let client = app.pool.get().await?;
    let told: i64 = client.query_one("select integratedb.alert_expiring()", &[]).await?.get(0);
    Ok(told.unsigned_abs())
}

/// Tells, once, that nobody takes what a webhook sends, and why.
pub async fn tell_death(client: &impl GenericClient, channel: i64, why: &str) -> Result<()> {
    let sql = "select integratedb.alert_dead_webhook($1, $2)";
    client.execute(sql, &[/* channel */ &channel, /* why */ &why]).await?;
    Ok(())
}

fn alerts(row: &Row) -> Alerts {
    let (kinds, channels): (Vec<String>, Vec<String>) = (row.get("kinds"), row.get("channels"));
    Alerts { kinds: kinds.into(), channels: channels.into() }
}
