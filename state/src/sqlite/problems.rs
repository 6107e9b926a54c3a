//! Problems that stand.

use madrigal_model::{IdentityId, Problem};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::SqliteStore;
use super::error::is_too_big;
use super::work::Work;
use crate::{Lease, ProblemSubject, StoreError};

/// The subject as octets that sort as subjects do.
fn subject_octets(subject: &ProblemSubject) -> Vec<u8> {
    let mut octets = Vec::with_capacity(24);
    match subject {
        ProblemSubject::Import(connector) => {
            octets.push(0);
            octets.extend_from_slice(&connector.0.to_be_bytes());
        }
        ProblemSubject::Object(key) => {
            octets.push(1);
            octets.extend_from_slice(&key.connector.0.to_be_bytes());
            octets.extend_from_slice(key.anchor.as_bytes());
        }
        ProblemSubject::Identity(id) => {
            octets.push(2);
            octets.extend_from_slice(&id.to_bytes());
        }
        ProblemSubject::Export(id, connector) => {
            octets.push(3);
            octets.extend_from_slice(&id.to_bytes());
            octets.extend_from_slice(&connector.0.to_be_bytes());
        }
        ProblemSubject::Finish(connector) => {
            octets.push(4);
            octets.extend_from_slice(&connector.0.to_be_bytes());
        }
    }
    octets
}

/// What the subjects of an identity begin with: its own, and those of its exports.
pub(super) fn subject_prefix(id: IdentityId) -> [Vec<u8>; 2] {
    [2u8, 3].map(|kind| [&[kind][..], &id.to_bytes()].concat())
}

impl SqliteStore {
    pub(super) async fn problems_recorded(
        &self,
        lease: &Lease,
        subject: ProblemSubject,
        problems: Vec<Problem>,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        work.write_problems(&subject, problems).await?;
        work.keep().await
    }

    /// The problems of a subject, or all.
    pub(super) async fn standing_problems(
        &self,
        subject: Option<&ProblemSubject>,
    ) -> Result<Vec<Problem>, StoreError> {
        let mut reader = self.reader().await?;
        let failed = |error| self.place.failed("reading problems", error);
        let rows: Vec<String> = match subject {
            Some(subject) => {
                let problems =
                    sqlx::query_scalar("select problem from problem where subject = ? order by place");
                problems.bind(subject_octets(subject)).fetch_all(&mut *reader).await.map_err(failed)?
            }
            None => all_problems(&mut reader).await.map_err(failed)?,
        };
        let problems = rows.iter().flat_map(|rows| rows.split('\n'));
        let problems = problems.map(serde_json::from_str).collect::<Result<_, _>>();
        problems.map_err(|error| self.place.corrupt(&format!("a problem cannot be read ({error})")))
    }
}

/// Every problem in the order of the subjects, each a line: all in one text (see `read_rows.rs`), or one in each where
/// they are too many for that.
async fn all_problems(reader: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    const ALL: &str = "select problem from problem order by subject, place";
    let together = AssertSqlSafe(format!("select string_agg(problem, char(10)) from ({ALL})"));
    match sqlx::query_scalar::<_, Option<String>>(together).fetch_one(&mut *reader).await {
        Ok(together) => Ok(together.into_iter().collect()),
        Err(error) if is_too_big(&error) => sqlx::query_scalar(ALL).fetch_all(reader).await,
        Err(error) => Err(error),
    }
}

impl Work<'_> {
    /// Replaces a subject's problems.
    pub(super) async fn write_problems(
        &mut self,
        subject: &ProblemSubject,
        problems: Vec<Problem>,
    ) -> Result<(), StoreError> {
        let subject = subject_octets(subject);
        self.delete_problems(&subject).await?;
        for (place, problem) in (0i64..).zip(&problems) {
            let json = serde_json::to_string(problem)
                .map_err(|error| self.store.place.unreachable("writing to", error.to_string()))?;
            sqlx::query("insert into problem (subject, place, problem) values (?, ?, ?)")
                .bind(subject.clone())
                .bind(place)
                .bind(json)
                .execute(self.connection()?)
                .await
                .map_err(|error| self.failed(error))?;
        }
        if !problems.is_empty() {
            self.subjects.insert(subject, true);
        }
        Ok(())
    }

    /// Forgets the problems of all subjects that begin so.
    pub(super) async fn forget_problems(&mut self, prefix: &[u8]) -> Result<(), StoreError> {
        let begins = |subject: &&Vec<u8>| subject.starts_with(prefix);
        let mut subjects: Vec<Vec<u8>> = {
            let cache = self.store.cache();
            cache.subjects.range(prefix.to_vec()..).take_while(begins).cloned().collect()
        };
        let written = self.subjects.range(prefix.to_vec()..).map(|(subject, _)| subject);
        subjects.extend(written.take_while(begins).cloned());
        for subject in subjects {
            self.delete_problems(&subject).await?;
        }
        Ok(())
    }

    async fn delete_problems(&mut self, subject: &[u8]) -> Result<(), StoreError> {
        let stand = match self.subjects.get(subject) {
            Some(stand) => *stand,
            None => self.store.cache().subjects.contains(subject),
        };
        if !stand {
            return Ok(());
        }
        sqlx::query("delete from problem where subject = ?")
            .bind(subject.to_vec())
            .execute(self.connection()?)
            .await
            .map_err(|error| self.failed(error))?;
        self.subjects.insert(subject.to_vec(), false);
        Ok(())
    }
}
