//! Tables for people.

use comfy_table::presets::UTF8_NO_BORDERS;
use comfy_table::{Cell, CellAlignment, Table};

/// Prints a table; columns of numbers stand to the right.
pub(crate) fn print(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(UTF8_NO_BORDERS).set_header(head.iter().map(Cell::new));
    for row in rows {
        table.add_row(row.into_iter().map(|text| {
            let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
            let alignment = if is_number { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(text).set_alignment(alignment)
        }));
    }
    say!("{table}");
}
