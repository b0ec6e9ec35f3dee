//! AWS STS on the wire.

use super::xml::Xml;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) fn caller_identity(account: &str, request_id: &str) -> Vec<u8> {
    Xml::document("GetCallerIdentityResponse", NAMESPACE, |xml| {
        xml.within("GetCallerIdentityResult", |xml| {
            xml.leaf("Arn", format!("arn:aws:iam::{account}:user/rehearsal"));
            xml.leaf("UserId", "AIDALIFEBOATREHEARSAL");
            xml.leaf("Account", account);
        });
        xml.within("ResponseMetadata", |xml| xml.leaf("RequestId", request_id));
    })
}
