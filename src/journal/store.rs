//! Where journals lie: `<store>/runs/<run id>/journal.jsonl`.

use super::files::{self, FileError};
use super::writer::{AppendError, Writer};
use crate::base::RunId;
use crate::event::Entry;
use camino::{Utf8Path, Utf8PathBuf};
use std::{fs, io, time::SystemTime};

/// Why a store did not give what was asked of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("make room for run `{run}`")]
    Prepare {
        run: RunId,
        #[source]
        source: FileError,
    },
    #[error("begin run `{run}`, which the store has already")]
    Exists { run: RunId },
    #[error("begin run `{run}`")]
    Begin {
        run: RunId,
        #[source]
        source: AppendError,
    },
    #[error("open run `{run}` again")]
    Reopen {
        run: RunId,
        #[source]
        source: AppendError,
    },
    #[error("list the runs in `{path}`")]
    List {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("find any run in `{path}`")]
    Empty { path: Utf8PathBuf },
    #[error("find a run `{text}` in `{path}`")]
    Unknown { text: String, path: Utf8PathBuf },
    #[error("tell which run `{text}` means: {}", .runs.iter().map(RunId::as_str).collect::<Vec<_>>().join(", "))]
    Ambiguous { text: String, runs: Vec<RunId> },
}

/// A folder of runs.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    root: Utf8PathBuf,
}

impl Store {
    pub(crate) fn new(root: impl Into<Utf8PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn runs(&self) -> Utf8PathBuf {
        self.root.join("runs")
    }

    pub(crate) fn folder(&self, run: &RunId) -> Utf8PathBuf {
        self.runs().join(run.as_str())
    }

    pub(crate) fn journal(&self, run: &RunId) -> Utf8PathBuf {
        self.folder(run).join("journal.jsonl")
    }

    /// Begins the journal of a new run; an existing run is refused.
    pub(crate) fn begin(&self, run: &RunId) -> Result<Writer, StoreError> {
        let path = self.journal(run);
        if path.exists() {
            return Err(StoreError::Exists { run: run.clone() });
        }
        files::create_folder(&self.folder(run))
            .map_err(|source| StoreError::Prepare { run: run.clone(), source })?;
        match Writer::create(&path) {
            Ok(writer) => Ok(writer),
            // Somebody else was a moment faster.
            Err(AppendError::Create { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
                Err(StoreError::Exists { run: run.clone() })
            }
            Err(source) => Err(StoreError::Begin { run: run.clone(), source }),
        }
    }

    /// Opens the journal of a run again, for a further segment.
    pub(crate) fn reopen(&self, run: &RunId) -> Result<(Writer, Vec<Entry>), StoreError> {
        Writer::reopen(&self.journal(run)).map_err(|source| StoreError::Reopen { run: run.clone(), source })
    }

    /// All runs, the one begun last first.
    pub(crate) fn list(&self) -> Result<Vec<RunId>, StoreError> {
        let path = self.runs();
        let error = |source| StoreError::List { path: path.clone(), source };
        let folders = match fs::read_dir(&path) {
            Ok(folders) => folders,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(error(source)),
        };
        let mut runs = Vec::new();
        for folder in folders {
            let folder = folder.map_err(error)?;
            let name = folder.file_name().to_string_lossy().into_owned();
            let Ok(run) = RunId::new(name) else { continue };
            if let Some(begun) = begun(&self.folder(&run)) {
                runs.push((begun, run));
            }
        }
        // Virtual clocks all read the same: when a run was begun here, the file system knows.
        runs.sort_by(|a, b| b.cmp(a));
        Ok(runs.into_iter().map(|(_, run)| run).collect())
    }

    /// The run that `text` means: an id, a unique prefix of one, or `latest`.
    pub(crate) fn resolve(&self, text: &str) -> Result<RunId, StoreError> {
        let runs = self.list()?;
        let path = self.root.clone();
        if runs.is_empty() {
            return Err(StoreError::Empty { path });
        }
        if let Some(run) = runs.iter().find(|run| run.as_str() == text) {
            return Ok(run.clone());
        }
        if text == "latest" {
            return Ok(runs[0].clone());
        }
        let mut matching: Vec<RunId> =
            runs.into_iter().filter(|run| !text.is_empty() && run.as_str().starts_with(text)).collect();
        match matching.len() {
            0 => Err(StoreError::Unknown { text: text.to_owned(), path }),
            1 => Ok(matching.remove(0)),
            _ => Err(StoreError::Ambiguous { text: text.to_owned(), runs: matching }),
        }
    }
}

/// When a run's folder was made, as near as the file system tells; `None` without a journal.
fn begun(folder: &Utf8Path) -> Option<SystemTime> {
    // Whatever else bears that name would keep a reader waiting.
    let journal = fs::metadata(folder.join("journal.jsonl")).ok().filter(fs::Metadata::is_file)?;
    journal.created().or_else(|_| journal.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> RunId {
        RunId::new(text).expect("valid")
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8Path::from_path(folder.path()).expect("UTF-8").join("a/b");
        (folder, Store::new(path))
    }

    #[test]
    fn a_run_is_found_by_id_unique_prefix_or_latest() {
        let (_folder, store) = store();
        assert!(matches!(store.resolve("latest"), Err(StoreError::Empty { .. })));
        for id in ["drill-1", "drill-12", "night"] {
            store.begin(&run(id)).expect("begins");
        }
        assert_eq!(store.resolve("drill-1").expect("the whole id wins"), run("drill-1"));
        assert_eq!(store.resolve("n").expect("a prefix"), run("night"));
        assert_eq!(store.resolve("latest").expect("the last begun"), run("night"));
        assert!(matches!(store.resolve("drill"), Err(StoreError::Ambiguous { runs, .. }) if runs.len() == 2));
        assert!(matches!(store.resolve("x"), Err(StoreError::Unknown { .. })));
    }

    #[test]
    fn a_run_begins_once() {
        let (_folder, store) = store();
        store.begin(&run("drill-1")).expect("begins");
        assert!(matches!(store.begin(&run("drill-1")), Err(StoreError::Exists { .. })));
    }
}
