//! Names and other values that must be unique in the target: decided once, then kept while their inputs stay the same.

use madrigal_mappings::{NameRule, Outcome};
use madrigal_model::{
    AttributeName, ConnectorId, Decision, DistinguishedName, ExportState, IdentityId, IndexKey, KeyOwner,
    Value, collate,
};

use crate::interpret::{Evaluation, key_text};
use crate::keys::address_key;
use crate::trail::{Holder, NameTrace};
use crate::workspace::{NeighbourhoodError, Workspace};

/// The highest number that is tried behind a name.
const HIGHEST_NUMBER: u32 = 1000;

/// Where a value must be unique.
#[derive(Clone, Copy)]
pub(crate) enum Within<'a> {
    /// Among the names of a container; whether the object lies there now, so that the directory itself sees to it that
    /// nobody else is called as it is.
    Container { container: &'a DistinguishedName, is_there: bool },
    /// Among the mail nicknames of a directory.
    Nicknames,
}

/// How many candidates that were passed over an explanation names.
const EXPLAINED: usize = 20;

/// What came of naming.
pub(crate) enum Named {
    /// This value.
    As(String),
    /// The candidates give no value.
    NoCandidate,
    /// All candidates are taken.
    AllTaken(String),
    /// A candidate failed.
    Failed(String),
}

/// Whose name is decided, and for which directory.
pub(crate) struct Naming<'a> {
    pub identity: IdentityId,
    pub target: ConnectorId,
    pub within: Within<'a>,
    /// What the object is called in the target now, where it is there.
    pub observed: Option<&'a str>,
}

/// Decides, and writes down where somebody asks why it is this value.
pub(crate) fn decide(
    workspace: &mut Workspace<'_>,
    rule: &NameRule,
    evaluation: &Evaluation<'_>,
    state: &mut ExportState,
    naming: &Naming<'_>,
) -> Result<Named, NeighbourhoodError> {
    let before = state.decisions.iter().find(|decision| decision.attribute == rule.attribute).cloned();
    let named = choose(workspace, rule, evaluation, state, naming)?;
    if workspace.trail.is_some()
        && let Named::As(value) = &named
    {
        let kept = before.is_some_and(|before| before.value.as_text() == Some(value));
        let passed_over = passed_over(workspace, rule, evaluation, naming, value)?;
        let trace = NameTrace { attribute: rule.attribute, value: value.clone(), kept, passed_over };
        workspace.note(naming.target, |trail| trail.names.push(trace));
    }
    Ok(named)
}

/// The candidates before the one that was chosen, each with who has it; nobody, where it has become free since.
fn passed_over(
    workspace: &mut Workspace<'_>,
    rule: &NameRule,
    evaluation: &Evaluation<'_>,
    naming: &Naming<'_>,
    chosen: &str,
) -> Result<Vec<(String, Option<Holder>)>, NeighbourhoodError> {
    let earlier =
        candidates(rule, evaluation).map_while(Result::ok).take_while(|candidate| candidate != chosen);
    let earlier: Vec<String> = earlier.take(EXPLAINED).collect();
    let mut passed_over = Vec::with_capacity(earlier.len());
    for candidate in earlier {
        let holder = naming.holder(workspace, &candidate)?;
        passed_over.push((candidate, holder));
    }
    Ok(passed_over)
}

/// The stored decision where its inputs are the same; else the first free candidate, which becomes the decision.
fn choose(
    workspace: &mut Workspace<'_>,
    rule: &NameRule,
    evaluation: &Evaluation<'_>,
    state: &mut ExportState,
    naming: &Naming<'_>,
) -> Result<Named, NeighbourhoodError> {
    let inputs = inputs_of(rule, evaluation);
    let known = state.decisions.iter().find(|decision| decision.attribute == rule.attribute);
    if let Some(decision) = known.filter(|decision| decision.inputs == inputs)
        && let Some(value) = decision.value.as_text()
        && (naming.has(value) || naming.is_free(workspace, value)?)
    {
        return Ok(Named::As(value.to_owned()));
    }
    // A store that was lost: the name that the object has is kept if it is one that we would give.
    if known.is_none()
        && let Some(observed) = naming.observed
        && candidates(rule, evaluation)
            .any(|candidate| candidate.is_ok_and(|candidate| candidate == observed))
    {
        remember(state, rule.attribute, observed, inputs);
        return Ok(Named::As(observed.to_owned()));
    }
    let mut tried = None;
    for candidate in candidates(rule, evaluation) {
        let candidate = match candidate {
            Ok(candidate) => candidate,
            Err(failure) => return Ok(Named::Failed(failure)),
        };
        if naming.is_free(workspace, &candidate)? {
            remember(state, rule.attribute, &candidate, inputs);
            return Ok(Named::As(candidate));
        }
        tried.get_or_insert(candidate);
    }
    Ok(tried.map_or(Named::NoCandidate, Named::AllTaken))
}

fn remember(state: &mut ExportState, attribute: AttributeName, value: &str, inputs: u64) {
    state.decisions.retain(|decision| decision.attribute != attribute);
    state.decisions.push(Decision { attribute, value: Value::text(value), inputs });
    state.decisions.sort_by_key(|decision| decision.attribute);
}

/// The candidates in order; one that does not depend on `%Number%` comes once.
fn candidates<'e>(
    rule: &'e NameRule,
    evaluation: &'e Evaluation<'_>,
) -> impl Iterator<Item = Result<String, String>> + 'e {
    rule.candidates.iter().flat_map(move |program| {
        let mut last: Option<String> = None;
        (1..=HIGHEST_NUMBER).map_while(move |number| match evaluation.numbered(program, number) {
            Err(failure) => (number == 1).then_some(Err(failure)),
            Ok(Outcome::Values(values)) => {
                let text = values.first().map(key_text).map(|text| cut(&text, rule.max_length))?;
                if text.trim().is_empty() || last.as_ref() == Some(&text) {
                    return None;
                }
                last = Some(text.clone());
                Some(Ok(text))
            }
            Ok(_) => None,
        })
    })
}

/// Cuts a name so that what stands behind its last opening parenthesis, or its trailing number, survives the limit.
fn cut(text: &str, max_length: usize) -> String {
    let length = text.chars().count();
    if length <= max_length {
        return text.to_owned();
    }
    let digits = text.chars().rev().take_while(char::is_ascii_digit).count();
    let tail_start = if text.ends_with(')') {
        text.rfind(" (").or_else(|| text.rfind('(')).unwrap_or(text.len())
    } else {
        text.len() - digits
    };
    let (head, tail) = text.split_at(tail_start);
    let room = max_length.saturating_sub(tail.chars().count());
    let head: String = head.chars().take(room).collect();
    format!("{}{tail}", head.trim_end())
}

/// The hash of what the candidates are made from: their values for the first two numbers.
fn inputs_of(rule: &NameRule, evaluation: &Evaluation<'_>) -> u64 {
    let mut made = String::new();
    for program in &rule.candidates {
        for number in [1, 2] {
            if let Ok(Outcome::Values(values)) = evaluation.numbered(program, number) {
                values.iter().for_each(|value| made.push_str(&key_text(value)));
            }
            made.push('\0');
        }
    }
    xxhash_rust::xxh3::xxh3_64(made.as_bytes())
}

impl Naming<'_> {
    /// Whether the object has the value now, and nobody else can have it.
    fn has(&self, value: &str) -> bool {
        matches!(self.within, Within::Container { is_there: true, .. }) && self.observed == Some(value)
    }

    fn is_free(&self, workspace: &mut Workspace<'_>, value: &str) -> Result<bool, NeighbourhoodError> {
        Ok(self.holder(workspace, value)?.is_none())
    }

    /// Who has the value, or will have it.
    fn holder(
        &self,
        workspace: &mut Workspace<'_>,
        value: &str,
    ) -> Result<Option<Holder>, NeighbourhoodError> {
        let key = self.key(value);
        for owner in workspace.owners(key)? {
            let KeyOwner::Object(object) = owner else { continue };
            let Some(seen) = workspace.live_object(&object)? else { continue };
            let is_own = workspace.link(&object)?.is_some_and(|link| link.identity == self.identity);
            let has_it = match self.within {
                Within::Container { container, .. } => {
                    seen.object.dn.parent().is_some_and(|parent| parent.same_as(container))
                        && seen.object.dn.rdn_value().is_some_and(|name| collate(&name) == collate(value))
                }
                Within::Nicknames => seen.addresses().contains(&address_key("nickname", value)),
            };
            if has_it && !is_own {
                return Ok(Some(Holder::Object(seen.object.dn.clone())));
            }
        }
        for owner in workspace.owners(IndexKey::reserved(key))? {
            let KeyOwner::Export(identity, target) = owner else { continue };
            if identity == self.identity || target != self.target {
                continue;
            }
            let state = workspace
                .identity(identity)?
                .and_then(|identity| identity.exports.iter().find(|state| state.connector == target));
            if let Some(state) = state.filter(|state| self.is_reserved_by(state, value)) {
                return Ok(Some(Holder::Planned(state.dn.clone())));
            }
        }
        Ok(None)
    }

    pub(crate) fn key(&self, value: &str) -> IndexKey {
        match self.within {
            Within::Container { container, .. } => IndexKey::name(self.target, container, value),
            Within::Nicknames => IndexKey::address(self.target, &address_key("nickname", value)),
        }
    }

    fn is_reserved_by(&self, state: &ExportState, value: &str) -> bool {
        let attribute = match self.within {
            Within::Container { .. } => *crate::names::CN,
            Within::Nicknames => *crate::names::MAIL_NICKNAME,
        };
        // The first decision of a name rule is its RDN, whatever attribute that is.
        state.decisions.iter().any(|decision| {
            decision.attribute == attribute
                && decision.value.as_text().is_some_and(|decided| collate(decided) == collate(value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_so_that_its_end_survives() {
        for (text, max_length, expected) in [
            ("Anna", 64, "Anna"),
            ("Anna Bergström(12)", 10, "Anna B(12)"),
            ("annabergstrom12", 8, "annabe12"),
            ("Anna Berg (Sales)", 12, "Anna (Sales)"),
            ("abcdef", 3, "abc"),
        ] {
            assert_eq!(cut(text, max_length), expected, "{text}");
        }
    }
}
