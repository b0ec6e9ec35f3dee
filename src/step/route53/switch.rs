//! `route53.switch`: a name points somewhere else, and can be pointed back.

use super::change::{CHANGE_RECORDS, GET_CHANGE, Swap, Swapped, changed_by_another, in_sync};
use super::record::{LIST_RECORDS, normal, read, resource, same_name, same_state};
use super::zone::{GET_ZONE, LIST_ZONES, Zone};
use crate::base::{Action, Effect, Failure, FailureKind, Mark, Mode, Period, Resource};
use crate::event::{Evidence, RecordSet};
use crate::step::{Context, Reversal, Step, Touch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{net::Ipv4Addr, time::Duration};

/// Of a new record that nobody gave a TTL.
const DEFAULT_TTL: Period = Period::new(Duration::from_mins(1));

/// What Route 53 takes at most.
const LONGEST_TTL: Duration = Duration::from_secs(2_147_483_647);

/// Points `record` at `to`, remembers what it pointed at before, and waits until every authoritative
/// name server knows.
///
/// The change is one batch: the record set is deleted exactly as it stood, and created anew, so that
/// Route 53 rejects the batch if anybody changed it meanwhile. The undo does the same backwards.
/// A record that is as wanted already is left alone. Simple records only: an alias, a routing policy
/// or a health check is refused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Switch {
    /// The hosted zone: its name or its id. A name that two zones have is refused.
    zone: String,
    /// The name of the record.
    record: String,
    /// The record's type.
    r#type: RecordType,
    /// The record's TTL from now on; without it the TTL stays, or is 60s for a new record.
    ttl: Option<Period>,
    /// What the record points at: a host name for CNAME, an address for A.
    to: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum RecordType {
    Cname,
    A,
}

impl RecordType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cname => "CNAME",
            Self::A => "A",
        }
    }
}

/// Which record an incident would change.
#[derive(Debug, Deserialize)]
struct Production {
    zone: String,
    record: String,
    r#type: RecordType,
}

/// Ownership of a record is this, in the journal: records carry no tags, so they are no resources
/// that a run creates and cleans up, and one that cannot be put back leaves its step stuck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SwitchMemory {
    /// The zone's id.
    zone: String,
    /// `None`: there was no such record.
    before: Option<RecordSet>,
    after: RecordSet,
    /// The change was refused, so there is nothing to put back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unchanged: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Switched {
    /// The record's name, without the final dot.
    record: String,
    /// The hosted zone's id.
    zone_id: String,
    /// What the record points at now.
    value: String,
    /// What it pointed at before; absent when there was no such record.
    previous: Option<String>,
    /// The TTL that it had before, as clients still hold it.
    previous_ttl: Option<Period>,
}

impl From<SwitchMemory> for Switched {
    fn from(SwitchMemory { zone, before, after, .. }: SwitchMemory) -> Self {
        Self {
            record: after.name,
            zone_id: zone,
            value: after.values.join(", "),
            previous: before.as_ref().map(|before| before.values.join(", ")),
            previous_ttl: before.map(|before| before.ttl),
        }
    }
}

impl Step for Switch {
    const NAME: &'static str = "route53.switch";
    const EFFECT: Effect = Effect::Change;
    const ACTIONS: &'static [Action] = &[LIST_ZONES, GET_ZONE, LIST_RECORDS, CHANGE_RECORDS, GET_CHANGE];
    const REVERSAL: Reversal = Reversal::Undo;
    const TOUCH: Touch = Touch::Alters(&["record", "zone", "type"]);
    const USUAL_MARKS: &'static [Mark] = &[Mark::DnsSwitched];
    type Output = Switched;

    fn validate(&self) -> Result<(), String> {
        if self.r#type == RecordType::A && self.to.parse::<Ipv4Addr>().is_err() {
            return Err(format!("`to` of an A record is an IPv4 address, and `{}` is none", self.to));
        }
        match self.ttl {
            Some(ttl) if ttl.get().is_zero() || ttl.get().subsec_nanos() != 0 || ttl.get() > LONGEST_TTL => {
                Err(format!(
                    "`ttl` is whole seconds, at least one and at most {LONGEST_TTL:?}, and `{ttl}` is not"
                ))
            }
            _ => Ok(()),
        }
    }

    async fn run(&self, cx: &Context) -> Result<Switched, Failure> {
        let zone = Zone::resolve(cx, &self.zone).await?;
        self.spares_production(cx, &zone).await?;
        let stands = read(cx, &zone, &self.record, self.r#type.as_str()).await?;
        let memory = self.memory(cx, &zone, stands.as_ref())?;
        if same_state(memory.before.as_ref(), Some(&memory.after)) {
            cx.remember(&memory).await?;
        } else {
            self.change(cx, &zone, stands.as_ref(), &memory).await?;
        }
        Ok(Switched::from(memory))
    }

    async fn undo(&self, cx: &Context, memory: Option<Value>) -> Result<(), Failure> {
        let Some(memory) = memory else { return Ok(()) };
        let SwitchMemory { zone, before, after, unchanged } = Context::recall(memory)?;
        if unchanged {
            return cx.deviated(format!("`{}` was not changed: there is nothing to undo", after.name)).await;
        }
        let zone = Zone::of_id(&zone);
        let stands = read(cx, &zone, &after.name, &after.kind).await?;
        if same_state(stands.as_ref(), before.as_ref()) {
            return Ok(());
        }
        if !same_state(stands.as_ref(), Some(&after)) {
            return Err(changed_by_another(&after, Some(&after), stands.as_ref()));
        }
        // A record that was not there before is this run's; after a crash the guard has yet to hear of it.
        if before.is_none() {
            cx.guard.own(resource(&zone, &after));
        }
        let swap = Swap { zone: &zone, from: stands.as_ref(), to: before.as_ref() };
        if let Swapped::Accepted { change_id } = swap.send(cx).await? {
            in_sync(cx, &change_id).await?;
        }
        cx.guard.disown(&resource(&zone, &after));
        Ok(())
    }
}

/// The id of a change after which the name servers know `after`, if there is one to ask for.
async fn confirmed(
    cx: &Context,
    zone: &Zone,
    after: &RecordSet,
    swapped: Swapped,
) -> Result<Option<String>, Failure> {
    if let Swapped::Accepted { change_id } = swapped {
        return Ok(Some(change_id));
    }
    // An earlier attempt's change came through, and its id was lost. Writing the same again gives another.
    let again = Swap { zone, from: Some(after), to: Some(after) };
    match again.send(cx).await? {
        Swapped::Accepted { change_id } => Ok(Some(change_id)),
        Swapped::Already => {
            let unknown =
                "an earlier attempt made the change: when the name servers learned of it is not known";
            cx.deviated(unknown).await?;
            Ok(None)
        }
    }
}

/// Whether Route 53 took nothing of the batch, and what stands there is not what it would have made.
fn is_rejection(failure: &Failure) -> bool {
    failure.kind == FailureKind::Stranger || failure.code.as_deref() == Some("InvalidChangeBatch")
}

impl Switch {
    /// What an earlier attempt remembered, if it may have changed anything.
    fn changed_earlier(cx: &Context) -> Result<Option<SwitchMemory>, Failure> {
        Ok(cx.remembered::<SwitchMemory>()?.filter(|memory| !memory.unchanged))
    }

    /// A drill diverts no name of production, whether there is a record of that name or a wildcard.
    async fn spares_production(&self, cx: &Context, zone: &Zone) -> Result<(), Failure> {
        let Ok(production) = serde_json::from_value::<Production>(cx.production.clone()) else {
            return Ok(());
        };
        let ours = production.r#type == self.r#type && same_name(&production.record, &self.record);
        let resource = Resource::route53_record(&zone.id, &normal(&self.record), self.r#type.as_str());
        if cx.run.mode == Mode::Incident || !ours || cx.guard.drill_may_change(&resource) {
            return Ok(());
        }
        let message = format!("a drill would divert `{}`, which is production's name", self.record);
        // A refusal is on the record, whoever refuses.
        cx.refused(CHANGE_RECORDS, &resource, &message).await?;
        Err(Failure::new(FailureKind::Refused, message)
            .hint("give drills another name (`in-drill: { record: ... }`)"))
    }

    /// What stood there before this step first changed it, and what shall stand there.
    fn memory(&self, cx: &Context, zone: &Zone, stands: Option<&RecordSet>) -> Result<SwitchMemory, Failure> {
        if let Some(memory) = Self::changed_earlier(cx)? {
            let untouched = same_state(stands, memory.before.as_ref());
            if untouched || same_state(stands, Some(&memory.after)) {
                return Ok(memory);
            }
            return Err(changed_by_another(&memory.after, memory.before.as_ref(), stands));
        }
        let ttl = self.ttl.or(stands.map(|stands| stands.ttl)).unwrap_or(DEFAULT_TTL);
        let after = RecordSet {
            name: normal(&self.record),
            kind: self.r#type.as_str().to_owned(),
            ttl,
            values: vec![self.to.trim_end_matches('.').to_owned()],
        };
        Ok(SwitchMemory { zone: zone.id.clone(), before: stands.cloned(), after, unchanged: false })
    }

    async fn change(
        &self,
        cx: &Context,
        zone: &Zone,
        stands: Option<&RecordSet>,
        memory: &SwitchMemory,
    ) -> Result<(), Failure> {
        let SwitchMemory { before, after, .. } = memory;
        // Read before the change: afterwards it may be the new one.
        let production = self.production_ttl(cx, zone, before.as_ref()).await?;
        cx.remember(memory).await?;
        let swapped = if same_state(stands, Some(after)) {
            Swapped::Already
        } else {
            match (Swap { zone, from: stands, to: Some(after) }).send(cx).await {
                Err(failure) if failure.kind == FailureKind::Refused || is_rejection(&failure) => {
                    // What an earlier attempt may have changed is still to be undone.
                    if Self::changed_earlier(cx)?.is_none() {
                        cx.remember(&SwitchMemory { unchanged: true, ..memory.clone() }).await?;
                    }
                    return Err(failure);
                }
                sent => sent?,
            }
        };
        if before.is_none() {
            cx.guard.own(resource(zone, after));
        }
        let change_id = confirmed(cx, zone, after, swapped).await?;
        if let Some((record, ttl)) = production {
            cx.observed(Evidence::ProductionTtl { record, ttl }).await?;
        }
        cx.observed(Evidence::RecordSwitched {
            zone: zone.id.clone(),
            before: before.clone(),
            after: after.clone(),
            change_id: change_id.clone().unwrap_or_default(),
        })
        .await?;
        match change_id {
            Some(change_id) => in_sync(cx, &change_id).await,
            None => Ok(()),
        }
    }

    /// The production record and its TTL as it stands: in a drill that is another record than ours.
    async fn production_ttl(
        &self,
        cx: &Context,
        zone: &Zone,
        before: Option<&RecordSet>,
    ) -> Result<Option<(String, Period)>, Failure> {
        let production = match serde_json::from_value::<Production>(cx.production.clone()) {
            Ok(production) => production,
            Err(error) => {
                cx.deviated(format!("the TTL of the production record is not known: {error}")).await?;
                return Ok(None);
            }
        };
        let (name, kind) = (normal(&production.record), production.r#type);
        let ours = production.zone == self.zone && name == normal(&self.record) && kind == self.r#type;
        if ours {
            return Ok(before.map(|before| (name, before.ttl)));
        }
        let stands = if production.zone == self.zone {
            read(cx, zone, &name, kind.as_str()).await
        } else {
            match Zone::resolve(cx, &production.zone).await {
                Ok(zone) => read(cx, &zone, &name, kind.as_str()).await,
                Err(failure) => Err(failure),
            }
        };
        match stands {
            Ok(Some(stands)) => Ok(Some((name, stands.ttl))),
            Ok(None) => Ok(None),
            // A drill does not fail for a figure; it says that it lacks it.
            Err(failure) => {
                cx.deviated(format!("the TTL of the production record `{name}` is not known: {failure}"))
                    .await?;
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(kind: RecordType, to: &str, ttl: Option<u64>) -> Switch {
        Switch {
            zone: "example.com".to_owned(),
            record: "db.example.com".to_owned(),
            r#type: kind,
            ttl: ttl.map(|millis| Period::new(Duration::from_millis(millis))),
            to: to.to_owned(),
        }
    }

    #[test]
    fn an_address_record_points_at_an_address_and_a_ttl_is_whole_seconds() {
        assert!(switch(RecordType::A, "192.0.2.1", Some(60_000)).validate().is_ok());
        assert!(switch(RecordType::A, "db.example.net", None).validate().is_err());
        assert!(switch(RecordType::Cname, "db.example.net", None).validate().is_ok());
        assert!(switch(RecordType::Cname, "db.example.net", Some(1_500)).validate().is_err());
        assert!(switch(RecordType::Cname, "db.example.net", Some(0)).validate().is_err());
    }
}
