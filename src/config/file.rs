//! A file of settings: TOML with the names of the variables in lower case.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::settings::{SECRETS, SETTINGS};

/// What a file sets: names as of variables, values as text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct File {
    pub values: BTreeMap<String, String>,
    /// What had better be different, but doesn't keep the program from starting.
    pub warnings: Vec<String>,
    /// What does: each with its line.
    pub mistakes: Vec<String>,
    /// The settings whose values can't be taken.
    pub spoilt: Vec<String>,
}

impl File {
    /// Reads a file; fails if it is none, or no TOML.
    pub fn open(path: &Path) -> Result<Self, Vec<String>> {
        let shown = path.display().to_string();
        let unreadable =
            |error: std::io::Error| vec![format!("{shown} can't be read: {}", words(&error))];
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        let mut file = Self::read(&shown, &text)?;
        file.warnings.extend(file.exposed(mode).map(|name| {
            format!("{shown} holds {name} and everybody may read it: chmod o-rwx it, or say where the secret is with {name}_FILE")
        }));
        Ok(file)
    }

    /// Reads the text of a file, which is called `shown` where something is wrong with it.
    pub fn read(shown: &str, text: &str) -> Result<Self, Vec<String>> {
        let line = |at: usize| text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![format!("{shown}:{}: {}", line(at), error.message())]
        })?;
        let (mut file, mut mistakes) = (Self::default(), Vec::new());
        for (key, value) in table.get_ref() {
            let place = format!("{shown}:{}: {}", line(key.span().start), key.get_ref());
            let mistake = match (name_of(key.get_ref()), text_of(value.get_ref())) {
                (Ok(name), Some(value)) => {
                    file.values.insert(name, value);
                    continue;
                }
                (Ok(name), None) => {
                    file.spoilt.push(name);
                    " must be a text, a whole number, true or false".to_owned()
                }
                (Err(mistake), _) => mistake,
            };
            mistakes.push((key.span().start, place + &mistake));
        }
        mistakes.sort();
        file.mistakes = mistakes.into_iter().map(|(_, mistake)| mistake).collect();
        Ok(file)
    }

    /// A secret that the file holds although others may read it.
    fn exposed(&self, mode: u32) -> Option<&'static str> {
        let may_be_read = mode & 0o004 != 0;
        SECRETS.iter().copied().find(|name| may_be_read && self.values.contains_key(*name))
    }
}

/// The variable that a key stands for, or what is wrong with it.
fn name_of(key: &str) -> Result<String, String> {
    let known = |key: &str| SETTINGS.iter().any(|setting| setting.name.to_lowercase() == key);
    if known(key) || key.strip_suffix("_file").is_some_and(known) {
        return Ok(key.to_uppercase());
    }
    let close = SETTINGS
        .iter()
        .map(|setting| setting.name.to_lowercase())
        .map(|name| (strsim::jaro_winkler(&name, &key.to_lowercase()), name))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.8);
    Err(match close {
        Some((_, name)) => format!(" is no setting; did you mean {name}?"),
        None => " is no setting; `integratedb --help` lists them, here they are in lower case"
            .to_owned(),
    })
}

fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(is_true) => Some(is_true.to_string()),
        _ => None,
    }
}

/// What is wrong with a file, without the number that the system gives it.
pub fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_numbers_and_booleans_are_taken() {
        let text = "# ours\nport = 4_100\nhost = '0.0.0.0'\nwebhook_allow_private = true\nsecret_key_base_file = \"/run/s\"";
        let file = File::read("x.toml", text).unwrap();
        let values: Vec<_> = file.values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let expected = [
            ("HOST", "0.0.0.0"),
            ("PORT", "4100"),
            ("SECRET_KEY_BASE_FILE", "/run/s"),
            ("WEBHOOK_ALLOW_PRIVATE", "true"),
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn what_is_no_setting_is_refused_with_its_line_and_what_was_probably_meant() {
        let text = "\nhots = 'x'\nelephants = 3\nport = [1]\nPORT = 4000\n[database]\nurl = 'x'\n";
        let File { mistakes, spoilt, .. } = File::read("x.toml", text).unwrap();
        assert_eq!(spoilt, ["PORT"]);
        let expected = [
            "x.toml:2: hots is no setting; did you mean host?",
            "x.toml:3: elephants is no setting; `integratedb --help` lists them, here they are in lower case",
            "x.toml:4: port must be a text, a whole number, true or false",
            "x.toml:5: PORT is no setting; did you mean port?",
        ];
        assert_eq!(mistakes[..4], expected);
        assert!(mistakes[4].starts_with("x.toml:6: database is no setting"), "{mistakes:?}");
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_line() {
        let mistakes = File::read("x.toml", "port = 4000\nhost = \n").unwrap_err();
        assert!(mistakes[0].starts_with("x.toml:2: "), "{mistakes:?}");
    }

    #[test]
    fn a_secret_that_everybody_may_read_is_found() {
        let file = File::read("x.toml", "secret_key_base = 'x'\nport = 1").unwrap();
        assert_eq!(file.exposed(0o100_644), Some("SECRET_KEY_BASE"));
        assert_eq!(file.exposed(0o100_640), None);
        assert_eq!(File::read("x.toml", "port = 1").unwrap().exposed(0o100_644), None);
    }
}
