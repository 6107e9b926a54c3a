//! One attribute's whole way: source values, import rule, what the identity holds, export rule, what is wanted, what is
//! there, what we put there, what is planned.

use madrigal_sync::{AttributeExplained, FlowTrace, NeutralExplained, TargetExplained};

use super::text::{labelled, steps, was_read};
use super::words::directory;
use crate::commands::object::Reading;
use crate::output::names::Names;
use crate::output::style;

/// Appends the way.
pub(super) fn way(
    out: &mut String,
    reading: &Reading,
    names: &Names,
    target: &TargetExplained,
    explained: &AttributeExplained,
) {
    let name = directory(reading, target.connector);
    out.push('\n');
    out.push_str(&style::bold(&format!("{} of the contact in {name}", explained.attribute)));
    out.push('\n');
    for neutral in &explained.sources {
        source(out, reading, names, target, neutral);
    }
    for flow in &explained.flows {
        labelled(out, "export", &rule(flow));
        steps(out, "", &flow.expression);
    }
    if explained.flows.is_empty() {
        labelled(out, "export", no_flow(explained));
    }
    let show = |values: &[madrigal_model::Value]| names.values(values, target.connector);
    let desired = explained.desired.as_deref().map_or_else(
        || "not known: a flow failed, so what is there stays".to_owned(),
        |values| {
            if values.is_empty() && explained.mode.is_none() { "nothing".to_owned() } else { show(values) }
        },
    );
    labelled(out, "desired", &desired);
    labelled(out, "observed", &show(&explained.observed));
    labelled(out, "ours", &show(&explained.baseline));
    let planned = match &explained.planned {
        None => "no change".to_owned(),
        Some(values) => format!("{} → {}", show(&explained.observed), show(values)),
    };
    labelled(out, "planned", &planned);
}

fn no_flow(explained: &AttributeExplained) -> &'static str {
    match explained.rule.as_deref() {
        Some("madrigal") => "written by the engine itself: our stamp, and whether the contact is hidden",
        Some(_) => "decided once by the rule's candidates, then kept while what they read stays the same",
        None => "no rule writes it any more; what is ours of it goes",
    }
}

fn source(
    out: &mut String,
    reading: &Reading,
    names: &Names,
    target: &TargetExplained,
    neutral: &NeutralExplained,
) {
    if let Some(source) = &neutral.source {
        let connector = source.object.connector;
        let read = source.values.iter().filter(|(name, _)| was_read(&source.flow, name.as_str()));
        for (attribute, values) in read {
            let from =
                format!("{} {attribute}: {}", directory(reading, connector), names.values(values, connector));
            labelled(out, "source", &from);
        }
        labelled(out, "import", &rule(&source.flow));
        steps(out, "", &source.flow.expression);
    }
    for connector in &neutral.withheld {
        let from = directory(reading, *connector);
        labelled(out, "withheld", &format!("the share does not let {} of {from} across", neutral.attribute));
    }
    let values = names.values(&neutral.values, target.connector);
    labelled(out, "identity", &format!("{}: {values}", neutral.attribute));
}

fn rule(flow: &FlowTrace) -> String {
    format!("{} by \"{}\" ({}, precedence {})", flow.attribute, flow.rule, flow.mode.name(), flow.precedence)
}
