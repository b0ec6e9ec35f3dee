//! The statuses of an instance, and a history of them: which one it has is a question of time alone.

use crate::base::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A status as RDS spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    Available,
    BackingUp,
    Creating,
    Deleting,
    Failed,
    InaccessibleEncryptionCredentials,
    InaccessibleEncryptionCredentialsRecoverable,
    IncompatibleNetwork,
    IncompatibleOptionGroup,
    IncompatibleParameters,
    IncompatibleRestore,
    InsufficientCapacity,
    Modifying,
    Rebooting,
    RestoreError,
    StorageFull,
    StorageOptimization,
    Stopped,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::BackingUp => "backing-up",
            Self::Creating => "creating",
            Self::Deleting => "deleting",
            Self::Failed => "failed",
            Self::InaccessibleEncryptionCredentials => "inaccessible-encryption-credentials",
            Self::InaccessibleEncryptionCredentialsRecoverable => {
                "inaccessible-encryption-credentials-recoverable"
            }
            Self::IncompatibleNetwork => "incompatible-network",
            Self::IncompatibleOptionGroup => "incompatible-option-group",
            Self::IncompatibleParameters => "incompatible-parameters",
            Self::IncompatibleRestore => "incompatible-restore",
            Self::InsufficientCapacity => "insufficient-capacity",
            Self::Modifying => "modifying",
            Self::Rebooting => "rebooting",
            Self::RestoreError => "restore-error",
            Self::StorageFull => "storage-full",
            Self::StorageOptimization => "storage-optimization",
            Self::Stopped => "stopped",
        }
    }

    /// Whether a database answers queries in this status.
    pub(crate) fn answers_queries(self) -> bool {
        matches!(self, Self::Available | Self::BackingUp | Self::StorageOptimization | Self::Modifying)
    }
}

/// Statuses, each from an instant on, in the order of time.
#[derive(Debug, Clone)]
pub(super) struct History {
    statuses: Vec<(Instant, Status)>,
    ends: Option<Instant>,
}

impl History {
    pub(super) fn beginning(at: Instant, status: Status) -> Self {
        Self { statuses: vec![(at, status)], ends: None }
    }

    #[must_use]
    pub(super) fn then(mut self, at: Instant, status: Status) -> Self {
        self.statuses.push((at, status));
        self
    }

    /// From `from` on it is deleted, and at `gone` it is no more, whatever was to come.
    pub(super) fn delete(&mut self, from: Instant, gone: Instant) {
        self.statuses.retain(|(at, _)| *at < from);
        self.statuses.push((from, Status::Deleting));
        self.ends = Some(gone);
    }

    /// `None` before it begins and after it has ended.
    pub(super) fn at(&self, now: Instant) -> Option<Status> {
        if self.ends.is_some_and(|ends| ends <= now) {
            return None;
        }
        self.statuses.iter().rev().find(|(at, _)| *at <= now).map(|(_, status)| *status)
    }
}
