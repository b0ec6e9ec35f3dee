//! A drill changes nothing that it did not create: as far as the text shows it.

use super::super::draft::{Draft, DraftStep};
use crate::runbook::{Findings, Node, Shape, Template};
use crate::step::{StepType, Touch};

pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    check_lines(draft, findings);
    check_targets(draft, findings);
    for step in &draft.steps {
        let Some(step_type) = step.step_type else { continue };
        check_control_plane(draft, step, step_type, findings);
        if !step.may_run_in_drill() {
            continue;
        }
        match step_type.touch {
            Touch::Nothing => {}
            Touch::Creates(argument) => {
                check_name(step, argument, findings);
                check_network(step, step_type, findings);
            }
            Touch::Alters(arguments) => check_alters(draft, step, arguments, findings),
        }
    }
}

/// Two steps that create one thing: the second would find the first one's.
fn check_targets(draft: &Draft, findings: &mut Findings) {
    let created = |step: &DraftStep, in_drill| match step.step_type?.touch {
        Touch::Creates(argument) => step.argument(argument, in_drill).and_then(Node::text).map(spelled),
        _ => None,
    };
    let word = |step: &DraftStep, key: &str| step.node.get(key).and_then(Node::text).map(str::to_owned);
    // Elsewhere, or under another condition, it may be another one or the only one.
    let apart = |one: &DraftStep, other: &DraftStep| {
        ["in", "if"].into_iter().any(|key| match (word(one, key), word(other, key)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        })
    };
    for (at, step) in draft.steps.iter().enumerate() {
        let first = draft.steps[..at].iter().find(|earlier| {
            let same = |in_drill| {
                let target = created(step, in_drill);
                target.is_some() && target == created(earlier, in_drill)
            };
            !apart(earlier, step) && (same(false) || same(true))
        });
        let Some(first) = first else { continue };
        let message = format!("{} creates what {} creates", step.title(), first.title());
        findings
            .error("same-target", step.node.value_span("uses"), message)
            .hint("give each a name of its own");
    }
}

/// A line of `drill-may-change` that the guard would never match is a slip.
fn check_lines(draft: &Draft, findings: &mut Findings) {
    let lines = draft.root.get("guardrails").and_then(|node| node.get("drill-may-change"));
    for node in lines.map_or(&[][..], Node::items) {
        let Some(text) = node.text().filter(|text| !text.contains("${{")) else { continue };
        let good = match text.split_once(':') {
            Some(("rds", id)) => !id.is_empty(),
            Some(("route53", record)) => matches!(record.split('/').count(), 3 | 4),
            Some(_) => false,
            None => text.contains('.'),
        };
        if !good {
            findings
                .error(
                    "bad-drill-may-change",
                    node.span,
                    format!("`{text}` names nothing that a drill could change"),
                )
                .hint("write `rds:<id>`, `route53:<zone>/<name>/<type>` or a domain name");
        }
    }
}

fn check_alters(draft: &Draft, step: &DraftStep, arguments: &[&str], findings: &mut Findings) {
    // Without its arguments nothing can be told, and that they are missing was told already.
    let Some(touched) = arguments.first().and_then(|first| step.argument(first, true)) else { return };
    // Another zone or type, or the same name in another spelling, may still be what clients ask for.
    let written = |key: &str| step.node.get(key)?.get(arguments.first()?)?.text().map(spelled);
    let own = written("in-drill");
    let overridden = own.is_some() && own != written("with");
    let name = touched.text().unwrap_or_default();
    if overridden || draft.guardrails.drill_may_change.iter().any(|line| may_mean(line, name)) {
        return;
    }
    let message = format!("a drill would change `{name}`, which it did not create");
    findings.error("drill-changes", touched.span, message).hint(format!(
        "give drills another one (`in-drill: {{ {}: ... }}`), leave the step out of them (`if: run.mode == \
         \"incident\"`), or list it under `guardrails.drill-may-change`",
        arguments[0]
    ));
}

/// A name without what makes no difference: capitals, spaces, the final dot, octal escapes.
fn spelled(name: &str) -> String {
    let mut parts = name.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        let rest = if code.is_some() { part.get(3..).unwrap_or_default() } else { part };
        text.extend(code.map(char::from));
        text.push_str(rest);
    }
    let text: String = text.split_whitespace().collect();
    text.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a line of `drill-may-change` may mean what an argument names: the guard knows better, once
/// there are values.
fn may_mean(line: &str, name: &str) -> bool {
    let computed = |text: &str| text.contains("${{");
    let close = |text: &str| text.split_whitespace().collect::<String>();
    let (line, name) = (&close(line), &close(name));
    if line == name {
        return true;
    }
    if computed(line) || computed(name) {
        // The same expression in both is as good as the same name.
        return line.contains(name.as_str())
            || (computed(name) && !computed(line))
            || (computed(line) && !computed(name));
    }
    let parts = line.split_once(':').map_or(line.as_str(), |(_, rest)| rest);
    let same = |part: &str| part.trim_end_matches('.').eq_ignore_ascii_case(name.trim_end_matches('.'));
    parts.split('/').any(same)
}

fn check_name(step: &DraftStep, argument: &str, findings: &mut Findings) {
    let Some(node) = step.argument(argument, true) else { return };
    let text = node.text().unwrap_or_default();
    // What cannot be read was told already.
    let Ok(template) = Template::compile(text) else { return };
    let unique = template.references().iter().any(|reference| {
        matches!(reference.path.iter().map(String::as_str).collect::<Vec<_>>()[..], ["run", "name" | "id"])
    });
    if !unique {
        let message = format!("a drill would create `{text}`, and so would the next one");
        findings
            .error("drill-name-not-unique", node.span, message)
            .hint("write `${{ run.name }}` into the name");
    }
}

/// Without explicit ones RDS takes the default subnet group and security group of the VPC.
fn check_network(step: &DraftStep, step_type: StepType, findings: &mut Findings) {
    let schema = (step_type.arguments)();
    let shape = Shape::new(schema.as_value());
    let missing: Vec<&str> = ["subnet-group", "security-groups"]
        .into_iter()
        .filter(|name| shape.property(name).is_some() && step.argument(name, true).is_none_or(is_empty))
        .collect();
    if !missing.is_empty() {
        let message = format!(
            "a drill would restore into the default network: no {}",
            crate::runbook::listed(&missing)
        );
        findings
            .warning("drill-in-default-network", step.node.value_span("uses"), message)
            .hint("name a subnet group and security groups that keep the copy away from production");
    }
}

fn is_empty(node: &Node) -> bool {
    node.scalar().is_some_and(crate::runbook::Scalar::is_null)
        || (node.scalar().is_none() && node.items().is_empty())
}

/// Route 53's control plane lives in us-east-1; its answers do not.
fn check_control_plane(draft: &Draft, step: &DraftStep, step_type: StepType, findings: &mut Findings) {
    let lost = draft.guardrails.lost_regions.iter().any(|region| region == "us-east-1");
    let edits = step_type.actions.iter().any(|action| action.service == "route53" && action.changes);
    if lost && edits {
        findings
            .warning(
                "control-plane-lost",
                step.node.value_span("uses"),
                "records are edited through us-east-1, which is a lost Region here",
            )
            .hint("fail over by a health check in the standby Region, which needs no edit of records");
    }
}
