//! Drawings: a timeline, the curve of who has a change, the volume of downloads; as SVG and for a
//! terminal.

mod axis;
mod curve;
mod lanes;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;
mod timeline;
mod volume;

pub use curve::{Curve, curve_svg};
pub use terminal::{bars_text, curve_text, timeline_text};
pub use timeline::timeline_svg;
pub use volume::volume_svg;

/// A duration as a person says it: `43 h`, `52 h 30 min`, `2 min`, `1 s`.
pub fn duration_words(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut words = Vec::new();
    if hours > 0 {
        words.push(format!("{hours} h"));
    }
    if minutes > 0 {
        words.push(format!("{minutes} min"));
    }
    if rest > 0 || words.is_empty() {
        words.push(format!("{rest} s"));
    }
    words.join(" ")
}

/// A number of bytes as a person says it: `12.3 MB`.
pub fn bytes_words(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {name}") }
}
