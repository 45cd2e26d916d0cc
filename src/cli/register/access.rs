//! `keyrite register who | access`, `prove dual-control`

use std::path::PathBuf;

use serde_json::json;

use crate::cli::arguments::AccessArgs;
use crate::cli::arguments::AccessCommand;
use crate::cli::arguments::AccessImportArgs;
use crate::cli::arguments::AccessShowArgs;
use crate::cli::arguments::DualControlArgs;
use crate::cli::arguments::WhoArgs;
use crate::cli::register::answered;
use crate::cli::register::read;
use crate::cli::register::text::behind;
use crate::cli::register::today;
use crate::domain::record::Principal;
use crate::domain::record::Reviewed;
use crate::domain::record::Subject;
use crate::domain::text::list;
use crate::engine::desk::Say;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::snapshot;
use crate::error::Exit;
use crate::register::Ceremony;
use crate::register::Register;
use crate::register::Rests;
use crate::register::Scope;
use crate::register::access;
use crate::register::access::AccessFinding;
use crate::register::access::Holder;
use crate::register::access::Who;
use crate::register::dual_control;
use crate::register::dual_control::Sensitive;
use crate::register::error::RegisterError;
use crate::register::leaving;
use crate::register::people::AccessSeen;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

pub(super) fn who(arguments: &WhoArgs, style: Style) -> Result<Exit, RegisterError> {
    let on = &arguments.on;
    let today = on.as_of.unwrap_or_else(today);
    let register = read(&on.of, Some(today), Scope::Key(&arguments.key))?;
    let materials = register.of_key(Some(&arguments.key))?;
    let all: Vec<Who> = materials
        .iter()
        .map(|material| access::who(&register, material, today))
        .collect();
    let answer = json!({"as-of": today.to_string(), "keys": all});
    Ok(answered(
        &on.of,
        style,
        &register,
        Exit::Done,
        answer,
        |out| {
            for who in &all {
                told_who(out, who);
            }
        },
    ))
}

fn told_who(out: Printer, who: &Who) {
    out.say(&Say::Title(&who.key));
    if let Some(state) = &who.state {
        let told = who.rests_on.as_ref();
        let told = told.map_or(String::new(), |rests| format!(" ({})", rests.words()));
        behind(out, 0, &format!("{state}{told}"));
    }
    if who.rebuild.is_empty() && who.r#use.is_empty() && who.manage.is_empty() {
        out.line(Tone::Plain, "no record tells of anybody who can get at it");
    }
    for set in &who.rebuild {
        let what = match set.subject {
            Subject::Key | Subject::Component => "the key",
            Subject::BackupKey => "the backup key, which opens a copy of the backup",
        };
        let old = if set.superseded {
            "; replaced, and nobody showed that its shares are gone"
        } else {
            ""
        };
        let words = format!(
            "can rebuild: any {} of these {} rebuild {what} (set {}…, epoch {}{old})",
            set.threshold,
            set.holders.len(),
            set.set.get(..8).unwrap_or_default(),
            set.epoch
        );
        behind(out, 0, &words);
        holders(out, &set.holders);
    }
    for (title, all) in [("can use", &who.r#use), ("can manage", &who.manage)] {
        if !all.is_empty() {
            out.line(Tone::Plain, title);
        }
        holders(out, all);
    }
    if !who.not_known.is_empty() {
        out.line(Tone::Plain, "not known");
    }
    for text in &who.not_known {
        behind(out, 2, text);
    }
    out.line(Tone::Plain, "");
}

/// Each under his name, and below it everything that he can.
fn holders(out: Printer, all: &[Holder]) {
    let mut before: Option<&Holder> = None;
    for holder in all {
        let is_same = |known: &Holder| known.name == holder.name && known.person == holder.person;
        if !before.is_some_and(is_same) {
            let tone = if holder.left {
                Tone::Trouble
            } else {
                Tone::Plain
            };
            let left = if holder.left { " LEFT" } else { "" };
            let whose = holder.person.as_ref().or(holder.service.as_ref());
            let whose = whose.map_or(String::new(), |whose| format!(" ({whose})"));
            out.line(tone, &format!("  {}{whose}{left}", holder.name));
        }
        before = Some(holder);
        let only = if holder.only.is_empty() {
            String::new()
        } else {
            format!("; only where {}", holder.only.join(" and "))
        };
        let at = holder.rests_on.words();
        behind(out, 6, &format!("{}{only} ({at})", holder.how));
    }
}

pub(super) fn access(arguments: &AccessArgs, style: Style) -> Result<Exit, RegisterError> {
    match &arguments.what {
        AccessCommand::Show(arguments) => show(arguments, style),
        AccessCommand::Import(arguments) => import(arguments, style),
    }
}

fn show(arguments: &AccessShowArgs, style: Style) -> Result<Exit, RegisterError> {
    let on = &arguments.on;
    let today = on.as_of.unwrap_or_else(today);
    let register = read(&on.of, Some(today), Scope::Ceremonies)?;
    let key = arguments.key.as_deref();
    let reviews: Vec<&AccessSeen> = register
        .people
        .reviews
        .iter()
        .filter(|seen| key.is_none_or(|key| key == seen.review.key))
        .collect();
    let findings = access::findings(&register, key, today);
    let exit = exit_of(&findings);
    let answer = json!({"as-of": today.to_string(), "reviews": reviews, "findings": findings});
    Ok(answered(&on.of, style, &register, exit, answer, |out| {
        for seen in &reviews {
            told_review(out, &seen.review, Some(&seen.rests_on));
        }
        if reviews.is_empty() {
            out.line(Tone::Plain, "no record has a review of who can get at it");
        }
        told_findings(out, &findings);
    }))
}

fn exit_of(findings: &[AccessFinding]) -> Exit {
    if findings.is_empty() {
        Exit::Done
    } else {
        Exit::Operator
    }
}

fn import(arguments: &AccessImportArgs, style: Style) -> Result<Exit, RegisterError> {
    let mut register = read(&arguments.of, None, Scope::All)?;
    let key_id = match &arguments.key_id {
        Some(id) => id.clone(),
        None => known_id(&register, arguments)?,
    };
    let taken_on = arguments.taken_on.unwrap_or_else(today);
    let named: Vec<(String, PathBuf)> = arguments
        .files
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default();
            (name.to_string_lossy().into_owned(), path.clone())
        })
        .collect();
    let found = snapshot::read(&arguments.provider, &key_id, &named)?;
    let mut principals = found.access.principals;
    assign(&register, &arguments.provider, &mut principals);
    let names: Vec<String> = found
        .files
        .iter()
        .map(|(file, _)| file.path.clone())
        .collect();
    if let Some(out) = &arguments.out {
        let script = leaving::review(
            &register,
            leaving::Review {
                key: &arguments.key,
                provider: &arguments.provider,
                key_id: &key_id,
                files: &names,
                taken_on,
                principals: &principals,
            },
        )?;
        let mut files = vec![("script.yaml".to_owned(), script.into_bytes())];
        files.extend(
            found
                .files
                .iter()
                .map(|(file, bytes)| (file.path.clone(), bytes.clone())),
        );
        files::write_folder(out, &files, &mut Faults::none())?;
    }
    let review = Reviewed {
        key: arguments.key.clone(),
        provider: arguments.provider.clone(),
        key_id,
        taken_on: taken_on.to_string(),
        files: found.files.into_iter().map(|(file, _)| file).collect(),
        principals,
        undecided: found.access.undecided,
        missing: found.access.missing,
        by: String::new(),
        seen_by: String::new(),
    };
    // What the files show is looked at as if it were recorded; it rests on no line.
    let seen = AccessSeen {
        review,
        rests_on: Rests {
            ceremony: "not recorded".into(),
            line: 0,
            at: crate::register::due::moment_after(taken_on),
        },
        closed: None,
    };
    register.people.reviews = vec![seen.clone()];
    let findings = access::findings(&register, None, today());
    let answer = json!({
        "key": seen.review.key,
        "provider": seen.review.provider,
        "key-id": seen.review.key_id,
        "taken-on": seen.review.taken_on,
        "files": seen.review.files,
        "principals": seen.review.principals,
        "undecided": seen.review.undecided,
        "missing": seen.review.missing,
        "findings": findings.iter().map(|it| json!({"kind": it.kind, "principal": it.principal, "what": it.what, "hint": it.hint})).collect::<Vec<_>>(),
        "script": arguments.out.as_ref().map(|out| out.join("script.yaml")),
    });
    let exit = exit_of(&findings);
    Ok(answered(
        &arguments.of,
        style,
        &register,
        exit,
        answer,
        |out| {
            told_review(out, &seen.review, None);
            told_findings(out, &findings);
            let next = match &arguments.out {
                Some(dir) => format!(
                    "Written: {}. Say in it whose each principal is; nothing is recorded until that ceremony is held and taken in.",
                    dir.join("script.yaml").display()
                ),
                None => {
                    "Nothing is recorded: with `--out DIR` the ceremony is prepared that does it."
                        .to_owned()
                }
            };
            out.say(&Say::Note(&next));
        },
    ))
}

/// The name of a key at a provider, where the records know exactly one.
fn known_id(register: &Register, arguments: &AccessImportArgs) -> Result<String, RegisterError> {
    let (key, provider) = (&arguments.key, &arguments.provider);
    let imports = register.materials.iter().filter(|it| it.key == *key);
    let imports = imports.flat_map(|material| &material.imports);
    let imported = imports
        .filter(|import| import.provider == *provider)
        .filter_map(|import| import.key_id.clone());
    let reviewed = register
        .people
        .reviews_of(key)
        .filter(|seen| seen.review.provider == *provider)
        .map(|seen| seen.review.key_id.clone());
    let mut ids: Vec<String> = imported.chain(reviewed).collect();
    ids.sort();
    ids.dedup();
    match <[String; 1]>::try_from(ids) {
        Ok([id]) => Ok(id),
        Err(_) => Err(RegisterError::NoKeyId {
            key: key.clone(),
            provider: provider.clone(),
        }),
    }
}

/// Whose each principal is, as the organisation file or earlier reviews of any key have it.
fn assign(register: &Register, provider: &str, principals: &mut [Principal]) {
    for principal in principals {
        if let Some((person, _)) = register.people.whose(provider, &principal.id) {
            principal.person = Some(person.to_owned());
            continue;
        }
        let known = register
            .people
            .reviews
            .iter()
            .rev()
            .filter(|seen| seen.review.provider == provider)
            .flat_map(|seen| &seen.review.principals)
            .find(|known| known.id == principal.id);
        if let Some(known) = known {
            principal.person.clone_from(&known.person);
            principal.service.clone_from(&known.service);
        }
    }
}

fn told_review(out: Printer, review: &Reviewed, rests: Option<&Rests>) {
    let place = rests.map_or(String::new(), |rests| format!(" ({})", rests.words()));
    out.say(&Say::Title(&format!(
        "{} at {}, as of {}{place}",
        review.key, review.provider, review.taken_on
    )));
    behind(out, 0, &review.key_id);
    for principal in &review.principals {
        let whose = match (&principal.person, &principal.service) {
            (Some(person), _) => format!("of {person}"),
            (None, Some(service)) => format!("program: {service}"),
            (None, None) => "of nobody".to_owned(),
        };
        let can: Vec<String> = principal
            .can
            .iter()
            .map(|it| {
                let only = if it.only.is_empty() { "" } else { "?" };
                format!("{}{only}", it.class)
            })
            .collect();
        out.line(Tone::Plain, &format!("  {}", principal.id));
        let can = can.join(", ");
        behind(out, 6, &format!("{} {whose}: {can}", principal.kind));
    }
    for text in &review.undecided {
        behind(out, 2, &format!("cannot be decided: {text}"));
    }
    for missing in &review.missing {
        behind(out, 2, &format!("not looked at: {missing}"));
    }
    let asks = review.principals.iter().flat_map(|it| &it.can);
    if asks.into_iter().any(|it| !it.only.is_empty()) {
        out.say(&Say::Note(
            "`?`: only under conditions, which the files do not decide.",
        ));
    }
    out.line(Tone::Plain, "");
}

fn told_findings(out: Printer, findings: &[AccessFinding]) {
    for finding in findings {
        out.say(&Say::Trouble {
            message: &finding.what,
            hint: Some(finding.hint),
        });
    }
}

pub(super) fn dual_control(
    arguments: &DualControlArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let on = &arguments.on;
    let today = on.as_of.unwrap_or_else(today);
    let register = read(&on.of, Some(today), Scope::All)?;
    let what = arguments.what.as_str();
    let named = |one: &&Ceremony| {
        one.folder == what || one.ceremony == what || one.number.to_string() == what
    };
    let ceremonies: Vec<&Ceremony> = register.ceremonies.iter().filter(named).collect();
    let is_key = register
        .materials
        .iter()
        .any(|material| material.key == what);
    let (ceremonies, key) = match (ceremonies.is_empty(), is_key) {
        (false, _) => (ceremonies, None),
        (true, true) => (register.ceremonies.iter().collect(), Some(what)),
        (true, false) => return Err(RegisterError::NoSuchRecord(what.to_owned())),
    };
    let mut all = Vec::new();
    for ceremony in ceremonies {
        let entries = dual_control::entries(&on.of.register, &ceremony.folder, ceremony.record)?;
        all.extend(dual_control::sensitive(
            &ceremony.folder,
            &ceremony.signed,
            &entries,
            key,
        ));
    }
    let holds = all.iter().all(|step| step.holds);
    let exit = if holds { Exit::Done } else { Exit::Integrity };
    let answer = json!({"as-of": today.to_string(), "of": what, "holds": holds, "steps": all});
    Ok(answered(&on.of, style, &register, exit, answer, |out| {
        for step in &all {
            told_step(out, step);
        }
        out.line(Tone::Plain, "");
        match (all.len(), holds) {
            (0, _) => out.line(Tone::Good, "no key could be got at in it"),
            (n, true) => out.say(&Say::Good(&format!(
                "in all {n} steps at least two people were in the room and signed the record"
            ))),
            (n, false) => out.say(&Say::Trouble {
                message: &format!(
                    "{} of {n} steps were not under dual control",
                    all.iter().filter(|step| !step.holds).count()
                ),
                hint: Some("treat the key as known to whoever was alone with it"),
            }),
        }
        out.say(&Say::Note(
            "Who was in the room is what people said, and signed with the record.",
        ));
    }))
}

fn told_step(out: Printer, step: &Sensitive) {
    let (tone, mark) = if step.holds {
        (Tone::Good, "holds")
    } else {
        (Tone::Trouble, "FAILS")
    };
    let place = step.rests_on.words();
    out.line(
        tone,
        &format!("{mark}  {} {} ({place})", step.did, step.key),
    );
    let people = |people: &[String]| {
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        if people.is_empty() {
            "nobody".to_owned()
        } else {
            list(&people)
        }
    };
    let mut words = format!(
        "in the room {}; of them signed {}",
        people(&step.present),
        people(&step.signed)
    );
    if !step.acted.is_empty() {
        let how = match step.did {
            "close" | "move" => "done and seen by",
            "retire" => "seen by",
            _ => "shares of",
        };
        words += &format!("; {how} {}", people(&step.acted));
    }
    if !step.approved.is_empty() {
        words += &format!("; approved by {}", people(&step.approved));
    }
    if let Some(because) = &step.because {
        words += &format!("; {because}");
    }
    behind(out, 7, &words);
}
