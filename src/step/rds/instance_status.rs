//! What an instance's status means to somebody who waits for it.

/// A status of `DescribeDBInstances`, in three classes (the RDS user guide's list of statuses).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstanceStatus {
    /// Clients can be served.
    Usable,
    /// It will become something else by itself.
    Pending,
    /// It will not become usable by itself.
    Terminal,
}

const USABLE: [&str; 3] = ["available", "backing-up", "storage-optimization"];

/// The SDK's own waiter knows a few of these only, and waits half an hour for the rest.
const TERMINAL: [&str; 12] = [
    "failed",
    "restore-error",
    "incompatible-restore",
    "incompatible-network",
    "incompatible-parameters",
    "incompatible-option-group",
    "insufficient-capacity",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "storage-full",
    "deleting",
    "deleted",
];

impl InstanceStatus {
    pub(super) fn of(status: &str) -> Self {
        if USABLE.contains(&status) || status.starts_with("configuring-") {
            Self::Usable
        } else if TERMINAL.contains(&status) {
            Self::Terminal
        } else {
            // A status that nobody here has heard of is more likely on its way than at its end.
            Self::Pending
        }
    }
}

/// What a person does about a terminal status.
pub(super) fn remedy(status: &str) -> &'static str {
    match status {
        "incompatible-network" => "check the subnet group, its free addresses and the security groups",
        "incompatible-parameters" => "name a parameter group that fits the engine and the instance class",
        "incompatible-option-group" => "create the source's option group in this Region",
        "insufficient-capacity" => "choose another instance class, or another subnet group",
        "storage-full" => "give the source more storage, or let it grow by itself",
        "inaccessible-encryption-credentials" | "inaccessible-encryption-credentials-recoverable" => {
            "let RDS use the KMS key of the backup"
        }
        "deleting" | "deleted" => "find out who deletes it",
        _ => "see the instance's events in the console",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_serves_while_it_backs_up_or_is_configured() {
        for status in [
            "available",
            "backing-up",
            "storage-optimization",
            "configuring-enhanced-monitoring",
            "configuring-iam-database-auth",
            "configuring-log-exports",
            "configuring-associated-roles",
        ] {
            assert_eq!(InstanceStatus::of(status), InstanceStatus::Usable, "{status}");
        }
    }

    #[test]
    fn every_status_that_does_not_pass_by_itself_ends_the_wait() {
        for status in [
            "failed",
            "restore-error",
            "incompatible-restore",
            "incompatible-network",
            "incompatible-parameters",
            "incompatible-option-group",
            "insufficient-capacity",
            "inaccessible-encryption-credentials",
            "inaccessible-encryption-credentials-recoverable",
            "storage-full",
            "deleting",
        ] {
            assert_eq!(InstanceStatus::of(status), InstanceStatus::Terminal, "{status}");
        }
    }

    #[test]
    fn what_is_under_way_or_unheard_of_is_waited_for() {
        for status in ["creating", "modifying", "rebooting", "starting", "upgrading", "renaming", "brand-new"]
        {
            assert_eq!(InstanceStatus::of(status), InstanceStatus::Pending, "{status}");
        }
    }
}
