//! What renames and deletes of a batch do to references: a value follows its target's name, and goes with it.

use std::collections::HashMap;

use madrigal_model::DistinguishedName;

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
