//! What belongs together: who finds whom, what is asked where, and what is named alike.

use integratedb::config::SETTINGS;
use serde_json::Value;

use super::{BASE, EXAMPLE, Rendered};
use crate::tool::{VERSION, program, read, succeed};

/// The container of the servers.
fn server(rendered: &Rendered) -> &Value {
    &rendered.the("Deployment")["spec"]["template"]["spec"]["containers"][0]
}

/// Whether a selector finds pods of these labels.
fn selects(selector: &Value, labels: &Value) -> bool {
    selector.as_object().unwrap().iter().all(|(label, value)| labels[label] == *value)
}

/// The names of those whose pods a selector finds.
fn selected<'a>(rendered: &'a Rendered, selector: &Value) -> Vec<&'a str> {
    let pods = rendered.pods().into_iter();
    pods.filter(|(_, pod)| selects(selector, &pod["metadata"]["labels"]))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn servers_are_found_and_the_migration_is_not() {
    for rendered in [&BASE, &EXAMPLE] {
        let selectors = [
            &rendered.the("Service")["spec"]["selector"],
            &rendered.the("Deployment")["spec"]["selector"]["matchLabels"],
            &rendered.the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        ];
        for selector in selectors {
            assert_eq!(selected(rendered, selector), ["integratedb"]);
        }
        let spread = &rendered.the("Deployment")["spec"]["template"]["spec"];
        for spread in spread["topologySpreadConstraints"].as_array().unwrap() {
            let selector = &spread["labelSelector"]["matchLabels"];
            assert_eq!(selected(rendered, selector), ["integratedb"]);
        }
    }
}

#[test]
fn every_pod_has_a_network_policy_and_only_servers_are_spoken_to() {
    for policy in BASE.all("NetworkPolicy") {
        let found = selected(&BASE, &policy["spec"]["podSelector"]["matchLabels"]);
        assert_eq!(policy["spec"]["policyTypes"], serde_json::json!(["Ingress", "Egress"]));
        if policy["metadata"]["name"] == "integratedb" {
            assert_eq!(found, ["integratedb", "integratedb-migrate"]);
            assert!(policy["spec"]["ingress"].is_null());
        } else {
            assert_eq!(found, ["integratedb"]);
            assert_eq!(policy["spec"]["ingress"][0]["ports"][0]["port"], "http");
        }
    }
}

/// Where webhooks may not lead, no packet may either.
#[test]
fn servers_reach_nothing_private_of_their_own_accord() {
    let policies = BASE.all("NetworkPolicy");
    let policy = policies.iter().find(|policy| policy["metadata"]["name"] == "integratedb-server");
    let policy = policy.unwrap().to_string();
    for network in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"] {
        assert!(policy.contains(network), "{network}");
    }
}

#[test]
fn probes_ask_what_is_meant_for_them() {
    let server = server(&BASE);
    let port = &server["ports"][0];
    for (probe, path) in
        [("startupProbe", "/health"), ("livenessProbe", "/health"), ("readinessProbe", "/ready")]
    {
        assert_eq!(server[probe]["httpGet"]["path"], path);
        assert_eq!(server[probe]["httpGet"]["port"], port["name"]);
    }
    assert_eq!(BASE.the("Service")["spec"]["ports"][0]["targetPort"], port["name"]);
    assert!(read("Dockerfile").contains(&format!("PORT={}", port["containerPort"])));
}

#[test]
fn what_runs_is_a_command_of_the_program() {
    for (_, pod) in BASE.pods() {
        let arguments = pod["spec"]["containers"][0]["args"].as_array().unwrap();
        let arguments = arguments.iter().map(|argument| argument.as_str().unwrap());
        succeed(program(&arguments.chain(["--help"]).collect::<Vec<_>>()));
    }
}

#[test]
fn servers_have_time_to_stop() {
    let pod = &BASE.the("Deployment")["spec"]["template"]["spec"];
    let patience = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
    let pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
    let settings = &BASE.the("ConfigMap")["data"];
    let shutdown: u64 = settings["SHUTDOWN_TIMEOUT_SECONDS"].as_str().unwrap().parse().unwrap();
    assert!(patience >= pause + shutdown + 5);
}

#[test]
fn an_update_takes_no_server_away_before_another_is_there() {
    let update = &BASE.the("Deployment")["spec"]["strategy"]["rollingUpdate"];
    assert_eq!((&update["maxUnavailable"], &update["maxSurge"]), (&0.into(), &1.into()));
}

#[test]
fn every_setting_is_one() {
    for rendered in [&BASE, &EXAMPLE] {
        let settings = rendered.the("ConfigMap")["data"].as_object().unwrap();
        let mut names: Vec<&str> = settings.keys().map(String::as_str).collect();
        for (_, pod) in rendered.pods() {
            for variable in pod["spec"]["containers"][0]["env"].as_array().unwrap() {
                names.push(variable["name"].as_str().unwrap().strip_suffix("_FILE").unwrap());
            }
        }
        for name in names {
            assert!(SETTINGS.iter().any(|setting| setting.name == name), "{name}");
        }
    }
}

#[test]
fn what_is_set_or_secret_is_mounted_from_what_the_example_makes() {
    let settings = EXAMPLE.the("ConfigMap")["metadata"]["name"].as_str().unwrap();
    let secret = EXAMPLE.the("Secret");
    for (name, pod) in EXAMPLE.pods() {
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["envFrom"][0]["configMapRef"]["name"], settings, "{name}");
        let mounted = &pod["spec"]["volumes"][0]["secret"];
        assert_eq!(mounted["secretName"], secret["metadata"]["name"], "{name}");
        for variable in container["env"].as_array().unwrap() {
            let file = variable["value"].as_str().unwrap();
            let key = file.strip_prefix("/run/secrets/integratedb/").unwrap();
            assert!(secret["data"][key].is_string(), "{name}: {key}");
        }
    }
}

#[test]
fn servers_restart_when_a_secret_changes() {
    let other = Rendered::of("other", "overlays/example", "another secret");
    assert_ne!(other.the("Deployment"), EXAMPLE.the("Deployment"));
}

#[test]
fn the_image_is_of_this_version() {
    assert_eq!(server(&BASE)["image"], format!("integratedb:{VERSION}"));
    let image = format!("registry.example.com/integratedb:{VERSION}");
    for (_, pod) in EXAMPLE.pods() {
        assert_eq!(pod["spec"]["containers"][0]["image"], image);
        assert_eq!(pod["metadata"]["labels"]["app.kubernetes.io/version"], VERSION);
    }
    assert_eq!(EXAMPLE.the("Deployment")["spec"]["replicas"], 3);
}
