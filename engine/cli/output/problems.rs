//! Problems, grouped by code.

use std::collections::BTreeMap;

use madrigal_model::{Problem, Severity};

use crate::output::style;

/// How many of one code are shown before the rest is folded.
const SHOWN: usize = 3;

/// How many problems of each code.
pub(crate) fn by_code(problems: &[Problem]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for problem in problems {
        *counts.entry(problem.code.as_str().to_owned()).or_default() += 1;
    }
    counts
}

/// Prints the problems, the first few of each code unless all are asked for.
pub(crate) fn print(problems: &[Problem], all: bool) {
    let mut groups: BTreeMap<(Severity, &str), Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        groups.entry((problem.severity, problem.code.as_str())).or_default().push(problem);
    }
    for ((severity, code), group) in groups.iter().rev() {
        let word = match (severity, group.len()) {
            (Severity::Problem, 1) => "problem",
            (Severity::Problem, _) => "problems",
            (Severity::Notice, 1) => "notice",
            (Severity::Notice, _) => "notices",
        };
        let head = format!("{} {word} {code}", group.len());
        let head = if *severity == Severity::Problem { style::bad(&head) } else { style::warn(&head) };
        say!("\n{head}");
        let shown = if all { group.len() } else { SHOWN };
        for problem in group.iter().take(shown) {
            say!("  {}", style::bold(&problem.object));
            say!("    {}", problem.message);
            if !problem.remedy.is_empty() {
                say!("    {}", style::dim(&problem.remedy));
            }
        }
        if group.len() > shown {
            say!("  {}", style::dim(&format!("… and {} more", group.len() - shown)));
        }
    }
}
