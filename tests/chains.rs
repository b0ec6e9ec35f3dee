//! Damage to a journal is found, named by its line, and never repaired in silence.

use crate::lifeboat::Place;
use std::fs;

fn rehearsed() -> (Place, String) {
    let place = Place::new();
    place.run(&["rehearse", "scenarios/region-outage.yaml", "--run-id", "night"]).expect(0);
    let text = fs::read_to_string(place.journal("night")).expect("a journal");
    (place, text)
}

/// `verify` of a journal with this text.
fn verify(place: &Place, text: impl AsRef<[u8]>) -> (i32, String) {
    let path = place.path().join("damaged.jsonl");
    fs::write(&path, text).expect("written");
    let ran = place.run(&["verify", path.to_str().expect("UTF-8")]);
    (ran.code, format!("{}{}", ran.stdout, ran.stderr))
}

#[test]
fn an_untouched_journal_is_whole_and_sealed() {
    let (place, text) = rehearsed();
    let (code, said) = verify(&place, &text);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("detects accident, not forgery"), "{said}");
    place.run(&["verify", "latest"]).expect(0);
}

#[test]
fn a_changed_byte_is_found_in_its_line_wherever_it_is() {
    let (place, text) = rehearsed();
    let lines: Vec<&str> = text.lines().collect();
    // Every line once, each time another column.
    let mut offset = 0;
    for (index, line) in lines.iter().enumerate() {
        let at = offset + (index * 37) % line.len();
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        let (code, said) = verify(&place, &bytes);
        assert_eq!(code, 1, "line {}: {said}", index + 1);
        assert!(said.contains(&format!("line {} ", index + 1)), "line {}: {said}", index + 1);
        offset += line.len() + 1;
    }
}

#[test]
fn a_removed_line_and_two_swapped_ones_are_found_where_it_happened() {
    let (place, text) = rehearsed();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut removed = lines.clone();
    removed.remove(6);
    let (code, said) = verify(&place, removed.concat());
    assert_eq!((code, said.contains("line 7 ")), (1, true), "{said}");
    let mut swapped = lines.clone();
    swapped.swap(6, 7);
    let (code, said) = verify(&place, swapped.concat());
    assert_eq!((code, said.contains("line 7 ")), (1, true), "{said}");
    let mut doubled = lines.clone();
    doubled.insert(6, lines[6]);
    let (code, said) = verify(&place, doubled.concat());
    assert_eq!((code, said.contains("line 8 ")), (1, true), "{said}");
}

#[test]
fn a_journal_that_ends_in_the_middle_of_a_line_has_no_seal() {
    let (place, text) = rehearsed();
    let lines = text.lines().count();
    let (code, said) = verify(&place, &text[..text.len() - 20]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("Line {lines} is torn")), "{said}");
    // Cut at the end of a line it is whole, but not sealed.
    let unsealed: String = text.split_inclusive('\n').take(lines - 1).collect();
    let (code, said) = verify(&place, unsealed);
    assert_eq!((code, said.contains("not sealed")), (1, true), "{said}");
}

#[test]
fn a_damaged_journal_gives_no_report() {
    let (place, text) = rehearsed();
    fs::write(place.journal("night"), text.replacen("\"adopted\":false", "\"adopted\":true", 1))
        .expect("written");
    let ran = place.run(&["report", "latest"]).expect(1);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert!(ran.stderr.contains("line "), "{}", ran.stderr);
}

#[test]
fn the_chain_can_be_checked_without_lifeboat() {
    let (_place, text) = rehearsed();
    let mut prev = "0".repeat(64);
    for line in text.lines() {
        let (body, hash) = line.rsplit_once(",\"hash\":\"").expect("a hash");
        let hash = hash.trim_end_matches("\"}");
        let mut sha = std::process::Command::new("sha256sum")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("sha256sum runs");
        std::io::Write::write_all(&mut sha.stdin.take().expect("stdin"), format!("{body}}}").as_bytes())
            .expect("written");
        let output = sha.wait_with_output().expect("it ends");
        assert!(String::from_utf8_lossy(&output.stdout).starts_with(hash), "{line}");
        assert!(line.contains(&format!("\"prev\":\"{prev}\"")), "{line}");
        hash.clone_into(&mut prev);
    }
}
