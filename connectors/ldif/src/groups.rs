//! In how many groups of a snapshot an object stands: the snapshot is read once more for its groups' members alone.

use std::collections::HashMap;

use madrigal_api::{ConnectorError, ImportMode, ImportRequest, Importer};
use madrigal_model::{
    AttributeName, AttributePatch, DistinguishedName, Observation, ObservedChange, Timestamp, Value, ValueRef,
};

use crate::import::LdifImporter;

/// How many observations of one page.
const PAGE: usize = 5_000;

/// For each name, in how many groups it stands.
pub(crate) async fn count(
    mut importer: LdifImporter,
    names: &[DistinguishedName],
) -> Result<Option<Vec<u64>>, ConnectorError> {
    let Some(member) = AttributeName::known("member") else { return Ok(None) };
    let mut counts: HashMap<String, u64> = names.iter().map(|name| (name.normalized(), 0)).collect();
    let request = ImportRequest {
        mode: ImportMode::Full,
        attributes: vec![member],
        page_size: PAGE,
        now: Timestamp::from_millis(0),
    };
    let mut from = None;
    loop {
        let page = importer.page(&request, from.as_ref()).await?;
        for observation in &page.observations {
            for (name, comes) in members(observation, member) {
                let name = DistinguishedName::from_directory(&name).normalized();
                if let Some(count) = counts.get_mut(&name) {
                    *count = if comes { *count + 1 } else { count.saturating_sub(1) };
                }
            }
        }
        if !page.more {
            break;
        }
        from = Some(page.watermark);
    }
    Ok(Some(names.iter().map(|name| counts.get(&name.normalized()).copied().unwrap_or(0)).collect()))
}

/// The members that an observation shows, and whether each comes or goes.
fn members(observation: &Observation, member: AttributeName) -> Vec<(String, bool)> {
    let text = |value: &Value| value.as_ref().as_text().map(str::to_owned);
    match &observation.change {
        ObservedChange::Present { entry, .. } => {
            let values = entry.get(member).iter().filter_map(ValueRef::as_text);
            values.map(|name| (name.to_owned(), true)).collect()
        }
        ObservedChange::Patch { attributes, .. } => {
            let mut members = Vec::new();
            for patch in attributes.iter().filter(|patch| patch.attribute() == member) {
                let (values, comes) = match patch {
                    AttributePatch::Replace(_, values) | AttributePatch::Add(_, values) => (values, true),
                    AttributePatch::Remove(_, values) => (values, false),
                };
                members.extend(values.iter().filter_map(text).map(|name| (name, comes)));
            }
            members
        }
        ObservedChange::Deleted => Vec::new(),
    }
}
