//! Every step type there is. A new one adds a line here and a `mod` line in its folder.

use super::{StepType, dns, human, rds, route53, sql, wait};

/// All step types, by name.
pub(crate) fn registry() -> Vec<StepType> {
    vec![
        StepType::of::<dns::probe::Probe>(),
        StepType::of::<human::approve::Approve>(),
        StepType::of::<rds::restore_to_point_in_time::RestoreToPointInTime>(),
        StepType::of::<rds::verify_backup::VerifyBackup>(),
        StepType::of::<route53::switch::Switch>(),
        StepType::of::<sql::check::Check>(),
        StepType::of::<wait::r#for::WaitFor>(),
    ]
}

/// The step type that `uses` names.
pub(crate) fn find(name: &str) -> Option<StepType> {
    registry().into_iter().find(|step_type| step_type.name == name)
}
