//! Tags of instances.

use super::{Asker, error::ServiceError, rds::RdsReply};
use crate::lab::state::State;
use std::collections::BTreeMap;

impl State {
    pub(super) fn list_tags(&self, asker: &Asker, arn: &str) -> Result<RdsReply, ServiceError> {
        let index = self.by_arn(asker, arn)?;
        Ok(RdsReply::Tags(self.instances[index].tags.clone()))
    }

    pub(super) fn add_tags(
        &mut self,
        asker: &Asker,
        arn: &str,
        tags: BTreeMap<String, String>,
    ) -> Result<RdsReply, ServiceError> {
        check(&tags)?;
        let index = self.by_arn(asker, arn)?;
        self.instances[index].tags.extend(tags);
        Ok(RdsReply::TagsAdded)
    }

    fn by_arn(&self, asker: &Asker, arn: &str) -> Result<usize, ServiceError> {
        if !arn.starts_with("arn:aws:rds:") {
            let message = format!("Invalid resource name: {arn}");
            return Err(ServiceError::bad_request("InvalidParameterValue", message));
        }
        self.instance(asker, arn).ok_or_else(|| super::rds::no_instance(arn))
    }
}

/// `aws:` is not for callers to give.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    match tags.keys().find(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        Some(key) => Err(ServiceError::bad_request(
            "InvalidParameterValue",
            format!("Tag key {key} is reserved: caller tags must not start with aws:"),
        )),
        None => Ok(()),
    }
}
