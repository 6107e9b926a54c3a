//! What renames and deletes of a batch do to references: a value follows its target's name, and goes with it.

use std::collections::HashMap;

use madrigal_model::{AttributeName, AttributeSchema, DistinguishedName, Syntax};

use crate::lines::{LineKind, Lines, Scratch};

struct Step {
    old: DistinguishedName,
    /// The new name; none: the object is gone.
    new: Option<DistinguishedName>,
}

/// The renames and deletes of a batch, in order.
#[derive(Default)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    by_name: HashMap<String, Vec<usize>>,
}

/// What becomes of a name.
pub(crate) enum Followed {
    /// It stays.
    Same,
    /// It is this one now.
    Renamed(DistinguishedName),
    /// Nothing has it any more.
    Gone,
}

impl Steps {
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(crate) fn push(&mut self, old: &DistinguishedName, new: Option<&DistinguishedName>) {
        self.by_name.entry(old.normalized()).or_default().push(self.steps.len());
        self.steps.push(Step { old: old.clone(), new: new.cloned() });
    }

    /// What the steps from number `from` on make of a name.
    pub(crate) fn follow(&self, name: &DistinguishedName, from: usize) -> Followed {
        let mut now = name.clone();
        let mut next = from;
        let mut renamed = false;
        while let Some((at, step)) = self.first_step(&now, next) {
            match &step.new {
                Some(new) => now = below(&now, &step.old, new),
                None if now.same_as(&step.old) => return Followed::Gone,
                None => {}
            }
            renamed = true;
            next = at + 1;
        }
        if renamed { Followed::Renamed(now) } else { Followed::Same }
    }

    /// The first step from number `from` on that is about the name or a container above it.
    fn first_step(&self, name: &DistinguishedName, from: usize) -> Option<(usize, &Step)> {
        let mut first: Option<usize> = None;
        let mut at = Some(name.clone());
        while let Some(name) = at {
            let steps = self.by_name.get(&name.normalized());
            let found = steps.and_then(|steps| steps.iter().find(|step| **step >= from));
            first = first.into_iter().chain(found.copied()).min();
            at = name.parent();
        }
        let first = first?;
        Some((first, self.steps.get(first)?))
    }
}

/// Looks for records whose references change, without taking them apart.
#[derive(Default)]
pub(crate) struct Referrers {
    /// Whether the attribute of this spelling is a reference.
    references: HashMap<Vec<u8>, Option<AttributeName>>,
    scratch: Scratch,
}

impl Referrers {
    /// Whether a reference of the record changes with the steps from number `from` on.
    pub(crate) fn has_changed(&mut self, record: &[u8], steps: &Steps, from: usize) -> bool {
        Lines::of(record).any(|line| {
            let LineKind::Pair(name, value) = &line.kind else { return false };
            let Some(attribute) = self.reference(name) else { return false };
            let octets = value.decode(usize::MAX, &mut self.scratch).unwrap_or_default();
            !matches!(followed(attribute, octets, steps, from), Followed::Same)
        })
    }

    fn reference(&mut self, name: &[u8]) -> Option<AttributeName> {
        if let Some(known) = self.references.get(name) {
            return *known;
        }
        let attribute =
            AttributeName::known(&String::from_utf8_lossy(name)).filter(|name| is_reference(*name));
        self.references.insert(name.to_vec(), attribute);
        attribute
    }
}

/// What becomes of a value, which may be a reference.
pub(crate) fn followed(attribute: AttributeName, value: &[u8], steps: &Steps, from: usize) -> Followed {
    match std::str::from_utf8(value) {
        Ok(text) if is_reference(attribute) => steps.follow(&DistinguishedName::from_directory(text), from),
        _ => Followed::Same,
    }
}

fn is_reference(attribute: AttributeName) -> bool {
    AttributeSchema::of(attribute).syntax == Syntax::Reference
}

/// The name of an object once the container that it is or lies below is called `new`.
pub(crate) fn below(
    name: &DistinguishedName,
    container: &DistinguishedName,
    new: &DistinguishedName,
) -> DistinguishedName {
    let mut steps: Vec<String> = Vec::new();
    let mut at = Some(name.clone());
    while let Some(now) = at {
        if now.same_as(container) {
            break;
        }
        steps.push(now.rdn_text().to_owned());
        at = now.parent();
    }
    steps.push(new.as_str().to_owned());
    DistinguishedName::from_directory(&steps.join(","))
}
