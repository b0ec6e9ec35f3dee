//! Waiting.

pub(super) mod r#for;
