//! `audit verify`: whether the audit log is as it was written.

use clap::Args;
use madrigal_state::{AuditFault, AuditLink, Verified, verify_audit};

use crate::commands::ConfigArguments;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, Progress, style};
use crate::session;

/// What `audit verify` says of a log that is not as it was written.
const CODE: &str = "MDR-S008";
/// How many faults are shown to a person.
const SHOWN: usize = 20;

#[derive(Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// A line and its link, as an earlier check told them: found changed even if the whole log was written anew
    #[arg(long, value_name = "LINE:LINK", value_parser = noted)]
    pub head: Option<(u64, AuditLink)>,
}

fn noted(text: &str) -> Result<(u64, AuditLink), String> {
    let (line, link) = text.split_once(':').ok_or("write it as LINE:LINK")?;
    let line = line.parse().map_err(|_| format!("{line:?} is no line's number"))?;
    Ok((line, link.parse().map_err(|error: madrigal_state::NoAuditLink| error.to_string())?))
}

pub(crate) async fn execute(arguments: &VerifyArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let (_, store) = session::open_for_reading(&arguments.config.config).await?;
    let progress = Progress::start("Checking the audit log", format);
    let verified = verify_audit(&store, arguments.head).await;
    progress.end();
    let verified = verified?;
    store.close().await;
    if format == Format::Json {
        say!("{}", as_json(&verified));
    } else {
        print(&verified);
    }
    Ok(if verified.faults.is_empty() { ExitStatus::Done } else { ExitStatus::SomeObjectsHaveProblems })
}

fn head_text(verified: &Verified) -> Option<String> {
    verified.head.map(|head| format!("{}:{}", head.line, head.link))
}

fn as_json(verified: &Verified) -> serde_json::Value {
    let faults: Vec<String> = verified.faults.iter().map(AuditFault::to_string).collect();
    serde_json::json!({
        "lines": verified.lines,
        "head": head_text(verified),
        "first": verified.head.map(|head| head.first),
        "code": (!faults.is_empty()).then_some(CODE),
        "faults": faults,
    })
}

fn print(verified: &Verified) {
    for fault in verified.faults.iter().take(SHOWN) {
        say!("{} {fault}", style::bad(&format!("{CODE}:")));
    }
    if verified.faults.len() > SHOWN {
        say!("… and {} more (--format json lists all)", verified.faults.len() - SHOWN);
    }
    let before = verified.head.map_or(0, |head| head.first - 1);
    if before > 0 {
        say!("{before} lines were written before there was a chain: nothing is known of them.");
    }
    if verified.faults.is_empty() {
        say!("{} {} lines, each as it was written.", style::good("✓"), verified.lines.saturating_sub(before));
    } else {
        say!(
            "{} the lines named are not as they were written; compare them with an export or a copy of the store.",
            style::dim("next:")
        );
    }
    if let Some(head) = head_text(verified) {
        say!("{}", style::dim("Note this elsewhere; --head compares it at the next check:"));
        say!("{head}");
    }
}
