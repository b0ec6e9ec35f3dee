//! Name servers, asked as a client asks them.

mod panel;
pub(super) mod probe;
#[cfg(test)]
mod tests;
mod watch;
