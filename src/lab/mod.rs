//! The lab: an AWS made for disasters, in this process.
//!
//! It has no tasks: whatever is due by now is computed when somebody asks, so that the same seed
//! repeats a rehearsal to the byte. The services in [`aws`] know nothing of their wire in [`wire`].

mod aws;
mod build;
mod check;
mod connector;
mod data;
mod description;
mod embedded;
mod names;
mod people;
mod resolvers;
mod serve;
mod snapshot;
mod sql;
mod state;
mod status;
mod trouble;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use check::LabMistake;
pub(crate) use description::{Disaster, Fault, Instants, Person, Speed, WorldDescription};
pub(crate) use embedded::Lab;
pub(crate) use serve::{Listener, ServeError};
pub(crate) use snapshot::LabSnapshot;
