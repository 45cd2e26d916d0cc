//! Scripts that the register prepares: nothing of them is typed but what the records cannot know.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::domain::record::Access;
use crate::domain::record::Mode;
use crate::domain::record::Principal;
use crate::domain::script::Role;
use crate::register::Register;
use crate::register::departed::Task;
use crate::register::error::RegisterError;
use crate::register::people::Person;

/// What providers say of one key, as it is to be reviewed.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// Label of the key.
    pub key: &'a str,
    /// Provider id.
    pub provider: &'a str,
    /// The key at the provider.
    pub key_id: &'a str,
    /// Names of the files, beside the script.
    pub files: &'a [String],
    /// The day on which they were fetched.
    pub taken_on: Date,
    /// Everybody whom they name; persons and programs as known.
    pub principals: &'a [Principal],
}

/// The people of a ceremony about people.
pub(super) struct Staff<'a> {
    pub(super) administrator: &'a str,
    pub(super) witness: &'a str,
    approver: &'a str,
}

/// A script that records that somebody leaves, with everything that is open.
///
/// # Errors
///
/// When no record names people enough to hold the ceremony.
pub fn leaving(
    register: &Register,
    id: &str,
    on: Date,
    because: &str,
    tasks: &[Task],
) -> Result<String, RegisterError> {
    let staff = Staff::of(register, id)?;
    let name = name(register, id);
    let mut text = head(
        register,
        "people",
        &format!("{id}-leaves"),
        &format!("Record that {name} leaves, and what he could get at"),
    );
    people(register, &staff, &[id], &mut text);
    let _ = write!(
        text,
        "  - leave:\n      person: {id}\n      on: {on}\n      because: {}\n      seen-by: {}\n",
        quoted(because),
        staff.administrator
    );
    let open: Vec<&Task> = tasks.iter().filter(|task| !task.closed).collect();
    if !open.is_empty() {
        text += "      opens:\n";
    }
    for task in open {
        let _ = writeln!(
            text,
            "        # {}: {}\n        - {{what: {}, of: {}}}",
            task.has,
            task.must,
            task.what.name(),
            quoted(&task.of)
        );
    }
    for task in tasks.iter().filter(|task| task.what == Access::Role) {
        let _ = writeln!(
            text,
            "  - withdraw: {{person: {id}, what: role, of: {}, how: he holds it in no ceremony any more, by: {}, seen-by: {}}}",
            quoted(&task.of),
            staff.administrator,
            staff.witness
        );
    }
    tail(&staff, &mut text);
    Ok(text)
}

/// A script that records what a provider says of who can get at a key.
///
/// # Errors
///
/// When no record names people enough to hold the ceremony.
pub fn review(register: &Register, review: Review<'_>) -> Result<String, RegisterError> {
    let staff = Staff::of(register, "")?;
    let mut text = head(
        register,
        "people",
        &format!("access-{}-{}", review.key, review.taken_on),
        &format!(
            "Record who can get at key {} at {}",
            review.key, review.provider
        ),
    );
    let of_people: BTreeMap<&str, &str> = review
        .principals
        .iter()
        .filter_map(|it| Some((it.id.as_str(), it.person.as_deref()?)))
        .collect();
    // Whoever is named below must stand there: so everybody does.
    let everybody: Vec<&str> = register.people.all.keys().map(String::as_str).collect();
    people(register, &staff, &everybody, &mut text);
    let files: Vec<String> = review.files.iter().map(|file| quoted(file)).collect();
    let _ = write!(
        text,
        "  - access-review:\n      key: {}\n      provider: {}\n      key-id: {}\n      files: [{}]\n      taken-on: {}\n",
        review.key,
        review.provider,
        quoted(review.key_id),
        files.join(", "),
        review.taken_on
    );
    text += "      principals:               # whose each is\n";
    for (principal, person) in &of_people {
        let _ = writeln!(text, "        {}: {person}", quoted(principal));
    }
    let unknown = review
        .principals
        .iter()
        .filter(|it| it.person.is_none() && it.service.is_none());
    for principal in unknown {
        let _ = writeln!(text, "        # {}: PERSON", quoted(&principal.id));
    }
    text += "      services:                 # which are programs, and what for\n";
    for principal in review.principals {
        if let Some(service) = &principal.service {
            let _ = writeln!(
                text,
                "        {}: {}",
                quoted(&principal.id),
                quoted(service)
            );
        }
    }
    let _ = write!(
        text,
        "      by: {}\n      seen-by: {}\n",
        staff.administrator, staff.witness
    );
    tail(&staff, &mut text);
    // A map without entries is none.
    for name in ["principals", "services"] {
        text = without_empty(&text, name);
    }
    Ok(text)
}

impl<'a> Staff<'a> {
    /// Those who held each role last, and have not left.
    pub(super) fn of(register: &'a Register, but: &str) -> Result<Self, RegisterError> {
        let mut taken: Vec<&str> = vec![but];
        let mut last = |role: Role| {
            let stays = |(id, person): &(&'a String, &'a Person)| {
                person.left.is_none() && !taken.contains(&id.as_str())
            };
            let holders = register.people.all.iter().filter(stays);
            let held =
                holders.filter_map(|(id, person)| Some((person.held.get(role.name())?.at, id)));
            let (_, id) = held.max().ok_or(RegisterError::NobodyIs {
                role: role.spoken(),
            })?;
            taken.push(id);
            Ok::<&'a str, RegisterError>(id)
        };
        Ok(Self {
            administrator: last(Role::Administrator)?,
            witness: last(Role::Witness)?,
            approver: last(Role::Approver)?,
        })
    }
}

pub(super) fn head(register: &Register, kind: &str, ceremony: &str, title: &str) -> String {
    let production = register
        .ceremonies
        .iter()
        .any(|it| it.mode == Mode::Production);
    let mode = if production { "production" } else { "practice" };
    format!(
        "# Made from the records of the register. Read it, then `keyrite check` and `keyrite rehearse`.\n\
         schema: keyrite/v1\nceremony: {ceremony}\ntitle: {}\nkind: {kind}\nmode: {mode}\n\n",
        quoted(title)
    )
}

pub(super) fn people(register: &Register, staff: &Staff<'_>, more: &[&str], text: &mut String) {
    *text += "people:\n";
    let mut all = vec![staff.administrator, staff.witness, staff.approver];
    all.extend(more);
    all.sort_unstable();
    all.dedup();
    for id in all {
        let known = register.people.all.get(id);
        let mut fields = vec![format!("name: {}", quoted(name(register, id)))];
        for (field, value) in [
            ("site", known.and_then(|it| it.site.as_ref())),
            ("manager", known.and_then(|it| it.manager.as_ref())),
            ("signs-with", known.and_then(|it| it.signs_with.as_ref())),
        ] {
            fields.extend(value.map(|value| format!("{field}: {}", quoted(value))));
        }
        let _ = writeln!(text, "  {id}: {{{}}}", fields.join(", "));
    }
    let Staff {
        administrator,
        witness,
        approver,
    } = staff;
    let _ = write!(
        text,
        "\nroles:\n  administrator: [{administrator}]\n  witness: [{witness}]\n  approver: [{approver}]\n\n\
         token: {{core: software}}     # no key comes into the machine\n\nsteps:\n  - sign-in: [{administrator}, {witness}]\n"
    );
}

pub(super) fn tail(staff: &Staff<'_>, text: &mut String) {
    let _ = write!(text, "  - exception: {{by: {}}}\n  - seal\n", staff.witness);
}

fn name<'a>(register: &'a Register, id: &'a str) -> &'a str {
    let known = register.people.all.get(id);
    known.map_or(id, |person| person.name.as_str())
}

/// A text in double quotes: what JSON writes, YAML reads.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Takes away the line of a map that has no entry; comments may follow it.
fn without_empty(text: &str, name: &str) -> String {
    let begins = format!("      {name}: ");
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = String::new();
    for (at, line) in lines.iter().enumerate() {
        let filled = lines
            .iter()
            .skip(at + 1)
            .take_while(|line| line.starts_with("        "))
            .any(|line| !line.trim_start().starts_with('#'));
        if line.starts_with(&begins) && !filled {
            kept += "      # ";
            kept += line.trim_start();
        } else {
            kept += line;
        }
        kept.push('\n');
    }
    kept
}
