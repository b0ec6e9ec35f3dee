//! What the run left in the world, and the commands that finish what it could not.
//!
//! In the lab nothing outlives the process, and a command meant for AWS would reach a stranger's
//! account: there, only Lifeboat's own commands are named.

use super::document::{ResourceRow, Stuck, StuckIn};
use super::facts::Facts;
use crate::base::{Mode, Resource, ResourceKind, StepPath, WorldKind};
use crate::event::{Cleanup, Event, Evidence, Owned, Phase, RecordSet, Status, StepState};
use serde_json::json;

/// What the run made, by what became of it.
#[derive(Debug)]
pub(super) struct Remains {
    pub(super) kept: Vec<ResourceRow>,
    pub(super) removed: Vec<ResourceRow>,
    pub(super) leftovers: Vec<ResourceRow>,
}

pub(super) fn remains(facts: &Facts<'_>) -> Remains {
    let row = |resource: &Resource, owned: &Owned, command| ResourceRow {
        resource: resource.to_string(),
        region: resource.region.clone(),
        step: owned.step.to_string(),
        immutable_id: owned.immutable_id.clone(),
        command,
    };
    let kept: Vec<ResourceRow> =
        facts.state.kept().map(|(resource, owned)| row(resource, owned, None)).collect();
    let leftovers: Vec<ResourceRow> = facts
        .state
        .leftovers()
        .map(|(resource, owned)| row(resource, owned, Some(removal(facts, resource))))
        .collect();
    let standing = |resource: &Resource| {
        facts.state.kept().chain(facts.state.leftovers()).any(|(other, _)| other == resource)
    };
    let removed = facts
        .state
        .owned
        .iter()
        .filter(|(resource, _)| !standing(resource))
        .map(|(resource, owned)| row(resource, owned, None))
        .collect();
    Remains { kept, removed, leftovers }
}

pub(super) fn stuck(facts: &Facts<'_>) -> Vec<Stuck> {
    let mut stuck = Vec::new();
    for step in facts.outline() {
        let path = &step.path;
        let Some(state) = facts.state.steps.get(path) else { continue };
        if let Some(reason) = stuck_undo(facts, path, state) {
            let command = restoration(facts, path).unwrap_or_else(|| own_command(facts, "rollback"));
            stuck.push(Stuck { step: path.to_string(), what: StuckIn::Undo, reason, command });
        }
        let reason = match &state.cleanup {
            Cleanup::Failed(failure) => failure.message.clone(),
            Cleanup::Pending | Cleanup::Running if state.abandoned && owns(facts, path) => {
                "abandoned at an interrupt".to_owned()
            }
            Cleanup::Pending | Cleanup::Running | Cleanup::Done => continue,
        };
        let resource = facts.state.leftovers().find(|(_, owned)| owned.step == *path);
        let command = match resource {
            Some((resource, _)) => removal(facts, resource),
            None => own_command(facts, "cleanup"),
        };
        stuck.push(Stuck { step: path.to_string(), what: StuckIn::Cleanup, reason, command });
    }
    // DNS is put back before what it points at is deleted, by hand too.
    stuck.sort_by_key(|stuck| stuck.what == StuckIn::Cleanup);
    stuck
}

/// Whether something that the step created still stands.
fn owns(facts: &Facts<'_>, path: &StepPath) -> bool {
    facts.state.leftovers().any(|(_, owned)| owned.step == *path)
}

/// Why a step's undo is not done, if it was begun.
fn stuck_undo(facts: &Facts<'_>, path: &StepPath, state: &StepState) -> Option<String> {
    let given_up = state.abandoned && !owns(facts, path);
    if !given_up && !matches!(state.status, Status::Undoing | Status::Stuck) {
        return None;
    }
    let last = facts.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::UndoFailed { step, failure } if step == path => Some(failure.message.clone()),
        Event::Abandoned { step } if step == path => Some("abandoned at an interrupt".to_owned()),
        Event::UndoStarted { step } if step == path => Some("the run was cut off during the undo".to_owned()),
        _ => None,
    });
    Some(last.unwrap_or_else(|| "its undo did not end".to_owned()))
}

/// Every command once: first those that put things back, then those that remove.
pub(super) fn next(facts: &Facts<'_>, stuck: &[Stuck], leftovers: &[ResourceRow]) -> Vec<String> {
    let mut next: Vec<String> = Vec::new();
    let detached = facts.opening.mode == Mode::Incident && facts.state.interrupts > 0;
    let resume = detached.then(|| own_command(facts, "resume"));
    let commands = stuck
        .iter()
        .map(|stuck| stuck.command.clone())
        .chain(leftovers.iter().filter_map(|row| row.command.clone()));
    for command in resume.into_iter().chain(commands) {
        if !next.contains(&command) {
            next.push(command);
        }
    }
    next
}

fn own_command(facts: &Facts<'_>, verb: &str) -> String {
    format!("lifeboat {verb} {}", facts.opening.run)
}

/// The endpoint's option for the AWS CLI, which ignores the environment for some services.
fn endpoint(facts: &Facts<'_>, service: &str) -> String {
    match facts.opening.world.get(service) {
        Some(url) if url.contains("://") => format!(" --endpoint-url {url}"),
        _ => String::new(),
    }
}

/// What removes a resource that the run made.
fn removal(facts: &Facts<'_>, resource: &Resource) -> String {
    let emulated = facts.opening.world_kind == WorldKind::Lab;
    match resource.kind {
        ResourceKind::RdsInstance if !emulated => format!(
            "aws rds delete-db-instance --db-instance-identifier {} --skip-final-snapshot{}{}",
            resource.id,
            resource.region.as_ref().map(|region| format!(" --region {region}")).unwrap_or_default(),
            endpoint(facts, "rds"),
        ),
        ResourceKind::RdsInstance | ResourceKind::Route53Record => own_command(facts, "cleanup"),
    }
}

/// What puts back the record set that a step changed: one batch, rejected whole if anybody changed it since.
fn restoration(facts: &Facts<'_>, path: &StepPath) -> Option<String> {
    if facts.opening.world_kind == WorldKind::Lab {
        return None;
    }
    let (zone, before, after) = facts.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Observed { step, evidence: Evidence::RecordSwitched { zone, before, after, .. } }
            if step == path && entry.phase == Phase::Forward =>
        {
            Some((zone, before, after))
        }
        _ => None,
    })?;
    let change = |action: &str, set: &RecordSet| {
        let values: Vec<_> = set.values.iter().map(|value| json!({ "Value": value })).collect();
        json!({ "Action": action, "ResourceRecordSet": {
            "Name": set.name, "Type": set.kind, "TTL": set.ttl.get().as_secs(), "ResourceRecords": values,
        }})
    };
    let mut changes = vec![change("DELETE", after)];
    changes.extend(before.as_ref().map(|before| change("CREATE", before)));
    Some(format!(
        "aws route53 change-resource-record-sets --hosted-zone-id {zone} --change-batch {}{}",
        quoted(&json!({ "Changes": changes }).to_string()),
        endpoint(facts, "route53"),
    ))
}

/// One word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
