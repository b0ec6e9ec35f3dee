//! The one place that writes files: whole or not at all, and on disk when it returns.

use camino::{Utf8Path, Utf8PathBuf};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
};

/// Why a file or folder could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("create folder `{path}`")]
    CreateFolder {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("write `{path}`")]
    Write {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Creates `path` and every folder above it that is missing, and syncs the folders that changed.
pub(crate) fn create_folder(path: &Utf8Path) -> Result<(), FileError> {
    let error = |source| FileError::CreateFolder { path: path.to_owned(), source };
    let mut missing = Vec::new();
    let mut current = Some(path);
    while let Some(folder) = current.filter(|folder| !folder.as_str().is_empty() && !folder.exists()) {
        missing.push(folder);
        current = folder.parent();
    }
    fs::create_dir_all(path).map_err(error)?;
    for folder in missing {
        sync_folder(parent(folder)).map_err(error)?;
    }
    Ok(())
}

/// Makes the names in `folder` durable.
pub(crate) fn sync_folder(folder: &Utf8Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that holds `path`.
pub(crate) fn parent(path: &Utf8Path) -> &Utf8Path {
    match path.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent,
        _ => Utf8Path::new("."),
    }
}

/// Opens a new file for appending; fails when there is one already.
pub(crate) fn create_new(path: &Utf8Path) -> io::Result<File> {
    let file = OpenOptions::new().append(true).create_new(true).open(path)?;
    sync_folder(parent(path))?;
    Ok(file)
}

/// Replaces `path` by `bytes`: a reader sees the old file or the new one, never a part.
pub(crate) fn replace(path: &Utf8Path, bytes: &[u8]) -> Result<(), FileError> {
    let error = |source| FileError::Write { path: path.to_owned(), source };
    let draft = Utf8PathBuf::from(format!("{path}.{}.draft", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        sync_folder(parent(path))
    };
    write().map_err(|source| {
        // Best effort: the error that matters is the one at hand.
        let _ = fs::remove_file(&draft);
        error(source)
    })
}

/// Writes `path` unless it is there already: of several who try at once, one succeeds. Says whether it did.
pub(crate) fn write_once(path: &Utf8Path, bytes: &[u8]) -> Result<bool, FileError> {
    let error = |source| FileError::Write { path: path.to_owned(), source };
    let draft = Utf8PathBuf::from(format!("{path}.{}.draft", std::process::id()));
    let write = || -> io::Result<bool> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Ok(()) => sync_folder(parent(path)).map(|()| true),
            Err(there) if there.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    };
    let written = write();
    let _ = fs::remove_file(&draft);
    written.map_err(error)
}
