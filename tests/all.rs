//! Tests from outside: the binary as people run it, the documents as they lie there, the sources as
//! they read.

#![expect(clippy::disallowed_methods, reason = "real processes take real time, and real files")]

mod chains;
mod commands;
mod documents;
mod floors;
mod interrupts;
mod journals;
mod lab;
mod lifeboat;
mod moto;
mod readme;
mod registry;
mod resume;
mod scenarios;
mod stores;
mod terminal;
