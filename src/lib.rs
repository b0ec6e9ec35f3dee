//! Lifeboat: disaster-recovery drills from one runbook, and the proof of what they achieved.
//!
//! The modules stand in the order of the flow. Each names those of lower floors only, never its
//! neighbours.

mod base;
mod event;
mod journal;
mod lab;
mod measure;
mod plan;
mod run;
mod runbook;
mod step;
mod view;
mod world;
