//! What an organisation of Exchange asks of contacts in its forest: the address lists that every contact belongs to, and
//! the version that its objects have. Both stand in the configuration partition.

use ldap3::Scope;
use madrigal_api::ConnectorError;
use madrigal_model::DistinguishedName;

use crate::LdapConnector;
use crate::connect;
use crate::connection::{Connection, Search};
use crate::controls;
use crate::failure::Failure;
use crate::filter::{self, Sample};
use crate::message::RawEntry;
use crate::options::Kind;
use crate::server::Server;

/// The container of all address lists, below the organisation.
const LISTS: &str = "Address Lists Container";
/// The versions (`objectVersion`) of organisations begin here with Exchange 2013.
const EXCHANGE_2013: u32 = 15_000;
/// `msExchVersion` of a mail contact, of Exchange 2013 and later, and before.
const CONTACT_VERSIONS: (&str, &str) = ("88218628259840", "44220983382016");
/// Every contact of ours, as far as address lists can ask: values that differ from contact to contact are not known.
const CONTACT: &Sample<'_> = &[
    ("objectclass", &["top", "person", "organizationalPerson", "contact"]),
    ("objectcategory", &["person"]),
    ("msexchrecipienttypedetails", &["64"]),
    ("msexchrecipientdisplaytype", &[]),
    ("mailnickname", &[]),
    ("displayname", &[]),
    ("proxyaddresses", &[]),
    ("targetaddress", &[]),
    ("legacyexchangedn", &[]),
    ("mail", &[]),
    ("cn", &[]),
    ("name", &[]),
];

/// An organisation of Exchange, as far as it concerns contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its name in the directory.
    pub organization: DistinguishedName,
    /// The address lists that every contact belongs to, in the order of their names. Lists of some contacts alone (of one
    /// company, of rooms) are not among them.
    pub contact_lists: Vec<DistinguishedName>,
    /// The `msExchVersion` of a mail contact, where the organisation's own version is known.
    pub contact_version: Option<String>,
}

/// How contacts get into the address lists of an Exchange organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// We write what Exchange would.
    Attributes,
    /// Exchange does it itself, after the export.
    UpdateRecipient,
}

impl LdapConnector {
    /// The Exchange organisation of the forest; none where there is none, or it may not be seen.
    ///
    /// # Errors
    /// [`ConnectorError`] where there is no connection, or it is lost.
    pub async fn exchange(&self) -> Result<Option<Exchange>, ConnectorError> {
        if self.kind == Kind::Other {
            return Ok(None);
        }
        let mut connection = connect::open(self, &[]).await?;
        let server = Server::read(&mut connection).await?;
        let found = organization(&mut connection, &server).await;
        found.map_err(|failure| {
            failure.into_error(format!(
                "reading the address lists of {} at {}",
                self.name,
                connection.server()
            ))
        })
    }
}

/// Looks through the configuration partition.
pub(crate) async fn organization(
    connection: &mut Connection,
    server: &Server,
) -> Result<Option<Exchange>, Failure> {
    let Some(configuration) = &server.configuration else { return Ok(None) };
    let lists = Search {
        base: format!("CN=Microsoft Exchange,CN=Services,{configuration}"),
        scope: Scope::Subtree,
        filter: "(&(objectClass=addressBookContainer)(purportedSearch=*))".to_owned(),
        attributes: vec!["purportedSearch".to_owned()],
        controls: vec![controls::paged(1_000, &[])],
    };
    let lists = match connection.all(lists).await {
        Err(Failure::Refused(answer)) if answer.code == 32 => return Ok(None),
        other => other?,
    };
    let (mut organization, mut contact_lists) = (None, Vec::new());
    for message in &lists {
        let Ok(entry) = RawEntry::read(message) else { continue };
        let dn = DistinguishedName::from_directory(&String::from_utf8_lossy(entry.dn));
        let Some(owner) = organization_of(&dn) else { continue };
        organization.get_or_insert(owner);
        let Some(search) = entry.text("purportedSearch") else { continue };
        match filter::takes(search, CONTACT) {
            Some(true) => contact_lists.push(dn),
            Some(false) => {}
            None => tracing::debug!(list = %dn, filter = search, "not every contact belongs to it"),
        }
    }
    let Some(organization) = organization else { return Ok(None) };
    contact_lists.sort_by_key(DistinguishedName::normalized);
    let version = connection.one(Search::of(organization.as_str(), &["objectVersion"])).await?;
    let version: Option<u32> =
        version.as_deref().and_then(|found| RawEntry::read(found).ok()?.text("objectVersion")?.parse().ok());
    let (new, old) = CONTACT_VERSIONS;
    let contact_version = version.map(|version| if version >= EXCHANGE_2013 { new } else { old }.to_owned());
    Ok(Some(Exchange { organization, contact_lists, contact_version }))
}

/// The organisation that an address list belongs to: what holds the container of all lists.
fn organization_of(list: &DistinguishedName) -> Option<DistinguishedName> {
    let mut place = list.parent()?;
    while place.rdn_value().is_none_or(|name| !name.eq_ignore_ascii_case(LISTS)) {
        place = place.parent()?;
    }
    place.parent()
}

/// A mail contact that Exchange itself made: its name and the lists that it is in. None where there is none outside the
/// container of ours.
pub(crate) async fn own_contact(
    connection: &mut Connection,
    server: &Server,
    container: &DistinguishedName,
) -> Result<Option<(DistinguishedName, Vec<DistinguishedName>)>, Failure> {
    let Some(context) = server.main_context() else { return Ok(None) };
    let search = Search {
        base: context.to_owned(),
        scope: Scope::Subtree,
        filter: "(&(objectCategory=person)(objectClass=contact)(mailNickname=*)(showInAddressBook=*))"
            .to_owned(),
        attributes: vec!["showInAddressBook".to_owned()],
        controls: vec![controls::paged(1_000, &[])],
    };
    for message in connection.all(search).await? {
        let Ok(entry) = RawEntry::read(&message) else { continue };
        let dn = DistinguishedName::from_directory(&String::from_utf8_lossy(entry.dn));
        if dn.is_within(container) {
            continue;
        }
        let lists = entry.values("showInAddressBook").unwrap_or_default();
        let lists = lists.into_iter().map(|list| {
            let list = String::from_utf8_lossy(list);
            DistinguishedName::from_directory(crate::names::split_extended(&list).1)
        });
        return Ok(Some((dn, lists.collect())));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_holds_the_container_of_lists() {
        let rows = [
            (
                "CN=GAL,CN=All Global Address Lists,CN=Address Lists Container,CN=ABC,CN=Microsoft Exchange",
                Some("CN=ABC,CN=Microsoft Exchange"),
            ),
            ("CN=Inner,CN=Outer,CN=All Address Lists,CN=address lists container,CN=ABC", Some("CN=ABC")),
            ("CN=GAL,CN=Elsewhere", None),
        ];
        for (list, expected) in rows {
            let found = organization_of(&DistinguishedName::from_directory(list));
            assert_eq!(found.as_ref().map(DistinguishedName::as_str), expected, "{list}");
        }
    }
}
