//! What would run, in which order: the same outline that the first entry of a run carries.

use super::paper::{BOLD, CARE, DIM, PLAIN, Page, Paper, fit, length};
use crate::base::{Effect, StepPath};
use crate::event::{OnFailure, Outline, OutlineStep, UndoRule};
use std::collections::BTreeSet;

/// The outline, with the IAM actions that each step may call, and the critical path as far as known.
pub(crate) fn outline(
    outline: &Outline,
    calls: &[(String, Vec<String>)],
    critical: &[StepPath],
    page: Page,
) -> String {
    let mut paper = Paper::new(page);
    paper.line(&[(BOLD, &outline.runbook)]);
    if let Some(description) = &outline.description {
        paper.hanging((PLAIN, ""), PLAIN, description);
    }
    let objective = |period: Option<crate::base::Period>| {
        period.map_or_else(|| "none".to_owned(), |period| length(period.get().as_secs_f64()))
    };
    let owner = outline.owner.as_deref().map(|owner| format!("; owner {owner}")).unwrap_or_default();
    let (rto, rpo) = (objective(outline.objectives.rto), objective(outline.objectives.rpo));
    paper.line(&[(DIM, &format!("RTO {rto}; RPO {rpo}{owner}."))]);
    let longest = |text: fn(&OutlineStep) -> &str| {
        outline.steps.iter().map(|step| text(step).chars().count()).max().unwrap_or(0)
    };
    let (id, uses) = (longest(|step| step.path.as_str()), longest(|step| &step.uses));
    paper.blank();
    for (wave, steps) in waves(outline).iter().enumerate() {
        for (position, step) in steps.iter().enumerate() {
            let number = if position == 0 { format!("{:>3}", wave + 1) } else { "   ".to_owned() };
            let star = if critical.contains(&step.path) { " * " } else { "   " };
            let effect = match step.effect {
                Effect::Observe => "observes",
                Effect::Change => "CHANGES ",
            };
            let place = step.place.as_ref().map(|place| format!("  in {place}")).unwrap_or_default();
            paper.line(&[
                (DIM, &number),
                (BOLD, star),
                (BOLD, &fit(step.path.as_str(), id)),
                (PLAIN, "  "),
                (PLAIN, &fit(&step.uses, uses)),
                (PLAIN, "  "),
                (if step.effect == Effect::Change { CARE } else { DIM }, effect),
                (DIM, &place),
            ]);
            notes(&step_notes(step), &mut paper);
        }
    }
    let star = if critical.is_empty() { "" } else { " * on the critical path, by timeouts." };
    paper.line(&[(DIM, &format!("      Steps of one number run side by side.{star}"))]);
    actions(&mut paper, calls);
    paper.finish()
}

/// Steps by how many must have ended before them, one after the other. A circle comes last.
fn waves(outline: &Outline) -> Vec<Vec<&OutlineStep>> {
    let mut waves: Vec<Vec<&OutlineStep>> = Vec::new();
    let mut done: BTreeSet<&StepPath> = BTreeSet::new();
    let mut rest: Vec<&OutlineStep> = outline.steps.iter().collect();
    while !rest.is_empty() {
        let is_ready = |step: &&OutlineStep| step.needs.iter().all(|need| done.contains(need));
        let (ready, waiting): (Vec<_>, Vec<_>) = rest.iter().copied().partition(is_ready);
        let (ready, waiting) = if ready.is_empty() { (waiting, Vec::new()) } else { (ready, waiting) };
        done.extend(ready.iter().map(|step| &step.path));
        waves.push(ready);
        rest = waiting;
    }
    waves
}

fn step_notes(step: &OutlineStep) -> Vec<String> {
    let mut notes = Vec::new();
    if !step.needs.is_empty() {
        let needs: Vec<&str> = step.needs.iter().map(StepPath::as_str).collect();
        notes.push(format!("needs {}", needs.join(", ")));
    }
    if let Some(condition) = &step.condition {
        notes.push(format!("if {condition}"));
    }
    notes.extend(step.mark.map(|mark| format!("mark {}", mark.as_str())));
    if step.waits_for_person {
        notes.push("waits for a person".to_owned());
    }
    if step.differs_in_drill {
        notes.push("differs in a drill".to_owned());
    }
    match &step.undo {
        UndoRule::NotNeeded => {}
        UndoRule::ByStepType => notes.push("can be undone".to_owned()),
        UndoRule::Forgone { reason } => notes.push(format!("is not undone: {reason}")),
    }
    if step.on_failure == OnFailure::Continue {
        notes.push("the run goes on if it fails".to_owned());
    }
    notes
}

fn notes(notes: &[String], paper: &mut Paper) {
    if !notes.is_empty() {
        paper.hanging((PLAIN, "        "), DIM, &notes.join("; "));
    }
}

fn actions(paper: &mut Paper, calls: &[(String, Vec<String>)]) {
    let actions: BTreeSet<&str> = calls.iter().flat_map(|(_, actions)| actions).map(String::as_str).collect();
    if actions.is_empty() {
        return;
    }
    paper.heading("IAM actions");
    for action in actions {
        let steps: Vec<&str> = calls
            .iter()
            .filter(|(_, actions)| actions.iter().any(|other| other == action))
            .map(|(step, _)| step.as_str())
            .collect();
        paper.line(&[(PLAIN, "  "), (PLAIN, &fit(action, 44)), (DIM, &format!("  {}", steps.join(", ")))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::measure::Sample;

    fn sample() -> Outline {
        let sample = Sample::incident();
        let Event::RunOpened { opening } = &sample.entries[0].event else { unreachable!("a sample opens") };
        opening.outline.clone()
    }

    #[test]
    fn a_plan_shows_order_needs_effects_and_actions() {
        let rds = |operation: &str| format!("rds:{operation}");
        let calls = [
            ("backup".to_owned(), vec![rds("DescribeDBInstances")]),
            ("restore".to_owned(), vec![rds("DescribeDBInstances"), rds("RestoreDBInstanceToPointInTime")]),
        ];
        let critical: Vec<StepPath> = sample().steps.into_iter().map(|step| step.path).collect();
        let shown = super::outline(&sample(), &calls, &critical, Page { colour: false, width: 80 });
        insta::assert_snapshot!(shown, @r"
        regional-failover
        Restore the orders database in us-west-2.
        RTO 15m00s; RPO 30m00s; owner payments-sre.

          1 * backup     rds.verify-backup             observes  in recovery
          2 * restore    rds.restore-to-point-in-time  CHANGES   in recovery
                needs backup
          3 * data       sql.check                     observes
                needs restore; mark data-verified
          4 * approve    human.approve                 observes
                needs data; waits for a person
          5 * switch     route53.switch                CHANGES
                needs data, approve; mark dns-switched; differs in a drill; can be
                undone
          6 * reachable  sql.check                     observes
                needs switch; mark recovered
              Steps of one number run side by side. * on the critical path, by timeouts.

        IAM actions
          rds:DescribeDBInstances                       backup, restore
          rds:RestoreDBInstanceToPointInTime            restore
        ");
    }

    #[test]
    fn a_circle_is_shown_and_not_followed() {
        let mut outline = sample();
        outline.steps[0].needs = vec![outline.steps[5].path.clone()];
        assert_eq!(waves(&outline).iter().map(Vec::len).sum::<usize>(), 6);
    }
}
