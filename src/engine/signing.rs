//! Signatures of people: made here with a key they bring, by their ssh-agent, or taken from a file made elsewhere.

use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::engine::desk::Brought;
use crate::engine::desk::Desk;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::record::agent::Agent;
use crate::record::agent::AgentError;
use crate::record::error::RecordError;
use crate::record::signing::PublicKey;
use crate::record::signing::Signature;
use crate::record::signing::SigningKey;
use crate::secret::Secret;

/// How an armored SSHSIG begins.
const SIGNATURE: &[u8] = b"-----BEGIN SSH SIGNATURE-----";

/// A signature of `person` over `message`: made with the key that was brought, or the one in the
/// file that was brought; checked against the person's public key either way. Nothing if nothing
/// was brought.
pub fn sign_or_take(
    desk: &mut dyn Desk,
    brought: Brought,
    person: &str,
    key: &PublicKey,
    namespace: &str,
    message: &[u8],
) -> Result<Option<String>, EngineError> {
    let wrong = |because: RecordError| EngineError::Signature {
        person: person.to_owned(),
        because: Box::new(because),
    };
    let armored = match brought {
        Brought::Later | Brought::Identities(_) => return Ok(None),
        Brought::Signing(signing) => signing.sign(namespace, message).map_err(wrong)?,
        Brought::Agent(socket) => {
            if key.wants_touch() {
                let told = format!("{person}: touch your security key when it blinks");
                desk.say(Say::Note(&told));
            }
            let mut agent = agent(socket.as_deref())?;
            agent
                .sign(key, namespace, message)
                .map_err(|error| match error {
                    AgentError::Signature(because) => wrong(because),
                    AgentError::Absent
                    | AgentError::Unreachable { .. }
                    | AgentError::Empty
                    | AgentError::Lacks { .. }
                    | AgentError::Refused { .. }
                    | AgentError::Broke(_) => error.into(),
                })?
        }
        Brought::Bytes(bytes) => {
            sign(desk, &bytes, person, namespace, message).map_err(flatten(person))?
        }
        Brought::File(path) => {
            let bytes = files::read_secret(&path)?;
            if bytes.expose().trim_ascii_start().starts_with(SIGNATURE) {
                String::from_utf8_lossy(bytes.expose()).into_owned()
            } else {
                sign(desk, &bytes, person, namespace, message).map_err(flatten(person))?
            }
        }
    };
    let signature = Signature::parse(armored.as_bytes()).map_err(wrong)?;
    signature.verify(namespace, message, key).map_err(wrong)?;
    Ok(Some(armored))
}

/// Reaches ssh-agent.
fn agent(socket: Option<&Path>) -> Result<Agent<UnixStream>, AgentError> {
    let path = socket.ok_or(AgentError::Absent)?;
    let stream = UnixStream::connect(path).map_err(|source| AgentError::Unreachable {
        path: path.display().to_string(),
        source,
    })?;
    Ok(Agent::new(stream))
}

fn flatten(person: &str) -> impl Fn(EngineError) -> EngineError + '_ {
    move |error| {
        if let EngineError::Record(because) = error {
            EngineError::Signature {
                person: person.to_owned(),
                because: Box::new(because),
            }
        } else {
            error
        }
    }
}

fn sign(
    desk: &mut dyn Desk,
    file: &Secret,
    person: &str,
    namespace: &str,
    message: &[u8],
) -> Result<String, EngineError> {
    let key = match SigningKey::from_openssh(file, None) {
        Err(RecordError::PassphraseNeeded { .. }) => {
            let question = Question::input(
                format!("passphrase/{person}"),
                format!("Passphrase of {person}'s signing key"),
            )
            .to(person);
            let passphrase = desk.secret(&question)?;
            SigningKey::from_openssh(file, Some(&passphrase))?
        }
        other => other?,
    };
    Ok(key.sign(namespace, message)?)
}
