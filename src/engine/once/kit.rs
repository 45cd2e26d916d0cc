//! What lies beside every share, so that it can be used when keyrite is gone.

use std::path::Path;

use crate::engine::error::EngineError;
use crate::engine::files;

/// The page and the script with which custodians rebuild a secret without keyrite.
pub const FILES: [(&str, &str); 2] = [
    ("RECOVERY.txt", include_str!("../../manual/recovery.md")),
    ("recover.py", include_str!("../../manual/recover.py")),
];

/// Puts them into the folder of a share, where they are not there yet. Those of an earlier version
/// stay: they serve as well, because what they read never changes.
pub fn put(folder: &Path) -> Result<(), EngineError> {
    for (name, text) in FILES {
        let path = folder.join(name);
        if path.symlink_metadata().is_err() {
            files::write_file(&path, text.as_bytes())?;
        }
    }
    Ok(())
}
