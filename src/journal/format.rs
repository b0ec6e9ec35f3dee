//! One line: the entry's JSON, whose last key is the hash of all the rest.

use crate::base::{Instant, hex};
use crate::event::{Actor, Chapter, Entry, Event, FORMAT, Phase, Seq};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What stands for the hash before the first entry.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const HASH_KEY: &str = ",\"hash\":\"";
/// `,"hash":"` and 64 digits and `"}`.
const TAIL: usize = HASH_KEY.len() + 64 + 2;

/// An entry that has no place in a journal yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) at: Instant,
    /// Nanoseconds since the run began.
    pub(crate) elapsed: u64,
    pub(crate) phase: Phase,
    pub(crate) actor: Actor,
    pub(crate) event: Event,
}

/// The keys of an entry in their order, without the hash.
#[derive(Serialize)]
struct Body<'a> {
    v: u32,
    seq: Seq,
    at: &'a str,
    elapsed: u64,
    segment: u32,
    chapter: Chapter,
    phase: Phase,
    actor: &'a Actor,
    event: &'a Event,
    prev: &'a str,
}

/// Where the next entry goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) seq: Seq,
    pub(super) segment: u32,
    pub(super) chapter: Chapter,
    pub(super) prev: String,
}

impl Position {
    pub(super) fn start() -> Self {
        Self { seq: 0, segment: 0, chapter: 0, prev: GENESIS.to_owned() }
    }
}

/// Gives `draft` its place: the entry, and its line with the newline.
pub(super) fn encode(draft: Draft, position: &Position) -> Result<(Entry, String), serde_json::Error> {
    let Draft { at, elapsed, phase, actor, event } = draft;
    let Position { seq, segment, chapter, prev } = position.clone();
    let at_text = crate::base::rfc3339(at);
    let body = Body {
        v: FORMAT,
        seq,
        at: &at_text,
        elapsed,
        segment,
        chapter,
        phase,
        actor: &actor,
        event: &event,
        prev: &prev,
    };
    let body = serde_json::to_string(&body)?;
    let hash = sha256(body.as_bytes());
    let line = format!("{}{HASH_KEY}{hash}\"}}\n", &body[..body.len() - 1]);
    // The entry in memory is what the line says, to the millisecond.
    let at = chrono::DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at);
    Ok((Entry { v: FORMAT, seq, at, elapsed, segment, chapter, phase, actor, event, prev, hash }, line))
}

/// Why a line is no entry.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("it does not end in a hash")]
    NoHash,
    #[error("its hash does not fit its text: it was changed")]
    WrongHash,
    #[error("it was written in format {0}, which this version does not know")]
    UnknownFormat(u64),
    #[error("it is no entry")]
    NotAnEntry(#[source] serde_json::Error),
}

/// Reads one line, without its newline.
pub(super) fn decode(line: &str) -> Result<Entry, DecodeError> {
    let split =
        line.len().checked_sub(TAIL).filter(|at| line.is_char_boundary(*at)).ok_or(DecodeError::NoHash)?;
    let (body, tail) = line.split_at(split);
    let hash =
        tail.strip_prefix(HASH_KEY).and_then(|rest| rest.strip_suffix("\"}")).ok_or(DecodeError::NoHash)?;
    if sha256(format!("{body}}}").as_bytes()) != hash {
        return Err(DecodeError::WrongHash);
    }
    // A newer format may hold what this version's types cannot: ask for the version first.
    let value: serde_json::Value = serde_json::from_str(line).map_err(DecodeError::NotAnEntry)?;
    match value.get("v").and_then(serde_json::Value::as_u64) {
        Some(version) if version == 0 || version > u64::from(FORMAT) => {
            return Err(DecodeError::UnknownFormat(version));
        }
        _ => {}
    }
    serde_json::from_value(value).map_err(DecodeError::NotAnEntry)
}

/// Lowercase hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Period;
    use crate::event::Evidence;
    use proptest::prelude::*;

    fn draft(event: Event) -> Draft {
        let at = chrono::DateTime::from_timestamp_millis(1_795_424_400_000).expect("valid");
        Draft {
            at, elapsed: 7, phase: Phase::Forward, actor: Actor::Person("Ada \"\\ 夏".to_owned()), event
        }
    }

    #[test]
    fn the_hash_is_the_last_key_and_that_of_the_text_without_it() {
        let (entry, line) = encode(draft(Event::PhaseBegan), &Position::start()).expect("encodes");
        let without = line.trim_end().replace(&format!(",\"hash\":\"{}\"", entry.hash), "");
        assert_eq!(entry.hash, sha256(without.as_bytes()));
        assert!(line.ends_with(&format!("\"prev\":\"{GENESIS}\",\"hash\":\"{}\"}}\n", entry.hash)), "{line}");
    }

    proptest! {
        #[test]
        fn every_entry_reads_back_as_it_was_written(
            text in ".*", number in any::<i32>(), millis in 0_u64..1_000_000_000,
        ) {
            let step = crate::base::StepPath::new("restore").expect("valid");
            let evidence = Evidence::Query { query: text.clone(), answer: Some(text.clone()), rows: 1, expected: None };
            let period = Period::new(std::time::Duration::from_millis(millis));
            for event in [
                Event::Observed { step: step.clone(), evidence },
                Event::Warned { message: text.clone() },
                Event::StepSucceeded {
                    step,
                    outputs: serde_json::json!({ "text": text, "number": number, "list": [null, true, 0.1] }),
                    uncertainty: period,
                },
            ] {
                let (entry, line) = encode(draft(event), &Position::start()).expect("encodes");
                prop_assert_eq!(line.matches('\n').count(), 1);
                prop_assert_eq!(decode(line.trim_end_matches('\n')).expect("decodes"), entry);
            }
        }

        #[test]
        fn no_text_panics_the_reader(line in ".*") {
            prop_assert!(decode(&line).is_err());
        }
    }
}
