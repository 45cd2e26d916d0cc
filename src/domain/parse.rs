//! From the bytes of a YAML file to a [`Script`] or an [`Organisation`]; every mistake with its line
//! and column.

use serde::de::DeserializeOwned;
use serde_saphyr::Budget;
use serde_saphyr::DuplicateKeyPolicy;
use serde_saphyr::Error;
use serde_saphyr::Options;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::granit_parser::Event;
use serde_saphyr::granit_parser::Parser;

use crate::domain::finding::Finding;
use crate::domain::finding::NOT_BUILT;
use crate::domain::finding::SHAPE;
use crate::domain::finding::TEXT;
use crate::domain::organisation::Organisation;
use crate::domain::script::Place;
use crate::domain::script::Script;
use crate::domain::text::is_deceptive;
use crate::domain::text::list;
use crate::domain::text::nearest;
use crate::domain::text::plain;

/// The longest script that is read: 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

/// Fields and steps of the design that this version refuses, and what they will be for.
const LATER: &[(&str, &str)] = &[
    (
        "combine",
        "combining shares in a ceremony; `restore-test` rebuilds a key and compares it",
    ),
    ("import", "importing keys into a token"),
    (
        "print",
        "printing cards in a ceremony; `deliver: card-file` gives custodians cards to print",
    ),
];

/// Kinds of ceremony that are no steps: people try them as such.
const MOVES: &[&str] = &["activate", "suspend", "resume", "deactivate", "compromise"];

/// Reads a script.
///
/// # Errors
///
/// The first mistake in the text or in the shape. What a well-formed script may not say is for
/// [`crate::domain::room`].
pub fn parse(bytes: &[u8]) -> Result<Script, Box<Finding>> {
    let mut script: Script = read(bytes, &SCRIPT)?;
    script.policy.add_presets();
    Ok(script)
}

/// The fields of a script that [`parse`] reads, as a tree.
///
/// # Errors
///
/// The first mistake in the text.
pub fn tree(bytes: &[u8]) -> Result<serde_json::Value, Box<Finding>> {
    read(bytes, &SCRIPT)
}

/// Reads an organisation file.
///
/// # Errors
///
/// The first mistake in the text or in the shape. What else is wrong with it is for
/// [`crate::domain::organisation`].
pub fn parse_organisation(bytes: &[u8]) -> Result<Organisation, Box<Finding>> {
    let mut organisation: Organisation = read(bytes, &ORGANISATION)?;
    organisation.policy.add_presets();
    Ok(organisation)
}

/// Whether a file says of itself that it is an organisation file.
pub fn is_organisation(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| std::str::from_utf8(line).ok()?.strip_prefix("schema:"))
        .any(|schema| schema.contains("keyrite-organisation/"))
}

/// What kind of document is read, as its mistakes name it.
struct Document {
    name: &'static str,
    begins: &'static str,
    too_long: &'static str,
    schema: &'static str,
}

const SCRIPT: Document = Document {
    name: "script",
    begins: "it begins with `schema: keyrite/v1`",
    too_long: "a ceremony that people can follow is a few hundred lines; split it in two",
    schema: "`keyrite schema` has the form of every field",
};

const ORGANISATION: Document = Document {
    name: "organisation file",
    begins: "it begins with `schema: keyrite-organisation/v1`",
    too_long: "leave out people and machines that take part in no ceremony",
    schema: "`keyrite schema organisation` has the form of every field",
};

fn read<T: DeserializeOwned>(bytes: &[u8], document: &Document) -> Result<T, Box<Finding>> {
    let text = text(bytes, document)?;
    bare(text)?;
    serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| Box::new(explain(&error, document)))
}

fn text<'b>(bytes: &'b [u8], document: &Document) -> Result<&'b str, Box<Finding>> {
    let name = document.name;
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "the {name} is {} bytes long; at most {MAX_BYTES} are read",
            bytes.len()
        );
        return Err(Box::new(
            Finding::new(&TEXT, Place { line: 1, column: 1 }, message).hint(document.too_long),
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let place = end_of(&String::from_utf8_lossy(good));
        Box::new(
            Finding::new(
                &TEXT,
                place,
                format!("the {name} is not UTF-8 from here on"),
            )
            .hint("save it as UTF-8 in your editor"),
        )
    })?;
    let mut characters = text.char_indices().peekable();
    while let Some((offset, c)) = characters.next() {
        let line_ending = c == '\r' && characters.peek().is_some_and(|(_, next)| *next == '\n');
        if !is_deceptive(c) || line_ending {
            continue;
        }
        let place = end_of(text.get(..offset).unwrap_or_default());
        let (message, hint) = match c {
            '\t' => ("a tab stands here".to_owned(), "indent with spaces"),
            '\u{feff}' => (
                "a byte order mark stands here".to_owned(),
                "save the file as UTF-8 without byte order mark",
            ),
            _ if c.is_control() => (
                format!("the control character U+{:04X} stands here", u32::from(c)),
                "delete it",
            ),
            _ => (
                format!(
                    "the invisible or bidirectional character U+{:04X} stands here",
                    u32::from(c)
                ),
                "delete it; what is seen must be what is read",
            ),
        };
        return Err(Box::new(Finding::new(&TEXT, place, message).hint(hint)));
    }
    Ok(text)
}

/// Refuses what makes YAML say something else than it shows: a tag (`!!binary` turns a text into
/// another one), an anchor, an alias. What is no YAML at all is said later.
fn bare(text: &str) -> Result<(), Box<Finding>> {
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else {
            return Ok(());
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the other events carry no content, and the reader may get more of them"
        )]
        let (anchor, tagged) = match event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (anchor, tag.is_some()),
            Event::Alias(_) | Event::UnresolvedAlias(_) | Event::Anchor(..) => (1, false),
            _ => (0, false),
        };
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let place = Place {
            line: narrow(span.start.line()),
            column: narrow(span.start.col() + 1),
        };
        if tagged {
            return Err(Box::new(no_tags(place)));
        }
        if anchor != 0 {
            return Err(Box::new(no_anchors(place)));
        }
    }
    Ok(())
}

fn no_tags(place: Place) -> Finding {
    Finding::new(&TEXT, place, "tags (`!name`) are not read").hint("remove the tag")
}

fn no_anchors(place: Place) -> Finding {
    Finding::new(
        &TEXT,
        place,
        "anchors and aliases (`&name`, `*name`) are not read",
    )
    .hint("write the value out; what is reviewed must be what runs")
}

/// The place just after `text`.
fn end_of(text: &str) -> Place {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let line_start = text.rfind('\n').map_or(0, |at| at + 1);
    Place {
        line: narrow(text.matches('\n').count() + 1),
        column: narrow(text.get(line_start..).unwrap_or_default().chars().count() + 1),
    }
}

fn options() -> Options {
    let mut budget = Budget::default();
    budget.max_anchors = 0;
    budget.max_aliases = 0;
    budget.max_documents = 1;
    budget.max_depth = 16;
    budget.max_nodes = 50_000;
    budget.max_merge_keys = 0;
    let mut options = Options::default();
    options.budget = Some(budget);
    options.duplicate_keys = DuplicateKeyPolicy::Error;
    options.strict_booleans = true;
    options.no_schema = true;
    options.reject_unsupported_tags = true;
    options.with_snippet = false;
    options
}

/// Says in our words what the YAML reader found; its own are not for the people in the room.
fn explain(error: &Error, document: &Document) -> Finding {
    let name = document.name;
    let error = error.without_snippet();
    let place = error
        .location()
        .map_or(Place { line: 1, column: 1 }, |location| {
            let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
            Place {
                line: narrow(location.line()).max(1),
                column: narrow(location.column()).max(1),
            }
        });
    let shape = |message: String| Finding::new(&SHAPE, place, message);
    let text = |message: &str| Finding::new(&TEXT, place, message);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the reader's other errors all say `this is no YAML` in their own words"
    )]
    match error {
        Error::DuplicateMappingKey { key, .. } => {
            let key = key
                .as_deref()
                .map_or_else(|| "a key".to_owned(), |key| format!("`{}`", plain(key)));
            text(&format!("{key} stands twice in the same mapping")).hint("keep one of the two")
        }
        Error::SerdeUnknownField {
            field, expected, ..
        } => unknown("field", field, expected, place),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            let what = if expected.contains(&"sign-in") {
                "step"
            } else if expected.contains(&"aes-256") {
                "key type"
            } else {
                "word"
            };
            unknown(what, variant, expected, place)
        }
        Error::SerdeMissingField { field, .. } => {
            shape(format!("the field `{field}` is missing here")).hint(format!("add `{field}:`"))
        }
        Error::Message { msg, .. } => shape(plain(msg).into_owned()).hint(document.schema),
        Error::QuotingRequired { .. } => {
            shape("this is a number or another word of YAML, not a text".to_owned())
                .hint("put it in quotes")
        }
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => {
            shape(format!("expected {expected}, found {}", plain(unexpected))).hint(document.schema)
        }
        Error::SerdeInvalidLength { len, expected, .. } => {
            shape(format!("expected {expected}, found {len} items")).hint(document.schema)
        }
        Error::InvalidScalar { ty: expected, .. } | Error::Unexpected { expected, .. } => {
            let (what, how) = type_name(expected, document);
            shape(format!("expected {what}")).hint(how)
        }
        Error::UnexpectedValueForUnit { .. } | Error::UnexpectedValueForUnitEnumVariant { .. } => {
            shape("this word takes nothing after it".to_owned()).hint("write `- seal` alone")
        }
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => {
            shape("a second step begins here in the same list item".to_owned())
                .hint("begin each step with `- ` on a line of its own")
        }
        Error::NullIntoString { .. } => shape("a value is missing here".to_owned())
            .hint("write it behind the colon, or remove the field"),
        Error::Eof { .. } => {
            text(&format!("the {name} is empty, or ends too early")).hint(document.begins)
        }
        Error::MultipleDocuments { .. } => text("a second document begins here (`---`)")
            .hint(format!("the {name} is one document")),
        Error::UnknownAnchor { .. }
        | Error::Budget {
            breach: BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. },
            ..
        } => no_anchors(place),
        Error::Budget {
            breach: BudgetBreach::MergeKeys { .. },
            ..
        }
        | Error::MergeKeyNotAllowed { .. }
        | Error::MergeValueNotMapOrSeqOfMaps { .. } => {
            text("merge keys (`<<`) are not read").hint("write the fields out")
        }
        Error::Budget {
            breach: BudgetBreach::Documents { .. },
            ..
        } => text("a second document begins here (`---`)")
            .hint(format!("the {name} is one document")),
        Error::Budget { .. } => text(&format!(
            "the {name} is nested too deeply or has too many parts"
        ))
        .hint(document.too_long),
        Error::TaggedEnumMismatch { .. }
        | Error::TaggedScalarCannotDeserializeIntoString { .. } => no_tags(place),
        other => {
            let words = other.render();
            let words = words.lines().next().unwrap_or_default();
            let words = words
                .rsplit_once(" at line ")
                .map_or(words, |(words, _)| words);
            text(&format!(
                "this is no YAML that can be read: {}",
                plain(words)
            ))
            .hint("look at brackets, quotes and indentation here and just before")
        }
    }
}

fn unknown(what: &str, word: &str, expected: &[&str], place: Place) -> Finding {
    let later = LATER.iter().find(|(name, _)| *name == word);
    let step_or_field = what != "word" || !expected.contains(&"practice");
    if let Some((name, purpose)) = later.filter(|_| step_or_field) {
        let message = format!("`{name}` is not built in this version ({purpose})");
        return Finding::new(&NOT_BUILT, place, message)
            .hint("remove it; `keyrite schema` has what this version reads");
    }
    let word = plain(word);
    let finding = Finding::new(&SHAPE, place, format!("unknown {what} `{word}`"));
    if what == "step" && MOVES.contains(&&*word) {
        return finding
            .hint("write `move: {key: LABEL, to: STATE, …}`: it takes a key to another state");
    }
    let quoted: Vec<String> = expected.iter().map(|name| format!("`{name}`")).collect();
    match nearest(&word, expected.iter().copied()) {
        Some(near) => finding.hint(format!("did you mean `{near}`?")),
        None => finding.hint(format!("known here: {}", list(&quoted))),
    }
}

/// What was expected, and how it is written.
fn type_name<'t>(ty: &'t str, document: &Document) -> (&'t str, &'static str) {
    match ty {
        "u8" => (
            "a whole number from 0 to 255",
            "write it in digits, without quotes",
        ),
        "u32" | "u64" | "i64" => ("a whole number", "write it in digits, without quotes"),
        "f64" => ("a number", "write it in digits, without quotes"),
        "string scalar" => ("a text", "put it in quotes if it has special characters"),
        "sequence start" => (
            "a list",
            "write `[one, other]`, or `- one` on a line of its own",
        ),
        "mapping start" => (
            "fields",
            "write `name: value` on lines of their own, or `{name: value}`",
        ),
        other => (other, document.schema),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: &str, step: &str) -> Finding {
        let script = format!(
            "schema: keyrite/v1
ceremony: t
title: T
kind: {kind}
mode: practice
people: {{ana: {{name: Ana}}}}
roles: {{administrator: [ana]}}
token: {{core: software}}
steps:
  - {step}: k
"
        );
        *parse(script.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_state_that_is_written_as_a_step_is_led_to_the_step_that_takes_a_key_there() {
        for word in MOVES {
            let finding = refused(word, word);
            assert_eq!(finding.message, format!("unknown step `{word}`"));
            assert!(finding.hint.unwrap().contains("`move: "), "{word}");
        }
        let other = refused("import", "teleport");
        assert!(other.hint.unwrap().starts_with("known here: "));
    }
}
