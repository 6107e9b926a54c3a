//! Other products' configurations to ours: text in, text and a report out.

mod entra;
mod entra_rule;
mod galsync;
mod report;
mod toml_text;

pub use entra::import_entra;
pub use galsync::import_galsync;
pub use report::{Imported, ReportLine, Taken};
