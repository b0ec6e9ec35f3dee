//! `lifeboat rollback`: undo what a run changed.

use super::{
    complaint::Complaint,
    options::Common,
    screen::Screen,
    taking_up::{Again, is_drill},
};
use crate::base::RunId;
use crate::event::Continuation;
use clap::Args;
use std::io::{self, BufRead, IsTerminal};

/// Undo what a run changed, or finish undoing it; of an incident, what it keeps stays
#[derive(Debug, Args)]
pub(super) struct Rollback {
    #[command(flatten)]
    again: Again,
}

impl Rollback {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let found = self.again.find(common)?;
        if !is_drill(&found) && !self.again.yes {
            Self::ask(&found.run, screen)?;
        }
        self.again.drive(common, screen, &found, Continuation::GoBack)
    }

    /// Undoing a recovery takes the service away from its clients.
    fn ask(run: &RunId, screen: Screen) -> Result<(), Complaint> {
        let refused = |message: &str| Complaint { code: 4, message: message.to_owned(), hint: None };
        if !io::stdin().is_terminal() {
            return Err(
                refused("this undoes a recovery, and there is no terminal to ask at").hint("add --yes")
            );
        }
        screen.tell(&format!(
            "This points clients away from what run {run} recovered. Type the run's id to go on: "
        ));
        let mut answer = String::new();
        match io::stdin().lock().read_line(&mut answer) {
            Ok(_) if answer.trim() == run.as_str() => Ok(()),
            _ => Err(refused("that was not the run's id; nothing was touched")),
        }
    }
}
