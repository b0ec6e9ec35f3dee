//! `lifeboat completions`: for the shell.

use super::{Cli, screen::Screen};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, screen: Screen) -> u8 {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "lifeboat", &mut script);
        screen.result(&String::from_utf8_lossy(&script));
        0
    }
}
