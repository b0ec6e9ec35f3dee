//! The query protocol's parameters: `Tags.Tag.1.Key=run`.

use crate::base::Instant;
use crate::lab::aws::error::ServiceError;
use std::{collections::BTreeMap, str::FromStr};

/// The fields of a form.
#[derive(Debug, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The fields of a request: those in its URL, and those in its body, which count where both have one.
    pub(super) fn of(query: &str, body: &[u8]) -> Self {
        let mut form = Self::read(query.as_bytes());
        form.0.extend(Self::read(body).0);
        form
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|text| !text.is_empty()).cloned()
    }

    pub(super) fn needed(&self, name: &str) -> Result<String, ServiceError> {
        self.text(name).ok_or_else(|| {
            ServiceError::bad_request(
                "MissingParameter",
                format!("The request must contain the parameter {name}."),
            )
        })
    }

    /// A value of any type that is read from text.
    pub(super) fn value<T: FromStr>(&self, name: &str) -> Result<Option<T>, ServiceError> {
        self.text(name).map(|text| text.parse().map_err(|_| malformed(name, &text))).transpose()
    }

    pub(super) fn time(&self, name: &str) -> Result<Option<Instant>, ServiceError> {
        let read = |text: String| {
            chrono::DateTime::parse_from_rfc3339(&text)
                .map(|time| time.to_utc())
                .map_err(|_| malformed(name, &text))
        };
        self.text(name).map(read).transpose()
    }

    /// The entries of a list, each with its own fields: `name.<anything>.<n>` and what follows.
    pub(super) fn list(&self, name: &str) -> Vec<Self> {
        let mut entries: BTreeMap<u32, Self> = BTreeMap::new();
        for (key, value) in &self.0 {
            let Some(rest) = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) else { continue };
            let Some((_, rest)) = rest.split_once('.') else { continue };
            let (number, field) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(number) = number.parse() {
                entries.entry(number).or_default().0.insert(field.to_owned(), value.clone());
            }
        }
        entries.into_values().collect()
    }

    /// The entries of a list of texts.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(|entry| entry.text("")).collect()
    }

    /// Tags, or `None` when the list is not there at all.
    pub(super) fn tags(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let entries = self.list(name);
        let tag = |entry: &Self| entry.text("Key").map(|key| (key, entry.text("Value").unwrap_or_default()));
        (!entries.is_empty()).then(|| entries.iter().filter_map(tag).collect())
    }
}

fn malformed(name: &str, text: &str) -> ServiceError {
    ServiceError::bad_request("InvalidParameterValue", format!("Invalid value for {name}: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_the_order_of_their_numbers() {
        let form = Form::read(b"L.member.10=c&L.member.2=b&L.member.1=a&Lx.member.1=d");
        assert_eq!(form.texts("L"), ["a", "b", "c"]);
    }

    #[test]
    fn fields_come_from_the_url_too_and_those_of_the_body_count() {
        let form = Form::of("Action=Get&Marker=a%2Fb", b"Action=Set");
        assert_eq!(form.text("Action").as_deref(), Some("Set"));
        assert_eq!(form.text("Marker").as_deref(), Some("a/b"));
    }

    #[test]
    fn no_tags_is_not_the_same_as_an_empty_value() {
        let form = Form::read(b"Tags.Tag.1.Key=run&Tags.Tag.1.Value=");
        assert_eq!(form.tags("Tags"), Some(BTreeMap::from([("run".to_owned(), String::new())])));
        assert_eq!(Form::default().tags("Tags"), None);
    }

    #[test]
    fn what_is_no_number_is_an_error_and_not_an_absence() {
        let form = Form::read(b"Port=many");
        assert!(form.value::<u16>("Port").is_err());
        assert!(matches!(form.value::<u16>("Other"), Ok(None)));
    }
}
