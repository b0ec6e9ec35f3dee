//! Writes XML.

use crate::base::{Instant, rfc3339};
use std::fmt::Display;

/// A document in the making.
#[derive(Debug)]
pub(super) struct Xml {
    text: String,
}

impl Xml {
    /// A document of one element with a default namespace.
    pub(super) fn document(root: &str, namespace: &str, inside: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut xml = Self { text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") };
        xml.push(&["<", root, " xmlns=\"", namespace, "\">"]);
        inside(&mut xml);
        xml.push(&["</", root, ">"]);
        xml.text.into_bytes()
    }

    fn push(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
    }

    pub(super) fn within(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.push(&["<", name, ">"]);
        inside(self);
        self.push(&["</", name, ">"]);
    }

    pub(super) fn leaf(&mut self, name: &str, value: impl Display) {
        // What XML cannot hold, escaped or not, would make the whole document unreadable.
        let value = value.to_string().replace(is_unspeakable, "\u{FFFD}");
        self.within(name, |xml| xml.text.push_str(&quick_xml::escape::escape(value.as_str())));
    }

    pub(super) fn maybe(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.leaf(name, value);
        }
    }

    pub(super) fn time(&mut self, name: &str, value: Option<Instant>) {
        self.maybe(name, value.map(rfc3339));
    }
}

fn is_unspeakable(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}
