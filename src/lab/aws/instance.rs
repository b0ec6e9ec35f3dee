//! One database instance: settings, history, data, and where it answers.

use crate::base::{Instant, Seed};
use crate::lab::{
    data::Data,
    status::{History, Status},
};
use std::collections::BTreeMap;

use super::backups::Uploads;

#[derive(Debug, Clone)]
pub(in crate::lab) struct Instance {
    pub(in crate::lab) id: String,
    pub(in crate::lab) region: String,
    pub(in crate::lab) account: String,
    /// Immutable: another instance of the same identifier has another one.
    pub(in crate::lab) resource_id: String,
    /// The identifier of the instance that it was restored from.
    pub(in crate::lab) restored_from: Option<String>,
    pub(in crate::lab) created_at: Instant,
    pub(in crate::lab) history: History,
    /// From when on its host name is known.
    pub(in crate::lab) endpoint_from: Instant,
    pub(in crate::lab) settings: Settings,
    pub(in crate::lab) tags: BTreeMap<String, String>,
    pub(in crate::lab) data: Data,
    pub(in crate::lab) uploads: Uploads,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a setting of the service")]
#[derive(Debug, Clone)]
pub(in crate::lab) struct Settings {
    pub(in crate::lab) engine: String,
    pub(in crate::lab) class: String,
    pub(in crate::lab) storage_gib: u64,
    pub(in crate::lab) encrypted: bool,
    pub(in crate::lab) retention_days: u32,
    pub(in crate::lab) multi_az: bool,
    pub(in crate::lab) deletion_protection: bool,
    pub(in crate::lab) iam_authentication: bool,
    pub(in crate::lab) public: bool,
    pub(in crate::lab) subnet_group: String,
    pub(in crate::lab) security_groups: Vec<String>,
    pub(in crate::lab) parameter_group: String,
    pub(in crate::lab) port: u16,
}

impl Instance {
    /// `None` when there is no such instance (any more).
    pub(in crate::lab) fn status(&self, now: Instant) -> Option<Status> {
        if self.created_at > now { None } else { self.history.at(now) }
    }

    pub(in crate::lab) fn arn(&self) -> String {
        format!("arn:aws:rds:{}:{}:db:{}", self.region, self.account, self.id)
    }

    /// The host name that clients connect to, once it is known.
    pub(in crate::lab) fn endpoint(&self, seed: Seed, now: Instant) -> Option<String> {
        (self.status(now).is_some() && self.endpoint_from <= now)
            .then(|| endpoint(seed, &self.account, &self.region, &self.id))
    }

    /// The address that its host name stands for.
    pub(in crate::lab) fn address(&self, seed: Seed) -> String {
        let digits = seed.draw(&["lab", "address", &self.resource_id]).hex();
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2).unwrap_or("00"), 16).unwrap_or(0);
        format!("10.{}.{}.{}", byte(0), byte(2), byte(4))
    }
}

impl Settings {
    /// What an instance gets that says nothing else.
    pub(in crate::lab) fn default_parameter_group(engine: &str) -> String {
        format!("default.{engine}{}", engine_version(engine).split('.').next().unwrap_or_default())
    }

    pub(in crate::lab) fn default_security_group(seed: Seed, region: &str) -> String {
        format!("sg-{}", seed.draw(&["lab", "default security group", region]).hex())
    }
}

/// `<id>.<drawn by account and Region>.<region>.rds.amazonaws.com`.
pub(in crate::lab) fn endpoint(seed: Seed, account: &str, region: &str, id: &str) -> String {
    let draw = |part| seed.draw(&["lab", "endpoint", account, region, part]).hex();
    format!("{id}.c{}{}.{region}.rds.amazonaws.com", draw("first"), &draw("second")[..3])
}

pub(in crate::lab) fn resource_id(seed: Seed, region: &str, id: &str, nth: usize) -> String {
    let nth = nth.to_string();
    let draw = |part| seed.draw(&["lab", "resource id", region, id, &nth, part]).hex().to_ascii_uppercase();
    format!("db-{}{}{}{}", draw("a"), draw("b"), draw("c"), &draw("d")[..2])
}

pub(in crate::lab) fn engine_version(engine: &str) -> &'static str {
    match engine {
        "postgres" => "17.6",
        "mysql" => "8.4.6",
        "mariadb" => "11.8.3",
        _ => "1.0",
    }
}

pub(in crate::lab) fn port(engine: &str) -> u16 {
    match engine {
        "mysql" | "mariadb" => 3306,
        _ => 5432,
    }
}
