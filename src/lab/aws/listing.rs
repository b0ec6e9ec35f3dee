//! Listings of zones and record sets, a page at a time.

use super::{
    Asker, Page,
    error::ServiceError,
    route53::{RecordStart, Route53Reply, ZoneView},
    zone::{RecordKey, RecordSet, plain},
};
use crate::lab::state::State;

/// A page of zones.
#[derive(Debug)]
pub(in crate::lab) struct ZonePage {
    pub(in crate::lab) zones: Vec<ZoneView>,
    pub(in crate::lab) size: usize,
    pub(in crate::lab) kind: ZonePageKind,
}

#[derive(Debug)]
pub(in crate::lab) enum ZonePageKind {
    ById { marker: Option<String>, next: Option<String> },
    ByName { name: Option<String>, zone: Option<String>, next: Option<(String, String)> },
}

/// A page of record sets.
#[derive(Debug)]
pub(in crate::lab) struct RecordPage {
    pub(in crate::lab) records: Vec<(RecordKey, RecordSet)>,
    pub(in crate::lab) size: usize,
    pub(in crate::lab) next: Option<RecordKey>,
}

impl State {
    fn own_zones(&self, asker: &Asker) -> Vec<ZoneView> {
        if asker.account == self.world.account {
            self.zones.iter().map(ZoneView::of).collect()
        } else {
            vec![]
        }
    }

    pub(super) fn list_zones(&self, asker: &Asker, page: &Page) -> Result<Route53Reply, ServiceError> {
        let size = size(page.size.as_deref(), 100)?;
        let mut zones = self.own_zones(asker);
        zones.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(marker) = &page.marker {
            zones.retain(|zone| zone.id >= *marker);
        }
        let next = zones.get(size).map(|zone| zone.id.clone());
        zones.truncate(size);
        let kind = ZonePageKind::ById { marker: page.marker.clone(), next };
        Ok(Route53Reply::Zones(ZonePage { zones, size, kind }))
    }

    /// It begins at a name; it does not match it.
    pub(super) fn list_zones_by_name(
        &self,
        asker: &Asker,
        name: Option<&str>,
        zone: Option<&str>,
        size_wanted: Option<&str>,
    ) -> Result<Route53Reply, ServiceError> {
        let size = size(size_wanted, 100)?;
        if name.is_none() && zone.is_some() {
            return Err(ServiceError::bad_request("InvalidInput", "hostedzoneid needs dnsname."));
        }
        let order =
            |name: &str, id: &str| (name.rsplit('.').map(str::to_owned).collect::<Vec<_>>(), id.to_owned());
        let mut zones = self.own_zones(asker);
        zones.sort_by_key(|zone| order(&zone.name, &zone.id));
        if let Some(name) = name {
            let id = zone.unwrap_or_default().trim_start_matches("/hostedzone/");
            let start = order(&plain(name), id);
            zones.retain(|zone| order(&zone.name, &zone.id) >= start);
        }
        let next = zones.get(size).map(|zone| (zone.name.clone(), zone.id.clone()));
        zones.truncate(size);
        let (name, zone) = (name.map(str::to_owned), zone.map(str::to_owned));
        Ok(Route53Reply::Zones(ZonePage { zones, size, kind: ZonePageKind::ByName { name, zone, next } }))
    }

    pub(super) fn list_records(
        &self,
        asker: &Asker,
        zone: &str,
        start: &RecordStart,
    ) -> Result<Route53Reply, ServiceError> {
        let index = self.zone(asker, zone)?;
        let size = size(start.size.as_deref(), 300)?;
        let from = match (&start.name, &start.kind) {
            (None, Some(_)) => {
                return Err(ServiceError::bad_request("InvalidInput", "type needs name."));
            }
            (None, None) => None,
            (Some(name), kind) => Some(RecordKey::new(name, kind.as_deref().unwrap_or_default())),
        };
        let mut records: Vec<(RecordKey, RecordSet)> = self.zones[index]
            .records()
            .filter(|(key, _)| from.as_ref().is_none_or(|from| *key >= from))
            .map(|(key, set)| (key.clone(), set.clone()))
            .collect();
        let next = records.get(size).map(|(key, _)| key.clone());
        records.truncate(size);
        Ok(Route53Reply::Records(RecordPage { records, size, next }))
    }
}

fn size(wanted: Option<&str>, most: usize) -> Result<usize, ServiceError> {
    match wanted.map(str::parse::<usize>) {
        None => Ok(most),
        Some(Ok(size)) if size > 0 => Ok(size.min(most)),
        Some(_) => Err(ServiceError::bad_request("InvalidInput", "maxitems must be a positive number.")),
    }
}
