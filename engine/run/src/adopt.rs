//! The contacts of an engine that is to be replaced: which of them would become ours, and which would not.

use madrigal_model::{
    ChangeCounts, ChangeKind, ConnectorId, DistinguishedName, LinkKind, PendingExport, Timestamp, Value,
};
use madrigal_sync::is_proved;

use crate::engine::Engine;
use crate::error::RunError;
use crate::export::Holds;
use crate::report::Report;
use crate::seen::{Difference, SeenPlan, differences};

/// Somebody else's contacts in the container that is ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incumbents {
    /// Whose X500 addresses or keys say for whom they were made.
    pub proved: Vec<DistinguishedName>,
    /// Which an address alone speaks for.
    pub by_address: Vec<DistinguishedName>,
    /// Which nobody is known for.
    pub unknown: Vec<DistinguishedName>,
}

/// Whether a planned change takes somebody else's contact of this target over.
fn is_adoption(target: ConnectorId, change: &PendingExport) -> bool {
    change.connector == target && change.kind == ChangeKind::Adopt
}

impl Engine {
    /// Somebody else's contacts in the container of a target.
    ///
    /// # Errors
    /// The store's.
    pub async fn incumbents(&self, target: ConnectorId) -> Result<Incumbents, RunError> {
        let mut found = Incumbents::default();
        let Some(configured) = self.topology.connector(target) else { return Ok(found) };
        let Some(container) = &configured.container else { return Ok(found) };
        let class = madrigal_model::AttributeName::known("objectClass");
        let mut after = None;
        loop {
            let page = self.store.scan_objects(target, after.as_ref(), 5_000).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after = Some(last.object.key.anchor.clone());
            for object in page.into_iter().map(|stored| stored.object) {
                let is_contact = class.is_some_and(|class| {
                    let mut classes = object.entry.get(class).iter().map(|value| value.to_value());
                    classes.any(|class| class == Value::text("contact"))
                });
                if !is_contact || !object.dn.is_within(container) {
                    continue;
                }
                match &object.link {
                    None => found.unknown.push(object.dn),
                    Some(link) if is_proved(&self.topology, configured, link) => found.proved.push(object.dn),
                    Some(link) if link.kind == LinkKind::Duplicate => found.by_address.push(object.dn),
                    Some(_) => {}
                }
            }
        }
    }

    /// What would take somebody else's contacts of a target over, with a report of that alone. Nothing is written.
    ///
    /// # Errors
    /// Whatever stops a cycle.
    pub async fn adoptions(
        &mut self,
        target: ConnectorId,
        now: Timestamp,
    ) -> Result<(Report, SeenPlan), RunError> {
        let (mut report, _) = self.preview(now).await?;
        let mut planned = self.seen_plan().await?;
        planned.retain(|_, seen| is_adoption(target, &seen.change));
        for connector in report.connectors.values_mut() {
            connector.planned = ChangeCounts::default();
        }
        let name = self.name(target);
        let counts = &mut report.connector(&name).planned;
        planned.values().for_each(|seen| counts.count(seen.change.kind));
        report.forget_problems();
        self.finish(&mut report).await?;
        Ok((report, planned))
    }

    /// Takes over exactly the contacts that were seen, or none: then everything that differs is given. Nothing else that
    /// is planned is written.
    ///
    /// # Errors
    /// [`RunError::Stopped`] where the guard stops it, and whatever stops a cycle.
    pub async fn export_adoptions(
        &mut self,
        target: ConnectorId,
        seen: &SeenPlan,
        now: Timestamp,
    ) -> Result<Result<Report, Vec<Difference>>, RunError> {
        let (mut report, planned) = self.adoptions(target, now).await?;
        let found = differences(seen, &planned);
        if !found.is_empty() {
            return Ok(Err(found));
        }
        let changes = planned.into_values().map(|seen| seen.change).collect();
        let accepted = self.export_these(target, changes, &Holds::new(), now).await?;
        let name = self.name(target);
        report.connector(&name).exported.add(&accepted);
        self.read_back(&[target].into(), now).await?;
        report.forget_problems();
        self.finish(&mut report).await?;
        Ok(Ok(report))
    }
}
