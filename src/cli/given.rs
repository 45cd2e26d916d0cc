//! `keyrite given`

mod lifecycle;

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::GivenArgs;
use crate::cli::fail;
use crate::domain::record::Given;
use crate::domain::record::Mode;
use crate::domain::record::Subject;
use crate::domain::text::list;
use crate::engine::given::Left;
use crate::engine::given::given;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

pub(super) fn print(arguments: &GivenArgs, style: Style) -> Exit {
    let Left {
        keys,
        lives,
        verdict,
    } = match given(&arguments.dir, arguments.key.as_deref()) {
        Ok(found) => found,
        Err(error) => return fail(&error, style),
    };
    let out = Printer::results(style);
    match arguments.format {
        Format::Text => {
            out.raw(&block(&keys, verdict.mode));
            out.raw(&lifecycle::block(&lives));
        }
        Format::Json => {
            let keys: BTreeMap<&str, Value> = keys
                .iter()
                .map(|given| {
                    let mut value = serde_json::to_value(given).unwrap_or_default();
                    if let Some(fields) = value.as_object_mut() {
                        fields.remove("key");
                        fields.insert("mode".to_owned(), json!(verdict.mode));
                    }
                    (given.key.as_str(), value)
                })
                .collect();
            let lives: BTreeMap<&str, Value> = lives
                .iter()
                .map(|life| {
                    let mut value = serde_json::to_value(life).unwrap_or_default();
                    if let Some(fields) = value.as_object_mut() {
                        fields.remove("key");
                    }
                    (life.key.as_str(), value)
                })
                .collect();
            let object = json!({
                "given": keys,
                "lifecycle": lives,
                "ceremony": verdict.ceremony,
                "outstanding": verdict.outstanding,
            });
            out.raw(&format!("{object:#}\n"));
        }
    }
    let talk = Printer::talk(style);
    if !verdict.outstanding.is_empty() {
        talk.line(
            Tone::Plain,
            &format!(
                "note: the record is not signed yet by {}",
                list(&verdict.outstanding)
            ),
        );
    }
    for given in &keys {
        for set in &given.older {
            talk.line(
                Tone::Plain,
                &format!(
                    "note: old shares of key {} (epoch {}) may still rebuild it",
                    given.key, set.epoch
                ),
            );
        }
    }
    for backup in keys.iter().filter_map(|given| given.backup.as_ref()) {
        talk.line(
            Tone::Plain,
            &format!("note: put a copy of {} beside the new script", backup.file),
        );
    }
    verdict.exit()
}

/// The block of a script, to be pasted: every text in quotes, so that none is read as a number.
fn block(keys: &[Given], mode: Option<Mode>) -> String {
    let mut text = if keys.is_empty() {
        String::new()
    } else {
        "given:\n".to_owned()
    };
    for given in keys {
        let set = &given.share_set;
        let subject = word(set.subject);
        let mut line = |depth: usize, words: String| {
            text.push_str(&"  ".repeat(depth));
            text.push_str(&words);
            text.push('\n');
        };
        line(1, format!("{}:", quoted(&given.key)));
        line(2, format!("record: {}", quoted(&given.record)));
        match mode {
            Some(Mode::Practice) => line(2, "mode: practice".to_owned()),
            Some(Mode::Production) => line(2, "mode: production".to_owned()),
            // Of a rehearsal nothing is given.
            Some(Mode::Rehearsal) | None => {}
        }
        line(2, format!("check-values: {}", values(&given.check_values)));
        if let Some(backup) = &given.backup {
            line(
                2,
                format!(
                    "backup: {{file: {}, sha256: {}}}",
                    quoted(&backup.file),
                    quoted(&backup.sha256)
                ),
            );
        }
        line(2, "share-set:".to_owned());
        line(3, format!("id: {}", quoted(&set.id)));
        line(3, format!("epoch: {}", set.epoch));
        line(3, format!("threshold: {}", set.threshold));
        line(3, format!("subject: {subject}"));
        line(3, format!("check-values: {}", values(&set.check_values)));
        line(3, "shares:".to_owned());
        for share in &set.shares {
            let file = share
                .file
                .as_ref()
                .map_or(String::new(), |file| format!(", file: {}", quoted(file)));
            let deliver = share
                .delivery
                .map_or(String::new(), |it| format!(", deliver: {}", it.name()));
            line(
                4,
                format!(
                    "- {{index: {}, custodian: {}, commitment: {}{file}{deliver}}}",
                    share.index,
                    quoted(&share.custodian),
                    quoted(&share.commitment)
                ),
            );
        }
        if !given.older.is_empty() {
            line(2, "older:".to_owned());
        }
        for set in &given.older {
            let custodians: Vec<String> = set.custodians.iter().map(quoted).collect();
            line(
                3,
                format!(
                    "- {{id: {}, epoch: {}, threshold: {}, subject: {}, custodians: [{}]}}",
                    quoted(&set.id),
                    set.epoch,
                    set.threshold,
                    word(set.subject),
                    custodians.join(", ")
                ),
            );
        }
    }
    text
}

fn word(subject: Subject) -> &'static str {
    match subject {
        Subject::Key => "key",
        Subject::BackupKey => "backup-key",
        Subject::Component => "component",
    }
}

fn values(values: &BTreeMap<String, String>) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name}: {}", quoted(value)))
        .collect();
    format!("{{{}}}", values.join(", "))
}

/// A JSON string is a YAML string.
fn quoted(text: &impl ToString) -> String {
    Value::from(text.to_string()).to_string()
}
