//! The conventions of the tree. A rule exists when a test enforces it: these are the rules.
//!
//! Each rule is a table of rows and a function that turns the tree into findings. A finding names the place and says
//! what to do; an exception is a row with its reason.

mod codes;
mod crates;
mod keys;
mod lengths;
mod markdown;
mod pages;
mod source;
mod sources;
mod tree;

/// One place that is not as a rule says.
struct Finding {
    path: String,
    /// Counted from 1; 0: the file as a whole.
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// Fails with every finding, or passes when there is none. `remedy` says what to do about them.
#[track_caller]
fn check(remedy: &str, findings: Vec<Finding>) {
    if findings.is_empty() {
        return;
    }
    let place = |finding: &Finding| match finding.line {
        0 => finding.path.clone(),
        line => format!("{}:{line}", finding.path),
    };
    let mut lines: Vec<String> =
        findings.iter().map(|finding| format!("{}: {}", place(finding), finding.what)).collect();
    lines.sort();
    panic!("\n{}\nhint: {remedy}", lines.join("\n"));
}
