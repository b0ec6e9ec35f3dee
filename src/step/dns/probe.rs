//! `dns.probe`: what do the name servers say, and since when?

use super::panel::{Panel, normal};
use super::watch::{Asked, DnsPoll, Heard};
use crate::base::{Action, Effect, Failure, FailureKind, Instant, Mark, Period};
use crate::event::Evidence;
use crate::step::{Context, Step};
use crate::world::{CallFailure, DnsFailure, Poll, Sighting, Subscription};
use futures_util::{StreamExt, stream::FuturesUnordered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{net::Ipv4Addr, time::Duration};

/// Waits until every authoritative name server of `record`, and every resolver asked for, answers `expect`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Probe {
    /// The name to ask for.
    record: String,
    /// The type to ask for.
    #[serde(default)]
    r#type: ProbeType,
    /// What they must answer: a host name for CNAME, an address for A.
    expect: String,
    /// Which resolvers to ask as well: `all` that the world knows, or their names.
    #[serde(default)]
    resolvers: Vec<String>,
    /// How long to keep asking.
    #[serde(default = "default_within")]
    within: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ProbeType {
    #[default]
    Cname,
    A,
}

impl ProbeType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cname => "CNAME",
            Self::A => "A",
        }
    }
}

fn default_within() -> Period {
    Period::new(Duration::from_mins(10))
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Probed {
    /// How many authoritative servers answered as expected.
    authorities: u64,
    /// When the last authoritative server first answered as expected.
    authorities_at: Option<Instant>,
    /// How many resolvers answered as expected.
    resolvers: u64,
    /// When the last resolver first answered as expected.
    resolvers_at: Option<Instant>,
}

impl Step for Probe {
    const NAME: &'static str = "dns.probe";
    const EFFECT: Effect = Effect::Observe;
    const ACTIONS: &'static [Action] = &[];
    const IN_PLACE: bool = false;
    const USUAL_MARKS: &'static [Mark] = &[Mark::DnsSwitched, Mark::Recovered];
    type Output = Probed;

    fn validate(&self) -> Result<(), String> {
        if self.r#type == ProbeType::A && self.expect.parse::<Ipv4Addr>().is_err() {
            return Err(format!("`expect` of an A record is an IPv4 address, and `{}` is none", self.expect));
        }
        Ok(())
    }

    async fn run(&self, cx: &Context) -> Result<Probed, Failure> {
        let mut panel = Panel::new(normal(&self.expect));
        let asking = async {
            let authorities = self.authorities(cx).await?;
            self.ask(cx, &mut panel, authorities).await
        };
        let ended = cx.within(self.within.get(), asking).await;
        let answers = panel.answers();
        if !answers.is_empty() {
            cx.observed(Evidence::Answers { record: normal(&self.record), answers }).await?;
        }
        match ended {
            Some(Ok(uncertainty)) => cx.uncertain_by(uncertainty),
            Some(Err(failure)) => return Err(failure),
            None => return Err(panel.disagreement(&self.record, self.within)),
        }
        let (authorities, authorities_at) = panel.agreed(true);
        let (resolvers, resolvers_at) = panel.agreed(false);
        Ok(Probed { authorities, authorities_at, resolvers, resolvers_at })
    }
}

impl Probe {
    /// The servers that know, by name. One that does not answer the question who they are may do so later.
    async fn authorities(&self, cx: &Context) -> Result<Vec<String>, Failure> {
        loop {
            match cx.world.dns.authorities(&self.record).await {
                Ok(authorities) => return Ok(authorities),
                Err(DnsFailure::Timeout { .. }) => cx.world.clock.sleep(DnsPoll::INTERVAL).await,
                Err(failure) => return Err(failed(&failure)),
            }
        }
    }

    fn resolvers(&self, cx: &Context) -> Result<Vec<String>, Failure> {
        let known = cx.world.dns.resolvers();
        if self.resolvers.iter().any(|name| name == "all") {
            return Ok(known);
        }
        match self.resolvers.iter().find(|name| !known.contains(name)) {
            Some(unknown) => {
                let message = format!("no resolver `{unknown}` is known");
                Err(Failure::new(FailureKind::Invalid, message)
                    .hint(format!("known are: {}", known.join(", "))))
            }
            None => Ok(self.resolvers.clone()),
        }
    }

    /// Looks until all agree; how much earlier they may have agreed.
    async fn ask(
        &self,
        cx: &Context,
        panel: &mut Panel,
        authorities: Vec<String>,
    ) -> Result<Duration, Failure> {
        let resolvers = self.resolvers(cx)?;
        let servers = authorities.into_iter().map(|server| (server, true));
        let servers: Vec<(String, bool)> =
            servers.chain(resolvers.into_iter().map(|server| (server, false))).collect();
        panel.seat(&servers);
        let mut looking = FuturesUnordered::new();
        for (index, (server, _)) in servers.into_iter().enumerate() {
            let asked = Asked { server, name: normal(&self.record), kind: self.r#type.as_str().to_owned() };
            let sightings =
                cx.world.watchers.subscribe("dns", asked, || DnsPoll { dns: cx.world.dns.clone() });
            looking.push(look(index, sightings));
        }
        while let Some((index, sightings, sighting)) = looking.next().await {
            let sighting = sighting?;
            panel.hear(index, sighting.seen, sighting.at);
            if panel.all_agree() {
                return Ok(sighting.uncertainty);
            }
            looking.push(look(index, sightings));
        }
        Err(Failure::new(FailureKind::NotFound, format!("nobody can be asked for `{}`", self.record)))
    }
}

async fn look(
    index: usize,
    mut sightings: Subscription<Heard>,
) -> (usize, Subscription<Heard>, Result<Sighting<Heard>, CallFailure>) {
    let sighting = sightings.next().await;
    (index, sightings, sighting)
}

fn failed(failure: &DnsFailure) -> Failure {
    let kind = match failure {
        DnsFailure::Timeout { .. } => FailureKind::TimedOut,
        DnsFailure::NoZone { .. } => FailureKind::NotFound,
        DnsFailure::NotModelled => FailureKind::Unsupported,
    };
    Failure::new(kind, failure.to_string())
}
