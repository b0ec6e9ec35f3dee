//! Was it as expected?

use super::paper::{BAD, BOLD, DIM, GOOD, PLAIN, Page, Paper};

/// One expectation, and what came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expectation<'a> {
    pub(crate) what: &'a str,
    pub(crate) expected: &'a str,
    pub(crate) actual: &'a str,
    pub(crate) as_expected: bool,
}

/// The judgement of a rehearsal, what is not as expected first.
pub(crate) fn expectations(expectations: &[Expectation<'_>], page: Page) -> String {
    let mut paper = Paper::new(page);
    let (right, wrong): (Vec<_>, Vec<_>) =
        expectations.iter().partition(|expectation| expectation.as_expected);
    paper.blank();
    let figure = format!("{} of {}", right.len(), expectations.len());
    match (wrong.is_empty(), expectations.is_empty()) {
        (_, true) => paper.line(&[(BOLD, "Expectations: "), (PLAIN, "the scenario has none.")]),
        (true, _) => paper.line(&[
            (BOLD, "Expectations: "),
            (GOOD, "as expected"),
            (PLAIN, ", "),
            (PLAIN, &figure),
            (PLAIN, "."),
        ]),
        (false, _) => paper.line(&[
            (BOLD, "Expectations: "),
            (BAD, "not as expected"),
            (PLAIN, ", "),
            (PLAIN, &figure),
            (PLAIN, "."),
        ]),
    }
    for Expectation { what, expected, actual, .. } in wrong {
        let words = format!("expected {expected}, got {actual}");
        paper.hanging((BAD, &format!("  ✗ {what}  ")), PLAIN, &words);
    }
    for Expectation { what, actual, .. } in right {
        paper.hanging((GOOD, &format!("  ✓ {what}  ")), DIM, actual);
    }
    paper.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_expected_stands_first_with_both_sides() {
        let judged =
            |what, expected, actual, as_expected| Expectation { what, expected, actual, as_expected };
        let text = expectations(
            &[judged("outcome", "succeeded", "succeeded", true), judged("rto", "met", "missed", false)],
            Page { colour: false, width: 80 },
        );
        insta::assert_snapshot!(text, @r"

        Expectations: not as expected, 1 of 2.
          ✗ rto  expected met, got missed
          ✓ outcome  succeeded
        ");
    }
}
