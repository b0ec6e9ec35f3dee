//! The lab through plain bytes, as a server on a port will carry them.

use super::*;
use crate::lab::wire::{OPERATIONS, WireRequest, WireResponse};
use proptest::prelude::*;

fn signed(service: &str, method: &str, path: &str, body: &[u8]) -> WireRequest {
    let credential = format!("{ACCOUNT}/20261123/us-east-2/{service}/aws4_request");
    WireRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: String::new(),
        authorization: Some(format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        )),
        body: body.to_vec(),
    }
}

async fn answer(request: WireRequest) -> (u16, String, WireResponse) {
    let answer = calm().lab.answer(request).await.expect("an answer");
    (answer.status, String::from_utf8(answer.body.clone()).expect("text"), answer)
}

#[tokio::test(start_paused = true)]
async fn the_region_comes_from_the_signature_and_the_date_from_the_clock() {
    let body = b"Action=DescribeDBInstances&Version=2014-10-31";
    let (status, text, response) = answer(signed("rds", "POST", "/", body)).await;
    assert_eq!(status, 200);
    assert!(text.contains("<DBInstanceIdentifier>orders-prod</DBInstanceIdentifier>"), "{text}");
    let date = response.headers.iter().find(|(name, _)| *name == "date").map(|(_, value)| value.as_str());
    assert_eq!(date, Some("Mon, 23 Nov 2026 09:00:00 GMT"));
}

#[tokio::test(start_paused = true)]
async fn an_unsigned_request_is_refused() {
    let mut request = signed("rds", "POST", "/", b"Action=DescribeDBInstances");
    for authorization in [None, Some("Bearer x".to_owned()), Some("Credential=a/b".to_owned())] {
        request.authorization = authorization;
        let (status, text, _) = answer(request.clone()).await;
        assert!(status == 403 && text.contains("<Code>MissingAuthenticationToken</Code>"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_cannot_be_read_is_an_error_of_the_service() {
    let change = "/2013-04-01/hostedzone/Z0EXAMPLE/rrset";
    let endless = b"<C><ChangeBatch><Changes><Change><Action>CREATE</Action><ResourceRecordSet>\
        <Name>a.example.com</Name><Type>A</Type><TTL>18446744073709551615</TTL></ResourceRecordSet></Change>\
        </Changes></ChangeBatch></C>";
    for request in [
        signed("rds", "POST", "/", b""),
        signed("rds", "POST", "/", b"\xff\xfe=%%&&&Action=Nothing"),
        signed("rds", "POST", "/", b"Action=RestoreDBInstanceToPointInTime"),
        signed("rds", "POST", "/", b"Action=DeleteDBInstance&DBInstanceIdentifier=a&SkipFinalSnapshot=perhaps"),
        signed(
            "rds",
            "POST",
            "/",
            b"Action=RestoreDBInstanceToPointInTime&TargetDBInstanceIdentifier=a&UseLatestRestorableTime=true\
              &SourceDBInstanceIdentifier=orders-prod&BackupRetentionPeriod=4000000000",
        ),
        signed("sts", "POST", "/", b"Action=AssumeRole"),
        signed("ec2", "POST", "/", b"Action=DescribeInstances"),
        signed("route53", "GET", "/", b""),
        signed("route53", "DELETE", "/2013-04-01/hostedzone/Z0EXAMPLE", b""),
        signed("route53", "POST", "/2013-04-01/hostedzone", b"<C><Name>example.org</Name></C>"),
        signed("route53", "POST", "/2013-04-01/hostedzone", b"\xff\xfe"),
        signed("rds", "POST", "/", b"Action=CreateDBInstance&DBInstanceIdentifier=a"),
        signed("route53", "POST", change, b"\xff\xfe"),
        signed("route53", "POST", change, b"<a><b></a>"),
        signed("route53", "POST", change, b"<C><ChangeBatch><Changes/></ChangeBatch></C>"),
        signed("route53", "POST", change, endless),
    ] {
        let (status, text, _) = answer(request.clone()).await;
        assert!((400..500).contains(&status), "{request:?}: {status}");
        assert!(text.contains("<Code>") && text.contains("<RequestId>"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_xml_cannot_hold_does_not_spoil_the_answer() {
    let (_, text, _) = answer(signed("rds", "POST", "/", b"Action=%00%08%1f%3C%26&Version=1")).await;
    assert!(!text.contains(['\0', '\u{8}', '\u{1F}']) && text.contains("&lt;&amp;"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn invented_operations_are_counted_under_one_name() {
    let lab = calm().lab;
    for action in ["A", "B", "C"] {
        let request = signed("rds", "POST", "/", format!("Action={action}").as_bytes());
        lab.answer(request).await.expect("an answer");
    }
    assert_eq!(lab.calls(), [("rds:Unknown".to_owned(), 3)].into());
}

/// A signature's header, whole, damaged, or something else.
fn authorization() -> impl Strategy<Value = Option<String>> {
    let scope = "[0-9A-Z]{0,20}/?[0-9]{0,8}/(us-east-2|us-west-2|\\PC{0,12})/(rds|route53|sts|\\PC{0,8})";
    prop_oneof![
        Just(None),
        "\\PC{0,60}".prop_map(Some),
        scope
            .prop_map(|scope| Some(format!("AWS4-HMAC-SHA256 Credential={scope}/aws4_request, Signature=0"))),
    ]
}

/// Bodies that come close to what is asked, and others.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let field = "(DBInstanceIdentifier|Engine|DBInstanceClass|AllocatedStorage|BackupRetentionPeriod|MaxRecords\
        |Marker|RestoreTime|UseLatestRestorableTime|SourceDBInstanceIdentifier|TargetDBInstanceIdentifier\
        |Filters\\.Filter\\.[0-9]{1,12}\\.Name|Tags\\.Tag\\.1\\.Key|SourceDBInstanceArn|Port)\
        =(orders-prod|copy|postgres|true|[0-9]{1,20}|[+-]?[0-9]{1,7}-01-01T00:00:00Z|\\PC{0,9})";
    let fields = prop::collection::vec(field, 0..8).prop_map(|fields| fields.join("&"));
    let actions = prop::sample::select(OPERATIONS.to_vec());
    let form = (actions, fields).prop_map(|(operation, fields)| {
        let action = operation.split(':').nth(1).unwrap_or_default();
        format!("Action={action}&{fields}").into_bytes()
    });
    let tag = "</?(C|ChangeBatch|Changes|Change|Action|ResourceRecordSet|Name|TTL|CallerReference)>|CREATE|[0-9]{1,20}";
    let xml = prop::collection::vec(tag, 0..40).prop_map(|tags| tags.concat().into_bytes());
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), form, xml]
}

proptest! {
    #[test]
    fn whatever_is_asked_the_answer_is_xml(
        (authorization, body) in (authorization(), body()),
        method in "(GET|POST|DELETE|HEAD|\\PC{0,5})",
        path in "(/|/2013-04-01/(hostedzone|hostedzonesbyname|change)(/(Z0EXAMPLE|\\PC{0,6})){0,2}(/rrset)?|\\PC{0,20})",
        query in "((Action|maxitems|name|type|X-Amz-Credential)=[ -~]{0,30}&?){0,3}",
    ) {
        let request = WireRequest { method, path, query, authorization, body };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let answer = runtime.expect("a runtime").block_on(async { calm().lab.answer(request).await });
        let answer = answer.expect("nothing is down");
        let text = String::from_utf8(answer.body).expect("text");
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().expect("XML") != quick_xml::events::Event::Eof {}
    }
}
