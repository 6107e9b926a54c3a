//! Where a contact's values come from: back through neutral attributes to those of the source.

use std::collections::BTreeSet;

use madrigal_model::AttributeName;

use super::{ENGINE_ATTRIBUTES, Flow, Rule, RuleSet};
use crate::program::Program;

impl RuleSet {
    /// The source attributes from which a flow of an export or write-back rule takes its value, whatever it makes of
    /// them. An attribute that may never cross is held back where it is among them.
    #[must_use]
    pub fn lineage(&self, rule: &Rule, flow: &Flow) -> BTreeSet<AttributeName> {
        self.lineage_of(&rule.from, &flow.program)
    }

    /// The same for any expression over neutral attributes of these types.
    #[must_use]
    pub fn lineage_of(&self, types: &[String], program: &Program) -> BTreeSet<AttributeName> {
        program.reads().iter().flat_map(|neutral| self.sources_of(types, *neutral)).collect()
    }

    /// The source attributes from which a neutral attribute is made.
    #[must_use]
    pub fn sources_of(&self, types: &[String], neutral: AttributeName) -> BTreeSet<AttributeName> {
        let mut sources: BTreeSet<AttributeName> = BTreeSet::new();
        for rule in self.import.iter().filter(|rule| types.is_empty() || types.contains(&rule.to)) {
            for flow in rule.flows.iter().filter(|flow| flow.attribute == neutral) {
                sources.extend(flow.program.reads());
            }
        }
        for (name, _, source, _) in ENGINE_ATTRIBUTES {
            if neutral.as_str() == *name {
                sources.extend(AttributeName::intern(source).ok());
            }
        }
        sources
    }

    /// Whether an import rule asks who is a member of a group: then an answer has to be at hand.
    #[must_use]
    pub fn asks_groups(&self) -> bool {
        self.import.iter().flat_map(Rule::programs).any(|program| program.facts().asks_groups)
    }

    /// Every source attribute that the import rules of these connectors read: what an import has to ask for.
    #[must_use]
    pub fn source_attributes(&self, connector_kind: &str) -> BTreeSet<AttributeName> {
        let for_kind = |rule: &&Rule| {
            rule.connectors.is_empty() || rule.connectors.iter().any(|kind| kind == connector_kind)
        };
        let programs = self.import.iter().filter(for_kind).flat_map(Rule::programs);
        programs.flat_map(|program| program.reads().iter().copied()).collect()
    }
}

impl Rule {
    /// Every attribute that the rule writes.
    pub fn writes(&self) -> impl Iterator<Item = AttributeName> {
        let names = self.name_rule.iter().chain(&self.uniques).map(|name| name.attribute);
        names.chain(self.flows.iter().map(|flow| flow.attribute))
    }

    /// Every expression of the rule.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        let names = self.name_rule.iter().chain(&self.uniques);
        self.scope
            .iter()
            .map(|condition| &condition.require)
            .chain(self.joins.iter().map(|join| &join.own))
            .chain(names.flat_map(|name| &name.candidates))
            .chain(self.flows.iter().map(|flow| &flow.program))
    }
}
