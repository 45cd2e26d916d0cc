//! An answer in JSON, written an item at a time: a register has very many keys.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::io::Write as _;

use serde::Serialize;
use serde::Serializer;
use serde_json::Value;
use serde_json::json;

use crate::ui::printer::Printer;

/// The fields of an answer, in the order of their names.
pub(super) type Fields<'a> = BTreeMap<String, Field<'a>>;

/// What one field holds.
pub(super) enum Field<'a> {
    /// Something short.
    Whole(Value),
    /// Many things, each made when it is written, and forgotten.
    Each(RefCell<Box<dyn Iterator<Item = Value> + 'a>>),
}

impl<'a> Field<'a> {
    /// Many things, one after the other.
    pub(super) fn each<T: Serialize + 'a>(all: impl IntoIterator<Item = T> + 'a) -> Self {
        Self::Each(RefCell::new(Box::new(
            all.into_iter().map(|one| json!(one)),
        )))
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(value) => value.serialize(to),
            Self::Each(all) => to.collect_seq(all.borrow_mut().by_ref()),
        }
    }
}

/// The fields of an answer that is short.
pub(super) fn whole<'a>(answer: Value) -> Fields<'a> {
    match answer {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, Field::Whole(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Fields::new()
        }
    }
}

/// Writes an answer.
pub(super) fn write(out: Printer, fields: &Fields<'_>) {
    let mut to = Lines {
        out,
        begun: Vec::new(),
    };
    let written = serde_json::to_writer_pretty(&mut to, fields);
    let written = written.map_err(io::Error::from);
    // The printer takes everything, and tells itself what it could not write.
    drop(written.and_then(|()| to.write_all(b"\n")));
}

/// A printer, for what writes bytes: it gets whole lines, and so text.
struct Lines {
    out: Printer,
    begun: Vec<u8>,
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend(bytes);
        if bytes.contains(&b'\n')
            && let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n')
        {
            let rest = self.begun.split_off(end + 1);
            self.out.raw(&String::from_utf8_lossy(&self.begun));
            self.begun = rest;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_written_item_by_item_is_the_one_that_is_written_whole() {
        let items = vec![json!({"b": [1, 2], "a": null}), json!({"c": {"d": "e"}})];
        let answer = json!({"keys": items, "as-of": "2026-01-01", "wrong": []});
        let mut fields = whole(answer.clone());
        fields.insert("keys".to_owned(), Field::each(&items));
        let text = serde_json::to_string_pretty(&fields).unwrap();
        assert_eq!(text, format!("{answer:#}"));
    }
}
