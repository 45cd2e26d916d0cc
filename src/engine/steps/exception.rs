//! Something went otherwise than written.

use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Exception;
use crate::domain::record::ExceptionRequest;
use crate::domain::record::ExceptionSignature;
use crate::domain::record::File;
use crate::domain::record::namespace;
use crate::domain::script::Asked;
use crate::domain::script::Role;
use crate::engine::bench::Bench;
use crate::engine::desk::DeskError;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::desk::Wanted;
use crate::engine::error::EngineError;
use crate::engine::signing;
use crate::engine::steps::Done;
use crate::engine::store::APPROVALS;

pub(super) fn ask(bench: &mut Bench<'_, '_>, n: u32, asked: &Asked) -> Result<Done, EngineError> {
    let by = asked.by.as_str();
    let question = Question::confirmation(
        format!("{n}/otherwise/{by}"),
        format!(
            "{}: did anything go otherwise than written, beyond what is recorded already?",
            bench.name(by)
        ),
    )
    .to(by);
    let told = if bench.confirm(&question)? {
        Some(tell(bench, n)?)
    } else {
        None
    };
    Ok(Did::Exception {
        by: by.to_owned(),
        told,
    }
    .into())
}

/// Asks what happened.
pub fn tell(bench: &mut Bench<'_, '_>, n: u32) -> Result<Exception, EngineError> {
    let expected = line(bench, &asked(n, "expected", "What was expected?"))?;
    let happened = line(bench, &asked(n, "happened", "What happened?"))?;
    decide(bench, n, expected, happened)
}

/// Asks what was decided about something that the program saw itself, and has it signed by the
/// roles that the policy names. The caller records it before anything else is written.
pub fn decide(
    bench: &mut Bench<'_, '_>,
    n: u32,
    expected: String,
    happened: String,
) -> Result<Exception, EngineError> {
    let decided = line(bench, &asked(n, "decided", "What was decided?"))?;
    let who = asked(
        n,
        "decided-by",
        "Who decided? (id of a person in the script)",
    );
    let decided_by = bench.until_right(|bench| {
        let id = line(bench, &who)?;
        if bench.script.people.contains_key(id.as_str()) {
            Ok(id)
        } else {
            Err(EngineError::Nobody(id))
        }
    })?;
    let exception = Exception {
        step: n,
        expected,
        happened,
        decided,
        decided_by,
        request: None,
        signatures: Vec::new(),
    };
    signed(bench, exception)
}

fn asked(n: u32, name: &str, text: &str) -> Question {
    Question::input(format!("{n}/exception/{name}"), text)
}

/// A line about an exception. While one is told, no other can be.
fn line(bench: &mut Bench<'_, '_>, question: &Question) -> Result<String, EngineError> {
    bench.until_right(|bench| match bench.room.desk.ask(question) {
        Ok(line) if !line.trim().is_empty() => Ok(line.trim().to_owned()),
        Ok(_) | Err(DeskError::Otherwise { .. }) => {
            Err(EngineError::NothingSaid(question.text.clone()))
        }
        Err(error) => Err(error.into()),
    })
}

/// Has one holder of each role that the policy names sign the exception.
fn signed(bench: &mut Bench<'_, '_>, mut exception: Exception) -> Result<Exception, EngineError> {
    let roles = bench.script.policy.exceptions_signed_by.clone();
    if roles.is_empty() {
        return Ok(exception);
    }
    let head = bench.store.head();
    let request = ExceptionRequest::of(&exception, bench.script.ceremony.as_str(), head);
    let bytes = request.bytes();
    let n = exception.step;
    let path = bench.free_path(&format!("{APPROVALS}/{n:02}"), ENDING);
    let file = bench.store.write(&path, &bytes)?;
    bench.room.desk.varies(&file.sha256.to_string());
    exception.request = Some(file);
    for role in roles {
        let known = |made: &&ExceptionSignature| holds(bench, role, &made.by);
        let known = exception.signatures.iter().find(known).cloned();
        let (by, signature) = match known {
            Some(made) => (made.by, made.signature),
            None => bench.until_right(|bench| sign(bench, n, role, &path, &bytes))?,
        };
        exception.signatures.push(ExceptionSignature {
            role: role.name().to_owned(),
            by,
            signature,
        });
    }
    Ok(exception)
}

fn holds(bench: &Bench<'_, '_>, role: Role, person: &str) -> bool {
    let mut holders = bench.script.roles.holders(role).iter();
    holders.any(|id| id.as_str() == person)
}

/// Asks the holders of a role in turn, until one has signed.
fn sign(
    bench: &mut Bench<'_, '_>,
    n: u32,
    role: Role,
    path: &str,
    bytes: &[u8],
) -> Result<(String, File), EngineError> {
    for id in bench.script.roles.holders(role) {
        let by = id.as_str();
        let question = Question::confirmation(
            format!("{n}/exception/signs/{by}"),
            format!(
                "{} ({}): you answer for this exception. The file of your signing key, or of a \
                 signature made elsewhere over {path} (ssh-keygen -Y sign -n {} -f KEY)",
                bench.name(by),
                role.spoken(),
                namespace::EXCEPTION
            ),
        )
        .to(by);
        let brought = match bench.room.desk.bring(&question, Wanted::SigningKey) {
            Err(DeskError::Otherwise { .. }) => continue,
            brought => brought?,
        };
        let key = bench.keyring.get(by);
        let key = key.and_then(|keys| keys.signs_with.as_ref());
        let key = key.ok_or_else(|| EngineError::PersonLacks {
            person: by.to_owned(),
            field: "signs-with",
        })?;
        let armored = signing::sign_or_take(
            bench.room.desk,
            brought,
            by,
            key,
            namespace::EXCEPTION,
            bytes,
        )?;
        if let Some(armored) = armored {
            let path = format!("{path}.{by}.sig");
            let file = bench.store.write(&path, armored.as_bytes())?;
            bench.room.desk.varies(&file.sha256.to_string());
            let told = format!("{} signed {path}", bench.name(by));
            bench.room.desk.say(Say::Good(&told));
            return Ok((by.to_owned(), file));
        }
    }
    Err(EngineError::NotConfirmed {
        person: role.name().to_owned(),
        what: "signing the exception".to_owned(),
    })
}

/// How the name of a file ends that is signed for an exception.
const ENDING: &str = ".exception";

/// How many exceptions a record holds.
pub(super) fn count(entries: &[Entry]) -> u32 {
    let count = entries
        .iter()
        .filter(|entry| match &entry.event {
            Event::Exception(_) => true,
            Event::Step(step) => matches!(&step.did, Did::Exception { told: Some(_), .. }),
            Event::Open(_)
            | Event::Handed(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::BatchKey(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => false,
        })
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
