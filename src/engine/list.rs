//! Lists of keys: CSV files, one key a row, read row by row and never held as a whole.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use sha2::Digest as _;
use sha2::Sha256;

use crate::domain::algorithm::KeyType;
use crate::domain::record;
use crate::domain::record::Digest;
use crate::domain::record::File;
use crate::domain::script::Batch;
use crate::domain::script::RelativePath;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose;
use crate::error::Exit;

/// How many keys the stand-in list of a rehearsal has.
pub const STAND_IN_KEYS: u64 = 5;
/// The longest list: its record must stay readable as a whole.
pub const MAX_KEYS: u64 = 1_000_000;
/// The longest file of a list.
const MAX_BYTES: u64 = 256 << 20;
/// The longest name: it becomes a folder in an archive.
const MAX_NAME: usize = 60;

/// What is wrong with a list.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// It is no CSV.
    #[error("{} cannot be read as CSV: {why}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        why: String,
    },
    /// A column is missing from the header.
    #[error("{} has no column `{column}`", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// No row follows the header.
    #[error("{} has no rows", .0.display())]
    NoRows(PathBuf),
    /// More rows than a record can tell of.
    #[error("{} has more than {MAX_KEYS} rows", .0.display())]
    TooManyRows(PathBuf),
    /// A name that cannot be a folder's.
    #[error("row {row} of {} does not name a key: `{name}`", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: u64,
        /// What stands there.
        name: String,
    },
    /// A name that comes again.
    #[error("row {row} of {} names key {name} again", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: u64,
        /// The name.
        name: String,
    },
    /// A file of parameters that lies elsewhere.
    #[error("row {row} of {} names no file inside the script's folder", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: u64,
    },
}

impl Diagnose for ListError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Csv { .. } => {
                "save it as UTF-8 with commas, a header, and as many fields in each row".to_owned()
            }
            Self::NoColumn { .. } => {
                "the first line names the columns, as in `tenant,key-id`".to_owned()
            }
            Self::NoRows(_) => "write one row for each key".to_owned(),
            Self::TooManyRows(_) => "split it into several ceremonies".to_owned(),
            Self::Name { .. } => format!(
                "a name has 1 to {MAX_NAME} letters, digits, dots, underscores and hyphens, and begins with a letter or digit"
            ),
            Self::Twice { .. } => {
                "give every key a name of its own, in small letters or capitals alike".to_owned()
            }
            Self::Outside { .. } => "put it beside the script, or in a folder below".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        Exit::Operator
    }
}

/// A list that was read once, from its first row to its last.
#[derive(Debug)]
pub struct List {
    /// Its name in the script.
    pub name: String,
    /// What every key is.
    pub kind: KeyType,
    /// How many there are.
    pub keys: u64,
    names: Digest,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File {
        file: File,
        path: PathBuf,
        folder: PathBuf,
        columns: Columns,
    },
    StandIn {
        has_parameters: bool,
    },
}

/// Names of the columns.
#[derive(Debug)]
struct Columns {
    name: String,
    parameters: Option<String>,
    key_id: Option<String>,
}

/// One row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// Its number, from 1.
    pub number: u64,
    /// Name of the key.
    pub key: String,
    /// The file of its own import parameters: name for messages, and place.
    pub parameters: Option<(String, PathBuf)>,
    /// The key at the provider.
    pub key_id: Option<String>,
}

impl List {
    /// Reads the list of a batch through: every row must name a key of its own.
    pub fn from_file(name: &str, batch: &Batch, folder: &Path) -> Result<Self, EngineError> {
        let path = folder.join(batch.list.as_str());
        let (sha256, _) = files::digest(&path, MAX_BYTES)?;
        let text = |line: &crate::domain::script::Line| line.to_string();
        let mut list = Self {
            name: name.to_owned(),
            kind: batch.key.r#type.value,
            keys: 0,
            names: Digest::of(b""),
            source: Source::File {
                file: File {
                    path: batch.list.to_string(),
                    sha256,
                },
                path: path.clone(),
                folder: folder.to_owned(),
                columns: Columns {
                    name: text(&batch.column),
                    parameters: batch.parameters.as_ref().map(|at| text(at)),
                    key_id: batch.key_id.as_ref().map(|at| text(at)),
                },
            },
        };
        let (mut names, mut keys) = (Names::default(), 0);
        // Folders of an archive may be opened where capitals make no difference.
        let mut seen = std::collections::HashSet::new();
        for row in list.rows()? {
            let row = row?;
            if row.number > MAX_KEYS {
                return Err(ListError::TooManyRows(path).into());
            }
            names.add(&row.key);
            let whole = Digest::of(row.key.to_ascii_lowercase().as_bytes());
            let short = whole.0.first_chunk::<16>().copied().unwrap_or_default();
            if !seen.insert(short) {
                return Err(ListError::Twice {
                    path,
                    row: row.number,
                    name: row.key,
                }
                .into());
            }
            keys = row.number;
        }
        if keys == 0 {
            return Err(ListError::NoRows(path).into());
        }
        (list.keys, list.names) = (keys, names.digest());
        Ok(list)
    }

    /// The list of a rehearsal.
    pub fn stand_in(name: &str, batch: &Batch) -> Self {
        let mut names = Names::default();
        (1..=STAND_IN_KEYS).for_each(|number| names.add(&stand_in_name(name, number)));
        Self {
            name: name.to_owned(),
            kind: batch.key.r#type.value,
            keys: STAND_IN_KEYS,
            names: names.digest(),
            source: Source::StandIn {
                has_parameters: batch.parameters.is_some(),
            },
        }
    }

    /// Whether each key has import parameters of its own.
    pub fn has_parameters(&self) -> bool {
        match &self.source {
            Source::File { columns, .. } => columns.parameters.is_some(),
            Source::StandIn { has_parameters } => *has_parameters,
        }
    }

    /// As the record tells it.
    pub fn recorded(&self) -> record::Batch {
        record::Batch {
            name: self.name.clone(),
            list: match &self.source {
                Source::File { file, .. } => Some(file.clone()),
                Source::StandIn { .. } => None,
            },
            keys: self.keys,
            names: self.names,
        }
    }

    /// Its rows, read anew.
    pub fn rows(&self) -> Result<Rows<'_>, EngineError> {
        let Source::File {
            path,
            folder,
            columns,
            ..
        } = &self.source
        else {
            return Ok(Rows::StandIn {
                list: &self.name,
                next: 1,
            });
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(std::io::BufReader::new(files::open(path)?));
        let header = reader.headers().map_err(|error| not_csv(path, &error))?;
        let find = |column: &String| {
            header
                .iter()
                .position(|name| name.trim_start_matches('\u{feff}') == column)
                .ok_or_else(|| ListError::NoColumn {
                    path: path.clone(),
                    column: column.clone(),
                })
        };
        Ok(Rows::File(Box::new(FileRows {
            name: find(&columns.name)?,
            parameters: columns.parameters.as_ref().map(find).transpose()?,
            key_id: columns.key_id.as_ref().map(find).transpose()?,
            path,
            folder,
            number: 0,
            reader,
            record: csv::StringRecord::new(),
        })))
    }
}

/// SHA-256 of names in their order, each ended by a newline.
#[derive(Default)]
pub struct Names(Sha256);

impl Names {
    /// One more.
    pub fn add(&mut self, name: &str) {
        self.0.update(name.as_bytes());
        self.0.update(b"\n");
    }

    /// The digest of all.
    pub fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

fn stand_in_name(list: &str, number: u64) -> String {
    format!("{list}-{number}")
}

fn not_csv(path: &Path, error: &csv::Error) -> ListError {
    ListError::Csv {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

/// The rows of a list, one after the other.
pub enum Rows<'a> {
    /// Of a file.
    File(Box<FileRows<'a>>),
    /// Of a rehearsal.
    StandIn {
        /// Name of the list.
        list: &'a str,
        /// Number of the next row.
        next: u64,
    },
}

/// The rows of a file.
pub struct FileRows<'a> {
    path: &'a Path,
    folder: &'a Path,
    name: usize,
    parameters: Option<usize>,
    key_id: Option<usize>,
    number: u64,
    reader: csv::Reader<std::io::BufReader<fs::File>>,
    record: csv::StringRecord,
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::File(rows) => rows.next().map(|row| row.map_err(EngineError::from)),
            Self::StandIn { list, next } => {
                let number = *next;
                *next += 1;
                (number <= STAND_IN_KEYS).then(|| {
                    Ok(Row {
                        number,
                        key: stand_in_name(list, number),
                        parameters: None,
                        key_id: None,
                    })
                })
            }
        }
    }
}

impl FileRows<'_> {
    fn next(&mut self) -> Option<Result<Row, ListError>> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {
                self.number += 1;
                Some(self.row())
            }
            Ok(false) => None,
            Err(error) => Some(Err(not_csv(self.path, &error))),
        }
    }

    fn row(&self) -> Result<Row, ListError> {
        let field = |column: usize| self.record.get(column).unwrap_or_default().to_owned();
        let key = field(self.name);
        let fits = (1..=MAX_NAME).contains(&key.len())
            && key.starts_with(|c: char| c.is_ascii_alphanumeric())
            && key
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"._-".contains(&c));
        if !fits {
            return Err(ListError::Name {
                path: self.path.to_owned(),
                row: self.number,
                name: crate::domain::text::plain(&key).into_owned(),
            });
        }
        let parameters = match self.parameters.map(field) {
            Some(named) => {
                let inside: Result<RelativePath, serde::de::value::Error> =
                    RelativePath::deserialize(named.as_str().into_deserializer());
                let inside = inside.map_err(|_| ListError::Outside {
                    path: self.path.to_owned(),
                    row: self.number,
                })?;
                Some((named, self.folder.join(inside.as_str())))
            }
            None => None,
        };
        Ok(Row {
            number: self.number,
            key,
            parameters,
            key_id: self.key_id.map(field).filter(|id| !id.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(List, Vec<Row>), EngineError> {
        let folder = tempfile::tempdir().unwrap();
        files::write_file(&folder.path().join("keys.csv"), text.as_bytes()).unwrap();
        let batch: Batch = serde_json::from_value(serde_json::json!({
            "list": "keys.csv", "column": "tenant", "parameters": "file", "key-id": "id",
            "key": {"type": "aes-256", "owner": "x"}
        }))
        .unwrap();
        let list = List::from_file("tenants", &batch, folder.path())?;
        let rows = list.rows()?.collect::<Result<Vec<_>, _>>()?;
        Ok((list, rows))
    }

    fn refused(text: &str) -> ListError {
        match read(text) {
            Err(EngineError::List(error)) => error,
            Err(error) => panic!("{error}"),
            Ok((_, rows)) => panic!("{rows:?}"),
        }
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_and_quotes_are_taken_off() {
        let (list, rows) =
            read("\u{feff}id,tenant,more,file\r\nk-1,\"acme\",,a/p.json\r\n,b_2, x ,b.json\r\n")
                .unwrap();
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let (name, _) = row.parameters.as_ref().unwrap();
                (
                    row.number,
                    row.key.as_str(),
                    name.as_str(),
                    row.key_id.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                (1, "acme", "a/p.json", Some("k-1")),
                (2, "b_2", "b.json", None)
            ]
        );
        assert_eq!(list.keys, 2);
        assert_eq!(list.recorded().names, Digest::of(b"acme\nb_2\n"));
    }

    #[test]
    fn a_list_that_names_no_keys_is_refused_with_its_row() {
        let head = "tenant,file,id\n";
        for (text, says) in [
            ("", "NoColumn"),
            ("name,file,id\na,b,c\n", "NoColumn"),
            (head, "NoRows"),
            ("tenant,file,id\na,b\n", "Csv"),
            ("tenant,file,id\n../a,b,c\n", "Name"),
            ("tenant,file,id\n,b,c\n", "Name"),
            ("tenant,file,id\n.a,b,c\n", "Name"),
            ("tenant,file,id\na/b,b,c\n", "Name"),
            ("tenant,file,id\na,b,c\nA,b,c\n", "Twice"),
            ("tenant,file,id\na,/etc/passwd,c\n", "Outside"),
            ("tenant,file,id\na,../b,c\n", "Outside"),
            ("tenant,file,id\na,,c\n", "Outside"),
        ] {
            let found = format!("{:?}", refused(text));
            assert!(found.starts_with(says), "{text}: {found}");
        }
        let long = format!("{head}{},b,c\n", "a".repeat(61));
        assert!(matches!(refused(&long), ListError::Name { row: 1, .. }));
    }

    #[test]
    fn a_list_that_no_record_could_tell_is_refused() {
        use std::fmt::Write as _;
        let mut text = "tenant,file,id\n".to_owned();
        for number in 0..=MAX_KEYS {
            writeln!(text, "k{number},p,").unwrap();
        }
        assert!(matches!(refused(&text), ListError::TooManyRows(_)));
    }
}
