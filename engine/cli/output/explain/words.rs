//! The sentences of an explanation.

use std::collections::BTreeMap;

use madrigal_model::{ChangeKind, ConnectorId, ExportState, LinkKind};
use madrigal_sync::{Explanation, Holder, Member, NameTrace, Standing, TargetExplained, Unmet, Verdict};

use crate::commands::object::{Reading, kind_of};
use crate::output::changes::because;

/// When the readers of each directory's offline address book see what is written now, in words.
pub(crate) type Arrivals = BTreeMap<ConnectorId, String>;

/// What an object is to us.
pub(super) fn standing(member: &Member) -> &'static str {
    match (&member.standing, member.link.as_ref().map(|(kind, _)| *kind)) {
        (Standing::Recipient, _) => "recipient",
        (Standing::Ours(_), _) | (_, Some(LinkKind::Provisioned)) => "our contact",
        (Standing::Twin, _) => "synchronised copy",
        (Standing::OtherContact, _) => "somebody else's contact",
        (Standing::NotRecipient, _) => "not published",
    }
}

/// How an object came to its identity.
pub(super) fn joined(member: &Member) -> String {
    match &member.link {
        None => "belongs to nobody".to_owned(),
        Some((LinkKind::Projected, _)) => "the identity was made for it".to_owned(),
        Some((LinkKind::Joined, because)) => format!("joined by {because}"),
        Some((LinkKind::Provisioned, because)) if **because == *"stamp" => "known by our stamp".to_owned(),
        Some((LinkKind::Provisioned, because)) => format!("ours: {because}"),
        Some((LinkKind::Duplicate, because)) => format!("stands for the same person: {because}"),
    }
}

/// Why a name is not the first that the rule would give.
pub(super) fn name(named: &NameTrace) -> String {
    let passed_over = named.passed_over.iter().map(|(candidate, holder)| match holder {
        Some(Holder::Object(dn)) => format!("\"{candidate}\" belongs to {dn}"),
        Some(Holder::Planned(dn)) => format!("\"{candidate}\" is for {dn}"),
        None => format!("\"{candidate}\" is free by now, but a name that was given is kept"),
    });
    let passed_over = passed_over.collect::<Vec<_>>().join("; ");
    format!("{} is \"{}\": {passed_over}.", named.attribute, named.value)
}

/// Whether the directory's address list has the identity, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    /// It has an object of its own there, which its own directory shows or hides.
    Own,
    NotYet,
    No,
}

impl Answer {
    pub(super) fn of(target: &TargetExplained) -> Self {
        let hidden = target.state.as_ref().is_some_and(|state| state.hidden.is_some());
        match &target.verdict {
            Verdict::OwnObject(_) => Self::Own,
            Verdict::KnownContact(_) => Self::Yes,
            Verdict::Contact if target.contact.is_some() => Self::Yes,
            Verdict::UnderWay | Verdict::Unknown if target.contact.is_some() && !hidden => Self::Yes,
            // Who left is there all the same where a person took back that the contact was hidden.
            Verdict::NoRule | Verdict::NoSpeaker if stays(target) && !hidden => Self::Yes,
            Verdict::Contact | Verdict::UnderWay => Self::NotYet,
            Verdict::Held | Verdict::NoRule | Verdict::NoSpeaker | Verdict::Unknown => Self::No,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Own => "its own object",
            Self::NotYet => "not yet",
            Self::No => "no",
        }
    }
}

/// Whether the contact is held as it is.
fn stays(target: &TargetExplained) -> bool {
    let holds = target.state.iter().flat_map(|state| &state.holds);
    let is_withdrawal = |kind| matches!(kind, ChangeKind::Hide | ChangeKind::Delete);
    target.contact.is_some() && holds.map(|hold| hold.change.kind).any(is_withdrawal)
}

/// The condition that decided that there is no contact: the first that was not met.
pub(super) fn first_unmet<'e>(
    explanation: &'e Explanation,
    target: &'e TargetExplained,
    reading: &Reading,
) -> Option<&'e Unmet> {
    match target.verdict {
        Verdict::NoRule => target.unmet.first(),
        Verdict::NoSpeaker if target.shared => {
            let topology = &reading.surroundings.topology;
            let shares =
                |member: &&Member| topology.share(member.object.key.connector, target.connector).is_some();
            let asked = std::iter::once(&explanation.object);
            asked.chain(&explanation.members).filter(shares).find_map(|member| member.unmet.first())
        }
        _ => None,
    }
}

/// Why the answer is what it is: whole sentences.
pub(super) fn reasons(
    explanation: &Explanation,
    target: &TargetExplained,
    reading: &Reading,
    arrivals: &Arrivals,
) -> Vec<String> {
    let name = reading.name(target.connector);
    let mut sentences = Vec::new();
    match &target.verdict {
        Verdict::Contact => {}
        Verdict::Held => sentences.push("The rules give a contact, and something holds it back.".to_owned()),
        Verdict::KnownContact(dn) => {
            sentences.push(format!("Somebody else's contact stands there already: {dn}."));
        }
        Verdict::OwnObject(dn) => {
            sentences.push(format!("It has an object of its own there, so no contact is made: {dn}. That directory shows or hides it."));
        }
        Verdict::NoRule | Verdict::NoSpeaker => {
            sentences.push(nobody(explanation, target, reading));
        }
        Verdict::Unknown => {
            sentences.push("A condition of a rule failed, so nothing is changed there.".to_owned());
        }
        Verdict::UnderWay => {}
    }
    if let Some(state) = &target.state {
        sentences.extend(standing_of(state, name, reading, arrivals));
    }
    let settled = target
        .state
        .as_ref()
        .is_none_or(|state| state.pending.is_none() && state.unconfirmed.is_none() && state.hidden.is_none());
    if target.verdict == Verdict::Contact && settled {
        let is_held = target.state.as_ref().is_some_and(|state| !state.holds.is_empty());
        let how = if is_held { "held as it is" } else { "as it should be" };
        sentences.push(format!("Our contact there is {how}."));
    }
    sentences
}

fn nobody(explanation: &Explanation, target: &TargetExplained, reading: &Reading) -> String {
    let asked = &explanation.object;
    if target.verdict == Verdict::NoSpeaker && !target.shared {
        return format!(
            "Nothing is shared from {} to {}.",
            reading.name(asked.object.key.connector),
            reading.name(target.connector)
        );
    }
    match first_unmet(explanation, target, reading) {
        Some(unmet) => capital(&format!("{}.", unmet.because)),
        None if explanation.gone => "It is gone from its directory.".to_owned(),
        None => match asked.standing {
            Standing::Ours(_) => "It is a contact of ours, and nobody stands behind it any more.".to_owned(),
            Standing::OtherContact => "It is somebody else's contact, which is published nowhere.".to_owned(),
            Standing::Twin => "It is kept in step from a directory that speaks for it.".to_owned(),
            _ => format!("No rule is for an object of its kind ({}).", kind_of(&asked.object)),
        },
    }
}

/// What we did, do and will do there.
fn standing_of(state: &ExportState, name: &str, reading: &Reading, arrivals: &Arrivals) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(hidden) = &state.hidden {
        let grace = reading.surroundings.topology.grace_days;
        let then = if hidden.reason.deletes_at_once() {
            "it is deleted at once".to_owned()
        } else {
            format!("it is deleted on {}", hidden.since.plus_days(grace))
        };
        sentences.push(format!("Hidden since {}: {}; {then}.", hidden.since, because(hidden.reason)));
    }
    if let Some(unconfirmed) = &state.unconfirmed {
        sentences.push(format!(
            "{} was sent by run {} at {}, and no import of {name} has shown it yet.",
            capital(change(unconfirmed.export.kind)),
            unconfirmed.sent_by(),
            unconfirmed.at
        ));
    }
    if let Some(pending) = &state.pending {
        let why = pending.reason.map(|reason| format!(" ({})", because(reason))).unwrap_or_default();
        sentences.push(format!("{} is planned{why}.", capital(change(pending.kind))));
        sentences.extend(when_seen(name, arrivals.get(&state.connector)));
    }
    sentences
}

/// When people of the directory see what is planned: after the export, and where its readers' address books are known,
/// when the last of these has it.
fn when_seen(name: &str, arrival: Option<&String>) -> Vec<String> {
    let export =
        format!("The next export to {name} writes it: `madrigal run` does all, `madrigal export` only that.");
    let arrival = arrival.map(|when| {
        format!("Written now, every Outlook with a cached address book of {name} has it {when}.")
    });
    std::iter::once(export).chain(arrival).collect()
}

fn change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Add => "a new contact",
        ChangeKind::Modify => "a change of values",
        ChangeKind::Rename => "a new name",
        ChangeKind::Move => "a move",
        ChangeKind::Hide => "hiding the contact",
        ChangeKind::Unhide => "showing the contact again",
        ChangeKind::Adopt => "taking over the contact",
        ChangeKind::Delete => "deleting the contact",
    }
}

/// The verdict's stable name, as programs see it.
pub(super) fn verdict_name(target: &TargetExplained) -> &'static str {
    match target.verdict {
        Verdict::Contact => "contact",
        Verdict::Held => "held",
        Verdict::KnownContact(_) => "known-contact",
        Verdict::OwnObject(_) => "own-object",
        Verdict::NoRule => "no-rule",
        Verdict::NoSpeaker if !target.shared => "not-shared",
        Verdict::NoSpeaker => "not-published",
        Verdict::Unknown => "unknown",
        Verdict::UnderWay => "under-way",
    }
}

/// The first letter as a capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The name of a connector that an object lies in, or of the one asked about.
pub(super) fn directory(reading: &Reading, connector: ConnectorId) -> String {
    reading.name(connector).to_owned()
}
