//! Takes secrets out of an event before it is written. Every text that is not of our own making is
//! looked through: what a service, a person or a runbook said.

use super::{CallResult, DnsAnswer, Event, Evidence, Opening, RecordSet, StopReason};
use crate::base::{Failure, Redactor, Resource};

impl Event {
    #[must_use]
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        match &mut self {
            Self::RunOpened { opening } => opening.redact(redactor),
            Self::AccountConfirmed { caller, .. } => text(caller, redactor),
            Self::Warned { message } | Self::Deviated { message, .. } => text(message, redactor),
            Self::Stopping { reason } => reason.redact(redactor),
            Self::StepStarted { inputs: value, .. }
            | Self::StepRemembered { memory: value, .. }
            | Self::StepSucceeded { outputs: value, .. } => *value = redactor.value(value.take()),
            Self::StepSkipped { reason: words, .. } | Self::ApprovalAsked { question: words, .. } => {
                text(words, redactor);
            }
            Self::Observed { evidence, .. } => evidence.redact(redactor),
            Self::StepRetrying { failure, .. }
            | Self::StepFailed { failure, .. }
            | Self::UndoFailed { failure, .. }
            | Self::CleanupFailed { failure, .. } => failure.redact(redactor),
            Self::ApprovalAnswered { by, comment, .. } => {
                text(by, redactor);
                optional(comment, redactor);
            }
            Self::Calling { resource, .. } => each(resource, redactor),
            Self::Called { resource, result, .. } => {
                each(resource, redactor);
                if let CallResult::Error { message, .. } = result {
                    text(message, redactor);
                }
            }
            Self::Refused { resource, reason, .. } => {
                each(resource, redactor);
                text(reason, redactor);
            }
            Self::Watched { resource, status } => {
                text(resource, redactor);
                text(status, redactor);
            }
            Self::Creating { resource, .. }
            | Self::Created { resource, .. }
            | Self::Removed { resource, .. }
            | Self::Kept { resource, .. } => text(&mut resource.id, redactor),
            Self::SegmentOpened { .. }
            | Self::ClockSet { .. }
            | Self::Continued { .. }
            | Self::StepResumed { .. }
            | Self::Interrupted { .. }
            | Self::PhaseBegan
            | Self::RunEnded { .. }
            | Self::Sealed { .. }
            | Self::UndoStarted { .. }
            | Self::Undone { .. }
            | Self::CleanupStarted { .. }
            | Self::CleanedUp { .. }
            | Self::Abandoned { .. } => {}
        }
        self
    }
}

fn text(text: &mut String, redactor: &Redactor) {
    if let std::borrow::Cow::Owned(redacted) = redactor.text(text) {
        *text = redacted;
    }
}

fn optional(words: &mut Option<String>, redactor: &Redactor) {
    if let Some(words) = words {
        text(words, redactor);
    }
}

fn each(resource: &mut Option<Resource>, redactor: &Redactor) {
    if let Some(resource) = resource {
        text(&mut resource.id, redactor);
    }
}

impl Failure {
    fn redact(&mut self, redactor: &Redactor) {
        text(&mut self.message, redactor);
        optional(&mut self.hint, redactor);
    }
}

impl StopReason {
    fn redact(&mut self, redactor: &Redactor) {
        if let Self::AccountRefused { message } | Self::AccountUnknown { message } = self {
            text(message, redactor);
        }
    }
}

impl Opening {
    fn redact(&mut self, redactor: &Redactor) {
        text(&mut self.runbook_text, redactor);
        text(&mut self.outline.runbook, redactor);
        optional(&mut self.outline.description, redactor);
        optional(&mut self.outline.owner, redactor);
        for step in &mut self.outline.steps {
            optional(&mut step.condition, redactor);
        }
        for value in self.parameters.values_mut() {
            *value = redactor.value(value.take());
        }
        for place in &mut self.places {
            text(&mut place.region, redactor);
            optional(&mut place.account, redactor);
            optional(&mut place.role_arn, redactor);
            optional(&mut place.profile, redactor);
        }
        for world in self.world.values_mut() {
            text(world, redactor);
        }
    }
}

impl RecordSet {
    fn redact(&mut self, redactor: &Redactor) {
        text(&mut self.name, redactor);
        for value in &mut self.values {
            text(value, redactor);
        }
    }
}

impl DnsAnswer {
    fn redact(&mut self, redactor: &Redactor) {
        text(&mut self.server, redactor);
        for value in &mut self.values {
            text(value, redactor);
        }
    }
}

impl Evidence {
    fn redact(&mut self, redactor: &Redactor) {
        match self {
            Self::Backup { source, arn, resource_id, kms_key, .. } => {
                text(source, redactor);
                for words in [arn, resource_id, kms_key] {
                    optional(words, redactor);
                }
            }
            Self::RecoveryPoint { basis, .. } => text(basis, redactor),
            Self::Restored { target, resource_id, endpoint, .. } => {
                text(target, redactor);
                for words in [resource_id, endpoint] {
                    optional(words, redactor);
                }
            }
            Self::AcceptsQueries { endpoint } => text(endpoint, redactor),
            Self::Query { query, answer, expected, .. } => {
                text(query, redactor);
                for words in [answer, expected] {
                    optional(words, redactor);
                }
            }
            Self::NewestData { .. } => {}
            Self::RecordSwitched { zone, before, after, .. } => {
                text(zone, redactor);
                if let Some(before) = before {
                    before.redact(redactor);
                }
                after.redact(redactor);
            }
            Self::ProductionTtl { record, .. } => text(record, redactor),
            Self::Answers { record, answers } => {
                text(record, redactor);
                for answer in answers {
                    answer.redact(redactor);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FailureKind, Secret, StepPath};
    use serde_json::json;

    #[test]
    fn what_a_service_or_a_step_said_loses_its_secrets() {
        let redactor = Redactor::new([Secret::new("hunter2")]);
        let step = StepPath::new("data").expect("valid");
        let failure = Failure::new(FailureKind::Terminal, "login with hunter2").hint("not hunter2");
        for event in [
            Event::StepFailed { step: step.clone(), failure },
            Event::StepStarted { step: step.clone(), attempt: 1, inputs: json!({ "password": "hunter2" }) },
            Event::ApprovalAsked { step, question: "is hunter2 right?".to_owned() },
        ] {
            let text = serde_json::to_string(&event.redacted(&redactor)).expect("encodes");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
