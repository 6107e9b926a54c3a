//! Every row of every function.

use super::*;
use crate::rows;

#[test]
fn every_row_gives_what_it_says() {
    let mut wrong = Vec::new();
    for function in ALL {
        for row in function.rows {
            let given = rows::run_row(row.input, row.expression);
            if given != row.gives {
                wrong.push(format!("{}\n  expected {}\n  given    {given}", row.expression, row.gives));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_function_has_rows_and_words() {
    for function in ALL {
        assert!(!function.rows.is_empty(), "{} has no rows", function.name);
        assert!(function.summary.ends_with('.'), "{}: {}", function.name, function.summary);
        assert!(
            matches!(function.call, Call::Form(_)) || function.parameters.len() <= 4,
            "{}: the evaluator holds four arguments",
            function.name
        );
        assert!(
            function.rows.iter().any(|row| row.expression.contains(&format!("{}(", function.name))),
            "{} is not in its rows",
            function.name
        );
    }
}

#[test]
fn names_are_found_exactly() {
    assert!(find("IIF").is_some());
    assert!(find("iif").is_none());
}
