//! A walk through the naming contexts of a directory, cut into pages.

use std::time::{SystemTime, UNIX_EPOCH};

use madrigal_api::{ConnectorError, ImportMode, ImportPage, ImportRequest};
use madrigal_model::{
    AttributeName, DistinguishedName, Observation, ObservedChange, ObservedObject, Problem, ProblemCode,
    Severity, Watermark,
};

use crate::LdapConnector;
use crate::decode::{Decoded, Said};
use crate::mark::{Mark, refused};
use crate::options::Domain;

use super::context::{Context, Seen};

/// A walk that is under way.
pub(crate) struct Walk {
    connector: LdapConnector,
    request: ImportRequest,
    read_with: u64,
    /// How far each naming context was read: before the walk, or by it where it is through.
    mark: Mark,
    number: u64,
    pages: u64,
    /// The naming contexts that are still to be read, the next one last; none: the server's default one.
    ahead: Vec<Option<Domain>>,
    context: Option<Context>,
    /// The watermark of the page that was given last.
    given: Option<Watermark>,
    /// How far another server was read before this one took over.
    elsewhere: Option<Mark>,
    /// Whether this server has not heard of everything yet that another one told, or nobody can say.
    behind: Behind,
}

/// What is known of a server that took over from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Nothing that it does not show is missing.
    No,
    /// It tells what it has heard, and may not have heard everything when it was read.
    Yes,
    /// It does not tell what it has heard: the next import believes it.
    Unknown,
}

impl Walk {
    /// A walk from this mark on; or from the beginning, on a server that took over when this was known of another.
    pub(crate) fn new(
        connector: &LdapConnector,
        request: &ImportRequest,
        mark: Mark,
        read_with: u64,
        elsewhere: Option<Mark>,
    ) -> Self {
        let mut ahead: Vec<Option<Domain>> = connector.domains.iter().cloned().map(Some).collect();
        if ahead.is_empty() {
            ahead.push(None);
        }
        ahead.reverse();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            connector: connector.clone(),
            request: request.clone(),
            read_with,
            mark,
            // Told apart from the walks before it, also from those of other processes.
            number: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).max(1),
            pages: 0,
            ahead,
            context: None,
            given: None,
            elsewhere,
            behind: Behind::No,
        }
    }

    /// Whether this is the page that comes next.
    pub(crate) fn goes_on_from(&self, request: &ImportRequest, from: &Watermark) -> bool {
        self.given.as_ref() == Some(from)
            && self.request.mode == request.mode
            && self.request.attributes == request.attributes
            && self.request.page_size == request.page_size
    }

    /// The next page.
    pub(crate) async fn page(&mut self) -> Result<ImportPage, ConnectorError> {
        let mut page = ImportPage {
            observations: Vec::new(),
            problems: Vec::new(),
            unreadable: 0,
            watermark: Watermark { mark: Vec::new(), read_with: self.read_with },
            more: true,
            complete: false,
            behind: false,
        };
        if self.pages == 0 {
            page.problems = self.notices();
        }
        while page.observations.len() < self.request.page_size.max(1) {
            if self.context.is_none() && !self.enter().await? {
                page.more = false;
                page.complete = self.request.mode == ImportMode::Full && self.behind == Behind::No;
                page.behind = self.behind == Behind::Yes;
                page.problems.extend(self.elsewhere_notice());
                break;
            }
            let Some(context) = &mut self.context else { continue };
            match context.next().await? {
                Some(Seen::Object(decoded)) => page.observations.push(observation(decoded)),
                Some(Seen::Bad(bad)) => {
                    match &bad.anchor {
                        // It is there, and stays as it was.
                        Some(anchor) => page.observations.push(Observation {
                            object: ObservedObject::Anchor(anchor.clone()),
                            change: ObservedChange::Patch { dn: None, attributes: Vec::new() },
                        }),
                        // As far as its name tells which it is.
                        None if !bad.dn.is_empty() => page.observations.push(Observation {
                            object: ObservedObject::Name(DistinguishedName::from_directory(&bad.dn)),
                            change: ObservedChange::Patch { dn: None, attributes: Vec::new() },
                        }),
                        // What proves nothing in any case need not be doubted.
                        None => page.unreadable += u64::from(self.behind == Behind::No),
                    }
                    page.problems.push(bad.problem(self.request.now));
                }
                None => self.leave(),
            }
        }
        self.pages += 1;
        self.mark.walk = page.more.then_some((self.number, self.pages));
        page.watermark = self.mark.to_watermark(self.read_with);
        self.given = Some(page.watermark.clone());
        Ok(page)
    }

    /// Begins with the next naming context; whether there is one.
    async fn enter(&mut self) -> Result<bool, ConnectorError> {
        let Some(domain) = self.ahead.pop() else { return Ok(false) };
        let before = match (self.request.mode, &domain) {
            (ImportMode::Full, _) => None,
            (ImportMode::Delta, None) => self.mark.domains.first().cloned(),
            (ImportMode::Delta, Some(domain)) => {
                let name = domain.dn.normalized();
                self.mark.domains.iter().find(|known| known.name == name).cloned()
            }
        };
        if self.request.mode == ImportMode::Delta && before.is_none() {
            return Err(refused("a naming context is new"));
        }
        let elsewhere = self.elsewhere.as_ref();
        let (context, behind) =
            Context::open(&self.connector, domain.as_ref(), &self.request, before, elsewhere).await?;
        self.context = Some(context);
        // Of several naming contexts the worst counts.
        self.behind = match (self.behind, behind) {
            (Behind::Unknown, _) | (_, Behind::Unknown) => Behind::Unknown,
            (Behind::Yes, _) | (_, Behind::Yes) => Behind::Yes,
            _ => Behind::No,
        };
        Ok(true)
    }

    /// The naming context is through: how far it was read counts from here on.
    fn leave(&mut self) {
        let Some(context) = self.context.take() else { return };
        let reached = context.reached();
        match self.mark.domains.iter_mut().find(|known| known.name == reached.name) {
            Some(known) => *known = reached,
            None => self.mark.domains.push(reached),
        }
    }

    /// What every run says of the connector itself.
    fn notices(&self) -> Vec<Problem> {
        let in_the_clear = self.connector.insecure.then(|| {
            let message = "The password and everything that is read and written cross the network in the clear (insecure = true).";
            self.notice("MDR-D010", None, message, "Give the server a certificate and take `insecure` out.")
        });
        let lacking = self.connector.lacking.iter().map(|name| {
            let message =
                format!("Contacts cannot have {name} here: it is left out, and everything else flows.");
            let remedy =
                format!("Extend the schema, or say that it is meant: lacks = [{:?}].", name.as_str());
            self.notice("MDR-D018", Some(*name), &message, &remedy)
        });
        in_the_clear.into_iter().chain(lacking).collect()
    }

    /// That another server is read, where that counts.
    fn elsewhere_notice(&self) -> Option<Problem> {
        let message = "Another server is read than before, one that may not have heard of everything yet: nothing is taken for deleted.";
        let remedy = match self.behind {
            Behind::No => return None,
            Behind::Yes => {
                "When it has heard of everything, an import reads everything again and believes it; see why the other server does not answer. If that one does not come back, run with --full."
            }
            Behind::Unknown => {
                "The next import reads everything again and believes it; see why the other server does not answer."
            }
        };
        Some(self.notice("MDR-D019", None, message, remedy))
    }

    fn notice(
        &self,
        code: &'static str,
        attribute: Option<AttributeName>,
        message: &str,
        remedy: &str,
    ) -> Problem {
        Problem {
            code: ProblemCode::new(code),
            severity: Severity::Notice,
            connector: None,
            object: format!("[connector.{}]", self.connector.name),
            attribute,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
            at: self.request.now,
        }
    }
}

fn observation(decoded: Decoded) -> Observation {
    let change = match decoded.said {
        Said::Whole(entry) => ObservedChange::Present { dn: decoded.dn, entry },
        Said::Changed(attributes) => ObservedChange::Patch { dn: Some(decoded.dn), attributes },
        // The context reads such an object whole; one that has gone again in between is told by the next import.
        Said::Undeleted | Said::Deleted => ObservedChange::Deleted,
    };
    Observation { object: ObservedObject::Anchor(decoded.anchor), change }
}
