//! Changes of the tree, with the checks of a real directory: each is made whole or refused.

use madrigal_api::{Modification, ModificationKind, Refusal};
use madrigal_model::{
    AttributeName, AttributeSchema, DistinguishedName, Reference, Syntax, Value, values_match,
};

use crate::check;
use crate::data::Data;
use crate::directory::MemoryOptions;
use crate::object::{Attribute, Object, ObjectId, Parent, Stored};

/// What a tombstone keeps.
const KEPT_BY_TOMBSTONES: [&str; 3] = ["objectClass", "objectSid", "sAMAccountName"];

impl Data {
    /// Makes an object.
    pub(crate) fn create(
        &mut self,
        options: &MemoryOptions,
        dn: &DistinguishedName,
        attributes: Vec<(AttributeName, Vec<Value>)>,
    ) -> Result<ObjectId, Refusal> {
        let (parent, rdn) = self.free_place(options, dn, None)?;
        let mut attributes = attributes;
        for (attribute, value) in naming_values(&rdn)? {
            match attributes.iter_mut().find(|(name, _)| *name == attribute) {
                Some((_, values)) if values.is_empty() => values.push(value),
                Some((_, values)) => {
                    if !values.iter().any(|own| values_match(attribute, own.as_ref(), value.as_ref())) {
                        return Err(Refusal::InvalidName(format!(
                            "{attribute} is not the value in the name"
                        )));
                    }
                }
                None => attributes.push((attribute, vec![value])),
            }
        }
        let class = AttributeName::known("objectClass");
        if let Some(class) = class
            && !attributes.iter().any(|(name, values)| *name == class && !values.is_empty())
        {
            return Err(Refusal::Required(class));
        }
        let mut kept = std::collections::BTreeMap::new();
        for (attribute, values) in attributes.into_iter().filter(|(_, values)| !values.is_empty()) {
            check::writable(attribute)?;
            check::values(attribute, &values)?;
            let stored = self.stored_values(options, attribute, &values)?;
            kept.insert(attribute, stored);
        }
        let usn = self.change();
        let id = self.number();
        let attributes = kept
            .into_iter()
            .map(|(name, values)| {
                (name, Attribute { values: stamped(values, usn), usn, ..Attribute::default() })
            })
            .collect();
        let object = Object {
            parent,
            rdn,
            attributes,
            children: 0,
            deleted: false,
            made_usn: usn,
            created_usn: usn,
            name_usn: usn,
            usn,
        };
        self.objects.insert(id, object);
        self.enter_name(id);
        self.adopt_orphans(id);
        Ok(id)
    }

    /// Modifies an object; false where nothing is different afterwards, which no delta reports.
    pub(crate) fn modify(
        &mut self,
        options: &MemoryOptions,
        id: ObjectId,
        modifications: &[Modification],
    ) -> Result<bool, Refusal> {
        let object = self.living(id)?;
        let naming: Vec<AttributeName> =
            naming_values(&object.rdn)?.into_iter().map(|(attribute, _)| attribute).collect();
        let mut touched: Vec<(AttributeName, Vec<Stored>)> = Vec::new();
        for modification in modifications {
            let attribute = modification.attribute;
            check::writable(attribute)?;
            let at = match touched.iter().position(|(name, _)| *name == attribute) {
                Some(at) => at,
                None => {
                    touched.push((attribute, object.values(attribute).cloned().collect()));
                    touched.len() - 1
                }
            };
            let given = self.stored_values(options, attribute, &modification.values)?;
            if let Some((_, values)) = touched.get_mut(at) {
                apply(options.strict_values, attribute, values, modification.kind, given)?;
            }
        }
        for (attribute, values) in &touched {
            let shown: Vec<Value> = values.iter().map(|value| self.check_form(value)).collect();
            check::values(*attribute, &shown)?;
            let unchanged = object.values(*attribute).eq(values.iter());
            if naming.contains(attribute) && !unchanged {
                return Err(Refusal::InvalidName(format!("{attribute} is changed by a rename only")));
            }
            if values.is_empty() && attribute.as_str() == "objectClass" {
                return Err(Refusal::Required(*attribute));
            }
        }
        Ok(self.keep_values(id, touched))
    }

    /// Gives an object another name or container; its children move with it and no delta names them.
    pub(crate) fn rename(
        &mut self,
        options: &MemoryOptions,
        id: ObjectId,
        new_dn: &DistinguishedName,
    ) -> Result<bool, Refusal> {
        self.living(id)?;
        let (parent, rdn) = self.free_place(options, new_dn, Some(id))?;
        if let Parent::Object(above) = &parent
            && self.is_within(*above, id)
        {
            return Err(Refusal::BelowItself);
        }
        let object = self.living(id)?;
        if object.rdn == rdn && object.parent == parent {
            return Ok(false);
        }
        let old_naming = naming_values(&object.rdn)?;
        let new_naming = naming_values(&rdn)?;
        for (attribute, value) in &new_naming {
            check::values(*attribute, std::slice::from_ref(value))?;
        }
        let mut touched: Vec<(AttributeName, Vec<Stored>)> = Vec::new();
        for (attribute, old) in &old_naming {
            let kept = object
                .values(*attribute)
                .filter(|value| !same(*attribute, value, &Stored::Plain(old.clone())));
            touched.push((*attribute, kept.cloned().collect()));
        }
        for (attribute, new) in new_naming {
            match touched.iter_mut().find(|(name, _)| *name == attribute) {
                Some((_, values)) => values.insert(0, Stored::Plain(new)),
                None => touched.push((attribute, vec![Stored::Plain(new)])),
            }
        }
        self.leave_name(id);
        self.keep_values(id, touched);
        let usn = self.change();
        if let Some(object) = self.objects.get_mut(&id) {
            object.parent = parent;
            object.rdn = rdn;
            object.name_usn = usn;
            object.usn = usn;
        }
        self.enter_name(id);
        self.adopt_orphans(id);
        Ok(true)
    }

    /// Deletes an object: it becomes a tombstone, and references to it go without a word on those who referred.
    pub(crate) fn delete(&mut self, id: ObjectId) -> Result<(), Refusal> {
        if self.living(id)?.children > 0 {
            return Err(Refusal::HasChildren);
        }
        self.leave_name(id);
        let usn = self.change();
        if let Some(object) = self.objects.get_mut(&id) {
            object.deleted = true;
            object.usn = usn;
            object.attributes.retain(|name, _| KEPT_BY_TOMBSTONES.contains(&name.as_str()));
        }
        for object in self.objects.values_mut() {
            for attribute in object.attributes.values_mut() {
                attribute.values.retain(|(value, _)| *value != Stored::Link(id));
                attribute.links_gone.retain(|(target, _)| *target != id);
            }
        }
        Ok(())
    }

    /// Brings a tombstone back under a name, with no more than tombstones keep.
    pub(crate) fn undelete(
        &mut self,
        options: &MemoryOptions,
        id: ObjectId,
        dn: &DistinguishedName,
    ) -> Result<(), Refusal> {
        if !self.objects.get(&id).is_some_and(|object| object.deleted) {
            return Err(Refusal::NoSuchObject);
        }
        let (parent, rdn) = self.free_place(options, dn, None)?;
        let naming = naming_values(&rdn)?;
        let usn = self.change();
        if let Some(object) = self.objects.get_mut(&id) {
            object.deleted = false;
            object.parent = parent;
            object.rdn = rdn;
            (object.created_usn, object.name_usn, object.usn) = (usn, usn, usn);
            for (attribute, value) in naming {
                let values = vec![(Stored::Plain(value), usn)];
                object.attributes.insert(attribute, Attribute { values, usn, ..Attribute::default() });
            }
        }
        self.enter_name(id);
        self.adopt_orphans(id);
        Ok(())
    }

    pub(crate) fn living(&self, id: ObjectId) -> Result<&Object, Refusal> {
        self.objects.get(&id).filter(|object| !object.deleted).ok_or(Refusal::NoSuchObject)
    }

    /// The place that this name stands for, free or taken by nobody but `own`.
    fn free_place(
        &self,
        options: &MemoryOptions,
        dn: &DistinguishedName,
        own: Option<ObjectId>,
    ) -> Result<(Parent, Box<str>), Refusal> {
        let dn =
            DistinguishedName::parse(dn.as_str()).map_err(|error| Refusal::InvalidName(error.to_string()))?;
        let parent =
            self.parent_of(&dn).ok_or_else(|| Refusal::InvalidName("the name is empty".to_owned()))?;
        let outside = matches!(parent, Parent::Outside(_));
        if outside && options.require_container && !dn.same_as(&options.suffix) {
            return Err(Refusal::NoContainer);
        }
        if self.sibling(&parent, dn.rdn_text()).is_some_and(|taken| Some(taken) != own) {
            return Err(Refusal::AlreadyExists);
        }
        Ok((parent, dn.rdn_text().into()))
    }

    /// Values as they are kept: names of objects become links.
    fn stored_values(
        &self,
        options: &MemoryOptions,
        attribute: AttributeName,
        values: &[Value],
    ) -> Result<Vec<Stored>, Refusal> {
        let is_reference = AttributeSchema::of(attribute).syntax == Syntax::Reference;
        let stored = |value: &Value| {
            let target = match value {
                Value::Reference(Reference::Object(anchor)) => {
                    return self
                        .by_anchor(anchor)
                        .filter(|id| self.living(*id).is_ok())
                        .map(Stored::Link)
                        .ok_or_else(|| Refusal::DanglingReference { attribute, target: anchor.to_string() });
                }
                Value::Reference(Reference::Unresolved(dn)) => dn,
                Value::Text(dn) if is_reference => dn,
                other => return Ok(Stored::Plain(other.clone())),
            };
            let name = DistinguishedName::from_directory(target);
            if let Some(id) = self.by_name(&name) {
                return Ok(Stored::Link(id));
            }
            // Names outside the directory (its configuration, another domain) cannot be looked up here.
            if options.dangling_references || !name.is_within(&options.suffix) {
                return Ok(Stored::Plain(Value::Reference(Reference::Unresolved(target.clone()))));
            }
            Err(Refusal::DanglingReference { attribute, target: target.to_string() })
        };
        values.iter().map(stored).collect()
    }

    fn check_form(&self, value: &Stored) -> Value {
        match value {
            Stored::Plain(value) => value.clone(),
            Stored::Link(id) => Value::Reference(Reference::Object(self.anchor(*id))),
        }
    }

    /// Keeps the attributes' new values under one new change; values that were there keep theirs.
    fn keep_values(&mut self, id: ObjectId, touched: Vec<(AttributeName, Vec<Stored>)>) -> bool {
        let usn = self.usn + 1;
        let Some(object) = self.objects.get_mut(&id) else { return false };
        let mut changed = false;
        for (name, values) in touched {
            let kept = object.attributes.entry(name).or_default();
            let is_there = |value: &Stored| kept.values.iter().any(|(own, _)| own == value);
            if values.len() == kept.values.len() && values.iter().all(is_there) {
                continue;
            }
            changed = true;
            let old = std::mem::take(&mut kept.values);
            for (value, _) in &old {
                if let Stored::Link(target) = value
                    && !values.contains(value)
                {
                    kept.links_gone.push((*target, usn));
                }
            }
            kept.links_gone.retain(|(target, _)| !values.contains(&Stored::Link(*target)));
            kept.values = values
                .into_iter()
                .map(|value| {
                    let since = old.iter().find(|(own, _)| *own == value).map_or(usn, |(_, since)| *since);
                    (value, since)
                })
                .collect();
            kept.usn = usn;
        }
        if changed {
            object.usn = usn;
            self.usn = usn;
        }
        changed
    }
}

fn apply(
    strict: bool,
    attribute: AttributeName,
    values: &mut Vec<Stored>,
    kind: ModificationKind,
    given: Vec<Stored>,
) -> Result<(), Refusal> {
    match kind {
        ModificationKind::Replace => *values = given,
        ModificationKind::Add => {
            for value in given {
                if !values.iter().any(|own| same(attribute, own, &value)) {
                    values.push(value);
                } else if strict {
                    return Err(Refusal::ValueExists(attribute));
                }
            }
        }
        ModificationKind::Delete if given.is_empty() => {
            if values.is_empty() && strict {
                return Err(Refusal::NoSuchValue(attribute));
            }
            values.clear();
        }
        ModificationKind::Delete => {
            for value in given {
                match values.iter().position(|own| same(attribute, own, &value)) {
                    Some(at) => {
                        values.remove(at);
                    }
                    None if strict => return Err(Refusal::NoSuchValue(attribute)),
                    None => {}
                }
            }
        }
    }
    Ok(())
}

fn same(attribute: AttributeName, one: &Stored, other: &Stored) -> bool {
    match (one, other) {
        (Stored::Plain(one), Stored::Plain(other)) => values_match(attribute, one.as_ref(), other.as_ref()),
        (one, other) => one == other,
    }
}

fn stamped(values: Vec<Stored>, usn: u64) -> Vec<(Stored, u64)> {
    values.into_iter().map(|value| (value, usn)).collect()
}

/// The attributes of a step of a name, with the values that it gives them.
fn naming_values(rdn: &str) -> Result<Vec<(AttributeName, Value)>, Refusal> {
    let rdns = DistinguishedName::from_directory(rdn).rdns();
    let parts = rdns.into_iter().next().map(|rdn| rdn.parts).unwrap_or_default();
    parts
        .into_iter()
        .map(|(attribute, value)| {
            let name =
                AttributeName::intern(&attribute).map_err(|error| Refusal::InvalidName(error.to_string()))?;
            Ok((name, Value::text(value)))
        })
        .collect()
}
