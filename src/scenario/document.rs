//! The scenario document: read whole, with everything that is wrong with it in one go.

use super::expect::Expect;
use crate::base::{Clock, Finding, Instant, Mode, Seed, Span};
use crate::lab::{Disaster, Fault, Instants, Lab, LabMistake, Person, WorldDescription};
use crate::runbook::{Expressions, Findings, Node, Source, conform, parse};
use camino::{Utf8Path, Utf8PathBuf};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A world, a disaster, faults, a runbook, and what is expected to come out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Scenario {
    /// The scenario's name.
    #[serde(rename = "scenario")]
    pub(crate) name: String,
    #[expect(dead_code, reason = "for those who read the file")]
    pub(crate) description: Option<String>,
    /// The runbook's file, from this one's folder.
    pub(crate) runbook: String,
    /// Values of the runbook's parameters.
    #[serde(default)]
    pub(crate) parameters: Map<String, Value>,
    /// What is rehearsed.
    #[serde(rename = "as", default = "incident")]
    pub(crate) mode: Mode,
    /// What every draw of chance begins from; 1 if absent.
    pub(crate) seed: Option<u64>,
    pub(crate) world: WorldDescription,
    pub(crate) disaster: Option<Disaster>,
    #[serde(default)]
    pub(crate) faults: Vec<Fault>,
    #[serde(default)]
    pub(crate) people: Vec<Person>,
    #[serde(default)]
    pub(crate) expect: Expect,
}

fn incident() -> Mode {
    Mode::Incident
}

/// What reading a scenario comes to.
pub(crate) struct Reading {
    /// There is one when no finding is an error.
    pub(crate) scenario: Option<Scenario>,
    pub(crate) findings: Vec<Finding>,
    /// For excerpts.
    pub(crate) source: Source,
}

/// Reads and checks a scenario, but not the runbook that it names.
pub(crate) fn read(bytes: &[u8], file: &str) -> Reading {
    let (root, mut findings) = parse(bytes, file);
    let source = findings.source().clone();
    let scenario = root.and_then(|root| {
        let value = conform(&root, &schema_for!(Scenario), Expressions::Forbidden, &mut findings)?;
        if findings.has_errors() {
            return None;
        }
        let scenario = understand(value, &root, &mut findings)?;
        check_world(&scenario, &root, &mut findings);
        Some(scenario)
    });
    let scenario = scenario.filter(|_| !findings.has_errors());
    Reading { scenario, findings: findings.into_vec(), source }
}

fn understand(value: Value, root: &Node, findings: &mut Findings) -> Option<Scenario> {
    match serde_json::from_value(value) {
        Ok(scenario) => Some(scenario),
        Err(error) => {
            findings.error("bad-scenario", root.span, format!("this is no scenario: {error}"));
            None
        }
    }
}

/// What the lab finds wrong with the world, each where it stands.
fn check_world(scenario: &Scenario, root: &Node, findings: &mut Findings) {
    let clock = Clock::starting_at(scenario.world.now);
    if let Err(mistakes) = scenario.lab(clock, Seed(1)) {
        for LabMistake { path, message } in mistakes {
            findings.error("bad-world", place_of(root, &path), message);
        }
    }
}

/// Where `world.rds[0].region` stands; if it is not there, where the nearest part above it does.
fn place_of(root: &Node, path: &str) -> Span {
    let mut node = root;
    for part in path.split(['.', '[']) {
        let next = match part.strip_suffix(']').map(str::parse::<usize>) {
            Some(Ok(index)) => node.items().get(index),
            _ => node.get(part),
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node.span
}

impl Scenario {
    /// The world of this scenario, its disaster about to strike or struck already.
    pub(crate) fn lab(&self, clock: Clock, seed: Seed) -> Result<Lab, Vec<LabMistake>> {
        Lab::new(&self.world, self.disaster.as_ref(), &self.faults, &self.people, clock, seed)
    }

    /// T0, T1 and T2.
    pub(crate) fn instants(&self) -> Instants {
        Instants::new(&self.world, self.disaster.as_ref())
    }

    /// The same scenario at another time: its T2 is `t2`.
    #[must_use]
    pub(crate) fn declared_at(mut self, t2: Instant) -> Self {
        self.world.now += t2 - self.instants().t2;
        self
    }

    /// The runbook's file, as seen from where the scenario's file was named.
    pub(crate) fn runbook_file(&self, scenario_file: &Utf8Path) -> Utf8PathBuf {
        let folder = scenario_file.parent().unwrap_or(Utf8Path::new(""));
        let joined = folder.join(&self.runbook);
        // `scenarios/../runbooks/x.yaml` reads better as `runbooks/x.yaml`.
        let mut parts: Vec<&str> = Vec::new();
        for part in joined.components() {
            match part.as_str() {
                "." => {}
                ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "/")) => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.iter().collect()
    }
}

/// The JSON Schema of scenario documents, for editors.
pub(crate) fn scenario_schema() -> Value {
    schema_for!(Scenario).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runbook_is_found_from_the_folder_of_its_scenario() {
        let reading =
            read(include_bytes!("../../scenarios/region-outage.yaml"), "scenarios/region-outage.yaml");
        let scenario = reading.scenario.expect("a scenario");
        let found = |file: &str| scenario.runbook_file(Utf8Path::new(file)).to_string();
        assert_eq!(found("scenarios/x.yaml"), "runbooks/regional-failover.yaml");
        assert_eq!(found("x.yaml"), "../runbooks/regional-failover.yaml");
        assert_eq!(found("/a/scenarios/x.yaml"), "/a/runbooks/regional-failover.yaml");
    }
}
