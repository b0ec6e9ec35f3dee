//! Objectives that can be measured, and changes that can be taken back.

use super::super::draft::{Draft, DraftStep};
use super::super::sample;
use crate::base::{Effect, Mark};
use crate::runbook::{Findings, Node, UndoPolicy};
use crate::step::{Reversal, Touch};

pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    let objective = |name: &str| {
        draft.root.get("objectives").map_or(draft.root.span, |objectives| objectives.key_span(name))
    };
    let marked = |mark: Mark| draft.steps.iter().any(|step| mark_of(step) == Some(mark));
    if draft.objectives.rto.is_some() && !marked(Mark::Recovered) {
        findings
            .error(
                "no-recovered-mark",
                objective("rto"),
                "no step has the mark `recovered`, so no RTO can be measured",
            )
            .hint("add `mark: recovered` to the step that sees the service answer from a client's side");
    }
    let mut measures = false;
    for step in &draft.steps {
        check_undo(step, findings);
        check_mark(step, findings);
        if measures_newest_data(step) {
            measures = true;
            check_newest_data(draft, step, findings);
        }
        check_whole(step, findings);
    }
    if draft.objectives.rpo.is_some() && !measures {
        findings
            .error(
                "no-newest-data",
                objective("rpo"),
                "no step measures the newest recovered data, so no RPO can be measured",
            )
            .hint("add a `sql.check` with `newest-data: true` that asks what was restored");
    }
}

fn mark_of(step: &DraftStep) -> Option<Mark> {
    let word = step.node.get("mark").and_then(Node::text)?;
    serde_json::from_value(word.into()).ok()
}

/// A mark that stands for an objective is put where the step can see what the mark claims.
fn check_mark(step: &DraftStep, findings: &mut Findings) {
    let (Some(mark), Some(step_type)) = (mark_of(step), step.step_type) else { return };
    let (code, wanted, hint) = match mark {
        Mark::Recovered => (
            "mark-without-client",
            "looks at nothing from a client's side",
            "put it on a `sql.check` or a `dns.probe` through the name that clients use",
        ),
        Mark::DnsSwitched => (
            "mark-without-switch",
            "neither changes a name nor looks it up",
            "put it on the `route53.switch`, or on a `dns.probe` after it",
        ),
        _ => return,
    };
    if !step_type.usual_marks.contains(&mark) {
        let message = format!("`{}` {wanted}, so it cannot bear this mark", step_type.name);
        findings.error(code, step.node.value_span("mark"), message).hint(hint);
    }
}

fn measures_newest_data(step: &DraftStep) -> bool {
    [false, true].into_iter().any(|in_drill| match sample::step(step, in_drill) {
        Some(Ok(read)) => read.measures_newest_data(),
        // The values made up for expressions did not please its type: the text itself has to do.
        Some(Err(_)) => step.argument("newest-data", in_drill).and_then(Node::text) == Some("true"),
        None => false,
    })
}

fn check_newest_data(draft: &Draft, step: &DraftStep, findings: &mut Findings) {
    for endpoint in [false, true].into_iter().filter_map(|in_drill| step.argument("endpoint", in_drill)) {
        check_endpoint(draft, endpoint, findings);
    }
}

fn check_endpoint(draft: &Draft, endpoint: &Node, findings: &mut Findings) {
    let makes = |step: &DraftStep| {
        step.step_type.is_none_or(|step_type| matches!(step_type.touch, Touch::Creates(_)))
    };
    let text = endpoint.text().unwrap_or_default().trim();
    let inner = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or_default();
    let plain = !inner.contains(|c: char| !(c.is_ascii_alphanumeric() || "._ ".contains(c)));
    let restored = match inner.trim().split('.').collect::<Vec<_>>()[..] {
        // That there is no such step is told elsewhere.
        ["steps", id, "outputs", output] if plain => {
            draft.step(id).is_none_or(|step| makes(step) && output == "endpoint")
        }
        // So is that this is no output.
        ["steps", _] | ["steps", _, _] => plain,
        _ => false,
    };
    if restored {
        return;
    }
    let message = "the newest recovered data must be asked of what this run restored";
    let finding = findings.error("newest-data-elsewhere", endpoint.span, message);
    let known = draft.steps.iter().find(|step| step.step_type.is_some() && makes(step));
    finding.hint(match known.and_then(|step| step.id.as_deref()) {
        Some(id) => format!("write `${{{{ steps.{id}.outputs.endpoint }}}}` and nothing else"),
        None => "restore an instance in this runbook, and ask it by its output `endpoint`".to_owned(),
    });
}

fn check_undo(step: &DraftStep, findings: &mut Findings) {
    let Some(document) = &step.document else { return };
    let forgone = document.undo == Some(UndoPolicy::None);
    let reason = document.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
    if forgone && !reason {
        let message = format!("{} forgoes its undo, and does not say why", step.title());
        findings.error("no-reason", step.node.value_span("undo"), message).hint("add a `reason`");
    }
    if reason && !forgone {
        let span = step.node.key_span("reason");
        findings.warning("reason-without-undo", span, "a `reason` belongs to `undo: none`");
    }
    let Some(step_type) = step.step_type else { return };
    let changes = step_type.effect == Effect::Change;
    if changes && matches!(step_type.reversal, Reversal::Impossible | Reversal::Nothing) && !forgone {
        let message = format!("what `{}` changes cannot be undone", step_type.name);
        findings
            .error("no-undo", step.node.value_span("uses"), message)
            .hint("add `undo: none` and a `reason`, if that is accepted");
    }
}

/// Arguments that each are right, and together make no sense.
fn check_whole(step: &DraftStep, findings: &mut Findings) {
    let schema = step.arguments.as_ref().map(schemars::Schema::as_value);
    let complete = schema.is_some_and(|schema| {
        crate::runbook::Shape::new(schema).required().all(|name| step.with.contains_key(name))
    });
    let expressions = super::secrets::leaves_of(step)
        .iter()
        .any(|(node, _)| node.scalar().is_some_and(crate::runbook::Scalar::has_expression));
    if expressions || !complete {
        return;
    }
    let problems: Vec<String> = [false, true]
        .into_iter()
        .filter_map(|in_drill| sample::step(step, in_drill)?.err())
        .map(|error| error.to_string())
        .collect();
    if let Some(problem) = problems.into_iter().next() {
        findings.error("bad-arguments", step.node.key_span("with"), problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::parse;

    fn codes(more: &str) -> Vec<&'static str> {
        let text =
            format!("runbook: r\nsteps:\n  - {{ id: a, uses: wait.for, with: {{ duration: 1s }}{more} }}\n");
        let (root, mut findings) = parse(text.as_bytes(), "f");
        let mut draft = Draft::read(&root.expect("yaml"), &mut findings);
        // There is no step type yet whose changes cannot be undone.
        let step_type = draft.steps[0].step_type.as_mut().expect("a step type");
        step_type.effect = Effect::Change;
        step_type.reversal = Reversal::Impossible;
        check(&draft, &mut findings);
        findings.into_vec().into_iter().map(|finding| finding.code.0).collect()
    }

    #[test]
    fn a_change_that_cannot_be_undone_is_accepted_with_a_reason_only() {
        assert_eq!(codes(""), ["no-undo"]);
        assert_eq!(codes(", undo: none"), ["no-reason"]);
        assert_eq!(codes(", undo: none, reason: ' '"), ["no-reason"]);
        assert_eq!(codes(", undo: none, reason: The old one is gone anyway."), [""; 0]);
    }
}
