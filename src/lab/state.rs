//! Everything that is so in the lab. What is true at an instant is computed from it; nothing ticks.

use super::{
    aws::{
        Asker,
        backups::{AutomatedBackup, BackupKind},
        instance::Instance,
        zone::{Change, Zone},
    },
    description::{ControlPlane, WorldDescription},
    resolvers::Resolver,
    trouble::Trouble,
};
use crate::base::{Instant, Seed};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// The account that clients name who were given none: the lab's own is meant.
const NO_ACCOUNT: &str = "000000000000";

#[derive(Debug)]
pub(super) struct State {
    pub(super) seed: Seed,
    pub(super) world: WorldDescription,
    /// All that ever were: the gone ones still explain their backups.
    pub(super) instances: Vec<Instance>,
    pub(super) backups: Vec<AutomatedBackup>,
    /// Final snapshots that were asked for, `region/id`.
    pub(super) snapshots: BTreeSet<String>,
    pub(super) zones: Vec<Zone>,
    pub(super) changes: BTreeMap<String, Change>,
    pub(super) resolvers: Vec<Resolver>,
    pub(super) regions_down: BTreeMap<String, Instant>,
    pub(super) control_planes_down: Vec<(ControlPlane, Instant)>,
    pub(super) trouble: Trouble,
    /// How often each operation was called.
    pub(super) calls: BTreeMap<String, u64>,
    pub(super) requests: u64,
}

impl State {
    pub(super) fn region_is_down(&self, region: &str, now: Instant) -> bool {
        self.regions_down.get(region).is_some_and(|since| *since <= now)
    }

    pub(super) fn control_plane_is_down(&self, service: &str, region: &str, now: Instant) -> bool {
        self.control_planes_down.iter().any(|(plane, since)| *since <= now && plane.includes(service, region))
    }

    /// The account that an access key stands for.
    pub(super) fn account_of(&self, access_key: &str) -> String {
        let is_account = access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit());
        if is_account && access_key != NO_ACCOUNT {
            access_key.to_owned()
        } else {
            self.world.account.clone()
        }
    }

    /// The instances that `asker` can see, in the order of their identifiers.
    pub(super) fn visible(&self, asker: &Asker) -> Vec<usize> {
        let mut found: Vec<usize> = (0..self.instances.len())
            .filter(|index| {
                let instance = &self.instances[*index];
                instance.region == asker.region
                    && instance.account == asker.account
                    && instance.status(asker.now).is_some()
                    && instance.created_at + asker.hides_from(instance, self.world.now) <= asker.now
            })
            .collect();
        found.sort_by(|a, b| self.instances[*a].id.cmp(&self.instances[*b].id));
        found
    }

    /// The instance of this identifier or ARN that `asker` can see.
    pub(super) fn instance(&self, asker: &Asker, name: &str) -> Option<usize> {
        let id = match name.split_once(":db:") {
            Some((prefix, id)) if prefix.ends_with(&format!("{}:{}", asker.region, asker.account)) => id,
            Some(_) => return None,
            None => name,
        };
        self.visible(asker).into_iter().find(|index| self.instances[*index].id.eq_ignore_ascii_case(id))
    }

    /// Whether an instance of this identifier stands there, seen or not.
    pub(super) fn is_taken(&self, asker: &Asker, id: &str) -> bool {
        self.instance(&Asker { not_found_for: Duration::ZERO, ..asker.clone() }, id).is_some()
    }

    pub(super) fn add_backup(&mut self, region: &str, instance: usize, kind: BackupKind) {
        let Instance { resource_id, account, .. } = &self.instances[instance];
        let draw = |part| self.seed.draw(&["lab", "automated backup", region, resource_id, part]).hex();
        let arn = format!("arn:aws:rds:{region}:{account}:auto-backup:ab-{}{}", draw("a"), draw("b"));
        let region = region.to_owned();
        self.backups.push(AutomatedBackup { region, instance, arn, kind, removed: None });
    }

    /// The automated backups that `asker` can restore from, each with its instance.
    pub(super) fn visible_backups(&self, asker: &Asker) -> Vec<(&AutomatedBackup, &Instance)> {
        self.backups
            .iter()
            .map(|backup| (backup, &self.instances[backup.instance]))
            .filter(|(backup, instance)| {
                backup.region == asker.region
                    && instance.account == asker.account
                    && instance.created_at <= asker.now
                    && backup.exists(asker.now)
            })
            .collect()
    }
}

impl Asker {
    /// What stood there before the scenario began is known everywhere.
    fn hides_from(&self, instance: &Instance, began: Instant) -> Duration {
        if instance.created_at < began { Duration::ZERO } else { self.not_found_for }
    }
}
