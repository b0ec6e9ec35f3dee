//! Lines of styled text of a given width.
//!
//! Whatever comes from outside loses its control characters here: an error message of a service
//! must not drive the terminal.

use anstyle::{AnsiColor, Style};
use chrono::TimeDelta;

/// What a text is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) colour: bool,
    /// In characters.
    pub(crate) width: usize,
}

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const CARE: Style = AnsiColor::Yellow.on_default();

/// A text in the making.
#[derive(Debug)]
pub(super) struct Paper {
    pub(super) page: Page,
    text: String,
}

impl Paper {
    pub(super) fn new(page: Page) -> Self {
        Self { page: Page { width: page.width.max(40), ..page }, text: String::new() }
    }

    pub(super) fn line(&mut self, spans: &[(Style, &str)]) {
        let mut line = String::new();
        for (style, words) in spans {
            line.push_str(&paint(self.page.colour, *style, words));
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    pub(super) fn heading(&mut self, words: &str) {
        self.blank();
        self.line(&[(BOLD, words)]);
    }

    /// `label`, then `words` broken between words, hanging under where they began.
    pub(super) fn hanging(&mut self, (label_style, label): (Style, &str), style: Style, words: &str) {
        let indent = label.chars().count();
        let room = self.page.width.saturating_sub(indent).max(20);
        let mut label = (label_style, label.to_owned());
        for part in broken(&clean(words), room) {
            self.line(&[(label.0, &label.1), (style, &part)]);
            label = (PLAIN, " ".repeat(indent));
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// `words` in `style`, or bare without colour.
pub(super) fn paint(colour: bool, style: Style, words: &str) -> String {
    let words = clean(words);
    if colour && style != PLAIN { format!("{style}{words}{style:#}") } else { words }
}

pub(super) fn clean(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn broken(words: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Cut to `room` characters, and padded to them.
pub(super) fn fit(words: &str, room: usize) -> String {
    let words = clean(words);
    if words.chars().count() <= room {
        return format!("{words:<room$}");
    }
    let cut: String = words.chars().take(room.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// A length of time at a glance: `250ms`, `4.2s`, `7m28s`, `1h02m00s`.
pub(super) fn length(seconds: f64) -> String {
    if seconds < 0.0 {
        return format!("-{}", length(-seconds));
    }
    if seconds == 0.0 {
        return "0s".to_owned();
    }
    if seconds < 0.9995 {
        return format!("{}ms", (seconds * 1000.0).round());
    }
    if seconds < 59.95 {
        let tenths = (seconds * 10.0).round() / 10.0;
        return format!("{tenths}s");
    }
    let whole = seconds.round();
    let (hours, minutes, rest) = ((whole / 3600.0).floor(), (whole / 60.0).floor() % 60.0, whole % 60.0);
    if hours > 0.0 { format!("{hours}h{minutes:02}m{rest:02}s") } else { format!("{minutes}m{rest:02}s") }
}

/// The recovery clock: `T+00:07:12`.
pub(super) fn clock(since_t0: TimeDelta) -> String {
    let seconds = since_t0.num_seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    format!("T{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_at_a_glance() {
        let lengths = [0.0, 0.25, 0.9996, 4.2, 45.0, 59.96, 448.0, 3720.0, -5.0].map(length);
        assert_eq!(lengths, ["0s", "250ms", "1s", "4.2s", "45s", "1m00s", "7m28s", "1h02m00s", "-5s"]);
    }

    #[test]
    fn words_from_outside_cannot_drive_the_terminal() {
        assert_eq!(paint(true, PLAIN, "a\u{1b}[2Jb\nc"), "a [2Jb c");
        assert_eq!(paint(false, BAD, "failed"), "failed");
        assert!(paint(true, BAD, "failed").starts_with('\u{1b}'));
    }

    #[test]
    fn long_words_hang_under_where_they_began() {
        let mut paper = Paper::new(Page { colour: false, width: 40 });
        paper.hanging(
            (PLAIN, "  hint  "),
            PLAIN,
            "name the zone by its id, because two zones have this name",
        );
        insta::assert_snapshot!(paper.finish(), @r"
        hint  name the zone by its id, because
              two zones have this name
        ");
    }

    #[test]
    fn the_recovery_clock_runs_backwards_before_t0() {
        assert_eq!(clock(TimeDelta::seconds(432)), "T+00:07:12");
        assert_eq!(clock(TimeDelta::seconds(-61)), "T-00:01:01");
    }
}
