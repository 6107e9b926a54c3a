//! A property list of one's own, in TOML.
//!
//! ```toml
//! default = true                 # start from the default list; false: only what is named here
//! without = ["UserCertificate"]  # properties of the default list to leave out
//!
//! [[property]]
//! name = "ExtensionAttribute1"
//! tag = "802D001F"
//! attribute = "extensionAttribute1"
//! kind = "value"                 # or "anr", "indicator"
//! ```

use std::path::Path;

use madrigal_oab::OabError;
use madrigal_oab::property::{Kind, ListedProperty, PropertyList, PropertyTag};
use serde::Deserialize;

use super::{OabFailure, folder};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    #[serde(default = "yes")]
    default: bool,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    property: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    tag: String,
    attribute: String,
    #[serde(default)]
    kind: RowKind,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RowKind {
    Anr,
    #[default]
    Value,
    Indicator,
}

fn yes() -> bool {
    true
}

/// Reads a property list; without a path the default one.
pub(super) fn read(path: Option<&Path>) -> Result<PropertyList, OabFailure> {
    let Some(path) = path else { return Ok(PropertyList::default()) };
    let text = String::from_utf8_lossy(&folder::read(path)?).into_owned();
    parse(&text).map_err(OabFailure::at(path))
}

fn parse(text: &str) -> Result<PropertyList, OabError> {
    let refuse = |entry: &str, problem: String| OabError::PropertyList { entry: entry.to_owned(), problem };
    let file: ListFile = toml::from_str(text).map_err(|error| refuse("the file", error.to_string()))?;
    let default = PropertyList::default();
    let usual = if file.default { default.properties() } else { &[] };
    for name in &file.without {
        if !usual.iter().any(|property| property.name.eq_ignore_ascii_case(name)) {
            return Err(refuse(name, "the default list has no such property".to_owned()));
        }
    }
    let kept = usual
        .iter()
        .filter(|property| !file.without.iter().any(|name| property.name.eq_ignore_ascii_case(name)));
    let mut properties: Vec<_> = kept.cloned().collect();
    for row in file.property {
        let digits = row.tag.trim_start_matches("0x");
        let tag = u32::from_str_radix(digits, 16).map_err(|_| {
            refuse(&row.name, format!("\"{}\" is not a tag of eight hexadecimal digits", row.tag))
        })?;
        properties.push(ListedProperty {
            name: row.name,
            tag: PropertyTag(tag),
            attribute: row.attribute.to_ascii_lowercase(),
            kind: match row.kind {
                RowKind::Anr => Kind::Anr,
                RowKind::Value => Kind::Value,
                RowKind::Indicator => Kind::Indicator,
            },
        });
    }
    PropertyList::new(properties)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let count =
            |text: &str| parse(text).map(|list| list.properties().len()).map_err(|error| error.code());
        let row = "[[property]]\nname = \"Extra\"\ntag = \"802D001F\"\nattribute = \"extensionAttribute1\"\n";
        assert_eq!(count(""), Ok(54));
        assert_eq!(count("without = [\"userCertificate\", \"Certificate\"]"), Ok(52));
        assert_eq!(count(row), Ok(55));
        assert_eq!(count(&format!("default = false\n{row}")), Ok(1));
        for wrong in [
            "without = [\"Nothing\"]",
            "colour = 1",
            &row.replace("802D001F", "xyz"),
            &row.replace("802D001F", "802D0005"),
        ] {
            assert_eq!(count(wrong), Err("MDR-O009"), "{wrong}");
        }
    }
}
