//! `adopt`: shows what another engine's contacts would become if we took them over. The plan is kept under a name and
//! exported like any other; until then nothing changes, for it is worked out on a copy of the store.

use std::collections::HashMap;

use clap::Args;
use madrigal_model::DistinguishedName;
use madrigal_run::Incumbents;

use crate::commands::{ViewArguments, WorkArguments};
use crate::config::Config;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, Progress, preview, report, style};
use crate::plans::{self, Adoption, Changes, Kept};
use crate::session::{self, Session};

/// How many contacts of one sort are named.
const NAMED: usize = 10;

#[derive(Args)]
pub(crate) struct AdoptArguments {
    /// The directory whose container holds the contacts
    pub connector: String,
    #[command(flatten)]
    pub work: WorkArguments,
    /// Take over those, too, that an address alone speaks for
    #[arg(long)]
    pub by_address: bool,
    #[command(flatten)]
    pub view: ViewArguments,
}

pub(crate) async fn execute(arguments: &AdoptArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let config = Config::read(&arguments.work.config.config)?;
    let kept_beside = config.clone();
    let config = config.adopting(&arguments.connector, arguments.by_address);
    let (session, _copy) = session::open_copy(config, "adopt", &arguments.work.accepted_limits).await?;
    show(session, &kept_beside, arguments, format).await
}

async fn show(
    mut session: Session,
    kept_beside: &Config,
    arguments: &AdoptArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    let (now, by) = (arguments.work.now(), arguments.work.by());
    let progress = Progress::start("adopt", format);
    let engine = &mut session.engine;
    let target = engine.connector_named(&arguments.connector)?;
    let run = engine.begin_run("adopt", &by, now).await?;
    let (cycled, seen) = match engine.adoptions(target, now).await {
        Ok(found) => found,
        Err(error) => {
            progress.end();
            return Err(session.failed(error, arguments.work.now()).await);
        }
    };
    let incumbents = engine.incumbents(target).await?;
    let adoption = Adoption { connector: arguments.connector.clone(), by_address: arguments.by_address };
    let bound = &session.bound;
    let kept = Kept { bound, run, by: &by, at: now, undoes: None, adopts: Some(adoption) };
    let id = plans::keep(kept_beside, Changes::These(&seen), kept).await?;
    let plan = engine.weigh(target, seen.values().map(|seen| &seen.change)).await?;
    progress.end();
    let outcome =
        report::Outcome { run, report: cycled, stopped: None, readers: Vec::new(), finished: Vec::new() };
    let shown = preview::Shown {
        plan: &plan,
        outcome: &outcome,
        id: Some(&id),
        made: format!("Contacts of others in {} become ours; made at {now} by {by}", arguments.connector),
        all: arguments.view.all,
        only: Some(&arguments.connector),
        against: None,
        undo: None,
        instead: Some(&seen),
        groups: HashMap::new(),
        at_most: arguments.view.at_most,
        html: arguments.view.html.as_deref(),
        counts: &|_| true,
    };
    if format == Format::Text {
        tell(&incumbents, arguments);
    }
    preview::print(engine, &shown, format).await?;
    engine.end_run("{\"status\":\"done\"}", arguments.work.now()).await?;
    session.close().await?;
    Ok(if plan.stops().is_empty() { ExitStatus::Done } else { ExitStatus::Stopped })
}

fn tell(incumbents: &Incumbents, arguments: &AdoptArguments) {
    let place = &arguments.connector;
    let Incumbents { proved, by_address, unknown } = incumbents;
    let all = proved.len() + by_address.len() + unknown.len();
    say!("{}", style::bold(&format!("Contacts of others in the container of {place}: {all}")));
    say!("  {} whose X500 address or key says for whom it was made: taken over", proved.len());
    let how =
        if arguments.by_address { "taken over, as you said" } else { "left; --by-address takes it over" };
    named(by_address, &format!("{} of which an address alone says that: {how}", by_address.len()));
    named(unknown, &format!("{} of nobody whom we publish there: left", unknown.len()));
}

fn named(contacts: &[DistinguishedName], head: &str) {
    say!("  {head}");
    for dn in contacts.iter().take(NAMED) {
        say!("    {}", style::dim(dn.as_str()));
    }
    if contacts.len() > NAMED {
        say!("    {}", style::dim(&format!("… and {} more", contacts.len() - NAMED)));
    }
}
