//! The exporter: operations in stages, as many at once as may be, and a look before anything is sent a second time.

mod advice;
mod read_back;
mod send;
mod stages;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream;
use madrigal_api::{
    Capabilities, ConnectorError, Exporter, Operation, OperationKind, Receipt, ReceiptOutcome, made_anew,
};
use madrigal_model::{Anchor, Approval, Timestamp};

use crate::LdapConnector;
use crate::connect;
use crate::connection::{Connection, Search};
use crate::controls;
use crate::failure::{Answer, Failure, lost};
use crate::import::capabilities;
use crate::message::RawEntry;
use crate::names::guid_name;
use crate::options::Kind;

pub(crate) use advice::attribute as attribute_in;
use read_back::{Found, read_back};
use send::{Brake, Graves, Target};
use stages::{Stage, stages};

/// How often a lost connection is made anew within one batch.
const RECONNECTIONS: u32 = 3;

/// Writes to a directory.
pub struct LdapExporter {
    connector: LdapConnector,
    connections: Vec<Connection>,
    brake: Brake,
}

/// How far one operation has come.
#[derive(Clone, Debug)]
enum State {
    /// It was not sent.
    Waiting,
    /// It was sent and not answered.
    InDoubt(String),
    Accepted(Option<Anchor>),
    /// A deleted object was not brought back, for this reason: a new one was made.
    MadeAnew(Answer),
    Refused(Answer),
}

impl LdapExporter {
    pub(crate) fn new(connector: LdapConnector) -> Self {
        let brake = Brake::new(connector.pace.operations_per_second);
        Self { connector, connections: Vec::new(), brake }
    }

    async fn connect(&mut self) -> Result<(), ConnectorError> {
        while self.connections.len() < self.connector.pace.connections.max(1) {
            self.connections.push(connect::open(&self.connector, self.urls()).await?);
        }
        Ok(())
    }

    /// The servers that hold the container.
    fn urls(&self) -> &[crate::url::ServerUrl] {
        let holds = |dn: &madrigal_model::DistinguishedName| {
            self.connector.container.as_ref().is_some_and(|container| container.is_within(dn))
        };
        let domains = self.connector.domains.iter().filter(|domain| holds(&domain.dn));
        let closest = domains.max_by_key(|domain| domain.dn.as_str().len());
        closest.map(|domain| domain.urls.as_slice()).unwrap_or_default()
    }

    /// What is left of these deleted objects, as far as the account may see it.
    async fn graves(&mut self, keys: &[Anchor]) -> Result<Graves, ConnectorError> {
        let mut graves = Graves::new();
        let Some(connection) = self.connections.first_mut() else { return Ok(graves) };
        if self.connector.kind != Kind::ActiveDirectory {
            return Ok(graves);
        }
        for key in keys.iter().filter(|key| key.as_bytes().len() == 16) {
            let search = Search {
                controls: vec![controls::show_deleted()],
                ..Search::of(guid_name(key), &["isDeleted"])
            };
            let found = match connection.one(search).await {
                Ok(found) => found,
                // Whoever may not see it cannot bring it back.
                Err(Failure::Refused(_)) => None,
                Err(failure) => return Err(failure.into_error("looking for deleted objects".to_owned())),
            };
            let found = found.as_deref().and_then(|message| RawEntry::read(message).ok());
            let Some(found) = found else { continue };
            let mark = found.values("isDeleted").unwrap_or_default();
            if mark.contains(&b"TRUE".as_slice()) {
                graves.insert(key.clone(), String::from_utf8_lossy(found.dn).into_owned());
            }
        }
        Ok(graves)
    }

    /// Sends what waits in a stage.
    async fn send(
        &mut self,
        stage: &Stage,
        operations: &[Operation],
        graves: &Arc<Graves>,
        states: &mut [State],
    ) {
        let targets: Vec<Target> = self
            .connections
            .iter()
            .map(|connection| {
                Target::new(connection.sender(), self.connector.kind, self.brake.clone(), graves.clone())
            })
            .collect();
        if targets.is_empty() {
            return;
        }
        let waiting = |states: &[State], chain: &[usize]| {
            let waits = |place: &usize| matches!(states.get(*place), Some(State::Waiting));
            chain.iter().copied().filter(waits).collect::<Vec<usize>>()
        };
        let chains = stage.chains.iter().zip(targets.iter().cycle());
        let chains = chains.map(|(chain, target)| (waiting(states, chain), target));
        let mut came = Vec::new();
        if stage.one_by_one {
            for (chain, target) in chains {
                let first = chain.first().and_then(|place| operations.get(*place));
                let refused = match first {
                    Some(operation) => self.look(operation).await.err(),
                    None => None,
                };
                came.extend(in_order(target, operations, chain, refused).await);
            }
        } else {
            let chains: Vec<_> =
                chains.map(|(chain, target)| in_order(target, operations, chain, None)).collect();
            let mut results = stream::iter(chains).buffer_unordered(self.connector.pace.in_flight.max(1));
            while let Some(done) = results.next().await {
                came.extend(done);
            }
        }
        for (place, state) in came {
            if let Some(known) = states.get_mut(place) {
                *known = state;
            }
        }
    }

    /// Whether what has the name of an object that is to be renamed is that object: servers do not take a key for the
    /// name of what is renamed. It is read, not compared, because Samba takes a compared key for a filter's text, and
    /// a key is any octets.
    async fn look(&mut self, operation: &Operation) -> Result<(), Failure> {
        const COMPARE_FALSE: u32 = 5;
        let (Kind::ActiveDirectory, OperationKind::Rename { anchor: Some(anchor), dn, .. }) =
            (self.connector.kind, &operation.kind)
        else {
            return Ok(());
        };
        let Some(connection) = self.connections.first_mut() else { return Ok(()) };
        let name = self.connector.anchor.as_str();
        let found = match connection.one(Search::of(dn.as_str(), &[name])).await {
            Ok(found) => found,
            Err(Failure::Lost(reason)) => return Err(Failure::Lost(reason)),
            // What is wrong is said in the answer to the renaming.
            Err(Failure::Refused(_)) => None,
        };
        let found = found.as_deref().and_then(|message| RawEntry::read(message).ok());
        let keys = found.as_ref().and_then(|entry| entry.values(name)).unwrap_or_default();
        match keys.first() {
            Some(key) if *key != anchor.as_bytes() => {
                let text = "another object has the name".to_owned();
                Err(Failure::Refused(Answer { code: COMPARE_FALSE, text }))
            }
            _ => Ok(()),
        }
    }

    /// Finds out what became of the operations that were not answered. What was not carried out waits again.
    async fn settle_doubts(
        &mut self,
        operations: &[Operation],
        states: &mut [State],
    ) -> Result<(), ConnectorError> {
        let before = self.connections.first().map(|connection| connection.server().to_owned());
        self.connections.clear();
        self.connect().await?;
        let Some(connection) = self.connections.first_mut() else { return Ok(()) };
        // Another server may not have heard yet of what was carried out, and would be told it twice.
        if before.is_some_and(|before| before != connection.server()) {
            let reason = format!("only {} answers now, and it cannot know", connection.server());
            return Err(lost(format!("reading back from {}", self.connector.name), reason));
        }
        let (kind, anchor) = (self.connector.kind, self.connector.anchor);
        for (operation, state) in operations.iter().zip(states) {
            let State::InDoubt(reason) = state else { continue };
            let found = read_back(connection, kind, anchor, &operation.kind).await;
            match found {
                Ok(Found::Done(anchor)) => *state = State::Accepted(anchor),
                Ok(Found::NotDone) => *state = State::Waiting,
                Err(failure) => {
                    tracing::warn!(
                        connector = self.connector.name,
                        reason,
                        ?failure,
                        "an outcome stays unknown"
                    );
                    return Err(failure.into_error(format!("reading back {}", send::name(&operation.kind))));
                }
            }
        }
        Ok(())
    }
}

/// Sends operations of one object one after the other, unless there is a reason not to.
async fn in_order(
    target: &Target,
    operations: &[Operation],
    waiting: Vec<usize>,
    reason: Option<Failure>,
) -> Vec<(usize, State)> {
    let mut done = Vec::with_capacity(waiting.len());
    let mut stopped = reason;
    for place in waiting {
        let Some(operation) = operations.get(place) else { continue };
        let outcome = match stopped.take() {
            Some(failure) => Err(failure),
            None => target.send(&operation.kind).await,
        };
        match outcome {
            Ok(None) => done.push((place, State::Accepted(send::anchor(&operation.kind)))),
            Ok(Some(instead)) => done.push((place, State::MadeAnew(instead))),
            Err(Failure::Refused(answer)) => {
                // What belongs to a change that was refused is not sent without it.
                stopped = Some(Failure::Refused(answer.clone()));
                done.push((place, State::Refused(answer)));
            }
            Err(Failure::Lost(reason)) => {
                done.push((place, State::InDoubt(reason)));
                break;
            }
        }
    }
    done
}

#[async_trait]
impl Exporter for LdapExporter {
    fn capabilities(&self) -> Capabilities {
        capabilities(&self.connector)
    }

    async fn apply(
        &mut self,
        _export_id: u64,
        operations: Vec<Operation>,
        now: Timestamp,
        approval: &Approval,
    ) -> Result<Vec<Receipt>, ConnectorError> {
        approval.assert();
        // Nothing was sent yet: a server that is not there is an error, not a doubt.
        if self.connections.is_empty() {
            self.connect().await?;
        }
        let former = operations.iter().filter_map(|operation| match &operation.kind {
            OperationKind::Add { former, .. } => former.clone(),
            _ => None,
        });
        let former: Vec<Anchor> = former.collect();
        let graves = Arc::new(self.graves(&former).await?);
        let mut states = vec![State::Waiting; operations.len()];
        let mut reconnections = 0;
        'stages: for stage in stages(&operations) {
            loop {
                self.send(&stage, &operations, &graves, &mut states).await;
                let in_doubt = states.iter().any(|state| matches!(state, State::InDoubt(_)));
                if !in_doubt {
                    break;
                }
                reconnections += 1;
                if reconnections > RECONNECTIONS {
                    break 'stages;
                }
                tokio::time::sleep(Duration::from_millis(100) * reconnections).await;
                if let Err(error) = self.settle_doubts(&operations, &mut states).await {
                    let (connector, code) = (&self.connector.name, error.code());
                    tracing::warn!(connector, code, %error, "the export stops here");
                    self.connections.clear();
                    break 'stages;
                }
            }
        }
        let receipts = operations.into_iter().zip(states).map(|(operation, state)| {
            let mut note = None;
            let outcome = match state {
                State::Waiting | State::InDoubt(_) => ReceiptOutcome::Unknown,
                State::Accepted(anchor) => ReceiptOutcome::Accepted(anchor),
                State::MadeAnew(answer) => {
                    let name = send::name(&operation.kind).as_str();
                    note = Some(Box::new(made_anew(name, &answer.to_string(), now)));
                    ReceiptOutcome::Accepted(None)
                }
                State::Refused(answer) => {
                    ReceiptOutcome::Refused(Box::new(advice::problem(&operation.kind, &answer, now)))
                }
            };
            Receipt { identity: operation.identity, outcome, note }
        });
        Ok(receipts.collect())
    }

    async fn deleted(&mut self, keys: &[Anchor]) -> Result<Vec<Anchor>, ConnectorError> {
        if self.connections.is_empty() {
            self.connect().await?;
        }
        let graves = self.graves(keys).await?;
        Ok(keys.iter().filter(|key| graves.contains_key(key)).cloned().collect())
    }
}
