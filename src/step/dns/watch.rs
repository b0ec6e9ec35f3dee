//! Name servers, asked for all who wait for their answers.

use crate::world::{CallFailure, CallKind, Dns, DnsFailure, DnsReply, Looked, Poll};
use std::{collections::BTreeMap, fmt, rc::Rc, time::Duration};

/// One question to one server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub(super) server: String,
    pub(super) name: String,
    pub(super) kind: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.server, self.name, self.kind)
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Reply(DnsReply),
    /// One server's silence tells nothing of what it knows.
    Silence,
}

pub(super) struct DnsPoll {
    pub(super) dns: Rc<dyn Dns>,
}

impl Poll for DnsPoll {
    type Key = Asked;
    type Seen = Heard;

    const KIND: &'static str = "dns";
    const INTERVAL: Duration = Duration::from_secs(2);

    fn poll(&self, keys: Vec<Asked>) -> Looked<'_, Asked, Heard> {
        Box::pin(async move {
            let mut heard = BTreeMap::new();
            for asked in keys {
                let reply = match self.dns.ask(&asked.server, &asked.name, &asked.kind).await {
                    Ok(reply) => Heard::Reply(reply),
                    Err(DnsFailure::Timeout { .. }) => Heard::Silence,
                    Err(failure) => return Err(unanswerable(&failure)),
                };
                heard.insert(asked, reply);
            }
            Ok(heard)
        })
    }

    fn status(heard: &Heard) -> String {
        match heard {
            Heard::Reply(reply) if reply.values.is_empty() => "no such record".to_owned(),
            Heard::Reply(reply) => reply.values.join(", "),
            Heard::Silence => "no answer".to_owned(),
        }
    }
}

fn unanswerable(failure: &DnsFailure) -> CallFailure {
    let kind = match failure {
        DnsFailure::NotModelled => CallKind::Unsupported,
        DnsFailure::NoZone { .. } | DnsFailure::Timeout { .. } => CallKind::Service,
    };
    CallFailure { action: "dns:Ask".to_owned(), kind, code: None, message: failure.to_string() }
}
