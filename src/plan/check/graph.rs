//! Which step comes before which: no name of nobody, no circle.

use super::super::draft::Draft;
use crate::base::Span;
use crate::runbook::{Content, Findings, Node};
use std::collections::{BTreeMap, BTreeSet};

/// What each step needs, as far as those steps exist.
pub(super) fn needs(draft: &Draft) -> BTreeMap<&str, Vec<&str>> {
    let mut graph = BTreeMap::new();
    for step in &draft.steps {
        let Some(id) = step.id.as_deref() else { continue };
        let named = step.node.get("needs").map_or(&[][..], Node::items).iter().filter_map(Node::text);
        graph.entry(id).or_insert_with(|| named.filter(|name| draft.step(name).is_some()).collect());
    }
    graph
}

/// All that comes before `id`.
pub(super) fn before<'a>(graph: &BTreeMap<&'a str, Vec<&'a str>>, id: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = graph.get(id).cloned().unwrap_or_default();
    while let Some(next) = open.pop() {
        if seen.insert(next) {
            open.extend(graph.get(next).into_iter().flatten());
        }
    }
    seen
}

pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    let listed = draft.root.get("steps").is_some_and(|steps| matches!(steps.content, Content::Seq(_)));
    if listed && draft.steps.is_empty() {
        findings.error("no-steps", draft.root.key_span("steps"), "a runbook without steps recovers nothing");
    }
    for step in &draft.steps {
        for named in step.node.get("needs").map_or(&[][..], Node::items) {
            let Some(name) = named.text() else { continue };
            if draft.step(name).is_none() {
                let ids = draft.step_ids().filter(|id| Some(*id) != step.id.as_deref());
                findings
                    .error("unknown-step", named.span, format!("there is no step `{name}`"))
                    .suggest(name, ids);
            }
        }
    }
    let graph = circular(needs(draft));
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for id in graph.keys() {
        if told.contains(id) {
            continue;
        }
        if let Some(circle) = circle(&graph, id) {
            let span = need_span(draft, circle[0], circle.get(1).copied().unwrap_or(circle[0]));
            let path: Vec<&str> = circle.iter().chain(circle.first()).copied().collect();
            let message = format!("these steps wait for each other: {}", path.join(" -> "));
            findings.error("cycle", span, message).hint("take one of them out of a `needs`");
            told.extend(&circle);
        }
    }
}

/// What is left once everything is taken away that waits for nothing but what was taken away.
fn circular<'a>(mut graph: BTreeMap<&'a str, Vec<&'a str>>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut waiting: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, needs) in &graph {
        open.insert(id, needs.len());
        for need in needs {
            waiting.entry(need).or_default().push(id);
        }
    }
    let mut free: Vec<&str> = open.iter().filter(|(_, needs)| **needs == 0).map(|(id, _)| *id).collect();
    while let Some(id) = free.pop() {
        graph.remove(id);
        for waits in waiting.remove(id).into_iter().flatten() {
            if let Some(needs) = open.get_mut(waits) {
                *needs -= 1;
                if *needs == 0 {
                    free.push(waits);
                }
            }
        }
    }
    graph
}

/// A way from `start` back to itself along `needs`, the shortest.
fn circle<'a>(graph: &BTreeMap<&'a str, Vec<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for next in graph.get(at).into_iter().flatten() {
            if *next == start {
                let mut path = vec![at];
                while let Some(before) = came_from.get(path[path.len() - 1]) {
                    path.push(before);
                }
                path.reverse();
                return Some(path);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, at);
                open.push_back(next);
            }
        }
    }
    None
}

fn need_span(draft: &Draft, id: &str, needed: &str) -> Span {
    let Some(step) = draft.step(id) else { return Span::default() };
    let needs = step.node.get("needs").map_or(&[][..], Node::items);
    needs.iter().find(|node| node.text() == Some(needed)).map_or_else(|| step.span(), |node| node.span)
}
