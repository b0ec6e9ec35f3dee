//! The live view: each entry as it happens, to stderr.
//!
//! What fails to be shown never stops a run: the first failure is kept, and nothing more is written.

use super::event_line::Told;
use crate::event::{Entry, Event};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    time::Duration,
};

/// How often a running step's line is drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// Shows the entries of one run, one by one.
pub(crate) struct LiveView {
    terminal: bool,
    colour: bool,
    told: Told,
    to: Box<dyn Write>,
    /// A line with a clock for each running step, below the others. Virtual time leaves nothing to animate.
    running: Option<(MultiProgress, BTreeMap<String, ProgressBar>)>,
    failure: Option<io::Error>,
}

impl fmt::Debug for LiveView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveView").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

impl LiveView {
    /// A view on stderr, which is a terminal or is not.
    pub(crate) fn new(terminal: bool, colour: bool) -> Self {
        Self::writing_to(Box::new(io::stderr()), terminal, colour)
    }

    fn writing_to(to: Box<dyn Write>, terminal: bool, colour: bool) -> Self {
        Self { terminal, colour, told: Told::default(), to, running: None, failure: None }
    }

    pub(crate) fn show(&mut self, entry: &Entry) {
        if self.failure.is_some() {
            return;
        }
        if let Event::RunOpened { opening } = &entry.event
            && self.terminal
            && !opening.virtual_time
        {
            let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            // A terminal that cannot move its cursor is written to line by line.
            self.running = (!bars.is_hidden()).then(|| (bars, BTreeMap::new()));
        }
        let line = self.told.line(entry, self.colour);
        let written = match (&self.running, line) {
            (_, None) => Ok(()),
            (Some((bars, _)), Some(line)) => bars.println(line),
            (None, Some(line)) => writeln!(self.to, "{line}"),
        };
        self.failure = written.err();
        self.animate(entry);
    }

    /// Learns what earlier processes of the run did, and shows none of it.
    pub(crate) fn catch_up(&mut self, entries: &[Entry]) {
        for entry in entries {
            let _ = self.told.line(entry, self.colour);
        }
    }

    /// Why nothing is shown any more, if so.
    #[cfg(test)]
    pub(crate) fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    fn animate(&mut self, entry: &Entry) {
        let Some((bars, running)) = &mut self.running else { return };
        let verb = match &entry.event {
            Event::ApprovalAsked { .. } => Some("waiting for a person"),
            Event::StepStarted { .. } | Event::ApprovalAnswered { .. } => Some("running"),
            Event::UndoStarted { .. } => Some("undoing"),
            Event::CleanupStarted { .. } => Some("cleaning"),
            Event::StepSucceeded { .. }
            | Event::StepFailed { .. }
            | Event::StepRetrying { .. }
            | Event::Undone { .. }
            | Event::UndoFailed { .. }
            | Event::CleanedUp { .. }
            | Event::CleanupFailed { .. }
            | Event::Abandoned { .. } => None,
            Event::RunEnded { .. } => {
                running.clear();
                self.failure = bars.clear().err();
                return;
            }
            _ => return,
        };
        let Some(step) = entry.event.step().map(ToString::to_string) else { return };
        match verb {
            Some(verb) => {
                let bar = running.entry(step.clone()).or_insert_with(|| spinner(bars));
                bar.set_message(format!("{verb}. {step}"));
            }
            None => {
                if let Some(bar) = running.remove(&step) {
                    bar.finish_and_clear();
                    bars.remove(&bar);
                }
            }
        }
    }
}

fn spinner(bars: &MultiProgress) -> ProgressBar {
    let bar = bars.add(ProgressBar::new_spinner());
    let style = ProgressStyle::with_template("{spinner} {elapsed:>9}  {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(TICK);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Sample;
    use std::{cell::RefCell, rc::Rc};

    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(sample: &Sample, colour: bool) -> String {
        let written = Shared::default();
        let mut live = LiveView::writing_to(Box::new(written.clone()), true, colour);
        sample.entries.iter().for_each(|entry| live.show(entry));
        let bytes = written.0.borrow().clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn every_step_is_shown_as_it_goes_with_the_recovery_clock() {
        insta::assert_snapshot!(shown(&Sample::drill(), false), @r#"
                    run         Rehearses regional-failover as a drill. r1
        T+00:02:00  started     rds.verify-backup. backup
        T+00:02:02  succeeded   After 2s. backup
        T+00:02:02  started     rds.restore-to-point-in-time. restore
        T+00:02:03  created     rds:lb-r1-orders. restore
        T+00:09:30  succeeded   After 7m28s. restore
        T+00:09:30  started     sql.check. data
        T+00:09:36  succeeded   After 6s. data
        T+00:09:36  skipped     run.mode == "incident" is false. approve
        T+00:11:06  started     route53.switch. switch
        T+00:11:40  succeeded   After 34s. switch
        T+00:11:40  started     sql.check. reachable
        T+00:13:00  succeeded   After 1m20s. reachable
        T+00:13:01  undoing     route53.switch. switch
        T+00:13:20  undone      After 19s. switch
        T+00:13:20  cleaning    rds.restore-to-point-in-time. restore
        T+00:13:39  removed     rds:lb-r1-orders. restore
        T+00:13:39  cleaned up  After 19s. restore
        T+00:13:40  succeeded   The run has ended. r1
        "#);
    }

    #[test]
    fn without_colour_there_is_no_escape_code() {
        assert!(!shown(&Sample::incident(), false).contains('\u{1b}'));
        assert!(shown(&Sample::incident(), true).contains('\u{1b}'));
    }

    #[test]
    fn a_view_that_cannot_be_written_falls_silent_and_says_why() {
        let mut live = LiveView::writing_to(Box::new(Full), false, false);
        Sample::incident().entries.iter().for_each(|entry| live.show(entry));
        assert_eq!(live.failure().map(io::Error::kind), Some(io::ErrorKind::StorageFull));
    }
}
