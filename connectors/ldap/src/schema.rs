//! Which attributes a directory has, of those that are written.

use std::collections::BTreeSet;

use ldap3::Scope;
use madrigal_model::{AttributeName, AttributeSchema, DistinguishedName};

use crate::connection::{Connection, Search};
use crate::controls;
use crate::failure::Failure;
use crate::message::RawEntry;
use crate::options::Kind;
use crate::server::Server;

/// What the schema says of the attributes that are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schema {
    /// Those that a contact cannot have here.
    pub lacking: Vec<AttributeName>,
    /// Those that hold one value here, and several as the rules know them.
    pub single: Vec<AttributeName>,
}

/// Asks the server about these attributes.
pub(crate) async fn read(
    connection: &mut Connection,
    server: &Server,
    kind: Kind,
    written: &[AttributeName],
) -> Result<Schema, Failure> {
    let known = match (kind, &server.schema) {
        (Kind::ActiveDirectory, Some(schema)) => active_directory(connection, schema, written).await?,
        _ => subschema(connection).await?,
    };
    // A server whose schema cannot be read says nothing.
    if known.is_empty() {
        return Ok(Schema::default());
    }
    let allowed = match kind {
        Kind::ActiveDirectory => contact_may_have(connection, server).await?,
        Kind::Other => BTreeSet::new(),
    };
    let has = |name: &AttributeName| {
        let folded = name.as_str().to_ascii_lowercase();
        known.contains(&(folded.clone(), true)) || known.contains(&(folded.clone(), false))
    };
    let may_have =
        |name: &AttributeName| allowed.is_empty() || allowed.contains(&name.as_str().to_ascii_lowercase());
    let lacking = written.iter().copied().filter(|name| !has(name) || !may_have(name)).collect();
    let single = written.iter().copied().filter(|name| {
        known.contains(&(name.as_str().to_ascii_lowercase(), true))
            && AttributeSchema::is_known(*name)
            && !AttributeSchema::of(*name).single_valued
    });
    Ok(Schema { lacking, single: single.collect() })
}

/// Each attribute with whether it holds one value.
type Known = BTreeSet<(String, bool)>;

async fn active_directory(
    connection: &mut Connection,
    schema: &str,
    written: &[AttributeName],
) -> Result<Known, Failure> {
    let mut known = Known::new();
    // Long filters are refused by some servers.
    for names in written.chunks(100) {
        let names: String = names.iter().map(|name| format!("(lDAPDisplayName={})", name.as_str())).collect();
        let found = connection
            .all(Search {
                base: schema.to_owned(),
                scope: Scope::OneLevel,
                filter: format!("(&(objectClass=attributeSchema)(|{names}))"),
                attributes: vec!["lDAPDisplayName".to_owned(), "isSingleValued".to_owned()],
                controls: Vec::new(),
            })
            .await?;
        for message in found {
            let Ok(entry) = RawEntry::read(&message) else { continue };
            let Some(name) = entry.text("lDAPDisplayName") else { continue };
            known.insert((name.to_ascii_lowercase(), entry.text("isSingleValued") == Some("TRUE")));
        }
    }
    Ok(known)
}

/// The attributes that a contact may have: as one that is there says. None where there is no contact.
async fn contact_may_have(connection: &mut Connection, server: &Server) -> Result<BTreeSet<String>, Failure> {
    let Some(base) = server.main_context() else { return Ok(BTreeSet::new()) };
    let search = Search {
        base: base.to_owned(),
        scope: Scope::Subtree,
        filter: "(&(objectCategory=person)(objectClass=contact))".to_owned(),
        attributes: vec!["1.1".to_owned()],
        controls: vec![controls::paged(1, &[])],
    };
    let Some(message) = connection.all(search).await?.into_iter().next() else { return Ok(BTreeSet::new()) };
    let Ok(dn) = RawEntry::read(&message).map(|entry| String::from_utf8_lossy(entry.dn).into_owned()) else {
        return Ok(BTreeSet::new());
    };
    let dn = DistinguishedName::from_directory(&dn);
    let found = connection.one(Search::of(dn.as_str(), &["allowedAttributes"])).await?;
    let names =
        found.as_deref().and_then(|message| RawEntry::read(message).ok()?.values("allowedAttributes"));
    Ok(names
        .unwrap_or_default()
        .into_iter()
        .map(|name| String::from_utf8_lossy(name).to_ascii_lowercase())
        .collect())
}

/// The attributes of a server that describes them as RFC 4512 section 4.2 has it.
async fn subschema(connection: &mut Connection) -> Result<Known, Failure> {
    let root = connection.one(Search::of("", &["subschemaSubentry"])).await?;
    let place = root
        .as_deref()
        .and_then(|root| Some(RawEntry::read(root).ok()?.text("subschemaSubentry")?.to_owned()));
    let Some(place) = place else { return Ok(Known::new()) };
    let search =
        Search { filter: "(objectClass=subschema)".to_owned(), ..Search::of(place, &["attributeTypes"]) };
    let Some(message) = connection.one(search).await? else { return Ok(Known::new()) };
    let values = RawEntry::read(&message).ok().and_then(|entry| entry.values("attributeTypes"));
    let texts = values.unwrap_or_default().into_iter().filter_map(|value| std::str::from_utf8(value).ok());
    Ok(texts.flat_map(described).collect())
}

/// The names of an attribute's description: `( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name SINGLE-VALUE )`.
pub(crate) fn described(text: &str) -> Vec<(String, bool)> {
    let single = text.contains(" SINGLE-VALUE");
    let Some((_, names)) = text.split_once(" NAME ") else { return Vec::new() };
    let names = names.trim_start();
    let names = match names.strip_prefix('(') {
        Some(list) => list.split(')').next().unwrap_or_default(),
        None => names.match_indices('\'').nth(1).and_then(|(end, _)| names.get(..end)).unwrap_or(names),
    };
    names.split('\'').skip(1).step_by(2).map(|name| (name.to_ascii_lowercase(), single)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read() {
        let rows = [
            ("( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )", "cn commonname false"),
            ("( 1.2 NAME 'mailNickname' SYNTAX 1.3 SINGLE-VALUE X-NOTE 'x' )", "mailnickname true"),
            ("( 1.2 )", ""),
            ("( 1.2 NAME 'open", "open false"),
        ];
        for (text, expected) in rows {
            let names = described(text);
            let single = names.first().map(|(_, single)| single.to_string());
            let shown: Vec<String> = names.into_iter().map(|(name, _)| name).chain(single).collect();
            assert_eq!(shown.join(" "), expected);
        }
    }
}
