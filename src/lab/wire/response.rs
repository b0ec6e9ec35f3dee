//! From a read request to the bytes of its answer.

use super::{
    WireResponse, rds,
    request::{Asked, Call, Service},
    route53, sts,
    xml::Xml,
};
use crate::base::Instant;
use crate::lab::{
    aws::{Asker, error::ServiceError},
    state::State,
    trouble::Effects,
};

/// Does what is asked, unless the call meets trouble, and writes the answer.
pub(in crate::lab) fn answer(
    state: &mut State,
    call: &Call,
    effects: &Effects,
    now: Instant,
) -> WireResponse {
    let request_id = request_id(state);
    let done = trouble(state, call, effects, now)
        .map_or_else(|| perform(state, call, effects, now, &request_id), Err);
    match done {
        Ok(Done { created: None, body }) => written(200, body, now, request_id),
        Ok(Done { created: Some(location), body }) => {
            let mut response = written(201, body, now, request_id);
            response.headers.push(("location", location));
            response
        }
        Err(error) => written(error.status, write_error(call.service, &error, &request_id), now, request_id),
    }
}

/// The answer to what is no request of any service.
pub(in crate::lab) fn refusal(state: &mut State, error: &ServiceError, now: Instant) -> WireResponse {
    let request_id = request_id(state);
    written(error.status, write_error(Service::Unknown, error, &request_id), now, request_id)
}

fn written(status: u16, body: Vec<u8>, now: Instant, request_id: String) -> WireResponse {
    WireResponse {
        status,
        headers: vec![
            ("content-type", "text/xml".to_owned()),
            ("date", now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            ("x-amzn-requestid", request_id),
        ],
        body,
    }
}

/// What was asked is done.
struct Done {
    /// Where to find what was created, of the operations that say so.
    created: Option<String>,
    body: Vec<u8>,
}

fn trouble(state: &State, call: &Call, effects: &Effects, now: Instant) -> Option<ServiceError> {
    let down = state.control_plane_is_down(call.service.as_str(), &call.region, now);
    let unavailable = || ServiceError::new(503, "ServiceUnavailable", "The control plane is not available.");
    effects.error.clone().or_else(|| down.then(unavailable))
}

fn perform(
    state: &mut State,
    call: &Call,
    effects: &Effects,
    now: Instant,
    request_id: &str,
) -> Result<Done, ServiceError> {
    let asker = Asker {
        account: call.account.clone(),
        region: call.region.clone(),
        now,
        not_found_for: effects.not_found_for,
        ends_in: effects.ends_in,
    };
    match call.asked.clone()? {
        Asked::Rds(request) => {
            let reply = state.rds(&asker, request)?;
            Ok(Done { created: None, body: rds::write(&call.operation, &reply, request_id) })
        }
        Asked::Route53(request) => {
            let reply = state.route53(&asker, request)?;
            Ok(Done { created: route53::location(&reply), body: route53::write(&reply) })
        }
        Asked::CallerIdentity => {
            Ok(Done { created: None, body: sts::caller_identity(&call.account, request_id) })
        }
    }
}

fn write_error(service: Service, error: &ServiceError, request_id: &str) -> Vec<u8> {
    let namespace = match service {
        Service::Route53 => route53::NAMESPACE,
        _ => rds::NAMESPACE,
    };
    Xml::document("ErrorResponse", namespace, |xml| {
        xml.within("Error", |xml| {
            xml.leaf("Type", if error.status < 500 { "Sender" } else { "Receiver" });
            xml.leaf("Code", &error.code);
            xml.leaf("Message", &error.message);
        });
        xml.leaf("RequestId", request_id);
    })
}

/// Every answer has one, and the same seed gives the same ones.
fn request_id(state: &mut State) -> String {
    state.requests += 1;
    let nth = state.requests.to_string();
    let draw = |part| state.seed.draw(&["lab", "request id", &nth, part]).hex();
    let (a, b, c, d) = (draw("a"), draw("b"), draw("c"), draw("d"));
    format!("{a}-{}-4{}-a{}-{}{d}", &b[..4], &b[5..], &c[5..], &c[..4])
}
