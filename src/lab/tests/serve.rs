//! The lab over HTTP, byte by byte. The connections are pipes, so that time stays virtual.

use super::*;
use crate::lab::serve::connection;
use proptest::prelude::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

fn head(method: &str, path: &str, more: &str) -> String {
    let credential = format!("{ACCOUNT}/20261123/us-east-2/rds/aws4_request");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: lab\r\n{more}\
         Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\r\n"
    )
}

fn post(body: &str) -> String {
    let length = format!("Content-Length: {}\r\n", body.len());
    format!("{}{body}", head("POST", "/", &length))
}

const DESCRIBE: &str = "Action=DescribeDBInstances&Version=2014-10-31";

/// Sends `bytes` and gives what comes back until the server closes, or falls silent for a while.
async fn exchange(lab: &Lab, bytes: &[u8]) -> String {
    let (mut client, server) = tokio::io::duplex(4 << 20);
    let talk = async {
        client.write_all(bytes).await.expect("room for all of it");
        heard(&mut client).await
    };
    tokio::select! {
        biased;
        answer = talk => answer,
        () = async { connection(lab.clone(), server).await; std::future::pending().await } => unreachable!(),
    }
}

async fn heard(client: &mut DuplexStream) -> String {
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), client.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

#[tokio::test(start_paused = true)]
async fn one_connection_takes_one_request_after_another() {
    let bench = calm();
    let answer = exchange(&bench.lab, format!("{}{}", post(DESCRIBE), post(DESCRIBE)).as_bytes()).await;
    assert_eq!(answers(&answer), 2, "{answer}");
    assert_eq!(answer.matches("<DBInstanceIdentifier>orders-prod<").count(), 2, "{answer}");
    assert_eq!(answer.matches("date: Mon, 23 Nov 2026 09:00:00 GMT").count(), 2, "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_request_may_stand_in_the_url_its_signature_too() {
    let bench = calm();
    let presigned = format!(
        "GET /?{DESCRIBE}&X-Amz-Credential={ACCOUNT}%2F20261123%2Fus-east-2%2Frds%2Faws4_request HTTP/1.1\r\n\
         Host: lab\r\n\r\n"
    );
    for request in [head("GET", &format!("/?{DESCRIBE}"), ""), presigned] {
        let answer = exchange(&bench.lab, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("orders-prod"), "{answer}");
    }
    let unsigned = format!("GET /?{DESCRIBE} HTTP/1.1\r\nHost: lab\r\n\r\n");
    assert!(exchange(&bench.lab, unsigned.as_bytes()).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_of_the_service_gets_the_services_own_error() {
    let bench = calm();
    for (method, path, status) in [("PUT", "/", "405"), ("GET", "/nowhere", "404"), ("GET", "/", "400")] {
        let answer = exchange(&bench.lab, head(method, path, "").as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(answer.contains("<Code>InvalidAction</Code>") && answer.contains("<RequestId>"), "{answer}");
    }
    let answer = exchange(&bench.lab, head("HEAD", "/", "").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 405") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_is_refused_whether_announced_or_not() {
    let bench = calm();
    let announced = head("POST", "/", "Content-Length: 1048577\r\n");
    let chunked = head("POST", "/", "Transfer-Encoding: chunked\r\n");
    let chunked = format!("{chunked}100001\r\n{}\r\n0\r\n\r\n", "a".repeat(0x10_0001));
    for request in [announced, chunked] {
        let answer = exchange(&bench.lab, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("RequestEntityTooLarge"), "{answer}");
    }
    // As much as is allowed is read.
    let most = post(&format!("{DESCRIBE}&x={}", "a".repeat((1 << 20) - DESCRIBE.len() - 3)));
    assert!(exchange(&bench.lab, most.as_bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_is_a_dropped_connection() {
    let faults = json!([{ "on": "rds:DescribeDBInstances", "lose-reply": true, "times": 1 }]);
    let bench = bench(world(), Value::Null, faults);
    assert_eq!(exchange(&bench.lab, post(DESCRIBE).as_bytes()).await, "");
    assert_eq!(bench.lab.calls()["rds:DescribeDBInstances"], 1);
    assert!(exchange(&bench.lab, post(DESCRIBE).as_bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn half_a_request_is_waited_for_but_not_for_ever() {
    let bench = calm();
    let whole = post(DESCRIBE);
    for half in ["", "POST / HT", &whole[..whole.len() - 5]] {
        let (mut client, server) = tokio::io::duplex(1 << 16);
        client.write_all(half.as_bytes()).await.expect("room");
        let begun = bench.clock.now();
        tokio::time::timeout(Duration::from_mins(5), connection(bench.lab.clone(), server))
            .await
            .expect("the server gives up");
        assert!(bench.clock.now() - begun >= seconds(30));
    }
    // One that arrives in pieces is answered.
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let pieces = async move {
        for piece in whole.as_bytes().chunks(40) {
            client.write_all(piece).await.expect("room");
            bench.clock.sleep(Duration::from_secs(1)).await;
        }
        heard(&mut client).await
    };
    let ((), answer) = tokio::join!(connection(bench.lab.clone(), server), pieces);
    assert!(answer.contains("orders-prod"), "{answer}");
}

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

proptest! {
    #[test]
    fn whatever_bytes_come_the_next_client_is_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        on_a_paused_clock(async {
            let bench = calm();
            exchange(&bench.lab, &bytes).await;
            let answer = exchange(&bench.lab, post(DESCRIBE).as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        });
    }

    #[test]
    fn a_request_with_bytes_changed_is_answered_or_dropped(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        on_a_paused_clock(async {
            let mut request = post(DESCRIBE).into_bytes();
            for (at, byte) in changes {
                let at = at.index(request.len());
                request[at] = byte;
            }
            let answer = exchange(&calm().lab, &request).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "{answer}");
        });
    }
}
