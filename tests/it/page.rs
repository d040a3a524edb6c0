//! The files of the page: who gets them, and what they allow a browser.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use integratedb::page::routes::FILES;

use crate::support::TestApp;

fn origin(app: &TestApp) -> &str {
    app.base.trim_end_matches("/api/v1")
}

#[tokio::test]
async fn the_page_comes_from_the_program_and_allows_nothing_from_elsewhere() {
    let app = TestApp::empty().await;
    for (path, kind, bytes) in FILES {
        let answer = app.http.get(format!("{}{path}", origin(&app))).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let headers = answer.headers().clone();
        assert_eq!(headers["content-type"], *kind, "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert!(headers.contains_key("permissions-policy"));
        assert_eq!(answer.bytes().await.unwrap(), *bytes, "{path}");

        let request = app.http.get(format!("{}{path}", origin(&app)));
        let again = request.header("If-None-Match", &headers["etag"]).send().await.unwrap();
        assert_eq!(again.status(), 304, "{path}");
    }
}

#[test]
fn every_file_of_the_page_is_served() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("priv/page");
    let mut folders = vec![root.clone()];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 400, "{} has {lines} lines", path.display());
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            found.insert(if name == "index.html" { "/".into() } else { format!("/page/{name}") });
        }
    }
    let served: BTreeSet<String> = FILES.iter().map(|(path, ..)| (*path).to_owned()).collect();
    assert_eq!(found, served);
}

/// The policy would refuse them; this says where they are.
#[test]
fn nothing_of_the_page_is_inline_or_from_elsewhere() {
    for (path, kind, bytes) in FILES {
        let text = std::str::from_utf8(bytes).unwrap();
        for word in ["style=\"", "onclick=\"", "javascript:", "innerHTML", "eval(", "https://"] {
            assert!(!text.contains(word), "{path} has {word}");
        }
        assert!(!kind.starts_with("text/html") || !text.contains("<script>"), "{path}");
    }
}
