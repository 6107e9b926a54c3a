//! Plans as they were seen, one file each beside the store: so that `export --plan` writes exactly what somebody looked
//! at, and `preview --against` shows what is new since.
//!
//! A plan's name is its run and the beginning of the SHA-256 of its file, so that a file that was altered is not the plan
//! of its name any more. The file is lines of JSON: the head, then a change a line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use madrigal_model::Timestamp;
use madrigal_run::{Difference, Engine, SeenChange, SeenPlan};
use madrigal_state::RunId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::error::CommandError;

/// How many differences a message lists.
const LISTED: usize = 10;
/// How many changes are read and written at once.
const PAGE: u32 = 5_000;

/// What a plan is bound to besides the directories: each as a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bound {
    /// The program's version.
    pub program: String,
    /// The configuration as it stands in the file.
    pub configuration: String,
    /// What was learned of the directories' schemas.
    pub schemas: String,
    /// Each rule set by name.
    pub rules: BTreeMap<String, String>,
}

/// The first line of a plan's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The format's number.
    pub madrigal_plan: u32,
    pub run: u64,
    pub at: Timestamp,
    pub by: String,
    /// The run that it takes back, where it is no plan of the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Whose contacts it takes over, where it is no plan of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopts: Option<Adoption>,
    pub bound: Bound,
}

/// Contacts of others in one directory become ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Adoption {
    /// The directory's connector.
    pub connector: String,
    /// Those, too, that an address alone speaks for.
    pub by_address: bool,
}

/// Where a plan's changes come from.
pub(crate) enum Changes<'a> {
    /// What is planned by the rules.
    Planned(&'a Engine),
    /// These.
    These(&'a SeenPlan),
}

/// What is said of a plan when it is kept.
pub(crate) struct Kept<'a> {
    pub bound: &'a Bound,
    pub run: RunId,
    pub by: &'a str,
    pub at: Timestamp,
    pub undoes: Option<RunId>,
    pub adopts: Option<Adoption>,
}

const FORMAT: u32 = 1;

/// Why a plan is not exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanRefused {
    #[error("there is no plan {id:?}; kept are {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    Unknown { id: String, known: Vec<String> },
    #[error("the plan {id} was altered after it was made, or is damaged; nothing was written")]
    Altered { id: String },
    #[error("the configuration is not the one that the plan {id} was made with; nothing was written")]
    Configuration { id: String },
    #[error("the rules are not those that the plan {id} was made with ({}); nothing was written", rules.join(", "))]
    Rules { id: String, rules: Vec<String> },
    #[error(
        "the directories are not as the plan {id} saw them; nothing was written:\n  {}",
        listed(differences)
    )]
    Directories { id: String, differences: Vec<Difference> },
    #[error(
        "--accept-limit with --plan needs --by and --reason: it is written down who answers for it and why"
    )]
    Unanswered,
}

fn listed(differences: &[Difference]) -> String {
    let mut lines: Vec<String> = differences.iter().take(LISTED).map(ToString::to_string).collect();
    if differences.len() > LISTED {
        lines.push(format!("… and {} more", differences.len() - LISTED));
    }
    lines.join("\n  ")
}

impl PlanRefused {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "MDR-V001",
            Self::Altered { .. } => "MDR-V002",
            Self::Configuration { .. } => "MDR-V003",
            Self::Rules { .. } => "MDR-V004",
            Self::Directories { .. } => "MDR-V005",
            Self::Unanswered => "MDR-V006",
        }
    }

    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => {
                "Take the name that `madrigal preview` printed; each preview makes a plan."
            }
            Self::Unanswered => "Add --by WHO --reason TEXT.",
            _ => "Look again with `madrigal preview`: it makes a new plan.",
        }
    }

    /// Whether the command was used wrongly; else the plan waits for another look.
    pub(crate) fn is_wrong_use(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Unanswered)
    }
}

/// The folder of the plans: beside the store.
fn folder(config: &Config) -> PathBuf {
    let mut folder = config.path(&config.store.path);
    folder.as_mut_os_string().push(".plans");
    folder
}

fn failed<'d>(doing: &'d str, path: &Path) -> impl FnOnce(std::io::Error) -> CommandError + use<'d> {
    let path = path.display().to_string();
    move |source| CommandError::File { doing: format!("{doing} {path}"), source }
}

/// Keeps the plan as it stands and gives its name. The oldest go where more are kept than the configuration says.
pub(crate) async fn keep(
    config: &Config,
    changes: Changes<'_>,
    kept: Kept<'_>,
) -> Result<String, CommandError> {
    let Kept { bound, run, by, at, undoes, adopts } = kept;
    let folder = folder(config);
    std::fs::create_dir_all(&folder).map_err(failed("making the folder", &folder))?;
    let path = folder.join(format!("{}.part", run.0));
    let mut writer = Writer::create(&path)?;
    let undoes = undoes.map(|run| run.0);
    let by = by.to_owned();
    let head = Head { madrigal_plan: FORMAT, run: run.0, at, by, undoes, adopts, bound: bound.clone() };
    writer.line(&head)?;
    match changes {
        Changes::These(changes) => changes.values().try_for_each(|seen| writer.line(seen))?,
        Changes::Planned(engine) => write_planned(engine, &mut writer).await?,
    }
    let id = format!("{}-{}", run.0, writer.finish()?);
    let kept = folder.join(format!("{id}.jsonl"));
    std::fs::rename(&path, &kept).map_err(failed("keeping the plan", &kept))?;
    let mut ids = ids(&folder);
    while ids.len() > config.store.keep_plans.max(1) {
        let oldest = folder.join(format!("{}.jsonl", ids.remove(0)));
        // One that is not there needs no removing, and one that stays does no harm.
        let _ = std::fs::remove_file(oldest);
    }
    Ok(id)
}

async fn write_planned(engine: &Engine, writer: &mut Writer) -> Result<(), CommandError> {
    for target in engine.targets() {
        let mut after = None;
        loop {
            let page = engine.seen(target, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.change.identity);
            page.iter().try_for_each(|seen| writer.line(seen))?;
        }
    }
    Ok(())
}

/// The names of the plans that are kept, the oldest first.
fn ids(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut ids: Vec<(u64, String)> = names
        .filter_map(|name| {
            let id = name.strip_suffix(".jsonl")?;
            Some((id.split_once('-')?.0.parse().ok()?, id.to_owned()))
        })
        .collect();
    ids.sort_unstable();
    ids.into_iter().map(|(_, id)| id).collect()
}

/// Reads a plan by its name.
pub(crate) fn read(config: &Config, id: &str) -> Result<(Head, SeenPlan), CommandError> {
    let folder = folder(config);
    let known = ids(&folder);
    if !known.iter().any(|known| known == id) {
        return Err(PlanRefused::Unknown { id: id.to_owned(), known }.into());
    }
    let path = folder.join(format!("{id}.jsonl"));
    let text = std::fs::read(&path).map_err(failed("reading the plan", &path))?;
    parse(id, &text).ok_or_else(|| PlanRefused::Altered { id: id.to_owned() }.into())
}

/// The plan of a run.
pub(crate) fn of_run(config: &Config, run: u64) -> Result<SeenPlan, CommandError> {
    let known = ids(&folder(config));
    let id = known.iter().find(|id| id.split_once('-').is_some_and(|(number, _)| number == run.to_string()));
    match id {
        Some(id) => Ok(read(config, id)?.1),
        None => Err(PlanRefused::Unknown { id: run.to_string(), known }.into()),
    }
}

/// The plan, if the text is the one that the name was made from.
fn parse(id: &str, text: &[u8]) -> Option<(Head, SeenPlan)> {
    let (_, digest) = id.split_once('-')?;
    if shortened(&Sha256::digest(text)) != digest {
        return None;
    }
    let mut lines = std::str::from_utf8(text).ok()?.lines();
    let head: Head = serde_json::from_str(lines.next()?).ok()?;
    let mut plan = SeenPlan::new();
    for line in lines {
        let seen: SeenChange = serde_json::from_str(line).ok()?;
        plan.insert((seen.change.connector, seen.change.identity), seen);
    }
    (head.madrigal_plan == FORMAT).then_some((head, plan))
}

/// Whether the configuration and the rules are those that the plan was made with.
pub(crate) fn require_bound(id: &str, seen: &Bound, now: &Bound) -> Result<(), PlanRefused> {
    let id = id.to_owned();
    let names = seen.rules.keys().chain(now.rules.keys());
    let mut rules: Vec<String> =
        names.filter(|name| seen.rules.get(*name) != now.rules.get(*name)).cloned().collect();
    rules.dedup();
    if seen.configuration != now.configuration {
        Err(PlanRefused::Configuration { id })
    } else if !rules.is_empty() {
        Err(PlanRefused::Rules { id, rules })
    } else if seen != now {
        // Another version, or a schema that has changed: what the configuration means is another thing.
        Err(PlanRefused::Configuration { id })
    } else {
        Ok(())
    }
}

/// The beginning of a SHA-256: 64 bits are enough for a name, and to see that a file was altered.
fn shortened(digest: &[u8]) -> String {
    digest.iter().take(8).map(|octet| format!("{octet:02x}")).collect()
}

/// Writes lines and hashes them on the way.
struct Writer {
    file: BufWriter<File>,
    path: PathBuf,
    hash: Sha256,
}

impl Writer {
    fn create(path: &Path) -> Result<Self, CommandError> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        // It holds what the store holds: nobody else needs to read it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed("writing the plan", path))?;
        Ok(Self { file: BufWriter::new(file), path: path.to_owned(), hash: Sha256::new() })
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), CommandError> {
        let mut line = serde_json::to_vec(value)
            .map_err(|error| failed("writing the plan", &self.path)(error.into()))?;
        line.push(b'\n');
        self.hash.update(&line);
        self.file.write_all(&line).map_err(failed("writing the plan", &self.path))
    }

    fn finish(mut self) -> Result<String, CommandError> {
        self.file.flush().map_err(failed("writing the plan", &self.path))?;
        self.file.get_ref().sync_all().map_err(failed("writing the plan", &self.path))?;
        Ok(shortened(&self.hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound() -> Bound {
        let rules = [("galsync".to_owned(), "1".to_owned())].into();
        Bound { program: "1".into(), configuration: "1".into(), schemas: "1".into(), rules }
    }

    #[test]
    fn a_plan_altered_by_one_octet_is_none() {
        let head = Head {
            madrigal_plan: FORMAT,
            run: 7,
            at: Timestamp::from_millis(0),
            by: "anna".into(),
            undoes: None,
            adopts: None,
            bound: bound(),
        };
        let mut text = serde_json::to_vec(&head).unwrap();
        text.push(b'\n');
        let id = format!("7-{}", shortened(&Sha256::digest(&text)));
        assert_eq!(parse(&id, &text).map(|(head, _)| head), Some(head));
        for at in 0..text.len() {
            let mut altered = text.clone();
            altered[at] ^= 1;
            assert!(parse(&id, &altered).is_none(), "octet {at}");
        }
        assert!(parse(&id, &text[..text.len() - 1]).is_none());
    }

    #[test]
    fn what_a_plan_is_bound_to() {
        let check = |change: fn(&mut Bound), code: Option<&str>| {
            let mut now = bound();
            change(&mut now);
            let refused = require_bound("7-1", &bound(), &now).err();
            assert_eq!(refused.map(|refused| refused.code()), code);
        };
        check(|_| {}, None);
        check(|now| now.configuration = "2".into(), Some("MDR-V003"));
        check(|now| now.schemas = "2".into(), Some("MDR-V003"));
        check(|now| now.program = "2".into(), Some("MDR-V003"));
        check(|now| now.rules = [("galsync".to_owned(), "2".to_owned())].into(), Some("MDR-V004"));
        check(|now| now.rules.clear(), Some("MDR-V004"));
    }
}
