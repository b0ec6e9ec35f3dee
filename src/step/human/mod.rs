//! People.

pub(super) mod approve;
