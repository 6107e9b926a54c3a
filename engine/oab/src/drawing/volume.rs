//! The volume of downloads, hour by hour.

use super::axis::round_step;
use super::bytes_words;
use super::svg::{Anchor, BLUE, FAINT, GRID, INK, MUTED, ORANGE, Style, Svg};
use crate::schedule::{DAY, Time};

const WIDTH: f64 = 1_080.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 110.0;
const BOTTOM: f64 = 56.0;

/// Draws bytes in each hour from `start`: whole books on top of patches.
pub fn volume_svg(title: &str, start: Time, full: &[u64], patches: &[u64]) -> String {
    let hours = full.len().max(patches.len());
    let total: u64 = full.iter().chain(patches).sum();
    let at = |bytes: &[u64], hour: usize| bytes.get(hour).copied().unwrap_or(0);
    let peak = (0..hours).map(|hour| at(full, hour) + at(patches, hour)).max().unwrap_or(0).max(1);
    let step = round_step(peak as f64, 5.0);
    let most = (peak as f64 / step).ceil() * step;
    let mut svg = Svg::new(WIDTH, HEIGHT, title);
    svg.text((28.0, 42.0), Style::new(21.0, INK).bold(), title);
    let subtitle = format!("{} in all, {} in the busiest hour", bytes_words(total), bytes_words(peak));
    svg.text((28.0, 66.0), Style::new(14.0, MUTED), &subtitle);
    let x = |hour: f64| LEFT + hour / hours.max(1) as f64 * (WIDTH - LEFT - RIGHT);
    let y = |bytes: f64| HEIGHT - BOTTOM - bytes / most * (HEIGHT - BOTTOM - TOP);

    let mut value = 0.0;
    while value <= most * 1.0001 {
        svg.line((LEFT, y(value)), (WIDTH - RIGHT, y(value)), GRID, 1.0);
        let style = Style::new(12.0, MUTED).anchored(Anchor::End);
        svg.text((LEFT - 10.0, y(value) + 4.0), style, &bytes_words(value as u64));
        value += step;
    }
    days(&mut svg, start, hours, &x, y(0.0));
    // Two colours of bars, each hour a bar; a gap only where there is room for one.
    let width = (x(1.0) - x(0.0)).max(0.1);
    let gap = if width > 4.0 { 1.0 } else { 0.0 };
    for hour in 0..hours {
        let (patch, whole) = (at(patches, hour) as f64, at(full, hour) as f64);
        let left = x(hour as f64);
        if patch > 0.0 {
            svg.rect(left, y(patch), width - gap, y(0.0) - y(patch), BLUE, 0.0);
        }
        if whole > 0.0 {
            svg.rect(left, y(patch + whole), width - gap, y(patch) - y(patch + whole), ORANGE, 0.0);
        }
    }
    for (index, (colour, label)) in [(BLUE, "patches"), (ORANGE, "whole books")].into_iter().enumerate() {
        let top = 30.0 + 20.0 * index as f64;
        svg.rect(WIDTH - RIGHT - 130.0, top, 14.0, 12.0, colour, 2.0);
        svg.text((WIDTH - RIGHT - 108.0, top + 11.0), Style::new(13.0, INK), label);
    }
    svg.finish()
}

fn days(svg: &mut Svg, start: Time, hours: usize, x: &impl Fn(f64) -> f64, bottom: f64) {
    let days = hours.div_ceil(24);
    let every = days.div_ceil(10).max(1);
    for day in (0..days).step_by(every) {
        let left = x(24.0 * day as f64);
        let date = start + day as i64 * DAY;
        svg.line((left, bottom), (left, bottom + 8.0), FAINT, 1.0);
        let label = format!(
            "{} {}",
            date.weekday().get(..3).unwrap_or_default(),
            date.date().get(5..).unwrap_or_default()
        );
        if left > WIDTH - RIGHT - 60.0 {
            continue;
        }
        svg.text((left + 4.0, bottom + 24.0), Style::new(12.0, MUTED), &label);
    }
}
