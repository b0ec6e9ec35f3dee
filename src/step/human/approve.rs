//! `human.approve`: a person decides whether the run goes on.

use crate::base::{Action, Effect, Failure, FailureKind};
use crate::event::Event;
use crate::step::{Context, Step};
use crate::world::{Answer, Question};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Waits until a person approves or rejects (`lifeboat approve RUN STEP`). A rejection stops the run.
///
/// The time spent waiting is told apart in the report: RTOs are given gross, and net of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Approve {
    /// What the person is asked.
    question: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Approved {
    /// Who says to have approved.
    by: String,
    /// What they said to it.
    comment: Option<String>,
}

impl Step for Approve {
    const NAME: &'static str = "human.approve";
    const EFFECT: Effect = Effect::Observe;
    const ACTIONS: &'static [Action] = &[];
    const IN_PLACE: bool = false;
    const WAITS_FOR_PERSON: bool = true;
    const TIMEOUT: Duration = Duration::from_hours(24);
    type Output = Approved;

    async fn run(&self, cx: &Context) -> Result<Approved, Failure> {
        let text = match &self.question {
            Some(question) => question.clone(),
            None => format!("Shall `{}` go on after `{}`?", cx.run.runbook, cx.step),
        };
        let asked = Event::ApprovalAsked { step: cx.step.clone(), question: text.clone() };
        cx.recorder.record(asked).await?;
        let Answer { approved, by, user, comment } =
            cx.world.people.ask(Question { step: cx.step.clone(), text }).await;
        cx.recorder
            .record(Event::ApprovalAnswered {
                step: cx.step.clone(),
                approved,
                by: by.clone(),
                user,
                comment: comment.clone(),
            })
            .await?;
        if approved {
            return Ok(Approved { by, comment });
        }
        let why = comment.map_or_else(String::new, |comment| format!(": {comment}"));
        Err(Failure::new(FailureKind::Rejected, format!("{by} rejected it{why}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Mode;
    use crate::step::bench::Bench;
    use crate::world::scripted::scripted;

    async fn ask(approved: bool) -> crate::step::bench::Ended<Approved> {
        let (connection, _) = scripted(|_| (500, String::new()));
        let mut bench = Bench::new(Mode::Incident, connection);
        let comment = Some("too risky".to_owned());
        bench.answer = Answer { approved, by: "ann".to_owned(), user: "root".to_owned(), comment };
        bench.with::<Approve, _>(async |cx: &Context| Approve { question: None }.run(cx).await).await
    }

    #[tokio::test(start_paused = true)]
    async fn question_and_answer_are_written_down() {
        let ended = ask(true).await;
        assert_eq!(ended.result.as_ref().map(|approved| approved.by.as_str()).ok(), Some("ann"));
        assert!(matches!(&ended.events[..], [Event::ApprovalAsked { .. }, Event::ApprovalAnswered { .. }]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rejection_names_who_and_why() {
        let ended = ask(false).await;
        assert_eq!(ended.failure().kind, FailureKind::Rejected);
        assert_eq!(ended.failure().message, "ann rejected it: too risky");
    }
}
