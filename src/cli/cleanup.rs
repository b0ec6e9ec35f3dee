//! `lifeboat cleanup`: remove what a drill left over.

use super::{
    complaint::Complaint,
    options::Common,
    screen::Screen,
    taking_up::{Again, is_drill},
};
use crate::event::Continuation;
use clap::Args;

/// Remove what a drill left over; its records are put back first
#[derive(Debug, Args)]
pub(super) struct Cleanup {
    #[command(flatten)]
    again: Again,
}

impl Cleanup {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let found = self.again.find(common)?;
        if !is_drill(&found) {
            let message =
                format!("run {} is an incident: what it made is kept, and no command deletes it", found.run);
            let hint = "`lifeboat rollback` puts its records back; delete what it made by hand, if you must";
            return Err(Complaint { code: 4, message, hint: None }.hint(hint));
        }
        self.again.drive(common, screen, &found, Continuation::GoBack)
    }
}
