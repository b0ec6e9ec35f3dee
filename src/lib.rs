//! Lifeboat: disaster-recovery drills from one runbook, and the proof of what they achieved.
//!
//! The modules stand in the order of the flow. Each names those of lower floors only, never its
//! neighbours; `tests/floors.rs` holds it true.

// Floor 0.
mod base;
// Floor 1: what is read, what can happen, what is outside.
mod event;
mod runbook;
mod world;
// Floor 2.
mod journal;
mod step;
// Floor 3.
mod measure;
mod plan;
// Floor 4.
mod lab;
mod run;
mod view;
// Floor 5.
mod scenario;
// Floor 6.
mod cli;

pub use cli::main;
