//! A record set as it stands in a zone, and as a batch of changes names it.

use super::zone::Zone;
use crate::base::{Action, Failure, FailureKind, Period, Resource};
use crate::event::RecordSet;
use crate::step::Context;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{ResourceRecord, ResourceRecordSet, RrType};
use std::time::Duration;

pub(super) const LIST_RECORDS: Action = Action::observe("route53", "ListResourceRecordSets");

/// A domain name as it is compared: without the final dot, in lower case, an asterisk unescaped.
pub(super) fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase().replace("\\052", "*")
}

/// Whether both are spellings of one domain name: capitals, the final dot and octal escapes aside.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    normal(&unescaped(one)) == normal(&unescaped(other))
}

/// Every `\ooo` as the character that it stands for.
fn unescaped(name: &str) -> String {
    let mut parts = name.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let (Some(code), Some(rest)) = (code, part.get(3..)) {
            text.push(char::from(code));
            text.push_str(rest);
        } else {
            text.push('\\');
            text.push_str(part);
        }
    }
    text
}

/// Whether both say the same, whatever the dots and capitals of their names.
pub(super) fn same(one: &RecordSet, other: &RecordSet) -> bool {
    let values = |set: &RecordSet| {
        let mut values: Vec<String> = set.values.iter().map(|value| normal(value)).collect();
        values.sort();
        values
    };
    normal(&one.name) == normal(&other.name)
        && one.kind == other.kind
        && one.ttl == other.ttl
        && values(one) == values(other)
}

/// The same, where either may be absent.
pub(super) fn same_state(one: Option<&RecordSet>, other: Option<&RecordSet>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// A record set in a few words.
pub(super) fn shown(set: Option<&RecordSet>) -> String {
    set.map_or_else(|| "absent".to_owned(), |set| format!("`{}` (TTL {})", set.values.join(", "), set.ttl))
}

/// The record set's name as resources spell it.
pub(super) fn resource(zone: &Zone, set: &RecordSet) -> Resource {
    Resource::route53_record(&zone.id, &normal(&set.name), &set.kind)
}

/// The record set of exactly that name and type, if there is one.
pub(super) async fn read(
    cx: &Context,
    zone: &Zone,
    name: &str,
    kind: &str,
) -> Result<Option<RecordSet>, Failure> {
    let route53 = cx.world.aws.route53(&cx.place().id);
    let kind = RrType::from(kind);
    let answer = cx
        .caller()
        .call(Context::global(LIST_RECORDS, None), || {
            route53
                .list_resource_record_sets()
                .hosted_zone_id(&zone.id)
                .start_record_name(name)
                .start_record_type(kind.clone())
                .max_items(1)
                .send()
        })
        .await?;
    // The list starts at a name, it does not match it.
    let found = answer
        .resource_record_sets()
        .first()
        .filter(|found| normal(found.name()) == normal(name) && *found.r#type() == kind);
    found.map(simple).transpose()
}

fn simple(found: &ResourceRecordSet) -> Result<RecordSet, Failure> {
    let name = normal(found.name());
    let ttl = found.ttl().and_then(|ttl| u64::try_from(ttl).ok());
    if let (None, None, None, Some(ttl)) =
        (found.set_identifier(), found.alias_target(), found.health_check_id(), ttl)
    {
        return Ok(RecordSet {
            name,
            kind: found.r#type().as_str().to_owned(),
            ttl: Period::new(Duration::from_secs(ttl)),
            values: found.resource_records().iter().map(|record| record.value().to_owned()).collect(),
        });
    }
    let message = format!(
        "`{name}` ({}) is an alias, has a routing policy or a health check: only simple records are supported",
        found.r#type().as_str()
    );
    Err(Failure::new(FailureKind::Unsupported, message))
}

/// The record set as a change names it: a DELETE must repeat it exactly.
pub(super) fn written(set: &RecordSet) -> Result<ResourceRecordSet, BuildError> {
    let ttl = i64::try_from(set.ttl.get().as_secs()).unwrap_or(i64::MAX);
    set.values
        .iter()
        .map(|value| ResourceRecord::builder().value(value).build())
        .try_fold(
            ResourceRecordSet::builder().name(&set.name).r#type(RrType::from(set.kind.as_str())).ttl(ttl),
            |set, record| Ok::<_, BuildError>(set.resource_records(record?)),
        )?
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, ttl: u64, value: &str) -> RecordSet {
        RecordSet {
            name: name.to_owned(),
            kind: "CNAME".to_owned(),
            ttl: Period::new(Duration::from_secs(ttl)),
            values: vec![value.to_owned()],
        }
    }

    #[test]
    fn dots_and_capitals_make_no_difference_and_a_ttl_does() {
        let one = set("db.example.com", 60, "a.example.net");
        assert!(same(&one, &set("DB.example.com.", 60, "A.example.net.")));
        assert!(!same(&one, &set("db.example.com", 61, "a.example.net")));
        assert!(!same(&one, &set("db.example.com", 60, "b.example.net")));
        assert!(!same_state(Some(&one), None));
    }

    #[test]
    fn a_name_is_the_same_however_it_is_spelled() {
        for other in ["DB.example.com.", "\\144b.example.com", "d\\142.EXAMPLE.com"] {
            assert!(same_name("db.example.com", other), "{other}");
        }
        assert!(same_name("*.example.com", "\\052.example.com."));
        for other in ["db2.example.com", "\\14", "db.example.com\\", "\\999b.example.com"] {
            assert!(!same_name("db.example.com", other), "{other}");
        }
    }

    #[test]
    fn a_weighted_record_is_refused() {
        let weighted = ResourceRecordSet::builder()
            .name("db.example.com.")
            .r#type(RrType::Cname)
            .set_identifier("blue")
            .ttl(60)
            .build()
            .expect("complete");
        let refused = simple(&weighted).expect_err("not simple");
        assert!(refused.message.contains("only simple records"), "{refused}");
    }
}
