//! The script of a ceremony that records what a provider answered, made from the record of the one
//! that wrapped the key.

use std::fmt::Write as _;

use serde_json::Value;
use serde_json::json;

use crate::domain::arrival::Ends;
use crate::domain::parse::tree;
use crate::domain::record::Mode;
use crate::domain::record::Person;
use crate::domain::script::Role;
use crate::engine::arrival::sent::Ceremony;
use crate::engine::arrival::sent::Sent;

/// The script; who has to be in the record and is not, in words.
///
/// # Errors
///
/// When the ceremony had no administrator, witness or approver.
pub fn script(ceremony: &Ceremony, sent: &Sent, answers: &[String]) -> Result<String, String> {
    let mut taken = Vec::new();
    let administrator = holder(ceremony, Role::Administrator, &mut taken)?;
    let witness = holder(ceremony, Role::Witness, &mut taken)?;
    let approver = holder(ceremony, Role::Approver, &mut taken)?;
    let Sent {
        key,
        r#for,
        expected,
        batch: _,
    } = sent;
    let mode = match ceremony.open.mode {
        Mode::Production => "production",
        Mode::Practice | Mode::Rehearsal => "practice",
    };
    let mut text = format!(
        "# Made from the record of {}. Read it, then `keyrite check` and `keyrite rehearse`.\n\
         schema: keyrite/v1\nceremony: confirm-{key}-at-{for}\ntitle: {}\nkind: confirm\nmode: {mode}\n\npeople:\n",
        ceremony.open.ceremony,
        quoted(&format!(
            "Record what {} answered of key {key}",
            expected.provider
        )),
    );
    let mut people = [administrator, witness, approver];
    people.sort_by_key(|person| &person.id);
    for person in people {
        let key = signs_with(ceremony, &person.id);
        let key = key.map_or_else(String::new, |key| format!(", signs-with: {}", quoted(key)));
        let _ = writeln!(
            text,
            "  {}: {{name: {}{key}}}",
            person.id,
            quoted(&person.name)
        );
    }
    let _ = write!(
        text,
        "\nroles:\n  administrator: [{}]\n  witness: [{}]\n  approver: [{}]\n\n\
         token: {{core: software}}     # no key comes into the machine\n\n\
         keys:\n  {key}: {}\n\nwrapped:                     # as the record tells\n  {key}: {}\n\n",
        administrator.id,
        witness.id,
        approver.id,
        described(ceremony, sent),
        wrapped(ceremony, sent)
    );
    let names: Vec<String> = answers.iter().map(|name| quoted(name)).collect();
    let _ = write!(
        text,
        "steps:\n  - sign-in: [{by}, {seen}]\n  - confirm:\n      key: {key}\n      for: {for}\n      \
         answers: [{}]\n      by: {by}\n      seen-by: {seen}\n  - exception: {{by: {seen}}}\n  - seal\n",
        names.join(", "),
        by = administrator.id,
        seen = witness.id,
    );
    Ok(text)
}

/// What the earlier script says of the key. A row of a list is described as the list is.
fn described(ceremony: &Ceremony, sent: &Sent) -> Value {
    let whole = tree(&ceremony.script).unwrap_or_default();
    let described = match &sent.batch {
        Some(batch) => whole
            .get("batches")
            .and_then(|all| all.get(batch)?.get("key")),
        None => whole.get("keys").and_then(|all| all.get(&sent.key)),
    };
    let mut described = described.cloned().unwrap_or_default();
    if let Some(fields) = described.as_object_mut() {
        // It takes nobody's place here.
        fields.remove("supersedes");
    }
    described
}

/// What the record says of the wrap. JSON is YAML, on one line.
fn wrapped(ceremony: &Ceremony, sent: &Sent) -> Value {
    let expected = &sent.expected;
    let mut fields = json!({"provider": expected.provider, "at": expected.at});
    if let Some(fields) = fields.as_object_mut() {
        if let Some(id) = &expected.key_id {
            fields.insert("key-id".to_owned(), json!(id));
        }
        match expected.ends {
            Some(Ends::At(moment)) => {
                fields.insert("ends".to_owned(), json!(moment));
            }
            Some(Ends::Never) => {
                fields.insert("never-ends".to_owned(), json!(true));
            }
            None => {}
        }
        if let Some(id) = &expected.wrapping_key_id {
            fields.insert("wrapping-key-id".to_owned(), json!(id));
        }
        if let Some(challenge) = &expected.challenge {
            fields.insert("challenge".to_owned(), json!(challenge));
        }
    }
    json!({
        "record": ceremony.record,
        "check-values": expected.check_values,
        "for": {sent.r#for.as_str(): fields},
    })
}

/// The first who held a role and is not taken yet.
fn holder<'a>(
    ceremony: &'a Ceremony,
    role: Role,
    taken: &mut Vec<&'a str>,
) -> Result<&'a Person, String> {
    let mut people = ceremony.open.people.iter();
    let found = people
        .find(|person| {
            person.roles.iter().any(|held| held == role.name())
                && !taken.contains(&person.id.as_str())
        })
        .ok_or_else(|| format!("nobody else in it is {}", role.spoken()))?;
    taken.push(&found.id);
    Ok(found)
}

/// The public key of somebody's line, behind what it may sign.
fn signs_with<'a>(ceremony: &'a Ceremony, id: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(&ceremony.allowed_signers).ok()?;
    let line = text
        .lines()
        .find(|line| line.split(' ').next() == Some(id))?;
    line.rsplit_once("\" ").map(|(_, key)| key.trim())
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
