//! `keyrite given`

pub(super) mod lifecycle;
mod register;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::GivenArgs;
use crate::cli::fail;
use crate::domain::record::Given;
use crate::domain::record::Life;
use crate::domain::record::Mode;
use crate::domain::record::Subject;
use crate::domain::text::list;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::given::Left;
use crate::engine::given::given;
use crate::error::Exit;
use crate::register::shelf::Shelf;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;

pub(super) fn print(arguments: &GivenArgs, style: Style) -> Exit {
    if Shelf::is_at(&arguments.dir) {
        return register::print(arguments, style).unwrap_or_else(|error| fail(&error, style));
    }
    if arguments.versions {
        let dir = arguments.dir.clone();
        let because = "only a register knows which version of a key is the newest".to_owned();
        return fail(&EngineError::NothingGiven { dir, because }, style);
    }
    let Left {
        keys,
        lives,
        verdict,
    } = match given(&arguments.dir, arguments.key.as_deref()) {
        Ok(found) => found,
        Err(error) => return fail(&error, style),
    };
    let keys: Vec<Shared> = keys.into_iter().map(|key| (key, verdict.mode)).collect();
    let more = [
        ("ceremony", json!(verdict.ceremony)),
        ("outstanding", json!(verdict.outstanding)),
    ];
    show(&keys, &lives, more, arguments.format, style);
    if !verdict.outstanding.is_empty() {
        let people = list(&verdict.outstanding);
        let note = format!("the record is not signed yet by {people}");
        Printer::talk(style).say(&Say::Note(&note));
    }
    verdict.exit()
}

/// A key in shares, and what the ceremony that made it is worth.
type Shared = (Given, Option<Mode>);

/// The blocks of a script, or one object, and what to mind.
fn show<const N: usize>(
    keys: &[Shared],
    lives: &[Life],
    more: [(&str, Value); N],
    format: Format,
    style: Style,
) {
    let out = Printer::results(style);
    match format {
        Format::Text => {
            out.raw(&block(keys));
            out.raw(&lifecycle::block(lives));
        }
        Format::Json => {
            let keys = keys.iter().map(|(given, mode)| {
                let mut fields = fields(given);
                fields.insert("mode".to_owned(), json!(mode));
                (given.key.as_str(), fields)
            });
            let lives = lives.iter().map(|life| (life.key.as_str(), fields(life)));
            let mut object = serde_json::Map::new();
            object.insert("given".to_owned(), json!(keys.collect::<BTreeMap<_, _>>()));
            object.insert(
                "lifecycle".to_owned(),
                json!(lives.collect::<BTreeMap<_, _>>()),
            );
            object.extend(more.map(|(name, value)| (name.to_owned(), value)));
            out.raw(&format!("{:#}\n", Value::Object(object)));
        }
    }
    let talk = Printer::talk(style);
    for (given, _) in keys {
        for set in &given.older {
            talk.say(&Say::Note(&format!(
                "old shares of key {} (epoch {}) may still rebuild it",
                given.key, set.epoch
            )));
        }
    }
    for backup in keys.iter().filter_map(|(given, _)| given.backup.as_ref()) {
        talk.say(&Say::Note(&format!(
            "put a copy of {} beside the new script",
            backup.file
        )));
    }
}

/// Everything but the label, under which it stands.
fn fields(of: &impl Serialize) -> serde_json::Map<String, Value> {
    let mut fields = match serde_json::to_value(of) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    fields.remove("key");
    fields
}

/// The block of a script, to be pasted: every text in quotes, so that none is read as a number.
fn block(keys: &[Shared]) -> String {
    let mut text = if keys.is_empty() {
        String::new()
    } else {
        "given:\n".to_owned()
    };
    for (given, mode) in keys {
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
