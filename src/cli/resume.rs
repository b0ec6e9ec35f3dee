//! `lifeboat resume`: go on after a crash, from the journal.

use super::{complaint::Complaint, options::Common, screen::Screen, taking_up::Again};
use crate::event::Continuation;
use clap::Args;

/// Go on with a run that was cut off or left; --rollback to undo instead
#[derive(Debug, Args)]
pub(super) struct Resume {
    #[command(flatten)]
    again: Again,
    /// Go back instead: a drill is rolled back and cleaned up, of an incident the records are put back
    #[arg(long)]
    rollback: bool,
}

impl Resume {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let found = self.again.find(common)?;
        if found.state.outcome.is_some() && found.state.sealed {
            let run = &found.run;
            let complaint = Complaint::wrong(format!("run {run} has ended"));
            return Err(complaint.hint(format!(
                "`lifeboat report {run}` shows what came of it; `lifeboat rollback` and `lifeboat cleanup` finish \
                 what it left undone"
            )));
        }
        let how = if self.rollback { Continuation::GoBack } else { Continuation::Resume };
        self.again.drive(common, screen, &found, how)
    }
}
