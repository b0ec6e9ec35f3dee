//! RTO and RPO, against what was promised.

use crate::base::Verdict;
use crate::measure::{Basis, Method, Report, Rpo, Rto};
use crate::view::event_line::sentence;
use crate::view::paper::{BAD, BOLD, CARE, DIM, GOOD, PLAIN, Paper, fit, length};
use anstyle::Style;

pub(super) fn write(paper: &mut Paper, report: &Report) {
    let (rto, rpo) = (&report.objectives.rto, &report.objectives.rpo);
    paper.blank();
    verdict(paper, "RTO", rto.set, rto.verdict, &rto_words(rto));
    let durations = report.run.durations_source.as_ref();
    if let Some(source) = durations {
        detail(paper, &format!("These durations are an assumption, from {}", sentence(source)));
    }
    for words in rto_details(rto) {
        detail(paper, &words);
    }
    verdict(paper, "RPO", rpo.set, rpo.verdict, &rpo_words(rpo));
    for words in rpo_details(rpo) {
        detail(paper, &words);
    }
}

/// The verdict in the style of its gravity, as a word.
pub(in crate::view) fn verdict_word(set: bool, verdict: Verdict) -> (Style, &'static str) {
    match (set, verdict) {
        (false, _) => (DIM, "no objective"),
        (true, Verdict::Met) => (GOOD, "met"),
        (true, Verdict::Missed) => (BAD, "missed"),
        (true, Verdict::NotMeasured) => (CARE, "not measured"),
    }
}

fn verdict(paper: &mut Paper, name: &str, set: bool, verdict: Verdict, words: &str) {
    let (style, word) = verdict_word(set, verdict);
    paper.line(&[(BOLD, name), (PLAIN, "  "), (style, &fit(word, 12)), (PLAIN, "  "), (PLAIN, words)]);
}

fn detail(paper: &mut Paper, words: &str) {
    paper.hanging((PLAIN, "                   "), DIM, words);
}

/// `13m00s of 15m00s`, and how much later it may look than it was.
fn against(achieved: Option<f64>, objective: Option<f64>, uncertainty: Option<f64>) -> String {
    let words = match (achieved, objective) {
        (Some(achieved), Some(objective)) => {
            let off = objective - achieved;
            let off = if off < 0.0 {
                format!("{} too long", length(-off))
            } else {
                format!("{} to spare", length(off))
            };
            format!("{} of {}, {off}", length(achieved), length(objective))
        }
        (Some(achieved), None) => length(achieved),
        (None, Some(objective)) => format!("objective {}", length(objective)),
        (None, None) => "not measured".to_owned(),
    };
    let uncertain = match (achieved, uncertainty) {
        (None, _) => String::new(),
        (Some(_), Some(0.0)) => ", to the instant".to_owned(),
        (Some(_), Some(uncertainty)) => format!(", uncertain by {}", length(uncertainty)),
        (Some(_), None) => ", uncertainty not stated".to_owned(),
    };
    format!("{words}{uncertain}.")
}

fn rto_words(rto: &Rto) -> String {
    against(rto.achieved_s, rto.objective_s, rto.uncertainty_s)
}

fn rto_details(rto: &Rto) -> Vec<String> {
    let mut details = Vec::new();
    if rto.basis == Basis::Execution {
        details.push("T0 is not stated: the execution alone is judged, from its start (T3).".to_owned());
    }
    if let Some(reason) = &rto.reason {
        details.push(format!("Because {}", sentence(reason)));
    }
    if let Some(execution) = rto.execution_s.filter(|_| rto.basis == Basis::Service) {
        details.push(format!("{} of execution, from its start (T3).", length(execution)));
    }
    if let Some(waiting) = rto.waiting_s.filter(|waiting| *waiting > 0.0) {
        let net = [("service", rto.net_service_s), ("execution", rto.net_execution_s)];
        let net: Vec<String> =
            net.iter().filter_map(|(what, net)| Some(format!("{what} {}", length((*net)?)))).collect();
        details.push(format!("Waited {} for people; without that: {}.", length(waiting), net.join(", ")));
    }
    details
}

fn rpo_words(rpo: &Rpo) -> String {
    against(rpo.achieved_s, rpo.objective_s, rpo.uncertainty_s)
}

fn rpo_details(rpo: &Rpo) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(reason) = &rpo.reason {
        details.push(format!("Because {}", sentence(reason)));
    }
    let claimed = match rpo.claimed_s {
        Some(claimed) => format!("The service claims {}.", length(claimed)),
        None => "The service claims nothing.".to_owned(),
    };
    details.push(match rpo.method {
        Some(Method::Data) if rpo.achieved_s.is_some() => {
            format!("Measured in the recovered data. {claimed}")
        }
        Some(Method::Api) => format!("{claimed} A claim is no measurement."),
        _ => claimed,
    });
    details
}
