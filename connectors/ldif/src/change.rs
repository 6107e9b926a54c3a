//! Change records: delete, modify and modrdn. An add is read as an object.

use madrigal_model::{AttributeName, AttributePatch, AttributeSchema, DistinguishedName, Rdn, Value};

use crate::fault::FaultKind;
use crate::lines::{Line, LineKind, LineValue, Lines};
use crate::names::Asked;
use crate::record::{RecordParser, read_name, typed};

/// A change of one object, told by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRecord {
    /// The name that the object has before the change.
    pub dn: DistinguishedName,
    /// What happened to it.
    pub change: Change,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is gone.
    Delete,
    /// Values changed; only attributes that were asked for are told.
    Modify(Vec<AttributePatch>),
    /// It has another name.
    Rename {
        /// The name from now on.
        new_dn: DistinguishedName,
        /// What that does to the naming attributes, where they were asked for.
        naming: Vec<AttributePatch>,
    },
}

/// What is wrong, at which line of the record, with which attribute.
type Wrong = (FaultKind, u64, Option<AttributeName>);

/// Reads what follows the line `changetype:`.
pub(crate) fn parse(
    parser: &mut RecordParser,
    kind: &[u8],
    dn: &DistinguishedName,
    lines: Lines<'_>,
) -> Result<Change, Wrong> {
    match kind {
        b"delete" => delete(lines),
        b"modify" => modify(parser, lines),
        b"modrdn" | b"moddn" => rename(parser, dn, lines),
        _ => Err((
            FaultKind::BadChange("the changetype is none of add, delete, modify, modrdn, moddn"),
            1,
            None,
        )),
    }
}

fn delete(mut lines: Lines<'_>) -> Result<Change, Wrong> {
    match lines.next() {
        None => Ok(Change::Delete),
        Some(line) => Err(bad("nothing may follow a delete", &line)),
    }
}

fn bad(reason: &'static str, line: &Line<'_>) -> Wrong {
    let kind = if line.kind == LineKind::Garbage { FaultKind::Garbage } else { FaultKind::BadChange(reason) };
    (kind, line.number, None)
}

/// The operation of one item of a modify.
#[derive(Clone, Copy)]
enum Item {
    Add,
    Delete,
    Replace,
}

fn modify(parser: &mut RecordParser, mut lines: Lines<'_>) -> Result<Change, Wrong> {
    let mut patches = Vec::new();
    while let Some(line) = lines.next() {
        let LineKind::Pair(operation, description) = &line.kind else {
            return Err(bad("an item of a modify begins with add, delete or replace", &line));
        };
        let item = match operation.to_ascii_lowercase().as_slice() {
            b"add" => Item::Add,
            b"delete" => Item::Delete,
            b"replace" => Item::Replace,
            _ => return Err(bad("an item of a modify begins with add, delete or replace", &line)),
        };
        let description = String::from_utf8_lossy(&description.word()).into_owned();
        let asked = parser.names.attribute(&description).map_err(|kind| (kind, line.number, None))?;
        let values = item_values(parser, asked, &description, &mut lines)?;
        let Some(asked) = asked.filter(|asked| asked.wanted) else { continue };
        patches.push(match item {
            Item::Add => AttributePatch::Add(asked.name, values),
            Item::Delete => AttributePatch::Remove(asked.name, values),
            Item::Replace => AttributePatch::Replace(asked.name, values),
        });
    }
    Ok(Change::Modify(patches))
}

/// The values of an item up to its `-`, which may be missing at the record's end.
fn item_values(
    parser: &mut RecordParser,
    asked: Option<Asked>,
    description: &str,
    lines: &mut Lines<'_>,
) -> Result<Vec<Value>, Wrong> {
    let mut values = Vec::new();
    for line in lines {
        let (name, value) = match &line.kind {
            LineKind::Dash => break,
            LineKind::Pair(name, value) => (name, value),
            LineKind::Garbage => return Err((FaultKind::Garbage, line.number, None)),
        };
        if !name.eq_ignore_ascii_case(description.as_bytes()) {
            return Err(bad(
                "the values of an item belong to its attribute, and each item ends with `-`",
                &line,
            ));
        }
        if let Some(asked) = asked {
            values.push(one_value(parser, asked, value, line.number)?);
        }
    }
    Ok(values)
}

fn one_value(
    parser: &mut RecordParser,
    asked: Asked,
    value: &LineValue<'_>,
    number: u64,
) -> Result<Value, Wrong> {
    let limit = parser.limits.value_octets;
    if asked.ranged {
        return Err((FaultKind::Ranged, number, Some(asked.name)));
    }
    value
        .decode(limit, &mut parser.scratch)
        .and_then(|octets| typed(asked.taken, octets))
        .map(madrigal_model::ValueRef::to_value)
        .map_err(|kind| (kind, number, Some(asked.name)))
}

fn rename(parser: &mut RecordParser, dn: &DistinguishedName, lines: Lines<'_>) -> Result<Change, Wrong> {
    let (mut new_rdn, mut delete_old, mut new_superior) = (None, None, None);
    for line in lines {
        let LineKind::Pair(name, value) = &line.kind else {
            return Err(bad("a modrdn has newrdn, deleteoldrdn and newsuperior", &line));
        };
        let limit = parser.limits.value_octets;
        let octets = value.decode(limit, &mut parser.scratch).map_err(|kind| (kind, line.number, None))?;
        let as_name = |octets: &[u8]| read_name(octets).map_err(|kind| (kind, line.number, None));
        match name.to_ascii_lowercase().as_slice() {
            b"newrdn" => new_rdn = Some(as_name(octets)?),
            b"newsuperior" => new_superior = Some(as_name(octets)?),
            b"deleteoldrdn" => {
                delete_old = match octets.trim_ascii() {
                    b"0" => Some(false),
                    b"1" => Some(true),
                    _ => return Err(bad("deleteoldrdn is 0 or 1", &line)),
                }
            }
            _ => return Err(bad("a modrdn has newrdn, deleteoldrdn and newsuperior", &line)),
        }
    }
    let (Some(new_rdn), Some(delete_old)) = (new_rdn, delete_old) else {
        return Err((FaultKind::BadChange("a modrdn needs newrdn and deleteoldrdn"), 1, None));
    };
    let new_dn = match new_superior.or_else(|| dn.parent()) {
        Some(parent) => DistinguishedName::from_directory(&format!("{new_rdn},{parent}")),
        None => new_rdn.clone(),
    };
    let naming = naming_patches(parser, dn, &new_rdn, delete_old);
    Ok(Change::Rename { new_dn, naming })
}

fn naming_patches(
    parser: &RecordParser,
    dn: &DistinguishedName,
    new_rdn: &DistinguishedName,
    delete_old: bool,
) -> Vec<AttributePatch> {
    let parts = |dn: &DistinguishedName| -> Vec<(AttributeName, Value)> {
        let rdn = dn.rdns().into_iter().next().unwrap_or(Rdn { parts: Vec::new() });
        rdn.parts
            .into_iter()
            .filter_map(|(attribute, value)| Some((AttributeName::known(&attribute)?, Value::text(value))))
            .filter(|(attribute, _)| parser.names.wants(*attribute))
            .collect()
    };
    let (old, new) = (parts(dn), parts(new_rdn));
    let mut patches = Vec::new();
    for (attribute, value) in old {
        let stays =
            new.iter().any(|(name, _)| *name == attribute && AttributeSchema::of(attribute).single_valued);
        if delete_old && !stays {
            patches.push(AttributePatch::Remove(attribute, vec![value]));
        }
    }
    for (attribute, value) in new {
        patches.push(if delete_old && AttributeSchema::of(attribute).single_valued {
            AttributePatch::Replace(attribute, vec![value])
        } else {
            AttributePatch::Add(attribute, vec![value])
        });
    }
    patches
}
