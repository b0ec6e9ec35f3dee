//! `DeleteDBInstance`.

use super::{
    Asker,
    backups::BackupKind,
    error::ServiceError,
    instance::Instance,
    rds::{DeleteRequest, RdsReply, no_instance},
};
use crate::base::Instant;
use crate::lab::{description::DurationKind, state::State, status::Status};

impl State {
    pub(super) fn delete(
        &mut self,
        asker: &Asker,
        request: &DeleteRequest,
    ) -> Result<RdsReply, ServiceError> {
        let now = asker.now;
        let index = self.instance(asker, &request.id).ok_or_else(|| no_instance(&request.id))?;
        check(&self.instances[index], request, now)?;
        if let Some(snapshot) = &request.final_snapshot
            && !self.snapshots.insert(format!("{}/{}", asker.region, snapshot.to_ascii_lowercase()))
        {
            return Err(ServiceError::bad_request(
                "DBSnapshotAlreadyExists",
                format!("Cannot create the snapshot because {snapshot} already exists."),
            ));
        }
        self.remove(index, now, request.delete_automated_backups);
        Ok(RdsReply::Deleted(Box::new(self.view(index, now))))
    }

    /// From `at` on the instance is being deleted. Its own automated backups go with it or are retained;
    /// replicated ones stay.
    pub(in crate::lab) fn remove(&mut self, index: usize, at: Instant, with_backups: bool) {
        let takes = self.world.draw(self.seed, DurationKind::Delete, &[&index.to_string()]);
        let instance = &mut self.instances[index];
        instance.history.delete(at, at + takes);
        instance.uploads.stop(at);
        instance.data.stop(at);
        if with_backups {
            let own =
                self.backups.iter_mut().filter(|own| own.instance == index && own.kind == BackupKind::Own);
            own.for_each(|backup| backup.removed = Some(at));
        }
    }
}

fn check(instance: &Instance, request: &DeleteRequest, now: Instant) -> Result<(), ServiceError> {
    let combination = |message| Err(ServiceError::bad_request("InvalidParameterCombination", message));
    let state = |message| Err(ServiceError::bad_request("InvalidDBInstanceState", message));
    let status = instance.status(now).unwrap_or(Status::Deleting);
    match (request.skip_final_snapshot, &request.final_snapshot) {
        (true, Some(_)) => combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting without a final snapshot.",
        ),
        (false, None) => {
            combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
        }
        _ if instance.settings.deletion_protection => combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        ),
        _ if status == Status::Deleting => {
            state(format!("Instance {} is already being deleted.", instance.id))
        }
        (false, Some(_)) if !status.answers_queries() => {
            state(format!("Instance {} is not currently in the available state.", instance.id))
        }
        _ => Ok(()),
    }
}
