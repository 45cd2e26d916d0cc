//! Plots as SVG: ratios as bars, and what grows with a size as lines, both axes logarithmic.

use std::fmt::Write as _;

/// What grows: its name, and a figure for each size.
pub(crate) type Line = (String, Vec<(f64, f64)>);

const COLOURS: [&str; 9] = [
    "#b00", "#06c", "#080", "#a0a", "#880", "#088", "#555", "#c60", "#309",
];

/// Bars from 1 to the ratio: to the left less, to the right more.
pub(crate) fn ratios(title: &str, all: &[(String, f64)]) -> String {
    let height = 50.0 + 34.0 * super::number(all.len());
    let x = |ratio: f64| 300.0 + ratio.max(1e-3).log10().clamp(-3.0, 3.0) * 90.0;
    let mut svg = begin(600.0, height, title);
    for tenths in -3..=3 {
        let at = x(10_f64.powi(tenths));
        let name = 10_f64.powi(tenths);
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"26\" y2=\"{:.1}\" stroke=\"#ddd\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{name}</text>",
            height - 20.0,
            height - 6.0,
        );
    }
    let mut top = 30.0;
    for (name, ratio) in all {
        let (from, to) = (x(1.0).min(x(*ratio)), x(1.0).max(x(*ratio)));
        let _ = writeln!(
            svg,
            "<text x=\"8\" y=\"{:.1}\">{}: {ratio:.2}</text><rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"10\" fill=\"#06c\"/>",
            top + 10.0,
            escaped(name),
            top + 14.0,
            (to - from).max(1.0),
        );
        top += 34.0;
    }
    svg + "</svg>\n"
}

/// Figures over sizes.
pub(crate) fn lines(title: &str, sizes: &str, figures: &str, all: &[Line]) -> String {
    let points = || all.iter().flat_map(|(_, points)| points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let found = points().map(of).filter(|found| *found > 0.0);
        let (low, high) = found.fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), found| {
            (low.min(found), high.max(found))
        });
        let low = if low < high { low } else { high / 10.0 };
        (low.log10().floor(), high.log10().ceil())
    };
    let ((left, right), (bottom, top)) = (range(|point| point.0), range(|point| point.1));
    let x = |size: f64| 80.0 + (size.log10() - left) / (right - left).max(1.0) * 400.0;
    let y = |figure: f64| 330.0 - (figure.log10() - bottom) / (top - bottom).max(1.0) * 280.0;
    let mut svg = begin(720.0, 380.0, title);
    let decades = |from: f64, to: f64| {
        std::iter::successors(Some(from), |at| Some(at + 1.0)).take_while(move |at| *at <= to)
    };
    for decade in decades(bottom, top) {
        let (at, name) = (y(10_f64.powf(decade)), 10_f64.powf(decade));
        let _ = writeln!(
            svg,
            "<line x1=\"80\" x2=\"480\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/><text x=\"74\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            at + 4.0
        );
    }
    for decade in decades(left, right) {
        let (at, name) = (x(10_f64.powf(decade)), 10_f64.powf(decade));
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"50\" y2=\"330\" stroke=\"#eee\"/><text x=\"{at:.1}\" y=\"346\" text-anchor=\"middle\">{name}</text>"
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"280\" y=\"366\" text-anchor=\"middle\">{}</text><text x=\"8\" y=\"40\">{}</text>",
        escaped(sizes),
        escaped(figures)
    );
    for (place, ((name, points), colour)) in all.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let path: Vec<String> = points
            .iter()
            .map(|(size, figure)| format!("{:.1},{:.1}", x(*size), y(*figure)))
            .collect();
        let legend = 60.0 + 18.0 * super::number(place);
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/><text x=\"492\" y=\"{legend:.1}\" fill=\"{colour}\">{}</text>",
            path.join(" "),
            escaped(name)
        );
    }
    svg + "</svg>\n"
}

fn begin(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n<text x=\"8\" y=\"18\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
