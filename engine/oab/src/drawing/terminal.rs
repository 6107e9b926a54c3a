//! Drawings for a terminal, in characters of one column each.

use super::axis::TimeAxis;
use super::lanes::lanes;
use super::{Curve, bytes_words, duration_words};
use crate::schedule::{DAY, Schedule, Time, Timeline};

/// Columns of the names in front of the lanes.
const NAME: usize = 14;

/// Draws a timeline, `columns` wide: a line for each stage and the change's way through them.
pub fn timeline_text(schedule: &Schedule, timeline: &Timeline, columns: usize) -> String {
    let width = columns.clamp(50, 240) - NAME - 2;
    let first = timeline.events.first().map_or(timeline.change, |event| event.at);
    let axis = TimeAxis::new(first, timeline.arrival, (width / 7) as i64);
    let column = |time: Time| ((axis.part(time) * width as f64) as usize).min(width - 1);
    let lanes = lanes(schedule, timeline, axis.from, axis.to);

    let mut days = Row::new(width);
    let mut clocks = Row::new(width);
    let day = |time: Time| format!("{} {}", time.weekday().get(..3).unwrap_or_default(), time.date());
    days.write(1, &day(axis.from));
    for midnight in axis.midnights() {
        days.write(column(midnight), &format!("│{}", day(midnight)));
    }
    for mark in axis.marks().filter(|_| axis.step < DAY) {
        clocks.write(column(mark), &mark.clock());
    }
    let mut text = days.labelled("");
    text.push_str(&clocks.labelled(""));
    for (index, lane) in lanes.iter().enumerate() {
        let client = index + 1 == lanes.len();
        let mut row = Row::new(width);
        row.fill(0, width, '·');
        for run in &lane.runs {
            row.put(column(*run), if client { '○' } else { '┊' });
        }
        let leaves = lanes.get(index + 1).map(|next| next.enters);
        if let Some(leaves) = leaves {
            let (from, to) = (column(lane.enters), column(leaves));
            row.fill(from, to, '━');
            row.put(to, '┓');
            let label = format!(" {} ", duration_words(leaves - lane.enters));
            let room = to.saturating_sub(from + 1);
            let length = label.chars().count();
            if room > length + 1 {
                row.write(from + 1 + (room - length) / 2, &label);
            }
        }
        row.put(column(lane.enters), '●');
        text.push_str(&row.labelled(&lane.name));
    }
    let mut bracket = Row::new(width);
    let (from, to) = (column(timeline.change), column(timeline.arrival));
    bracket.fill(from, to + 1, '─');
    bracket.put(from, '└');
    bracket.put(to, '┘');
    let label = format!(" {} ", duration_words(timeline.latency));
    bracket.write((from + to + 1).saturating_sub(label.chars().count()) / 2, &label);
    text.push_str(&bracket.labelled(""));
    text
}

/// Draws a cumulative curve, `columns` wide and ten lines high.
pub fn curve_text(curve: &Curve, columns: usize) -> String {
    const ROWS: usize = 10;
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = columns.clamp(40, 240) - 9;
    let full = curve.points.iter().find(|(_, part)| *part > 0.9999).or(curve.points.last());
    let most = full.map_or(1.0, |(hour, _)| *hour).max(0.1);
    let at = |hour: f64| {
        let reached = curve.points.partition_point(|(known, _)| *known <= hour);
        reached.checked_sub(1).and_then(|index| curve.points.get(index)).map_or(0.0, |(_, part)| *part)
    };
    let heights: Vec<usize> = (0..width)
        .map(|column| (at((column as f64 + 1.0) / width as f64 * most) * (ROWS * 8) as f64).round() as usize)
        .collect();
    let mut text = String::new();
    for row in (0..ROWS).rev() {
        let label =
            if (row + 1) % 5 == 0 { format!("{:>4} % ", (row + 1) * 100 / ROWS) } else { " ".repeat(7) };
        text.push_str(&label);
        text.push('│');
        let cells = heights.iter().map(|height| height.saturating_sub(row * 8).min(8));
        let line: String = cells.map(|eighths| BLOCKS.get(eighths).copied().unwrap_or(' ')).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&format!("{}└{}\n", " ".repeat(7), "─".repeat(width)));
    let middle = format!("{:.1}", most / 2.0);
    let end = format!("{most:.1} h");
    let gap = (width / 2).saturating_sub(middle.len() / 2 + 1);
    let rest = width.saturating_sub(1 + gap + middle.len() + end.len());
    text.push_str(&format!("{}0{}{middle}{}{end}\n", " ".repeat(8), " ".repeat(gap), " ".repeat(rest)));
    text
}

/// Draws bytes as a row of bars, `columns` wide, each column the mean of the hours that it stands for.
pub fn bars_text(bytes_an_hour: &[u64], columns: usize) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = columns.clamp(20, 240).min(bytes_an_hour.len().max(1));
    let means: Vec<u64> = (0..width)
        .map(|column| {
            let from = column * bytes_an_hour.len() / width;
            let to = ((column + 1) * bytes_an_hour.len() / width).max(from + 1);
            let hours = bytes_an_hour.get(from..to.min(bytes_an_hour.len())).unwrap_or_default();
            hours.iter().sum::<u64>() / hours.len().max(1) as u64
        })
        .collect();
    let most = means.iter().copied().max().unwrap_or(0).max(1);
    let height = |mean: u64| if mean == 0 { 0 } else { (mean as u128 * 8).div_ceil(most as u128) as usize };
    let bars: String = means.iter().map(|&mean| BLOCKS.get(height(mean)).copied().unwrap_or(' ')).collect();
    let peak = bytes_an_hour.iter().copied().max().unwrap_or(0);
    format!("{bars}\nbusiest hour: {}\n", bytes_words(peak))
}

/// A line of cells; what is put past the end is dropped.
struct Row(Vec<char>);

impl Row {
    fn new(width: usize) -> Self {
        Self(vec![' '; width])
    }

    fn put(&mut self, column: usize, character: char) {
        if let Some(cell) = self.0.get_mut(column) {
            *cell = character;
        }
    }

    fn fill(&mut self, from: usize, to: usize, character: char) {
        self.0.iter_mut().take(to).skip(from).for_each(|cell| *cell = character);
    }

    /// Writes a text if it fits and meets nothing but filling.
    fn write(&mut self, column: usize, text: &str) {
        let length = text.chars().count();
        let Some(cells) = self.0.get_mut(column..column + length) else { return };
        if cells.iter().any(char::is_ascii_digit) {
            return;
        }
        for (cell, character) in cells.iter_mut().zip(text.chars()) {
            *cell = character;
        }
    }

    fn labelled(self, name: &str) -> String {
        let cells: String = self.0.into_iter().collect();
        let mut name: String = name.chars().take(NAME).collect();
        name.extend(std::iter::repeat_n(' ', NAME - name.chars().count()));
        format!("{name}  {}", cells).trim_end().to_owned() + "\n"
    }
}
