//! The user the server runs as: PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tokio::process::Command;

use super::Error;

/// Another user than the caller's, to run programs as.
///
/// Of the caller's groups, none is taken along: the standard library clears them whenever root
/// starts a program as another user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// Who is to run the server: nobody else unless the caller is root, and then the owner of
    /// the folder that is there already, or `postgres`, or `nobody`.
    pub async fn choose(folder: Option<&Path>) -> Result<Option<Self>, Error> {
        let id = Path::new("id");
        let said = Command::new(id).arg("-u").output().await;
        if said.map_err(Error::io("run", id))?.stdout.trim_ascii() != b"0" {
            return Ok(None);
        }
        if let Some(owner) = folder.and_then(|folder| fs::metadata(folder).ok())
            && owner.uid() != 0
        {
            let name = format!("number {}", owner.uid());
            return Ok(Some(Self { name, uid: owner.uid(), gid: owner.gid() }));
        }
        let passwd = Path::new("/etc/passwd");
        let users = fs::read_to_string(passwd).map_err(Error::io("read", passwd))?;
        let account = find(&users, "postgres").or_else(|| find(&users, "nobody"));
        account.map(Some).ok_or(Error::NoAccount)
    }

    /// Makes a command run as this user.
    pub fn run(&self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Checks a permission, as `test` names it, on a path: `-w` or `-x`.
    pub async fn check(&self, permission: &str, path: &Path) -> Result<(), Error> {
        let shell = Path::new("/bin/sh");
        let mut test = Command::new(shell);
        test.args(["-c", r#"test "$1" "$2""#, "sh", permission]).arg(path);
        test.current_dir("/");
        self.run(&mut test);
        if test.status().await.map_err(Error::io("run", shell))?.success() {
            return Ok(());
        }
        Err(Error::Unreachable { path: path.to_path_buf(), account: self.name.clone() })
    }
}

/// Finds a user by name in the text of `/etc/passwd`.
fn find(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:,,:/:/bin/sh\n";
        let expected = Account { name: "postgres".to_owned(), uid: 101, gid: 104 };
        assert_eq!(find(passwd, "postgres"), Some(expected));
        assert_eq!(find(passwd, "nobody"), None);
    }
}
