//! What of a run's arguments is known before it starts is judged before it starts.

use super::{Runbook, RunbookStep, facts, sample};
use crate::base::{Mode, Redactor};
use crate::runbook::{Findings, Scope, Shape, fill};
use serde_json::{Map, Value};

/// Adds a finding for each step whose type refuses what the parameters make of its arguments. What only
/// the run will tell is taken for right.
pub(super) fn check(
    runbook: &Runbook,
    mode: Mode,
    constants: &Scope,
    redactor: &Redactor,
    findings: &mut Findings,
) {
    for step in &runbook.steps {
        let arguments = match foreseen(step, mode, Some(constants)) {
            Ok(arguments) => arguments,
            Err(problem) => {
                findings.error("bad-expression", step.span, problem);
                continue;
            }
        };
        let Err(error) = (step.step_type.read)(Value::Object(arguments)) else { continue };
        // What displeases the step type even without the parameters is made up, and may come out right.
        let made_up = foreseen(step, mode, None).unwrap_or_default();
        if (step.step_type.read)(Value::Object(made_up)).is_ok() {
            let problem = redactor.text(&error.message).into_owned();
            let message = format!("step `{}` cannot run with these parameters: {problem}", step.path);
            findings.error("bad-arguments", step.span, message);
        }
    }
}

/// The arguments as far as `constants` tell them; the others are made up.
fn foreseen(step: &RunbookStep, mode: Mode, constants: Option<&Scope>) -> Result<Map<String, Value>, String> {
    let mut written = step.with.clone();
    if mode == Mode::Drill {
        written.extend(step.in_drill.clone());
    }
    let schema = (step.step_type.arguments)();
    let shape = Shape::new(schema.as_value());
    let mut arguments = Map::new();
    for (name, value) in written {
        let paths = facts::paths_in(&value);
        let early = paths.iter().all(|path| matches!(path[0].as_str(), "parameters" | "env"));
        let property = shape.property(&name);
        let value = match (constants.filter(|_| early), property) {
            (Some(constants), _) => {
                facts::fitted(fill(&value, constants).map_err(|error| error.to_string())?, property)
            }
            (None, Some(property)) => sample::made_up(value, property),
            (None, None) => value,
        };
        if !value.is_null() {
            arguments.insert(name, value);
        }
    }
    Ok(arguments)
}
