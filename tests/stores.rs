//! Stores that cannot be written: a clear error, and nothing touched; or, when it happens in mid-run,
//! what remains is said.

use crate::lifeboat::{Place, Ran};
use std::{fs, path::Path};

const SCENARIO: &str = "scenarios/quarterly-drill.yaml";

/// Runs a shell script with a tmpfs mounted at `folder`, which nobody else sees: in a namespace of its own.
fn with_tmpfs(place: &Place, folder: &Path, options: &str, script: &str) -> Ran {
    fs::create_dir_all(folder).expect("a folder");
    let script = format!(
        "mount -t tmpfs -o {options} tmpfs '{0}' && lifeboat() {{ '{1}' --store '{0}' \"$@\"; }} && cd '{2}' && {script}",
        folder.display(),
        env!("CARGO_BIN_EXE_lifeboat"),
        env!("CARGO_MANIFEST_DIR"),
    );
    let root = fs::metadata("/proc/self")
        .map(|process| std::os::unix::fs::MetadataExt::uid(&process))
        .expect("a uid")
        == 0;
    let namespaces = if root { "-m" } else { "-rm" };
    let output =
        place.wrapped("unshare").args([namespaces, "bash", "-c", &script]).output().expect("unshare runs");
    Ran::of(output)
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
    let script = format!("lifeboat rehearse {SCENARIO}");
    let ran = with_tmpfs(&place, &store, "size=1m,ro", &script).expect(2);
    assert!(ran.stderr.contains("Read-only"), "{}", ran.stderr);
}

#[test]
fn a_full_disk_stops_the_run_and_says_what_remains() {
    // Sizes at which the disk fills up at different moments of the run: before its first entry, early,
    // and after something was created.
    let mut codes = Vec::new();
    for pages in [0, 1, 2, 3, 4, 5, 6, 8, 10] {
        let place = Place::new();
        let store = place.path().join("small");
        // All but so many pages are taken.
        let script = format!(
            "mkdir -p '{0}/runs/night' && head -c $(( 65536 - 4096 * {pages} )) /dev/zero > '{0}/ballast'; \
             lifeboat rehearse {SCENARIO} --run-id night; code=$?; lifeboat verify night; echo verified $?; exit $code",
            store.display()
        );
        let ran = with_tmpfs(&place, &store, "size=64k", &script);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert!([1, 2, 5].contains(&ran.code), "with {pages} pages: code {}\n{}", ran.code, ran.stderr);
        assert!(ran.stderr.contains("No space left"), "with {pages} pages: {}", ran.stderr);
        if ran.code == 5 {
            assert!(ran.stderr.contains("this remains: "), "{}", ran.stderr);
        }
        if ran.code != 2 {
            // What there is of the journal is whole, but not sealed.
            assert!(
                ran.stdout.contains("is intact") && ran.stdout.ends_with("verified 1\n"),
                "{}",
                ran.stdout
            );
        }
        codes.push(ran.code);
    }
    assert!(codes.contains(&2) && codes.contains(&5), "the disk filled up at no telling moment: {codes:?}");
}
