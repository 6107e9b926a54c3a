//! What SQLite says, in words that say what to do.

use sqlx::Error;

use super::packed::Damage;
use crate::StoreError;

/// The store's file, as messages name it.
#[derive(Clone, Debug)]
pub(super) struct Place(pub(super) String);

// Result codes of SQLite (https://www.sqlite.org/rescode.html), without their extension.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const TOOBIG: u32 = 18;
const NOTADB: u32 = 26;

impl Place {
    /// What an error of SQLite means for the store.
    pub(super) fn failed(&self, doing: &str, error: Error) -> StoreError {
        let reason = match result_code(&error) {
            Some(CORRUPT) => return self.corrupt(&format!("SQLite finds its pages damaged ({error})")),
            Some(NOTADB) => {
                let reason = "it is no SQLite database; name another file, or move this one away";
                return StoreError::Foreign { place: self.0.clone(), reason: reason.to_owned() };
            }
            Some(FULL) => {
                "the disk is full; nothing of this step was kept, what was kept before stays good: make room and run \
                 again"
                    .to_owned()
            }
            Some(READONLY) => {
                "the file or its disk is read-only: give the account that runs Madrigal the right to write there"
                    .to_owned()
            }
            Some(CANTOPEN) => format!(
                "the file, or the -wal and -shm files beside it, cannot be opened ({error}): look at the folder and \
                 at the rights of the account that runs Madrigal"
            ),
            Some(BUSY | LOCKED) => {
                "another program holds the file; wait for it to end, or end it, and run again".to_owned()
            }
            Some(IOERR) => format!(
                "the disk reports an error ({error}); nothing of this step was kept: look at the disk and the free \
                 space, then run again"
            ),
            Some(TOOBIG) => "an object is larger than SQLite can hold (1 GB)".to_owned(),
            _ => error.to_string(),
        };
        StoreError::Unreachable {
            doing: format!("{doing} in {}", self.0),
            reason,
            source: Some(Box::new(error)),
        }
    }

    /// The store is damaged.
    pub(super) fn corrupt(&self, what: &str) -> StoreError {
        let reason = format!(
            "{what}. Nothing was written. Put back a copy of it, or move it away and run again: the directories are \
             read anew and joined to what is there, nothing is made twice or deleted for it"
        );
        StoreError::Corrupt { place: self.0.clone(), reason }
    }

    /// A row is damaged.
    pub(super) fn damaged(&self, damage: Damage) -> StoreError {
        self.corrupt(damage.0)
    }

    /// The store cannot be reached, by a cause that is not SQLite's.
    pub(super) fn unreachable(&self, doing: &str, reason: String) -> StoreError {
        StoreError::Unreachable { doing: format!("{doing} {}", self.0), reason, source: None }
    }
}

/// SQLite's result code, without its extension.
pub(super) fn result_code(error: &Error) -> Option<u32> {
    let Error::Database(error) = error else { return None };
    let code = error.code()?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

/// Whether a value was too large for SQLite.
pub(super) fn is_too_big(error: &Error) -> bool {
    result_code(error) == Some(TOOBIG)
}
