//! The one place that prints. A reader who leaves early is no error.

use super::complaint::Complaint;
use crate::view::Page;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use terminal_size::terminal_size_of;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Where there is no terminal that says otherwise.
const WIDTH: usize = 80;
/// Longer lines are hard to read.
const WIDEST: usize = 120;

/// Whether a result could not be written: then no command has succeeded.
static FAILED: AtomicBool = AtomicBool::new(false);

/// stdout and stderr, coloured where that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    colour: ColorChoice,
}

impl Screen {
    pub(super) fn new(colour: ColorChoice) -> Self {
        Self { colour }
    }

    /// Prints a result, as it is.
    pub(super) fn result(self, text: &str) {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.colour);
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                FAILED.store(true, Ordering::Relaxed);
                self.complain(&Complaint::wrong(format!("failed to write the result: {error}")));
            }
            _ => {}
        }
    }

    /// Tells something that is no result.
    pub(super) fn tell(self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.colour);
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// Whether every result was written, or its reader left.
    pub(super) fn wrote_everything() -> bool {
        !FAILED.load(Ordering::Relaxed)
    }

    pub(super) fn complain(self, complaint: &Complaint) {
        let Complaint { message, hint, .. } = complaint;
        let mut text = format!("{ERROR}error:{ERROR:#} {message}.\n");
        if let Some(hint) = hint {
            text = format!("{text}{HINT}hint:{HINT:#} {hint}.\n");
        }
        self.tell(&text);
    }

    /// Whether results are read in colour.
    pub(super) fn colours_results(self) -> bool {
        wants_colour(self.colour, AutoStream::choice(&io::stdout()))
    }

    /// The page that results are written on.
    pub(super) fn page(self) -> Page {
        let width = terminal_size_of(io::stdout()).map_or(WIDTH, |(width, _)| usize::from(width.0));
        Page { colour: self.colours_results(), width: width.min(WIDEST) }
    }

    /// Whether what is told is read in colour.
    pub(super) fn colours_progress(self) -> bool {
        wants_colour(self.colour, AutoStream::choice(&io::stderr()))
    }

    /// Whether a person watches the progress.
    pub(super) fn is_watched() -> bool {
        io::stderr().is_terminal()
    }
}

fn wants_colour(wish: ColorChoice, automatic: ColorChoice) -> bool {
    let choice = if wish == ColorChoice::Auto { automatic } else { wish };
    choice != ColorChoice::Never
}
