//! `keyrite register evidence`: a folder from requirements to lines of records.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::arguments::Framework;
use crate::cli::arguments::RegisterEvidenceArgs;
use crate::cli::register::answered;
use crate::cli::register::read;
use crate::cli::register::text::behind;
use crate::cli::register::today;
use crate::documents::html::escape;
use crate::domain::record::Digest;
use crate::domain::requirement::FRAMEWORKS;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::error::Exit;
use crate::register::Scope;
use crate::register::error::RegisterError;
use crate::register::evidence;
use crate::register::evidence::Record;
use crate::register::evidence::Row;
use crate::register::evidence::Standing;
use crate::register::shelf::Shelf;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

/// As many lines of a requirement as people read; the JSON has all of them.
const SHOWN: usize = 12;

pub(super) fn evidence(
    arguments: &RegisterEvidenceArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let day = arguments.as_of.unwrap_or_else(today);
    files::refuse_existing(&arguments.out)?;
    let mut register = read(&arguments.of, Some(day), Scope::Ceremonies)?;
    let shelf = Shelf::open(&arguments.of.register)?;
    let id = arguments.framework.id();
    let standard = FRAMEWORKS.iter().find(|(known, _)| *known == id);
    let standard = standard.map_or(id, |(_, name)| name);
    let (rows, records) = evidence::evidence(&mut register, &shelf, standard)?;
    let head = Head {
        standard,
        day: day.to_string(),
        register: arguments.of.register.display().to_string(),
    };
    let index = json!({
        "framework": id,
        "standard": standard,
        "as-of": head.day,
        "requirements": rows,
        "records": records.iter().map(|record| json!({
            "folder": record.folder,
            "sha256": record.sha256,
        })).collect::<Vec<_>>(),
        "wrong": register.wrong,
    });
    let mut all = vec![
        ("index.json".to_owned(), format!("{index:#}\n").into_bytes()),
        (
            "index.md".to_owned(),
            markdown(&head, &rows, &records).into_bytes(),
        ),
        (
            "index.html".to_owned(),
            html(&head, &rows, &records).into_bytes(),
        ),
    ];
    for record in records {
        all.extend(copies(record));
    }
    let sums: Vec<String> = all
        .iter()
        .map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes)))
        .collect();
    all.push(("SHA256SUMS".to_owned(), sums.concat().into_bytes()));
    files::write_folder(&arguments.out, &all, &mut Faults::none())?;
    let missing: Vec<&Row> = rows
        .iter()
        .filter(|row| row.standing == Standing::NotEvidenced)
        .collect();
    let exit = if missing.is_empty() {
        Exit::Done
    } else {
        Exit::Operator
    };
    let answer = json!({
        "as-of": head.day,
        "framework": id,
        "out": arguments.out,
        "requirements": rows,
    });
    Ok(answered(
        &arguments.of,
        style,
        &register,
        exit,
        answer,
        |out| {
            for row in &rows {
                let tone = match row.standing {
                    Standing::Evidenced => Tone::Good,
                    Standing::Answered => Tone::Plain,
                    Standing::NotEvidenced => Tone::Trouble,
                };
                let lines = match row.lines.len() {
                    0 => String::new(),
                    1 => ", 1 line".to_owned(),
                    many => format!(", {many} lines"),
                };
                out.line(
                    tone,
                    &format!("{:<10}{}{lines}", row.number, row.standing.name()),
                );
                behind(out, 10, row.wants);
            }
            out.line(Tone::Plain, "");
            out.line(
                Tone::Good,
                &format!(
                    "written to {}: begin with index.md or index.html",
                    arguments.out.display()
                ),
            );
        },
    ))
}

impl Framework {
    const fn id(self) -> &'static str {
        match self {
            Self::Pci => "pci-dss-4.0.1",
            Self::Nist => "nist-800-57",
            Self::Cabf => "cabf-br",
        }
    }
}

/// What the folder is about.
struct Head<'a> {
    standard: &'a str,
    day: String,
    register: String,
}

/// What whoever checks a record needs; artifacts stay in the register.
fn copies(record: Record) -> Vec<(String, Vec<u8>)> {
    let folder = record.folder;
    let name = |name: &str| format!("records/{folder}/{name}");
    let dossier = record.dossier;
    let mut all = vec![
        (name("script.yaml"), dossier.script),
        (name("record.jsonl"), dossier.record),
        (name("allowed_signers"), dossier.allowed_signers),
        (name("VERIFY.txt"), dossier.verify_txt),
    ];
    for (person, signature) in dossier.signatures {
        all.push((name(&format!("signatures/{person}.sig")), signature));
    }
    for (person, (json, signature)) in dossier.dissents {
        all.push((name(&format!("dissent/{person}.json")), json));
        if let Some(signature) = signature {
            all.push((name(&format!("dissent/{person}.json.sig")), signature));
        }
    }
    all
}

const LIMITS: &str = "A line that speaks to a requirement is evidence, not a judgement: whether the requirement is met is for the auditor to say. \
    Artifacts are not here; the records have their digests.";

fn markdown(head: &Head<'_>, rows: &[Row], records: &[Record]) -> String {
    let mut text = format!(
        "# Evidence for {}\n\nAs of {}, from the register {}.\n\n{LIMITS}\n\n",
        head.standard,
        head.day,
        escape(&head.register)
    );
    text += "| Requirement | Wants, in short | Standing | Lines of records | Ask the register |\n|---|---|---|---|---|\n";
    for row in rows {
        let lines: Vec<String> = lines(row, |folder, line, entry| {
            format!("[{folder}:{line}](records/{folder}/record.jsonl) {entry}")
        });
        // Writing into a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            row.number,
            row.wants,
            row.standing.name(),
            lines.join("<br>"),
            questions(row).join("<br>")
        );
    }
    text += "\n## Records\n\n| Ceremony | SHA-256 of its record |\n|---|---|\n";
    for record in records {
        let _ = writeln!(text, "| {} | `{}` |", record.folder, record.sha256);
    }
    text += "\nCheck one with `records/CEREMONY/VERIFY.txt`, and every file here with `sha256sum -c SHA256SUMS`.\n";
    text
}

fn html(head: &Head<'_>, rows: &[Row], records: &[Record]) -> String {
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Evidence for {0}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Evidence for {0}</h1>\n\
         <p>As of {1}, from the register {2}.</p>\n<p>{LIMITS}</p>\n\
         <table>\n<tr><th>Requirement</th><th>Wants, in short</th><th>Standing</th><th>Lines of records</th><th>Ask the register</th></tr>\n",
        escape(head.standard),
        head.day,
        escape(&head.register)
    );
    for row in rows {
        let lines: Vec<String> = lines(row, |folder, line, entry| {
            let folder = escape(folder);
            format!("<a href=\"records/{folder}/record.jsonl\">{folder}:{line}</a> {entry}")
        });
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            row.number,
            escape(row.wants),
            row.standing.name(),
            lines.join("<br>"),
            escape(&questions(row).join("; "))
        );
    }
    text += "</table>\n<h2>Records</h2>\n<table>\n<tr><th>Ceremony</th><th>SHA-256 of its record</th></tr>\n";
    for record in records {
        let folder = escape(&record.folder);
        let _ = writeln!(
            text,
            "<tr><td>{folder}</td><td><code>{}</code></td></tr>",
            record.sha256
        );
    }
    text += "</table>\n</body>\n</html>\n";
    text
}

/// The first lines of a requirement, and how many more there are.
fn lines(row: &Row, show: impl Fn(&str, u64, &str) -> String) -> Vec<String> {
    let shown = row.lines.iter().take(SHOWN);
    let mut all: Vec<String> = shown
        .map(|line| show(&line.rests_on.ceremony, line.rests_on.line, &line.entry))
        .collect();
    if let Some(more) = row.lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        all.push(format!("and {more} more, in index.json"));
    }
    all
}

fn questions(row: &Row) -> Vec<String> {
    let questions = row.questions.iter();
    questions
        .map(|question| format!("keyrite register {question}"))
        .collect()
}

const STYLE: &str = "body{font-family:sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
    table{border-collapse:collapse}td,th{border:1px solid #888;padding:.3rem .5rem;text-align:left;vertical-align:top}";
