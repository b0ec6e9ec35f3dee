//! `lifeboat approve`: answer a run that waits for a person, from another terminal.

use super::{complaint::Complaint, options::Common, report::read_run, screen::Screen, settings};
use crate::base::{Clock, StepPath, WorldKind};
use crate::event::{RunState, Status};
use crate::journal::{self, Decision, Inbox};
use clap::Args;

/// Answer a step that waits for a person
#[derive(Debug, Args)]
pub(super) struct Approve {
    /// The run: an id, a unique prefix, `latest`
    run: String,
    /// The step that asks
    step: String,
    /// Who decides, as it will be shown; your user name if absent
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// What to say to it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Say no: the run stops
    #[arg(long)]
    reject: bool,
}

impl Approve {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let run = common.find_run(&self.run)?;
        let entries = read_run(common, &run)?;
        let state = RunState::fold(&entries).map_err(|error| Complaint::of(1, &error))?;
        let step = self.asked(&state)?;
        if state.opening.as_ref().is_some_and(|opening| opening.world_kind == WorldKind::Lab) {
            let message = format!("run {run} is a rehearsal in the lab: the scenario's people answer there");
            return Err(
                Complaint::wrong(message).hint("`people` in the scenario says what they answer, and when")
            );
        }
        if !journal::is_written(&common.store().journal(&run)) {
            let complaint =
                Complaint::wrong(format!("no process is running run {run}, so nobody would act on it"));
            return Err(complaint.hint(format!("`lifeboat resume {run}` goes on with it; answer then")));
        }
        let user = settings::user();
        let by = self.by.unwrap_or_else(|| user.clone());
        let decision = Decision { approved: !self.reject, by, user, comment: self.comment };
        let inbox = Inbox::new(&common.store().folder(&run), Clock::system());
        inbox.leave(&step, &decision).map_err(|error| Complaint::of(2, &error))?;
        let word = if self.reject { "Rejected" } else { "Approved" };
        screen.tell(&format!("{word} `{step}` of run {run}.\n"));
        Ok(0)
    }

    fn asked(&self, state: &RunState) -> Result<StepPath, Complaint> {
        let asking: Vec<&str> =
            state.steps.iter().filter(|(_, step)| step.asked).map(|(path, _)| path.as_str()).collect();
        let waiting = || match asking.as_slice() {
            [] => "no step of this run waits for an answer now".to_owned(),
            steps => format!("these wait for an answer: {}", steps.join(", ")),
        };
        let step =
            StepPath::new(self.step.clone()).ok().filter(|step| state.steps.contains_key(step)).ok_or_else(
                || Complaint::wrong(format!("this run has no step `{}`", self.step)).hint(waiting()),
            )?;
        let open = state.steps.get(&step).is_some_and(|step| step.asked && step.status == Status::Running);
        if state.outcome.is_none() && open {
            Ok(step)
        } else {
            Err(Complaint::wrong(format!("step `{step}` does not ask for an answer")).hint(waiting()))
        }
    }
}
