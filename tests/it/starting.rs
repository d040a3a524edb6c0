//! A start that has to wait, and what ends one.

use crate::process::prepared_database;
use crate::support::program::{SECRET_KEY_BASE, Serve, output, program};
use crate::support::{Database, eventually, free_port, run};

#[tokio::test]
async fn a_start_waits_for_who_is_in_its_way() {
    let database = Database::create().await;
    let url = database.control_url();
    let superuser = database.superuser().await;
    run(&superuser, "begin; lock table integratedb.stakeholders in row exclusive mode").await;
    let port = free_port().to_string();
    let log = std::env::temp_dir().join(crate::support::unique("log"));
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("SECRET_KEY_BASE", SECRET_KEY_BASE),
        ("PORT", port.as_str()),
        ("LOCK_TIMEOUT_MS", "50"),
    ];
    let mut program = program(&["serve"], &settings)
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .expect("the program");
    let mut said = async |word: &str| {
        assert!(program.try_wait().unwrap().is_none(), "it has ended");
        std::fs::read_to_string(&log).unwrap().contains(word)
    };
    eventually("for it to wait", async || said("trying again").await).await;
    run(&superuser, "commit").await;
    eventually("for it to listen", async || said("listening").await).await;
    std::fs::remove_file(&log).unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_with_the_setting() {
    let database = Database::create().await;
    let serve = Serve::start(&database.control_url(), &[]).await;
    let port = serve.origin.rsplit(':').next().unwrap();
    let url = database.control_url();
    let settings = [("DATABASE_URL", url.as_str()), ("SECRET_KEY_BASE", SECRET_KEY_BASE)];
    let settings = [&settings[..], &[("PORT", port)]].concat();
    let ended = output(&["serve"], &settings).await;
    let text = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{text}");
    assert!(text.contains(port) && text.contains("PORT)") && !text.contains("internal"), "{text}");
}

#[tokio::test]
async fn what_asks_an_installation_says_where_there_is_none() {
    let database = prepared_database().await;
    let url = database.control_url();
    for command in ["unmet", "snapshot"] {
        let ended = output(&[command], &[("DATABASE_URL", &url)]).await;
        let text = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{text}");
        assert!(text.contains("`integratedb migrate` does it"), "{text}");
        assert!(text.contains(&database.name), "{text}");
    }
}
