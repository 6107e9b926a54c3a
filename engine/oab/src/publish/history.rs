//! When each sequence was generated, so that patches can be retired after their time.

use jiff::civil::DateTime;

use crate::OabError;

/// Sequences and the times of their generation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    generated: Vec<(u32, DateTime)>,
}

impl History {
    /// Reads the lines `SEQUENCE TIME` of a history file.
    ///
    /// # Errors
    /// [`OabError::Malformed`] for a line of another form.
    pub fn parse(text: &str) -> Result<Self, OabError> {
        let line = |(number, line): (usize, &str)| {
            let (sequence, time) = line.split_once(' ').unwrap_or((line, ""));
            match (sequence.parse(), time.trim().parse()) {
                (Ok(sequence), Ok(time)) => Ok((sequence, time)),
                _ => Err(OabError::Malformed {
                    what: "the history of generations",
                    at: number,
                    problem: format!("line {}: \"{line}\" is not SEQUENCE TIME", number + 1),
                }),
            }
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        Ok(Self { generated: lines.map(line).collect::<Result<_, _>>()? })
    }

    /// The history as a file.
    pub fn to_text(&self) -> String {
        self.generated.iter().map(|(sequence, time)| format!("{sequence} {time}\n")).collect()
    }

    /// When a sequence was generated, if that is known.
    pub fn generated(&self, sequence: u32) -> Option<DateTime> {
        self.generated.iter().find(|(known, _)| *known == sequence).map(|(_, time)| *time)
    }

    /// Notes a sequence; one that is known keeps its time.
    pub fn note(&mut self, sequence: u32, time: DateTime) {
        if self.generated(sequence).is_none() {
            self.generated.push((sequence, time));
            self.generated.sort_unstable();
        }
    }

    /// Forgets every sequence that is not among `kept`.
    pub fn keep(&mut self, kept: &[u32]) {
        self.generated.retain(|(sequence, _)| kept.contains(sequence));
    }
}
