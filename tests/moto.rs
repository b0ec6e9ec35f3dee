//! The same runbook against moto, an emulator that knows nothing of Lifeboat.

use crate::interrupts::{is, wait_for};
use crate::lifeboat::{Place, Ran, steps_and_kinds};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A moto server on a port of its own, ended with the test.
pub(crate) struct Moto {
    server: Child,
    port: u16,
}

impl Moto {
    /// `tests/run` installs it and says where it is.
    pub(crate) fn start() -> Self {
        let program =
            std::env::var("LIFEBOAT_TEST_MOTO").expect("LIFEBOAT_TEST_MOTO: start the tests by tests/run");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let moto = Self { server, port };
        let deadline = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A call of moto by hand, so that its world is made and looked at without Lifeboat.
    fn call(&self, service: &str, region: &str, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("moto answers");
        let kind = match body.chars().next() {
            Some('<') => "text/xml",
            Some(_) => "application/x-www-form-urlencoded",
            None => "application/octet-stream",
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {service}.{region}.amazonaws.com\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=000000000000/20260101/{region}/{service}/aws4_request, \
             SignedHeaders=host, Signature=x\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
        answer
    }

    fn rds(&self, body: &str) -> String {
        self.call("rds", "us-west-2", "POST", "/", body)
    }

    /// One instance and one zone with one record.
    pub(crate) fn seed(&self) -> String {
        self.rds(
            "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=orders-prod&Engine=postgres\
             &DBInstanceClass=db.t3.micro&AllocatedStorage=20&BackupRetentionPeriod=7&MasterUsername=drill\
             &MasterUserPassword=rehearsal",
        );
        let zone = self.call(
            "route53",
            "us-east-1",
            "POST",
            "/2013-04-01/hostedzone",
            "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>example.com</Name>\
             <CallerReference>1</CallerReference></CreateHostedZoneRequest>",
        );
        let zone: String = zone
            .split("/hostedzone/")
            .nth(1)
            .expect("an id")
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        self.call(
            "route53",
            "us-east-1",
            "POST",
            &format!("/2013-04-01/hostedzone/{zone}/rrset"),
            "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>\
             <Changes><Change><Action>UPSERT</Action><ResourceRecordSet><Name>orders-db.example.com</Name>\
             <Type>CNAME</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>old.example.net</Value>\
             </ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>\
             </ChangeResourceRecordSetsRequest>",
        );
        zone
    }

    pub(crate) fn instances(&self) -> Vec<String> {
        let answer = self.rds("Action=DescribeDBInstances&Version=2014-10-31");
        let names = answer.split("<DBInstanceIdentifier>").skip(1);
        names.map(|rest| rest.split('<').next().expect("a name").to_owned()).collect()
    }

    pub(crate) fn records(&self, zone: &str) -> String {
        let answer =
            self.call("route53", "us-east-1", "GET", &format!("/2013-04-01/hostedzone/{zone}/rrset"), "");
        answer.split("<ResourceRecordSets>").nth(1).expect("record sets").to_owned()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

const RUNBOOK: &str = "runbooks/one-database.yaml";

#[test]
fn a_drill_against_moto_does_what_it_does_in_the_lab_and_leaves_nothing() {
    let moto = Moto::start();
    let zone = moto.seed();
    let (instances, records) = (moto.instances(), moto.records(&zone));
    let place = Place::new();
    let ran =
        place.run(&["run", RUNBOOK, "--endpoint-url", &moto.url(), "--run-id", "night", "--yes"]).expect(0);
    assert!(ran.stdout.lines().next().expect("a line").contains("certifies nothing"), "{}", ran.stdout);
    assert_eq!(moto.instances(), instances);
    assert_eq!(moto.records(&zone), records);
    place.run(&["verify", "night"]).expect(0);
    let lab = Place::new();
    lab.run(&["rehearse", "scenarios/one-database.yaml", "--run-id", "night"]).expect(0);
    let sequence = steps_and_kinds(&place.journal("night"));
    assert!(sequence.len() > 20, "{sequence:?}");
    assert_eq!(sequence, steps_and_kinds(&lab.journal("night")));
}

#[test]
fn an_endpoint_that_does_not_know_an_operation_is_said_so() {
    let moto = Moto::start();
    let place = Place::new();
    // moto's own pages stand where a service would: it answers in HTML, as it does to unknown operations.
    let pages = format!("{}/moto-api/rds", moto.url());
    let mut command = place.command();
    command.env("AWS_ENDPOINT_URL", moto.url()).env("AWS_ENDPOINT_URL_RDS", pages);
    let ran = Ran::of(command.args(["run", RUNBOOK, "--yes"]).output().expect("it runs")).expect(1);
    assert!(
        ran.stdout.contains("rds:DescribeDBInstances: this endpoint does not support it"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_source_that_is_not_there_fails_the_drill_and_touches_nothing() {
    let moto = Moto::start();
    let place = Place::new();
    let ran = place.run(&["run", RUNBOOK, "--endpoint-url", &moto.url(), "--yes"]).expect(1);
    assert!(ran.stdout.contains("orders-prod"), "{}", ran.stdout);
    assert!(moto.instances().is_empty());
}

#[test]
fn a_run_waits_for_its_approval_and_takes_it_from_another_terminal() {
    let moto = Moto::start();
    let url = moto.url();
    for (answer, code) in [(&["--comment", "go on"][..], 0), (&["--reject", "--comment", "not today"], 4)] {
        let place = Place::new();
        let runbook = place.file(
            "runbook.yaml",
            "runbook: ask\nsteps:\n  - { id: ask, uses: human.approve, with: { question: Shall it be? } }\n\
             \x20 - { id: after, uses: wait.for, needs: [ask], with: { duration: 1ms } }\n",
        );
        let run =
            ["run", runbook.to_str().expect("UTF-8"), "--endpoint-url", &url, "--run-id", "night", "--yes"];
        let child =
            place.command().args(run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        wait_for(&place.journal("night"), "the question", is("approval-asked", "ask"));
        // --yes has not answered it, and an answer to another step is none.
        place.run(&["approve", "night", "after"]).expect(2);
        let mut approve = vec!["approve", "night", "ask", "--by", "ada"];
        approve.extend(answer);
        place.run(&approve).expect(0);
        let ran = Ran::of(child.wait_with_output().expect("it ends")).expect(code);
        assert!(ran.stdout.contains("ada"), "{}", ran.stdout);
        let journal = fs::read_to_string(place.journal("night")).expect("a journal");
        assert!(journal.contains("\"actor\":\"person:ada\""), "{journal}");
    }
}
