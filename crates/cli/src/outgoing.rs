//! Copies that this program makes of what it sends: a photo without its data, a text that is too long for a message. They stand in the
//! profile's folder, which only its owner may read, until they are sent or given up.

use crate::{
    output::{Failure, Outcome},
    session::Session,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio::sync::OnceCell;

const FOLDER: &str = "outgoing";
/// What was left by programs that ended is taken away once, before the first copy of this one.
static SWEPT: OnceCell<()> = OnceCell::const_new();

/// Writes a copy under this name.
pub async fn place(session: &Session, name: &str, bytes: &[u8]) -> Outcome<PathBuf> {
    SWEPT.get_or_try_init(|| sweep(session)).await?;
    let mut id = [0; 8];
    getrandom::getrandom(&mut id)
        .map_err(|error| Failure::fault("making a name for a copy", std::io::Error::other(error.to_string())))?;
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = session.dir().join(FOLDER).join(id);
    let path = folder.join(name);
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, bytes));
    written.map_err(|error| Failure::fault("writing a copy of what is sent", error))?;
    Ok(path)
}

/// Takes away what no upload needs any more.
pub async fn sweep(session: &Session) -> Outcome {
    let folder = session.dir().join(FOLDER);
    let Ok(found) = fs::read_dir(&folder) else { return Ok(()) };
    let needed: Vec<PathBuf> = session.client().uploads().await?.into_iter().map(|upload| upload.path.into()).collect();
    for entry in found.flatten() {
        let copy = fs::canonicalize(entry.path()).unwrap_or_else(|_| entry.path());
        if !needed.iter().any(|path| path.starts_with(&copy)) {
            // What can't be taken away now is tried the next time.
            let _ = fs::remove_dir_all(copy);
        }
    }
    Ok(())
}

/// A copy was sent. Of anything else nothing happens.
pub fn sent(session: &Session, path: &Path) {
    if let Some(folder) = path.parent().filter(|folder| folder.parent() == Some(&session.dir().join(FOLDER))) {
        let _ = fs::remove_dir_all(folder);
    }
}
