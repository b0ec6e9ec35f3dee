//! Databases, asked as a client asks them.

pub(super) mod check;
mod newest;
#[cfg(test)]
mod tests;
