//! Amazon Route 53: changes of record sets.
//!
//! A batch is applied whole or not at all; DELETE must match what stands there exactly (domain.md, section 3).

use super::{
    Asker,
    error::ServiceError,
    listing::{RecordPage, ZonePage},
    zone::{AUTHORITIES, Change, RecordKey, RecordSet, Zone},
};
use crate::base::Instant;
use crate::lab::{description::DurationKind, state::State};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Clone)]
pub(in crate::lab) enum Route53Request {
    ListZones { page: super::Page },
    ListZonesByName { name: Option<String>, zone: Option<String>, size: Option<String> },
    CreateZone { name: String, caller_reference: String, private: bool },
    DeleteZone { zone: String },
    GetZone { zone: String },
    ListRecords { zone: String, start: RecordStart },
    ChangeRecords { zone: String, comment: Option<String>, changes: Vec<RecordChange> },
    GetChange { id: String },
}

/// Where a listing of record sets begins.
#[derive(Debug, Clone, Default)]
pub(in crate::lab) struct RecordStart {
    pub(in crate::lab) name: Option<String>,
    pub(in crate::lab) kind: Option<String>,
    pub(in crate::lab) size: Option<String>,
}

#[derive(Debug, Clone)]
pub(in crate::lab) struct RecordChange {
    pub(in crate::lab) act: Act,
    pub(in crate::lab) key: RecordKey,
    pub(in crate::lab) set: RecordSet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum Act {
    Create,
    Delete,
    Upsert,
}

#[derive(Debug)]
pub(in crate::lab) enum Route53Reply {
    Zones(ZonePage),
    Zone(ZoneView),
    ZoneCreated { view: ZoneView, change: Change, insync: bool },
    ZoneDeleted { change: Change, insync: bool },
    Records(RecordPage),
    Change { change: Change, insync: bool, submitted: bool },
}

#[derive(Debug)]
pub(in crate::lab) struct ZoneView {
    pub(in crate::lab) id: String,
    pub(in crate::lab) name: String,
    pub(in crate::lab) private: bool,
    pub(in crate::lab) caller_reference: String,
    pub(in crate::lab) count: usize,
    pub(in crate::lab) authorities: Vec<String>,
}

impl ZoneView {
    pub(super) fn of(zone: &Zone) -> Self {
        Self {
            id: zone.id.clone(),
            name: zone.name.clone(),
            private: zone.private,
            caller_reference: zone.caller_reference.clone(),
            count: zone.records().count(),
            authorities: zone.authorities.to_vec(),
        }
    }
}

impl State {
    pub(in crate::lab) fn route53(
        &mut self,
        asker: &Asker,
        request: Route53Request,
    ) -> Result<Route53Reply, ServiceError> {
        match request {
            Route53Request::ListZones { page } => self.list_zones(asker, &page),
            Route53Request::ListZonesByName { name, zone, size } => {
                self.list_zones_by_name(asker, name.as_deref(), zone.as_deref(), size.as_deref())
            }
            Route53Request::CreateZone { name, caller_reference, private } => {
                self.create_zone(asker, &name, caller_reference, private)
            }
            Route53Request::DeleteZone { zone } => self.delete_zone(asker, &zone),
            Route53Request::GetZone { zone } => {
                let index = self.zone(asker, &zone)?;
                Ok(Route53Reply::Zone(ZoneView::of(&self.zones[index])))
            }
            Route53Request::ListRecords { zone, start } => self.list_records(asker, &zone, &start),
            Route53Request::ChangeRecords { zone, comment, changes } => {
                self.change_records(asker, &zone, comment, &changes)
            }
            Route53Request::GetChange { id } => self.get_change(asker, &id),
        }
    }

    pub(super) fn zone(&self, asker: &Asker, id: &str) -> Result<usize, ServiceError> {
        let bare = id.trim_start_matches("/hostedzone/");
        let own = asker.account == self.world.account;
        self.zones.iter().position(|zone| own && zone.id == bare).ok_or_else(|| {
            ServiceError::not_found("NoSuchHostedZone", format!("No hosted zone found with ID: {bare}"))
        })
    }

    fn change_records(
        &mut self,
        asker: &Asker,
        zone: &str,
        comment: Option<String>,
        changes: &[RecordChange],
    ) -> Result<Route53Reply, ServiceError> {
        let index = self.zone(asker, zone)?;
        if changes.is_empty() {
            return Err(ServiceError::bad_request("InvalidInput", "A change batch must hold a change."));
        }
        let after = applied(&self.zones[index], changes)?;
        let change = self.submit(asker.now, comment);
        let known = self.known(&change);
        for (key, set) in after {
            self.zones[index].set(key, set, known);
        }
        Ok(Route53Reply::Change { insync: change.insync <= asker.now, change, submitted: true })
    }

    pub(super) fn submit(&mut self, now: Instant, comment: Option<String>) -> Change {
        let nth = self.changes.len().to_string();
        let draw = |part| self.seed.draw(&["lab", "change", &nth, part]).hex().to_ascii_uppercase();
        let id = format!("C{}{}", draw("a"), draw("b"));
        let takes = self.world.draw(self.seed, DurationKind::Insync, &[&nth]);
        let change = Change { id: id.clone(), submitted: now, insync: now + takes, comment };
        self.changes.insert(id, change.clone());
        change
    }

    /// When each authority knows of a change: one of them last, at INSYNC.
    fn known(&self, change: &Change) -> [Instant; AUTHORITIES] {
        let takes = (change.insync - change.submitted).to_std().unwrap_or(Duration::ZERO);
        let draw = |part: &str| self.seed.draw(&["lab", "authority", &change.id, part]).uniform();
        let mut known = std::array::from_fn(|index| {
            let millis = takes.mul_f64(draw(&index.to_string())).as_millis();
            change.submitted + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        });
        let slowest = (0..AUTHORITIES).max_by_key(|index| known[*index]).unwrap_or(0);
        known[slowest] = change.insync;
        known
    }

    fn get_change(&self, asker: &Asker, id: &str) -> Result<Route53Reply, ServiceError> {
        let bare = id.trim_start_matches("/change/");
        let change = self
            .changes
            .get(bare)
            .filter(|change| {
                asker.account == self.world.account && change.submitted + asker.not_found_for <= asker.now
            })
            .cloned()
            .ok_or_else(|| {
                ServiceError::not_found("NoSuchChange", format!("Could not find resource with ID: {bare}"))
            })?;
        Ok(Route53Reply::Change { insync: change.insync <= asker.now, change, submitted: false })
    }
}

/// What stands at each changed name once all of `changes` are made, in their order; or all that is wrong.
fn applied(
    zone: &Zone,
    changes: &[RecordChange],
) -> Result<BTreeMap<RecordKey, Option<RecordSet>>, ServiceError> {
    let mut after: BTreeMap<RecordKey, Option<RecordSet>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for RecordChange { act, key, set } in changes {
        let RecordKey { name, kind } = key;
        let what = format!("[name='{name}.', type='{kind}']");
        if !zone.holds(name) {
            wrong.push(format!("RRSet with DNS name {name}. is not permitted in zone {}.", zone.name));
            continue;
        }
        let standing = after.get(key).map_or_else(|| zone.get(key), Option::as_ref);
        let next = match (act, standing) {
            (Act::Create, Some(_)) => {
                wrong.push(format!("Tried to create resource record set {what} but it already exists"));
                continue;
            }
            (Act::Delete, None) => {
                wrong.push(format!("Tried to delete resource record set {what} but it was not found"));
                continue;
            }
            (Act::Delete, Some(standing)) if !same(standing, set) => {
                wrong.push(format!(
                    "Tried to delete resource record set {what} but the values provided do not match the \
                     current values"
                ));
                continue;
            }
            (Act::Delete, Some(_)) => None,
            (Act::Create | Act::Upsert, _) => Some(set.clone()),
        };
        after.insert(key.clone(), next);
    }
    wrong.extend(conflicts(zone, &after));
    if wrong.is_empty() {
        Ok(after)
    } else {
        Err(ServiceError::bad_request("InvalidChangeBatch", format!("[{}]", wrong.join(", "))))
    }
}

/// What cannot stand side by side, and what a record set cannot do without.
fn conflicts(zone: &Zone, after: &BTreeMap<RecordKey, Option<RecordSet>>) -> Vec<String> {
    let stands = |key: &RecordKey| after.get(key).map_or_else(|| zone.get(key).is_some(), Option::is_some);
    let mut wrong = Vec::new();
    for (key, set) in after {
        let apex = key.name == zone.name;
        let Some(set) = set else {
            if apex && ["NS", "SOA"].contains(&key.kind.as_str()) {
                wrong.push(format!("A HostedZone must contain exactly one {} record.", key.kind));
            }
            continue;
        };
        if set.values.is_empty() {
            wrong.push(format!("Resource record set {}. {} holds no value", key.name, key.kind));
        }
        if key.kind == "CNAME" && set.values.len() > 1 {
            wrong.push(format!("RRSet of type CNAME with DNS name {}. holds more than one value", key.name));
        }
        let names = zone.records().map(|(other, _)| other).chain(after.keys());
        let beside = names.filter(|other| other.name == key.name && other.kind != key.kind);
        if beside.filter(|other| stands(other)).any(|other| "CNAME" == key.kind || "CNAME" == other.kind) {
            wrong.push(format!(
                "RRSet of type CNAME with DNS name {}. is not permitted as it conflicts with other records",
                key.name
            ));
        }
    }
    wrong
}

fn same(standing: &RecordSet, given: &RecordSet) -> bool {
    let sorted = |set: &RecordSet| {
        let mut values: Vec<String> = set.values.iter().map(|value| comparable(value)).collect();
        values.sort();
        values
    };
    standing.ttl == given.ttl && sorted(standing) == sorted(given)
}

/// A host name is the same with and without its final dot.
fn comparable(value: &str) -> String {
    value.trim_end_matches('.').to_owned()
}
