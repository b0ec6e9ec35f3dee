//! The data plane: one question to one database, read-only.

use crate::base::{Instant, Secret};
use chrono::NaiveDateTime;
use futures_util::future::{LocalBoxFuture, ready};
use std::fmt;
use std::time::Duration;

/// One query, and where to ask it.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "the lab asks for no credentials; a database does")]
pub(crate) struct SqlQuestion {
    /// A host name; it is resolved the way clients resolve it.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: Option<String>,
    pub(crate) user: String,
    pub(crate) password: Secret,
    /// Run in a read-only transaction, which is rolled back.
    pub(crate) query: String,
    pub(crate) timeout: Duration,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SqlAnswer {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<SqlValue>>,
}

#[derive(Debug, Clone, PartialEq)]
#[expect(dead_code, reason = "the lab answers in few types; a database answers in all")]
pub(crate) enum SqlValue {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// With a zone.
    Timestamp(Instant),
    /// Without a zone: only the runbook can say which it is in.
    LocalTimestamp(NaiveDateTime),
}

impl fmt::Display for SqlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::Timestamp(value) => f.write_str(&crate::base::rfc3339(*value)),
            Self::LocalTimestamp(value) => write!(f, "{value}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(dead_code, reason = "the lab lets everybody in; a database does not")]
pub(crate) enum SqlFailure {
    /// No server answers there, or not yet: it may pass.
    #[error("no database answers at `{host}`: {reason}")]
    Unreachable { host: String, reason: String },
    #[error("`{host}` refused user `{user}`")]
    Denied { host: String, user: String },
    #[error("the query failed: {message}")]
    Query { message: String },
    #[error("this world has no data plane")]
    NotModelled,
}

/// A client of databases.
pub(crate) trait Sql {
    fn ask(&self, question: SqlQuestion) -> LocalBoxFuture<'_, Result<SqlAnswer, SqlFailure>>;
}

/// A world without a data plane.
pub(crate) struct NoSql;

impl Sql for NoSql {
    fn ask(&self, _: SqlQuestion) -> LocalBoxFuture<'_, Result<SqlAnswer, SqlFailure>> {
        Box::pin(ready(Err(SqlFailure::NotModelled)))
    }
}
