//! `lifeboat lab`: the lab on a port, for any AWS client, until it is told to stop.

use super::{
    check::{read_file, show_findings},
    complaint::Complaint,
    engine::{interrupts, runtime},
    screen::Screen,
};
use crate::base::{Clock, Instant, Mode, Seed, rfc3339};
use crate::lab::{Disaster, Lab, LabSnapshot, Listener, ServeError, Speed, WorldDescription};
use crate::scenario::{self, Scenario};
use camino::Utf8PathBuf;
use chrono::SubsecRound;
use clap::Args;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a Region is called where nothing is yet.
const USUAL_REGION: &str = "us-east-1";

/// Serve the lab over HTTP, in real time, to any AWS client
#[derive(Debug, Args)]
pub(super) struct LabCommand {
    /// The port to listen on; a free one if 0 or absent
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// The world to serve, after its disaster; an empty one if absent
    #[arg(long, value_name = "FILE")]
    scenario: Option<Utf8PathBuf>,
    /// The account of the empty world
    #[arg(long, value_name = "DIGITS", default_value = "111122223333", conflicts_with = "scenario")]
    account: String,
    /// Let restores, backups, deletions and changes of zones take a so many times shorter time
    #[arg(long, value_name = "N", default_value_t)]
    speed: Speed,
    /// What chance is drawn from; the scenario's own, or 1, if absent
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The address to listen on; nobody there is asked who they are
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Print JSON, on one line
    #[arg(long)]
    json: bool,
}

/// A world, and what a person wants to know of it.
struct Served {
    lab: Lab,
    account: String,
    region: String,
    t0: Option<Instant>,
    /// The Regions that went dark at T0.
    regions_down: Vec<String>,
    /// The runbook that the scenario is about, and how it is run.
    runbook: Option<(Utf8PathBuf, Mode)>,
    speed: Speed,
}

impl LabCommand {
    pub(super) fn run(self, screen: Screen) -> Result<u8, Complaint> {
        runtime(false)?.block_on(async {
            let served = self.world(screen)?;
            let address = SocketAddr::new(self.bind, self.port);
            let listener = Listener::bind(address).await.map_err(|error| bind_complaint(&error))?;
            let (mut stop, listening) = interrupts(true)?;
            if !self.bind.is_loopback() {
                screen.tell(&format!(
                    "Warning: whoever reaches {} may do anything in this world.\n",
                    listener.address()
                ));
            }
            let url = format!("http://{}", reachable(listener.address()));
            screen.result(&if self.json { served.json(&url, &listener) } else { served.text(&url) });
            tokio::select! {
                () = listener.serve(&served.lab, async { stop.recv().await.unwrap_or_default() }) => Ok(0),
                () = listening => Err(Complaint::wrong("signals can no longer be received")),
            }
        })
    }

    fn world(&self, screen: Screen) -> Result<Served, Complaint> {
        let clock = Clock::system();
        // T2, to the second: people copy T0 from the screen.
        let now = clock.now().trunc_subsecs(0);
        let Some(file) = &self.scenario else {
            let mut world = WorldDescription::empty(now, &self.account);
            world.speed = self.speed;
            let lab = Lab::new(&world, None, &[], &[], clock, self.chance(None)).map_err(|mistakes| {
                let mistakes: Vec<String> = mistakes.into_iter().map(|mistake| mistake.message).collect();
                Complaint::wrong(format!("`{}`: {}", self.account, mistakes.join("; ")))
                    .hint("--account wants one such as 111122223333")
            })?;
            let (account, region) = (self.account.clone(), USUAL_REGION.to_owned());
            let (t0, regions_down, runbook) = (None, Vec::new(), None);
            return Ok(Served { lab, account, region, t0, regions_down, runbook, speed: self.speed });
        };
        let reading = scenario::read(&read_file(file)?, file.as_str());
        let Some(scenario) = reading.scenario else {
            return Err(show_findings(&reading.findings, &[reading.source], screen));
        };
        let mut scenario = scenario.declared_at(now);
        scenario.world.speed = self.speed;
        let lab = scenario
            .lab(clock, self.chance(scenario.seed))
            .map_err(|_| Complaint::wrong(format!("`{file}` describes no world")))?;
        let regions_down: Vec<String> =
            scenario.disaster.iter().flat_map(Disaster::regions_down).map(str::to_owned).collect();
        Ok(Served {
            region: region(&scenario, &regions_down),
            t0: scenario.instants().t0,
            runbook: Some((scenario.runbook_file(file), scenario.mode)),
            account: scenario.world.account,
            speed: self.speed,
            regions_down,
            lab,
        })
    }

    fn chance(&self, scenario: Option<u64>) -> Seed {
        Seed(self.seed.or(scenario).unwrap_or(1))
    }
}

/// Where somebody would look first: the first Region that still answers.
fn region(scenario: &Scenario, down: &[String]) -> String {
    let regions = scenario
        .world
        .rds
        .iter()
        .flat_map(|instance| [Some(&instance.region), instance.replicate_backups_to.as_ref()])
        .flatten();
    let mut standing = regions.filter(|region| !down.contains(region));
    standing.next().map_or_else(|| USUAL_REGION.to_owned(), Clone::clone)
}

/// An address that a client of this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback = match address.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    if address.ip().is_unspecified() { SocketAddr::new(loopback, address.port()) } else { address }
}

fn bind_complaint(error: &ServeError) -> Complaint {
    Complaint::of(2, error).hint(
        "choose another --port, or leave it out for a free one; --bind wants an address of this machine",
    )
}

/// A zone's name: where its SOA stands.
fn zone_name(records: &LabSnapshot, zone: &str) -> String {
    let mut keys = records.records[zone].keys();
    keys.find_map(|key| key.strip_suffix(" SOA")).unwrap_or_default().to_owned()
}

impl Served {
    fn environment(&self, url: &str) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", url.to_owned()),
            ("AWS_ACCESS_KEY_ID", self.account.clone()),
            ("AWS_SECRET_ACCESS_KEY", "rehearsal".to_owned()),
            ("AWS_REGION", self.region.clone()),
            // Some clients know the one name, some the other.
            ("AWS_DEFAULT_REGION", self.region.clone()),
        ]
    }

    fn json(&self, url: &str, listener: &Listener) -> String {
        let world = self.lab.snapshot();
        let zones: Vec<Value> = world
            .records
            .iter()
            .map(|(id, records)| json!({ "id": id, "name": zone_name(&world, id), "records": records }))
            .collect();
        let line = json!({
            "url": url,
            "port": listener.address().port(),
            "account": self.account,
            "region": self.region,
            "t0": self.t0.map(rfc3339),
            "regions_down": self.regions_down,
            "speed": self.speed.get(),
            "instances": world.instances,
            "zones": zones,
        });
        format!("{line}\n")
    }

    fn text(&self, url: &str) -> String {
        let mut lines =
            vec![format!("The lab answers at {url}, in account {}.", self.account), String::new()];
        lines.extend(self.inventory());
        lines.push(String::new());
        lines.extend(self.incident(url));
        lines.extend(["For a shell:".to_owned(), String::new()]);
        lines.extend(self.environment(url).iter().map(|(name, value)| format!("  export {name}={value}")));
        lines.extend([String::new(), "Ctrl-C ends it, and its world with it.\n".to_owned()]);
        lines.join("\n")
    }

    fn inventory(&self) -> Vec<String> {
        let world = self.lab.snapshot();
        if world.instances.is_empty() && world.records.is_empty() {
            return vec!["Its world is empty.".to_owned()];
        }
        let mut lines = Vec::new();
        for (place, instance) in &world.instances {
            let region = place.split('/').next().unwrap_or_default();
            let dark = self.regions_down.iter().any(|down| down == region);
            let status = if dark { "out of reach: its Region is down" } else { &instance.status };
            lines.push(format!("  instance {place}  {status}"));
        }
        for (zone, records) in &world.records {
            lines.push(format!("  zone {zone}  {}", zone_name(&world, zone)));
            let told = records.iter().filter(|(key, _)| !key.ends_with(" NS") && !key.ends_with(" SOA"));
            lines.extend(
                told.map(|(key, set)| format!("    {key}  {}s  {}", set.ttl_s, set.values.join(", "))),
            );
        }
        lines
    }

    /// How to run the scenario's runbook here.
    fn incident(&self, url: &str) -> Vec<String> {
        let Some((runbook, mode)) = &self.runbook else { return Vec::new() };
        let incident = if *mode == Mode::Incident { " --incident" } else { "" };
        let t0 = self.t0.map(rfc3339);
        let at = t0.as_ref().map(|t0| format!(" --incident-at {t0}")).unwrap_or_default();
        let mut lines: Vec<String> = t0.iter().map(|t0| format!("The disaster (T0) was at {t0}.")).collect();
        lines.push(format!("Its runbook: lifeboat run {runbook}{incident}{at} --endpoint-url {url}"));
        lines.push(String::new());
        lines
    }
}
