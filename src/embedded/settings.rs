//! What the server is told: its settings, and who may come in.

use std::path::Path;

use super::address::Address;
use super::{Data, Options};

/// The text of `pg_hba.conf`: a password for everybody, but the superuser where it has none. It
/// comes in over the socket only, in a folder that is closed to other users.
pub(super) fn hba(options: &Options) -> String {
    let trusted = if options.superuser_password.is_none() { TRUSTED } else { "" };
    format!("{trusted}{OTHERS}")
}

const TRUSTED: &str = "\
local all         postgres              trust
local replication postgres              trust
";

const OTHERS: &str = "\
host  all         postgres 127.0.0.1/32 reject
local all         all                   scram-sha-256
local replication all                   scram-sha-256
host  all         all      127.0.0.1/32 scram-sha-256
host  replication all      127.0.0.1/32 scram-sha-256
";

/// What [`Options::settings`] may override.
const DEFAULTS: [(&str, &str); 3] =
    [("wal_level", "logical"), ("max_connections", "200"), ("max_locks_per_transaction", "1024")];

/// What data that nobody keeps can do without.
const CARELESS: [(&str, &str); 3] =
    [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];

/// The server's arguments. Of two for the same setting, the server takes the later: our
/// defaults, then the caller's settings, then what the address rests on.
pub(super) fn settings(options: &Options, folder: &Path, address: &Address) -> Vec<String> {
    let socket_dir = address.socket_dir.to_string_lossy();
    let hba_file = folder.join("pg_hba.conf");
    let careless = match options.data {
        Data::Throwaway => CARELESS.as_slice(),
        Data::Kept(_) => &[],
    };
    let insisted = [
        ("listen_addresses", if address.over_tcp { "127.0.0.1" } else { "" }),
        ("port", &address.port.to_string()),
        // A list of quoted names: a folder's own name may have a comma or a quote.
        ("unix_socket_directories", &format!("\"{}\"", socket_dir.replace('"', "\"\""))),
        ("hba_file", &hba_file.to_string_lossy()),
    ];
    let asked = options.settings.iter();
    let asked = asked.map(|(name, value)| (name.as_str(), value.as_str()));
    let ours = DEFAULTS.iter().chain(careless).copied();
    ours.chain(asked)
        .chain(insisted)
        .flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")])
        .collect()
}
