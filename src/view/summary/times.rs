//! T0 to T8, as far as they were measured.

use crate::base::{Instant, rfc3339};
use crate::measure::Report;
use crate::view::paper::{BOLD, DIM, PLAIN, Paper, clock, fit};

pub(super) fn write(paper: &mut Paper, report: &Report) {
    let timeline = &report.timeline;
    let t0_words = match report.clock_source {
        "scenario" => "disruption (the scenario's)",
        "operator" => "disruption (the operator's)",
        _ if timeline.t0.is_some() => "disruption (not stated: the start)",
        _ => "disruption (not stated)",
    };
    let rows: [(&str, &str, Option<Instant>); 9] = [
        ("T0", t0_words, timeline.t0),
        ("T1", "detected", timeline.t1),
        ("T2", "declared", timeline.t2),
        ("T3", "execution starts", timeline.t3),
        ("T4", "the database accepts queries", timeline.t4),
        ("T5", "the data is verified", timeline.t5),
        ("T6", "every name server has the new target", timeline.t6),
        ("T7", "the last resolver has let go", timeline.t7),
        ("T8", "the service answers its clients", timeline.t8),
    ];
    paper.blank();
    for (name, words, at) in rows {
        let words = fit(words, 37);
        match at {
            Some(at) => {
                let since = timeline.t0.map(|t0| clock(at - t0)).unwrap_or_default();
                let line = format!("{words} {since:<11}  ");
                paper.line(&[(BOLD, name), (PLAIN, "  "), (PLAIN, &line), (DIM, &rfc3339(at))]);
            }
            None => paper.line(&[(BOLD, name), (PLAIN, "  "), (DIM, &words), (DIM, " not measured")]),
        }
    }
}
