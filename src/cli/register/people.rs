//! `keyrite register person | acknowledgements | matrix`, `prove departed`

use serde_json::json;

use crate::cli::arguments::AcknowledgementsArgs;
use crate::cli::arguments::DepartedArgs;
use crate::cli::arguments::LeaveArgs;
use crate::cli::arguments::OnADay;
use crate::cli::arguments::PersonArgs;
use crate::cli::arguments::PersonCommand;
use crate::cli::register::answered;
use crate::cli::register::read;
use crate::cli::register::text::behind;
use crate::cli::register::text::places;
use crate::cli::register::today;
use crate::domain::text::list;
use crate::engine::desk::Say;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::error::Exit;
use crate::register::Register;
use crate::register::Scope;
use crate::register::departed::Task;
use crate::register::departed::tasks;
use crate::register::due;
use crate::register::duties::Duty;
use crate::register::duties::duties;
use crate::register::error::RegisterError;
use crate::register::leaving::leaving;
use crate::register::people::Person;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

pub(super) fn person(arguments: &PersonArgs, style: Style) -> Result<Exit, RegisterError> {
    match &arguments.what {
        PersonCommand::List(on) => everybody(on, style),
        PersonCommand::Leave(arguments) => leave(arguments, style),
    }
}

fn everybody(on: &OnADay, style: Style) -> Result<Exit, RegisterError> {
    let today = on.as_of.unwrap_or_else(today);
    let register = read(&on.of, Some(today), Scope::Ceremonies)?;
    let answer = json!({"as-of": today.to_string(), "people": register.people.all});
    Ok(answered(
        &on.of,
        style,
        &register,
        Exit::Done,
        answer,
        |out| {
            for (id, person) in &register.people.all {
                out.line(Tone::Plain, &format!("{id:<12} {}", person.name));
                behind(out, 13, &words(person));
            }
        },
    ))
}

fn words(person: &Person) -> String {
    let mut words = Vec::new();
    words.extend(person.site.as_ref().map(|site| format!("at {site}")));
    let manager = person.manager.as_ref();
    words.extend(manager.map(|manager| format!("reports to {manager}")));
    if let Some(rests) = &person.joined {
        words.push(format!("joined on {} ({})", rests.at.date(), rests.words()));
    }
    if let Some((roles, rests)) = &person.may {
        let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        let roles = if roles.is_empty() {
            "nothing".to_owned()
        } else {
            list(&roles)
        };
        words.push(format!("may be {roles} ({})", rests.words()));
    }
    for (role, rests) in &person.held {
        let (day, place) = (rests.at.date(), rests.words());
        words.push(format!("{role}, last on {day} ({place})"));
    }
    if let Some(left) = &person.left {
        words.push(format!("left on {} ({})", left.on, left.rests_on.words()));
    }
    match person.keys.as_slice() {
        [] => words.push("never signed".to_owned()),
        [(key, _)] => words.push(format!("signs with {key}")),
        keys => {
            let keys: Vec<String> = keys
                .iter()
                .map(|(key, rests)| format!("{key} since {}", rests.words()))
                .collect();
            words.push(format!("signed with {}", keys.join(" and ")));
        }
    }
    words.join("; ")
}

fn leave(arguments: &LeaveArgs, style: Style) -> Result<Exit, RegisterError> {
    let register = read(&arguments.of, None, Scope::All)?;
    let id = arguments.person.as_str();
    let person = register.person(id)?;
    let tasks = tasks(&register, id, person);
    let on = arguments.on.unwrap_or_else(today);
    if let Some(out) = &arguments.out {
        let script = leaving(&register, id, on, &arguments.because, &tasks)?;
        let file = ("script.yaml".to_owned(), script.into_bytes());
        files::write_folder(out, &[file], &mut Faults::none())?;
    }
    let open = tasks.iter().any(|task| !task.closed);
    let exit = if open { Exit::Operator } else { Exit::Done };
    let answer = json!({
        "person": id,
        "name": person.name,
        "on": on.to_string(),
        "tasks": tasks,
        "script": arguments.out.as_ref().map(|out| out.join("script.yaml")),
    });
    Ok(answered(
        &arguments.of,
        style,
        &register,
        exit,
        answer,
        |out| {
            out.say(&Say::Title(&format!("{} leaves on {on}", person.name)));
            told(out, &tasks);
            if let Some(dir) = &arguments.out {
                out.line(Tone::Plain, "");
                out.say(&Say::Note(&format!(
                    "Written: {}. Nothing is recorded until that ceremony is held and taken in.",
                    dir.join("script.yaml").display()
                )));
            }
        },
    ))
}

pub(super) fn departed(arguments: &DepartedArgs, style: Style) -> Result<Exit, RegisterError> {
    let on = &arguments.on;
    let today = on.as_of.unwrap_or_else(today);
    let register = read(&on.of, Some(today), Scope::All)?;
    let id = arguments.person.as_str();
    let person = register.person(id)?;
    let tasks = tasks(&register, id, person);
    let gone = person.left.as_ref().filter(|left| left.on <= today);
    let proven = gone.is_some() && tasks.iter().all(|task| task.closed);
    let after = person
        .present
        .as_ref()
        .filter(|at| gone.is_some_and(|left| due::day(at.at) > left.on));
    let exit = if proven { Exit::Done } else { Exit::Integrity };
    let answer = json!({
        "as-of": today.to_string(),
        "person": id,
        "name": person.name,
        "left": person.left,
        "proven": proven,
        "tasks": tasks,
        "in-the-room-afterwards": after,
    });
    Ok(answered(&on.of, style, &register, exit, answer, |out| {
        let name = &person.name;
        match gone {
            Some(left) => out.say(&Say::Title(&format!(
                "{name} left on {} ({})",
                left.on,
                left.rests_on.words()
            ))),
            None => out.say(&Say::Trouble {
                message: &format!("no record tells that {name} left by {today}"),
                hint: Some("`keyrite register person leave` prepares the ceremony that records it"),
            }),
        }
        told(out, &tasks);
        if let Some(after) = after {
            let at = after.words();
            out.say(&Say::Note(&format!(
                "He was in the room afterwards ({at})."
            )));
        }
        let open = tasks.iter().filter(|task| !task.closed).count();
        out.line(Tone::Plain, "");
        match (proven, open) {
            (true, _) => out.say(&Say::Good(&format!(
                "all {} points are closed: no record shows anything that {name} can get at",
                tasks.len()
            ))),
            (false, 0) => {}
            (false, open) => out.say(&Say::Trouble {
                message: &format!(
                    "{open} of {} points {} open",
                    tasks.len(),
                    if open == 1 { "is" } else { "are" }
                ),
                hint: Some("each says what must happen; a ceremony records it"),
            }),
        }
    }))
}

fn told(out: Printer, tasks: &[Task]) {
    for task in tasks {
        let (tone, mark) = if task.closed {
            (Tone::Good, "closed")
        } else {
            (Tone::Trouble, "OPEN")
        };
        out.line(tone, &format!("{mark:<7} {}", task.what.name()));
        let must = if task.closed {
            String::new()
        } else {
            format!(". Do: {}", task.must)
        };
        behind(out, 8, &format!("{}: {}{must}", task.has, task.because));
        behind(out, 8, &places(&task.rests_on));
    }
    if tasks.is_empty() {
        out.line(Tone::Good, "no record shows anything that he can get at");
    }
}

pub(super) fn acknowledgements(
    arguments: &AcknowledgementsArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let on = &arguments.on;
    let today = on.as_of.unwrap_or_else(today);
    let register = read(&on.of, Some(today), Scope::All)?;
    let end = due::moment_after(today).plus_seconds(arguments.within.seconds);
    let all = duties(&register, today, due::day(end));
    let exit = if all.iter().any(|duty| duty.state.is_open()) {
        Exit::Operator
    } else {
        Exit::Done
    };
    let answer = json!({"as-of": today.to_string(), "acknowledgements": all});
    Ok(answered(&on.of, style, &register, exit, answer, |out| {
        for duty in &all {
            acknowledgement(out, duty);
        }
        if all.is_empty() {
            out.line(Tone::Plain, "no record names a custodian");
        }
    }))
}

fn acknowledgement(out: Printer, duty: &Duty) {
    let tone = if duty.state.is_open() {
        Tone::Trouble
    } else {
        Tone::Plain
    };
    let until = match duty.until {
        Some(until) => format!("until {until}"),
        None => String::new(),
    };
    let line = format!(
        "{:<9} {:<16} {until}",
        duty.state.name(),
        format!("{} ({})", duty.name, duty.person)
    );
    out.line(tone, line.trim_end());
    let version = duty.version.as_ref();
    let version = version.map_or(String::new(), |it| format!("version {it}; "));
    let places = places(&duty.rests_on);
    behind(out, 10, &format!("{version}{} ({places})", duty.because));
}

pub(super) fn matrix(on: &OnADay, style: Style) -> Result<Exit, RegisterError> {
    let today = on.as_of.unwrap_or_else(today);
    let register = read(&on.of, Some(today), Scope::Ceremonies)?;
    let may: Vec<_> = register
        .people
        .all
        .iter()
        .filter_map(|(id, person)| {
            let (roles, rests) = person.may.as_ref()?;
            let left = person.gone_on(today);
            Some(json!({"person": id, "roles": roles, "left": left, "rests-on": rests}))
        })
        .collect();
    let answer = json!({
        "as-of": today.to_string(),
        "exercised": register.people.exercised,
        "must": register.people.rules,
        "may": may,
    });
    Ok(answered(
        &on.of,
        style,
        &register,
        Exit::Done,
        answer,
        |out| {
            told_matrix(out, &register);
        },
    ))
}

fn told_matrix(out: Printer, register: &Register) {
    for (kind, ruled) in &register.people.rules {
        out.say(&Say::Title(kind));
        let roles: Vec<&str> = ruled.approved_by.iter().map(String::as_str).collect();
        let signers: Vec<String> = ruled
            .signed_by
            .iter()
            .map(|(role, count)| format!("{role} ({count})"))
            .collect();
        let place = ruled.rests_on.words();
        behind(
            out,
            2,
            &format!(
                "policy: the script is approved by {}, the record signed by {} ({place})",
                list(&roles),
                signers.join(", ")
            ),
        );
        let of_kind = register.people.exercised.iter();
        for done in of_kind.filter(|done| done.kind == *kind) {
            let times = match done.times {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            };
            let person = register.people.all.get(&done.person);
            let may = match person.and_then(|person| person.may.as_ref()) {
                Some((roles, rests)) if !roles.contains(&done.role) => {
                    format!("; may not any more ({})", rests.words())
                }
                Some(_) | None => String::new(),
            };
            let left = person.and_then(|person| person.left.as_ref());
            let left = left.map_or(String::new(), |left| format!("; left on {}", left.on));
            let name = person.map_or(done.person.as_str(), |person| person.name.as_str());
            out.line(
                Tone::Plain,
                &format!("  {:<14} {name} ({})", done.role, done.person),
            );
            let last = &done.rests_on;
            behind(
                out,
                17,
                &format!(
                    "{times}, last on {} ({}){may}{left}",
                    last.at.date(),
                    last.words()
                ),
            );
        }
        out.line(Tone::Plain, "");
    }
    out.say(&Say::Note(
        "What somebody may do is what ceremonies of kind `people` said; of others only what they did is known.",
    ));
}
