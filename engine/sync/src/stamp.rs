//! The stamp: what every contact of ours carries, so that a lost store makes nothing twice and nothing of anybody
//! else's is ever deleted.
//!
//! `madrigal/1 id=<identity> from=<connector>/<anchor>` and, once hidden, ` hidden=<time> because=<reason>`.

use std::fmt;
use std::str::FromStr;

use madrigal_model::{Anchor, Hidden, HideReason, IdentityId, Timestamp};

/// What the stamp says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Whose contact it is.
    pub identity: IdentityId,
    /// The name of the connector whose object speaks for the identity.
    pub source_connector: String,
    /// That object.
    pub source_anchor: Anchor,
    /// Since when and why it is hidden.
    pub hidden: Option<Hidden>,
}

/// Text that is not our stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOurStamp;

const HEAD: &str = "madrigal/1 ";

impl Stamp {
    /// The source as one text: `connector/anchor`.
    #[must_use]
    pub fn source(&self) -> String {
        format!("{}/{}", self.source_connector, self.source_anchor)
    }
}

fn reason_name(reason: HideReason) -> &'static str {
    match reason {
        HideReason::Left => "left",
        HideReason::OutOfScope => "out-of-scope",
        HideReason::Superseded => "superseded",
        HideReason::AddressTaken => "address-taken",
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEAD}id={} from={}", self.identity, self.source())?;
        if let Some(hidden) = self.hidden {
            write!(f, " hidden={} because={}", hidden.since, reason_name(hidden.reason))?;
        }
        Ok(())
    }
}

impl FromStr for Stamp {
    type Err = NotOurStamp;

    fn from_str(text: &str) -> Result<Self, NotOurStamp> {
        let rest = text.strip_prefix(HEAD).and_then(|rest| rest.strip_prefix("id=")).ok_or(NotOurStamp)?;
        let (identity, rest) = rest.split_once(" from=").ok_or(NotOurStamp)?;
        let (source, hidden) = match rest.split_once(" hidden=") {
            None => (rest, None),
            Some((source, hidden)) => {
                let (since, reason) = hidden.split_once(" because=").ok_or(NotOurStamp)?;
                let since: Timestamp = since.parse().map_err(|_| NotOurStamp)?;
                let reasons = [
                    HideReason::Left,
                    HideReason::OutOfScope,
                    HideReason::Superseded,
                    HideReason::AddressTaken,
                ];
                let reason =
                    reasons.into_iter().find(|known| reason_name(*known) == reason).ok_or(NotOurStamp)?;
                (source, Some(Hidden { since, reason }))
            }
        };
        let (connector, anchor) = source.split_once('/').ok_or(NotOurStamp)?;
        Ok(Self {
            identity: identity.parse().map_err(|_| NotOurStamp)?,
            source_connector: connector.to_owned(),
            source_anchor: anchor.parse().map_err(|_| NotOurStamp)?,
            hidden,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_it_is_written() {
        let plain = Stamp {
            identity: IdentityId::projected_by("abc", b"anna"),
            source_connector: "abc".into(),
            source_anchor: Anchor::new(&[7; 16]),
            hidden: None,
        };
        let since = "2026-11-21T14:00:00.5Z".parse().unwrap();
        let hidden =
            Stamp { hidden: Some(Hidden { since, reason: HideReason::OutOfScope }), ..plain.clone() };
        for stamp in [plain, hidden] {
            assert_eq!(stamp.to_string().parse(), Ok(stamp));
        }
        for text in [
            "",
            "madrigal/1",
            "madrigal/2 id=0 from=a/b",
            "madrigal/1 id=zz from=a/b",
            "madrigal/1 id=00 from=a",
        ] {
            assert_eq!(text.parse::<Stamp>(), Err(NotOurStamp), "{text}");
        }
    }
}
