//! Certificates for servers of a test.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::unique;

/// An authority, and a server's certificate from it for `localhost`.
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes them, which takes the program `openssl`.
    pub fn make() -> Self {
        let folder = std::env::temp_dir().join(unique("certificates"));
        std::fs::create_dir(&folder).unwrap();
        let openssl = |arguments: &str| {
            let output = Command::new("openssl")
                .current_dir(&folder)
                .args(arguments.split_whitespace())
                .output()
                .expect("openssl");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt",
        );
        openssl(
            "req -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
             -keyout server.key -out server.csr",
        );
        openssl(
            "x509 -req -days 2 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
             -copy_extensions copy -out server.crt",
        );
        Self { folder }
    }

    /// The path of a file: `ca.crt`, `server.crt`, `server.key`.
    pub fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Postgres wants its key to be its own, and nobody else's.
    pub fn give_to_owner_of(&self, other: &Path) {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        let owner = std::fs::metadata(other).unwrap();
        for name in ["server.key", "server.crt"] {
            let file = self.folder.join(name);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        std::fs::set_permissions(&self.folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
