//! The folders of a cluster: its own, and the one of its socket.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::account::Account;
use super::process::{is_alive, serves};
use super::{Data, Error};

/// A socket's whole path may have 103 bytes on macOS and 107 on Linux; `/.s.PGSQL.65535` has 15.
const LONGEST_SOCKET_DIR: usize = 88;

/// The folder's lock: its holder's process number is in it.
const LOCK: &str = "server.lock";

/// The longest a folder's last user may take to stop after its own death.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);

/// Where everything of a cluster goes, and as whom.
#[derive(Debug)]
pub(super) struct Folder {
    pub path: PathBuf,
    pub socket_dir: PathBuf,
    /// The folder to create at the start and remove at the end.
    pub temporary: Option<PathBuf>,
    pub account: Option<Account>,
    /// Held while the server runs; a throwaway has nobody to lock out.
    pub lock: Option<File>,
}

impl Folder {
    pub async fn prepare(data: &Data) -> Result<Self, Error> {
        match data {
            Data::Throwaway => {
                let account = Account::choose(None).await?;
                let path = temporary(account.as_ref());
                let (socket_dir, temporary) = (path.clone(), Some(path.clone()));
                Ok(Self { path, socket_dir, temporary, account, lock: None })
            }
            Data::Kept(path) => Self::keep(path).await,
        }
    }

    async fn keep(path: &Path) -> Result<Self, Error> {
        let account = Account::choose(Some(path)).await?;
        let existed = path.exists();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(Error::io("create", path))?;
        let path = path.canonicalize().map_err(Error::io("find", path))?;
        let mut entries = fs::read_dir(&path).map_err(Error::io("read", &path))?;
        if existed && !path.join(LOCK).exists() && entries.next().is_some() {
            return Err(Error::NotOurs(path));
        }
        if let Some(account) = &account {
            let owner = fs::metadata(&path).map_err(Error::io("read", &path))?.uid();
            if owner != account.uid {
                chown(&path, Some(account.uid), Some(account.gid))
                    .map_err(Error::io("give away", &path))?;
            }
            account.check("-w", &path).await?;
        }
        let lock = lock(&path, account.as_ref()).await?;
        forget_the_dead(&path).await?;
        let too_long = path.as_os_str().len() > LONGEST_SOCKET_DIR;
        let temporary = too_long.then(|| temporary(account.as_ref()));
        let socket_dir = temporary.clone().unwrap_or_else(|| path.clone());
        Ok(Self { path, socket_dir, temporary, account, lock: Some(lock) })
    }
}

/// A new name for a folder that everybody who matters can reach, short enough for a socket.
fn temporary(account: Option<&Account>) -> PathBuf {
    let name = format!("idb-{:016x}", rand::random::<u64>());
    let own = std::env::temp_dir().join(&name);
    // Root's own temporary folder may be closed to the user the server runs as.
    if account.is_some() || !own.is_absolute() || own.as_os_str().len() > LONGEST_SOCKET_DIR {
        return Path::new("/tmp").join(name);
    }
    own
}

/// Locks the folder for as long as the file, or a copy of its handle, is open in any process.
///
/// Waits for the guard of a process that died: it is stopping the server at this moment.
async fn lock(folder: &Path, account: Option<&Account>) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let mut open = OpenOptions::new();
    open.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = open.open(&path).map_err(Error::io("open", &path))?;
    if let Some(account) = account {
        chown(&path, Some(account.uid), Some(account.gid))
            .map_err(Error::io("give away", &path))?;
    }
    let since = tokio::time::Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        let pid = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let pid = pid.trim().to_owned();
        if since.elapsed() > PATIENCE || is_alive(&pid).await {
            return Err(Error::AlreadyRunning { folder: folder.to_path_buf(), pid });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(Error::io("write", &path))?;
    Ok(file)
}

/// Makes the server overlook what a killed one left behind, but doesn't take over from a living
/// one whose guard was killed. In a container, process numbers soon come round again, and the
/// new owner of the number would pass for the old server.
///
/// The number is replaced, and the file not removed, because PostgreSQL finds the old server's
/// shared memory by it, and doesn't start before the last of its processes is gone.
async fn forget_the_dead(folder: &Path) -> Result<(), Error> {
    /// No system counts its processes this far.
    const NOBODY: &str = "2147483647";
    let path = folder.join("data/postmaster.pid");
    let Ok(pid_file) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let (pid, rest) = pid_file.split_once('\n').unwrap_or((&pid_file, ""));
    if serves(pid.trim(), &folder.join("data")).await {
        let (folder, pid) = (folder.to_path_buf(), pid.trim().to_owned());
        return Err(Error::AlreadyRunning { folder, pid });
    }
    fs::write(&path, format!("{NOBODY}\n{rest}")).map_err(Error::io("write", &path))?;
    for entry in fs::read_dir(folder).map_err(Error::io("read", folder))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
            fs::remove_file(entry.path()).map_err(Error::io("remove", &entry.path()))?;
        }
    }
    Ok(())
}
