//! The binary, and the little that every test from outside needs.

use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A store of its own, gone with the test.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    pub(crate) fn journal(&self, run: &str) -> PathBuf {
        self.path().join("store/runs").join(run).join("journal.jsonl")
    }

    /// `lifeboat` with this store, and nothing of the environment that could change its mind.
    pub(crate) fn command(&self) -> Command {
        self.wrapped(env!("CARGO_BIN_EXE_lifeboat"))
    }

    /// The same for a program that starts `lifeboat` itself.
    pub(crate) fn wrapped(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("LIFEBOAT_STORE", self.path().join("store"));
        for (name, _) in std::env::vars() {
            if name.starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command.env_remove("NO_COLOR");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command().args(arguments).output().expect("lifeboat starts"))
    }
}

/// What a command printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }
}

/// Files below `folder` with this ending.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .collect();
    files.sort();
    files
}

/// The entries of a journal, as anybody would read them.
pub(crate) fn entries(journal: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(journal).expect("a journal");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// (step, event kind), in order, of the entries that belong to steps.
pub(crate) fn steps_and_kinds(journal: &Path) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    entries(journal)
        .iter()
        .filter_map(|entry| Some((text(&entry["event"]["step"])?, text(&entry["event"]["kind"])?)))
        .collect()
}
