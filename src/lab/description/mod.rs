//! What a scenario document says of its world, its disaster, its faults and its people.
//!
//! These types are read from what people write: unknown keys are refused. Whether the parts fit
//! together is checked in [`super::check`], all at once.

mod disaster;
mod fault;
mod person;
mod world;

pub(crate) use disaster::{ControlPlane, Deed, Disaster, InstanceName, Instants};
pub(crate) use fault::Fault;
pub(crate) use person::{Decision, Person};
pub(crate) use world::{
    DurationKind, HeartbeatDescription, InstanceDescription, RecordDescription, Speed, WorldDescription,
};
