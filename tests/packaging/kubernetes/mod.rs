//! The manifests for Kubernetes, as kustomize renders them.

mod pods;
mod wiring;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use crate::tool::{documents, ended, folder, root, succeed, tool};

/// The oldest and the newest release of Kubernetes that its project still mends.
const RELEASES: &[&str] = &["1.35", "1.37"];

/// What kustomize made of a folder, and the objects in it.
struct Rendered {
    file: PathBuf,
    objects: Vec<Value>,
}

static BASE: LazyLock<Rendered> = LazyLock::new(|| Rendered::of("base", "base", "any"));
static EXAMPLE: LazyLock<Rendered> =
    LazyLock::new(|| Rendered::of("example", "overlays/example", "a secret of a test"));

impl Rendered {
    /// Renders a folder of the manifests out of a copy, which has the secrets.
    fn of(name: &str, rendered: &str, secret: &str) -> Self {
        let copy = folder(&format!("kubernetes-{name}"));
        for folder in ["base", "overlays/example", "overlays/example/secrets"] {
            fs::create_dir_all(copy.join(folder)).unwrap();
        }
        for folder in ["base", "overlays/example"] {
            for file in fs::read_dir(root().join("deploy/kubernetes").join(folder)).unwrap() {
                let file = file.unwrap().path();
                if file.is_file() {
                    let copied = copy.join(folder).join(file.file_name().unwrap());
                    fs::copy(&file, copied).unwrap();
                }
            }
        }
        for file in ["database-url", "secret-key-base", "bootstrap-secret", "metrics-token"] {
            fs::write(copy.join("overlays/example/secrets").join(file), secret).unwrap();
        }
        let text = succeed(tool("kubectl", &["kustomize", copy.join(rendered).to_str().unwrap()]));
        let file = copy.join("rendered.yaml");
        fs::write(&file, text).unwrap();
        let objects = documents(&file);
        Self { file, objects }
    }

    /// The objects of a kind.
    fn all(&self, kind: &str) -> Vec<&Value> {
        self.objects.iter().filter(|object| object["kind"] == kind).collect()
    }

    /// The only object of a kind.
    fn the(&self, kind: &str) -> &Value {
        let found = self.all(kind);
        assert_eq!(found.len(), 1, "{kind}");
        found[0]
    }

    /// The templates of all pods, each with the name of what makes them.
    fn pods(&self) -> Vec<(&str, &Value)> {
        let makers = self.objects.iter().filter(|object| object["spec"]["template"].is_object());
        let pods: Vec<_> = makers
            .map(|maker| (maker["metadata"]["name"].as_str().unwrap(), &maker["spec"]["template"]))
            .collect();
        assert_eq!(pods.len(), 2, "the servers and the migration");
        pods
    }
}

fn validate(file: &Path, release: &str) -> (Option<i32>, String) {
    let options = ["--strict", "--kubernetes-version", release, file.to_str().unwrap()];
    ended(tool("kubernetes-validate", &options))
}

#[test]
fn every_object_is_what_kubernetes_takes() {
    for rendered in [&BASE, &EXAMPLE] {
        for release in RELEASES {
            let (status, said) = validate(&rendered.file, release);
            assert_eq!(status, Some(0), "{release}: {said}");
            assert_eq!(said.matches(" passed for resource ").count(), rendered.objects.len());
        }
    }
}

#[test]
fn a_misspelt_field_would_be_found() {
    let text = fs::read_to_string(&EXAMPLE.file).unwrap();
    let file = folder("kubernetes-misspelt").join("rendered.yaml");
    fs::write(&file, text.replacen("readOnlyRootFilesystem", "readOnlyRootFileSystem", 1)).unwrap();
    let (status, said) = validate(&file, RELEASES[0]);
    assert_ne!(status, Some(0), "{said}");
}

#[test]
fn there_is_all_that_it_takes() {
    for kind in ["Deployment", "Service", "Job", "PodDisruptionBudget", "ServiceAccount"] {
        BASE.the(kind);
    }
    assert_eq!(BASE.all("NetworkPolicy").len(), 2);
}

#[test]
fn no_secret_is_in_a_file() {
    assert!(BASE.all("Secret").is_empty());
    let kustomization =
        fs::read_to_string(root().join("deploy/kubernetes/overlays/example/.gitignore")).unwrap();
    assert_eq!(kustomization, "/secrets/\n");
    EXAMPLE.the("Secret");
}
