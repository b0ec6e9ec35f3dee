//! One hosted zone: record sets with their versions, and which authority knows which version when.

use crate::base::{Instant, Seed};
use std::{cmp::Ordering, collections::BTreeMap, time::Duration};

/// How many authoritative servers a zone has.
pub(in crate::lab) const AUTHORITIES: usize = 4;

#[derive(Debug)]
pub(in crate::lab) struct Zone {
    /// `Z...`, without `/hostedzone/`.
    pub(in crate::lab) id: String,
    /// Lower case, without the final dot.
    pub(in crate::lab) name: String,
    pub(in crate::lab) private: bool,
    /// What its maker called the making: the same cannot be made twice.
    pub(in crate::lab) caller_reference: String,
    pub(in crate::lab) authorities: [String; AUTHORITIES],
    records: BTreeMap<RecordKey, Vec<Version>>,
}

/// Name and type of a record set; in the order of Route 53: by the labels from the right, then by type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lab) struct RecordKey {
    /// Lower case, without the final dot.
    pub(in crate::lab) name: String,
    pub(in crate::lab) kind: String,
}

impl Ord for RecordKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.rsplit('.').cmp(other.name.rsplit('.')).then_with(|| self.kind.cmp(&other.kind))
    }
}

impl PartialOrd for RecordKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl RecordKey {
    pub(in crate::lab) fn new(name: &str, kind: &str) -> Self {
        Self { name: plain(name), kind: kind.to_ascii_uppercase() }
    }
}

/// A name as the lab keeps it.
pub(in crate::lab) fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lab) struct RecordSet {
    pub(in crate::lab) ttl: Duration,
    pub(in crate::lab) values: Vec<String>,
}

/// What stands at a name from an instant on, another for each authority.
#[derive(Debug)]
struct Version {
    /// `None`: nothing.
    set: Option<RecordSet>,
    known: [Instant; AUTHORITIES],
}

/// A batch of changes on its way to the authorities.
#[derive(Debug, Clone)]
pub(in crate::lab) struct Change {
    pub(in crate::lab) id: String,
    pub(in crate::lab) submitted: Instant,
    pub(in crate::lab) insync: Instant,
    pub(in crate::lab) comment: Option<String>,
}

impl Zone {
    /// A zone as Route 53 makes it: with SOA and NS.
    pub(in crate::lab) fn new(
        seed: Seed,
        name: &str,
        nth: usize,
        id: Option<String>,
        private: bool,
        since: Instant,
    ) -> Self {
        let name = plain(name);
        let nth = nth.to_string();
        let draw = |part: &str| seed.draw(&["lab", "zone", &name, &nth, part]);
        let id = id
            .unwrap_or_else(|| format!("Z{}{}", draw("id a").hex(), draw("id b").hex()).to_ascii_uppercase());
        let authorities = std::array::from_fn(|index| {
            let number = u64::from_str_radix(&draw(&format!("server {index}")).hex(), 16).unwrap_or(0);
            let top = ["com", "net", "org", "co.uk"][index];
            format!("ns-{}.awsdns-{:02}.{top}", number % 512 + 512 * index as u64, number / 512 % 64)
        });
        let caller_reference = "lab".to_owned();
        let mut zone = Self { id, name, private, caller_reference, authorities, records: BTreeMap::new() };
        let dotted = |server: &String| format!("{server}.");
        let servers = zone.authorities.iter().map(dotted).collect();
        let soa = format!("{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", zone.authorities[0]);
        for (kind, ttl, values) in [("NS", 172_800, servers), ("SOA", 900, vec![soa])] {
            let set = RecordSet { ttl: Duration::from_secs(ttl), values };
            zone.set(RecordKey::new(&zone.name.clone(), kind), Some(set), [since; AUTHORITIES]);
        }
        zone
    }

    /// From the instants `known` on, `set` stands at `key`.
    pub(in crate::lab) fn set(
        &mut self,
        key: RecordKey,
        set: Option<RecordSet>,
        mut known: [Instant; AUTHORITIES],
    ) {
        let versions = self.records.entry(key).or_default();
        // An authority learns of changes in the order in which they were made.
        if let Some(last) = versions.last() {
            for (known, before) in known.iter_mut().zip(last.known) {
                *known = (*known).max(before);
            }
        }
        versions.push(Version { set, known });
    }

    /// What the control plane holds.
    pub(in crate::lab) fn get(&self, key: &RecordKey) -> Option<&RecordSet> {
        self.records.get(key)?.last()?.set.as_ref()
    }

    /// Everything that the control plane holds, in the order of Route 53.
    pub(in crate::lab) fn records(&self) -> impl Iterator<Item = (&RecordKey, &RecordSet)> {
        self.records.iter().filter_map(|(key, versions)| Some((key, versions.last()?.set.as_ref()?)))
    }

    /// What one authority answers at an instant.
    pub(in crate::lab) fn answer(
        &self,
        authority: usize,
        key: &RecordKey,
        now: Instant,
    ) -> Option<&RecordSet> {
        let versions = self.records.get(key)?;
        versions.iter().rev().find(|version| version.known[authority] <= now)?.set.as_ref()
    }

    /// Whether `name` lies in this zone.
    pub(in crate::lab) fn holds(&self, name: &str) -> bool {
        name.strip_suffix(self.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}
