//! What a person or a program sees.

pub(crate) mod changes;
pub(crate) mod csv;
pub(crate) mod explain;
pub(crate) mod held;
pub(crate) mod history;
pub(crate) mod layout;
mod ldif;
pub(crate) mod names;
pub(crate) mod preview;
pub(crate) mod problems;
pub(crate) mod report;
pub(crate) mod show;
pub(crate) mod style;
pub(crate) mod table;

use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::object::Candidate;
use crate::error::CommandError;

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person
    Text,
    /// For a program: the last line is one object
    #[value(alias = "jsonl")]
    Json,
    /// One line a change and attribute (preview)
    Csv,
    /// Change records (preview)
    Ldif,
    /// One page that needs nothing else (preview)
    Html,
    /// The columns of CSExportAnalyzer (preview)
    Csexport,
}

/// Sends log lines to standard error.
pub(crate) fn start_logging(filter: &str) {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_default();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Prints why a command ended early: the code, what happened, what to do next.
pub(crate) fn failure(error: &CommandError, format: Format) {
    let (code, remedy) = (error.code(), error.remedy());
    if format == Format::Json {
        let mut object = serde_json::json!({ "status": "failed", "code": code, "error": error.to_string(), "remedy": remedy });
        if let Some(object) = object.as_object_mut().filter(|_| !error.candidates().is_empty()) {
            let candidates = error.candidates().iter().map(Candidate::as_json).collect();
            object.insert("candidates".to_owned(), candidates);
        }
        say!("{object}");
        return;
    }
    complain!("{} {error}", style::bad(&format!("{code}:")));
    complain!("{} {remedy}", style::dim("next:"));
}

/// A sign of life for whatever takes longer than a moment.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
}

impl Progress {
    pub(crate) fn start(what: &str, format: Format) -> Self {
        let bar = if format == Format::Text { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, began: Instant::now() }
    }

    /// Takes the sign away; how long it stood.
    pub(crate) fn end(self) -> Duration {
        self.bar.finish_and_clear();
        self.began.elapsed()
    }
}
