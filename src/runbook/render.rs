//! Findings for people: each with an excerpt of the document, and the next move.

use super::Source;
use crate::base::{Code, Finding, Severity};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan,
};
use std::fmt;

/// The finding whose place is a secret.
const LITERAL_SECRET: Code = Code("literal-secret");

/// Renders findings with excerpts of the documents they are in, one after the other.
pub(crate) fn render(findings: &[Finding], sources: &[Source], colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::none() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
    let mut text = String::new();
    for finding in findings {
        if !text.is_empty() {
            text.push('\n');
        }
        let source = sources.iter().find(|source| source.file() == finding.file);
        let shown = Shown {
            finding,
            source: source.map(|source| NamedSource::new(source.file(), without_secrets(source, findings))),
        };
        // What cannot be drawn is still said.
        if handler.render_report(&mut text, &shown).is_err() {
            let Finding { file, line, column, message, .. } = finding;
            text.extend([&format!("{file}:{line}:{column}: {message}"), "\n"]);
        }
    }
    text
}

/// The document's text, with stars where somebody wrote a secret: of the same length, so that every place
/// in it stays where it is.
fn without_secrets(source: &Source, findings: &[Finding]) -> String {
    let mut text = source.text().to_owned();
    let written = findings.iter().filter(|finding| finding.file == source.file());
    for finding in written.filter(|finding| finding.code == LITERAL_SECRET) {
        let range = finding.span.start..finding.span.end;
        if text.get(range.clone()).is_some() {
            text.replace_range(range.clone(), &"*".repeat(range.len()));
        }
    }
    text
}

#[derive(Debug)]
struct Shown<'a> {
    finding: &'a Finding,
    source: Option<NamedSource<String>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.finding.code.0))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.finding.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let source = self.source.as_ref()?;
        let span = self.finding.span;
        let start = span.start.min(source.inner().len());
        let end = span.end.clamp(start, source.inner().len());
        // An excerpt of many lines would bury its point.
        let end =
            source.inner().get(start..end).and_then(|text| text.find('\n')).map_or(end, |line| start + line);
        let label = LabeledSpan::new_with_span(None, SourceSpan::from((start, end - start)));
        Some(Box::new(std::iter::once(label)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use crate::runbook::Findings;

    #[test]
    fn a_finding_is_shown_with_its_line_and_its_hint() {
        let source = Source::new("book.yaml", "runbook: x\nstepz: []\n");
        let mut findings = Findings::new(&source);
        findings
            .error("unknown-key", Span { start: 11, end: 16 }, "`stepz` is no key that is known here")
            .hint("did you mean `steps`?");
        let text = render(&findings.into_vec(), &[source], false);
        for part in ["unknown-key", "book.yaml:2:1", "stepz: []", "did you mean `steps`?"] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn a_span_outside_of_its_document_is_shown_all_the_same() {
        let source = Source::new("f", "é");
        let mut findings = Findings::new(&source);
        findings.error("bad-yaml", Span { start: 1, end: 900 }, "odd");
        assert!(render(&findings.into_vec(), &[source], true).contains("odd"));
    }
}
