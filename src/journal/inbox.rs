//! Answers of people, left beside a run's journal by another process.

use super::files::{self, FileError};
use crate::base::{Clock, StepPath};
use crate::world::{Answer, People, Question};
use camino::{Utf8Path, Utf8PathBuf};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use std::{fs, io, time::Duration};

/// How often a run looks whether somebody has answered.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Why an answer could not be left.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InboxError {
    #[error("leave the answer to `{step}`")]
    Leave {
        step: StepPath,
        #[source]
        source: FileError,
    },
    #[error("answer `{step}`, which has been answered already")]
    Answered { step: StepPath },
    #[error("put the answer into words")]
    Encode(#[source] serde_json::Error),
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decision {
    pub(crate) approved: bool,
    pub(crate) by: String,
    pub(crate) user: String,
    pub(crate) comment: Option<String>,
}

/// The answers to one run.
#[derive(Debug, Clone)]
pub(crate) struct Inbox {
    folder: Utf8PathBuf,
    clock: Clock,
}

impl Inbox {
    pub(crate) fn new(run_folder: &Utf8Path, clock: Clock) -> Self {
        Self { folder: run_folder.join("answers"), clock }
    }

    fn file(&self, step: &StepPath) -> Utf8PathBuf {
        // A path's slash would be a folder's.
        self.folder.join(format!("{}.json", step.as_str().replace('/', "--")))
    }

    /// Leaves an answer. The first one stands.
    pub(crate) fn leave(&self, step: &StepPath, decision: &Decision) -> Result<(), InboxError> {
        let file = self.file(step);
        let leave = |source| InboxError::Leave { step: step.clone(), source };
        files::create_folder(&self.folder).map_err(leave)?;
        let bytes = serde_json::to_vec(decision).map_err(InboxError::Encode)?;
        if files::write_once(&file, &bytes).map_err(leave)? {
            Ok(())
        } else {
            Err(InboxError::Answered { step: step.clone() })
        }
    }

    fn look(&self, step: &StepPath) -> io::Result<Option<Decision>> {
        match fs::read(self.file(step)) {
            // A file that cannot be read as an answer is none: whoever wrote it was not `approve`.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl People for Inbox {
    fn ask(&self, question: Question) -> LocalBoxFuture<'_, Answer> {
        Box::pin(async move {
            loop {
                // A folder that cannot be read now may be readable in a moment; the step has a timeout.
                if let Ok(Some(decision)) = self.look(&question.step) {
                    let Decision { approved, by, user, comment } = decision;
                    return Answer { approved, by, user, comment };
                }
                self.clock.sleep(LOOK_EVERY).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_answers_the_first_stands() {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Inbox::new(Utf8Path::from_path(folder.path()).expect("UTF-8"), Clock::system());
        let step = StepPath::new("approve").expect("valid");
        let decision =
            |approved| Decision { approved, by: "ada".to_owned(), user: "ada".to_owned(), comment: None };
        inbox.leave(&step, &decision(false)).expect("left");
        assert!(matches!(inbox.leave(&step, &decision(true)), Err(InboxError::Answered { .. })));
        assert_eq!(inbox.look(&step).expect("readable"), Some(decision(false)));
    }
}
