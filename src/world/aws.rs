//! The one place that builds AWS clients, each with the guard in its pipeline.

use super::{
    endpoint::Endpoints,
    guard::{Gate, Guard},
};
use crate::base::{Clock, Instant, Place, PlaceId};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How long one attempt at a call may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// How AWS is reached.
#[derive(Debug, Clone)]
pub(crate) enum Connection {
    /// Requests are answered in this process.
    Lab(SharedHttpClient),
    /// Something else answers in AWS's place.
    Endpoint(Endpoints),
}

#[derive(Debug)]
struct PlaceClients {
    config: SdkConfig,
    gate: Gate,
    endpoints: Option<Endpoints>,
}

impl PlaceClients {
    fn url(&self, service: &str) -> Option<String> {
        self.endpoints.as_ref().and_then(|endpoints| endpoints.url(service)).cloned()
    }
}

/// Clients of every place of a run.
#[derive(Debug)]
pub(crate) struct AwsClients {
    places: BTreeMap<PlaceId, PlaceClients>,
}

#[derive(Debug, Clone, Copy)]
struct ClockTime(Clock);

impl TimeSource for ClockTime {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

impl AwsClients {
    /// Builds the clients of `places`. Credentials are literal dummies: no emulated world looks for others.
    pub(crate) fn new(connection: &Connection, places: &[Place], clock: Clock, guard: &Arc<Guard>) -> Self {
        let endpoints = match connection {
            Connection::Endpoint(endpoints) => Some(endpoints.clone()),
            Connection::Lab(_) => None,
        };
        let places = places
            .iter()
            .map(|place| {
                let gate = Gate::new(guard.clone(), &place.region);
                (
                    place.id.clone(),
                    PlaceClients {
                        config: config(connection, place, clock),
                        gate,
                        endpoints: endpoints.clone(),
                    },
                )
            })
            .collect();
        Self { places }
    }

    fn place(&self, id: &PlaceId) -> &PlaceClients {
        self.places.get(id).expect("a plan's steps are in the plan's places")
    }

    /// From now on this place's clients may call more than STS.
    pub(crate) fn confirm_account(&self, id: &PlaceId, account: &str) {
        self.place(id).gate.confirm_account(account);
    }

    /// How to learn the `Date` of the last answer from a place, as the service wrote it.
    pub(crate) fn last_date(&self, id: &PlaceId) -> impl Fn() -> Option<String> {
        let gate = self.place(id).gate.clone();
        move || gate.last_date()
    }

    pub(crate) fn rds(&self, id: &PlaceId) -> aws_sdk_rds::Client {
        let place = self.place(id);
        let mut config = aws_sdk_rds::config::Builder::from(&place.config).interceptor(place.gate.clone());
        config.set_endpoint_url(place.url("rds"));
        aws_sdk_rds::Client::from_conf(config.build())
    }

    pub(crate) fn route53(&self, id: &PlaceId) -> aws_sdk_route53::Client {
        let place = self.place(id);
        let mut config =
            aws_sdk_route53::config::Builder::from(&place.config).interceptor(place.gate.clone());
        config.set_endpoint_url(place.url("route53"));
        aws_sdk_route53::Client::from_conf(config.build())
    }

    pub(crate) fn sts(&self, id: &PlaceId) -> aws_sdk_sts::Client {
        let place = self.place(id);
        let mut config = aws_sdk_sts::config::Builder::from(&place.config).interceptor(place.gate.clone());
        config.set_endpoint_url(place.url("sts"));
        aws_sdk_sts::Client::from_conf(config.build())
    }
}

fn config(connection: &Connection, place: &Place, clock: Clock) -> SdkConfig {
    // In the lab and in some emulators an access key of twelve digits is the account.
    let account = place.account.as_deref().unwrap_or("000000000000");
    let credentials = Credentials::new(account, "rehearsal", None, None, "lifeboat-rehearsal");
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(place.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .time_source(SharedTimeSource::new(ClockTime(clock)))
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    match connection {
        Connection::Lab(client) => builder.set_http_client(Some(client.clone())),
        Connection::Endpoint(_) => {
            let client = Builder::new()
                .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
                .build_https();
            builder.set_http_client(Some(client))
        }
    };
    builder.build()
}

/// A service's clock less ours, from the `Date` of its answer: to the second, as HTTP gives it.
pub(crate) fn clock_offset(date: &str, now: Instant) -> Option<i64> {
    let date = chrono::DateTime::parse_from_rfc2822(date).ok()?;
    Some((date.to_utc() - now).num_milliseconds())
}
