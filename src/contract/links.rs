//! What can be done with a thing that was just created.

use serde_json::{Map, Value, json};

use super::operation::{id, names_in};

/// Adds to every answer 201 the operations on what it created.
pub(super) fn add(paths: &mut Map<String, Value>) {
    let all: Vec<(String, Vec<String>)> = paths
        .iter()
        .map(|(path, item)| {
            (path.clone(), item.as_object().into_iter().flat_map(Map::keys).cloned().collect())
        })
        .collect();
    for (path, item) in paths.iter_mut() {
        let Some(created) = item.pointer_mut("/post/responses/201") else { continue };
        let links = all.iter().filter_map(|(other, methods)| Some((below(path, other)?, methods)));
        let links: Map<String, Value> =
            links.flat_map(|(other, methods)| of(path, other, methods)).collect();
        if !links.is_empty() {
            created["links"] = links.into();
        }
    }
}

/// The path again, if it leads to or into what stands below another by its id.
fn below<'a>(path: &str, other: &'a str) -> Option<&'a str> {
    let rest = other.strip_prefix(path)?.strip_prefix("/{")?;
    (rest.matches('{').count() == 0).then_some(other)
}

fn of(path: &str, other: &str, methods: &[String]) -> Vec<(String, Value)> {
    let known: Vec<&str> = names_in(path).collect();
    let parameters: Map<String, Value> = names_in(other)
        .map(|name| {
            let from = if known.contains(&name) {
                format!("$request.path.{name}")
            } else {
                "$response.body#/data/id".to_owned()
            };
            (name.to_owned(), from.into())
        })
        .collect();
    let link = |method: &String| {
        let id = id(method, other);
        (id.clone(), json!({ "operationId": id, "parameters": parameters }))
    };
    methods.iter().map(link).collect()
}
