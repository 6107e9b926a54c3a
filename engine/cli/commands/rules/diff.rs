//! `rules diff`: what other rules would change for whom, on the objects in the store. Nothing is written.
//!
//! Each source object is taken through both rule sets by itself: what several directories say together of one person is
//! for `preview` to show, once the configuration names the new rules.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use madrigal_mappings::{Memberships, RuleComparison, RuleDifference, WalkObject};
use madrigal_model::{AttributeName, ConnectorId, SpaceObject, Value};
use madrigal_run::in_parts;
use madrigal_state::{SqliteStore, Store, StoredObject};
use madrigal_sync::{Share, Topology, object_type};

use super::{load_rules, show};
use crate::assemble;
use crate::commands::ConfigArguments;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, style};
use crate::session;

#[derive(Args)]
pub(crate) struct DiffArguments {
    /// The rules now: a rule file, or the name of a built-in rule set
    pub old: PathBuf,
    /// The rules to come
    pub new: PathBuf,
    #[command(flatten)]
    pub config: ConfigArguments,
    /// How many objects to list; all are counted
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    pub limit: usize,
}

/// How many objects are read at a time.
const PAGE: u32 = 4000;

/// An object for which something changes.
struct Changed {
    object: String,
    share: String,
    differences: Vec<RuleDifference>,
}

#[derive(Default)]
struct Found {
    objects: usize,
    changed: usize,
    by_kind: BTreeMap<String, usize>,
    listed: Vec<Changed>,
}

pub(crate) async fn execute(arguments: &DiffArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let (old, old_diagnostics) = load_rules(std::slice::from_ref(&arguments.old))?;
    let (new, new_diagnostics) = load_rules(std::slice::from_ref(&arguments.new))?;
    let (Some(old), Some(new)) = (old, new) else {
        let diagnostics = [old_diagnostics, new_diagnostics].concat();
        return Ok(show(&diagnostics, "the rules", format));
    };
    let (config, store) = session::open_for_reading(&arguments.config.config).await?;
    let known = store.connectors().await?;
    let mut ids: BTreeMap<String, ConnectorId> =
        known.iter().map(|connector| (connector.name.clone(), connector.id)).collect();
    ids.retain(|name, _| config.connector.contains_key(name));
    let topology = assemble::topology(&config, &ids)?;
    let mut found = Found::default();
    let rules = RuleComparison::new(&old, &new);
    let asks_groups = old.asks_groups() || new.asks_groups();
    for share in &topology.shares {
        if !rules.can_differ() {
            // Nobody has to be looked at to know that nobody is concerned.
            let stored = known.iter().find(|connector| connector.id == share.from);
            found.objects += stored.map_or(0, |stored| usize::try_from(stored.objects).unwrap_or(usize::MAX));
            continue;
        }
        compare(&store, &topology, share, &rules, asks_groups, arguments.limit, &mut found).await?;
    }
    store.close().await;
    print(&found, format);
    Ok(ExitStatus::Done)
}

async fn compare(
    store: &SqliteStore,
    topology: &Topology,
    share: &Share,
    rules: &RuleComparison<'_>,
    asks_groups: bool,
    limit: usize,
    found: &mut Found,
) -> Result<(), CommandError> {
    let Some(source) = topology.connector(share.from) else { return Ok(()) };
    let targets: Vec<&str> =
        share.to.iter().filter_map(|id| topology.connector(*id)).map(|target| target.name.as_str()).collect();
    let name = format!("{} to {}", source.name, targets.join(", "));
    let groups = if asks_groups { memberships(store, share.from).await? } else { Memberships::default() };
    if asks_groups && groups.is_empty() {
        return Err(CommandError::Value {
            place: source.name.clone(),
            reason: "the rules ask for a membership, and no group's members are stored".to_owned(),
            remedy: "An import reads what its rules name: let one name [member], and import again."
                .to_owned(),
        });
    }
    let now = session::now();
    let differences = |stored: &StoredObject| {
        let object = &stored.object;
        let own_groups = groups.of(&object.key.anchor, &object.dn);
        let walked = WalkObject {
            connector: &source.kind,
            object_type: object_type(&object.entry),
            dn: Some(&object.dn),
            entry: &object.entry,
            groups: &own_groups,
        };
        rules.differences(&walked, (&source.parameters, &share.parameters), now)
    };
    let mut page = store.scan_objects(share.from, None, PAGE).await?;
    while let Some(last) = page.last() {
        let after = last.object.key.anchor.clone();
        // The next page is read while this one is compared.
        let (next, compared) = tokio::join!(store.scan_objects(share.from, Some(&after), PAGE), async {
            in_parts(page.iter().collect(), |part| part.into_iter().map(&differences).collect::<Vec<_>>())
        });
        for (stored, differences) in page.iter().zip(compared.into_iter().flatten()) {
            found.count(&stored.object, &name, differences, limit);
        }
        page = next?;
    }
    Ok(())
}

impl Found {
    fn count(&mut self, object: &SpaceObject, share: &str, differences: Vec<RuleDifference>, limit: usize) {
        self.objects += 1;
        if differences.is_empty() {
            return;
        }
        self.changed += 1;
        for difference in &differences {
            *self.by_kind.entry(kind(difference)).or_default() += 1;
        }
        if self.listed.len() < limit {
            self.listed.push(Changed { object: object.dn.to_string(), share: share.to_owned(), differences });
        }
    }
}

/// Who belongs to which group of a directory.
async fn memberships(store: &SqliteStore, connector: ConnectorId) -> Result<Memberships, CommandError> {
    let mut memberships = Memberships::default();
    let Ok(member) = AttributeName::intern("member") else { return Ok(memberships) };
    let mut after = None;
    loop {
        let page = store.scan_objects(connector, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(memberships) };
        after = Some(last.object.key.anchor.clone());
        for object in page.iter().map(|stored| &stored.object).filter(|object| object.entry.has(member)) {
            memberships.add(&object.key.anchor, &object.dn, object.entry.get(member));
        }
    }
}

fn kind(difference: &RuleDifference) -> String {
    match difference {
        RuleDifference::Appears { .. } => "appears".to_owned(),
        RuleDifference::Disappears { .. } => "disappears".to_owned(),
        RuleDifference::Attribute { attribute, .. } => attribute.to_string(),
    }
}

fn print(found: &Found, format: Format) {
    if format == Format::Json {
        let list: Vec<_> = found
            .listed
            .iter()
            .map(|changed| {
                let differences: Vec<_> = changed.differences.iter().map(as_json).collect();
                serde_json::json!({ "object": changed.object, "share": changed.share, "differences": differences })
            })
            .collect();
        say!(
            "{}",
            serde_json::json!({
                "objects": found.objects,
                "changed": found.changed,
                "by_kind": found.by_kind,
                "listed": list,
            })
        );
        return;
    }
    for changed in &found.listed {
        say!("{} {}", style::bold(&changed.object), style::dim(&changed.share));
        for difference in &changed.differences {
            say!("    {}", in_words(difference));
        }
    }
    for (kind, count) in &found.by_kind {
        say!("{count:8} {kind}");
    }
    say!("{} of {} objects would change; nothing was written", found.changed, found.objects);
}

fn as_json(difference: &RuleDifference) -> serde_json::Value {
    match difference {
        RuleDifference::Appears { was_not } => serde_json::json!({ "kind": "appears", "because": was_not }),
        RuleDifference::Disappears { because } => {
            serde_json::json!({ "kind": "disappears", "because": because })
        }
        RuleDifference::Attribute { attribute, old, new, rule } => {
            serde_json::json!({ "kind": "attribute", "attribute": attribute, "old": old, "new": new, "rule": rule })
        }
    }
}

fn in_words(difference: &RuleDifference) -> String {
    let values = |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" · ");
    match difference {
        RuleDifference::Appears { was_not } => format!("{} before: {was_not}", style::good("appears;")),
        RuleDifference::Disappears { because } => format!("{} {because}", style::bad("disappears:")),
        RuleDifference::Attribute { attribute, old, new, rule } => format!(
            "{attribute}: {} → {} {}",
            style::bad(&values(old)),
            style::good(&values(new)),
            style::dim(&format!("({rule})"))
        ),
    }
}
