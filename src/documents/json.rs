//! A report as one JSON object: the same texts under the same names.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::documents::document::Block;
use crate::documents::document::Document;
use crate::documents::document::Table;
use crate::documents::document::Tone;

/// Name of the form.
pub const FORMAT: &str = "keyrite-report/v1";

/// A report as JSON.
pub fn render(document: &Document) -> String {
    let sections: Vec<Value> = document
        .sections
        .iter()
        .map(|section| {
            let blocks: Vec<Value> = section.blocks.iter().map(block).collect();
            json!({"id": section.id, "title": section.title, "content": blocks})
        })
        .collect();
    let lines: Vec<Value> = (1..)
        .zip(&document.lines)
        .map(|(number, line): (u64, &String)| json!({"line": number, "text": line}))
        .collect();
    let report = json!({
        "format": FORMAT,
        "made-by": format!("keyrite {}", env!("CARGO_PKG_VERSION")),
        "title": document.title,
        "ceremony": document.ceremony,
        "worth": document.worth,
        "verdict": {"word": document.verdict.word, "means": document.verdict.means},
        "record-sha256": document.record_sha256,
        "sections": sections,
        "record": lines,
    });
    format!("{report:#}\n")
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"text": text}),
        Block::Table(table) => {
            json!({"table": table.id, "caption": table.caption, "rows": rows(table)})
        }
        Block::Picture(chart) => {
            json!({"picture": chart.id, "title": chart.title, "says": chart.says})
        }
        Block::Commands(lines) => json!({"commands": lines}),
        Block::Form(fields) => json!({"to-fill-in": fields}),
    }
}

fn rows(table: &Table) -> Vec<Value> {
    table
        .rows
        .iter()
        .map(|row| {
            let mut object = Map::new();
            for ((id, _), cell) in table.columns.iter().zip(&row.cells) {
                object.insert((*id).to_owned(), Value::from(cell.text.as_str()));
                let judged = match cell.tone {
                    Tone::Plain | Tone::Code => None,
                    Tone::Good => Some("holds"),
                    Tone::Bad => Some("does-not-hold"),
                    Tone::Open => Some("open"),
                };
                if let Some(judged) = judged {
                    object.insert(format!("{id}-is"), Value::from(judged));
                }
            }
            if !row.lines.is_empty() {
                object.insert("record-lines".to_owned(), json!(row.lines));
            }
            Value::Object(object)
        })
        .collect()
}
