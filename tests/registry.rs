//! A step type is one file: the registry and the folder agree.

use crate::lifeboat::{Place, files};
use std::{collections::BTreeSet, fs};

fn in_folder() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir("src/step").expect("src/step") {
        let folder = entry.expect("an entry").path();
        if !folder.is_dir() {
            continue;
        }
        for file in files(folder.to_str().expect("UTF-8"), "rs") {
            let source = fs::read_to_string(&file).expect("a source");
            // Beside step types lies what several of them share.
            if !source.contains("impl Step for ") {
                continue;
            }
            let name = source.split("const NAME: &'static str = \"").nth(1);
            names.extend(name.map(|rest| rest.split('"').next().expect("a name").to_owned()));
        }
    }
    names
}

#[test]
fn every_step_type_in_the_folder_is_registered_and_has_a_manual() {
    let place = Place::new();
    let listed = place.run(&["steps", "--json"]).expect(0).json();
    let registered: BTreeSet<String> = listed["steps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|step| step["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(registered, in_folder());
    for name in &registered {
        let manual = place.run(&["steps", name]).expect(0).stdout;
        for chapter in ["Arguments", "Outputs", "IAM actions"] {
            assert!(manual.contains(chapter), "the manual of {name} has no chapter {chapter}:\n{manual}");
        }
    }
}
