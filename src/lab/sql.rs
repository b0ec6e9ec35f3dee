//! The databases behind the instances: they answer what runbooks ask of a heartbeat, and nothing else.

use super::{aws::instance::Instance, embedded::Lab};
use crate::base::Instant;
use crate::world::{Sql, SqlAnswer, SqlFailure, SqlQuestion, SqlValue};
use futures_util::future::LocalBoxFuture;

pub(super) struct LabSql {
    lab: Lab,
}

/// The queries that the lab understands.
#[derive(Debug, PartialEq, Eq)]
enum Query {
    One,
    Count { table: String },
    Max { column: String, table: String },
}

impl LabSql {
    pub(super) fn new(lab: Lab) -> Self {
        Self { lab }
    }

    fn answer(&self, question: &SqlQuestion) -> Result<SqlAnswer, Refused> {
        let now = self.lab.clock().now();
        let mut state = self.lab.state();
        let unreachable = |reason: &str, silent| Refused {
            failure: SqlFailure::Unreachable { host: question.host.clone(), reason: reason.to_owned() },
            silent,
        };
        let instance = state
            .reach(&question.host, now)
            .ok_or_else(|| unreachable("no instance is known by this name", false))?
            .clone();
        if state.region_is_down(&instance.region, now) {
            return Err(unreachable("the connection timed out", true));
        }
        if question.port != instance.settings.port {
            return Err(unreachable("nothing listens on this port", false));
        }
        match instance.status(now) {
            Some(status) if status.answers_queries() => {}
            Some(_) | None => return Err(unreachable("the connection was refused", false)),
        }
        evaluate(&instance, &question.query, now)
            .map_err(|message| Refused { failure: SqlFailure::Query { message }, silent: false })
    }
}

struct Refused {
    failure: SqlFailure,
    /// Nothing came back: the client waited in vain.
    silent: bool,
}

impl Sql for LabSql {
    fn ask(&self, question: SqlQuestion) -> LocalBoxFuture<'_, Result<SqlAnswer, SqlFailure>> {
        Box::pin(async move {
            match self.answer(&question) {
                Ok(answer) => Ok(answer),
                Err(Refused { failure, silent }) => {
                    if silent {
                        self.lab.clock().sleep(question.timeout).await;
                    }
                    Err(failure)
                }
            }
        })
    }
}

fn evaluate(instance: &Instance, query: &str, now: Instant) -> Result<SqlAnswer, String> {
    let (column, value) = match parse(query)? {
        Query::One => ("?column?", SqlValue::Int(1)),
        Query::Count { table } => ("count", SqlValue::Int(rows(instance, &table, now)?.count)),
        Query::Max { column, table } => {
            let rows = rows(instance, &table, now)?;
            if !rows.column.eq_ignore_ascii_case(&column) {
                return Err(format!("column \"{column}\" does not exist"));
            }
            ("max", rows.newest().map_or(SqlValue::Null, SqlValue::Timestamp))
        }
    };
    Ok(SqlAnswer { columns: vec![column.to_owned()], rows: vec![vec![value]] })
}

fn rows(instance: &Instance, table: &str, now: Instant) -> Result<super::data::Rows, String> {
    let bare = table.strip_prefix("public.").unwrap_or(table);
    instance
        .data
        .rows_at(now)
        .filter(|rows| rows.table.eq_ignore_ascii_case(bare))
        .ok_or_else(|| format!("relation \"{table}\" does not exist"))
}

/// Reads one of the few queries; case and white space do not matter.
fn parse(query: &str) -> Result<Query, String> {
    let spaced = query.trim().trim_end_matches(';').replace('(', " ( ").replace(')', " ) ");
    let lower = spaced.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let is_name = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c))
    };
    match words.as_slice() {
        ["select", "1"] => Ok(Query::One),
        ["select", "count", "(", "*", ")", "from", table] if is_name(table) => {
            Ok(Query::Count { table: (*table).to_owned() })
        }
        ["select", "max", "(", column, ")", "from", table] if is_name(column) && is_name(table) => {
            Ok(Query::Max { column: (*column).to_owned(), table: (*table).to_owned() })
        }
        _ => Err("the lab understands `select 1`, `select count(*) from <table>` and \
                  `select max(<column>) from <table>`, and nothing else"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_space_and_a_semicolon_do_not_matter() {
        let max = Query::Max { column: "written_at".to_owned(), table: "heartbeat".to_owned() };
        assert_eq!(parse("SELECT  Max( written_at )\n FROM heartbeat ;"), Ok(max));
        assert_eq!(parse("select 1;"), Ok(Query::One));
        assert_eq!(parse("select count(*) from t"), Ok(Query::Count { table: "t".to_owned() }));
    }

    #[test]
    fn what_the_lab_does_not_understand_it_says() {
        for query in
            ["", "select 2", "delete from heartbeat", "select max(a) from b where c", "select max(*) from b"]
        {
            assert!(parse(query).is_err_and(|message| message.contains("the lab understands")), "{query}");
        }
    }
}
