//! The lab's name servers, as clients ask them.

use super::embedded::Lab;
use crate::world::{Dns, DnsFailure, DnsReply};
use futures_util::future::{LocalBoxFuture, ready};

pub(super) struct LabDns {
    lab: Lab,
}

impl LabDns {
    pub(super) fn new(lab: Lab) -> Self {
        Self { lab }
    }

    fn answer(&self, server: &str, name: &str, kind: &str) -> Result<DnsReply, DnsFailure> {
        let now = self.lab.clock().now();
        let mut state = self.lab.state();
        let found =
            state.server(server, name).ok_or_else(|| DnsFailure::Timeout { server: server.to_owned() })?;
        Ok(match state.answer(found, name, &kind.to_ascii_uppercase(), now) {
            Some((values, ttl)) => DnsReply { values, ttl: Some(ttl) },
            None => DnsReply { values: Vec::new(), ttl: None },
        })
    }
}

impl Dns for LabDns {
    fn authorities<'a>(&'a self, name: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, DnsFailure>> {
        let state = self.lab.state();
        let authorities = state.authorities(name).map(|servers| servers.to_vec());
        Box::pin(ready(authorities.ok_or_else(|| DnsFailure::NoZone { name: name.to_owned() })))
    }

    fn resolvers(&self) -> Vec<String> {
        self.lab.state().resolvers.iter().map(|resolver| resolver.name.clone()).collect()
    }

    fn ask<'a>(
        &'a self,
        server: &'a str,
        name: &'a str,
        kind: &'a str,
    ) -> LocalBoxFuture<'a, Result<DnsReply, DnsFailure>> {
        Box::pin(ready(self.answer(server, name, kind)))
    }
}
