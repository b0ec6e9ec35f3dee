//! Appending to a journal. What has been appended is on disk.
//!
//! After a failed append the writer takes nothing more: what the disk holds then is unknown.

use super::files;
use super::format::{self, Draft, Position};
use super::reader::{ReadError, read_file};
use crate::event::{Entry, Event};
use camino::{Utf8Path, Utf8PathBuf};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::MetadataExt,
};

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
    #[error("go on with `{path}`")]
    Read {
        path: Utf8PathBuf,
        #[source]
        source: ReadError,
    },
    #[error("go on with `{path}`, which another process is writing")]
    Busy { path: Utf8PathBuf },
    #[error("go on with `{path}`, which holds no entry")]
    Empty { path: Utf8PathBuf },
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

/// Whether a process is writing the journal now. `false` also where nobody can tell.
pub(crate) fn is_written(path: &Utf8Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// One process writes a journal at a time. The lock ends with the process, however that ends.
fn lock(file: &File, path: &Utf8Path, error: impl Fn(io::Error) -> AppendError) -> Result<(), AppendError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(AppendError::Busy { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(error(source)),
    }
}

impl Writer {
    /// Begins the journal of a new run.
    pub(crate) fn create(path: &Utf8Path) -> Result<Self, AppendError> {
        let error = |source| AppendError::Create { path: path.to_owned(), source };
        let file = files::create_new(path).map_err(error)?;
        lock(&file, path, error)?;
        Ok(Self { path: path.to_owned(), file, position: Position::start(), length: 0, poisoned: false })
    }

    /// Opens a journal again, for a further segment: what was there, and where to go on. A torn last line,
    /// which is no entry, is cut off.
    pub(crate) fn reopen(path: &Utf8Path) -> Result<(Self, Vec<Entry>), AppendError> {
        let error = |source| AppendError::Create { path: path.to_owned(), source };
        let file = OpenOptions::new().append(true).open(path).map_err(error)?;
        // Nobody else writes from here on, so what is read now stays true.
        lock(&file, path, error)?;
        let reading =
            read_file(path).map_err(|source| AppendError::Read { path: path.to_owned(), source })?;
        let Some(last) = reading.entries.last() else {
            return Err(AppendError::Empty { path: path.to_owned() });
        };
        file.set_len(reading.length).and_then(|()| file.sync_all()).map_err(error)?;
        let position = Position {
            seq: last.seq + 1,
            segment: last.segment + 1,
            chapter: last.chapter + u32::from(matches!(last.event, Event::Sealed { .. })),
            prev: last.hash.clone(),
        };
        let writer = Self { path: path.to_owned(), file, position, length: reading.length, poisoned: false };
        Ok((writer, reading.entries))
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
        let written = self
            .still_named()
            .and_then(|()| self.file.write_all(lines.as_bytes()))
            .and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            self.poisoned = true;
            // A torn line would be cut off by any reader; without it there is nothing to cut.
            let _ = self.file.set_len(self.length);
            return Err(AppendError::Write { path: self.path.clone(), seq: first, source });
        }
        self.length += lines.len() as u64;
        Ok(entries)
    }

    /// A file that nobody can find any more is no record.
    fn still_named(&self) -> io::Result<()> {
        match self.file.metadata()?.nlink() {
            0 => Err(io::Error::new(io::ErrorKind::NotFound, "the file was removed")),
            _ => Ok(()),
        }
    }

    /// What a seal says of the journal so far: how many entries, and the last one's hash.
    pub(crate) fn seal(&self) -> Event {
        Event::Sealed { entries: self.position.seq, digest: self.position.prev.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Actor, Phase};

    fn draft(message: &str) -> Draft {
        let at = chrono::DateTime::from_timestamp_millis(1_795_424_400_000).expect("valid");
        let event = Event::Warned { message: message.to_owned() };
        Draft { at, elapsed: 0, phase: Phase::Forward, actor: Actor::Lifeboat, event }
    }

    fn journal() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8Path::from_path(folder.path()).expect("UTF-8").join("journal.jsonl");
        (folder, path)
    }

    #[test]
    fn a_reopened_journal_goes_on_after_its_last_whole_line() {
        let (_folder, path) = journal();
        let mut writer = Writer::create(&path).expect("creates");
        writer.append(vec![draft("one"), draft("two")]).expect("appends");
        drop(writer);
        let whole = std::fs::read(&path).expect("a journal");
        for torn in 1..40 {
            let mut bytes = whole.clone();
            bytes.extend_from_slice(&whole[..torn]);
            std::fs::OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(&path)
                .and_then(|mut file| file.write_all(&bytes))
                .expect("written");
            let (mut writer, entries) = Writer::reopen(&path).expect("reopens");
            assert_eq!(entries.len(), 2);
            let appended = writer.append(vec![draft("three")]).expect("appends");
            assert_eq!((appended[0].seq, appended[0].segment), (2, 1));
            drop(writer);
            assert_eq!(read_file(&path).expect("whole").entries.len(), 3);
        }
    }

    #[test]
    fn two_writers_never_write_one_journal() {
        let (_folder, path) = journal();
        let mut writer = Writer::create(&path).expect("creates");
        writer.append(vec![draft("one")]).expect("appends");
        assert!(matches!(Writer::reopen(&path), Err(AppendError::Busy { .. })));
        drop(writer);
        assert!(Writer::reopen(&path).is_ok());
    }

    #[test]
    fn a_damaged_journal_is_not_reopened() {
        let (_folder, path) = journal();
        Writer::create(&path)
            .and_then(|mut writer| writer.append(vec![draft("one"), draft("two")]))
            .expect("written");
        let text = std::fs::read_to_string(&path).expect("a journal").replacen("one", "oNe", 1);
        std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .expect("written");
        assert!(matches!(Writer::reopen(&path), Err(AppendError::Read { .. })));
    }
}
