//! The lab through plain bytes, as a server on a port will carry them.

use super::*;
use crate::lab::wire::{WireRequest, WireResponse};

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
