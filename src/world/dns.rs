//! Name servers: the authorities of a zone, and the resolvers that clients use.

use futures_util::future::{LocalBoxFuture, ready};
use std::time::Duration;

/// What one server answered to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DnsReply {
    /// Sorted; names without the final dot. Empty when the name has no such record.
    pub(crate) values: Vec<String>,
    /// What is left of the TTL.
    pub(crate) ttl: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DnsFailure {
    #[error("`{server}` did not answer")]
    Timeout { server: String },
    #[error("no zone is known that holds `{name}`")]
    NoZone { name: String },
    #[error("this world has no name servers")]
    NotModelled,
}

/// A client of name servers.
pub(crate) trait Dns {
    /// The authoritative servers of the zone that holds `name`.
    fn authorities<'a>(&'a self, name: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, DnsFailure>>;

    /// The resolvers that clients of this world use, by name.
    fn resolvers(&self) -> Vec<String>;

    /// Asks `server` (an authority or a resolver) for the records of `kind` (`A`, `CNAME`) at `name`.
    fn ask<'a>(
        &'a self,
        server: &'a str,
        name: &'a str,
        kind: &'a str,
    ) -> LocalBoxFuture<'a, Result<DnsReply, DnsFailure>>;
}

/// A world without name servers: most emulators are.
pub(crate) struct NoDns;

impl Dns for NoDns {
    fn authorities<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, DnsFailure>> {
        Box::pin(ready(Err(DnsFailure::NotModelled)))
    }

    fn resolvers(&self) -> Vec<String> {
        Vec::new()
    }

    fn ask<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a str,
    ) -> LocalBoxFuture<'a, Result<DnsReply, DnsFailure>> {
        Box::pin(ready(Err(DnsFailure::NotModelled)))
    }
}
