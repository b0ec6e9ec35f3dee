//! Amazon Route 53 on the wire: REST and XML. Names end in a dot there.

use super::{WireRequest, hosted_zone, xml::Xml};
use crate::lab::aws::{
    Page,
    error::ServiceError,
    listing::{RecordPage, ZonePage, ZonePageKind},
    route53::{Act, RecordChange, RecordStart, Route53Reply, Route53Request, ZoneView},
    zone::{Change, RecordKey, RecordSet},
};
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

pub(super) const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

const LONGEST_TTL: u64 = 2_147_483_647;

/// The operation that is meant, and what it asks.
pub(super) fn read(request: &WireRequest) -> (&'static str, Result<Route53Request, ServiceError>) {
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let parameter = |name: &str| query.get(name).filter(|text| !text.is_empty()).cloned();
    let path = request.path.strip_prefix("/2013-04-01/").unwrap_or_default().trim_end_matches('/');
    let path = path.replace("%2F", "/");
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["hostedzone"]) => {
            let page = Page { marker: parameter("marker"), size: parameter("maxitems") };
            ("ListHostedZones", Ok(Route53Request::ListZones { page }))
        }
        ("POST", ["hostedzone"]) => ("CreateHostedZone", hosted_zone::read(&request.body)),
        ("DELETE", ["hostedzone", zone]) => {
            ("DeleteHostedZone", Ok(Route53Request::DeleteZone { zone: (*zone).to_owned() }))
        }
        ("GET", ["hostedzonesbyname"]) => {
            let (name, zone) = (parameter("dnsname"), parameter("hostedzoneid"));
            let size = parameter("maxitems");
            ("ListHostedZonesByName", Ok(Route53Request::ListZonesByName { name, zone, size }))
        }
        ("GET", ["hostedzone", zone]) => {
            ("GetHostedZone", Ok(Route53Request::GetZone { zone: (*zone).to_owned() }))
        }
        ("GET", ["hostedzone", zone, "rrset"]) => {
            let (name, kind, size) = (parameter("name"), parameter("type"), parameter("maxitems"));
            let start = RecordStart { name: name.map(|name| unescape(&name)), kind, size };
            ("ListResourceRecordSets", Ok(Route53Request::ListRecords { zone: (*zone).to_owned(), start }))
        }
        ("POST", ["hostedzone", zone, "rrset"]) => {
            ("ChangeResourceRecordSets", read_changes(zone, &request.body))
        }
        ("GET", ["change", id]) => ("GetChange", Ok(Route53Request::GetChange { id: (*id).to_owned() })),
        (method, _) => {
            let asked = format!("{method} {}", request.path);
            ("Unknown", Err(ServiceError::unknown_operation(&asked)))
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeDocument {
    change_batch: ChangeBatch,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeBatch {
    comment: Option<String>,
    changes: Changes,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Changes {
    #[serde(default)]
    change: Vec<ChangeEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeEntry {
    action: String,
    resource_record_set: RecordEntry,
}

/// A simple record set; what it does not have is not read silently.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RecordEntry {
    name: String,
    r#type: String,
    #[serde(rename = "TTL")]
    ttl: Option<u64>,
    resource_records: Option<Values>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Values {
    #[serde(default)]
    resource_record: Vec<ValueEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ValueEntry {
    value: String,
}

fn read_changes(zone: &str, body: &[u8]) -> Result<Route53Request, ServiceError> {
    let unreadable = |reason: String| {
        ServiceError::bad_request("InvalidInput", format!("the lab holds simple record sets only: {reason}"))
    };
    let text = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let document: ChangeDocument =
        quick_xml::de::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    let ChangeBatch { comment, changes } = document.change_batch;
    let changes = changes.change.into_iter().map(change).collect::<Result<_, _>>()?;
    Ok(Route53Request::ChangeRecords { zone: zone.to_owned(), comment, changes })
}

fn change(entry: ChangeEntry) -> Result<RecordChange, ServiceError> {
    let ChangeEntry { action, resource_record_set: RecordEntry { name, r#type, ttl, resource_records } } =
        entry;
    let act = match action.as_str() {
        "CREATE" => Act::Create,
        "DELETE" => Act::Delete,
        "UPSERT" => Act::Upsert,
        other => return Err(ServiceError::bad_request("InvalidInput", format!("`{other}` is no action"))),
    };
    let ttl = ttl
        .filter(|ttl| *ttl <= LONGEST_TTL)
        .ok_or_else(|| ServiceError::bad_request("InvalidInput", "TTL: a number from 0 to 2147483647"))?;
    let records = resource_records.map(|values| values.resource_record).unwrap_or_default();
    let values = records.into_iter().map(|record| record.value).collect();
    let set = RecordSet { ttl: Duration::from_secs(ttl), values };
    Ok(RecordChange { act, key: RecordKey::new(&unescape(&name), &r#type), set })
}

pub(super) fn write(reply: &Route53Reply) -> Vec<u8> {
    match reply {
        Route53Reply::Zones(page) => zones(page),
        Route53Reply::Zone(view) => Xml::document("GetHostedZoneResponse", NAMESPACE, |xml| {
            zone(xml, view);
            hosted_zone::delegation(xml, view);
        }),
        Route53Reply::ZoneCreated { view, change, insync } => hosted_zone::created(view, change, *insync),
        Route53Reply::ZoneDeleted { change, insync } => {
            Xml::document("DeleteHostedZoneResponse", NAMESPACE, |xml| change_info(xml, change, *insync))
        }
        Route53Reply::Records(page) => records(page),
        Route53Reply::Change { change, insync, submitted } => {
            let root = if *submitted { "ChangeResourceRecordSetsResponse" } else { "GetChangeResponse" };
            Xml::document(root, NAMESPACE, |xml| change_info(xml, change, *insync))
        }
    }
}

fn zones(page: &ZonePage) -> Vec<u8> {
    let root = match page.kind {
        ZonePageKind::ById { .. } => "ListHostedZonesResponse",
        ZonePageKind::ByName { .. } => "ListHostedZonesByNameResponse",
    };
    Xml::document(root, NAMESPACE, |xml| {
        xml.within("HostedZones", |xml| page.zones.iter().for_each(|view| zone(xml, view)));
        match &page.kind {
            ZonePageKind::ById { marker, next } => {
                xml.maybe("Marker", marker.as_ref());
                xml.leaf("IsTruncated", next.is_some());
                xml.maybe("NextMarker", next.as_ref());
            }
            ZonePageKind::ByName { name, zone, next } => {
                xml.maybe("DNSName", name.as_ref());
                xml.maybe("HostedZoneId", zone.as_ref());
                xml.leaf("IsTruncated", next.is_some());
                xml.maybe("NextDNSName", next.as_ref().map(|(name, _)| dotted(name)));
                xml.maybe("NextHostedZoneId", next.as_ref().map(|(_, id)| id));
            }
        }
        xml.leaf("MaxItems", page.size);
    })
}

/// Where to find what was created.
pub(super) fn location(reply: &Route53Reply) -> Option<String> {
    match reply {
        Route53Reply::ZoneCreated { view, .. } => {
            Some(format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{}", view.id))
        }
        _ => None,
    }
}

pub(super) fn zone(xml: &mut Xml, view: &ZoneView) {
    xml.within("HostedZone", |xml| {
        xml.leaf("Id", format!("/hostedzone/{}", view.id));
        xml.leaf("Name", dotted(&view.name));
        xml.leaf("CallerReference", &view.caller_reference);
        xml.within("Config", |xml| xml.leaf("PrivateZone", view.private));
        xml.leaf("ResourceRecordSetCount", view.count);
    });
}

fn records(page: &RecordPage) -> Vec<u8> {
    Xml::document("ListResourceRecordSetsResponse", NAMESPACE, |xml| {
        xml.within("ResourceRecordSets", |xml| {
            for (key, set) in &page.records {
                xml.within("ResourceRecordSet", |xml| record(xml, key, set));
            }
        });
        xml.leaf("IsTruncated", page.next.is_some());
        if let Some(next) = &page.next {
            xml.leaf("NextRecordName", dotted(&next.name));
            xml.leaf("NextRecordType", &next.kind);
        }
        xml.leaf("MaxItems", page.size);
    })
}

fn record(xml: &mut Xml, key: &RecordKey, set: &RecordSet) {
    xml.leaf("Name", dotted(&key.name));
    xml.leaf("Type", &key.kind);
    xml.leaf("TTL", set.ttl.as_secs());
    xml.within("ResourceRecords", |xml| {
        for value in &set.values {
            xml.within("ResourceRecord", |xml| xml.leaf("Value", value));
        }
    });
}

pub(super) fn change_info(xml: &mut Xml, change: &Change, insync: bool) {
    xml.within("ChangeInfo", |xml| {
        xml.leaf("Id", format!("/change/{}", change.id));
        xml.leaf("Status", if insync { "INSYNC" } else { "PENDING" });
        xml.time("SubmittedAt", Some(change.submitted));
        xml.maybe("Comment", change.comment.as_ref());
    });
}

/// Route 53 writes an asterisk as an octal escape.
fn dotted(name: &str) -> String {
    format!("{}.", name.replace('*', "\\052"))
}

fn unescape(name: &str) -> String {
    name.replace("\\052", "*")
}
