//! `sql.check`: does the database answer, and with what?

use super::newest;
use crate::base::{Action, Effect, Failure, FailureKind, Instant, Mark, Period, Redactor, Secret};
use crate::event::Evidence;
use crate::step::{Context, Step};
use crate::world::{SqlAnswer, SqlFailure, SqlQuestion, SqlValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Between a try that nobody answered and the next.
const PAUSE: Duration = Duration::from_secs(2);

/// Asks `query` of the database at `endpoint`, in a read-only transaction that is rolled back, and keeps
/// trying until it answers.
///
/// With `newest-data` the answer is the newest recovered data, one timestamp: it measures the RPO, so it
/// must be asked of what this run restored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Check {
    /// The host name to connect to.
    endpoint: String,
    /// The port to connect to.
    #[serde(default = "default_port")]
    port: u16,
    /// The database, if not the server's default.
    database: Option<String>,
    user: String,
    password: Secret,
    /// One SELECT.
    query: String,
    /// The answer's first value must be this.
    expect: Option<String>,
    /// The answer's first value is the newest recovered data.
    #[serde(default)]
    newest_data: bool,
    /// How far apart the rows are written: it is shown beside the RPO.
    granularity: Option<Period>,
    /// The zone of a timestamp that has none: `UTC`, or an offset such as `+01:00`.
    timezone: Option<String>,
    /// How long one query may take.
    #[serde(default = "default_query_timeout")]
    query_timeout: Period,
    /// How long to keep trying while nothing answers.
    #[serde(default = "default_within")]
    within: Period,
}

fn default_port() -> u16 {
    5432
}

fn default_query_timeout() -> Period {
    Period::new(Duration::from_secs(30))
}

fn default_within() -> Period {
    Period::new(Duration::from_mins(5))
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    /// The first value of the answer, as text.
    answer: Option<String>,
    /// How many rows came back.
    rows: u64,
    /// The newest recovered data, with `newest-data`.
    newest: Option<Instant>,
}

impl Step for Check {
    const NAME: &'static str = "sql.check";
    const EFFECT: Effect = Effect::Observe;
    const ACTIONS: &'static [Action] = &[];
    const IN_PLACE: bool = false;
    const USUAL_MARKS: &'static [Mark] = &[Mark::DataAcceptsQueries, Mark::DataVerified, Mark::Recovered];
    type Output = Checked;

    fn measures_newest_data(&self) -> bool {
        self.newest_data
    }

    fn validate(&self) -> Result<(), String> {
        match self.timezone.as_deref().map(newest::zone) {
            Some(Err(bad)) => Err(bad),
            _ => Ok(()),
        }
    }

    async fn run(&self, cx: &Context) -> Result<Checked, Failure> {
        let answer = self.first_answer(cx).await?;
        cx.observed(Evidence::AcceptsQueries { endpoint: self.endpoint.clone() }).await?;
        let rows = answer.rows.len() as u64;
        let first = answer.rows.first().and_then(|row| row.first());
        let shown = first.filter(|value| **value != SqlValue::Null).map(ToString::to_string);
        cx.observed(Evidence::Query {
            query: self.query.clone(),
            answer: shown.clone(),
            rows,
            expected: self.expect.clone(),
        })
        .await?;
        if let Some(expected) = &self.expect {
            let actual = first.map(ToString::to_string);
            if actual.as_ref() != Some(expected) {
                let actual = actual.map_or_else(|| "no row".to_owned(), |actual| format!("`{actual}`"));
                let message = format!("the answer is {actual}, and `{expected}` was expected");
                return Err(self.failed(FailureKind::Contradicted, &message));
            }
        }
        let newest = if self.newest_data { Some(self.newest(cx, &answer).await?) } else { None };
        Ok(Checked { answer: shown, rows, newest })
    }
}

impl Check {
    /// Asks until somebody answers.
    async fn first_answer(&self, cx: &Context) -> Result<SqlAnswer, Failure> {
        let clock = cx.world.clock;
        let begun = clock.now();
        let mut last_failed = begun;
        loop {
            let asked = clock.now();
            match cx.world.sql.ask(self.question()).await {
                Ok(answer) => {
                    cx.uncertain_by((clock.now() - last_failed).to_std().unwrap_or_default());
                    return Ok(answer);
                }
                Err(SqlFailure::Unreachable { host, reason }) => {
                    last_failed = asked;
                    let waited = (clock.now() - begun).to_std().unwrap_or_default();
                    if waited + PAUSE > self.within.get() {
                        let message =
                            format!("no database answered at `{host}` within {}: {reason}", self.within);
                        return Err(self.failed(FailureKind::TimedOut, &message));
                    }
                    clock.sleep(PAUSE).await;
                }
                Err(failure) => {
                    let kind = match failure {
                        SqlFailure::NotModelled => FailureKind::Unsupported,
                        _ => FailureKind::Terminal,
                    };
                    return Err(self.failed(kind, &failure.to_string()));
                }
            }
        }
    }

    fn question(&self) -> SqlQuestion {
        SqlQuestion {
            host: self.endpoint.trim_end_matches('.').to_owned(),
            port: self.port,
            database: self.database.clone(),
            user: self.user.clone(),
            password: self.password.clone(),
            query: self.query.clone(),
            timeout: self.query_timeout.get(),
        }
    }

    async fn newest(&self, cx: &Context, answer: &SqlAnswer) -> Result<Instant, Failure> {
        let newest = newest::of(answer, self.timezone.as_deref());
        let at = newest.as_ref().ok().copied();
        cx.observed(Evidence::NewestData { at, granularity: self.granularity }).await?;
        newest.map_err(|failure| Failure { message: self.clean(&failure.message), ..failure })
    }

    fn failed(&self, kind: FailureKind, message: &str) -> Failure {
        Failure::new(kind, self.clean(message))
    }

    /// A database may repeat in its error what it was sent.
    fn clean(&self, message: &str) -> String {
        Redactor::new([self.password.clone()]).text(message).into_owned()
    }
}
