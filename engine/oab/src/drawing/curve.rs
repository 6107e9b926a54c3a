//! The curve of who has a change, hour by hour.

use super::axis::round_step;
use super::svg::{Anchor, BLUE, FAINT, GRID, INK, MUTED, ORANGE, Style, Svg};

/// A cumulative curve: the part (0 to 1) at each of some hours since the change.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What the curve is of, as the legend says it.
    pub label: String,
    /// Hours since the change and the part that has it, both growing.
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 1_080.0;
const HEIGHT: f64 = 520.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 110.0;
const BOTTOM: f64 = 66.0;

/// Draws up to two curves; of the first, the hours at which 50, 95 and 99 percent have it are marked.
pub fn curve_svg(title: &str, subtitle: &str, curves: &[Curve]) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT, title);
    svg.text((28.0, 42.0), Style::new(21.0, INK).bold(), title);
    svg.text((28.0, 66.0), Style::new(14.0, MUTED), subtitle);
    let full = |curve: &Curve| curve.points.iter().find(|(_, part)| *part > 0.9999).map(|(hour, _)| *hour);
    let last = |curve: &Curve| curve.points.last().map_or(1.0, |(hour, _)| *hour);
    let most = curves.iter().map(|curve| full(curve).unwrap_or_else(|| last(curve))).fold(1.0, f64::max);
    let step = round_hours(most);
    let most = (most / step).ceil() * step;
    let x = |hour: f64| LEFT + hour / most * (WIDTH - LEFT - RIGHT);
    let y = |part: f64| HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP);

    for percent in [0, 25, 50, 75, 100] {
        let at = y(f64::from(percent) / 100.0);
        svg.line((LEFT, at), (WIDTH - RIGHT, at), GRID, 1.0);
        let style = Style::new(12.0, MUTED).anchored(Anchor::End);
        svg.text((LEFT - 10.0, at + 4.0), style, &format!("{percent} %"));
    }
    let mut hour = 0.0;
    while hour <= most + 1e-9 {
        svg.line((x(hour), y(0.0)), (x(hour), y(0.0) + 6.0), FAINT, 1.0);
        let style = Style::new(12.0, MUTED).anchored(Anchor::Middle);
        svg.text((x(hour), y(0.0) + 22.0), style, &format!("{hour}"));
        hour += step;
    }
    let style = Style::new(12.5, MUTED).anchored(Anchor::Middle);
    svg.text((f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 16.0), style, "hours since the change");

    for (index, curve) in curves.iter().enumerate().rev() {
        let colour = if index == 0 { BLUE } else { ORANGE };
        let points: Vec<_> = curve
            .points
            .iter()
            .filter(|(hour, _)| *hour <= most)
            .map(|&(hour, part)| (x(hour), y(part)))
            .collect();
        if index == 0 {
            let mut area = points.clone();
            area.extend([(points.last().map_or(LEFT, |point| point.0), y(0.0)), (LEFT, y(0.0))]);
            svg.path(&area, "none", "#2459c918");
        }
        svg.path(&points, colour, "none");
        let legend = (WIDTH - RIGHT - 260.0, 40.0 + 20.0 * index as f64);
        svg.line((legend.0 - 34.0, legend.1 - 4.0), (legend.0 - 10.0, legend.1 - 4.0), colour, 3.0);
        svg.text(legend, Style::new(13.0, INK), &curve.label);
    }
    if let Some(curve) = curves.first() {
        marks(&mut svg, curve, &x, &y);
    }
    svg.finish()
}

fn marks(svg: &mut Svg, curve: &Curve, x: &impl Fn(f64) -> f64, y: &impl Fn(f64) -> f64) {
    for percent in [50, 95, 99] {
        let part = f64::from(percent) / 100.0;
        let Some(&(hour, _)) = curve.points.iter().find(|(_, reached)| *reached >= part) else { continue };
        svg.dashed((x(hour), y(part)), (x(hour), y(0.0)), FAINT);
        svg.dot((x(hour), y(part)), 5.5, BLUE, "#ffffff");
        // The curve comes from the lower left: there is room above to the left, and below to the right.
        let style = Style::new(13.0, INK).bold();
        let label = format!("{percent} %: {hour:.1} h");
        if percent == 95 {
            svg.text((x(hour) - 10.0, y(part) - 9.0), style.anchored(Anchor::End), &label);
        } else if x(hour) > WIDTH - RIGHT - 110.0 {
            svg.text((x(hour) - 10.0, y(part) + 34.0), style.anchored(Anchor::End), &label);
        } else {
            svg.text((x(hour) + 11.0, y(part) + 20.0), style, &label);
        }
    }
}

/// A step in hours that people count in.
fn round_hours(most: f64) -> f64 {
    const STEPS: [f64; 8] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0];
    let step = STEPS.into_iter().find(|step| most / step <= 14.0);
    step.unwrap_or_else(|| round_step(most / 24.0, 14.0).ceil() * 24.0)
}
