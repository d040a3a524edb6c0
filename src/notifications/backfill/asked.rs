//! What backfills were asked for, so that their rows are told to nobody else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deadpool_postgres::GenericClient;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::spec::{ChannelNames, Condition};

/// What a backfill was asked for. It never changes.
#[derive(Debug)]
pub struct Asked {
    pub stakeholder: i64,
    /// Which match of the stakeholder's document.
    pub match_no: i32,
    pub channels: ChannelNames,
    /// What must hold of a row beside what the match says.
    pub condition: Option<Condition>,
}

/// All that this instance has come across, by id; none of those that are gone. Clones
/// share them.
#[derive(Debug, Clone, Default)]
pub struct Backfills(Arc<Mutex<HashMap<i64, Option<Arc<Asked>>>>>);

impl Backfills {
    /// Makes sure that these are known.
    pub async fn learn(&self, pool: &Pool, ids: impl Iterator<Item = i64>) -> Result<()> {
        let mut unknown: Vec<i64> = {
            let known = self.lock();
            ids.filter(|id| !known.contains_key(id)).collect()
        };
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        unknown.dedup();
        let mut found = load(&pool.get().await?, &unknown).await?;
        let mut known = self.lock();
        known.extend(unknown.into_iter().map(|id| (id, found.remove(&id).map(Arc::new))));
        Ok(())
    }

    /// What a stakeholder asked for by this backfill, if it was this one.
    pub fn of(&self, stakeholder: i64, id: i64) -> Option<Arc<Asked>> {
        let known = self.lock().get(&id).cloned().flatten();
        known.filter(|asked| asked.stakeholder == stakeholder)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Option<Arc<Asked>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn load(client: &impl GenericClient, ids: &[i64]) -> Result<HashMap<i64, Asked>> {
    let rows = client
        .query(
            "select id, stakeholder_id, match_no, channels, condition
             from integratedb.backfills where id = any ($1)",
            &[/* ids */ &ids],
        )
        .await?;
    let asked = rows.iter().map(|row| {
        let condition: Option<serde_json::Value> = row.get("condition");
        let condition = condition.map(serde_json::from_value).transpose();
        let asked = Asked {
            stakeholder: row.get("stakeholder_id"),
            match_no: row.get("match_no"),
            channels: row.get::<_, Vec<String>>("channels").into(),
            condition: condition.map_err(Error::internal)?,
        };
        Ok((row.get("id"), asked))
    });
    asked.collect()
}
