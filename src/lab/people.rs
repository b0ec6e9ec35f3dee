//! The people of a scenario.

use super::description::{Decision, Person};
use crate::base::Clock;
use crate::world::{Answer, People, Question};
use futures_util::future::LocalBoxFuture;

pub(super) struct LabPeople {
    people: Vec<Person>,
    clock: Clock,
}

impl LabPeople {
    pub(super) fn new(people: Vec<Person>, clock: Clock) -> Self {
        Self { people, clock }
    }
}

impl People for LabPeople {
    fn ask(&self, question: Question) -> LocalBoxFuture<'_, Answer> {
        Box::pin(async move {
            let step = question.step.as_str();
            let Some(person) = self.people.iter().find(|person| person.step == step) else {
                return std::future::pending().await;
            };
            self.clock.sleep(person.after.get()).await;
            let by = person.by.clone().unwrap_or_else(|| "scenario".to_owned());
            Answer {
                approved: person.answers == Decision::Approve,
                user: by.clone(),
                by,
                comment: person.comment.clone(),
            }
        })
    }
}
