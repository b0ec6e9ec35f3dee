//! Measuring: from entries to the timeline, RTO, RPO and the report.
//!
//! Pure: the same entries give the same report, whenever and wherever they are read. What was not
//! observed is not measured: never zero, never met.

mod change;
mod course;
mod document;
mod ending;
mod exit;
mod facts;
mod limits;
mod path;
mod rows;
mod rpo;
mod rto;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub(crate) use document::{Basis, Method, Part, Report, ResourceRow, Rpo, Rto, StepRow, StuckIn};
pub(crate) use exit::exit_code;
#[cfg(test)]
pub(crate) use sample::Sample;

use crate::base::WorldKind;
use crate::event::{Entry, Illegal, StopReason};
use course::Course;
use document::{Judged, Run};
use facts::Facts;

/// What the entries prove.
pub(crate) fn report(entries: &[Entry]) -> Result<Report, Illegal> {
    let facts = Facts::gather(entries)?;
    let course = Course::of(&facts);
    let critical = path::critical(&facts, &course);
    let path = path::parts(&facts, &course, &critical);
    let ending::Remains { kept, removed, leftovers } = ending::remains(&facts);
    let stuck = ending::stuck(&facts);
    Ok(Report {
        schema: document::SCHEMA,
        run: run(&facts),
        objectives: Judged {
            rto: rto::rto(&facts, &course, &critical),
            rpo: rpo::rpo(&facts, course.timeline.t0),
        },
        timeline: course.timeline,
        clock_source: document::clock_source(facts.source),
        steps: rows::steps(&facts, &critical, &path),
        path,
        phases: rows::phases(&facts),
        approvals: rows::approvals(&facts),
        evidence: rows::evidence(&facts),
        deviations: rows::deviations(&facts),
        refusals: rows::refusals(&facts),
        warnings: rows::warnings(&facts),
        places: rows::places(&facts),
        calls: rows::calls(&facts),
        stopped_because: facts.state.stopping.as_ref().map(stop_reason),
        interrupted: facts.state.interrupts,
        next: ending::next(&facts, &stuck, &leftovers),
        kept,
        removed,
        stuck,
        leftovers,
        not_exercised: limits::not_exercised(&facts, &course),
    })
}

fn run(facts: &Facts<'_>) -> Run {
    let opening = facts.opening;
    let sealed = facts.state.sealed;
    Run {
        id: opening.run.to_string(),
        name: opening.name.to_string(),
        mode: if opening.rehearsal { "rehearsal" } else { opening.mode.as_str() },
        acts_as: opening.mode,
        world: opening.world_kind.as_str(),
        services: opening.world.clone(),
        certified: sealed
            && !opening.rehearsal
            && opening.world_kind == WorldKind::Aws
            && opening.world.values().all(|world| world == "aws"),
        sealed,
        runbook: opening.outline.runbook.clone(),
        runbook_digest: opening.runbook_digest.clone(),
        description: opening.outline.description.clone(),
        owner: opening.outline.owner.clone(),
        scenario: opening.scenario.clone(),
        started_at: facts.started_at,
        ended_at: facts.state.ended_at,
        outcome: facts.state.outcome,
        operator: opening.operator.user.clone(),
        claimed_operator: opening.operator.claimed.clone(),
        parent: opening.parent.as_ref().map(ToString::to_string),
        seed: opening.seed.0,
        virtual_time: opening.virtual_time,
        durations_source: opening.durations.clone(),
    }
}

fn stop_reason(reason: &StopReason) -> String {
    match reason {
        StopReason::StepFailed { step } => format!("step `{step}` failed"),
        StopReason::Refused { step } => format!("step `{step}` was refused by a guardrail"),
        StopReason::Rejected { step } => format!("step `{step}` was rejected"),
        StopReason::Interrupted => "it was interrupted".to_owned(),
        StopReason::Recalled => "a person ordered to go back".to_owned(),
        StopReason::AccountRefused { message } | StopReason::AccountUnknown { message } => message.clone(),
        StopReason::MaxDuration { limit } => format!("it took longer than {limit} (max-duration)"),
    }
}
