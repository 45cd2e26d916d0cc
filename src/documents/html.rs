//! A report as one HTML page: no script, nothing from elsewhere, for screens and for paper.

use std::fmt::Write as _;

use base64ct::Base64;
use base64ct::Encoding as _;

use crate::documents::document::Block;
use crate::documents::document::Cell;
use crate::documents::document::Document;
use crate::documents::document::Row;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Digest;
use crate::domain::text::plain;

/// How a report looks.
const STYLE: &str = include_str!("report.css");

/// A report as a page.
pub fn render(document: &Document) -> String {
    let running = format!(
        "{} · {} · record {}…",
        document.ceremony,
        document.verdict.word,
        document.record_sha256.get(..16).unwrap_or_default()
    );
    let style = format!("{STYLE}{}", margins(&running));
    page(
        &format!("{} · {}", document.verdict.word, document.title),
        &style,
        &body(document),
    )
}

/// A whole page. Its policy lets it load and run nothing, but for this one style sheet.
pub(super) fn page(title: &str, style: &str, body: &str) -> String {
    let digest = Digest::of(style.as_bytes());
    let allowed = Base64::encode_string(&digest.0);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title),
    )
}

/// Text between tags or in quoted attributes: nothing in it is markup, and nothing in it changes how
/// the text around it is read.
pub fn escape(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// What stands above and below each printed page.
pub(super) fn margins(running: &str) -> String {
    format!(
        "@page{{@top-left{{content:\"{}\"}}@bottom-right{{content:\"page \" counter(page) \" of \" counter(pages)}}}}\n",
        in_style(running)
    )
}

/// Text in a string of a style sheet: whatever is not a letter or digit is written as its number.
pub(super) fn in_style(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else {
            // Writing to a string cannot fail, here and below.
            let _ = write!(out, "\\{:06x}", u32::from(c));
        }
    }
    out
}

fn body(document: &Document) -> String {
    let mut out = String::from("<a class=\"skip\" href=\"#content\">Skip to the report</a>\n");
    let word = document.verdict.word;
    let _ = writeln!(
        out,
        "<header>\n<p class=\"kind\">Report on a key ceremony</p>\n<h1>{}</h1>\n<p class=\"kind\">{}</p>",
        escape(&document.title),
        escape(&document.ceremony)
    );
    if let Some(worth) = &document.worth {
        let _ = writeln!(out, "<p class=\"worth\">{}</p>", escape(worth));
    }
    let _ = writeln!(
        out,
        "<div class=\"verdict {}\"><p class=\"word\">{}{}</p><p>{}</p></div>\n</header>",
        class(document.verdict.tone),
        document.verdict.tone.sign(),
        escape(word),
        escape(&document.verdict.means)
    );
    out.push_str("<main id=\"content\">\n");
    let first: Vec<&Section> = document.sections.iter().take(FIRST_PAGE).collect();
    for section in first {
        put_section(&mut out, section);
    }
    out.push_str("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n");
    for section in &document.sections {
        let _ = writeln!(
            out,
            "<li><a href=\"#{}\">{}</a></li>",
            section.id,
            escape(section.title)
        );
    }
    out.push_str("<li><a href=\"#record\">The record, line by line</a></li>\n</ol>\n</nav>\n");
    for section in document.sections.iter().skip(FIRST_PAGE) {
        put_section(&mut out, section);
    }
    put_lines(&mut out, &document.lines);
    let _ = writeln!(
        out,
        "</main>\n<footer><p>Made by keyrite {} from the ceremony’s folder alone. SHA-256 of the record: <code>{}</code></p></footer>",
        env!("CARGO_PKG_VERSION"),
        escape(&document.record_sha256),
    );
    out
}

/// How many sections stand before the contents: those of the first page.
const FIRST_PAGE: usize = 1;

/// Tables of so many rows stay together on paper.
const SHORT: usize = 10;

fn put_section(out: &mut String, section: &Section) {
    let id = section.id;
    let _ = writeln!(
        out,
        "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{}</h2>",
        escape(section.title)
    );
    for block in &section.blocks {
        match block {
            Block::Text(text) => {
                let _ = writeln!(out, "<p>{}</p>", escape(text));
            }
            Block::Table(table) => put_table(out, table),
            Block::Picture(chart) => {
                let _ = writeln!(
                    out,
                    "<figure class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">\n{}</figure>",
                    escape(&chart.title),
                    chart.svg()
                );
            }
            Block::Commands(lines) => {
                let lines: Vec<String> = lines.iter().map(|line| escape(line)).collect();
                let _ = writeln!(
                    out,
                    "<pre class=\"commands\" tabindex=\"0\">{}</pre>",
                    lines.join("\n")
                );
            }
            Block::Form(fields) => {
                out.push_str("<dl class=\"form\">\n");
                for field in fields {
                    let _ = writeln!(out, "<div><dt>{}</dt><dd></dd></div>", escape(field));
                }
                out.push_str("</dl>\n");
            }
        }
    }
    out.push_str("</section>\n");
}

fn put_table(out: &mut String, table: &Table) {
    let caption = escape(&table.caption);
    if table.rows.is_empty() {
        let _ = writeln!(
            out,
            "<p class=\"none\"><strong>{caption}:</strong> {}</p>",
            escape(table.empty)
        );
        return;
    }
    let has_lines = table.rows.iter().any(|row| !row.lines.is_empty());
    let _ = writeln!(
        out,
        "<div class=\"scroll{}\" tabindex=\"0\" role=\"group\" aria-label=\"{caption}\">\n<table class=\"{}\">\n<caption>{caption}</caption>\n<thead><tr>",
        // On paper it is not broken.
        if table.rows.len() <= SHORT {
            " short"
        } else {
            ""
        },
        table.id
    );
    for (id, heading) in &table.columns {
        let _ = write!(
            out,
            "<th scope=\"col\" class=\"{id}\">{}</th>",
            escape(heading)
        );
    }
    if has_lines {
        out.push_str("<th scope=\"col\" class=\"lines\">Record</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        put_row(out, table, row, has_lines);
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

fn put_row(out: &mut String, table: &Table, row: &Row, has_lines: bool) {
    out.push_str("<tr>");
    for (place, ((id, _), cell)) in table.columns.iter().zip(&row.cells).enumerate() {
        let text = words(cell);
        let _ = if place == 0 {
            write!(out, "<th scope=\"row\">{text}</th>")
        } else {
            write!(out, "<td class=\"{id}\">{text}</td>")
        };
    }
    if has_lines {
        let links: Vec<String> = row
            .lines
            .iter()
            .map(|line| format!("<a href=\"#line-{line}\">line&nbsp;{line}</a>"))
            .collect();
        let _ = write!(out, "<td class=\"lines\">{}</td>", links.join(" "));
    }
    out.push_str("</tr>\n");
}

fn words(cell: &Cell) -> String {
    let text = escape(&cell.text);
    match cell.tone {
        Tone::Plain => text,
        Tone::Code => format!("<code>{text}</code>"),
        Tone::Good | Tone::Bad | Tone::Open => format!(
            "<span class=\"{}\">{}{text}</span>",
            class(cell.tone),
            cell.tone.sign()
        ),
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Code => "code",
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Open => "open",
    }
}

fn put_lines(out: &mut String, lines: &[String]) {
    out.push_str(
        "<section id=\"record\" aria-labelledby=\"record-heading\">\n<h2 id=\"record-heading\">The record, line by line</h2>\n\
         <p>record.jsonl as it was read. Every line begins the digest of the next one.</p>\n",
    );
    for (number, line) in (1..).zip(lines) {
        let _ = writeln!(
            out,
            "<h3 id=\"line-{number}\">Line {number}</h3>\n<pre class=\"line\">{}</pre>",
            escape(line)
        );
    }
    out.push_str("</section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_string_of_the_style_sheet() {
        let text = in_style("a\"}body{background:url(x)}\\ \u{202e}");
        assert!(
            text.chars().all(|c| c.is_ascii_alphanumeric() || c == '\\'),
            "{text}"
        );
        assert!(text.starts_with("a\\000022\\00007d"));
    }

    #[test]
    fn text_is_never_markup() {
        assert_eq!(
            escape("<b a='1' c=\"2\">&\u{202e}\n"),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\\u{202e}\\u{a}"
        );
    }

    #[test]
    fn the_policy_names_the_digest_of_the_style_sheet() {
        // printf 'p{}' | openssl dgst -sha256 -binary | base64
        let digest = "gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y=";
        let page = page("t", "p{}", "");
        assert!(
            page.contains(&format!("style-src 'sha256-{digest}'")),
            "{page}"
        );
        let begin = page.find("<style>").unwrap() + 7;
        let end = page.find("</style>").unwrap();
        assert_eq!(&page[begin..end], "p{}");
    }
}
