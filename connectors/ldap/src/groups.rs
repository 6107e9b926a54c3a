//! In how many groups an object stands: Active Directory tells it of each object as `memberOf`.

use madrigal_api::ConnectorError;
use madrigal_model::DistinguishedName;

use crate::connect;
use crate::connection::{Connection, Search};
use crate::failure::Failure;
use crate::message::RawEntry;
use crate::names::split_range;
use crate::options::{Kind, LdapConnector};

const MEMBER_OF: &str = "memberOf";

/// For each name, in how many groups it stands; none where the server need not know. Of an object in more groups than a
/// server gives at once (1,500) those that it gives are counted.
pub(crate) async fn count(
    connector: &LdapConnector,
    names: &[DistinguishedName],
) -> Result<Option<Vec<u64>>, ConnectorError> {
    if connector.kind != Kind::ActiveDirectory {
        return Ok(None);
    }
    let mut connection = connect::open(connector, &[]).await?;
    let mut counts = Vec::with_capacity(names.len());
    for name in names {
        let counted = of_one(&mut connection, name)
            .await
            .map_err(|failure| failure.into_error(format!("asking {} for groups", connector.name)))?;
        counts.push(counted);
    }
    Ok(Some(counts))
}

async fn of_one(connection: &mut Connection, name: &DistinguishedName) -> Result<u64, Failure> {
    let found = connection.one(Search::of(name.as_str(), &[MEMBER_OF])).await?;
    let Some(entry) = found.as_ref().and_then(|message| RawEntry::read(message).ok()) else { return Ok(0) };
    let is_member_of = |name: &str| split_range(name).0.eq_ignore_ascii_case(MEMBER_OF);
    let attributes = entry.attributes().flatten().filter(|attribute| is_member_of(attribute.name));
    Ok(attributes.map(|attribute| attribute.values().flatten().count() as u64).sum())
}
