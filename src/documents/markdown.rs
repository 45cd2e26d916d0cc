//! A report as Markdown (CommonMark with GitHub's tables), readable as it is.

use std::fmt::Write as _;

use crate::documents::document::Block;
use crate::documents::document::Cell;
use crate::documents::document::Document;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::text::plain;

/// A report as Markdown.
pub fn render(document: &Document) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(out, "# {}\n", escape(&document.title));
    let _ = writeln!(
        out,
        "Report on the key ceremony {}\n",
        escape(&document.ceremony)
    );
    if let Some(worth) = &document.worth {
        let _ = writeln!(out, "**{}**\n", escape(worth));
    }
    let verdict = &document.verdict;
    let _ = writeln!(
        out,
        "**{}{}** – {}\n",
        verdict.tone.sign(),
        escape(verdict.word),
        escape(&verdict.means)
    );
    for section in &document.sections {
        let _ = writeln!(out, "## {}\n", escape(section.title));
        for block in &section.blocks {
            match block {
                Block::Text(text) => {
                    let _ = writeln!(out, "{}\n", paragraph(text));
                }
                Block::Table(table) => put_table(&mut out, table),
                // The table that follows says the same.
                Block::Picture(chart) => {
                    let _ = writeln!(out, "*{}.* {}\n", escape(&chart.title), escape(&chart.says));
                }
                Block::Commands(lines) => {
                    for line in lines {
                        let _ = writeln!(out, "    {line}");
                    }
                    out.push('\n');
                }
                Block::Form(fields) => {
                    for field in fields {
                        let _ = writeln!(
                            out,
                            "{}: \\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\n",
                            escape(field)
                        );
                    }
                }
            }
        }
    }
    out.push_str("## The record, line by line\n\n");
    for (number, line) in (1..).zip(&document.lines) {
        let _ = writeln!(out, "### Line {number}\n\n    {line}\n");
    }
    let _ = writeln!(
        out,
        "Made by keyrite {} from the ceremony's folder alone. SHA-256 of the record: `{}`",
        env!("CARGO_PKG_VERSION"),
        document.record_sha256
    );
    out
}

fn put_table(out: &mut String, table: &Table) {
    let caption = escape(&table.caption);
    if table.rows.is_empty() {
        let _ = writeln!(out, "**{caption}:** {}\n", escape(table.empty));
        return;
    }
    let has_lines = table.rows.iter().any(|row| !row.lines.is_empty());
    let mut headings: Vec<String> = table
        .columns
        .iter()
        .map(|(_, heading)| escape(heading))
        .collect();
    if has_lines {
        headings.push("Record".to_owned());
    }
    let _ = writeln!(out, "**{caption}**\n\n| {} |", headings.join(" | "));
    let _ = writeln!(out, "|{}", "---|".repeat(headings.len()));
    for row in &table.rows {
        let mut cells: Vec<String> = row.cells.iter().map(words).collect();
        if has_lines {
            let links: Vec<String> = row
                .lines
                .iter()
                .map(|line| format!("[line {line}](#line-{line})"))
                .collect();
            cells.push(links.join(" "));
        }
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
}

fn words(cell: &Cell) -> String {
    match cell.tone {
        // A code span would end at the first backtick of the text.
        Tone::Code
            if cell
                .text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || " :.-/".contains(c)) =>
        {
            format!("`{}`", cell.text)
        }
        Tone::Plain | Tone::Code | Tone::Good | Tone::Bad | Tone::Open => {
            format!("{}{}", cell.tone.sign(), escape(&cell.text))
        }
    }
}

/// A paragraph: what would make it a list, a heading or a quotation is escaped, too.
fn paragraph(text: &str) -> String {
    let text = escape(text);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    match text.get(digits..).and_then(|rest| rest.chars().next()) {
        Some('.' | ')') if digits > 0 => text.replacen(['.', ')'], "\\.", 1),
        Some('-' | '+' | '=') if digits == 0 => format!("\\{text}"),
        Some(_) | None => text,
    }
}

/// Text: nothing in it is markup, a link or HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in plain(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' | '$'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    // GitHub makes links of bare addresses.
    out.replace("://", "\\://").replace("www.", "www\\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        assert_eq!(
            escape("a|b <i> *x* [l](http://e) `c` &lt; \u{202e}"),
            "a\\|b \\<i\\> \\*x\\* \\[l\\](http\\://e) \\`c\\` \\&lt; \\\\u{202e}"
        );
        assert_eq!(paragraph("1. one"), "1\\. one");
        assert_eq!(paragraph("- one"), "\\- one");
        assert_eq!(paragraph("2027-01-04"), "2027-01-04");
    }

    #[test]
    fn a_code_span_holds_digits_only() {
        assert_eq!(words(&Cell::code("a1b2 c3d4")), "`a1b2 c3d4`");
        assert_eq!(words(&Cell::code("a`b")), "a\\`b");
    }
}
