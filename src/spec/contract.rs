//! The JSON Schemas of documents, and the faults they find.

use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Registry, RegistryBuilder, ValidationError, Validator};
use serde_json::Value;

use super::Fault;
use super::check::{escape, fault};
use super::message::{message, shown};

const CLAIMS: &str = include_str!("../../priv/spec/spec.schema.json");
const NOTIFICATIONS: &str = include_str!("../../priv/spec/notifications.schema.json");

/// What a document is meant to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Contract {
    Claims,
    Notifications,
}

struct Contracts {
    /// Each with its name, by which the other refers to it.
    schemas: [(String, Value); 2],
    claims: Validator,
    notifications: Validator,
}

static CONTRACTS: LazyLock<Result<Contracts, String>> = LazyLock::new(|| {
    let schemas = [read(CLAIMS)?, read(NOTIFICATIONS)?];
    let registry = schemas
        .iter()
        .try_fold(Registry::new(), |registry, (id, schema)| registry.add(id, schema))
        .and_then(RegistryBuilder::prepare)
        .map_err(|error| error.to_string())?;
    let compile = |schema: &Value| {
        let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(&registry);
        options.build(schema).map_err(|error| error.to_string())
    };
    let [claims, notifications] = schemas.each_ref().map(|(_, schema)| compile(schema));
    let (claims, notifications) = (claims?, notifications?);
    drop(registry);
    Ok(Contracts { schemas, claims, notifications })
});

fn read(schema: &str) -> Result<(String, Value), String> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    Ok((schema["$id"].as_str().unwrap_or_default().to_owned(), schema))
}

/// What breaks a JSON Schema.
#[derive(Debug, Default)]
pub(super) struct Breaches {
    pub(super) faults: Vec<Fault>,
    /// What is only told if nothing else is of the same place: the program has better words
    /// for nearly all of it.
    otherwise: Vec<Fault>,
}

impl Breaches {
    /// All of them, with what the program has found itself.
    pub(super) fn with(self, found: impl IntoIterator<Item = Fault>) -> Vec<Fault> {
        let Self { mut faults, otherwise } = self;
        faults.extend(found);
        let untold = |one: &Fault| faults.iter().all(|fault| fault.pointer != one.pointer);
        let untold: Vec<Fault> = otherwise.into_iter().filter(untold).collect();
        faults.extend(untold);
        faults
    }
}

impl Contract {
    /// Finds what breaks the JSON Schema.
    pub(super) fn breaches(self, document: &Value) -> Breaches {
        let contracts = match &*CONTRACTS {
            Ok(contracts) => contracts,
            Err(error) => {
                let message = format!("This program's JSON Schema is broken: {error}");
                return Breaches { faults: vec![fault(message, "#")], ..Breaches::default() };
            }
        };
        let validator = match self {
            Self::Claims => &contracts.claims,
            Self::Notifications => &contracts.notifications,
        };
        let mut breaches = Breaches::default();
        for error in validator.iter_errors(document) {
            contracts.sort(&error, &mut breaches);
        }
        breaches
    }
}

impl Contracts {
    fn sort(&self, error: &ValidationError, breaches: &mut Breaches) {
        let pointer = format!("#{}", error.instance_path().as_str());
        let faults = self.faults(error, &pointer);
        if self.annotation(error, "x-otherwise").is_some() {
            breaches.otherwise.extend(faults);
        } else {
            breaches.faults.extend(faults);
        }
    }

    fn faults(&self, error: &ValidationError, pointer: &str) -> Vec<Fault> {
        let annotation = self.annotation(error, "x-messages");
        let annotation = annotation.or_else(|| self.annotation(error, "x-otherwise"));
        let point = |property: &str| format!("{pointer}/{}", escape(property));
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let message = annotation.unwrap_or("Schema does not allow additional properties.");
                let faults = unexpected.iter().map(|one| fault(message.to_owned(), &point(one)));
                return faults.collect();
            }
            ValidationErrorKind::PropertyNames { error: of_name } => {
                let name = of_name.instance().as_str().unwrap_or_default();
                return self.faults(of_name, &point(name));
            }
            _ => {}
        }
        let found = error.instance();
        let message = match annotation {
            Some(annotation) => annotation.replace("{found}", &shown(found)),
            None => message(error.kind(), found),
        };
        vec![fault(message, pointer)]
    }

    /// What the schema itself says about the keyword that was not met.
    fn annotation(&self, error: &ValidationError, what: &str) -> Option<&str> {
        let location = error.absolute_keyword_location()?.as_str();
        let (id, keyword) = location.split_once('#')?;
        let (beside, keyword) = keyword.rsplit_once('/')?;
        let (_, schema) = self.schemas.iter().find(|(known, _)| known == id)?;
        schema.pointer(beside)?.get(what)?.get(keyword)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTRACTS, Contracts, Value};

    fn contracts() -> &'static Contracts {
        CONTRACTS.as_ref().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_schemas_compile() {
        assert_eq!(CONTRACTS.as_ref().err(), None);
    }

    #[test]
    fn the_schemas_describe_every_definition_and_property() {
        for (id, schema) in &contracts().schemas {
            let definitions = schema["$defs"].as_object().into_iter().flatten();
            let definitions = definitions.map(|(name, schema)| (name.as_str(), schema));
            for (name, schema) in definitions.chain([("#", schema)]) {
                assert!(is_described(schema), "{id} {name}");
                let object = schema["type"] == "object";
                for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
                    let described = is_described(referred(id, schema));
                    assert!(!object || described, "{id} {name}: {property}");
                }
            }
        }
    }

    fn is_described(schema: &Value) -> bool {
        schema["title"].is_string() && schema["description"].is_string()
    }

    /// The schema itself where it is described, else what it refers to.
    fn referred<'a>(id: &str, schema: &'a Value) -> &'a Value
    where
        'static: 'a,
    {
        let Some((other, pointer)) = schema["$ref"].as_str().and_then(|to| to.split_once('#'))
        else {
            return schema;
        };
        let id = if other.is_empty() { id } else { other };
        let known = contracts().schemas.iter().find(|(known, _)| known == id);
        let target = known.and_then(|(_, schema)| schema.pointer(pointer));
        let target = target.unwrap_or_else(|| panic!("{schema} refers to nothing"));
        if is_described(schema) { schema } else { target }
    }
}
