//! What the recovery waited for: the critical path, and each part's share of the recovery time.

use super::course::Course;
use super::document::{Part, PathPart};
use super::facts::{Facts, Interval, round, seconds};
use super::rto::end_of_recovery;
use crate::base::{Instant, StepPath};
use crate::event::OutlineStep;

/// The steps that the end had to wait for, first to last. Walks back from the one that bears T8, else
/// the last to end, each time to the need that ended last. Skipped steps are walked through, not listed.
pub(super) fn critical<'a>(facts: &Facts<'a>, course: &Course<'a>) -> Vec<&'a StepPath> {
    let ended = |step: &OutlineStep| facts.ends.get(&step.path).map(|(at, _)| *at);
    let rank = |step: &'a OutlineStep| ended(step).map(|at| ((at, !facts.is_skipped(&step.path)), step));
    let outline = facts.outline();
    let last = || outline.iter().filter_map(rank).max_by_key(|(rank, _)| *rank).map(|(_, step)| step);
    let mut next = course.recovered.map(|recovered| recovered.step).or_else(last);
    let mut path = Vec::new();
    while let Some(step) = next {
        // A damaged outline could run in a circle.
        if path.contains(&step) {
            break;
        }
        path.push(step);
        next = outline
            .iter()
            .filter(|candidate| step.needs.contains(&candidate.path))
            .filter_map(rank)
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, step)| step);
    }
    path.retain(|step| !facts.is_skipped(&step.path));
    path.iter().rev().map(|step| &step.path).collect()
}

/// The time from T0 (else T3) to the end of the recovery, without a gap.
pub(super) fn parts(facts: &Facts<'_>, course: &Course<'_>, critical: &[&StepPath]) -> Vec<PathPart> {
    let (Ok(end), Some(t3)) = (end_of_recovery(course), course.timeline.t3) else { return Vec::new() };
    let window = Interval { from: course.timeline.t0.unwrap_or(t3), to: end };
    let mut telling = Telling { window, reached: window.from, told: Vec::new() };
    telling.until(t3, Part::BeforeRun, None);
    for path in critical {
        let state = facts.state.steps.get(*path);
        if let (Some(started_at), Some((ended_at, _))) =
            (state.and_then(|state| state.started_at), facts.ends.get(*path))
        {
            telling.until(started_at, Part::Between, None);
            telling.until(*ended_at, Part::Step, Some(path));
        }
    }
    if course.timeline.t7 > course.timeline.t8 {
        telling.until(end, Part::ResolverCaches, None);
    }
    telling.told
}

struct Telling {
    window: Interval,
    reached: Instant,
    told: Vec<PathPart>,
}

impl Telling {
    /// The time since the last part belongs to this one.
    fn until(&mut self, to: Instant, part: Part, step: Option<&StepPath>) {
        let to = to.min(self.window.to);
        let length = to - self.reached;
        let is_step = part == Part::Step;
        if length.num_milliseconds() <= 0 && !is_step {
            return;
        }
        let (length, whole) = (Interval { from: self.reached, to }.length(), self.window.length());
        let percent = match whole.to_std() {
            Ok(whole) if !whole.is_zero() => seconds(length) * 100.0 / whole.as_secs_f64(),
            _ => 0.0,
        };
        self.told.push(PathPart {
            part,
            step: step.map(ToString::to_string),
            from: self.reached.min(to),
            seconds: seconds(length),
            percent: round(percent, 10.0),
        });
        self.reached = self.reached.max(to);
    }
}
