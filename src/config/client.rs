//! What the commands of a client find in the environment.

use std::path::PathBuf;

use secrecy::SecretString;

use super::Reader;
use super::source::{environment, look_up};

/// Where the client looks for a server and for itself.
#[derive(Debug, Clone)]
pub struct Client {
    pub server: Option<String>,
    pub profile: Option<String>,
    pub token: Option<SecretString>,
    pub bootstrap_secret: Option<SecretString>,
    /// Whether a database is set, which some commands can speak to directly.
    pub has_database: bool,
    /// Where profiles are kept. Nothing if there is no home.
    pub folder: Option<PathBuf>,
    /// The command line of an editor, as `VISUAL` or `EDITOR` has it.
    pub editor: String,
}

impl Client {
    /// Reads what is there; nothing of it has to be.
    pub fn from_env() -> Self {
        let reader = Reader::new(&look_up);
        let around = Reader::new(&environment);
        let base = around.optional("XDG_CONFIG_HOME").map(PathBuf::from);
        let home = around.optional("HOME").map(|home| PathBuf::from(home).join(".config"));
        let folder = base.filter(|base| base.is_absolute()).or(home);
        let editor = around.optional("VISUAL").or_else(|| around.optional("EDITOR"));
        Self {
            server: reader.optional("INTEGRATEDB_SERVER"),
            profile: reader.optional("INTEGRATEDB_PROFILE"),
            token: reader.optional("INTEGRATEDB_TOKEN").map(SecretString::from),
            bootstrap_secret: reader.optional("BOOTSTRAP_SECRET").map(SecretString::from),
            has_database: reader.optional("DATABASE_URL").is_some(),
            folder: folder.map(|folder| folder.join("integratedb")),
            editor: editor.unwrap_or_else(|| "vi".to_owned()),
        }
    }
}
