//! Files that only their owner may read.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A file that has no name of its own yet. It is gone when nothing becomes of it.
pub(crate) struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    /// Begins a file, mode 0600, in the folder of `path`.
    pub(crate) fn beside(path: &Path) -> io::Result<Draft> {
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
        let mut draft = OsString::from(".");
        draft.push(name);
        draft.push(format!(".{}.draft", std::process::id()));
        let path = path.with_file_name(draft);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Draft { file, path })
    }

    /// Writes the content and gives the file its name, durably.
    ///
    /// # Errors
    /// When something is at `path` already, unless it is to be replaced.
    pub(crate) fn publish(mut self, path: &Path, content: &[u8], replace: bool) -> io::Result<()> {
        self.file.write_all(content)?;
        self.file.sync_all()?;
        if replace {
            fs::rename(&self.path, path)?;
        } else {
            fs::hard_link(&self.path, path)?;
        }
        File::open(folder_of(path))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing is there any more after a renaming.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes the folder of a file, and those above it, for its owner alone. Folders that exist stay as they are.
pub(crate) fn make_folder_of(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
