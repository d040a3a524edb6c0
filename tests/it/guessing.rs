//! What a crowd of those who guess passwords takes up.

use futures::future::join_all;
use serde_json::json;

use crate::support::program::Serve;
use crate::support::{Answer, Database, TestApp, column, run};

/// What fifty log-ins may add to the memory of the program, in megabytes: 19 for each of the
/// eight that are worked on at once at most, and the requests themselves.
const MOST: u64 = 200;

#[tokio::test]
#[cfg_attr(not(target_os = "linux"), ignore = "it reads /proc")]
async fn a_crowd_that_guesses_leaves_the_memory_as_it_was() {
    let database = Database::create().await;
    let serve = Serve::start(&database.control_url(), &[]).await;
    serve.first_user().await;
    let before = serve.megabytes("VmRSS:");
    let guess = async |guest: usize| {
        let body =
            json!({ "data": { "username": format!("guest{guest}"), "password": "a guess" } });
        let request = serve.http.post(format!("{}/api/v1/auth/login", serve.origin)).json(&body);
        Answer::of(request.send().await.expect("an answer")).await.expect(403);
    };
    // Ten at once have a connection each.
    for ten in 0..5 {
        join_all((0..10).map(|guest| guess(10 * ten + guest))).await;
    }
    let peak = serve.megabytes("VmHWM:");
    assert!(peak - before < MOST, "{before} MB before, then {peak} MB");
}

#[tokio::test]
async fn who_is_refused_leaves_nothing_however_many_names_they_think_of() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    let guess = async |username: &str| {
        let body = json!({ "data": { "username": username, "password": "a guess" } });
        app.post("/auth/login", &body).await
    };
    guess("root").await.expect(403);
    run(&superuser, "update integratedb.login_attempts set attempts = 100").await;
    for name in ["root", "one", "two", "three"] {
        let refused = guess(name).await.expect(429);
        let seconds: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
    let kept = "select count(*) from integratedb.login_attempts";
    assert_eq!(column(&superuser, kept).await, ["3"]);
    let most = "select max(attempts) from integratedb.login_attempts";
    assert_eq!(column(&superuser, most).await, ["100"]);
}
