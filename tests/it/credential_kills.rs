//! Credentials, while the program is killed in the middle of issuing and revoking them.

use std::sync::atomic::{AtomicU32, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::program::Serve;
use crate::support::{
    Answer, Client, Database, column, eventually, is_told_to_wait, unique, until_control_is_gone,
};

async fn bootstrap(serve: &Serve) -> String {
    let body = json!({ "user": { "username": "root", "password": "correct horse" } });
    let request = serve.http.post(format!("{}/api/v1/users", serve.origin)).json(&body);
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    answer.expect(201).data()["token"].as_str().expect("a token").to_owned()
}

/// Issues and revokes until nobody answers any more, and counts the answers.
async fn stir(serve: &Serve, token: &str, path: &str, seed: u64, answers: &AtomicU32) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut ids: Vec<Value> = Vec::new();
    loop {
        let request = match ids.pop() {
            Some(id) if random.random_range(0..3) > 0 => {
                serve.request("DELETE", &format!("{path}/{id}"), token)
            }
            id => {
                ids.extend(id);
                serve.request("POST", path, token).json(&json!({}))
            }
        };
        let Ok(response) = request.send().await else { return };
        let status = response.status().as_u16();
        assert!(status < 500 || is_told_to_wait(&response), "{status}");
        answers.fetch_add(1, Ordering::Relaxed);
        if let Ok(answer) = response.json::<Value>().await {
            ids.extend(answer["data"].get("id").cloned());
        }
    }
}

/// Where the registry and the roles disagree.
async fn disagreements(client: &Client, shop: &str) -> Vec<String> {
    let sql = format!(
        "with known as (select username, revoked_at from integratedb.credentials where username is not null),
              role as (select rolname, rolcanlogin, rolinherit, rolconfig from pg_roles where rolname like '{shop}\\_%')
         select 'no role: ' || username from known where username not in (select rolname from role)
         union all
         select 'no credential: ' || rolname from role where rolname not in (select username from known)
         union all
         select 'half: ' || rolname from role join known on username = rolname
         where rolcanlogin <> (revoked_at is null) or rolinherit
           or rolconfig is distinct from '{{role={shop}}}' or not pg_has_role(rolname, '{shop}', 'MEMBER')"
    );
    column(client, &sql).await
}

#[tokio::test]
async fn a_sudden_end_leaves_registry_and_logins_in_agreement() {
    let database = Database::create().await;
    let (superuser, url) = (database.superuser().await, database.control_url());
    let mut serve = Serve::start(&url, &[]).await;
    let token = bootstrap(&serve).await;
    let name = unique("shop");
    let body = json!({ "stakeholder": { "name": name } });
    let shop = serve.send("POST", "/stakeholders", &token, &body).await.expect(201).data().clone();
    let path = format!("/stakeholders/{}/credentials", shop["id"]);
    for round in 0..3 {
        let answers = AtomicU32::new(0);
        let kill = async {
            eventually("for answers", async || answers.load(Ordering::Relaxed) > 20).await;
            serve.signal("KILL");
        };
        let stirring = (0..3).map(|seed| stir(&serve, &token, &path, round * 3 + seed, &answers));
        tokio::join!(futures::future::join_all(stirring), kill);
        assert_eq!(serve.ended().await, None);
        // What the killed one had sent, Postgres may still be working on.
        until_control_is_gone(&superuser).await;
        assert_eq!(disagreements(&superuser, &name).await, Vec::<String>::new());
        serve = Serve::start(&url, &[("HOUSEKEEPING_INTERVAL_SECONDS", "1")]).await;
        let unfinished = "select name from integratedb.credentials where revoked_at is not null";
        eventually("for the end of what was begun", async || {
            column(&superuser, unfinished).await.is_empty()
        })
        .await;
        assert_eq!(disagreements(&superuser, &name).await, Vec::<String>::new());
    }
}
