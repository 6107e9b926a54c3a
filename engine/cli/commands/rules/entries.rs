//! The entries of an LDIF file that somebody names on the command line: any entry, whatever its key is.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use madrigal_ldif::{Extent, Limits, Parsed, RawRecord, RecordParser, RecordReader};
use madrigal_model::{AttributeName, DistinguishedName, Entry, Timestamp, Values};

use super::unreadable;
use crate::error::CommandError;

/// Calls a function with the name and the attributes of each entry until it has enough.
fn for_each(
    path: &Path,
    mut each: impl FnMut(DistinguishedName, Entry) -> ControlFlow<()>,
) -> Result<(), CommandError> {
    let file = |error| unreadable(path, &error);
    let wrong = |reason: String| wrong(path, reason);
    // The importer asks every object for its key; here any entry will do, so it is given one.
    let key = AttributeName::intern("madrigalKeyOfThisEntry").map_err(|error| wrong(error.to_string()))?;
    let limits = Limits::default();
    // A file that somebody typed may end without a line end.
    let input = std::fs::File::open(path).map_err(file)?.chain(&b"\n\n"[..]);
    let mut reader = RecordReader::new(input, limits.record_octets);
    let mut parser = RecordParser::new(key, &[], limits);
    while let Some(record) = reader.next_record().map_err(file)? {
        let mut octets = record.octets.to_vec();
        octets.extend_from_slice(format!("{key}: x\n").as_bytes());
        let keyed = RawRecord { octets: &octets, extent: Extent::Whole, ..record };
        match parser.parse(&keyed) {
            Ok(Parsed::Content(content)) => {
                let entry = content.entry.only(|name| name != key);
                if each(content.dn, entry).is_break() {
                    return Ok(());
                }
            }
            Ok(Parsed::Change(_) | Parsed::Nothing) => {}
            Err(unread) => {
                let now = Timestamp::from_millis(0);
                // The first says what is wrong; a file that is no LDIF at all has a fault in each line.
                let first = unread.faults.first().map(|fault| fault.problem(path, None, now).to_string());
                return Err(wrong(first.unwrap_or_default()));
            }
        }
    }
    Ok(())
}

fn wrong(path: &Path, reason: String) -> CommandError {
    CommandError::Value {
        place: path.display().to_string(),
        reason,
        remedy: "Give a file with an LDIF entry: dn: …, then a line for each value.".to_owned(),
    }
}

/// The name and the attributes of a file's first entry.
pub(super) fn first_entry(path: &Path) -> Result<(DistinguishedName, Entry), CommandError> {
    let mut first = None;
    for_each(path, |dn, entry| {
        first = Some((dn, entry));
        ControlFlow::Break(())
    })?;
    first.ok_or_else(|| wrong(path, "there is no entry in it".to_owned()))
}

/// The names of the attributes that a schema has: of Active Directory's, exported entry by entry (`lDAPDisplayName`), or
/// of another directory's, whose entry lists definitions (`attributeTypes`, RFC 4512, section 4.1.2).
pub(super) fn schema_attributes(path: &Path) -> Result<Vec<String>, CommandError> {
    let mut names = Vec::new();
    let known = |name: &str| AttributeName::intern(name).map_err(|error| wrong(path, error.to_string()));
    let (class, display_name) = (known("objectClass")?, known("lDAPDisplayName")?);
    let definitions = [known("attributeTypes")?, known("olcAttributeTypes")?];
    for_each(path, |_, entry| {
        let texts = |values: Values<'_>| -> Vec<String> {
            values.iter().filter_map(|value| Some(value.as_text()?.to_owned())).collect()
        };
        if texts(entry.get(class)).iter().any(|class| class.eq_ignore_ascii_case("attributeSchema")) {
            names.extend(texts(entry.get(display_name)));
        }
        for definition in definitions.iter().flat_map(|name| texts(entry.get(*name))) {
            names.extend(names_in(&definition));
        }
        ControlFlow::Continue(())
    })?;
    if names.is_empty() {
        return Err(CommandError::Value {
            place: path.display().to_string(),
            reason: "there is no attribute of a schema in it".to_owned(),
            remedy: "Export the schema: ldifde -d CN=Schema,CN=Configuration,…, or ldapsearch -b cn=Subschema attributeTypes."
                .to_owned(),
        });
    }
    Ok(names)
}

/// `NAME 'cn'` or `NAME ( 'cn' 'commonName' )` of a definition.
fn names_in(definition: &str) -> Vec<String> {
    let Some((_, behind)) = definition.split_once("NAME") else { return Vec::new() };
    let behind = behind.trim_start();
    let (listed, most) = match behind.strip_prefix('(') {
        Some(list) => (list.split(')').next().unwrap_or_default(), usize::MAX),
        None => (behind, 1),
    };
    listed.split('\'').skip(1).step_by(2).take(most).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_definitions() {
        for (definition, expected) in [
            ("( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'a ''name''' SUP name )", &["cn", "commonName"][..]),
            ("( 2.5.4.20 NAME 'telephoneNumber' DESC 'x' )", &["telephoneNumber"]),
            ("( 1.2.3 )", &[]),
            ("( 1.2.3 NAME", &[]),
            ("( 1.2.3 NAME ( 'a", &["a"]),
        ] {
            assert_eq!(names_in(definition), expected, "{definition}");
        }
    }
}
