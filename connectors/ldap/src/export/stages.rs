//! The order of sending: what frees a name or a value goes before what takes it, and only what cannot stand in each
//! other's way is sent at once.

use madrigal_api::{Operation, OperationKind};

/// Operations that may be under way at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// Each a list of places: operations of one object, one after the other.
    pub chains: Vec<Vec<usize>>,
    /// Each chain waits for the one before it: a new name may be one that another object is about to leave.
    pub one_by_one: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Delete,
    Rename,
    Modify,
    Add,
}

fn class(operation: &Operation) -> Class {
    match operation.kind {
        OperationKind::Delete { .. } => Class::Delete,
        OperationKind::Rename { .. } => Class::Rename,
        OperationKind::Modify { .. } => Class::Modify,
        OperationKind::Add { .. } => Class::Add,
    }
}

/// The stages of these operations, which stand in the order of sending.
pub(crate) fn stages(operations: &[Operation]) -> Vec<Stage> {
    let mut stages: Vec<(Class, Stage)> = Vec::new();
    let mut last = None;
    for (place, operation) in operations.iter().enumerate() {
        let same_object = last == Some(operation.identity);
        last = Some(operation.identity);
        if same_object && let Some(chain) = stages.last_mut().and_then(|(_, stage)| stage.chains.last_mut()) {
            chain.push(place);
            continue;
        }
        let class = class(operation);
        match stages.last_mut() {
            Some((known, stage)) if *known == class => stage.chains.push(vec![place]),
            _ => {
                let one_by_one = class == Class::Rename;
                stages.push((class, Stage { chains: vec![vec![place]], one_by_one }));
            }
        }
    }
    stages.into_iter().map(|(_, stage)| stage).collect()
}

#[cfg(test)]
mod tests {
    use madrigal_model::{DistinguishedName, IdentityId};

    use super::*;

    #[test]
    fn kinds_wait_for_each_other_and_objects_keep_their_order() {
        let operation = |what: &str| {
            let (kind, identity) = what.split_at(1);
            let dn = DistinguishedName::from_directory("CN=x");
            let kind = match kind {
                "d" => OperationKind::Delete { anchor: None, dn, stamp: None },
                "r" => OperationKind::Rename { anchor: None, new_dn: dn.clone(), dn },
                "m" => OperationKind::Modify { anchor: None, dn, modifications: Vec::new() },
                _ => OperationKind::Add { dn, entry: Default::default(), former: None },
            };
            Operation { identity: IdentityId::projected_by(identity, b""), kind }
        };
        let rows = [
            ("", ""),
            ("a1 a2 a3", "0|1|2"),
            ("d1 d2 a3 a4", "0|1 / 2|3"),
            ("r1 m1 r2 m2 m3", "(0,1|2,3) / 4"),
            ("m1 m1 m2", "0,1|2"),
        ];
        for (given, expected) in rows {
            let operations: Vec<Operation> = given.split_whitespace().map(operation).collect();
            let shown = stages(&operations).into_iter().map(|stage| {
                let chains = stage.chains.into_iter().map(|chain| {
                    chain.into_iter().map(|place| place.to_string()).collect::<Vec<_>>().join(",")
                });
                let chains = chains.collect::<Vec<_>>().join("|");
                if stage.one_by_one { format!("({chains})") } else { chains }
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" / "), expected, "{given}");
        }
    }
}
