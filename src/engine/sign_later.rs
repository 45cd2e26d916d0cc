//! Signatures outside a running ceremony: on a sealed record, against it, on a script,
//! and on an organisation file.

use std::path::Path;
use std::path::PathBuf;

use crate::domain::checkpoint::Checkpoint;
use crate::domain::dissent::Dissent;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::domain::record::namespace;
use crate::engine::clock::Clock as _;
use crate::engine::clock::SystemClock;
use crate::engine::desk::Brought;
use crate::engine::desk::Desk;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::lint;
use crate::engine::organisation;
use crate::engine::organisation::OrganisationError;
use crate::engine::ready::approval_path;
use crate::engine::signing;
use crate::engine::store::ALLOWED_SIGNERS;
use crate::engine::store::DISSENT;
use crate::engine::store::RECORD;
use crate::engine::store::SCRIPT;
use crate::engine::store::SIGNATURES;
use crate::engine::token::KeyPlan;
use crate::engine::token::Token as _;
use crate::engine::token::access::Access;
use crate::engine::token::access::reach;
use crate::engine::token::error::TokenError;
use crate::engine::token::hsm::HsmToken;
use crate::pkcs11::locate::Wanted;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::chain;
use crate::record::signing::PublicKey;
use crate::record::verify::verify;

/// A signature that was made.
#[derive(Debug)]
pub struct Signed {
    /// What was signed.
    pub what: String,
    /// SHA-256 of the bytes that were signed.
    pub sha256: Digest,
    /// Namespace.
    pub namespace: &'static str,
    /// Where the signature is.
    pub path: PathBuf,
    /// What the signed record is of: mode, outcome, and number of exceptions.
    pub standing: Option<(Mode, Outcome, u32)>,
}

/// Where the key is that signs.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// A file of OpenSSH, or a signature made with it elsewhere.
    File(&'a Path),
    /// The ssh-agent at that socket.
    Agent(Option<&'a Path>),
    /// An HSM, under this label.
    Token {
        /// The label.
        label: &'a str,
        /// Which token.
        wanted: &'a Wanted,
        /// How it is reached.
        access: &'a Access,
    },
}

/// A sealed ceremony, as far as signing goes.
struct Closed {
    record: Vec<u8>,
    ceremony: String,
    mode: Mode,
    signers: AllowedSigners,
    last: Entry,
    standing: Option<(Mode, Outcome, u32)>,
}

/// Signs the record in `dir`.
pub fn record(
    desk: &mut dyn Desk,
    dir: &Path,
    person: &str,
    key: Key<'_>,
) -> Result<Signed, EngineError> {
    let closed = closed(dir)?;
    let namespace = closed.mode.namespace();
    let path = dir.join(SIGNATURES).join(format!("{person}.sig"));
    files::refuse_existing(&path)?;
    // Nobody's key is lent to a record that does not hold; disagreeing with one is another matter.
    let verdict = verify(&dossier::read(dir)?, None);
    if let Some(problem) = verdict.problems.into_iter().next() {
        return Err(problem.into());
    }
    if verdict.record_sha256 != Digest::of(&closed.record) {
        return Err(EngineError::DoesNotHold {
            line: None,
            what: "it was changed while it was read".to_owned(),
        });
    }
    let armored = signature(desk, &closed, person, key, namespace, &closed.record)?;
    files::write_file(&path, armored.as_bytes())?;
    Ok(Signed {
        standing: closed.standing,
        what: format!("the record of {}", closed.ceremony),
        sha256: Digest::of(&closed.record),
        namespace,
        path,
    })
}

/// Signs that `person` does not agree with the record in `dir`.
pub fn disagree(
    desk: &mut dyn Desk,
    dir: &Path,
    person: &str,
    key: Key<'_>,
    reason: &str,
) -> Result<Signed, EngineError> {
    let closed = closed(dir)?;
    let dissent = Dissent {
        ceremony: closed.ceremony.clone(),
        reason: reason.to_owned(),
        record: Digest::of(&closed.record),
    };
    let bytes = dissent.bytes();
    let path = dir.join(DISSENT).join(format!("{person}.json"));
    let signature_path = dir.join(DISSENT).join(format!("{person}.json.sig"));
    files::refuse_existing(&path)?;
    // The signature is written first; one alone is the rest of an interrupted write.
    files::remove_leftover(&signature_path)?;
    let namespace = closed.mode.dissent_namespace();
    let armored = signature(desk, &closed, person, key, namespace, &bytes)?;
    files::write_file(&signature_path, armored.as_bytes())?;
    files::write_file(&path, &bytes)?;
    let what = format!("a disagreement with the record of {}", closed.ceremony);
    Ok(Signed {
        standing: closed.standing,
        what,
        sha256: Digest::of(&bytes),
        namespace,
        path: signature_path,
    })
}

/// Approves the script at `path`.
pub fn script(
    desk: &mut dyn Desk,
    path: &Path,
    person: &str,
    key: Key<'_>,
) -> Result<Signed, EngineError> {
    let bytes = files::read_script(path)?;
    let within = organisation::beside(&bytes, path, None)?;
    let script = lint::accept_within(&bytes, jiff::civil::Date::MIN, None, within)?;
    let keyring = lint::keyring(&script);
    let public = keyring
        .get(person)
        .ok_or_else(|| EngineError::NotInScript(person.to_owned()))?;
    // Of several keys in the organisation file the one counts that is valid today.
    let known = script.within.as_ref().map(|within| &within.organisation);
    let today = organisation::day_of(SystemClock.now());
    let public = known
        .and_then(|known| organisation::key_of(known, person, today))
        .or_else(|| public.signs_with.clone());
    let public = &public.ok_or_else(|| EngineError::PersonLacks {
        person: person.to_owned(),
        field: "signs-with",
    })?;
    let signature_path = approval_path(path, person);
    files::refuse_existing(&signature_path)?;
    let armored = made(desk, person, key, public, namespace::SCRIPT, &bytes)?;
    files::write_file(&signature_path, armored.as_bytes())?;
    Ok(Signed {
        standing: None,
        what: format!("the script {}", script.ceremony.value),
        sha256: Digest::of(&bytes),
        namespace: namespace::SCRIPT,
        path: signature_path,
    })
}

/// Signs the organisation file at `path`.
pub fn organisation(
    desk: &mut dyn Desk,
    path: &Path,
    person: &str,
    key: Key<'_>,
) -> Result<Signed, EngineError> {
    let (within, findings) = organisation::read(path)?;
    if !findings.is_empty() {
        let path = path.to_owned();
        return Err(OrganisationError::Findings { path, findings }.into());
    }
    let known = &within.organisation;
    let person_is = || person.to_owned();
    if !known.signed_by.iter().any(|id| id.as_str() == person) {
        return Err(OrganisationError::NoSigner {
            person: person_is(),
        }
        .into());
    }
    let today = organisation::day_of(SystemClock.now());
    let public =
        organisation::key_of(known, person, today).ok_or_else(|| OrganisationError::NoKey {
            person: person_is(),
        })?;
    let signature_path = organisation::signature_path(path, person);
    files::refuse_existing(&signature_path)?;
    let namespace = namespace::ORGANISATION;
    let armored = made(desk, person, key, &public, namespace, &within.bytes)?;
    files::write_file(&signature_path, armored.as_bytes())?;
    Ok(Signed {
        standing: None,
        what: format!(
            "version {} of the organisation file of {}",
            known.version.value, known.organisation
        ),
        sha256: Digest::of(&within.bytes),
        namespace,
        path: signature_path,
    })
}

/// The checkpoint of a register that lies there, if it is one.
pub fn is_checkpoint(path: &Path) -> bool {
    files::read(path).is_ok_and(|bytes| Checkpoint::parse(&bytes).is_some())
}

/// Where the signature of a person over a file lies: beside it.
pub fn signature_path(path: &Path, person: &str) -> PathBuf {
    approval_path(path, person)
}

/// Signs the checkpoint of a register at `path`.
pub fn checkpoint(
    desk: &mut dyn Desk,
    path: &Path,
    person: &str,
    key: Key<'_>,
) -> Result<Signed, EngineError> {
    let bytes = files::read(path)?;
    let checkpoint = Checkpoint::parse(&bytes);
    let line = checkpoint.and_then(|checkpoint| checkpoint.signers.get(person).cloned());
    let line = line.ok_or_else(|| EngineError::NotAsked(person.to_owned()))?;
    let public = PublicKey::parse(&line)?;
    let signature_path = signature_path(path, person);
    files::refuse_existing(&signature_path)?;
    let armored = made(desk, person, key, &public, namespace::CHECKPOINT, &bytes)?;
    files::write_file(&signature_path, armored.as_bytes())?;
    Ok(Signed {
        standing: None,
        what: "the checkpoint".to_owned(),
        sha256: Digest::of(&bytes),
        namespace: namespace::CHECKPOINT,
        path: signature_path,
    })
}

fn closed(dir: &Path) -> Result<Closed, EngineError> {
    let read = |name: &'static str| {
        let path = dir.join(name);
        if path.symlink_metadata().is_err() {
            return Err(EngineError::NoCeremony {
                dir: dir.to_owned(),
                missing: name,
            });
        }
        if name == RECORD {
            files::read_record(&path)
        } else {
            files::read_script(&path)
        }
    };
    let script = read(SCRIPT)?;
    let record = read(RECORD)?;
    let signers = read(ALLOWED_SIGNERS)?;
    let entries = chain::parse(&record, &script)?;
    if chain::sealed(&entries).is_none() {
        return Err(EngineError::NotSealed(dir.to_owned()));
    }
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Err(EngineError::NotSealed(dir.to_owned()));
    };
    let Event::Open(open) = &first.event else {
        return Err(EngineError::NotSealed(dir.to_owned()));
    };
    let signers = AllowedSigners::parse(&String::from_utf8_lossy(&signers))?;
    Ok(Closed {
        ceremony: open.ceremony.clone(),
        mode: open.mode,
        standing: chain::sealed(&entries)
            .map(|sealed| (open.mode, sealed.outcome, sealed.exceptions)),
        signers,
        last: last.clone(),
        record,
    })
}

fn signature(
    desk: &mut dyn Desk,
    closed: &Closed,
    person: &str,
    key: Key<'_>,
    namespace: &str,
    message: &[u8],
) -> Result<String, EngineError> {
    let keys = closed.signers.keys_for(person, namespace, closed.last.at);
    let public = keys
        .first()
        .ok_or_else(|| EngineError::NotInScript(person.to_owned()))?;
    made(desk, person, key, public, namespace, message)
}

fn made(
    desk: &mut dyn Desk,
    person: &str,
    key: Key<'_>,
    public: &PublicKey,
    namespace: &str,
    message: &[u8],
) -> Result<String, EngineError> {
    let brought = match key {
        Key::File(path) => Brought::File(path.to_owned()),
        Key::Agent(socket) => Brought::Agent(socket.map(Path::to_owned)),
        Key::Token {
            label,
            wanted,
            access,
        } => {
            let (kind, scheme) = public
                .scheme()
                .ok_or_else(|| EngineError::from(TokenError::NoSuchSigner(person.to_owned())))?;
            let mut token = HsmToken::new(reach(wanted, &[], access, desk)?);
            if !token.find(label, &KeyPlan::existing(kind))? {
                return Err(TokenError::NoKey {
                    key: label.to_owned(),
                    kind,
                }
                .into());
            }
            return public
                .sign_elsewhere(namespace, message, |data| token.sign(label, scheme, data));
        }
    };
    let signed = signing::sign_or_take(desk, brought, person, public, namespace, message)?;
    signed.ok_or_else(|| EngineError::NotConfirmed {
        person: person.to_owned(),
        what: "signing".to_owned(),
    })
}
