//! Bytes into a tree. Whatever the bytes are, the end is a tree or a finding.
//!
//! Nesting, size and the expansion of aliases are bounded, because a document may come from anywhere.

use super::{Content, Findings, Key, Node, Scalar, Source};
use crate::base::Span;
use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};
use std::collections::BTreeMap;

const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 64;
/// Nodes of one document, those included that aliases repeat.
const MAX_NODES: usize = 50_000;

/// Reads one YAML document. The text is given back even when it is no YAML, for the excerpts.
pub(crate) fn parse(bytes: &[u8], file: &str) -> (Option<Node>, Findings) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return not_utf8(bytes, file, error.valid_up_to()),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source::new(file, text);
    let mut findings = Findings::new(&source);
    if text.len() > MAX_BYTES {
        findings.error("document-too-large", Span::default(), "this document is larger than 1 MiB");
        return (None, findings);
    }
    if let Some(at) = text.find('\0') {
        findings.error("bad-yaml", Span { start: at, end: at + 1 }, "a document holds no NUL bytes");
        return (None, findings);
    }
    let mut builder = Builder::new(&mut findings);
    let root = builder.document(text);
    (root, findings)
}

fn not_utf8(bytes: &[u8], file: &str, valid: usize) -> (Option<Node>, Findings) {
    let text = String::from_utf8_lossy(bytes);
    let mut findings = Findings::new(&Source::new(file, &text));
    // Up to the first bad byte the lossy text is the same.
    findings.error("bad-yaml", Span { start: valid, end: valid + 1 }, "a document is UTF-8, and this is not");
    (None, findings)
}

/// A collection that is not closed yet.
struct Open {
    start: usize,
    anchor: usize,
    kind: Kind,
}

enum Kind {
    Seq(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, key: Option<Key> },
}

struct Builder<'f> {
    findings: &'f mut Findings,
    open: Vec<Open>,
    /// By anchor: the node, its number of nodes and its depth. `None` while it is open.
    anchors: BTreeMap<usize, (Node, usize, usize)>,
    nodes: usize,
    root: Option<Node>,
}

/// The document cannot be read any further; a finding says why.
struct GiveUp;

impl<'f> Builder<'f> {
    fn new(findings: &'f mut Findings) -> Self {
        Self { findings, open: Vec::new(), anchors: BTreeMap::new(), nodes: 0, root: None }
    }

    fn document(&mut self, text: &str) -> Option<Node> {
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut documents = 0;
        for next in Parser::new_from_str_with_options(text, options) {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    self.scan_error(&error, text);
                    return None;
                }
            };
            let span = Span { start: byte(span.start, text), end: byte(span.end, text) };
            if matches!(event, Event::DocumentStart(..)) {
                documents += 1;
                if documents > 1 {
                    self.findings.error(
                        "several-documents",
                        span,
                        "a file holds one document, and this is a second one",
                    );
                    return None;
                }
            }
            if self.event(event, span).is_err() {
                return None;
            }
        }
        let root = self.root.take().filter(|root| !root.scalar().is_some_and(Scalar::is_null));
        if root.is_none() {
            self.findings.error("empty-document", Span::default(), "this document is empty");
        }
        root
    }

    fn scan_error(&mut self, error: &ScanError, text: &str) {
        let at = byte(*error.marker(), text);
        let rest = text.get(at..).unwrap_or_default();
        let end = at + rest.chars().next().map_or(0, char::len_utf8);
        self.findings.error(
            "bad-yaml",
            Span { start: at, end },
            format!("this is not YAML: {}", error.info()),
        );
        let line_start = text.get(..at).unwrap_or_default().rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        if line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t') {
            self.findings.hint("indent with spaces: YAML knows no tabs there");
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), GiveUp> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && self.plain(tag.as_deref(), span);
                let scalar = Scalar { text: text.into_owned(), plain };
                self.count(1, span)?;
                self.add(Node { content: Content::Scalar(scalar), span }, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.plain(tag.as_deref(), span);
                self.begin(Kind::Seq(Vec::new()), anchor, span)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.plain(tag.as_deref(), span);
                self.begin(Kind::Map { entries: Vec::new(), key: None }, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether a plain scalar with this tag is still plain. Tags other than YAML's own are findings.
    fn plain(&mut self, tag: Option<&Tag>, span: Span) -> bool {
        let Some(tag) = tag else { return true };
        if !tag.is_yaml_core_schema() {
            self.findings
                .error("unknown-tag", span, format!("`{}` is a tag that means nothing here", tag.original()))
                .hint("leave the tag out");
        }
        !tag.is_yaml_core_schema_tag("str")
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), GiveUp> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let message =
                format!("this document has more than {MAX_NODES} values, those of its aliases included");
            self.findings.error("document-too-large", span, message);
            return Err(GiveUp);
        }
        Ok(())
    }

    fn depth(&mut self, depth: usize, span: Span) -> Result<(), GiveUp> {
        if depth > MAX_DEPTH {
            self.findings.error(
                "nested-too-deeply",
                span,
                format!("this is nested deeper than {MAX_DEPTH} levels"),
            );
            return Err(GiveUp);
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind, anchor: usize, span: Span) -> Result<(), GiveUp> {
        self.count(1, span)?;
        self.depth(self.open.len() + 1, span)?;
        self.open.push(Open { start: span.start, anchor, kind });
        Ok(())
    }

    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let (content, first_end) = match open.kind {
            Kind::Seq(items) => {
                let end = items.first().map(|item| item.span.end);
                (Content::Seq(items), end)
            }
            Kind::Map { entries, .. } => {
                let end = entries.first().map(|(key, _)| key.span.end);
                (Content::Map(entries), end)
            }
        };
        // An excerpt of a whole block would bury its point: the first line stands for it.
        let end = first_end.unwrap_or(span.end).max(open.start);
        self.add(Node { content, span: Span { start: open.start, end } }, open.anchor);
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), GiveUp> {
        let Some((node, nodes, depth)) = self.anchors.get(&anchor) else {
            self.findings.error("recursive-alias", span, "this alias stands inside what it stands for");
            return Err(GiveUp);
        };
        let (nodes, depth) = (*nodes, *depth);
        let node = Node { span, ..node.clone() };
        self.count(nodes, span)?;
        self.depth(self.open.len() + depth, span)?;
        self.add(node, 0);
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            let (nodes, depth) = measure(&node);
            self.anchors.insert(anchor, (node.clone(), nodes, depth));
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(Kind::Seq(items)) => items.push(node),
            Some(Kind::Map { entries, key }) => match key.take() {
                Some(taken) => entry(entries, taken, node, self.findings),
                None => *key = Some(as_key(&node, self.findings)),
            },
        }
    }
}

fn as_key(node: &Node, findings: &mut Findings) -> Key {
    let text = node.text().map(str::to_owned);
    if text.is_none() {
        findings.error("bad-key", node.span, format!("a key is a text, not {}", node.kind()));
    }
    Key { text: text.unwrap_or_default(), span: node.span }
}

fn entry(entries: &mut Vec<(Key, Node)>, key: Key, node: Node, findings: &mut Findings) {
    if key.text == "<<" {
        findings
            .error("merge-key", key.span, "merge keys are not part of YAML 1.2")
            .hint("write the keys out, or alias whole values");
    } else if entries.iter().any(|(other, _)| other.text == key.text) {
        findings.error("duplicate-key", key.span, format!("`{}` stands here twice", key.text));
    } else {
        entries.push((key, node));
    }
}

/// How many nodes, and how deep.
fn measure(node: &Node) -> (usize, usize) {
    let of = |children: &mut dyn Iterator<Item = &Node>| {
        let (mut nodes, mut depth) = (1, 0);
        for (child_nodes, child_depth) in children.map(measure) {
            nodes += child_nodes;
            depth = depth.max(child_depth);
        }
        (nodes, depth + 1)
    };
    match &node.content {
        Content::Scalar(_) => (1, 0),
        Content::Seq(items) => of(&mut items.iter()),
        Content::Map(entries) => of(&mut entries.iter().map(|(_, node)| node)),
    }
}

fn byte(marker: Marker, text: &str) -> usize {
    let mut at = marker.byte_offset().unwrap_or(0).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(bytes: &[u8]) -> Vec<(&'static str, usize)> {
        let (_, findings) = parse(bytes, "f.yaml");
        findings.into_vec().into_iter().map(|finding| (finding.code.0, finding.line)).collect()
    }

    #[test]
    fn every_key_and_value_knows_its_bytes() {
        let text = "a: 0123\nb: ['x y', ~]\nc:\n  d: |\n    two\n    lines\n";
        let (root, findings) = parse(text.as_bytes(), "f.yaml");
        let (root, source) = (root.expect("yaml"), findings.source().clone());
        assert_eq!(source.slice(root.key_span("b")), "b");
        assert_eq!(source.slice(root.value_span("a")), "0123");
        assert_eq!(root.get("a").and_then(Node::text), Some("0123"));
        let quoted = &root.get("b").expect("b").items()[0];
        assert_eq!(source.slice(quoted.span), "'x y'");
        assert_eq!(quoted.scalar(), Some(&Scalar { text: "x y".to_owned(), plain: false }));
        assert_eq!(root.get("c").and_then(|c| c.get("d")).and_then(Node::text), Some("two\nlines\n"));
    }

    #[test]
    fn what_is_not_one_good_document_is_a_finding_with_its_line() {
        assert_eq!(codes(b""), [("empty-document", 1)]);
        assert_eq!(codes(b"# nothing\n"), [("empty-document", 1)]);
        assert_eq!(codes(b"a: 1\n\xff"), [("bad-yaml", 2)]);
        assert_eq!(codes(b"a: 1\nb: \0"), [("bad-yaml", 2)]);
        assert_eq!(codes(b"a: 1\n\tb: 2\n")[0].0, "bad-yaml");
        assert_eq!(codes(b"a: [1\n")[0].0, "bad-yaml");
        assert_eq!(codes(b"a: 1\nb: 2\na: 3\n"), [("duplicate-key", 3)]);
        assert_eq!(codes(b"a: 1\n---\nb: 2\n"), [("several-documents", 2)]);
        assert_eq!(codes(b"a: &x {b: 1}\nc:\n  <<: *x\n"), [("merge-key", 3)]);
        assert_eq!(codes(b"a: *nobody\n")[0].0, "bad-yaml");
        assert_eq!(codes(b"a: &x [*x]\n"), [("recursive-alias", 1)]);
        assert_eq!(codes(b"? [a]\n: 1\n"), [("bad-key", 1)]);
        assert_eq!(codes(b"a: !include x\n"), [("unknown-tag", 1)]);
    }

    #[test]
    fn an_alias_stands_for_its_node_and_a_bomb_of_them_is_refused() {
        let (root, _) = parse(b"a: &x [1, 2]\nb: *x\n", "f");
        assert_eq!(root.expect("yaml").get("b").map(|b| b.items().len()), Some(2));
        let aliases = |n: i32| vec![format!("*a{n}"); 10].join(", ");
        let levels = (1..12).map(|n| format!("a{n}: &a{n} [{}]\n", aliases(n - 1)));
        let bomb: Vec<String> = std::iter::once("a0: &a0 [x, x, x, x]\n".to_owned()).chain(levels).collect();
        let bomb = bomb.concat();
        assert_eq!(codes(bomb.as_bytes())[0].0, "document-too-large");
    }

    #[test]
    fn deep_nesting_is_refused() {
        for text in ["[".repeat(5000), "- ".repeat(5000), "{a: ".repeat(5000)] {
            assert_eq!(codes(text.as_bytes()).len(), 1);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = codes(&bytes);
        }

        #[test]
        fn no_text_of_yaml_signs_makes_the_reader_panic(text in "[-a:&*!|>{}\\[\\]'\"#%@,? \n\t~é$]{0,80}") {
            let _ = codes(text.as_bytes());
        }
    }
}
