//! Reading a journal: all entries up to its end, or the line at which it is damaged.
//!
//! An entry exists once its newline does: a torn last line is no damage, but is told.

use super::format::{self, DecodeError, GENESIS};
use crate::event::{Entry, Event};
use camino::{Utf8Path, Utf8PathBuf};
use chrono::Datelike;
use std::{fs, io};

/// What a journal holds.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) entries: Vec<Entry>,
    /// The line, from 1, whose end was never written.
    pub(crate) torn: Option<usize>,
    /// How many bytes the entries take.
    pub(crate) length: u64,
}

/// Why a journal could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("read `{path}`")]
    Read {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("read line {line} of `{path}`")]
    Damaged {
        path: Utf8PathBuf,
        line: usize,
        #[source]
        source: Damage,
    },
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Damage {
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error(transparent)]
    Line(#[from] DecodeError),
    #[error("it does not follow from the line before: a line was removed, added or moved here")]
    BrokenChain,
    #[error("it is entry {found}, where entry {expected} belongs")]
    WrongSeq { expected: u64, found: u64 },
    #[error("it is in chapter {found}, where chapter {expected} belongs")]
    WrongChapter { expected: u32, found: u32 },
    #[error("its seal does not fit the entries before it")]
    WrongSeal,
    #[error("its clock runs backwards")]
    ClockRunsBackwards,
    #[error("it is in segment {found}, after segment {before}")]
    WrongSegment { before: u32, found: u32 },
    #[error("it is dated {0}, which no clock shows")]
    WrongDate(crate::base::Instant),
}

pub(crate) fn read_file(path: &Utf8Path) -> Result<Reading, ReadError> {
    let bytes = fs::read(path).map_err(|source| ReadError::Read { path: path.to_owned(), source })?;
    read(&bytes).map_err(|(line, source)| ReadError::Damaged { path: path.to_owned(), line, source })
}

/// Reads a journal's bytes. An error comes with its line, from 1.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, (usize, Damage)> {
    let mut reading = Reading { entries: Vec::new(), torn: None, length: 0 };
    let mut expected = Expected { seq: 0, chapter: 0, segment: 0, elapsed: 0, prev: GENESIS.to_owned() };
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let bytes = line.len() as u64;
        let Some(line) = line.strip_suffix(b"\n") else {
            reading.torn = Some(number);
            break;
        };
        let line = std::str::from_utf8(line).map_err(|_| (number, Damage::NotUtf8))?;
        let entry = format::decode(line).map_err(|error| (number, error.into()))?;
        expected.accept(&entry).map_err(|damage| (number, damage))?;
        reading.entries.push(entry);
        reading.length += bytes;
    }
    Ok(reading)
}

struct Expected {
    seq: u64,
    chapter: u32,
    segment: u32,
    elapsed: u64,
    prev: String,
}

impl Expected {
    fn accept(&mut self, entry: &Entry) -> Result<(), Damage> {
        if entry.prev != self.prev {
            return Err(Damage::BrokenChain);
        }
        if entry.seq != self.seq {
            return Err(Damage::WrongSeq { expected: self.seq, found: entry.seq });
        }
        if entry.chapter != self.chapter {
            return Err(Damage::WrongChapter { expected: self.chapter, found: entry.chapter });
        }
        let next = self.segment.saturating_add(1);
        if entry.segment != self.segment && entry.segment != next {
            return Err(Damage::WrongSegment { before: self.segment, found: entry.segment });
        }
        if !(1970..=9999).contains(&entry.at.year()) {
            return Err(Damage::WrongDate(entry.at));
        }
        if entry.elapsed < self.elapsed {
            return Err(Damage::ClockRunsBackwards);
        }
        if let Event::Sealed { entries, digest } = &entry.event {
            if *entries != entry.seq || *digest != entry.prev {
                return Err(Damage::WrongSeal);
            }
            self.chapter += 1;
        }
        (self.seq, self.segment, self.elapsed) = (entry.seq + 1, entry.segment, entry.elapsed);
        self.prev.clone_from(&entry.hash);
        Ok(())
    }
}
