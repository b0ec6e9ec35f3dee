//! The services' wire: plain bytes in, plain bytes out, whoever carries them.

mod hosted_zone;
mod query;
mod rds;
mod request;
mod response;
mod route53;
mod sts;
mod xml;

pub(super) use request::read;
pub(super) use response::{answer, refusal};

/// Every operation that the lab answers, as IAM names it.
pub(super) const OPERATIONS: [&str; 18] = [
    "rds:AddTagsToResource",
    "rds:CreateDBInstance",
    "rds:DeleteDBInstance",
    "rds:DescribeDBInstanceAutomatedBackups",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSubnetGroups",
    "rds:ListTagsForResource",
    "rds:RestoreDBInstanceToPointInTime",
    "rds:StartDBInstanceAutomatedBackupsReplication",
    "route53:ChangeResourceRecordSets",
    "route53:CreateHostedZone",
    "route53:DeleteHostedZone",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "route53:ListResourceRecordSets",
    "sts:GetCallerIdentity",
];

/// A request as any HTTP server or client has it.
#[derive(Debug, Clone)]
pub(crate) struct WireRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct WireResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// No answer at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cut {
    #[error("no answer from {0}: the Region is down")]
    RegionDown(String),
    #[error("the connection was lost before the answer came")]
    ReplyLost,
}
