//! The private Postgres of a check: a database like the one the snapshot is of,
//! with nothing in it but what the snapshot carries.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::Client;

use super::{Failure, rights};
use crate::auth::random_text;
use crate::claims::store::Kind;
use crate::config;
use crate::db::{self, Ident, connection};
use crate::embedded::{self, Cluster, Provision};
use crate::error::Result;
use crate::snapshot::{self, Snapshot, Unloaded};
use crate::spec::{self, Fault, Spec};
use crate::{claims, stakeholders};

const DATABASE: &str = "app";
const CONTROL: &str = "integratedb_control";

/// A running server, which ends with this.
#[derive(Debug)]
pub struct Private {
    cluster: Cluster,
    /// The role that everything belongs to, and that the command connects as.
    pub owner: String,
    pub password: String,
}

impl Private {
    /// Starts a server and prepares a database in it. No stakeholder of the
    /// snapshot is called like the role that everything belongs to.
    pub async fn start(bin_dir: Option<PathBuf>, snapshot: &Snapshot) -> Result<Self, Failure> {
        let options = embedded::Options {
            bin_dir,
            tcp_port: Some(0),
            superuser_password: Some(random_text(32).into()),
            ..Default::default()
        };
        let cluster = Cluster::start(options).await?;
        let is_free = |name: &&str| !snapshot.stakeholders.iter().any(|taken| taken.name == *name);
        let owner = ["app", "app_owner", "app_role"].into_iter().find(is_free);
        let owner = owner.unwrap_or("integratedb_app").to_owned();
        let private = Self { cluster, owner, password: random_text(32) };
        private.provision().await?;
        Ok(private)
    }

    async fn provision(&self) -> Result<()> {
        let control = (CONTROL, self.password.as_str());
        let owner = (self.owner.as_str(), self.password.as_str());
        Provision { database: DATABASE, control, owner }.apply(&self.cluster).await?;
        let (owner, database) = (Ident(&self.owner), Ident(DATABASE));
        let superuser = self.superuser().await?;
        superuser
            .simple_query(&format!(
                "alter database {database} owner to {owner};
                 alter schema public owner to pg_database_owner"
            ))
            .await?;
        rights::shut_in(&superuser).await?;
        db::install(&mut self.control().await?).await.map_err(crate::error::Error::internal)?;
        Ok(())
    }

    /// Makes the stakeholders and, unless it is to stay empty, the schema of a
    /// snapshot, then stores the claims as a PUT does. Answers what could not be made.
    pub async fn furnish(
        &self,
        snapshot: &Snapshot,
        is_empty: bool,
    ) -> Result<Vec<Unloaded>, Failure> {
        let specs = specs(snapshot)?;
        // Nobody else is there; a machine under load may take a while.
        let pool_timeout = Duration::from_mins(1);
        let database =
            config::Database { url: self.url(CONTROL).into(), pool_size: 1, pool_timeout };
        let mut control = db::pool(&database)?.get().await.map_err(crate::error::Error::from)?;
        let verifier = stakeholders::random_verifier();
        let mut ids = Vec::new();
        for Documents { name, claims, listens } in &specs {
            let transaction = control.transaction().await.map_err(crate::error::Error::from)?;
            let id = stakeholders::establish(&transaction, name, &verifier).await?;
            transaction.commit().await.map_err(crate::error::Error::from)?;
            ids.push((id, [(Kind::Claims, claims), (Kind::Notifications, listens)]));
        }
        let superuser = self.superuser().await?;
        let unloaded = if is_empty { Vec::new() } else { self.load(&superuser, snapshot).await? };
        rights::end_loading(&superuser, &self.owner).await?;
        for (id, documents) in ids {
            let transaction = control.transaction().await.map_err(crate::error::Error::from)?;
            for (kind, spec) in documents {
                claims::store::store_spec(&transaction, id, kind, spec).await?;
            }
            claims::store::publish(&transaction).await?;
            claims::store::reconcile(&transaction, id).await?;
            transaction.commit().await.map_err(crate::error::Error::from)?;
        }
        Ok(unloaded)
    }

    /// Makes what the snapshot describes. What that runs meanwhile runs as the owner, who
    /// may do no more than own it.
    async fn load(&self, superuser: &Client, snapshot: &Snapshot) -> Result<Vec<Unloaded>> {
        rights::begin_loading(superuser, &self.owner).await?;
        let owner = connection::connect(&self.owner_url()).await?;
        let mut unloaded = snapshot::load_surroundings(superuser, &owner, snapshot).await?;
        rights::open_schemas(superuser, &self.owner).await?;
        unloaded.extend(snapshot::load(&owner, snapshot).await?);
        Ok(unloaded)
    }

    /// Where the command finds its database.
    pub fn owner_url(&self) -> String {
        self.url(&self.owner)
    }

    /// The major version of the server.
    pub async fn major_version(&self) -> Result<i32> {
        let version = "select current_setting('server_version_num')::integer / 10000";
        Ok(self.control().await?.query_one(version, &[]).await?.get(0))
    }

    pub fn port(&self) -> u16 {
        self.cluster.port()
    }

    pub fn database(&self) -> &'static str {
        DATABASE
    }

    /// Connects as the superuser, whom only the functions and operators of Postgres are there
    /// for, whatever the database and its settings have become.
    pub async fn superuser(&self) -> Result<Client> {
        let url = self.cluster.superuser_url(DATABASE);
        connection::connect_with(&url, "-c search_path=pg_catalog,pg_temp", "integratedb").await
    }

    /// Connects as the control plane.
    pub async fn control(&self) -> Result<Client> {
        connection::connect(&self.url(CONTROL)).await
    }

    /// Ends the server and leaves nothing.
    pub async fn stop(self) -> Result<(), embedded::Error> {
        self.cluster.stop().await
    }

    fn url(&self, role: &str) -> String {
        // Written out, as some tools know the scheme by no shorter name.
        let url = self.cluster.url(role, Some(&self.password), DATABASE);
        url.replacen("postgres://", "postgresql://", 1)
    }
}

/// A stakeholder of a snapshot, and what it depends on.
struct Documents {
    name: stakeholders::Name,
    claims: Spec,
    listens: Spec,
}

fn specs(snapshot: &Snapshot) -> Result<Vec<Documents>, Failure> {
    let parsed = snapshot.stakeholders.iter().map(|stakeholder| {
        let unusable = |why: &str| {
            let name = stakeholder.name.clone();
            Failure::Stakeholder { name, why: why.to_owned() }
        };
        let name = stakeholders::Name::new(&stakeholder.name).map_err(unusable)?;
        let in_words = |faults: Vec<Fault>| {
            let faults: Vec<String> =
                faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.message)).collect();
            unusable(&faults.join(" "))
        };
        let (claims, _) = spec::parse(&stakeholder.claims).map_err(in_words)?;
        let listens = match &stakeholder.listens {
            Some(matches) => listens(matches).map_err(in_words)?,
            None => Spec::default(),
        };
        Ok(Documents { name, claims, listens })
    });
    parsed.collect()
}

/// What a stakeholder listens to. A snapshot doesn't say through which channels, so
/// something stands for each that is named.
fn listens(matches: &Value) -> Result<Spec, Vec<Fault>> {
    let all = matches.as_array().map_or(std::slice::from_ref(matches), Vec::as_slice);
    let chosen = all.iter().filter_map(|one| one["channels"].as_array()).flatten();
    let names: BTreeSet<&str> =
        chosen.filter_map(Value::as_str).filter(|name| *name != "*").collect();
    let channels: Vec<Value> = names
        .into_iter()
        .chain(["every"])
        .map(|name| json!({ "type": "SOCKET", "name": name }))
        .collect();
    let document = json!({ "match": matches, "channels": channels });
    spec::parse_notifications(&document).map(|(notifications, _)| notifications.spec)
}
