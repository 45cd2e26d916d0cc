//! `keyrite providers`

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::ProvidersArgs;
use crate::cli::fail;
use crate::crypto::library;
use crate::crypto::wrap::AesMode;
use crate::domain::algorithm::KeyType;
use crate::error::Exit;
use crate::providers::NO_LIMIT;
use crate::providers::PROVIDERS;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::about::Fact;
use crate::providers::provider;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

/// How wide a line may be.
const WIDTH: usize = 80;

pub(super) fn providers(arguments: &ProvidersArgs, style: Style) -> Exit {
    let out = Printer::results(style);
    let Some(id) = arguments.provider.as_deref() else {
        match arguments.format {
            Format::Json => {
                let all: Vec<Value> = PROVIDERS.iter().map(|one| in_json(*one)).collect();
                out.raw(&format!("{:#}\n", json!({ "providers": all })));
            }
            Format::Text => list(out),
        }
        return Exit::Done;
    };
    let found = match provider(id) {
        Ok(found) => found,
        Err(error) => return fail(&error, style),
    };
    match arguments.format {
        Format::Json => out.raw(&format!("{:#}\n", in_json(found))),
        Format::Text => tell(out, found),
    }
    Exit::Done
}

/// One paragraph a provider.
fn list(out: Printer) {
    for provider in PROVIDERS {
        let title = format!("{:<19} {}", provider.id(), provider.title());
        out.line(Tone::Title, &title);
        for rows in grouped(provider.profiles()) {
            let mark = not_built(&rows.all).map_or(String::new(), |why| format!(" – {why}"));
            wrapped(out, 4, 8, &format!("{}{mark}", rows.name));
        }
    }
    out.raw("\n");
    wrapped(
        out,
        0,
        0,
        "`keyrite providers NAME` tells sizes, limits, commands and sources.",
    );
}

/// Everything about one.
fn tell(out: Printer, provider: &dyn Provider) {
    let about = provider.about();
    let mut sources = Sources::default();
    let heading = |text: &str| {
        out.raw("\n");
        out.line(Tone::Step, text);
    };
    let items = |texts: &[&str]| {
        for text in texts {
            wrapped(out, 2, 4, &format!("- {text}"));
        }
    };
    out.line(
        Tone::Title,
        &format!("{} ({})", provider.title(), provider.id()),
    );

    heading("Algorithms");
    for rows in grouped(provider.profiles()) {
        let profile = rows.first;
        out.line(Tone::Plain, &format!("  {}", rows.name));
        let bits: Vec<String> = profile
            .wrapping_key_bits
            .iter()
            .map(ToString::to_string)
            .collect();
        let what = if profile.construction.is_under_aes() {
            "AES"
        } else {
            "RSA"
        };
        let mut text = format!("wrapping key {what} {}", bits.join(", "));
        if profile.max_blob != NO_LIMIT {
            text = format!("{text}; at most {} bytes wrapped", profile.max_blob);
        }
        wrapped(out, 6, 6, &text);
        let carries: Vec<&str> = profile.carries.iter().map(|kind| kind.name()).collect();
        wrapped(out, 6, 6, &format!("carries {}", carries.join(", ")));
        let every = if rows.all.len() > 1 {
            " with every HASH"
        } else {
            ""
        };
        for excluded in &rows.excluded {
            wrapped(out, 6, 6, &format!("not{every}: {excluded}"));
        }
        let number = sources.number(profile.source, profile.read);
        wrapped(out, 6, 6, &format!("{} [{number}]", rows.implementations));
        let kinds = keys_not_built(profile);
        for text in not_built(&rows.all).into_iter().chain(kinds) {
            wrapped(out, 6, 6, &text);
        }
    }
    for (name, why) in provider.refused() {
        wrapped(out, 2, 6, &format!("{name} is refused: {why}"));
    }

    heading("Reads");
    items(about.reads);
    let number = sources.number(about.lifetime.source, about.lifetime.read);
    wrapped(
        out,
        2,
        4,
        &format!("- lifetime: {} [{number}]", about.lifetime.says),
    );
    if provider.attests() {
        wrapped(
            out,
            2,
            4,
            "- an attestation, as a file: the key in it is compared with the wrapping key, its SHA-256 is recorded",
        );
    }
    wrapped(
        out,
        2,
        4,
        if provider.needs_import_token() {
            "- keys of a list (step `batch`): each has parameters of its own, named in a column"
        } else {
            "- keys of a list (step `batch`): all go under one wrapping key"
        },
    );
    heading("Writes");
    items(about.writes);
    heading("Names");
    wrapped(out, 2, 4, &format!("- key (`--key-id`): {}", about.key_id));
    if let Some(id) = about.wrapping_key_id {
        let needed = if provider.needs_wrapping_key_id() {
            "needed, "
        } else {
            ""
        };
        wrapped(
            out,
            2,
            4,
            &format!("- wrapping key (`--wrapping-key-id`): {needed}{id}"),
        );
    }
    let types: Vec<String> = provider
        .import_types()
        .iter()
        .map(ToString::to_string)
        .collect();
    if !types.is_empty() {
        wrapped(
            out,
            2,
            4,
            &format!(
                "- import types besides the first (`--import-type`): {}",
                types.join(", ")
            ),
        );
    }
    heading("Facts");
    for one in about.facts {
        fact(out, &mut sources, one);
    }
    for (title, commands) in [("Before", about.before), ("After", about.after)] {
        if !commands.is_empty() {
            heading(title);
            for command in commands {
                shell(out, command);
            }
        }
    }
    heading("Not confirmed by anybody, and not built on");
    if about.unconfirmed.is_empty() {
        wrapped(out, 2, 2, "nothing");
    }
    items(about.unconfirmed);
    heading("Keys that stay outside (HYOK)");
    match &about.external {
        Some(one) => fact(out, &mut sources, one),
        None => wrapped(out, 2, 2, "none, or nothing was found"),
    }
    heading("Sources, and when they were read");
    for (number, (source, read)) in (1..).zip(&sources.0) {
        // An address is longer than a line now and then, and never broken.
        for line in broken(2, 6, &format!("[{number}] {source} ({read})")) {
            out.line(Tone::Quiet, &line);
        }
    }
    out.raw("\n");
    wrapped(
        out,
        0,
        0,
        "Read from public documents; not tried against the live service. Labels of OAEP are empty.",
    );
}

/// Rows of a table that differ in nothing but hash functions.
struct Rows {
    name: String,
    first: &'static Profile,
    all: Vec<&'static Profile>,
    excluded: Vec<String>,
    implementations: String,
}

fn grouped(profiles: &'static [Profile]) -> Vec<Rows> {
    let mut groups: Vec<(String, Vec<&'static Profile>)> = Vec::new();
    for profile in profiles {
        let name = pattern(profile);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push(profile),
            None => groups.push((name, vec![profile])),
        }
    }
    groups
        .into_iter()
        .filter_map(|(name, rows)| {
            let first = rows.first().copied()?;
            let of = |two: bool| rows.iter().any(|row| row.construction.has_two_implementations() == two);
            let implementations = match (of(true), of(false)) {
                (true, false) => "made by aws-lc-rs, checked by RustCrypto",
                (false, _) => "one implementation: RustCrypto makes it, keyrite's own decoding checks it",
                (true, true) => "one HASH in both places, but sha224: made by aws-lc-rs, checked by RustCrypto; else one implementation: RustCrypto makes it, keyrite's own decoding checks it",
            };
            let mut excluded: Vec<String> = Vec::new();
            for (kind, bits) in rows.iter().flat_map(|row| row.not_with) {
                let text = format!("{kind} under {bits} bits");
                if !excluded.contains(&text) {
                    excluded.push(text);
                }
            }
            Some(Rows {
                name,
                first,
                all: rows,
                excluded,
                implementations: implementations.to_owned(),
            })
        })
        .collect()
}

/// What this build does not do of these rows; nothing in a build without the FIPS module.
fn not_built(rows: &[&Profile]) -> Option<String> {
    unapproved(rows).filter(|_| library::FIPS)
}

/// Keys that this build does not take; none in a build without the FIPS module.
fn keys_not_built(profile: &Profile) -> Option<String> {
    unapproved_keys(profile).filter(|_| library::FIPS)
}

/// What the FIPS module does not do of these rows. What an HSM does is its own module's business.
fn unapproved(rows: &[&Profile]) -> Option<String> {
    let (kept, refused): (Vec<&Profile>, Vec<&Profile>) = rows
        .iter()
        .copied()
        .partition(|row| library::unapproved_wrap(row.construction).is_none());
    let kept: Vec<&str> = kept.iter().map(|row| row.algorithm).collect();
    match (refused.is_empty(), kept.is_empty()) {
        (true, _) => None,
        (false, true) => {
            Some("refused by the FIPS module of this build, but for a key in an HSM".to_owned())
        }
        (false, false) => Some(format!(
            "with the FIPS module of this build only {}, but for a key in an HSM",
            kept.join(", ")
        )),
    }
}

/// Types of keys that a row carries and the FIPS module does not take.
fn unapproved_keys(profile: &Profile) -> Option<String> {
    let refused = profile.carries.iter().copied();
    let refused = refused.filter(|kind| library::unapproved_key(*kind).is_some());
    let names: Vec<&str> = refused.map(KeyType::name).collect();
    let names = (!names.is_empty()).then(|| names.join(", "))?;
    Some(format!(
        "{names}: refused by the FIPS module of this build, but for a key in an HSM"
    ))
}

/// The name with the hash functions of a pair left open.
fn pattern(profile: &Profile) -> String {
    let name = profile.algorithm;
    let Some((head, tail)) = name.split_once("-mgf1-") else {
        return name.to_owned();
    };
    let head = head.rsplit_once('-').map_or(head, |(head, _)| head);
    let tail = tail
        .split_once('+')
        .map_or(String::new(), |(_, rest)| format!("+{rest}"));
    format!("{head}-HASH-mgf1-HASH{tail}   (sha1, sha224, sha256, sha384, sha512)")
}

fn fact(out: Printer, sources: &mut Sources, fact: &Fact) {
    let number = sources.number(fact.source, fact.read);
    wrapped(out, 2, 4, &format!("- {} [{number}]", fact.says));
}

/// Sources and dates, each once, in the order in which they are needed.
#[derive(Default)]
struct Sources(Vec<(&'static str, &'static str)>);

impl Sources {
    fn number(&mut self, source: &'static str, read: &'static str) -> usize {
        let known = self.0.iter().position(|known| *known == (source, read));
        known.unwrap_or_else(|| {
            self.0.push((source, read));
            self.0.len() - 1
        }) + 1
    }
}

/// A command over several lines that can be copied.
fn shell(out: Printer, command: &str) {
    let (command, note) = command.split_once("   ").unwrap_or((command, ""));
    let lines = broken(2, 4, command);
    let last = lines.len().saturating_sub(1);
    for (row, line) in lines.iter().enumerate() {
        let more = if row == last { "" } else { " \\" };
        out.line(Tone::Plain, &format!("{line}{more}"));
    }
    if !note.is_empty() {
        wrapped(
            out,
            6,
            6,
            &format!("# {}", note.trim_matches(['(', ')', ' '])),
        );
    }
}

fn wrapped(out: Printer, first: usize, rest: usize, text: &str) {
    for line in broken(first, rest, text) {
        out.line(Tone::Plain, &line);
    }
}

/// Lines of at most [`WIDTH`] columns, two of them kept for a backslash.
fn broken(first: usize, rest: usize, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = " ".repeat(first);
    let mut empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let needs = line.chars().count() + word.chars().count() + usize::from(!empty);
        if !empty && needs > WIDTH - 2 {
            lines.push(std::mem::replace(&mut line, " ".repeat(rest)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines
}

fn in_json(provider: &dyn Provider) -> Value {
    let about = provider.about();
    let fact = |fact: &Fact| json!({"says": fact.says, "source": fact.source, "read": fact.read});
    let profiles: Vec<Value> = provider
        .profiles()
        .iter()
        .map(|profile| {
            let names = |kinds: &[KeyType]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>();
            let not_with: Vec<Value> = profile
                .not_with
                .iter()
                .map(|(kind, bits)| json!({"key-type": kind, "wrapping-key-bits": bits}))
                .collect();
            let hashes = profile.construction.oaep();
            let mut fields = json!({
                "algorithm": profile.algorithm,
                "oaep-hash": hashes.map(|hashes| hashes.hash.name()),
                "mgf1-hash": hashes.map(|hashes| hashes.mgf.name()),
                "aes": profile.construction.aes().map(AesMode::name),
                "wrapping-key-bits": profile.wrapping_key_bits,
                "key-types": names(profile.carries),
                "not-with": not_with,
                "max-bytes": (profile.max_blob != NO_LIMIT).then_some(profile.max_blob),
                "made-by": profile.construction.maker(),
                "checked-by": profile.construction.checker(),
                "implementations": if profile.construction.has_two_implementations() { 2 } else { 1 },
                "source": profile.source,
                "read": profile.read,
            });
            if library::FIPS && let Some(fields) = fields.as_object_mut() {
                let approved = library::unapproved_wrap(profile.construction).is_none();
                fields.insert("fips-module".to_owned(), json!(approved));
            }
            fields
        })
        .collect();
    let refused: Vec<Value> = provider
        .refused()
        .iter()
        .map(|(algorithm, why)| json!({"algorithm": algorithm, "because": why}))
        .collect();
    json!({
        "id": provider.id(),
        "title": provider.title(),
        "profiles": profiles,
        "refused": refused,
        "reads": about.reads,
        "writes": about.writes,
        "key-id": about.key_id,
        "wrapping-key-id": about.wrapping_key_id,
        "needs-wrapping-key-id": provider.needs_wrapping_key_id(),
        "needs-import-token": provider.needs_import_token(),
        "shares-wrapping-key": !provider.needs_import_token(),
        "attests": provider.attests(),
        "ends-material": provider.ends_material(),
        "import-types": provider.import_types().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "lifetime-seconds": provider.parameters_live(),
        "lifetime": fact(&about.lifetime),
        "facts": about.facts.iter().map(fact).collect::<Vec<_>>(),
        "before": about.before,
        "after": about.after,
        "unconfirmed": about.unconfirmed,
        "external": about.external.as_ref().map(fact),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_before_they_are_too_wide() {
        let lines = broken(2, 4, &"word ".repeat(40));
        assert!(lines.len() > 2 && lines.iter().all(|line| line.chars().count() <= WIDTH - 2));
        assert!(lines[0].starts_with("  word") && lines[1].starts_with("    word"));
    }

    #[test]
    fn a_build_with_the_fips_module_says_what_it_refuses_of_each_row_and_no_other_build_does() {
        let told = |id: &str| -> Vec<String> {
            let groups = grouped(provider(id).unwrap().profiles()).into_iter();
            let told = groups.filter_map(|rows| {
                let why = unapproved(&rows.all);
                assert_eq!(not_built(&rows.all), why.clone().filter(|_| library::FIPS));
                why.map(|why| format!("{}: {why}", rows.first.algorithm))
            });
            told.collect()
        };
        assert_eq!(told("google-kms"), [""; 0]);
        let none = "refused by the FIPS module of this build, but for a key in an HSM";
        assert_eq!(told("vault"), [format!("sha224: {none}")]);
        let some = told("generic");
        assert_eq!(some.len(), 2, "{some:?}");
        assert!(
            some[0].ends_with(
                "only oaep-sha256-mgf1-sha256, oaep-sha384-mgf1-sha384, oaep-sha512-mgf1-sha512, \
                 oaep-sha1-mgf1-sha1, but for a key in an HSM"
            ),
            "{some:?}"
        );
        let carries = |id: &str| unapproved_keys(&provider(id).unwrap().profiles()[0]);
        assert_eq!(carries("google-kms"), Some(format!("ec-secp256k1: {none}")));
        let first = &provider("google-kms").unwrap().profiles()[0];
        assert_eq!(keys_not_built(first).is_some(), library::FIPS);
    }

    #[test]
    fn rows_that_differ_in_hash_functions_are_shown_once() {
        let generic = provider("generic").unwrap();
        let names: Vec<String> = grouped(generic.profiles())
            .into_iter()
            .map(|rows| rows.name)
            .collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(grouped(provider("aws-kms").unwrap().profiles()).len(), 4);
    }
}
