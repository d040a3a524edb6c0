//! The contract for people: `/docs`, which needs nobody but this server.

use integratedb::contract::routes::PAGE;
use reqwest::{Method, Response};

use crate::support::TestApp;

async fn ask(app: &TestApp, method: Method, path: &str, known: Option<&str>) -> Response {
    let origin = app.base.strip_suffix("/api/v1").expect("the base");
    let mut request = app.http.request(method, format!("{origin}{path}"));
    if let Some(known) = known {
        request = request.header("if-none-match", known);
    }
    request.send().await.expect("an answer")
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn the_page_and_all_it_names_is_served_and_may_do_nothing_else() {
    let app = TestApp::start().await;
    for (path, kind, _) in PAGE {
        let response = ask(&app, Method::GET, path, None).await;
        assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, *kind));
        let policy = header(&response, "content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(
            !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        let etag = header(&response, "etag").to_owned();
        assert_eq!(ask(&app, Method::GET, path, Some(&etag)).await.status(), 304, "{path}");
        assert_eq!(ask(&app, Method::HEAD, path, None).await.status(), 200, "{path}");
        let refused = ask(&app, Method::POST, path, None).await;
        assert_eq!((refused.status().as_u16(), header(&refused, "allow")), (405, "GET, HEAD"));

        let text = response.text().await.expect("a text");
        for elsewhere in ["http://", "https://", "<style", "onclick", "innerHTML"] {
            assert!(!text.contains(elsewhere), "{path} has {elsewhere}");
        }
        let is_file = |part: &&str| [".js", ".css"].iter().any(|end| part.ends_with(end));
        let named = text.split('"').filter(is_file);
        for part in named {
            let name = part.rsplit('/').next().unwrap_or(part);
            let is_there = PAGE.iter().any(|(path, ..)| *path == format!("/docs/{name}"));
            assert!(is_there, "{path} names {part}");
        }
    }
}

#[tokio::test]
async fn the_contract_is_open_to_anyone() {
    let mut app = TestApp::start().await;
    app.token = None;
    let contract = app.get("/openapi.json").await.expect(200);
    assert_eq!(contract.body["openapi"], "3.1.0");
    assert!(contract.body["paths"]["/api/v1/stakeholders/{id}/claims"]["put"].is_object());
    let known = contract.header("etag").to_owned();
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("if-none-match", known.parse().unwrap());
    app.send_with(Method::GET, "/openapi.json", headers, None).await.expect(304);
}
