//! An explanation for programs: one object.

use madrigal_model::{Problem, SpaceObject, Value as Held};
use madrigal_sync::{
    AttributeExplained, Explanation, FlowTrace, Holder, Member, NameTrace, NeutralExplained, TargetExplained,
    Traced, Unmet,
};
use serde_json::{Map, Value, json};

use super::words::{self, Answer, Arrivals};
use crate::commands::object::{Reading, display_name, kind_of};

/// The whole explanation.
pub(crate) fn as_json(reading: &Reading, arrivals: &Arrivals, explanation: &Explanation) -> Value {
    let targets = explanation.targets.iter().map(|target| of_target(reading, arrivals, explanation, target));
    json!({
        "object": of_member(reading, &explanation.object),
        "gone": explanation.gone,
        "identity": explanation.identity.map(|identity| identity.to_string()),
        "members": explanation.members.iter().map(|member| of_member(reading, member)).collect::<Vec<_>>(),
        "targets": targets.collect::<Vec<_>>(),
        "problems": explanation.problems.iter().map(of_problem).collect::<Vec<_>>(),
    })
}

fn of_object(reading: &Reading, object: &SpaceObject) -> Value {
    json!({
        "connector": reading.name(object.key.connector),
        "anchor": object.key.anchor.to_string(),
        "dn": object.dn.as_str(),
        "name": display_name(object),
        "kind": kind_of(object),
    })
}

fn of_member(reading: &Reading, member: &Member) -> Value {
    let mut value = of_object(reading, &member.object);
    if let Some(object) = value.as_object_mut() {
        object.insert("standing".to_owned(), json!(words::standing(member)));
        object.insert("link".to_owned(), json!(member.link.as_ref().map(|(kind, _)| kind)));
        object.insert("joined_by".to_owned(), json!(member.link.as_ref().map(|(_, because)| because)));
        object.insert("speaks".to_owned(), json!(member.speaks));
        object.insert("unmet".to_owned(), member.unmet.iter().map(of_unmet).collect());
    }
    value
}

fn of_target(
    reading: &Reading,
    arrivals: &Arrivals,
    explanation: &Explanation,
    target: &TargetExplained,
) -> Value {
    let state = target.state.as_ref();
    let pending = state.and_then(|state| state.pending.as_ref());
    let unconfirmed = state.and_then(|state| state.unconfirmed.as_ref());
    let hidden = state.and_then(|state| state.hidden);
    json!({
        "connector": reading.name(target.connector),
        "in_address_list": Answer::of(target).word(),
        "verdict": words::verdict_name(target),
        "because": words::reasons(explanation, target, reading, arrivals),
        "first_unmet": words::first_unmet(explanation, target, reading).map(of_unmet),
        "speaker": target.speaker.as_ref().map(|key| key.anchor.to_string()),
        "contact": target.contact.as_ref().map(|contact| of_object(reading, contact)),
        "seen_by_readers": pending.and_then(|_| arrivals.get(&target.connector)),
        "planned": pending.map(|pending| json!({
            "kind": pending.kind.name(),
            "dn": pending.dn.as_str(),
            "new_dn": pending.new_dn.as_ref().map(|dn| dn.as_str()),
            "reason": pending.reason,
        })),
        "unconfirmed": unconfirmed.map(|unconfirmed| json!({
            "kind": unconfirmed.export.kind.name(),
            "run": unconfirmed.run,
            "at": unconfirmed.at.to_string(),
            "state": unconfirmed.state,
        })),
        "hidden": hidden.map(|hidden| json!({ "since": hidden.since.to_string(), "reason": hidden.reason })),
        "names": target.names.iter().map(of_name).collect::<Vec<_>>(),
        "attributes": target.attributes.iter().map(|one| of_attribute(reading, one)).collect::<Vec<_>>(),
        "problems": target.problems.iter().map(of_problem).collect::<Vec<_>>(),
    })
}

fn of_name(named: &NameTrace) -> Value {
    let passed_over = named.passed_over.iter().map(|(candidate, holder)| {
        let (taken_by, planned) = match holder {
            None => (None, false),
            Some(Holder::Object(dn)) => (Some(dn.as_str()), false),
            Some(Holder::Planned(dn)) => (Some(dn.as_str()), true),
        };
        json!({ "candidate": candidate, "taken_by": taken_by, "planned": planned })
    });
    json!({
        "attribute": named.attribute,
        "value": named.value,
        "kept": named.kept,
        "passed_over": passed_over.collect::<Vec<_>>(),
    })
}

fn of_attribute(reading: &Reading, explained: &AttributeExplained) -> Value {
    json!({
        "attribute": explained.attribute,
        "mode": explained.mode.map(madrigal_mappings::FlowMode::name),
        "rule": explained.rule,
        "sources": explained.sources.iter().map(|neutral| of_neutral(reading, neutral)).collect::<Vec<_>>(),
        "flows": explained.flows.iter().map(of_flow).collect::<Vec<_>>(),
        "desired": explained.desired,
        "observed": explained.observed,
        "baseline": explained.baseline,
        "planned": explained.planned,
    })
}

fn of_neutral(reading: &Reading, neutral: &NeutralExplained) -> Value {
    let source = neutral.source.as_ref().map(|source| {
        let held = |(attribute, values): &(madrigal_model::AttributeName, Vec<Held>)| {
            (attribute.as_str().to_owned(), json!(values))
        };
        let values: Map<String, Value> = source.values.iter().map(held).collect();
        json!({
            "connector": reading.name(source.object.connector),
            "anchor": source.object.anchor.to_string(),
            "values": values,
            "flow": of_flow(&source.flow),
        })
    });
    let withheld = neutral.withheld.iter().map(|connector| reading.name(*connector));
    json!({
        "attribute": neutral.attribute,
        "values": neutral.values,
        "source": source,
        "withheld_from": withheld.collect::<Vec<_>>(),
    })
}

fn of_flow(flow: &FlowTrace) -> Value {
    json!({
        "rule": flow.rule,
        "precedence": flow.precedence,
        "mode": flow.mode.name(),
        "expression": flow.expression.source,
        "steps": of_steps(&flow.expression),
    })
}

fn of_steps(traced: &Traced) -> Vec<Value> {
    traced.steps.iter().map(|(part, value)| json!({ "part": part, "value": value })).collect()
}

fn of_unmet(unmet: &Unmet) -> Value {
    json!({
        "rule": unmet.rule,
        "because": unmet.because,
        "remedy": unmet.remedy,
        "condition": unmet.condition.as_ref().map(|condition| &condition.source),
        "steps": unmet.condition.as_ref().map(of_steps),
    })
}

fn of_problem(problem: &Problem) -> Value {
    json!({
        "code": problem.code.as_str(),
        "severity": problem.severity,
        "object": problem.object,
        "attribute": problem.attribute,
        "message": problem.message,
        "remedy": problem.remedy,
        "at": problem.at.to_string(),
    })
}
