//! Hosted zones made by hand, on the wire.

use super::{
    route53::{NAMESPACE, change_info, zone},
    xml::Xml,
};
use crate::lab::aws::{
    error::ServiceError,
    route53::{Route53Request, ZoneView},
    zone::Change,
};
use serde::{Deserialize, de::IgnoredAny};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ZoneDocument {
    name: String,
    caller_reference: String,
    hosted_zone_config: Option<ZoneConfig>,
    #[serde(rename = "VPC")]
    vpc: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ZoneConfig {
    #[serde(default)]
    private_zone: bool,
}

pub(super) fn read(body: &[u8]) -> Result<Route53Request, ServiceError> {
    let unreadable = |reason: String| ServiceError::bad_request("InvalidInput", reason);
    let text = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let document: ZoneDocument =
        quick_xml::de::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    let ZoneDocument { name, caller_reference, hosted_zone_config, vpc } = document;
    let private = vpc.is_some() || hosted_zone_config.is_some_and(|config| config.private_zone);
    Ok(Route53Request::CreateZone { name, caller_reference, private })
}

pub(super) fn created(view: &ZoneView, change: &Change, insync: bool) -> Vec<u8> {
    Xml::document("CreateHostedZoneResponse", NAMESPACE, |xml| {
        zone(xml, view);
        change_info(xml, change, insync);
        delegation(xml, view);
    })
}

/// A private zone has no servers of its own.
pub(super) fn delegation(xml: &mut Xml, view: &ZoneView) {
    if !view.private {
        xml.within("DelegationSet", |xml| {
            xml.within("NameServers", |xml| {
                view.authorities.iter().for_each(|server| xml.leaf("NameServer", server));
            });
        });
    }
}
