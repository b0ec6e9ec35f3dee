//! Does a journal say what it said when it was written?

use super::reader::{ReadError, read_file};
use crate::event::{Event, Illegal, RunState};
use camino::Utf8Path;

/// What was found of an undamaged journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verification {
    pub(crate) entries: u64,
    pub(crate) seals: u32,
    /// Entries after the last seal: a run that goes on, or was cut off.
    pub(crate) unsealed: u64,
    /// The line, from 1, whose end was never written.
    pub(crate) torn: Option<usize>,
    /// The hash of the last entry.
    pub(crate) digest: String,
}

impl Verification {
    /// Whether every entry stands under a seal.
    pub(crate) fn is_sealed(&self) -> bool {
        self.seals > 0 && self.unsealed == 0 && self.torn.is_none()
    }
}

/// Why a journal is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("follow what the journal says")]
    Illegal(#[source] Illegal),
    #[error("find any entry")]
    Empty,
}

pub(crate) fn verify(path: &Utf8Path) -> Result<Verification, VerifyError> {
    let reading = read_file(path)?;
    let entries = &reading.entries;
    RunState::fold(entries).map_err(VerifyError::Illegal)?;
    let last = entries.last().ok_or(VerifyError::Empty)?;
    let seals = entries.iter().filter(|entry| matches!(entry.event, Event::Sealed { .. })).count();
    let unsealed =
        entries.iter().rev().take_while(|entry| !matches!(entry.event, Event::Sealed { .. })).count();
    Ok(Verification {
        entries: entries.len() as u64,
        seals: u32::try_from(seals).unwrap_or(u32::MAX),
        unsealed: unsealed as u64,
        torn: reading.torn,
        digest: last.hash.clone(),
    })
}
