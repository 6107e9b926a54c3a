//! A record that is touched: its lines, each as it stands in the file until it changes.

use madrigal_api::{Modification, ModificationKind, Refusal};
use madrigal_model::{
    AttributeName, AttributeSchema, DistinguishedName, Syntax, Taken, Value, ValueRef, values_match,
};

use crate::lines::{LineKind, Lines, Scratch};
use crate::record::typed;
use crate::snapshot::references::{Followed, Steps, followed};
use crate::writer::{LineEnd, Writer};

/// One line.
struct EditedLine {
    /// As it stands in the file, its end included.
    text: Vec<u8>,
    /// The attribute and its value; none for the name, comments and what belongs to neither.
    value: Option<(AttributeName, Vec<u8>)>,
    is_dn: bool,
}

/// A record in memory.
pub(crate) struct Edited {
    lines: Vec<EditedLine>,
    dn: DistinguishedName,
    line_end: LineEnd,
    /// How many renames and deletes its references have followed.
    pub(crate) steps_followed: usize,
    pub(crate) deleted: bool,
}

impl Edited {
    /// A record as it stands in the file.
    pub(crate) fn of(record: &[u8], line_end: LineEnd) -> Self {
        let mut lines = Vec::new();
        let mut dn = DistinguishedName::default();
        let mut at = 0;
        let mut scratch = Scratch::default();
        let kept = |start: usize, end: usize| record.get(start..end).unwrap_or_default().to_vec();
        for line in Lines::of(record) {
            if line.range.start > at {
                lines.push(EditedLine { text: kept(at, line.range.start), value: None, is_dn: false });
            }
            at = line.range.end;
            let mut edited = EditedLine { text: kept(line.range.start, at), value: None, is_dn: false };
            if let LineKind::Pair(name, value) = &line.kind
                && let Ok(octets) = value.decode(usize::MAX, &mut scratch)
            {
                let name = String::from_utf8_lossy(name);
                if name.eq_ignore_ascii_case("dn") {
                    edited.is_dn = true;
                    dn = DistinguishedName::from_directory(&String::from_utf8_lossy(octets));
                } else if let Ok(attribute) = AttributeName::intern(&name) {
                    edited.value = Some((attribute, octets.to_vec()));
                }
            }
            lines.push(edited);
        }
        if at < record.len() {
            lines.push(EditedLine { text: kept(at, record.len()), value: None, is_dn: false });
        }
        Self { lines, dn, line_end, steps_followed: 0, deleted: false }
    }

    /// A record without attributes.
    pub(crate) fn new(dn: DistinguishedName, line_end: LineEnd) -> Self {
        let mut edited =
            Self { lines: Vec::new(), dn: dn.clone(), line_end, steps_followed: 0, deleted: false };
        edited.lines.push(EditedLine { text: Vec::new(), value: None, is_dn: true });
        edited.set_dn(dn);
        edited
    }

    pub(crate) fn dn(&self) -> &DistinguishedName {
        &self.dn
    }

    /// The record as it is now.
    pub(crate) fn text(&self) -> Vec<u8> {
        let mut text: Vec<u8> = Vec::new();
        for line in &self.lines {
            text.extend_from_slice(&line.text);
        }
        text
    }

    pub(crate) fn set_dn(&mut self, dn: DistinguishedName) {
        let text = written("dn", dn.as_str().as_bytes(), self.line_end);
        if let Some(line) = self.lines.iter_mut().find(|line| line.is_dn) {
            line.text = text;
        }
        self.dn = dn;
    }

    pub(crate) fn values(&self, attribute: AttributeName) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter_map(move |line| match &line.value {
            Some((name, value)) if *name == attribute => Some(value.as_slice()),
            _ => None,
        })
    }

    pub(crate) fn has(&self, attribute: AttributeName, value: &[u8]) -> bool {
        self.values(attribute).any(|own| same(attribute, own, value))
    }

    /// Adds a value behind the attribute's others, or at the end.
    pub(crate) fn add(&mut self, attribute: AttributeName, value: &[u8]) {
        let is_of = |line: &EditedLine| matches!(&line.value, Some((name, _)) if *name == attribute);
        let at = self.lines.iter().rposition(is_of).map_or(self.lines.len(), |last| last + 1);
        let text = written(attribute.as_str(), value, self.line_end);
        self.lines.insert(at, EditedLine { text, value: Some((attribute, value.to_vec())), is_dn: false });
    }

    fn remove(&mut self, attribute: AttributeName, value: &[u8]) -> bool {
        self.change(attribute, value, None)
    }

    /// Writes another value in this one's line, or takes the line away; false where the value is not there.
    pub(crate) fn change(&mut self, attribute: AttributeName, value: &[u8], new: Option<&[u8]>) -> bool {
        let is_it = |line: &EditedLine| matches!(&line.value, Some((name, own)) if *name == attribute && same(attribute, own, value));
        let Some(at) = self.lines.iter().position(is_it) else { return false };
        match (new, self.lines.get_mut(at)) {
            (Some(new), Some(line)) => {
                line.text = written(attribute.as_str(), new, self.line_end);
                line.value = Some((attribute, new.to_vec()));
            }
            _ => drop(self.lines.remove(at)),
        }
        true
    }

    fn remove_all(&mut self, attribute: AttributeName) {
        self.lines.retain(|line| !matches!(&line.value, Some((name, _)) if *name == attribute));
    }

    /// Carries out one modification, or leaves the record half changed and says why not.
    pub(crate) fn modify(&mut self, modification: &Modification) -> Result<(), Refusal> {
        let attribute = modification.attribute;
        let octets = |value: &Value| value.as_ref().as_octets().map(<[u8]>::to_vec);
        let given: Option<Vec<Vec<u8>>> = modification.values.iter().map(octets).collect();
        let given = given.ok_or(Refusal::InvalidValue(attribute))?;
        match modification.kind {
            ModificationKind::Replace => {
                // Values that stay keep their lines.
                self.lines.retain(|line| match &line.value {
                    Some((name, own)) if *name == attribute => given.contains(own),
                    _ => true,
                });
                for value in &given {
                    if !self.values(attribute).any(|own| own == value) {
                        self.add(attribute, value);
                    }
                }
            }
            ModificationKind::Add => {
                for value in &given {
                    if self.has(attribute, value) {
                        return Err(Refusal::ValueExists(attribute));
                    }
                    self.add(attribute, value);
                }
            }
            ModificationKind::Delete if given.is_empty() => {
                if self.values(attribute).next().is_none() {
                    return Err(Refusal::NoSuchValue(attribute));
                }
                self.remove_all(attribute);
            }
            ModificationKind::Delete => {
                for value in &given {
                    if !self.remove(attribute, value) {
                        return Err(Refusal::NoSuchValue(attribute));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the attribute holds no more values than its schema allows. Asked when an operation is at its end: in
    /// between there may be more.
    pub(crate) fn check_count(&self, attribute: AttributeName) -> Result<(), Refusal> {
        if AttributeSchema::of(attribute).single_valued && self.values(attribute).nth(1).is_some() {
            return Err(Refusal::SingleValued(attribute));
        }
        Ok(())
    }

    /// Lets the record's references follow the steps that they have not followed; whether that changed any.
    pub(crate) fn follow(&mut self, steps: &Steps) -> bool {
        let from = std::mem::replace(&mut self.steps_followed, steps.len());
        if from == steps.len() {
            return false;
        }
        let line_end = self.line_end;
        let mut changed = false;
        self.lines.retain_mut(|line| {
            let Some((attribute, value)) = &mut line.value else { return true };
            match followed(*attribute, value, steps, from) {
                Followed::Same => true,
                Followed::Renamed(dn) => {
                    changed = true;
                    *value = dn.as_str().as_bytes().to_vec();
                    line.text = written(attribute.as_str(), value, line_end);
                    true
                }
                Followed::Gone => {
                    changed = true;
                    false
                }
            }
        });
        changed
    }
}

fn written(name: &str, value: &[u8], line_end: LineEnd) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), line_end);
    // Memory takes everything.
    let _ = writer.pair(name, value);
    writer.into_inner()
}

fn same(attribute: AttributeName, one: &[u8], other: &[u8]) -> bool {
    let value = |octets| typed(Taken::Either, octets).unwrap_or(ValueRef::Bytes(octets));
    match AttributeSchema::of(attribute).syntax {
        Syntax::Octets => one == other,
        Syntax::Reference => match (std::str::from_utf8(one), std::str::from_utf8(other)) {
            (Ok(one), Ok(other)) => {
                DistinguishedName::from_directory(one).same_as(&DistinguishedName::from_directory(other))
            }
            _ => one == other,
        },
        _ => values_match(attribute, value(one), value(other)),
    }
}
