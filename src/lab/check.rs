//! What cannot be so: mistakes in a described world, all at once.

use super::{
    description::{
        Deed, Disaster, Fault, InstanceDescription, InstanceName, RecordDescription, WorldDescription,
    },
    wire::OPERATIONS,
};
use crate::base::{Period, nearest};
use chrono::Datelike as _;
use std::{collections::BTreeSet, time::Duration};

/// Something that does not fit, and where it stands in the document: `world.rds[0].region`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub(crate) struct LabMistake {
    pub(crate) path: String,
    pub(crate) message: String,
}

struct Mistakes(Vec<LabMistake>);

impl Mistakes {
    fn unless(&mut self, right: bool, path: impl Into<String>, message: impl Into<String>) {
        if !right {
            self.0.push(LabMistake { path: path.into(), message: message.into() });
        }
    }
}

/// `us-east-2`, `us-gov-west-1`: what a Region's name looks like, to catch slips of the pen.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number] => {
            words.len() >= 2 && words.iter().all(letters) && matches!(number.parse::<u8>(), Ok(1..))
        }
        [] => false,
    }
}

fn region_mistakes(mistakes: &mut Mistakes, path: String, region: &str) {
    mistakes.unless(is_region(region), path, format!("`{region}` is not a Region such as `us-east-2`"));
}

const DAY: Duration = Duration::from_hours(24);

/// Everything that is wrong.
pub(crate) fn check(
    world: &WorldDescription,
    disaster: Option<&Disaster>,
    faults: &[Fault],
) -> Vec<LabMistake> {
    let mut mistakes = Mistakes(Vec::new());
    // Months of run time, ages and retentions must fit on either side.
    let years = 1971..=2200;
    mistakes.unless(years.contains(&world.now.year()), "world.now", "the year is one of 1971 to 2200");
    let is_account = world.account.len() == 12 && world.account.bytes().all(|byte| byte.is_ascii_digit());
    mistakes.unless(is_account, "world.account", "an account is twelve digits");
    mistakes.unless(world.s3.is_empty(), "world.s3", "the lab has no S3 yet: leave it empty");
    mistakes.unless(
        world.commands.is_empty(),
        "world.commands",
        "the lab has no commands yet: leave it empty",
    );
    for (kind, spread) in &world.durations {
        let path = format!("world.durations.{}", kind.as_str());
        mistakes.unless(spread.p50 <= spread.p90, path, "the median is longer than the 90th percentile");
    }
    let mut seen = BTreeSet::new();
    for (index, instance) in world.rds.iter().enumerate() {
        let path = format!("world.rds[{index}]");
        let fresh = seen.insert((instance.region.clone(), instance.instance.to_ascii_lowercase()));
        mistakes.unless(fresh, format!("{path}.instance"), "two instances of one Region have this name");
        instance_mistakes(&mut mistakes, &path, instance);
    }
    zones(&mut mistakes, world);
    for (index, deed) in disaster.iter().flat_map(|disaster| &disaster.r#do).enumerate() {
        deed_mistakes(&mut mistakes, &format!("disaster.do[{index}]"), world, deed);
    }
    if let Some(Disaster { detected: Some(detected), declared: Some(declared), .. }) = disaster {
        mistakes.unless(detected <= declared, "disaster.declared", "it is declared before it is detected");
    }
    for (index, fault) in faults.iter().enumerate() {
        fault_mistakes(&mut mistakes, &format!("faults[{index}]"), fault);
    }
    mistakes.0
}

fn instance_mistakes(mistakes: &mut Mistakes, path: &str, instance: &InstanceDescription) {
    region_mistakes(mistakes, format!("{path}.region"), &instance.region);
    let retention = instance.retention.map_or(DAY * 7, Period::get);
    mistakes.unless(
        retention.subsec_nanos() == 0
            && retention.as_secs().is_multiple_of(DAY.as_secs())
            && retention <= DAY * 35,
        format!("{path}.retention"),
        "backups are kept for whole days, 35d at most",
    );
    if let Some(to) = &instance.replicate_backups_to {
        let path = format!("{path}.replicate-backups-to");
        region_mistakes(mistakes, path.clone(), to);
        mistakes.unless(*to != instance.region, path.clone(), "backups are replicated to another Region");
        mistakes.unless(!retention.is_zero(), path, "an instance without backups has none to replicate");
    }
    if let Some(heartbeat) = &instance.heartbeat {
        let path = format!("{path}.heartbeat.every");
        mistakes.unless(heartbeat.every.get() >= Duration::from_millis(1), path, "rows need a distance");
    }
}

fn zones(mistakes: &mut Mistakes, world: &WorldDescription) {
    let mut ids = BTreeSet::new();
    for (index, zone) in world.route53.iter().enumerate() {
        let path = format!("world.route53[{index}]");
        if let Some(id) = &zone.id {
            let well_formed = id.starts_with('Z') && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
            mistakes.unless(well_formed, format!("{path}.id"), "a zone's id is a Z with letters and digits");
            mistakes.unless(ids.insert(id), format!("{path}.id"), "two zones have this id");
        }
        let mut names = BTreeSet::new();
        let zone_name = super::aws::zone::plain(&zone.zone);
        for (index, record) in zone.records.iter().enumerate() {
            let path = format!("{path}.records[{index}]");
            let name = super::aws::zone::plain(&record.name);
            let inside = name
                .strip_suffix(zone_name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            mistakes.unless(inside, format!("{path}.name"), format!("it does not lie in {zone_name}"));
            let fresh = names.insert((name, record.r#type.to_ascii_uppercase()));
            mistakes.unless(fresh, format!("{path}.name"), "two records have this name and type");
            record_mistakes(mistakes, &path, world, record);
        }
    }
}

fn record_mistakes(
    mistakes: &mut Mistakes,
    path: &str,
    world: &WorldDescription,
    record: &RecordDescription,
) {
    let whole = record.ttl.get().subsec_nanos() == 0;
    mistakes.unless(whole, format!("{path}.ttl"), "a TTL is whole seconds");
    let to = format!("{path}.to");
    // What has a dot or is an address is a value as it stands; anything else names an instance.
    if super::build::names_instance(record) {
        one_instance(mistakes, &to, world, &record.to);
    }
}

fn one_instance(mistakes: &mut Mistakes, path: &str, world: &WorldDescription, name: &InstanceName) {
    let meant = |instance: &&InstanceDescription| name.means(&instance.region, &instance.instance);
    let count = world.rds.iter().filter(meant).count();
    mistakes.unless(count > 0, path, format!("no instance of this world is called `{}`", name.0));
    mistakes.unless(
        count < 2,
        path,
        format!("`{0}` is in more than one Region: write `us-east-2/{0}` for the one you mean", name.0),
    );
}

fn deed_mistakes(mistakes: &mut Mistakes, path: &str, world: &WorldDescription, deed: &Deed) {
    match deed {
        Deed::DeleteInstance(name) => {
            one_instance(mistakes, &format!("{path}.delete-instance"), world, name);
        }
        Deed::DeleteInstanceAndBackups(name) => {
            one_instance(mistakes, &format!("{path}.delete-instance-and-backups"), world, name);
        }
        Deed::DropTable(table) | Deed::EmptyTable(table) => {
            let key = if matches!(deed, Deed::DropTable(_)) { "drop-table" } else { "empty-table" };
            one_instance(mistakes, &format!("{path}.{key}.instance"), world, &table.instance);
            let mut instances = world.rds.iter();
            let instance = instances.find(|known| table.instance.means(&known.region, &known.instance));
            let has_table = |instance: &InstanceDescription| {
                instance.heartbeat.as_ref().is_some_and(|heartbeat| heartbeat.table == table.table)
            };
            mistakes.unless(
                instance.is_none_or(has_table),
                format!("{path}.{key}.table"),
                format!("`{}` has no heartbeat in a table `{}`", table.instance.0, table.table),
            );
        }
        Deed::RegionDown(region) => region_mistakes(mistakes, format!("{path}.region-down"), region),
        Deed::ControlPlaneDown(_) => {}
    }
}

fn fault_mistakes(mistakes: &mut Mistakes, path: &str, fault: &Fault) {
    mistakes.unless(
        fault.kinds() == 1,
        path,
        "a fault says exactly one of throttle, fail, code, lose-reply, delay, not-found-for, ends-in",
    );
    let pattern = fault.on.0.as_str();
    let known = ["*", "rds:*", "route53:*", "sts:*"].contains(&pattern) || OPERATIONS.contains(&pattern);
    let meant = nearest(pattern, OPERATIONS).unwrap_or("rds:*");
    mistakes.unless(
        known,
        format!("{path}.on"),
        format!("no such calls reach the lab: did you mean `{meant}`?"),
    );
    let status = fault.fail.is_none_or(|status| (500..600).contains(&status));
    mistakes.unless(status, format!("{path}.fail"), "a failure's status is 500 to 599");
    let likely = fault.probability.is_none_or(|probability| (0.0..=1.0).contains(&probability));
    mistakes.unless(likely, format!("{path}.probability"), "a probability is between 0 and 1");
}
