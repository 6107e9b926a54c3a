//! The command as a user runs it: a copy of the example, edited as its two companies would edit it.

mod addresses;
mod adopt;
mod entra;
mod example;
mod expectations;
mod explain;
mod grace;
mod groups;
mod history;
mod pipes;
mod plans;
mod readers;
mod references;
mod rules;
mod sights;
mod undo;
mod update_recipient;
mod wrong_input;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A copy of the example in a folder of its own.
pub(crate) struct Example {
    folder: tempfile::TempDir,
}

impl Example {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/abc-xyz");
        for name in ["madrigal.toml", "abc.ldif", "xyz.ldif"] {
            std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Changes the records of a file: the function gets each record and gives what takes its place.
    pub(crate) fn edit(&self, name: &str, mut change: impl FnMut(&str) -> Option<String>) {
        let text = self.read(name);
        let records: Vec<String> = text.split("\n\n").filter_map(&mut change).collect();
        self.write(name, &records.join("\n\n"));
    }

    /// Runs a command on the example.
    pub(crate) fn madrigal(&self, arguments: &[&str]) -> Output {
        let (command, rest) = arguments.split_first().unwrap();
        Command::new(env!("CARGO_BIN_EXE_madrigal"))
            .arg(command)
            .arg("-c")
            .arg(self.path("madrigal.toml"))
            .args(rest)
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }

    /// Replaces a text in the records of one name.
    pub(crate) fn replace(&self, file: &str, dn: &str, from: &str, to: &str) {
        let mut found = false;
        self.edit(file, |record| {
            let is_meant = record.starts_with(&format!("dn: {dn}"));
            found |= is_meant && record.contains(from);
            Some(if is_meant { record.replace(from, to) } else { record.to_owned() })
        });
        assert!(found, "{dn} has no {from:?}");
    }

    /// Runs a command and gives its exit status and the object that it ends with.
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
        let output = self.madrigal(&arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let last = text.lines().last().unwrap_or_else(|| {
            panic!("{arguments:?} printed nothing: {}", String::from_utf8_lossy(&output.stderr))
        });
        (output.status.code().unwrap(), serde_json::from_str(last).unwrap())
    }
}

/// The kinds of change with a count above zero, as `add 3, hide 1`.
pub(crate) fn shown(counts: &Value) -> String {
    let counts = counts.as_object().unwrap().iter().filter(|(_, count)| count.as_u64() != Some(0));
    counts.map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ")
}
