//! Which service, operation, Region and account a request means, and what it asks.

use super::{OPERATIONS, WireRequest, query::Form, rds, route53};
use crate::base::Instant;
use crate::lab::{
    aws::{error::ServiceError, rds::RdsRequest, route53::Route53Request},
    state::State,
    trouble::Incoming,
};

/// A request, read.
#[derive(Debug)]
pub(in crate::lab) struct Call {
    pub(in crate::lab) service: Service,
    pub(in crate::lab) operation: String,
    pub(in crate::lab) region: String,
    pub(in crate::lab) account: String,
    pub(in crate::lab) asked: Result<Asked, ServiceError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum Service {
    Rds,
    Route53,
    Sts,
    Unknown,
}

#[derive(Debug, Clone)]
pub(in crate::lab) enum Asked {
    Rds(RdsRequest),
    Route53(Route53Request),
    CallerIdentity,
}

impl Service {
    pub(in crate::lab) fn as_str(self) -> &'static str {
        match self {
            Self::Rds => "rds",
            Self::Route53 => "route53",
            Self::Sts => "sts",
            Self::Unknown => "unknown",
        }
    }
}

impl Call {
    /// As IAM names it.
    pub(in crate::lab) fn name(&self) -> String {
        format!("{}:{}", self.service.as_str(), self.operation)
    }

    pub(in crate::lab) fn incoming(&self, now: Instant) -> Incoming<'_> {
        Incoming { service: self.service.as_str(), operation: &self.operation, region: &self.region, now }
    }
}

/// The scope of a signature: `<key>/<date>/<region>/<service>/aws4_request`.
struct Scope {
    key: String,
    region: String,
    service: String,
}

impl Scope {
    /// From the header, or from the URL of a presigned request.
    fn of(request: &WireRequest) -> Option<Self> {
        let header = request.authorization.as_deref().and_then(|header| header.split_once("Credential="));
        let signed = header.and_then(|(_, rest)| Self::read(rest.split([',', ' ']).next()?));
        signed.or_else(|| {
            let mut parameters = form_urlencoded::parse(request.query.as_bytes());
            let (_, credential) = parameters.find(|(name, _)| name == "X-Amz-Credential")?;
            Self::read(&credential)
        })
    }

    fn read(credential: &str) -> Option<Self> {
        let mut parts = credential.split('/').map(str::to_owned);
        let (key, _date) = (parts.next()?, parts.next()?);
        Some(Self { key, region: parts.next()?, service: parts.next()? })
    }
}

/// Reads a request. What cannot be read is answered with the service's own error.
pub(in crate::lab) fn read(request: &WireRequest, state: &State) -> Call {
    let Some(Scope { key, region, service }) = Scope::of(request) else {
        return Call {
            service: Service::Unknown,
            operation: "Unsigned".to_owned(),
            region: String::new(),
            account: state.world.account.clone(),
            asked: Err(ServiceError::new(403, "MissingAuthenticationToken", "The request is not signed.")),
        };
    };
    let service = match service.as_str() {
        "rds" => Service::Rds,
        "route53" => Service::Route53,
        "sts" => Service::Sts,
        _ => Service::Unknown,
    };
    let (operation, asked) = match service {
        Service::Route53 => {
            let (operation, asked) = route53::read(request);
            (operation.to_owned(), asked.map(Asked::Route53))
        }
        _ => read_query(service, request),
    };
    Call { service, operation, region, account: state.account_of(&key), asked }
}

/// A request of the query protocol.
fn read_query(service: Service, request: &WireRequest) -> (String, Result<Asked, ServiceError>) {
    let form = Form::of(&request.query, &request.body);
    let action = form.text("Action").unwrap_or_default();
    let known = OPERATIONS.contains(&format!("{}:{action}", service.as_str()).as_str());
    let asked = match service {
        _ if !["GET", "POST"].contains(&request.method.as_str()) => {
            Err(ServiceError::new(405, "InvalidAction", format!("{} is no way to ask.", request.method)))
        }
        _ if !["", "/"].contains(&request.path.as_str()) => {
            Err(ServiceError::not_found("InvalidAction", format!("There is nothing at {}.", request.path)))
        }
        Service::Rds => rds::read(&action, &form).map(Asked::Rds),
        Service::Sts if known => Ok(Asked::CallerIdentity),
        Service::Sts | Service::Route53 => Err(ServiceError::unknown_operation(&action)),
        Service::Unknown => Err(ServiceError::bad_request("InvalidAction", "The lab has no such service.")),
    };
    // What nobody knows is counted under one name: anybody can invent operations.
    (if known { action } else { "Unknown".to_owned() }, asked)
}
