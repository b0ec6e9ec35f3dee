//! A module names lower floors only, never its neighbours.

use std::{collections::BTreeMap, fs, path::Path};

/// The floors, as `src/lib.rs` lists them.
fn floors() -> BTreeMap<String, u32> {
    let lib = fs::read_to_string("src/lib.rs").expect("src/lib.rs");
    let mut floors = BTreeMap::new();
    let mut floor = None;
    for line in lib.lines() {
        if let Some(rest) = line.strip_prefix("// Floor ") {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            floor = Some(digits.parse().expect("the number of a floor"));
        } else if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
            floors.insert(name.to_owned(), floor.expect("every module stands on a floor"));
        }
    }
    floors
}

/// The modules that a source names by `crate::`, single or in a group.
fn named(source: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (index, _) in source.match_indices("crate::") {
        let rest = &source[index + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            modules.extend(in_group(group));
        } else {
            modules.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    modules
}

/// The first words of the paths in `{base::RunId, event::{Entry, Event}}`, its first brace left out.
fn in_group(group: &str) -> Vec<String> {
    let (mut words, mut depth, mut path_goes_on) = (vec![String::new()], 1, false);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                words.push(String::new());
                path_goes_on = false;
            }
            ':' => path_goes_on = true,
            c if depth == 1 && !path_goes_on && (c.is_alphanumeric() || c == '_') => {
                words.last_mut().expect("there is always one").push(c);
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn violations(module: &str, source: &str, floors: &BTreeMap<String, u32>) -> Vec<String> {
    let own = floors[module];
    named(source)
        .into_iter()
        .filter(|named| named != module)
        .filter(|named| floors.get(named).is_some_and(|floor| *floor >= own))
        .collect()
}

#[test]
fn a_module_names_lower_floors_only() {
    let floors = floors();
    assert!(floors.len() > 10, "{floors:?}");
    let mut wrong = Vec::new();
    for module in floors.keys() {
        let mut files = Vec::new();
        sources(&Path::new("src").join(module), &mut files);
        assert!(!files.is_empty(), "src/{module} holds no source");
        for file in files {
            let source = fs::read_to_string(&file).expect("a source");
            for named in violations(module, &source, &floors) {
                wrong.push(format!("{} names `{named}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_upward_or_sideways_name_is_caught() {
    let floors = floors();
    let caught = |module, source| violations(module, source, &floors);
    assert_eq!(caught("event", "use crate::run::Driver;"), ["run"]);
    assert_eq!(caught("event", "use crate::world::Notice;"), ["world"]);
    assert_eq!(caught("journal", "use crate::{base::RunId, cli::{a, b}, event};"), ["cli"]);
    assert!(caught("run", "use crate::{base::RunId, event::Entry};").is_empty());
}

#[test]
fn every_source_says_first_what_it_owns() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    for file in files {
        let source = fs::read_to_string(&file).expect("a source");
        assert!(source.starts_with("//! "), "{} does not open with its head", file.display());
    }
}
