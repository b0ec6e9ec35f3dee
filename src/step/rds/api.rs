//! RDS's errors, as failures with the person's next move.

use crate::base::{Failure, FailureKind};
use crate::world::CallFailure;

/// Errors whose code says more than that the service refused, from the service's model.
const KNOWN: [(&str, FailureKind, &str); 15] = [
    ("DBInstanceNotFound", FailureKind::NotFound, "check the identifier and the Region"),
    ("DBInstanceAutomatedBackupNotFound", FailureKind::NotFound, "check the identifier and the Region"),
    (
        "PointInTimeRestoreNotEnabled",
        FailureKind::Contradicted,
        "set a backup retention period on the source",
    ),
    ("InvalidRestore", FailureKind::Contradicted, "choose a time inside the restore window"),
    ("DBInstanceAlreadyExists", FailureKind::Stranger, "derive the target from `${{ run.name }}`"),
    ("InvalidDBInstanceState", FailureKind::Terminal, "see the instance's status in the console"),
    ("InsufficientDBInstanceCapacity", FailureKind::Terminal, "choose another instance class"),
    ("InstanceQuotaExceeded", FailureKind::Terminal, "raise the quota of instances in this Region"),
    ("StorageQuotaExceeded", FailureKind::Terminal, "raise the quota of storage in this Region"),
    ("KMSKeyNotAccessible", FailureKind::Terminal, "let the caller use the KMS key in this Region"),
    ("DBSubnetGroupNotFoundFault", FailureKind::Terminal, "create the subnet group in this Region"),
    ("DBSubnetGroupDoesNotCoverEnoughAZs", FailureKind::Terminal, "add subnets in more zones to the group"),
    ("InvalidVPCNetworkStateFault", FailureKind::Terminal, "check the subnets and security groups"),
    ("ProvisionedIopsNotAvailableInAZ", FailureKind::Terminal, "choose other storage, or another zone"),
    ("StorageTypeNotSupported", FailureKind::Terminal, "choose an instance class that has the storage type"),
];

/// A call's failure, typed by RDS's code.
pub(super) fn failed(failure: CallFailure) -> Failure {
    let known = KNOWN.iter().find(|(code, _, _)| failure.has_code(&[code]));
    let mut failure = Failure::from(failure);
    if let Some((_, kind, hint)) = known {
        failure.kind = *kind;
        failure.hint = Some((*hint).to_owned());
    }
    failure
}
