//! Instances, looked at for all who wait in a place.

use super::source::DESCRIBE_INSTANCES;
use crate::base::{Failure, FailureKind};
use crate::step::Context;
use crate::world::{CallFailure, Caller, Looked, Poll, Subscription, Target};
use aws_sdk_rds::{
    Client,
    types::{DbInstance, Endpoint, Filter},
};
use std::{collections::BTreeMap, time::Duration};

/// One page of `DescribeDBInstances`.
const PAGE: usize = 100;

/// What one look tells of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen {
    pub(super) status: String,
    pub(super) resource_id: Option<String>,
    pub(super) arn: Option<String>,
    pub(super) endpoint: Option<(String, i32)>,
    /// The tags with which a run marks what it creates.
    pub(super) labels: BTreeMap<String, String>,
}

impl Seen {
    /// The immutable id; an endpoint that gives none has the ARN at best.
    pub(super) fn identity(&self) -> String {
        self.resource_id.clone().or_else(|| self.arn.clone()).unwrap_or_default()
    }
}

impl From<&DbInstance> for Seen {
    fn from(instance: &DbInstance) -> Self {
        let endpoint = instance.endpoint();
        let host = endpoint.and_then(Endpoint::address).filter(|host| !host.is_empty());
        Self {
            // An instance that says nothing of itself has only just come to be.
            status: instance.db_instance_status().unwrap_or("creating").to_owned(),
            resource_id: instance.dbi_resource_id().map(str::to_owned),
            arn: instance.db_instance_arn().map(str::to_owned),
            endpoint: host.zip(endpoint.and_then(Endpoint::port)).map(|(host, port)| (host.to_owned(), port)),
            labels: instance
                .tag_list()
                .iter()
                .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
                .filter(|(key, _)| key.starts_with("lifeboat:"))
                .collect(),
        }
    }
}

/// Looks at instances by their identifiers, a page of them with each call.
pub(super) struct InstancePoll {
    rds: Client,
    caller: Caller,
    target: Target,
}

impl InstancePoll {
    async fn page(
        &self,
        keys: &[String],
        marker: Option<String>,
    ) -> Result<(Vec<DbInstance>, Option<String>), CallFailure> {
        let filter = Filter::builder().name("db-instance-id").set_values(Some(keys.to_vec())).build();
        let answer = self
            .caller
            .call_once(self.target.clone(), || {
                self.rds
                    .describe_db_instances()
                    .filters(filter.clone())
                    .max_records(100)
                    .set_marker(marker.clone())
                    .send()
            })
            .await?;
        Ok((answer.db_instances.unwrap_or_default(), answer.marker.filter(|marker| !marker.is_empty())))
    }
}

impl Poll for InstancePoll {
    type Key = String;
    type Seen = Seen;

    const KIND: &'static str = "rds";
    const INTERVAL: Duration = Duration::from_secs(10);

    fn poll(&self, keys: Vec<String>) -> Looked<'_, String, Seen> {
        Box::pin(async move {
            let mut seen = BTreeMap::new();
            for keys in keys.chunks(PAGE) {
                let mut marker = None;
                loop {
                    let (instances, next) = match self.page(keys, marker).await {
                        Ok(page) => page,
                        // Some endpoints answer so instead of with an empty list.
                        Err(failure) if failure.has_code(&["DBInstanceNotFound"]) => break,
                        Err(failure) => return Err(failure),
                    };
                    for instance in &instances {
                        if let Some(name) = instance.db_instance_identifier() {
                            seen.insert(name.to_ascii_lowercase(), Seen::from(instance));
                        }
                    }
                    match next {
                        Some(next) => marker = Some(next),
                        None => break,
                    }
                }
            }
            Ok(seen)
        })
    }

    fn status(seen: &Seen) -> String {
        seen.status.clone()
    }
}

/// Sightings of the instance `identifier`, from now on.
pub(super) fn instance(cx: &Context, identifier: &str) -> Subscription<Seen> {
    let place = cx.place();
    cx.world.watchers.subscribe(place.id.as_str(), identifier.to_ascii_lowercase(), || InstancePoll {
        rds: cx.world.aws.rds(&place.id),
        caller: cx.watcher_caller(),
        target: cx.regional(DESCRIBE_INSTANCES, None),
    })
}

/// A failure about somebody else's instance.
pub(super) fn stranger(target: &str, why: &str) -> Failure {
    let message = format!("an instance called `{target}` is there already, and {why}: it was not touched");
    Failure::new(FailureKind::Stranger, message).hint("derive the target from `${{ run.name }}`")
}
