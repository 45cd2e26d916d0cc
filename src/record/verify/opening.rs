//! The first entry against the script and the files beside it.

mod access;
mod given;
mod items;
mod readiness;

use std::collections::BTreeSet;

use crate::domain::record::Digest;
use crate::domain::record::Fetched;
use crate::domain::record::Input;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Person;
use crate::domain::record::namespace;
use crate::domain::script::Id;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::plain;
use crate::record::signing::Message;
use crate::record::signing::PublicKey;
use crate::record::verify::Approval;
use crate::record::verify::Dossier;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::keys::Claim;
use crate::record::verify::keys::Keys;
use crate::record::verify::tally::Tally;

/// Line of the first entry.
const LINE: Option<u64> = Some(1);

pub(super) fn check(
    dossier: &Dossier,
    script: &Script,
    open: &Open,
    at: Moment,
    keys: &Keys<'_>,
    tally: &mut Tally,
) -> Vec<Approval> {
    tally.about(Check::Opening);
    words(script, open, tally);
    digests(dossier, open, tally);
    verifier(dossier, open, tally);
    people(script, open, tally);
    signing_keys(script, open, at, keys, tally);
    inputs(script, open, tally);
    batches(script, open, tally);
    given::check(script, open, tally);
    items::check(script, open, tally);
    access::check(script, open, tally);
    readiness::check(script, open, tally);
    tally.hold(
        "the record names this script's title, people, roles, keys and import parameters, and this allowed_signers, VERIFY.txt and verify.py",
    );
    let approved = approvals(dossier, script, open, at, keys, tally);
    given::earlier(open, tally);
    match open.mode {
        Mode::Rehearsal => tally.note(
            "a rehearsal: throwaway keys, stand-in people and a stand-in provider; it proves nothing but the script",
        ),
        Mode::Practice => {
            tally.note("a practice ceremony: real people, but keys that must not be used");
        }
        Mode::Production => {}
    }
    approved
}

fn words(script: &Script, open: &Open, tally: &mut Tally) {
    let facts = [
        ("ceremony", open.ceremony.as_str(), script.ceremony.as_str()),
        ("title", &open.title, script.title.as_str()),
        ("kind", &open.kind, script.kind.name()),
    ];
    for (name, found, wanted) in facts {
        if found != wanted {
            tally.wrong(
                LINE,
                format!("the record names the {name} `{found}`; the script says `{wanted}`"),
            );
        }
    }
    let live = Mode::from(script.mode.value);
    if open.mode != Mode::Rehearsal && open.mode != live {
        tally.wrong(
            LINE,
            format!(
                "the record is of a {} ceremony; the script is for {live}",
                open.mode
            ),
        );
    }
}

fn digests(dossier: &Dossier, open: &Open, tally: &mut Tally) {
    let facts = [
        (
            "allowed_signers",
            open.allowed_signers,
            &dossier.allowed_signers,
        ),
        ("VERIFY.txt", open.verify_txt, &dossier.verify_txt),
    ];
    for (name, wanted, bytes) in facts {
        if bytes.is_empty() {
            tally.wrong(LINE, format!("{name} is missing or empty"));
        } else if Digest::of(bytes) != wanted {
            tally.wrong(
                LINE,
                format!(
                    "{name} is not the file that the record names: its SHA-256 is {}, {wanted} was recorded",
                    Digest::of(bytes)
                ),
            );
        }
    }
}

/// verify.py: records of before it was written beside them name none.
fn verifier(dossier: &Dossier, open: &Open, tally: &mut Tally) {
    match (&dossier.verify_py, open.verify_py) {
        (None, Some(_)) => tally.wrong(LINE, "verify.py is missing"),
        (Some(_), None) => tally.wrong(LINE, "verify.py is there, and the record does not name it"),
        (Some(bytes), Some(wanted)) if Digest::of(bytes) != wanted => tally.wrong_hint(
            LINE,
            format!(
                "verify.py is not the file that the record names: its SHA-256 is {}, {wanted} was recorded",
                Digest::of(bytes)
            ),
            Some("do not run it".to_owned()),
        ),
        (None, None) | (Some(_), Some(_)) => {}
    }
}

fn people(script: &Script, open: &Open, tally: &mut Tally) {
    for (id, wanted) in &script.people {
        let Some(found) = open.people.iter().find(|person| person.id == id.as_str()) else {
            tally.wrong(
                LINE,
                format!("the record does not name {id}, whom the script names"),
            );
            continue;
        };
        if found.name != wanted.name.as_str() {
            tally.wrong(
                LINE,
                format!(
                    "the record calls {id} `{}`; the script says `{}`",
                    found.name, wanted.name
                ),
            );
        }
        let roles: Vec<&str> = script
            .roles
            .of(id.as_str())
            .into_iter()
            .map(Role::name)
            .collect();
        if found.roles != roles {
            tally.wrong(
                LINE,
                format!(
                    "the record gives {id} the roles [{}]; the script says [{}]",
                    found.roles.join(", "),
                    roles.join(", ")
                ),
            );
        }
    }
    let mut seen = BTreeSet::new();
    for person in &open.people {
        if !script.people.contains_key(person.id.as_str()) {
            tally.wrong(
                LINE,
                format!(
                    "the record names {}, whom the script does not name",
                    person.id
                ),
            );
        } else if !seen.insert(person.id.as_str()) {
            tally.wrong(LINE, format!("the record names {} twice", person.id));
        }
    }
}

fn signing_keys(script: &Script, open: &Open, at: Moment, keys: &Keys<'_>, tally: &mut Tally) {
    // It has no times, for a key could otherwise come to count behind the opening.
    if keys.own.has_times() {
        tally.wrong(LINE, "allowed_signers says from when to when a key counts");
    }
    // Whoever is not in the script was told above.
    let known = |person: &&Person| script.people.contains_key(person.id.as_str());
    for person in open.people.iter().filter(known) {
        let recorded: Vec<&String> = person.signs_with.iter().collect();
        for namespace in &script.namespaces(open.mode) {
            let listed: Vec<String> = keys
                .own
                .keys_for(&person.id, namespace, at)
                .iter()
                .map(PublicKey::fingerprint)
                .collect();
            if listed.iter().ne(recorded.iter().copied()) {
                tally.wrong(
                    LINE,
                    format!(
                        "allowed_signers lets {} sign for {namespace} with {}; the record names {}",
                        person.id,
                        or_none(&listed.join(" and ")),
                        person.signs_with.as_deref().unwrap_or("no key")
                    ),
                );
                break;
            }
        }
        let written = script
            .people
            .get(person.id.as_str())
            .and_then(|person| person.signs_with.as_ref())
            .and_then(|line| PublicKey::parse(line.as_str()).ok())
            .map(|key| key.fingerprint());
        // A rehearsal's people are stand-ins with keys of their own.
        if open.mode != Mode::Rehearsal && written != person.signs_with {
            tally.wrong(
                LINE,
                format!(
                    "the record says that {} signs with {}; the script says {}",
                    person.id,
                    person.signs_with.as_deref().unwrap_or("no key"),
                    written.as_deref().unwrap_or("no key")
                ),
            );
        }
    }
    let named = open
        .people
        .iter()
        .filter(|person| person.signs_with.is_some())
        .count();
    let organisation = open.organisation.as_ref();
    let others = organisation.map_or(0, |pinned| pinned.signatures.len());
    if keys.own.len() > named + others {
        tally.wrong(
            LINE,
            format!(
                "allowed_signers has {} lines; the record names {} signing keys",
                keys.own.len(),
                named + others
            ),
        );
    }
    let distinct: BTreeSet<&String> = open
        .people
        .iter()
        .filter_map(|person| person.signs_with.as_ref())
        .collect();
    if distinct.len() < named {
        tally.wrong(LINE, "two people in the record sign with the same key");
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "no key" } else { text }
}

fn inputs(script: &Script, open: &Open, tally: &mut Tally) {
    let mut seen = BTreeSet::new();
    for input in &open.inputs {
        if !seen.insert(input.name.as_str()) {
            tally.wrong(LINE, format!("the record names input {} twice", input.name));
        }
        input_of(script, open.mode, input, tally);
    }
    for name in script.steps.iter().filter_map(|step| step.input()) {
        if seen.insert(name.as_str()) {
            tally.wrong(
                LINE,
                format!(
                    "the record names no import parameters for input {}",
                    name.value
                ),
            );
        }
    }
}

fn batches(script: &Script, open: &Open, tally: &mut Tally) {
    let found: Vec<&str> = open
        .batches
        .iter()
        .map(|batch| batch.name.as_str())
        .collect();
    let wanted: Vec<&str> = script.batches.keys().map(Id::as_str).collect();
    if found != wanted {
        tally.wrong(
            LINE,
            format!(
                "the record names the lists [{}]; the script names [{}]",
                found.join(", "),
                wanted.join(", ")
            ),
        );
    }
    for batch in &open.batches {
        let wanted = script.batches.get(batch.name.as_str());
        let path = wanted.map(|wanted| wanted.list.as_str());
        let path = path.filter(|_| open.mode != Mode::Rehearsal);
        if batch.list.as_ref().map(|file| file.path.as_str()) != path {
            tally.wrong(
                LINE,
                format!(
                    "the record says that list {} was read from another file",
                    batch.name
                ),
            );
        }
    }
}

/// Whether each key of a list has import parameters of its own for this input.
fn is_for_each(script: &Script, input: &str) -> bool {
    script.steps.iter().any(|step| {
        matches!(&step.value, Step::Batch(step)
            if step.r#for.as_str() == input
                && script.batches.get(step.keys.as_str()).is_some_and(|batch| batch.parameters.is_some()))
    })
}

fn input_of(script: &Script, mode: Mode, input: &Input, tally: &mut Tally) {
    let name = &input.name;
    let Some(wanted) = script.inputs.get(name.as_str()) else {
        tally.wrong(
            LINE,
            format!("the record names input {name}, which the script does not name"),
        );
        return;
    };
    if input.provider != wanted.provider.as_str() {
        tally.wrong(
            LINE,
            format!(
                "the record says that input {name} is of {}; the script says {}",
                input.provider, wanted.provider.value
            ),
        );
    }
    let public = [
        &wanted.parameters,
        &wanted.wrapping_key,
        &wanted.import_token,
    ];
    // Of a secret AES key no digest is kept.
    let secret = input.wrapping_key_bits <= 256;
    let files: Vec<&str> = match mode {
        Mode::Rehearsal => Vec::new(),
        Mode::Practice | Mode::Production => public
            .into_iter()
            .filter(|_| !secret && !is_for_each(script, name))
            .chain([&wanted.attestation])
            .flatten()
            .map(|path| path.as_str())
            .collect(),
    };
    if let Some(id) = &wanted.wrapping_key_id
        && input.wrapping_key_id.as_deref() != Some(id.as_str())
    {
        tally.wrong(
            LINE,
            format!(
                "the record does not say that the wrapping key of input {name} is {}",
                id.value
            ),
        );
    }
    let fetched = wanted.fetched.as_ref().map(|at| Fetched::from(&at.value));
    if input.fetched != fetched {
        let told = |fetched: Option<&Fetched>| match fetched {
            Some(Fetched { by, on, seen_by }) => {
                format!("fetched by {by} on {on}, seen by {seen_by}")
            }
            None => "not said to be fetched by anybody".to_owned(),
        };
        tally.wrong(
            LINE,
            format!(
                "in the record input {name} is {}; in the script it is {}",
                told(input.fetched.as_ref()),
                told(fetched.as_ref())
            ),
        );
    }
    let found: Vec<&str> = input.files.iter().map(|file| file.path.as_str()).collect();
    if found != files {
        tally.wrong(
            LINE,
            format!(
                "the record says that input {name} was read from [{}]; the script says [{}]",
                found.join(", "),
                files.join(", ")
            ),
        );
    }
}

/// Approvals of the script, made before the run.
fn approvals(
    dossier: &Dossier,
    script: &Script,
    open: &Open,
    at: Moment,
    keys: &Keys<'_>,
    tally: &mut Tally,
) -> Vec<Approval> {
    tally.about(Check::ScriptApproval);
    let mut holding = Vec::new();
    let approvers = script.script_approvers();
    let mut approved = BTreeSet::new();
    for approval in &open.script_approvals {
        let by = approval.by.as_str();
        let path = &approval.signature.path;
        if !approvers.iter().any(|approver| approver == by) {
            tally.wrong(
                LINE,
                format!("{by} is recorded as approving the script, but is no approver of it"),
            );
        }
        if !approved.insert(by) {
            tally.wrong(
                LINE,
                format!("{by} is recorded as approving the script twice"),
            );
        }
        if *path != format!("approvals/script-{by}.sig") {
            tally.wrong(
                LINE,
                format!("{by}'s approval of the script is recorded at another place: {path}"),
            );
        }
        // That it is missing is said with all other files.
        let Some(file) = dossier.files.get(path) else {
            continue;
        };
        let signature = file.content.as_deref().unwrap_or_default();
        let claim = Claim {
            person: by,
            namespace: namespace::SCRIPT,
            at,
            message: &Message::of(&dossier.script),
        };
        match keys.check(&claim, signature) {
            Ok(_) => holding.push(Approval {
                by: plain(by).into_owned(),
                of: format!("the script, SHA-256 {}", Digest::of(&dossier.script)),
                line: 1,
            }),
            Err(refusal) => {
                let what = format!(
                    "{by}'s approval of the script ({path}) does not hold: {}",
                    refusal.why
                );
                tally.wrong_hint(LINE, what, refusal.hint);
            }
        }
    }
    let missing: Vec<&str> = approvers
        .iter()
        .map(String::as_str)
        .filter(|by| !approved.contains(by))
        .collect();
    let everybody = "every approver signed these bytes of the script before it ran: the first entry names the signatures";
    match open.mode {
        Mode::Production => {
            for by in missing {
                tally.wrong_hint(
                    LINE,
                    format!("{by} did not approve the script"),
                    Some("what was run without approval is an incident: ask who ran it".to_owned()),
                );
            }
            tally.hold(everybody);
        }
        Mode::Practice if !missing.is_empty() => tally.stands(
            Standing::Missing,
            format!(
                "the script was not approved by {}; a practice ceremony may run without",
                missing.join(", ")
            ),
        ),
        Mode::Practice => tally.hold(everybody),
        Mode::Rehearsal => {}
    }
    holding
}
