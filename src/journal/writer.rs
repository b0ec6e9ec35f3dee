//! Appending to a journal. What has been appended is on disk.
//!
//! After a failed append the writer takes nothing more: what the disk holds then is unknown.

use super::files;
use super::format::{self, Draft, Position};
use crate::event::{Entry, Event};
use camino::{Utf8Path, Utf8PathBuf};
use std::{fs::File, io, io::Write};

/// Why entries could not be appended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    #[error("create the journal `{path}`")]
    Create {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("write entry {seq} to `{path}`")]
    Write {
        path: Utf8PathBuf,
        seq: u64,
        #[source]
        source: io::Error,
    },
    #[error("put entry {seq} into words")]
    Encode {
        seq: u64,
        #[source]
        source: serde_json::Error,
    },
    #[error("append to `{path}`, which failed before")]
    Poisoned { path: Utf8PathBuf },
}

/// Writes one segment of a journal.
#[derive(Debug)]
pub(crate) struct Writer {
    path: Utf8PathBuf,
    file: File,
    position: Position,
    /// How long the file is up to the last entry that is surely there.
    length: u64,
    poisoned: bool,
}

impl Writer {
    /// Begins the journal of a new run.
    pub(crate) fn create(path: &Utf8Path) -> Result<Self, AppendError> {
        let file = files::create_new(path)
            .map_err(|source| AppendError::Create { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file, position: Position::start(), length: 0, poisoned: false })
    }

    /// Appends all of `drafts` by one write and one sync. They are on disk when this returns.
    pub(crate) fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Entry>, AppendError> {
        if self.poisoned {
            return Err(AppendError::Poisoned { path: self.path.clone() });
        }
        let first = self.position.seq;
        let (mut entries, mut lines) = (Vec::with_capacity(drafts.len()), String::new());
        for draft in drafts {
            let seq = self.position.seq;
            let (entry, line) = format::encode(draft, &self.position)
                .map_err(|source| AppendError::Encode { seq, source })?;
            lines.push_str(&line);
            self.position.seq += 1;
            self.position.prev.clone_from(&entry.hash);
            if matches!(entry.event, Event::Sealed { .. }) {
                self.position.chapter += 1;
            }
            entries.push(entry);
        }
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            self.poisoned = true;
            // A torn line would be cut off by any reader; without it there is nothing to cut.
            let _ = self.file.set_len(self.length);
            return Err(AppendError::Write { path: self.path.clone(), seq: first, source });
        }
        self.length += lines.len() as u64;
        Ok(entries)
    }

    /// What a seal says of the journal so far: how many entries, and the last one's hash.
    pub(crate) fn seal(&self) -> Event {
        Event::Sealed { entries: self.position.seq, digest: self.position.prev.clone() }
    }
}
