//! `lifeboat steps`: the manual of the step types, from the code itself.

use super::{complaint::Complaint, screen::Screen};
use crate::base::{Effect, nearest};
use crate::step::{Reversal, StepType, registry};
use crate::view::{self, StepManual};
use clap::Args;
use serde_json::{Value, json};

/// Show the manual of the step types
#[derive(Debug, Args)]
pub(super) struct Steps {
    /// One step type, in full
    r#type: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Steps {
    pub(super) fn run(self, screen: Screen) -> Result<u8, Complaint> {
        let mut manuals: Vec<StepManual> = registry().iter().map(manual).collect();
        if let Some(name) = &self.r#type {
            if manuals.iter().all(|manual| manual.name != *name) {
                return Err(unknown(name, &manuals));
            }
            manuals.retain(|manual| manual.name == *name);
        }
        screen.result(&if self.json {
            format!("{:#}\n", json!({ "steps": manuals.iter().map(as_json).collect::<Vec<_>>() }))
        } else if self.r#type.is_some() {
            manuals.iter().map(|manual| view::manual(manual, screen.page())).collect()
        } else {
            view::manuals(&manuals, screen.page())
        });
        Ok(0)
    }
}

fn unknown(name: &str, manuals: &[StepManual]) -> Complaint {
    let complaint = Complaint::wrong(format!("there is no step type `{name}`"));
    match nearest(name, manuals.iter().map(|manual| manual.name.as_str())) {
        Some(near) => complaint.hint(format!("did you mean `{near}`?")),
        None => complaint.hint("`lifeboat steps` lists them all"),
    }
}

fn manual(step_type: &StepType) -> StepManual {
    let effect = match step_type.effect {
        Effect::Observe => "observes",
        Effect::Change => "changes",
    };
    let reversal = match step_type.reversal {
        Reversal::Nothing => "not needed: it changes nothing",
        Reversal::Undo => "rollback puts back what stood there",
        Reversal::Cleanup => "cleanup removes what it created",
        Reversal::Impossible => "impossible: a runbook says `undo: none`, and why",
    };
    StepManual {
        name: step_type.name.to_owned(),
        effect: effect.to_owned(),
        reversal: reversal.to_owned(),
        in_place: step_type.in_place,
        timeout: step_type.timeout,
        usual_marks: step_type.usual_marks.iter().map(|mark| mark.as_str().to_owned()).collect(),
        actions: step_type.actions.iter().map(ToString::to_string).collect(),
        arguments: (step_type.arguments)().to_value(),
        outputs: (step_type.outputs)().to_value(),
    }
}

fn as_json(manual: &StepManual) -> Value {
    json!({
        "name": manual.name,
        "effect": manual.effect,
        "undo": manual.reversal,
        "in_place": manual.in_place,
        "timeout_s": manual.timeout.as_secs_f64(),
        "marks": manual.usual_marks,
        "iam_actions": manual.actions,
        "arguments": manual.arguments,
        "outputs": manual.outputs,
    })
}
