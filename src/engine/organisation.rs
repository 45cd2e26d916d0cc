//! Organisation files: found beside a script, judged with the signatures beside them, and pinned by
//! the ceremony that rests on one.

mod error;

pub use crate::engine::organisation::error::OrganisationError;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::custody::seal::Receiver;
use crate::domain::finding::Finding;
use crate::domain::finding::KEY_TEXT;
use crate::domain::organisation;
use crate::domain::organisation::Organisation;
use crate::domain::organisation::Within;
use crate::domain::parse::parse;
use crate::domain::parse::parse_organisation;
use crate::domain::record::Digest;
use crate::domain::record::File;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Pinned;
use crate::domain::record::ScriptApproval;
use crate::domain::record::namespace;
use crate::domain::script::Script;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::store::APPROVALS;
use crate::engine::store::ORGANISATION;
use crate::error::Diagnose as _;
use crate::record::error::RecordError;
use crate::record::signing::PublicKey;
use crate::record::signing::Signature;

/// The organisation file that a script rests on: the one that is named by itself, or the one that
/// the script names. Nothing where neither names one, or where what the script names is not there:
/// that is a finding of the script.
///
/// # Errors
///
/// When it cannot be read, or something is wrong with it.
pub fn beside(
    script: &[u8],
    path: &Path,
    named: Option<&Path>,
) -> Result<Option<Arc<Within>>, EngineError> {
    let file = match named {
        Some(file) => file.to_owned(),
        None => {
            // A script that cannot be read is told of by whoever reads it next.
            let named = parse(script).ok().and_then(|script| script.organisation);
            let Some(named) = named else { return Ok(None) };
            let folder = path.parent().unwrap_or_else(|| Path::new("."));
            let file = folder.join(named.as_str());
            if file.symlink_metadata().is_err() {
                return Ok(None);
            }
            file
        }
    };
    let (within, findings) = read(&file)?;
    if findings.is_empty() {
        Ok(Some(Arc::new(within)))
    } else {
        let path = file;
        Err(OrganisationError::Findings { path, findings }.into())
    }
}

/// Reads an organisation file, its signatures, and what is wrong with it.
///
/// # Errors
///
/// When it cannot be read at all.
pub fn read(path: &Path) -> Result<(Within, Vec<Finding>), EngineError> {
    let bytes = files::read_script(path)?;
    let organisation = parse_organisation(&bytes).map_err(|finding| {
        EngineError::from(OrganisationError::Findings {
            path: path.to_owned(),
            findings: vec![*finding],
        })
    })?;
    let mut findings = organisation::findings(&organisation);
    findings.extend(key_texts(&organisation));
    findings.sort_by_key(|finding| finding.place);
    let mut signatures = BTreeMap::new();
    for person in &organisation.signed_by {
        let file = signature_path(path, person.as_str());
        if file.symlink_metadata().is_ok() {
            signatures.insert(person.to_string(), files::read(&file)?);
        }
    }
    let within = Within {
        organisation,
        bytes,
        signatures,
    };
    Ok((within, findings))
}

/// The path of `person`'s signature over the organisation file at `path`.
pub fn signature_path(path: &Path, person: &str) -> PathBuf {
    let mut folder = path.as_os_str().to_owned();
    folder.push(".signatures");
    PathBuf::from(folder).join(format!("{person}.sig"))
}

/// A script that was joined with its organisation, as of a day.
pub fn joined(mut script: Script, within: Option<Arc<Within>>, day: Date) -> Script {
    if let Some(within) = within {
        organisation::join(&mut script, within, day);
    }
    script
}

/// Who has still to sign the file. A signature that is there must hold, by the key that the file
/// itself has for that day.
///
/// # Errors
///
/// [`RecordError`] of the first that does not, with the person.
pub fn unsigned(within: &Within, day: Date) -> Result<Vec<String>, (String, Box<RecordError>)> {
    let mut missing = Vec::new();
    for person in &within.organisation.signed_by {
        let Some(signature) = within.signatures.get(person.as_str()) else {
            missing.push(person.to_string());
            continue;
        };
        holds(
            &within.organisation,
            person.as_str(),
            &within.bytes,
            signature,
            day,
        )
        .map_err(|because| (person.to_string(), Box::new(because)))?;
    }
    Ok(missing)
}

/// Whether a signature over the bytes of a file is by the key that `organisation` has of the person.
fn holds(
    organisation: &Organisation,
    person: &str,
    bytes: &[u8],
    signature: &[u8],
    day: Date,
) -> Result<(), RecordError> {
    let key = key_of(organisation, person, day).ok_or(RecordError::NotAPublicKey)?;
    Signature::parse(signature)?.verify(namespace::ORGANISATION, bytes, &key)
}

/// The signing key of somebody on that day.
pub fn key_of(organisation: &Organisation, person: &str, day: Date) -> Option<PublicKey> {
    let member = organisation.people.get(person)?;
    PublicKey::parse(member.key_on(day)?.key.as_str()).ok()
}

/// Whether `next` follows `before`: it names its bytes, counts on, and is signed by everybody whom
/// the version before names, with the keys that are known of them there.
///
/// # Errors
///
/// What does not fit, in words.
pub fn follows(next: &Within, before: &Within, day: Date) -> Result<(), String> {
    let wanted = before.organisation.version.value.saturating_add(1);
    let found = next.organisation.version.value;
    if found != wanted {
        return Err(format!(
            "it is version {found}; version {wanted} comes next"
        ));
    }
    if next.organisation.organisation.value != before.organisation.organisation.value {
        return Err(format!(
            "it is of {}, the version before of {}",
            next.organisation.organisation, before.organisation.organisation
        ));
    }
    for person in &before.organisation.signed_by {
        let person = person.as_str();
        let Some(signature) = next.signatures.get(person) else {
            return Err(format!(
                "{person}, who must sign by the version before, has not signed it"
            ));
        };
        holds(&before.organisation, person, &next.bytes, signature, day).map_err(|why| {
            format!("{person}'s signature does not hold by the version before: {why}")
        })?;
    }
    Ok(())
}

/// Refuses an organisation file that is not signed by everybody who must; in practice it is told
/// who has not.
///
/// # Errors
///
/// [`OrganisationError::Unsigned`] in production, [`OrganisationError::Broken`] always.
pub fn signed(within: &Within, mode: Mode, now: Moment) -> Result<Vec<String>, EngineError> {
    match unsigned(within, day_of(now)) {
        Ok(missing) if missing.is_empty() || mode != Mode::Production => Ok(missing),
        Ok(missing) => Err(OrganisationError::Unsigned(missing).into()),
        Err((person, because)) => Err(OrganisationError::Broken { person, because }.into()),
    }
}

/// Whether a machine of the organisation may load that PKCS#11 module. Where the file lists no
/// machines, the list of this machine decides alone.
///
/// # Errors
///
/// [`OrganisationError::NotAllowed`].
pub fn may_load(within: &Within, module: &Path, digest: Digest) -> Result<(), OrganisationError> {
    let machines = &within.organisation.machines;
    let mut listed = machines.values().flat_map(|machine| &machine.modules);
    if machines.is_empty() || listed.any(|it| same(&it.path, module) && it.sha256 == digest) {
        Ok(())
    } else {
        let path = module.to_owned();
        Err(OrganisationError::NotAllowed { path })
    }
}

/// Whether two paths lead to one file.
fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

/// The day of a moment, UTC.
pub fn day_of(moment: Moment) -> Date {
    moment.timestamp().to_zoned(TimeZone::UTC).date()
}

/// What a ceremony keeps of the organisation file.
pub struct Kept {
    /// For the first entry.
    pub recorded: Pinned,
    /// The file and its signatures, by their path in the ceremony directory.
    pub files: Vec<(String, Vec<u8>)>,
    /// Keys of those who signed it.
    pub signers: Vec<(String, PublicKey)>,
}

/// What a ceremony keeps of the organisation file, as of now.
pub fn pin(within: &Within, now: Moment) -> Kept {
    let organisation = &within.organisation;
    let mut files = vec![(ORGANISATION.to_owned(), within.bytes.clone())];
    let mut signatures = Vec::new();
    let mut signers = Vec::new();
    for (person, signature) in &within.signatures {
        let day = day_of(now);
        let Some(key) = key_of(organisation, person, day) else {
            continue;
        };
        // A run refuses before what does not hold; a rehearsal leaves it out.
        if holds(organisation, person, &within.bytes, signature, day).is_err() {
            continue;
        }
        let path = format!("{APPROVALS}/organisation-{person}.sig");
        signatures.push(ScriptApproval {
            by: person.clone(),
            signature: File {
                path: path.clone(),
                sha256: Digest::of(signature),
            },
        });
        files.push((path, signature.clone()));
        signers.push((person.clone(), key));
    }
    Kept {
        recorded: Pinned {
            id: organisation.organisation.to_string(),
            version: organisation.version.value,
            sha256: Digest::of(&within.bytes),
            signatures,
        },
        files,
        signers,
    }
}

/// Keys in the file that cannot be read, and those that two people share.
fn key_texts(organisation: &Organisation) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known: Vec<(&str, PublicKey)> = Vec::new();
    for (id, member) in &organisation.people {
        for signing in &member.signing_keys {
            let place = signing.key.place;
            let finding = |message| Finding::new(&KEY_TEXT, place, format!("{id}: {message}"));
            match PublicKey::parse(signing.key.as_str()) {
                Ok(key) => {
                    let mut others = known.iter();
                    let other = others.find(|(who, other)| *other == key && *who != id.as_str());
                    if let Some((other, _)) = other {
                        findings.push(
                            finding(format!("the signing key is that of {other}"))
                                .hint("everybody signs with a key of their own"),
                        );
                    }
                    known.push((id.as_str(), key));
                }
                Err(error) => {
                    let mut finding = finding(error.to_string());
                    finding.hint = error.hint();
                    findings.push(finding);
                }
            }
        }
        if let Some(receives) = &member.receives_shares_at {
            let texts = receives.texts();
            let keys: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
            if let Err((wrong, error)) = Receiver::parse(&keys) {
                let place = texts.get(wrong).map_or(receives.place, |(place, _)| *place);
                let mut finding = Finding::new(&KEY_TEXT, place, format!("{id}: {error}"));
                finding.hint = error.hint();
                findings.push(finding);
            }
        }
    }
    findings
}
