//! Hosted zones, by id or by name.

use super::record::normal;
use crate::base::{Action, Failure, FailureKind};
use crate::step::Context;
use aws_sdk_route53::types::HostedZone;

pub(super) const LIST_ZONES: Action = Action::observe("route53", "ListHostedZonesByName");
pub(super) const GET_ZONE: Action = Action::observe("route53", "GetHostedZone");

/// A hosted zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    /// Without `/hostedzone/`.
    pub(super) id: String,
}

impl Zone {
    pub(super) fn of_id(id: &str) -> Self {
        Self { id: id.trim_start_matches("/hostedzone/").to_owned() }
    }

    /// The zone that `spelled` means: its id, or its exact name if one zone alone has it.
    pub(super) async fn resolve(cx: &Context, spelled: &str) -> Result<Self, Failure> {
        // A name has a dot, and no id does.
        if spelled.contains('.') {
            Self::named(cx, spelled).await
        } else {
            Self::confirmed(cx, spelled).await
        }
    }

    async fn confirmed(cx: &Context, spelled: &str) -> Result<Self, Failure> {
        let zone = Self::of_id(spelled);
        let route53 = cx.world.aws.route53(&cx.place().id);
        let answer = cx
            .caller()
            .call(Context::global(GET_ZONE, None), || route53.get_hosted_zone().id(&zone.id).send())
            .await;
        match answer {
            Ok(_) => Ok(zone),
            Err(failure) if failure.has_code(&["NoSuchHostedZone"]) => Err(absent(spelled)),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn named(cx: &Context, name: &str) -> Result<Self, Failure> {
        let mut zones = zones_named(cx, name).await?;
        match (zones.pop(), zones.len()) {
            (Some(zone), 0) => Ok(Self::of_id(zone.id())),
            (None, _) => Err(absent(name)),
            (Some(last), _) => {
                zones.push(last);
                let ids: Vec<String> = zones.iter().map(described).collect();
                let message =
                    format!("{} hosted zones are called `{}`: {}", ids.len(), normal(name), ids.join(", "));
                Err(Failure::new(FailureKind::Invalid, message).hint(format!(
                    "write the id of the one that is meant: `zone: {}`",
                    Self::of_id(zones[0].id()).id
                )))
            }
        }
    }
}

/// All zones of exactly that name: the service's list only starts there.
async fn zones_named(cx: &Context, name: &str) -> Result<Vec<HostedZone>, Failure> {
    let route53 = cx.world.aws.route53(&cx.place().id);
    let (mut zones, mut start) = (Vec::new(), (normal(name), None::<String>));
    loop {
        let answer = cx
            .caller()
            .call(Context::global(LIST_ZONES, None), || {
                route53
                    .list_hosted_zones_by_name()
                    .dns_name(&start.0)
                    .set_hosted_zone_id(start.1.clone())
                    .send()
            })
            .await?;
        zones.extend(answer.hosted_zones.into_iter().filter(|zone| normal(zone.name()) == normal(name)));
        match answer.next_dns_name {
            Some(next) if answer.is_truncated && normal(&next) == normal(name) => {
                start = (next, answer.next_hosted_zone_id);
            }
            _ => return Ok(zones),
        }
    }
}

fn described(zone: &HostedZone) -> String {
    let private = zone.config().is_some_and(aws_sdk_route53::types::HostedZoneConfig::private_zone);
    format!("{} ({})", Zone::of_id(zone.id()).id, if private { "private" } else { "public" })
}

fn absent(spelled: &str) -> Failure {
    Failure::new(FailureKind::NotFound, format!("no hosted zone `{spelled}` is there"))
}
