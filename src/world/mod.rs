//! Everything outside: AWS, name servers, databases, people, and the ways to reach them.
//!
//! Every AWS client is built in [`aws`], with the guard in its pipeline; every call goes through
//! [`call`], which retries, and tells the run what it does before and after.

mod aws;
mod call;
mod dns;
mod endpoint;
mod guard;
mod notice;
mod pace;
mod people;
#[cfg(test)]
pub(crate) mod scripted;
mod sql;
mod watch;

pub(crate) use aws::{AwsClients, Connection, clock_offset};
pub(crate) use call::{CallFailure, CallKind, Caller, Target};
pub(crate) use dns::{Dns, DnsFailure, DnsReply, NoDns};
pub(crate) use endpoint::Endpoints;
pub(crate) use guard::{Allowance, Guard};
pub(crate) use notice::{CallNotice, Closed, Notice, Notices};
pub(crate) use people::{Answer, People, Question};
pub(crate) use sql::{NoSql, Sql, SqlAnswer, SqlFailure, SqlQuestion, SqlValue};
pub(crate) use watch::{Looked, Poll, Sighting, Subscription, Watchers};

use crate::base::{Clock, Seed};
use std::rc::Rc;

/// One world, as a run's steps see it.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) seed: Seed,
    pub(crate) aws: AwsClients,
    pub(crate) dns: Rc<dyn Dns>,
    pub(crate) sql: Rc<dyn Sql>,
    pub(crate) people: Rc<dyn People>,
    pub(crate) watchers: Watchers,
    pub(crate) notices: Rc<dyn Notices>,
}
