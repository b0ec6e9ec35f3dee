//! `lifeboat verify`: the chain and the seals of a journal.

use super::{complaint::Complaint, options::Common, screen::Screen};
use crate::journal::{self, Verification};
use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

/// Check that a journal says what it said when it was written
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A run (an id, a unique prefix, `latest`), or the path of a journal
    #[arg(value_name = "RUN|FILE")]
    what: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let path = Utf8PathBuf::from(&self.what);
        let path = if path.is_file() { path } else { common.store().journal(&common.find_run(&self.what)?) };
        let verified = match journal::verify(&path) {
            Ok(verification) => verification,
            Err(error) => {
                let complaint = Complaint::of(1, &error);
                if self.json {
                    screen
                        .result(&format!("{:#}\n", json!({ "intact": false, "damage": complaint.message })));
                }
                return Err(complaint
                    .hint("keep the file as it is: what was changed may matter; restore it from a copy"));
            }
        };
        let sealed = verified.is_sealed();
        if self.json {
            screen.result(&format!("{:#}\n", as_json(&verified)));
        } else {
            screen.result(&format!("{}\n", in_words(&verified, path.as_str())));
        }
        Ok(u8::from(!sealed))
    }
}

fn as_json(verified: &Verification) -> serde_json::Value {
    json!({
        "intact": true,
        "sealed": verified.is_sealed(),
        "signed": false,
        "entries": verified.entries,
        "seals": verified.seals,
        "unsealed_entries": verified.unsealed,
        "torn_line": verified.torn,
        "digest": verified.digest,
    })
}

fn in_words(verified: &Verification, path: &str) -> String {
    let Verification { entries, seals, unsealed, torn, digest } = verified;
    let mut words = vec![format!("The chain of {entries} entries is intact.")];
    if let Some(line) = torn {
        words.push(format!(
            "Line {line} is torn: the run was cut off while it was written, so it is no entry."
        ));
    }
    words.push(if verified.is_sealed() {
        format!("It is sealed ({seals}), and not signed: the chain detects accident, not forgery.")
    } else {
        format!(
            "It is not sealed: {unsealed} entries stand after the last seal. The run goes on, or was cut off."
        )
    });
    words.push(format!("Digest: {digest}"));
    words.push(format!("Journal: {path}"));
    words.join("\n")
}
