//! Stores that cannot be written: a clear error, and nothing touched; or, when it happens in mid-run,
//! what remains is said.

use crate::lifeboat::{Place, Ran};
use std::{fs, path::Path, process::Command};

const SCENARIO: &str = "scenarios/quarterly-drill.yaml";

fn mount(folder: &Path, options: &str) -> bool {
    fs::create_dir_all(folder).expect("a folder");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder).output();
    mounted.is_ok_and(|output| output.status.success())
}

struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

fn rehearse_in(place: &Place, store: &Path) -> Ran {
    place.run(&["rehearse", SCENARIO, "--run-id", "night", "--store", store.to_str().expect("UTF-8")])
}

#[test]
fn a_store_that_is_a_file_is_refused() {
    let place = Place::new();
    let store = place.file("store-file", "not a folder");
    let ran = rehearse_in(&place, &store).expect(2);
    assert!(ran.stderr.contains("hint:") && ran.stderr.contains("--store"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(store).expect("still there"), "not a folder");
}

#[test]
fn a_run_id_that_the_store_has_is_refused() {
    let place = Place::new();
    let store = place.path().join("store");
    rehearse_in(&place, &store).expect(0);
    let journal = fs::read(place.journal("night")).expect("a journal");
    let ran = rehearse_in(&place, &store).expect(2);
    assert!(ran.stderr.contains("night"), "{}", ran.stderr);
    assert_eq!(fs::read(place.journal("night")).expect("a journal"), journal);
}

#[test]
fn a_read_only_store_is_refused_before_anything_is_touched() {
    let place = Place::new();
    let store = place.path().join("sealed");
    assert!(mount(&store, "size=1m,ro"), "this test mounts a tmpfs: run it as root");
    let _mounted = Mounted(&store);
    let ran = rehearse_in(&place, &store).expect(2);
    assert!(ran.stderr.contains("Read-only"), "{}", ran.stderr);
}

#[test]
fn a_full_disk_stops_the_run_and_says_what_remains() {
    // Sizes at which the disk fills up at different moments of the run: before its first entry, early,
    // and after something was created.
    let mut codes = Vec::new();
    for kib in [0, 8, 12, 16, 20, 24, 32, 40] {
        let place = Place::new();
        let store = place.path().join("small");
        assert!(mount(&store, "size=64k"), "this test mounts a tmpfs: run it as root");
        let _mounted = Mounted(&store);
        fs::create_dir_all(store.join("runs/night")).expect("room for a folder");
        fs::write(store.join("ballast"), vec![0; (64 - kib) * 1024 - 4096 * usize::from(kib > 0)]).ok();
        let ran = rehearse_in(&place, &store);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert!([1, 2, 5].contains(&ran.code), "with {kib} KiB: code {}\n{}", ran.code, ran.stderr);
        if ran.code == 5 {
            assert!(ran.stderr.contains("lb-night-orders"), "what remains is not named:\n{}", ran.stderr);
        }
        let journal = store.join("runs/night/journal.jsonl");
        if ran.code != 2 {
            let verified = place.run(&["verify", journal.to_str().expect("UTF-8")]).expect(1);
            assert!(!verified.stderr.contains("hash"), "{}", verified.stderr);
        }
        codes.push(ran.code);
    }
    assert!(codes.contains(&2) && codes.contains(&5), "the disk filled up at no telling moment: {codes:?}");
}
