//! The timeline as a picture: a lane for each stage, and the change's way through them.

use super::axis::TimeAxis;
use super::duration_words;
use super::lanes::{Lane, lanes};
use super::svg::{Anchor, BLUE, FAINT, GREEN, GRID, INK, MUTED, NIGHT, ORANGE, Style, Svg};
use crate::schedule::{DAY, HOUR, Schedule, Time, Timeline};

const WIDTH: f64 = 1_080.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 128.0;
const LANE: f64 = 74.0;
/// Room for a label, in units of the picture, for each of its characters.
const CHARACTER: f64 = 7.0;

/// Draws a timeline; `title` stands above it.
pub fn timeline_svg(schedule: &Schedule, timeline: &Timeline, title: &str) -> String {
    let first = timeline.events.first().map_or(timeline.change, |event| event.at);
    let axis = TimeAxis::new(first, timeline.arrival, 14);
    let lanes = lanes(schedule, timeline, axis.from, axis.to);
    let bottom = TOP + LANE * lanes.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 66.0, title);
    let x = |time: Time| LEFT + axis.part(time) * (WIDTH - LEFT - RIGHT);

    svg.text((28.0, 42.0), Style::new(21.0, INK).bold(), title);
    let sentence = format!(
        "made {} {}, at the client {} {}: {}",
        timeline.change.weekday(),
        timeline.change.clock(),
        timeline.arrival.weekday(),
        timeline.arrival.clock(),
        duration_words(timeline.latency)
    );
    svg.text((28.0, 66.0), Style::new(14.0, MUTED), &sentence);
    background(&mut svg, &axis, &x, bottom);
    for (index, lane) in lanes.iter().enumerate() {
        draw_lane(&mut svg, lane, &x, lane_y(index), index + 1 == lanes.len());
    }
    way(&mut svg, &lanes, &x);
    bracket(&mut svg, timeline, &x, bottom + 22.0);
    svg.finish()
}

fn lane_y(index: usize) -> f64 {
    TOP + LANE * (index as f64 + 0.5)
}

/// Nights, midnights and the axis.
fn background(svg: &mut Svg, axis: &TimeAxis, x: &impl Fn(Time) -> f64, bottom: f64) {
    if axis.step <= 12 * HOUR {
        for (evening, morning) in axis.nights() {
            svg.rect(x(evening), TOP, x(morning) - x(evening), bottom - TOP, NIGHT, 0.0);
        }
    }
    let day = |time: Time| format!("{} {}", time.weekday(), time.date());
    let mut last_label = f64::MIN;
    if axis.midnights().next().is_none_or(|midnight| x(midnight) - LEFT > 160.0) {
        svg.text((LEFT + 6.0, TOP - 28.0), Style::new(11.5, INK).bold(), &day(axis.from));
    }
    for mark in axis.marks() {
        svg.line((x(mark), TOP), (x(mark), bottom), GRID, 1.0);
        if axis.step < DAY {
            svg.text((x(mark), TOP - 10.0), Style::new(11.5, MUTED).anchored(Anchor::Middle), &mark.clock());
        }
    }
    for midnight in axis.midnights() {
        svg.line((x(midnight), TOP - 26.0), (x(midnight), bottom), FAINT, 1.0);
        if x(midnight) - last_label > 150.0 && x(midnight) < WIDTH - RIGHT - 60.0 {
            svg.text((x(midnight) + 6.0, TOP - 28.0), Style::new(11.5, INK).bold(), &day(midnight));
            last_label = x(midnight);
        }
    }
    svg.line((LEFT, TOP), (WIDTH - RIGHT, TOP), FAINT, 1.0);
}

fn draw_lane(svg: &mut Svg, lane: &Lane, x: &impl Fn(Time) -> f64, y: f64, client: bool) {
    let name = Style::new(14.0, INK).bold().anchored(Anchor::End);
    svg.text((LEFT - 18.0, y - 1.0), name, &lane.name);
    svg.text((LEFT - 18.0, y + 16.0), Style::new(11.5, MUTED).anchored(Anchor::End), &lane.about);
    svg.line((LEFT, y), (WIDTH - RIGHT, y), GRID, 1.0);
    for &run in lane.runs.iter().filter(|&&run| run != lane.enters) {
        if client {
            svg.dot((x(run), y), 5.0, "#ffffff", FAINT);
        } else {
            svg.line((x(run), y - 7.0), (x(run), y + 7.0), FAINT, 2.0);
        }
    }
}

/// The change's way: it waits in a lane, then drops into the next.
fn way(svg: &mut Svg, lanes: &[Lane], x: &impl Fn(Time) -> f64) {
    for (index, pair) in lanes.windows(2).enumerate() {
        let [here, next] = pair else { continue };
        let (y, below) = (lane_y(index), lane_y(index + 1));
        svg.line((x(here.enters), y), (x(next.enters), y), BLUE, 3.0);
        svg.line((x(next.enters), y), (x(next.enters), below), BLUE, 3.0);
        if here.ready > here.enters {
            svg.line((x(here.enters), y), (x(here.ready), y), ORANGE, 7.0);
        }
        let label = duration_words(next.enters - here.ready);
        let room = x(next.enters) - x(here.ready);
        if room > CHARACTER * label.len() as f64 {
            let middle = f64::midpoint(x(here.ready), x(next.enters));
            let text = Style::new(13.0, BLUE).bold().anchored(Anchor::Middle);
            svg.text((middle, y - 9.0), text, &label);
        }
    }
    for (index, lane) in lanes.iter().enumerate() {
        let colour = match index {
            0 => ORANGE,
            _ if index + 1 == lanes.len() => GREEN,
            _ => BLUE,
        };
        svg.dot((x(lane.enters), lane_y(index)), 7.5, colour, "#ffffff");
        // The clock stands where no line is: left of the change, right of the others.
        let text = Style::new(12.0, INK).bold();
        if index == 0 {
            let at = (x(lane.enters) - 13.0, lane_y(index) + 4.0);
            svg.text(at, text.anchored(Anchor::End), &lane.enters.clock());
        } else if x(lane.enters) > WIDTH - RIGHT - 60.0 {
            let at = (x(lane.enters) + 4.0, lane_y(index) + 24.0);
            svg.text(at, text.anchored(Anchor::End), &lane.enters.clock());
        } else {
            svg.text((x(lane.enters) + 12.0, lane_y(index) + 22.0), text, &lane.enters.clock());
        }
    }
}

/// The whole latency under the lanes.
fn bracket(svg: &mut Svg, timeline: &Timeline, x: &impl Fn(Time) -> f64, y: f64) {
    let (from, to) = (x(timeline.change), x(timeline.arrival));
    svg.line((from, y), (to, y), INK, 1.5);
    for end in [from, to] {
        svg.line((end, y - 6.0), (end, y + 6.0), INK, 1.5);
    }
    let text = Style::new(15.0, INK).bold().anchored(Anchor::Middle);
    svg.text((f64::midpoint(from, to), y + 24.0), text, &duration_words(timeline.latency));
}
