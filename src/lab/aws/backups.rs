//! What can be restored: logs are uploaded every five minutes, and so the restorable time trails now
//! (domain.md, section 2). It freezes when the uploads stop; a replicated backup lags behind its source.

use super::instance::Instance;
use crate::base::Instant;
use chrono::TimeDelta;
use std::time::Duration;

/// How far apart uploads are.
pub(in crate::lab) const USUALLY_EVERY: Duration = Duration::from_mins(5);

/// The log uploads of an instance.
#[derive(Debug, Clone)]
pub(in crate::lab) struct Uploads {
    /// The earliest instant that was ever restorable.
    pub(in crate::lab) first: Instant,
    /// How far apart they are: whole seconds, one at least.
    pub(in crate::lab) every: Duration,
    /// How long one upload takes.
    pub(in crate::lab) takes: Duration,
    /// From here on nothing is uploaded.
    pub(in crate::lab) stops: Option<Instant>,
    /// From here on nothing that was uploaded reaches another Region any more.
    pub(in crate::lab) cut_off: Option<Instant>,
}

/// The earliest and the latest instant that can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) struct Window {
    pub(in crate::lab) earliest: Instant,
    pub(in crate::lab) latest: Instant,
}

impl Uploads {
    pub(in crate::lab) fn stop(&mut self, at: Instant) {
        self.stops = Some(self.stops.map_or(at, |stops| stops.min(at)));
    }

    fn latest(&self, now: Instant) -> Option<Instant> {
        let until = self.stops.map_or(now, |stops| stops.min(now)) - self.takes;
        (until >= self.first).then(|| {
            let passed = (until - self.first).num_seconds();
            let every = i64::try_from(self.every.as_secs()).unwrap_or(i64::MAX).max(1);
            self.first + TimeDelta::seconds(passed - passed % every)
        })
    }
}

impl Instance {
    /// What can be restored at `now`. `None`: nothing, or no backups are kept.
    pub(in crate::lab) fn window(&self, now: Instant) -> Option<Window> {
        let retention = TimeDelta::days(i64::from(self.settings.retention_days));
        let latest = self.uploads.latest(now).filter(|_| !retention.is_zero())?;
        let earliest = self.uploads.first.max(now - retention);
        (earliest <= latest).then_some(Window { earliest, latest })
    }
}

/// The automated backups of an instance, in its own Region or replicated to another.
#[derive(Debug, Clone)]
pub(in crate::lab) struct AutomatedBackup {
    /// Where it can be restored.
    pub(in crate::lab) region: String,
    /// The instance, among all that ever were.
    pub(in crate::lab) instance: usize,
    pub(in crate::lab) arn: String,
    pub(in crate::lab) kind: BackupKind,
    /// From here on it does not exist.
    pub(in crate::lab) removed: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum BackupKind {
    Own,
    /// By `lag` behind its source, and holding nothing from before `since`.
    Replicated {
        lag: Duration,
        since: Option<Instant>,
    },
}

impl AutomatedBackup {
    pub(in crate::lab) fn exists(&self, now: Instant) -> bool {
        self.removed.is_none_or(|removed| removed > now)
    }

    /// What can be restored from it at `now`.
    ///
    /// What was on its way when the source's Region went down never arrives.
    pub(in crate::lab) fn window(&self, instance: &Instance, now: Instant) -> Option<Window> {
        match self.kind {
            BackupKind::Own => instance.window(now),
            BackupKind::Replicated { lag, since } => {
                let until = instance.uploads.cut_off.map_or(now, |cut_off| cut_off.min(now));
                let arrived = instance.window(until - lag)?;
                let retention = TimeDelta::days(i64::from(instance.settings.retention_days));
                let earliest = arrived.earliest.max(now - retention);
                let earliest = since.map_or(earliest, |since| since.max(earliest));
                (earliest <= arrived.latest).then_some(Window { earliest, latest: arrived.latest })
            }
        }
    }

    pub(in crate::lab) fn status(&self, instance: &Instance, now: Instant) -> &'static str {
        match (self.kind, instance.status(now)) {
            (_, None) => "retained",
            (BackupKind::Replicated { .. }, Some(_)) => "replicating",
            (BackupKind::Own, Some(_)) if instance.window(now).is_none() => "creating",
            (BackupKind::Own, Some(_)) => "active",
        }
    }
}
