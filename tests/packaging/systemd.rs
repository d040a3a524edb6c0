//! The unit for systemd, as systemd reads it.

use std::fs;

use integratedb::config::SETTINGS;

use crate::tool::{command, folder, read, succeed};

const UNIT: &str = "deploy/systemd/integratedb.service";

/// The values of a setting of the unit.
fn values(name: &str) -> Vec<String> {
    let prefix = format!("{name}=");
    read(UNIT).lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

#[test]
fn systemd_has_nothing_to_object_to() {
    let text = read(UNIT);
    let start = "ExecStart=/usr/local/bin/integratedb serve";
    assert!(text.contains(start));
    // The program is elsewhere while it isn't installed.
    let here = format!("ExecStart={} serve", env!("CARGO_BIN_EXE_integratedb"));
    let unit = folder("systemd").join("integratedb.service");
    fs::write(&unit, text.replace(start, &here)).unwrap();
    let said = succeed(command("systemd-analyze", &["verify", "--man=no", unit.to_str().unwrap()]));
    assert_eq!(said, "");
}

/// On systemd's scale from 0 to 10, where most services are above 9.
#[test]
fn it_is_exposed_by_one_and_a_half_at_most() {
    succeed(command(
        "systemd-analyze",
        &["security", "--no-pager", "--offline=true", "--threshold=15", UNIT],
    ));
}

#[test]
fn it_has_time_to_stop() {
    let default = SETTINGS.iter().find(|s| s.name == "SHUTDOWN_TIMEOUT_SECONDS").unwrap().default;
    let patience: u64 = values("TimeoutStopSec")[0].parse().unwrap();
    assert!(patience >= default.parse::<u64>().unwrap() + 5);
}

#[test]
fn it_sets_what_is_a_setting_from_what_is_a_credential() {
    let credentials = values("LoadCredential");
    for variable in values("Environment") {
        let (name, file) = variable.split_once('=').unwrap();
        let name = name.strip_suffix("_FILE").unwrap();
        assert!(SETTINGS.iter().any(|setting| setting.name == name), "{name}");
        let credential = file.strip_prefix("%d/").unwrap();
        let loaded = format!("{credential}:/etc/integratedb/{credential}");
        assert!(credentials.contains(&loaded), "{loaded}");
    }
    assert_eq!(credentials.len(), values("Environment").len());
}
