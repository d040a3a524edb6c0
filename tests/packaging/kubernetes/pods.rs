//! What pods may: Kubernetes's Pod Security Standard "restricted", rule by rule, and what
//! should go without saying beside it.
//!
//! <https://kubernetes.io/docs/concepts/security/pod-security-standards/>

use serde_json::{Value, json};

use super::{BASE, EXAMPLE};

/// All containers of a pod.
fn containers(pod: &Value) -> Vec<&Value> {
    let kinds = ["containers", "initContainers", "ephemeralContainers"];
    kinds.iter().filter_map(|kind| pod[kind].as_array()).flatten().collect()
}

/// Calls with each pod, and with who it belongs to.
fn every_pod(check: impl Fn(&str, &Value)) {
    for rendered in [&BASE, &EXAMPLE] {
        for (name, template) in rendered.pods() {
            check(name, &template["spec"]);
        }
    }
}

/// Calls with each container, and with the settings that hold for it.
fn every_container(check: impl Fn(&str, &Value)) {
    every_pod(|name, pod| {
        assert!(!containers(pod).is_empty(), "{name}");
        for container in containers(pod) {
            let mut settings = pod["securityContext"].as_object().cloned().unwrap_or_default();
            settings.extend(container["securityContext"].as_object().cloned().unwrap_or_default());
            check(name, &Value::Object(settings));
        }
    });
}

#[test]
fn they_share_nothing_with_their_node() {
    every_pod(|name, pod| {
        for shared in ["hostNetwork", "hostPID", "hostIPC"] {
            assert!(!pod[shared].as_bool().unwrap_or_default(), "{name}: {shared}");
        }
        for container in containers(pod) {
            for port in container["ports"].as_array().unwrap_or(&Vec::new()) {
                assert!(port["hostPort"].is_null(), "{name}");
            }
            for asked in ["startupProbe", "livenessProbe", "readinessProbe"] {
                assert!(container[asked]["httpGet"]["host"].is_null(), "{name}: {asked}");
            }
        }
    });
}

#[test]
fn their_volumes_are_of_kinds_that_reach_nothing_else() {
    let harmless = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    every_pod(|name, pod| {
        for volume in pod["volumes"].as_array().unwrap() {
            let kinds = volume.as_object().unwrap().keys().filter(|key| *key != "name");
            kinds.for_each(|kind| assert!(harmless.contains(&kind.as_str()), "{name}: {kind}"));
        }
    });
}

#[test]
fn they_are_not_root_and_never_become_it() {
    every_container(|name, settings| {
        assert_eq!(settings["runAsNonRoot"], true, "{name}");
        assert_ne!(settings["runAsUser"], 0, "{name}");
        assert_eq!(settings["allowPrivilegeEscalation"], false, "{name}");
        assert_eq!(settings["privileged"], false, "{name}");
        assert_eq!(settings["capabilities"], json!({ "drop": ["ALL"] }), "{name}");
    });
}

#[test]
fn they_call_only_what_is_usual_of_the_kernel() {
    every_container(|name, settings| {
        assert_eq!(settings["seccompProfile"], json!({ "type": "RuntimeDefault" }), "{name}");
        for unusual in ["procMount", "appArmorProfile", "seLinuxOptions", "sysctls"] {
            assert!(settings[unusual].is_null(), "{name}: {unusual}");
        }
    });
}

#[test]
fn they_write_nothing() {
    every_container(|name, settings| {
        assert_eq!(settings["readOnlyRootFilesystem"], true, "{name}");
    });
    every_pod(|name, pod| {
        for mount in containers(pod).iter().flat_map(|one| one["volumeMounts"].as_array().unwrap())
        {
            assert_eq!(mount["readOnly"], true, "{name}");
        }
    });
}

#[test]
fn they_are_nobody_to_kubernetes() {
    every_pod(|name, pod| {
        assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
        assert_eq!(pod["serviceAccountName"], "integratedb", "{name}");
        assert_eq!(pod["enableServiceLinks"], false, "{name}");
    });
    assert_eq!(BASE.the("ServiceAccount")["automountServiceAccountToken"], false);
}

#[test]
fn they_say_how_much_they_take() {
    every_pod(|name, pod| {
        for container in containers(pod) {
            let resources = &container["resources"];
            for figure in ["/requests/cpu", "/requests/memory", "/limits/memory"] {
                assert!(resources.pointer(figure).is_some(), "{name}: {figure}");
            }
        }
    });
}

#[test]
fn the_example_has_kubernetes_insist_on_it() {
    let labels = &EXAMPLE.the("Namespace")["metadata"]["labels"];
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
}
