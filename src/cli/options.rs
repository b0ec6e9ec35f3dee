//! Options that many commands share.

use super::complaint::Complaint;
use crate::base::RunId;
use crate::journal::{Store, StoreError};
use anstream::ColorChoice;
use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;

#[derive(Debug, Args)]
pub(super) struct Common {
    /// Where journals lie
    #[arg(long, global = true, value_name = "FOLDER", env = "LIFEBOAT_STORE", default_value = ".lifeboat")]
    store: Utf8PathBuf,
    /// When to use colours
    #[arg(long = "color", global = true, value_name = "WHEN", default_value = "auto")]
    colour: Colour,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

impl Common {
    pub(super) fn colour(&self) -> ColorChoice {
        match self.colour {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::AlwaysAnsi,
            Colour::Never => ColorChoice::Never,
        }
    }

    pub(super) fn store(&self) -> Store {
        Store::new(self.store.clone())
    }

    /// The run that a person means.
    pub(super) fn find_run(&self, text: &str) -> Result<RunId, Complaint> {
        self.store().resolve(text).map_err(|error| store_complaint(&error))
    }
}

pub(super) fn store_complaint(error: &StoreError) -> Complaint {
    let complaint = Complaint::of(2, error);
    match error {
        StoreError::Prepare { .. } | StoreError::Begin { .. } | StoreError::List { .. } => {
            complaint.hint("name a folder that can be written with --store; without a journal nothing runs")
        }
        StoreError::Reopen { .. } => complaint
            .hint("`lifeboat status` shows where a run stands; a run that goes on needs no second process"),
        StoreError::Exists { .. } => complaint.hint("choose another --run-id, or leave it out"),
        StoreError::Empty { .. } => {
            complaint.hint("`lifeboat rehearse` and `lifeboat run` make runs; --store says where they lie")
        }
        StoreError::Unknown { .. } => complaint.hint("`lifeboat list` shows the runs of this store"),
        StoreError::Ambiguous { .. } => complaint.hint("write more of the id"),
    }
}

/// `-p key=value`, as often as needed.
#[derive(Debug, Args)]
pub(super) struct Parameters {
    /// Set a parameter of the runbook
    #[arg(short = 'p', long = "parameter", value_name = "KEY=VALUE")]
    parameters: Vec<String>,
}

impl Parameters {
    pub(super) fn read(&self) -> Result<BTreeMap<String, String>, Complaint> {
        let mut read = BTreeMap::new();
        for parameter in &self.parameters {
            let Some((key, value)) = parameter.split_once('=') else {
                // The text may be a secret that somebody forgot to name.
                return Err(Complaint::wrong("-p wants `key=value`, and there is no `=` in what it got"));
            };
            if read.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(Complaint::wrong(format!("parameter `{key}` is given twice")));
            }
        }
        Ok(read)
    }
}
