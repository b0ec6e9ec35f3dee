//! Hosted zones that are made and deleted by hand.

use super::{
    Asker,
    error::ServiceError,
    route53::{Route53Reply, ZoneView},
    zone::{Zone, plain},
};
use crate::lab::state::State;

impl State {
    pub(super) fn create_zone(
        &mut self,
        asker: &Asker,
        name: &str,
        caller_reference: String,
        private: bool,
    ) -> Result<Route53Reply, ServiceError> {
        if asker.account != self.world.account {
            let message = "The lab holds the hosted zones of its own account only.";
            return Err(ServiceError::new(403, "AccessDenied", message));
        }
        if !is_domain(&plain(name)) {
            return Err(ServiceError::bad_request(
                "InvalidDomainName",
                format!("{name} is not a valid domain name."),
            ));
        }
        if caller_reference.is_empty() || caller_reference.len() > 128 {
            let message = "CallerReference: 1 to 128 characters.";
            return Err(ServiceError::bad_request("InvalidInput", message));
        }
        if self.zones.iter().any(|zone| zone.caller_reference == caller_reference) {
            return Err(ServiceError::new(
                409,
                "HostedZoneAlreadyExists",
                format!(
                    "A hosted zone has already been created with the caller reference {caller_reference}."
                ),
            ));
        }
        // No other zone of this name ever had this number: every creation is a change, and none is forgotten.
        let nth = self.world.route53.len() + self.changes.len();
        let mut zone = Zone::new(self.seed, name, nth, None, private, asker.now);
        zone.caller_reference = caller_reference;
        let view = ZoneView::of(&zone);
        self.zones.push(zone);
        let change = self.submit(asker.now, None);
        Ok(Route53Reply::ZoneCreated { view, insync: change.insync <= asker.now, change })
    }

    pub(super) fn delete_zone(&mut self, asker: &Asker, id: &str) -> Result<Route53Reply, ServiceError> {
        let index = self.zone(asker, id)?;
        let zone = &self.zones[index];
        let own = |kind: &str| ["NS", "SOA"].contains(&kind);
        if zone.records().any(|(key, _)| key.name != zone.name || !own(&key.kind)) {
            let message = "The specified hosted zone contains non-required resource record sets and so \
                           cannot be deleted.";
            return Err(ServiceError::bad_request("HostedZoneNotEmpty", message));
        }
        self.zones.remove(index);
        let change = self.submit(asker.now, None);
        Ok(Route53Reply::ZoneDeleted { insync: change.insync <= asker.now, change })
    }
}

/// Labels of 1 to 63 characters, 255 in all.
fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\/\"'`<>&".contains(&byte))
    };
    name.len() <= 255 && name.split('.').all(label)
}
