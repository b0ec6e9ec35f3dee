//! The servers that are asked, and what each of them says by now.

use super::watch::Heard;
use crate::base::{Failure, FailureKind, Instant, Period};
use crate::event::DnsAnswer;
use crate::world::DnsReply;

/// A name or address as it is compared.
pub(super) fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// All servers that must agree on one value.
#[derive(Debug)]
pub(super) struct Panel {
    expected: String,
    seats: Vec<Seat>,
}

#[derive(Debug)]
struct Seat {
    server: String,
    authoritative: bool,
    reply: Option<DnsReply>,
    /// When the present values were first heard.
    since: Option<Instant>,
}

impl Seat {
    fn agrees(&self, expected: &str) -> bool {
        self.reply.as_ref().is_some_and(|reply| {
            !reply.values.is_empty() && reply.values.iter().all(|value| normal(value) == expected)
        })
    }
}

impl Panel {
    pub(super) fn new(expected: String) -> Self {
        Self { expected, seats: Vec::new() }
    }

    pub(super) fn seat(&mut self, servers: &[(String, bool)]) {
        let seat = |(server, authoritative): &(String, bool)| Seat {
            server: server.clone(),
            authoritative: *authoritative,
            reply: None,
            since: None,
        };
        self.seats = servers.iter().map(seat).collect();
    }

    /// Takes down what the server at `index` says. Silence changes nothing: it is not known yet.
    pub(super) fn hear(&mut self, index: usize, heard: Option<Heard>, at: Instant) {
        let (Some(seat), Some(Heard::Reply(reply))) = (self.seats.get_mut(index), heard) else { return };
        let unchanged = seat.reply.as_ref().is_some_and(|before| before.values == reply.values);
        if !unchanged {
            seat.since = Some(at);
        }
        seat.reply = Some(reply);
    }

    pub(super) fn all_agree(&self) -> bool {
        !self.seats.is_empty() && self.seats.iter().all(|seat| seat.agrees(&self.expected))
    }

    /// How many authorities, or resolvers, agree, and since when the last of them does.
    pub(super) fn agreed(&self, authoritative: bool) -> (u64, Option<Instant>) {
        let agreeing = || {
            self.seats
                .iter()
                .filter(|seat| seat.authoritative == authoritative && seat.agrees(&self.expected))
        };
        (agreeing().count() as u64, agreeing().filter_map(|seat| seat.since).max())
    }

    pub(super) fn answers(&self) -> Vec<DnsAnswer> {
        self.seats
            .iter()
            .map(|seat| DnsAnswer {
                server: seat.server.clone(),
                authoritative: seat.authoritative,
                values: seat.reply.as_ref().map(|reply| reply.values.clone()).unwrap_or_default(),
                ttl: seat.reply.as_ref().and_then(|reply| reply.ttl).map(Period::new),
                since: seat.since,
            })
            .collect()
    }

    /// Who does not say what was expected, when time is up.
    pub(super) fn disagreement(&self, record: &str, within: Period) -> Failure {
        let others: Vec<&Seat> = self.seats.iter().filter(|seat| !seat.agrees(&self.expected)).collect();
        let said: Vec<String> = others
            .iter()
            .map(|seat| match &seat.reply {
                None => format!("{} does not answer", seat.server),
                Some(reply) if reply.values.is_empty() => format!("{} knows no such record", seat.server),
                Some(reply) => format!("{} says `{}`", seat.server, reply.values.join(", ")),
            })
            .collect();
        let heard = others.iter().any(|seat| seat.reply.is_some());
        let kind = if heard { FailureKind::Contradicted } else { FailureKind::TimedOut };
        let who = if said.is_empty() { "no name server is known".to_owned() } else { said.join("; ") };
        let message = format!("`{record}` is not `{}` everywhere after {within}: {who}", self.expected);
        Failure::new(kind, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn reply(value: &str) -> Heard {
        Heard::Reply(DnsReply { values: vec![value.to_owned()], ttl: None })
    }

    fn panel() -> Panel {
        let mut panel = Panel::new("new.example.net".to_owned());
        panel.seat(&[("ns1".to_owned(), true), ("isp".to_owned(), false)]);
        panel
    }

    #[test]
    fn all_must_agree_and_the_first_sight_of_an_answer_counts() {
        let (mut panel, at) = (panel(), Instant::UNIX_EPOCH);
        panel.hear(0, Some(reply("New.example.net.")), at);
        panel.hear(1, Some(reply("old.example.net")), at);
        assert!(!panel.all_agree());
        panel.hear(0, Some(reply("New.example.net.")), at + TimeDelta::seconds(2));
        panel.hear(1, Some(reply("new.example.net")), at + TimeDelta::seconds(2));
        assert!(panel.all_agree());
        assert_eq!(panel.agreed(true), (1, Some(at)));
        assert_eq!(panel.agreed(false), (1, Some(at + TimeDelta::seconds(2))));
    }

    #[test]
    fn silence_neither_agrees_nor_contradicts() {
        let (mut panel, at) = (panel(), Instant::UNIX_EPOCH);
        panel.hear(0, Some(reply("new.example.net")), at);
        panel.hear(1, Some(Heard::Silence), at);
        assert!(!panel.all_agree());
        let silent = panel.disagreement("db.example.com", Period::default());
        assert_eq!(silent.kind, FailureKind::TimedOut);
        assert!(silent.message.contains("isp does not answer"), "{silent}");
        panel.hear(1, Some(reply("old.example.net")), at);
        let contradicted = panel.disagreement("db.example.com", Period::default());
        assert_eq!(contradicted.kind, FailureKind::Contradicted);
        assert!(contradicted.message.contains("isp says `old.example.net`"), "{contradicted}");
    }
}
