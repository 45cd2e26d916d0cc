//! What a report says, whatever it looks like: sections of paragraphs, lists, tables and pictures,
//! each row with the lines of the record that it rests on.
//!
//! Every text is made harmless where it comes in, so that no renderer has to remember it.

use crate::documents::chart::Chart;
use crate::domain::text::plain;

/// A report.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it is about.
    pub title: String,
    /// Id of the ceremony.
    pub ceremony: String,
    /// What came of verifying it.
    pub verdict: Headline,
    /// What the run is worth, where that is less than a production ceremony.
    pub worth: Option<String>,
    /// SHA-256 of the record, for every page.
    pub record_sha256: String,
    /// In the order in which they are read.
    pub sections: Vec<Section>,
    /// The record as it was read, from line 1 on.
    pub lines: Vec<String>,
}

/// What came of verifying, on the first page and on every other.
#[derive(Clone, Debug)]
pub struct Headline {
    /// One word or two, in capitals.
    pub word: &'static str,
    /// What that means.
    pub means: String,
    /// How it is shown.
    pub tone: Tone,
}

/// A part of a report.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name for links and programs.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A table.
    Table(Table),
    /// A picture of what the table behind it says.
    Picture(Chart),
    /// Commands, or anything else that is shown as it is typed.
    Commands(Vec<String>),
    /// Room to write, for the person who is named.
    Form(Vec<&'static str>),
}

/// A table; its rows name the lines of the record that they rest on.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name for programs.
    pub id: &'static str,
    /// What it shows.
    pub caption: String,
    /// Name for programs and heading of each column; the first one names the row.
    pub columns: Vec<(&'static str, &'static str)>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What is said where there are no rows.
    pub empty: &'static str,
}

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// One for each column.
    pub cells: Vec<Cell>,
    /// Lines of the record, from 1.
    pub lines: Vec<u64>,
}

/// One text of a table.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What it says, harmless and in one line.
    pub text: String,
    /// How it is shown.
    pub tone: Tone,
}

/// How a text is shown. The text alone says everything, too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// As text.
    Plain,
    /// As digits to compare.
    Code,
    /// Holds.
    Good,
    /// Does not hold.
    Bad,
    /// Open, waived, or resting on somebody's word.
    Open,
}

impl Tone {
    /// The sign before a text that is not plain: nothing is told by colour alone.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Plain | Self::Code => "",
            Self::Good => "✓ ",
            Self::Bad => "✗ ",
            Self::Open => "! ",
        }
    }
}

impl Cell {
    /// A text.
    pub fn new(tone: Tone, text: impl AsRef<str>) -> Self {
        Self {
            text: harmless(text.as_ref()),
            tone,
        }
    }

    /// A text as text.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self::new(Tone::Plain, text)
    }

    /// Digits to compare.
    pub fn code(text: impl AsRef<str>) -> Self {
        Self::new(Tone::Code, text)
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::plain(text)
    }
}

impl Row {
    /// A row that rests on `lines` of the record.
    pub fn new<const N: usize>(cells: [Cell; N], lines: &[u64]) -> Self {
        let mut lines = lines.to_vec();
        lines.sort_unstable();
        lines.dedup();
        Self {
            cells: cells.into(),
            lines,
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(
        id: &'static str,
        caption: impl AsRef<str>,
        columns: &[(&'static str, &'static str)],
        empty: &'static str,
    ) -> Self {
        Self {
            id,
            caption: harmless(caption.as_ref()),
            columns: columns.to_vec(),
            rows: Vec::new(),
            empty,
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N], lines: &[u64]) {
        self.rows.push(Row::new(cells, lines));
    }
}

impl Section {
    /// A section that says nothing yet.
    pub fn new(id: &'static str, title: &'static str) -> Self {
        Self {
            id,
            title,
            blocks: Vec::new(),
        }
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl AsRef<str>) {
        self.blocks.push(Block::Text(harmless(text.as_ref())));
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }
}

/// The text in one line, without characters that change how the text around them is read.
pub fn harmless(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    plain(lines.join(" ").trim()).into_owned()
}
