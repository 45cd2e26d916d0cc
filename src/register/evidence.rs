//! What records show for each requirement of a standard, and what they do not show.

use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::requirement::REQUIREMENTS;
use crate::domain::requirement::name;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::record::chain;
use crate::record::verify::Dossier;
use crate::register::Register;
use crate::register::Rests;
use crate::register::Wrong;
use crate::register::shelf::Shelf;

/// A requirement, and what speaks to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// Its number.
    pub number: &'static str,
    /// What it wants, in short.
    pub wants: &'static str,
    /// How far it is evidenced.
    pub standing: Standing,
    /// Lines of records, with the name of what they tell.
    pub lines: Vec<Line>,
    /// Questions to the register whose answers speak to it.
    pub questions: &'static [&'static str],
}

/// A line of a record that speaks to a requirement.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What it tells.
    pub entry: String,
    /// Which it is.
    #[serde(flatten)]
    pub rests_on: Rests,
}

/// How far a requirement is evidenced.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Lines of records speak to it.
    Evidenced,
    /// Only what the register says on this day speaks to it.
    Answered,
    /// Nothing here speaks to it.
    NotEvidenced,
}

impl Standing {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Evidenced => "evidenced",
            Self::Answered => "answered by the register",
            Self::NotEvidenced => "NOT EVIDENCED",
        }
    }
}

/// A record, for the folder.
#[derive(Debug)]
pub struct Record {
    /// Folder of its ceremony.
    pub folder: String,
    /// Its digest.
    pub sha256: Digest,
    /// What lies there.
    pub dossier: Dossier,
}

/// What records show for each requirement of a standard, as of the day of the register.
///
/// # Errors
///
/// When a record cannot be read. One that is not what was verified a moment before is among what is
/// wrong.
pub fn evidence(
    register: &mut Register,
    shelf: &Shelf,
    standard: &str,
) -> Result<(Vec<Row>, Vec<Record>), EngineError> {
    let wanted = REQUIREMENTS.iter().filter(|it| it.standard == standard);
    let mut rows: Vec<(Row, &[&str])> = wanted
        .map(|requirement| {
            let row = Row {
                number: requirement.number,
                wants: requirement.wants,
                standing: Standing::NotEvidenced,
                lines: Vec::new(),
                questions: requirement.questions,
            };
            (row, requirement.entries)
        })
        .collect();
    let mut records = Vec::new();
    let mut changed = Vec::new();
    for ceremony in &register.ceremonies {
        let dossier = dossier::read(&shelf.path(&ceremony.folder))?;
        if Digest::of(&dossier.record) != ceremony.record {
            changed.push(Wrong {
                ceremony: Some(ceremony.folder.clone()),
                line: None,
                what: "its record changed while it was read".to_owned(),
                hint: Some("let whoever writes there finish, and ask again".to_owned()),
            });
            continue;
        }
        for entry in chain::parse(&dossier.record, &dossier.script)? {
            let told = name(&entry.event);
            for (row, _) in rows.iter_mut().filter(|(_, wants)| wants.contains(&told)) {
                row.lines.push(Line {
                    entry: told.to_owned(),
                    rests_on: Rests {
                        ceremony: ceremony.folder.as_str().into(),
                        line: entry.seq + 1,
                        at: entry.at,
                    },
                });
            }
        }
        records.push(Record {
            folder: ceremony.folder.clone(),
            sha256: ceremony.record,
            dossier,
        });
    }
    register.wrong.extend(changed);
    let rows = rows.into_iter().map(|(mut row, _)| {
        row.standing = match (row.lines.is_empty(), row.questions.is_empty()) {
            (false, _) => Standing::Evidenced,
            (true, false) => Standing::Answered,
            (true, true) => Standing::NotEvidenced,
        };
        row
    });
    Ok((rows.collect(), records))
}
