//! What a domain controller has heard of the others: the last change of each of them that has come to it, which it keeps
//! as the up-to-dateness vector of each naming context (MS-DRSR sections 5.165 and 5.166).

use crate::connection::{Connection, Search};
use crate::message::RawEntry;

/// Octets of a GUID, by which controllers tell each other apart.
const GUID: usize = 16;

/// Whether this controller has heard of everything that these had to tell, each by its GUID and the number of its last
/// change; none where that cannot be told.
pub(crate) async fn of_all(
    connection: &mut Connection,
    context: &str,
    told: &[(Vec<u8>, u64)],
) -> Option<bool> {
    if told.iter().any(|(server, _)| server.len() != GUID) {
        return None;
    }
    let search = Search::of(context, &["replUpToDateVector"]);
    let head = connection.one(search).await.ok()??;
    let entry = RawEntry::read(&head).ok()?;
    let values = entry.values("replUpToDateVector")?;
    let heard = vector(values.first()?)?;
    let knows =
        |(server, last): &(Vec<u8>, u64)| heard.iter().any(|(known, usn)| known == server && usn >= last);
    Some(told.iter().all(knows))
}

/// The controllers in a vector, each with the number of its last change that was heard.
fn vector(octets: &[u8]) -> Option<Vec<(&[u8], u64)>> {
    let number = |at: usize| Some(u32::from_le_bytes(octets.get(at..at + 4)?.try_into().ok()?));
    // The second layout has the time of the last hearing behind each number.
    let each = match number(0)? {
        1 => GUID + 8,
        2 => GUID + 16,
        _ => return None,
    };
    let cursors = octets.get(16..)?.chunks_exact(each);
    if usize::try_from(number(8)?).ok()? != cursors.len() {
        return None;
    }
    let read = cursors.map(|cursor| {
        let (server, rest) = cursor.split_at_checked(GUID)?;
        Some((server, u64::from_le_bytes(rest.get(..8)?.try_into().ok()?)))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(version: u8, count: u8, cursors: &[(u8, u8)]) -> Vec<u8> {
        let mut octets = vec![version, 0, 0, 0, 0, 0, 0, 0, count, 0, 0, 0, 0, 0, 0, 0];
        for (server, usn) in cursors {
            octets.extend([[*server; 16].as_slice(), &[*usn, 1, 0, 0, 0, 0, 0, 0]].concat());
            octets.extend(if version == 2 { &[9; 8][..] } else { &[] });
        }
        octets
    }

    #[test]
    fn both_layouts_of_a_vector_are_read() {
        let rows = [
            (written(1, 2, &[(7, 1), (8, 2)]), Some(vec![(7, 257), (8, 258)])),
            (written(2, 2, &[(7, 1), (8, 2)]), Some(vec![(7, 257), (8, 258)])),
            (written(2, 0, &[]), Some(vec![])),
            (written(2, 3, &[(7, 1), (8, 2)]), None),
            (written(3, 1, &[(7, 1)]), None),
            (vec![2, 0], None),
        ];
        for (octets, expected) in rows {
            let expected: Option<Vec<(Vec<u8>, u64)>> = expected
                .map(|cursors| cursors.into_iter().map(|(server, usn)| (vec![server; 16], usn)).collect());
            let read = vector(&octets)
                .map(|cursors| cursors.into_iter().map(|(server, usn)| (server.to_vec(), usn)).collect());
            assert_eq!(read, expected, "{octets:?}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_a_vector_or_none(octets in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = vector(&octets);
        }
    }
}
