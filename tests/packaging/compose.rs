//! `compose.yaml`, as Compose reads it.

use std::process::Command;

use serde_json::{Value, json};

use crate::tool::{ended, program, succeed, tool};

fn compose(arguments: &[&str]) -> Command {
    tool("docker-compose", arguments)
}

fn service(name: &str) -> Value {
    let mut command = compose(&["config", "--format", "json"]);
    command.env("SECRET_KEY_BASE", "a secret of thirty-two characters");
    let project: Value = serde_json::from_str(&succeed(command)).unwrap();
    project["services"][name].clone()
}

#[test]
fn it_starts_nothing_without_a_secret() {
    let mut command = compose(&["config", "--quiet"]);
    command.env_remove("SECRET_KEY_BASE");
    let (status, said) = ended(command);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("SECRET_KEY_BASE is missing a value: set it to 32"), "{said}");
}

#[test]
fn the_program_may_next_to_nothing() {
    let service = service("integratedb");
    assert_eq!(service["read_only"], true);
    assert_eq!(service["cap_drop"], json!(["ALL"]));
    assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]));
    assert_eq!(service["ports"][0]["host_ip"], "127.0.0.1");
}

#[test]
fn it_is_asked_whether_it_is_ready() {
    let service = service("integratedb");
    let asked: Vec<String> =
        serde_json::from_value(service["healthcheck"]["test"].clone()).unwrap();
    assert_eq!(asked[..2], ["CMD", "/usr/local/bin/integratedb"]);
    let asked: Vec<&str> = asked[2..].iter().map(String::as_str).chain(["--help"]).collect();
    succeed(program(&asked));
    assert_eq!(service["depends_on"]["postgres"]["condition"], "service_healthy");
}
