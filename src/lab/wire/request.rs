//! Which service, operation, Region and account a request means, and what it asks.

use super::{WireRequest, query::Form, rds, route53};
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

/// The scope of a signature: `Credential=<key>/<date>/<region>/<service>/aws4_request`.
struct Scope<'a> {
    key: &'a str,
    region: &'a str,
    service: &'a str,
}

impl<'a> Scope<'a> {
    fn read(authorization: &'a str) -> Option<Self> {
        let credential = authorization.split_once("Credential=")?.1.split([',', ' ']).next()?;
        let mut parts = credential.split('/');
        let (key, _date) = (parts.next()?, parts.next()?);
        Some(Self { key, region: parts.next()?, service: parts.next()? })
    }
}

/// Reads a request. What cannot be read is answered with the service's own error.
pub(in crate::lab) fn read(request: &WireRequest, state: &State) -> Call {
    let scope = request.authorization.as_deref().and_then(Scope::read);
    let Some(Scope { key, region, service }) = scope else {
        return Call {
            service: Service::Unknown,
            operation: "Unsigned".to_owned(),
            region: String::new(),
            account: state.world.account.clone(),
            asked: Err(ServiceError::new(403, "MissingAuthenticationToken", "The request is not signed.")),
        };
    };
    let service = match service {
        "rds" => Service::Rds,
        "route53" => Service::Route53,
        "sts" => Service::Sts,
        _ => Service::Unknown,
    };
    let form = Form::read(&request.body);
    let action = form.text("Action").unwrap_or_default();
    let (operation, asked) = match service {
        Service::Rds => (action.clone(), rds::read(&action, &form).map(Asked::Rds)),
        Service::Sts if action == "GetCallerIdentity" => (action, Ok(Asked::CallerIdentity)),
        Service::Sts => (action.clone(), Err(ServiceError::unknown_operation(&action))),
        Service::Route53 => {
            let (operation, asked) = route53::read(request);
            (operation.to_owned(), asked.map(Asked::Route53))
        }
        Service::Unknown => {
            (action.clone(), Err(ServiceError::bad_request("InvalidAction", "The lab has no such service.")))
        }
    };
    Call { service, operation, region: region.to_owned(), account: state.account_of(key), asked }
}
