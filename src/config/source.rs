//! Where settings come from: the environment, files that hold one secret each, and a
//! file of settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use super::file::{File, words};
use super::reader::Mistakes;
use super::settings::SETTINGS;

/// The variable that says where the file of settings is.
const FILE: &str = "INTEGRATEDB_CONFIG";

/// What this program was started with.
static SOURCE: OnceLock<Source> = OnceLock::new();

/// All that is set, from wherever it comes.
#[derive(Debug, Default)]
pub struct Source {
    values: BTreeMap<&'static str, String>,
    warnings: Vec<String>,
    /// What can't be taken from where it is said.
    mistakes: Vec<String>,
    /// The settings that these are about: they are set, and nobody knows to what.
    spoilt: BTreeSet<String>,
}

/// Settles where this program has its settings from; once, before any is read. `file`
/// comes from the command line, and else from `INTEGRATEDB_CONFIG`. Answers what had
/// better be different. Fails where nothing is known of the rest; other mistakes are kept
/// until all are ([`mistakes`]).
pub fn choose(file: Option<PathBuf>) -> Result<&'static [String], Mistakes> {
    let path = file.or_else(|| environment(FILE).map(PathBuf::from));
    let file =
        path.map_or_else(|| Ok(File::default()), |path| File::open(&path)).map_err(Mistakes)?;
    let source = Source::gather(&environment, file);
    Ok(&SOURCE.get_or_init(|| source).warnings)
}

/// What can't be taken from where it is said, of whatever setting.
pub fn mistakes() -> Vec<String> {
    SOURCE.get().map(|source| source.mistakes.clone()).unwrap_or_default()
}

/// Whether a setting is set to something that can't be taken, which is said already.
pub fn is_spoilt(name: &str) -> bool {
    SOURCE.get().is_some_and(|source| source.spoilt.contains(name))
}

/// What a setting is set to.
pub fn look_up(name: &str) -> Option<String> {
    match SOURCE.get() {
        Some(source) => source.values.get(name).cloned(),
        None => environment(name),
    }
}

impl Source {
    /// Takes each setting from where it is said first: its variable, the file that
    /// `<variable>_FILE` names, and the same in the file of settings.
    fn gather(environment: &dyn Fn(&str) -> Option<String>, file: File) -> Self {
        let File { values: of_file, warnings, mut mistakes, spoilt } = file;
        let (mut values, mut spoilt) = (BTreeMap::new(), BTreeSet::from_iter(spoilt));
        let of_file = |name: &str| of_file.get(name).cloned();
        for setting in SETTINGS {
            for place in [environment, &of_file] {
                match one(place, setting.name) {
                    Ok(None) => continue,
                    Ok(Some(value)) => drop(values.insert(setting.name, value)),
                    Err(mistake) => {
                        mistakes.push(mistake);
                        spoilt.insert(setting.name.to_owned());
                    }
                }
                break;
            }
        }
        Self { values, warnings, mistakes, spoilt }
    }
}

fn one(place: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Option<String>, String> {
    let said = |name: &str| place(name).filter(|value| !value.trim().is_empty());
    let by_file = format!("{name}_FILE");
    match (said(name), said(&by_file)) {
        (value, None) => Ok(value),
        (Some(_), Some(_)) => Err(format!("{name} and {by_file} are both set: keep one of them")),
        (None, Some(path)) => match std::fs::read_to_string(path.trim()) {
            // Somebody wanted it to be set: a secret that isn't is a door left open.
            Ok(value) if value.trim().is_empty() => {
                Err(format!("{by_file} is `{path}`, which is empty"))
            }
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                Err(format!("{by_file} is `{path}`, which can't be read: {}", words(&error)))
            }
        },
    }
}

#[expect(clippy::disallowed_methods, reason = "the one home of the environment")]
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(variables: &[(&str, &str)], file: &str) -> Source {
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Source::gather(&environment, File::read("x.toml", file).unwrap())
    }

    #[test]
    fn a_variable_wins_over_the_file_unless_it_is_empty() {
        let file = "port = 1\nhost = 'file'\nlog_level = 'warn'";
        let source = gathered(&[("PORT", "2"), ("HOST", "")], file);
        let value = |name| source.values.get(name).map(String::as_str);
        assert_eq!([value("PORT"), value("HOST")], [Some("2"), Some("file")]);
        assert_eq!([value("LOG_LEVEL"), value("GATE")], [Some("warn"), None]);
    }

    #[test]
    fn a_secret_said_twice_or_in_a_file_that_is_not_there_is_a_mistake() {
        let variables = [
            ("SECRET_KEY_BASE", "x"),
            ("SECRET_KEY_BASE_FILE", "/y"),
            ("DATABASE_URL_FILE", "/nowhere/at/all"),
            ("METRICS_TOKEN_FILE", "/dev/null"),
        ];
        let Source { mistakes, spoilt, .. } = gathered(&variables, "");
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
        assert_eq!(Vec::from_iter(spoilt), ["DATABASE_URL", "METRICS_TOKEN", "SECRET_KEY_BASE"]);
        let missing = "DATABASE_URL_FILE is `/nowhere/at/all`, which can't be read: No such file";
        assert!(mistakes[0].starts_with(missing), "{mistakes:?}");
        assert!(
            mistakes[1].starts_with("SECRET_KEY_BASE and SECRET_KEY_BASE_FILE"),
            "{mistakes:?}"
        );
        assert_eq!(mistakes[2], "METRICS_TOKEN_FILE is `/dev/null`, which is empty");
    }

    #[test]
    fn a_variable_wins_over_the_secret_that_the_file_of_settings_points_to() {
        let source = gathered(&[("SECRET_KEY_BASE", "x")], "secret_key_base_file = '/nowhere'");
        assert_eq!(source.values["SECRET_KEY_BASE"], "x");
    }
}
