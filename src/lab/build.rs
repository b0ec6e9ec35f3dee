//! From a described world to the state of the lab, the past included.

use super::{
    aws::{
        backups::{BackupKind, USUALLY_EVERY, Uploads},
        instance::{self, Instance, Settings},
        zone::{AUTHORITIES, RecordKey, RecordSet, Zone},
    },
    data::{Data, Heartbeat},
    description::{
        Deed, Disaster, DurationKind, Fault, InstanceDescription, InstanceName, Instants, RecordDescription,
        WorldDescription,
    },
    resolvers::Resolver,
    state::State,
    status::{History, Status},
    trouble::Trouble,
};
use crate::base::{Instant, Period, Seed, Size};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

const DAY: Duration = Duration::from_hours(24);

/// How old an instance is that does not say it.
const USUAL_AGE: Duration = Duration::from_hours(30 * 24);

/// Whether a record's `to` names an instance of the world rather than a value.
pub(super) fn names_instance(record: &RecordDescription) -> bool {
    let value = record.to.0.as_str();
    let kind = record.r#type.to_ascii_uppercase();
    ["CNAME", "A"].contains(&kind.as_str()) && !value.contains('.') && value.parse::<IpAddr>().is_err()
}

/// The state at `started`, when the run begins: the disaster may lie before or after it.
pub(super) fn build(
    world: &WorldDescription,
    disaster: Option<&Disaster>,
    faults: &[Fault],
    started: Instant,
    seed: Seed,
) -> State {
    let mut state = State {
        seed,
        world: world.clone(),
        instances: world.rds.iter().map(|described| instance(world, described, seed)).collect(),
        backups: Vec::new(),
        snapshots: BTreeSet::new(),
        zones: Vec::new(),
        changes: BTreeMap::new(),
        resolvers: world.resolver_names().iter().map(|name| Resolver::new(name)).collect(),
        regions_down: BTreeMap::new(),
        control_planes_down: Vec::new(),
        trouble: Trouble::new(faults),
        calls: BTreeMap::new(),
        requests: 0,
    };
    for (index, described) in world.rds.iter().enumerate() {
        backups(&mut state, index, described);
    }
    zones(&mut state, started);
    if let (Some(disaster), Some(t0)) = (disaster, Instants::new(world, disaster).t0) {
        disaster.r#do.iter().for_each(|deed| strike(&mut state, t0, deed));
    }
    state
}

fn instance(world: &WorldDescription, described: &InstanceDescription, seed: Seed) -> Instance {
    let InstanceDescription { region, .. } = described;
    let id = described.instance.to_ascii_lowercase();
    let created_at = world.now - described.age.map_or(USUAL_AGE, Period::get);
    let data = described.heartbeat.as_ref().map_or(Data::Nothing, |heartbeat| {
        Data::Written(Heartbeat::new(heartbeat, created_at, seed, &format!("{region}/{id}")))
    });
    Instance {
        resource_id: instance::resource_id(seed, region, &id, 0),
        region: region.clone(),
        account: world.account.clone(),
        restored_from: None,
        created_at,
        history: History::beginning(created_at, described.status.unwrap_or(Status::Available)),
        endpoint_from: created_at,
        settings: settings(described, seed),
        tags: described.tags.clone(),
        data,
        uploads: uploads(world, described, created_at, seed),
        id,
    }
}

fn uploads(
    world: &WorldDescription,
    described: &InstanceDescription,
    created_at: Instant,
    seed: Seed,
) -> Uploads {
    let draw = |what| seed.draw(&["lab", what, &described.region, &described.instance]);
    let drawn = || draw("upload").duration(Duration::from_secs(8), Duration::from_secs(20));
    // When in the five minutes its uploads fall is nobody's to choose.
    let first = created_at + USUALLY_EVERY.mul_f64(draw("upload phase").uniform());
    Uploads {
        first: first - Duration::from_nanos(u64::from(first.timestamp_subsec_nanos())),
        every: USUALLY_EVERY,
        takes: described.restorable_lag.map_or_else(drawn, Period::get),
        stops: described.backups_stalled_for.map(|period| world.now - period.get()),
        cut_off: None,
    }
}

fn settings(described: &InstanceDescription, seed: Seed) -> Settings {
    let InstanceDescription { region, engine, .. } = described;
    let retention = described.retention.map_or(DAY * 7, Period::get);
    let security_groups = if described.security_groups.is_empty() {
        vec![Settings::default_security_group(seed, region)]
    } else {
        described.security_groups.clone()
    };
    let parameter_group = described.parameter_group.clone();
    Settings {
        engine: engine.clone(),
        class: described.class.clone(),
        storage_gib: described.storage.map_or(20, Size::gib),
        encrypted: described.encrypted,
        retention_days: u32::try_from(retention.as_secs() / DAY.as_secs()).unwrap_or(0),
        multi_az: described.multi_az,
        deletion_protection: described.deletion_protection,
        iam_authentication: described.iam_authentication,
        public: false,
        subnet_group: described.subnet_group.clone().unwrap_or_else(|| "default".to_owned()),
        security_groups,
        parameter_group: parameter_group.unwrap_or_else(|| Settings::default_parameter_group(engine)),
        port: instance::port(engine),
    }
}

fn backups(state: &mut State, index: usize, described: &InstanceDescription) {
    let Instance { region, resource_id, settings, .. } = &state.instances[index];
    if settings.retention_days == 0 {
        return;
    }
    let region = region.clone();
    let drawn = state.world.draw(state.seed, DurationKind::Replication, &[resource_id]);
    let lag = described.replication_lag.map_or(drawn, Period::get);
    state.add_backup(&region, index, BackupKind::Own);
    if let Some(to) = &described.replicate_backups_to {
        state.add_backup(to, index, BackupKind::Replicated { lag, since: None });
    }
}

fn zones(state: &mut State, started: Instant) {
    let world = state.world.clone();
    let seed = state.seed;
    for (index, described) in world.route53.iter().enumerate() {
        let since = world.now - USUAL_AGE;
        let mut zone =
            Zone::new(seed, &described.zone, index, described.id.clone(), described.private, since);
        for record in &described.records {
            let key = RecordKey::new(&record.name, &record.r#type);
            let set = RecordSet { ttl: record.ttl.get(), values: vec![value(state, record)] };
            state.resolvers.iter_mut().for_each(|resolver| resolver.warm(seed, &key, &set, started));
            zone.set(key, Some(set), [since; AUTHORITIES]);
        }
        state.zones.push(zone);
    }
}

fn value(state: &State, record: &RecordDescription) -> String {
    let meant = |instance: &&Instance| record.to.means(&instance.region, &instance.id);
    match state.instances.iter().find(meant).filter(|_| names_instance(record)) {
        None => record.to.0.clone(),
        Some(instance) if record.r#type.eq_ignore_ascii_case("A") => instance.address(state.seed),
        Some(Instance { account, region, id, .. }) => instance::endpoint(state.seed, account, region, id),
    }
}

fn strike(state: &mut State, t0: Instant, deed: &Deed) {
    match deed {
        Deed::RegionDown(region) => {
            state.regions_down.insert(region.clone(), t0);
            for instance in state.instances.iter_mut().filter(|instance| instance.region == *region) {
                instance.uploads.stop(t0);
                instance.uploads.cut_off = Some(t0);
                instance.data.stop(t0);
            }
        }
        Deed::DeleteInstance(name) => delete(state, t0, name, false),
        Deed::DeleteInstanceAndBackups(name) => delete(state, t0, name, true),
        Deed::DropTable(table) => {
            if let Some(heartbeat) = heartbeat(state, &table.instance) {
                heartbeat.dropped = Some(t0);
            }
        }
        Deed::EmptyTable(table) => {
            if let Some(heartbeat) = heartbeat(state, &table.instance) {
                heartbeat.emptied = Some(t0);
            }
        }
        Deed::ControlPlaneDown(plane) => state.control_planes_down.push((plane.clone(), t0)),
    }
}

fn delete(state: &mut State, t0: Instant, name: &InstanceName, with_backups: bool) {
    let meant = |instance: &Instance| name.means(&instance.region, &instance.id);
    if let Some(index) = state.instances.iter().position(meant) {
        state.remove(index, t0, with_backups);
    }
}

fn heartbeat<'a>(state: &'a mut State, name: &InstanceName) -> Option<&'a mut Heartbeat> {
    let mut instances = state.instances.iter_mut();
    match &mut instances.find(|instance| name.means(&instance.region, &instance.id))?.data {
        Data::Written(heartbeat) => Some(heartbeat),
        Data::Nothing | Data::Restored(_) => None,
    }
}
