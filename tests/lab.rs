//! `lifeboat lab`: a world on a port, for Lifeboat itself and for clients that know nothing of it.

use crate::lifeboat::{Place, Ran, entries, steps_and_kinds};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const RUNBOOK: &str = "runbooks/one-database.yaml";
const SCENARIO: &str = "scenarios/one-database.yaml";
const OUTAGE: &str = "scenarios/region-outage.yaml";

/// A lab on a port of its own. It ends with the test, and with the test's thread if need be.
struct Served {
    server: Child,
    /// What it says of itself.
    line: Value,
    place: Place,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let place = Place::new();
        let mut server = served(&place)
            .args(["--json", "--speed", "600"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the lab starts");
        let mut line = String::new();
        BufReader::new(server.stdout.as_mut().expect("its output")).read_line(&mut line).expect("a line");
        let Ok(parsed) = serde_json::from_str(&line) else {
            panic!("no JSON: {line} {:?}", Ran::of(server.wait_with_output().expect("it ends")).stderr);
        };
        Self { server, line: parsed, place }
    }

    fn port(&self) -> u16 {
        self.line["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port")
    }

    fn url(&self) -> &str {
        self.line["url"].as_str().expect("a URL")
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port())).expect("the lab listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream
    }

    /// Sends a request as it is, and reads until the lab closes.
    fn send(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn rds(&self, region: &str, parameters: &str) -> String {
        self.send(&request("rds", region, "GET", &format!("/?{parameters}&Version=2014-10-31")))
    }

    fn instances(&self) -> Vec<String> {
        let answer = self.rds("us-west-2", "Action=DescribeDBInstances");
        let names = answer.split("<DBInstanceIdentifier>").skip(1);
        names.map(|rest| rest.split('<').next().expect("a name").to_owned()).collect()
    }

    fn records(&self) -> String {
        let zones = self.send(&request("route53", "us-east-1", "GET", "/2013-04-01/hostedzone"));
        let id = zones.split("<Id>").nth(1).and_then(|rest| rest.split('<').next()).expect("a zone");
        let path = format!("/2013-04-01{id}/rrset");
        let answer = self.send(&request("route53", "us-east-1", "GET", &path));
        answer.split("<ResourceRecordSets>").nth(1).expect("record sets").to_owned()
    }

    /// boto3, with what the lab prints for a shell.
    fn boto3(&self, check: &str) {
        let account = self.line["account"].as_str().expect("an account");
        let mut command = self.place.wrapped(&python());
        command
            .args(["tests/lab.py", check])
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_ACCESS_KEY_ID", account)
            .env("AWS_SECRET_ACCESS_KEY", "rehearsal")
            .env("AWS_DEFAULT_REGION", self.line["region"].as_str().expect("a Region"));
        Ran::of(command.output().expect("python starts")).expect(0);
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let fixed = ["run", RUNBOOK, "--endpoint-url", self.url(), "--run-id", "night", "--yes"];
        self.place.run(&[&fixed, arguments].concat())
    }

    fn signal(&self, signal: &str) {
        let id = self.server.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill runs").success());
    }

    /// Waits for its end.
    fn end(mut self) -> i32 {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.server.try_wait().expect("a child") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < deadline, "the lab does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// `lifeboat lab`, which the system kills should the test die without a word.
fn served(place: &Place) -> Command {
    let mut command = place.wrapped("setpriv");
    command.args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_lifeboat"), "lab"]);
    command
}

/// `tests/run` installs boto3 and says where it is.
fn python() -> String {
    std::env::var("LIFEBOAT_TEST_PYTHON").expect("LIFEBOAT_TEST_PYTHON: start the tests by tests/run")
}

fn request(service: &str, region: &str, method: &str, path: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=111122223333/20260101/{region}/{service}/aws4_request, \
         SignedHeaders=host, Signature=x\r\n\r\n"
    )
}

/// The addresses on which somebody listens on `port`, as the kernel writes them.
fn listening(port: u16) -> Vec<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|file| fs::read_to_string(file).unwrap_or_default());
    let local = tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, _, state) = (fields.next()?, fields.next()?, fields.next()?);
        (state == "0A").then(|| local.split_once(':'))?
    });
    let hex = format!("{port:04X}");
    local.filter(|(_, own)| *own == hex).map(|(address, _)| address.to_owned()).collect()
}

#[test]
fn a_drill_against_a_served_lab_does_what_it_does_in_process_and_leaves_nothing() {
    let served = Served::start(&["--scenario", SCENARIO]);
    let (instances, records) = (served.instances(), served.records());
    assert_eq!(instances, ["orders-prod"]);
    served.run(&[]).expect(0);
    assert_eq!((served.instances(), served.records()), (instances, records));
    served.place.run(&["verify", "night"]).expect(0);
    let within = Place::new();
    within.run(&["rehearse", SCENARIO, "--run-id", "night"]).expect(0);
    let sequence = steps_and_kinds(&served.place.journal("night"));
    assert!(sequence.len() > 20, "{sequence:?}");
    assert_eq!(sequence, steps_and_kinds(&within.journal("night")));
}

#[test]
fn a_killed_run_does_not_take_its_world_with_it() {
    let served = Served::start(&["--scenario", SCENARIO]);
    let mut run = served.place.command();
    let run = run.args(["run", RUNBOOK, "--endpoint-url", served.url(), "--run-id", "night", "--yes"]);
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let deadline = Instant::now() + Duration::from_mins(1);
    while served.instances().len() < 2 {
        assert!(Instant::now() < deadline, "nothing is restored");
        std::thread::sleep(Duration::from_millis(50));
    }
    run.kill().expect("killed");
    run.wait().expect("dead");
    assert_eq!(served.instances(), ["lb-night-copy", "orders-prod"]);
    assert!(!entries(&served.place.journal("night")).is_empty());
}

#[test]
fn an_empty_lab_is_filled_by_hand_and_then_drilled() {
    let served = Served::start(&[]);
    assert_eq!(served.line["t0"], Value::Null);
    assert_eq!(served.line["instances"], serde_json::json!({}));
    served.boto3("seed");
    served.run(&[]).expect(0);
    assert_eq!(served.instances(), ["orders-prod"]);
}

#[test]
fn boto3_makes_describes_tags_and_deletes_instances() {
    Served::start(&[]).boto3("instances");
}

#[test]
fn boto3_pages_through_instances_zones_and_records() {
    Served::start(&[]).boto3("pages");
}

#[test]
fn boto3_restores_inside_the_window_and_not_outside() {
    Served::start(&["--scenario", SCENARIO]).boto3("restores");
}

#[test]
fn boto3_changes_records_whole_or_not_at_all() {
    Served::start(&[]).boto3("changes");
}

#[test]
fn boto3_recovers_from_a_region_that_is_dark() {
    Served::start(&["--scenario", OUTAGE]).boto3("outage");
}

#[test]
fn the_scenario_is_moved_to_now_and_its_disaster_has_struck() {
    let before = chrono::Utc::now();
    let served = Served::start(&["--scenario", OUTAGE]);
    let t0 = served.line["t0"].as_str().and_then(|t0| t0.parse::<chrono::DateTime<chrono::Utc>>().ok());
    // Declared two minutes after it struck, which is now.
    let declared = t0.expect("T0") + chrono::TimeDelta::minutes(2);
    assert!((declared - before).abs() < chrono::TimeDelta::seconds(5), "{declared} {before}");
    assert_eq!(served.line["region"], "us-west-2");
    assert_eq!(served.line["regions_down"], serde_json::json!(["us-east-2"]));
    assert_eq!(served.rds("us-east-2", "Action=DescribeDBInstances"), "", "the Region is down");
    let elsewhere = served.rds("us-west-2", "Action=DescribeDBInstanceAutomatedBackups");
    assert!(elsewhere.contains("<Status>replicating</Status>"), "{elsewhere}");
}

#[test]
fn what_is_printed_for_a_shell_is_what_a_client_needs() {
    let place = Place::new();
    let mut server = served(&place);
    let mut server = server
        .args(["--account", "444455556666"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut exports = String::new();
    for line in BufReader::new(server.stdout.take().expect("its output")).lines() {
        let line = line.expect("a line");
        if line.starts_with("Ctrl-C") {
            break;
        }
        exports.extend(line.trim().strip_prefix("export ").map(|export| format!("export {export}\n")));
    }
    let script = format!("{exports}exec '{}' tests/lab.py identity", python());
    let ran = Ran::of(place.wrapped("bash").args(["-c", &script]).output().expect("bash"));
    let _ = (server.kill(), server.wait());
    ran.expect(0);
}

#[test]
fn it_listens_on_loopback_only_unless_asked_otherwise() {
    let served = Served::start(&[]);
    assert_eq!(listening(served.port()), ["0100007F"]);
    let mut open = Served::start(&["--bind", "0.0.0.0"]);
    assert_eq!(listening(open.port()), ["00000000"]);
    assert_eq!(open.url(), format!("http://127.0.0.1:{}", open.port()));
    open.signal("-TERM");
    let mut warning = String::new();
    open.server.stderr.take().expect("stderr").read_to_string(&mut warning).expect("text");
    assert!(warning.starts_with("Warning: "), "{warning}");
}

#[test]
fn ctrl_c_and_sigterm_end_it_well_though_clients_are_connected() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let served = Served::start(&[]);
        let (port, _idle) = (served.port(), served.connect());
        served.signal(signal);
        assert_eq!(served.end(), 0, "{signal}");
        assert!(listening(port).is_empty());
    }
}

#[test]
fn neither_half_requests_nor_slow_answers_keep_others_waiting() {
    let served = Served::start(&["--scenario", OUTAGE]);
    let halves: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut half = served.connect();
            half.write_all(b"POST / HTTP/1.1\r\nContent-Length: 1000\r\nAuthor").expect("sent");
            half
        })
        .collect();
    let mut slow = served.connect();
    slow.write_all(request("rds", "us-east-2", "GET", "/?Action=DescribeDBInstances").as_bytes())
        .expect("sent");
    let begun = Instant::now();
    assert!(served.rds("us-west-2", "Action=DescribeDBInstances").starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() < Duration::from_secs(2), "it waited {:?}", begun.elapsed());
    drop(halves);
}

#[test]
fn whatever_arrives_the_lab_goes_on() {
    let served = Served::start(&[]);
    for bytes in [&b"\x00\xff\x16\x03\x01"[..], b"GET", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[b'A'; 10_000]]
    {
        let mut stream = served.connect();
        let _ = stream.write_all(bytes);
        drop(stream);
    }
    for (method, path) in [("HEAD", "/"), ("OPTIONS", "*"), ("CONNECT", "lab:80"), ("DELETE", "/x/y")] {
        let answer = served.send(&request("rds", "us-west-2", method, path));
        assert!(answer.starts_with("HTTP/1.1 4"), "{method} {path}: {answer}");
    }
    assert!(served.instances().is_empty());
    assert_eq!((served.signal("-TERM"), served.end()).1, 0);
}

#[test]
fn what_cannot_be_served_is_said_with_a_hint() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let broken = place.file("broken.yaml", "scenario: broken\nrunbook: x.yaml\nworld: { now: never }\n");
    let broken = broken.to_str().expect("UTF-8");
    for (arguments, said) in [
        (&["--port", &port][..], "hint: choose another --port"),
        (&["--account", "12"], "hint: --account wants"),
        (&["--scenario", "nowhere.yaml"], "hint: name a file"),
        (&["--scenario", broken], "help: "),
        (&["--scenario", SCENARIO, "--account", "444455556666"], "cannot be used with"),
        (&["--speed", "0"], "--speed"),
        (&["--bind", "everywhere"], "--bind"),
    ] {
        let ran = place.run(&[&["lab"], arguments].concat()).expect(2);
        assert!(ran.stderr.contains("error") && ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    }
}
