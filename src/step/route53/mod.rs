//! Amazon Route 53.

mod change;
mod record;
pub(super) mod switch;
#[cfg(test)]
mod tests;
mod zone;
