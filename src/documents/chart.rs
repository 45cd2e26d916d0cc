//! A picture of bars over an axis, as SVG. What it shows stands in a table beside it.

use std::fmt::Write as _;

use crate::documents::document::harmless;
use crate::documents::html::escape;

/// Bars over an axis.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Its name.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// The same in sentences, for those who do not see it.
    pub says: String,
    /// What the axis counts.
    pub axis: String,
    /// Where the axis ends; it begins at 0.
    pub end: u64,
    /// Places on the axis that have a label.
    pub ticks: Vec<(u64, String)>,
    /// From top to bottom.
    pub bars: Vec<Bar>,
    /// What the looks of the bars mean; empty where there is one look only.
    pub legend: Vec<(Look, &'static str)>,
}

/// One bar, with its words above it.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Lines of words.
    pub label: String,
    /// Where it begins.
    pub from: u64,
    /// Where it ends.
    pub to: u64,
    /// What it goes on from, before the axis begins.
    pub before: bool,
    /// Whether it goes on behind the axis.
    pub after: bool,
    /// What it looks like.
    pub look: Look,
}

/// What a bar looks like: each with a pattern of its own, for those who do not see colours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Look {
    /// Filled.
    Full,
    /// Striped.
    Striped,
    /// Dotted.
    Dotted,
    /// An outline: nobody.
    Hollow,
}

impl Look {
    /// Attributes of a bar in the picture `id`; its patterns are named after it.
    fn attributes(self, id: &str) -> String {
        match self {
            Self::Full => "class=\"bar full\"".to_owned(),
            Self::Striped => format!("class=\"bar striped\" fill=\"url(#{id}-stripes)\""),
            Self::Dotted => format!("class=\"bar dotted\" fill=\"url(#{id}-dots)\""),
            Self::Hollow => "class=\"bar hollow\"".to_owned(),
        }
    }
}

const WIDTH: u64 = 720;
const LEFT: u64 = 18;
const RIGHT: u64 = 702;
const LINE: u64 = 17;
const BAR: u64 = 12;
/// Letters that fit between left and right in 13 px.
const LETTERS: usize = 98;

impl Chart {
    /// The picture as SVG for a page; looks come from the page's style sheet.
    pub fn svg(&self) -> String {
        let mut body = String::new();
        let mut y = 10;
        y = self.draw_legend(&mut body, y);
        let top = y;
        for bar in &self.bars {
            y = self.draw_bar(&mut body, bar, y);
        }
        let axis = self.draw_axis(top, y);
        let height = y + 44;
        // Names are of the whole page, so each picture has patterns of its own.
        let id = self.id;
        format!(
            "<svg class=\"{id}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-says\" xmlns=\"http://www.w3.org/2000/svg\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-says\">{says}</desc>\n\
             <defs><pattern id=\"{id}-stripes\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"ground striped-ground\" width=\"7\" height=\"7\"/><rect class=\"ink\" width=\"3\" height=\"7\"/></pattern>\
             <pattern id=\"{id}-dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect class=\"ground dotted-ground\" width=\"6\" height=\"6\"/><circle class=\"ink\" cx=\"3\" cy=\"3\" r=\"1.3\"/></pattern></defs>\n\
             {axis}{body}</svg>\n",
            title = escape(&self.title),
            says = escape(&self.says),
        )
    }

    fn x(&self, at: u64) -> u64 {
        LEFT + at.min(self.end) * (RIGHT - LEFT) / self.end.max(1)
    }

    fn draw_legend(&self, out: &mut String, y: u64) -> u64 {
        if self.legend.is_empty() {
            return y;
        }
        let mut x = LEFT;
        for (look, words) in &self.legend {
            let length = u64::try_from(words.chars().count()).unwrap_or(0);
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(
                out,
                "<rect {} x=\"{x}\" y=\"{}\" width=\"22\" height=\"{BAR}\" rx=\"2\"/><text x=\"{}\" y=\"{}\">{}</text>",
                look.attributes(self.id),
                y + 2,
                x + 28,
                y + 13,
                escape(words),
            );
            x += 28 + length * 7 + 24;
        }
        y + 32
    }

    fn draw_bar(&self, out: &mut String, bar: &Bar, top: u64) -> u64 {
        let mut y = top;
        for line in broken(&harmless(&bar.label)) {
            y += LINE;
            let _ = writeln!(
                out,
                "<text class=\"label\" x=\"{LEFT}\" y=\"{}\">{}</text>",
                y - 4,
                escape(&line)
            );
        }
        let (from, to) = (self.x(bar.from), self.x(bar.to));
        let width = (to.saturating_sub(from)).max(3);
        let _ = writeln!(
            out,
            "<rect {} x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\" rx=\"2\"/>",
            bar.look.attributes(self.id),
        );
        let middle = y + BAR / 2;
        if bar.before {
            let _ = writeln!(
                out,
                "<path class=\"arrow\" d=\"M{} {} l-8 6 l8 6 z\"/>",
                from.saturating_sub(3),
                middle - 6
            );
        }
        if bar.after {
            let _ = writeln!(
                out,
                "<path class=\"arrow\" d=\"M{} {} l8 6 l-8 6 z\"/>",
                from + width + 3,
                middle - 6
            );
        }
        y + BAR + 10
    }

    fn draw_axis(&self, top: u64, bottom: u64) -> String {
        let mut out = String::new();
        for (at, label) in &self.ticks {
            let x = self.x(*at);
            let anchor = if *at == 0 {
                "start"
            } else if *at == self.end {
                "end"
            } else {
                "middle"
            };
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{x} {top} V{bottom}\"/><text class=\"tick\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{}\">{}</text>",
                bottom + 16,
                escape(label),
            );
        }
        let _ = writeln!(
            out,
            "<text class=\"tick\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">{}</text>",
            u64::midpoint(LEFT, RIGHT),
            bottom + 36,
            escape(&self.axis)
        );
        out
    }
}

/// The words in lines that fit; a word that does not fit alone is broken.
fn broken(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if !line.is_empty() && line.chars().count() + 1 + word.len() > LETTERS {
            lines.push(std::mem::take(&mut line));
        }
        while word.len() > LETTERS {
            let rest = word.split_off(LETTERS);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(label: &str) -> Chart {
        Chart {
            id: "a-chart",
            title: "<title>".to_owned(),
            says: "a & b".to_owned(),
            axis: "steps".to_owned(),
            end: 4,
            ticks: vec![(0, "0".to_owned()), (4, "<4>".to_owned())],
            bars: vec![Bar {
                label: label.to_owned(),
                from: 1,
                to: 9,
                before: false,
                after: true,
                look: Look::Striped,
            }],
            legend: vec![(Look::Striped, "take & go")],
        }
    }

    #[test]
    fn what_is_written_into_a_picture_stays_text() {
        let svg = chart("</text><script>alert(1)</script>").svg();
        assert!(!svg.contains("<script"), "{svg}");
        assert!(svg.contains("&lt;script&gt;"));
        assert!(svg.contains("<title id=\"a-chart-title\">&lt;title&gt;</title>"));
        assert!(svg.contains("take &amp; go"));
    }

    #[test]
    fn a_bar_ends_where_the_axis_ends() {
        let svg = chart("x").svg();
        // From a quarter of the axis to its end.
        assert!(svg.contains("x=\"189\" y=\"59\" width=\"513\""), "{svg}");
    }

    #[test]
    fn long_words_are_broken_and_none_is_lost() {
        let long = "w".repeat(250);
        let lines = broken(&format!("a {long} b"));
        assert!(lines.iter().all(|line| line.chars().count() <= LETTERS));
        assert_eq!(lines.concat().replace(' ', ""), format!("a{long}b"));
    }
}
