//! Every route on one screen.

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Resource, Route, guard};

use crate::auth::Access;
use crate::http::{self, BASE, RouteTable, caller, failure};
use crate::notifications::channels::socket;
use crate::users::Role::{Admin, Operator, Viewer};
use crate::{
    audit, auth, claims, contract, credentials, figures, folder, guards, health, insight, keys,
    notifications, page, sessions, snapshot, stakeholders, tokens, users,
};

/// The routes below [`BASE`]: method, path, who may call it.
pub const ROUTES: RouteTable = RouteTable(&[
    ("GET", "/users", Access::Role(Viewer)),
    ("POST", "/users", Access::FirstOr(Admin)),
    ("GET", "/users/{id}", Access::SelfOr(Viewer)),
    ("PUT", "/users/{id}", Access::SelfOr(Admin)),
    ("DELETE", "/users/{id}", Access::Role(Admin)),
    ("POST", "/auth/login", Access::Anyone),
    ("POST", "/auth/renew", Access::Anyone),
    ("GET", "/auth/session", Access::Anyone),
    ("POST", "/auth/session", Access::Anyone),
    ("DELETE", "/auth/session", Access::Anybody),
    ("GET", "/me", Access::Anybody),
    ("GET", "/keys", Access::Role(Viewer)),
    ("POST", "/keys", Access::Role(Operator)),
    ("DELETE", "/keys/{id}", Access::Role(Operator)),
    ("GET", "/stakeholders", Access::Role(Viewer)),
    ("POST", "/stakeholders", Access::Role(Operator)),
    ("GET", "/stakeholders/{id}", Access::Role(Viewer)),
    ("PUT", "/stakeholders/{id}", Access::Role(Operator)),
    ("DELETE", "/stakeholders/{id}", Access::Role(Operator)),
    ("POST", "/claims/plan", Access::Role(Operator)),
    ("POST", "/claims/apply", Access::Role(Operator)),
    ("GET", "/stakeholders/{id}/claims", Access::OwnOr(Viewer)),
    ("PUT", "/stakeholders/{id}/claims", Access::OwnOr(Operator)),
    ("GET", "/stakeholders/{id}/notifications", Access::OwnOr(Viewer)),
    ("PUT", "/stakeholders/{id}/notifications", Access::OwnOr(Operator)),
    ("GET", "/stakeholders/{id}/notifications/status", Access::OwnOr(Viewer)),
    ("POST", "/stakeholders/{id}/notifications/pause", Access::OwnOr(Operator)),
    ("POST", "/stakeholders/{id}/notifications/resume", Access::OwnOr(Operator)),
    ("POST", "/stakeholders/{id}/notifications/replay", Access::OwnOr(Operator)),
    ("POST", "/stakeholders/{id}/notifications/test", Access::OwnOr(Operator)),
    ("POST", "/stakeholders/{id}/notifications/rotate", Access::OwnOr(Operator)),
    ("GET", "/stakeholders/{id}/notifications/dead-letters", Access::OwnOr(Viewer)),
    ("GET", "/stakeholders/{id}/notifications/dead-letters/{letter}", Access::OwnOr(Operator)),
    ("DELETE", "/stakeholders/{id}/notifications/dead-letters/{letter}", Access::OwnOr(Operator)),
    (
        "POST",
        "/stakeholders/{id}/notifications/dead-letters/{letter}/replay",
        Access::OwnOr(Operator),
    ),
    ("GET", "/stakeholders/{id}/notifications/backfill", Access::OwnOr(Viewer)),
    ("POST", "/stakeholders/{id}/notifications/backfill", Access::OwnOr(Operator)),
    ("GET", "/stakeholders/{id}/notifications/backfill/{no}", Access::OwnOr(Viewer)),
    ("DELETE", "/stakeholders/{id}/notifications/backfill/{no}", Access::OwnOr(Operator)),
    ("GET", "/stakeholders/{id}/position", Access::OwnOr(Viewer)),
    ("GET", "/stakeholders/{id}/tokens", Access::Role(Viewer)),
    ("POST", "/stakeholders/{id}/tokens", Access::Role(Operator)),
    ("DELETE", "/stakeholders/{id}/tokens/{token_id}", Access::Role(Operator)),
    ("GET", "/stakeholders/{id}/credentials", Access::Role(Viewer)),
    ("POST", "/stakeholders/{id}/credentials", Access::Role(Operator)),
    ("DELETE", "/stakeholders/{id}/credentials/{credential_id}", Access::Role(Operator)),
    ("GET", "/stakeholders/{id}/guards", Access::Role(Viewer)),
    ("PUT", "/stakeholders/{id}/guards", Access::Role(Operator)),
    ("GET", "/stakeholders/{id}/socket", Access::STREAM),
    ("GET", "/stakeholders/{id}/events", Access::STREAM),
    ("GET", "/unmet", Access::Role(Viewer)),
    ("GET", "/impact", Access::Role(Viewer)),
    ("GET", "/drift", Access::Role(Viewer)),
    ("GET", "/dependencies", Access::Role(Viewer)),
    ("GET", "/relations", Access::Role(Viewer)),
    ("GET", "/journal", Access::Role(Viewer)),
    ("GET", "/audit", Access::Role(Viewer)),
    ("GET", "/audit/verification", Access::Role(Viewer)),
    ("GET", "/snapshot", Access::Role(Viewer)),
    ("GET", "/metrics", Access::Role(Viewer)),
    ("GET", "/openapi.json", Access::Anyone),
]);

/// The routes at the root, where those who watch over the program come. They take `HEAD` too.
/// No request is admitted here beforehand: `/metrics`, which also takes `METRICS_TOKEN`,
/// refuses by itself.
pub const ROOT: RouteTable = RouteTable(&[
    ("GET", "/health", Access::Anyone),
    ("GET", "/ready", Access::Anyone),
    ("GET", "/metrics", Access::Role(Viewer)),
]);

fn root_handler(path: &str) -> Option<Route> {
    Some(match path {
        "/health" => web::to(health::routes::alive),
        "/ready" => web::to(health::routes::ready),
        "/metrics" => web::to(figures::routes::scrape),
        _ => return None,
    })
}

fn handler(method: &str, path: &str) -> Option<Route> {
    Some(match (method, path) {
        ("GET", "/users") => web::get().to(users::routes::list),
        ("POST", "/users") => web::post().to(users::routes::create),
        ("GET", "/users/{id}") => web::get().to(users::routes::show),
        ("PUT", "/users/{id}") => web::put().to(users::routes::update),
        ("DELETE", "/users/{id}") => web::delete().to(users::routes::delete),
        ("POST", "/auth/login") => web::post().to(auth::routes::log_in),
        ("POST", "/auth/renew") => web::post().to(auth::routes::renew),
        ("GET", "/auth/session") => web::get().to(sessions::routes::show),
        ("POST", "/auth/session") => web::post().to(sessions::routes::log_in),
        ("DELETE", "/auth/session") => web::delete().to(sessions::routes::log_out),
        ("GET", "/me") => web::get().to(auth::routes::me),
        ("GET", "/keys") => web::get().to(keys::routes::list),
        ("POST", "/keys") => web::post().to(keys::routes::create),
        ("DELETE", "/keys/{id}") => web::delete().to(keys::routes::delete),
        ("GET", "/stakeholders") => web::get().to(stakeholders::routes::list),
        ("POST", "/stakeholders") => web::post().to(stakeholders::routes::create),
        ("GET", "/stakeholders/{id}") => web::get().to(stakeholders::routes::show),
        ("PUT", "/stakeholders/{id}") => web::put().to(stakeholders::routes::rename),
        ("DELETE", "/stakeholders/{id}") => web::delete().to(stakeholders::routes::delete),
        ("POST", "/claims/plan") => web::post().to(folder::routes::plan),
        ("POST", "/claims/apply") => web::post().to(folder::routes::apply),
        ("GET", "/stakeholders/{id}/claims") => web::get().to(claims::routes::show),
        ("PUT", "/stakeholders/{id}/claims") => web::put().to(claims::routes::replace),
        ("GET", "/stakeholders/{id}/notifications") => web::get().to(notifications::routes::show),
        ("PUT", "/stakeholders/{id}/notifications") => web::put().to(notifications::routes::put),
        ("GET", "/stakeholders/{id}/position") => web::get().to(notifications::routes::position),
        (_, path) if let Some(rest) = path.strip_prefix("/stakeholders/{id}/notifications") => {
            return operation(method, rest);
        }
        ("GET", "/stakeholders/{id}/tokens") => web::get().to(tokens::routes::list),
        ("POST", "/stakeholders/{id}/tokens") => web::post().to(tokens::routes::create),
        ("DELETE", "/stakeholders/{id}/tokens/{token_id}") => {
            web::delete().to(tokens::routes::delete)
        }
        ("GET", "/stakeholders/{id}/credentials") => web::get().to(credentials::routes::list),
        ("POST", "/stakeholders/{id}/credentials") => web::post().to(credentials::routes::create),
        ("DELETE", "/stakeholders/{id}/credentials/{credential_id}") => {
            web::delete().to(credentials::routes::delete)
        }
        ("GET", "/stakeholders/{id}/guards") => web::get().to(guards::routes::show),
        ("PUT", "/stakeholders/{id}/guards") => web::put().to(guards::routes::put),
        ("GET", "/stakeholders/{id}/socket") => web::get().to(socket::routes::websocket),
        ("GET", "/stakeholders/{id}/events") => web::get().to(socket::routes::events),
        ("GET", "/unmet") => web::get().to(insight::routes::unmet),
        ("GET", "/impact") => web::get().to(insight::routes::impact),
        ("GET", "/dependencies") => web::get().to(insight::routes::dependencies),
        ("GET", "/relations") => web::get().to(insight::routes::relations),
        ("GET", "/drift") => web::get().to(insight::routes::drift),
        ("GET", "/journal") => web::get().to(insight::routes::journal),
        ("GET", "/audit") => web::get().to(audit::routes::list),
        ("GET", "/audit/verification") => web::get().to(audit::routes::verify),
        ("GET", "/snapshot") => web::get().to(snapshot::routes::show),
        ("GET", "/metrics") => web::get().to(figures::routes::show),
        ("GET", "/openapi.json") => web::get().to(contract::routes::show),
        _ => return None,
    })
}

/// What is done with notifications, below their document.
fn operation(method: &str, path: &str) -> Option<Route> {
    use notifications::{backfill::routes as backfill, routes};
    Some(match (method, path) {
        ("GET", "/status") => web::get().to(routes::status),
        ("POST", "/pause") => web::post().to(routes::pause),
        ("POST", "/resume") => web::post().to(routes::resume),
        ("POST", "/replay") => web::post().to(routes::replay),
        ("POST", "/test") => web::post().to(routes::test),
        ("POST", "/rotate") => web::post().to(routes::rotate),
        ("GET", "/dead-letters") => web::get().to(routes::letters),
        ("GET", "/dead-letters/{letter}") => web::get().to(routes::letter),
        ("DELETE", "/dead-letters/{letter}") => web::delete().to(routes::skip),
        ("POST", "/dead-letters/{letter}/replay") => web::post().to(routes::resend),
        ("GET", "/backfill") => web::get().to(backfill::list),
        ("POST", "/backfill") => web::post().to(backfill::create),
        ("GET", "/backfill/{no}") => web::get().to(backfill::show),
        ("DELETE", "/backfill/{no}") => web::delete().to(backfill::cancel),
        _ => return None,
    })
}

/// Mounts the routes. What is not there answers 404, and what is there under
/// another method 405.
pub fn mount(config: &mut ServiceConfig) {
    let mut scope = web::scope(BASE);
    let mut mounted: Vec<&str> = Vec::new();
    for (_, path, _) in ROUTES.0 {
        if !mounted.contains(path) {
            mounted.push(path);
            scope = scope.service(resource(path));
        }
    }
    contract::mount(config);
    page::routes::mount(config);
    for (path, route) in ROOT.0.iter().filter_map(|(_, path, _)| Some((path, root_handler(path)?)))
    {
        config.service(
            web::resource(*path)
                .route(route.guard(guard::Any(guard::Get()).or(guard::Head())))
                .default_service(web::to(|| failure::method_not_allowed("GET, HEAD".to_owned()))),
        );
    }
    config.service(
        scope
            .app_data(Data::new(ROUTES))
            .default_service(web::to(failure::no_such_route))
            .wrap(from_fn(http::attribute))
            .wrap(from_fn(caller::admit))
            .wrap(from_fn(http::within_bounds)),
    );
}

fn resource(path: &str) -> Resource {
    let methods =
        ROUTES.0.iter().filter(|(_, other, _)| *other == path).map(|(method, ..)| *method);
    let allowed: Vec<&str> = methods.clone().collect();
    let allowed = allowed.join(", ");
    methods
        .filter_map(|method| handler(method, path))
        .fold(web::resource(path), Resource::route)
        .default_service(web::to(move || failure::method_not_allowed(allowed.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_a_handler() {
        for (method, path, _) in ROUTES.0 {
            assert!(handler(method, path).is_some(), "{method} {path}");
        }
        for (_, path, _) in ROOT.0 {
            assert!(root_handler(path).is_some(), "{path}");
        }
    }
}
