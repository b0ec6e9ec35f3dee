//! A document's text, and the findings in it.
//!
//! A finding knows its bytes; line and column are told from them here and nowhere else.

use crate::base::{Code, Finding, Severity, Span};
use std::rc::Rc;

/// A document as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    file: Rc<str>,
    text: Rc<str>,
    /// Where each line starts, in bytes.
    lines: Rc<[usize]>,
}

impl Source {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines: Vec<usize> = std::iter::once(0).chain(after_breaks).collect();
        Self { file: file.into(), text: text.into(), lines: lines.into() }
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty when it is none of this document.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end.max(span.start)).unwrap_or_default()
    }

    /// Line and column from 1, the column in characters.
    pub(crate) fn position(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines[line - 1];
        let column = self.text.get(start..at).map_or(1, |before| before.chars().count() + 1);
        (line, column)
    }
}

/// Collects what is wrong in one document.
#[derive(Debug, Clone)]
pub(crate) struct Findings {
    source: Source,
    found: Vec<Finding>,
}

impl Findings {
    pub(crate) fn new(source: &Source) -> Self {
        Self { source: source.clone(), found: Vec::new() }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Self {
        self.add(Severity::Error, code, span, message.into())
    }

    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Self {
        self.add(Severity::Warning, code, span, message.into())
    }

    /// The next move for what was added last.
    pub(crate) fn hint(&mut self, hint: impl Into<String>) {
        if let Some(finding) = self.found.last_mut() {
            finding.hint = Some(hint.into());
        }
    }

    /// "did you mean", when there is a likely candidate; else what there is.
    pub(crate) fn suggest<'a>(&mut self, word: &str, candidates: impl IntoIterator<Item = &'a str>) {
        let candidates: Vec<&str> = candidates.into_iter().collect();
        match crate::base::nearest(word, candidates.iter().copied()) {
            Some(candidate) => self.hint(format!("did you mean `{candidate}`?")),
            None if candidates.is_empty() => {}
            None => self.hint(format!("there is {}", listed(&candidates))),
        }
    }

    fn add(&mut self, severity: Severity, code: &'static str, span: Span, message: String) -> &mut Self {
        let (line, column) = self.source.position(span.start);
        let file = self.source.file().to_owned();
        self.found.push(Finding {
            code: Code(code),
            severity,
            file,
            line,
            column,
            message,
            hint: None,
            span,
        });
        self
    }

    /// A collector for the same document, to try something with.
    pub(crate) fn scratch(&self) -> Self {
        Self::new(&self.source)
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// In the order of the document, each once.
    pub(crate) fn into_vec(self) -> Vec<Finding> {
        let mut found = self.found;
        found.sort_by(|a, b| {
            (a.span, a.code, a.severity, &a.message).cmp(&(b.span, b.code, b.severity, &b.message))
        });
        found.dedup();
        found
    }
}

/// `a`, `b` and `c`.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_and_both_start_at_one() {
        let source = Source::new("f", "ab\nñx\n");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(3), (2, 1));
        assert_eq!(source.position(5), (2, 2));
        assert_eq!(source.position(99), (3, 1));
    }
}
