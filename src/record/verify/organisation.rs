//! The organisation file that a ceremony rests on: its bytes, who signed them, and the script within
//! it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::finding::Finding;
use crate::domain::organisation;
use crate::domain::organisation::Within;
use crate::domain::parse::parse;
use crate::domain::parse::parse_organisation;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Pinned;
use crate::domain::record::namespace;
use crate::domain::script::Script;
use crate::domain::text::list;
use crate::domain::text::plain;
use crate::record::signing::Message;
use crate::record::signing::PublicKey;
use crate::record::verify::Approval;
use crate::record::verify::Dossier;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::first_entry;
use crate::record::verify::keys::Claim;
use crate::record::verify::keys::Keys;
use crate::record::verify::tally::Tally;

/// Line of the first entry.
const LINE: Option<u64> = Some(1);

/// The script of a ceremony, joined with its organisation file as of the day on which it began.
///
/// # Errors
///
/// The first mistake of the script; a file that cannot be read is told of by [`check`].
pub fn script_of(dossier: &Dossier) -> Result<Script, Box<Finding>> {
    let organisation = dossier.organisation.as_deref();
    script_within(&dossier.script, organisation, &dossier.record)
}

/// As [`script_of`], of the bytes alone.
///
/// # Errors
///
/// As for [`script_of`].
pub fn script_within(
    script: &[u8],
    organisation: Option<&[u8]>,
    record: &[u8],
) -> Result<Script, Box<Finding>> {
    let mut script = parse(script)?;
    let file = organisation.map(|bytes| (bytes, parse_organisation(bytes)));
    if let Some((bytes, Ok(organisation))) = file {
        let day = first_entry(record).map_or(Date::MIN, |first| day_of(first.at));
        let within = Within {
            organisation,
            bytes: bytes.to_vec(),
            signatures: BTreeMap::default(),
        };
        organisation::join(&mut script, Arc::new(within), day);
    }
    Ok(script)
}

fn day_of(moment: Moment) -> Date {
    moment.timestamp().to_zoned(TimeZone::UTC).date()
}

/// Holds the file and its signatures against the first entry.
pub(super) fn check(
    dossier: &Dossier,
    script: &Script,
    open: &Open,
    at: Moment,
    keys: &Keys<'_>,
    tally: &mut Tally,
) -> Vec<Approval> {
    tally.about(Check::Organisation);
    let (pinned, bytes) = match (&open.organisation, &dossier.organisation) {
        (None, None) => {
            if let Some(named) = &script.organisation {
                tally.wrong(
                    LINE,
                    format!(
                        "the script rests on {}; the record names no organisation file",
                        named.value
                    ),
                );
            }
            return Vec::new();
        }
        (None, Some(_)) => {
            tally.wrong(
                LINE,
                "organisation.yaml is there, and the record does not name it",
            );
            return Vec::new();
        }
        (Some(_), None) => {
            tally.wrong(LINE, "organisation.yaml is missing");
            return Vec::new();
        }
        (Some(pinned), Some(bytes)) => (pinned, bytes),
    };
    if Digest::of(bytes) != pinned.sha256 {
        tally.wrong(
            LINE,
            format!(
                "organisation.yaml is not the file that the record names: its SHA-256 is {}, {} was recorded",
                Digest::of(bytes),
                pinned.sha256
            ),
        );
    }
    let Some(within) = &script.within else {
        let why = parse_organisation(bytes)
            .err()
            .map(|finding| format!("{} (line {})", finding.message, finding.place.line));
        tally.wrong(
            LINE,
            format!(
                "organisation.yaml cannot be read: {}",
                why.unwrap_or_default()
            ),
        );
        return Vec::new();
    };
    for finding in organisation::findings(&within.organisation) {
        tally.wrong_hint(
            None,
            format!(
                "line {} of organisation.yaml: {}",
                finding.place.line, finding.message
            ),
            finding.hint,
        );
    }
    let organisation = &within.organisation;
    if pinned.id != organisation.organisation.as_str()
        || pinned.version != organisation.version.value
    {
        tally.wrong(
            LINE,
            format!(
                "the record names version {} of {}; organisation.yaml is version {} of {}",
                pinned.version, pinned.id, organisation.version.value, organisation.organisation
            ),
        );
    }
    let holding = signatures(dossier, within, pinned, at, keys, tally);
    let missing: Vec<&str> = organisation
        .signed_by
        .iter()
        .map(|id| id.as_str())
        .filter(|id| !pinned.signatures.iter().any(|signed| signed.by == *id))
        .collect();
    if missing.is_empty() {
        let people: Vec<&str> = pinned.signatures.iter().map(|it| it.by.as_str()).collect();
        tally.hold(format!(
            "version {} of {} is the file that the record names, signed by {}",
            pinned.version,
            pinned.id,
            list(&people)
        ));
    } else {
        let says = format!("the organisation file was not signed by {}", list(&missing));
        match open.mode {
            Mode::Production => tally.wrong_hint(
                LINE,
                says,
                Some(
                    "what was run without these signatures is an incident: ask who ran it"
                        .to_owned(),
                ),
            ),
            Mode::Practice | Mode::Rehearsal => tally.stands(Standing::Missing, says),
        }
    }
    holding
}

fn signatures(
    dossier: &Dossier,
    within: &Within,
    pinned: &Pinned,
    at: Moment,
    keys: &Keys<'_>,
    tally: &mut Tally,
) -> Vec<Approval> {
    let organisation = &within.organisation;
    let mut holding: Vec<Approval> = Vec::new();
    for signed in &pinned.signatures {
        let by = signed.by.as_str();
        let path = &signed.signature.path;
        if *path != format!("approvals/organisation-{by}.sig") {
            tally.wrong(
                LINE,
                format!("{by}'s signature over the organisation file is recorded at another place: {path}"),
            );
        }
        if !organisation.signed_by.iter().any(|id| id.as_str() == by) {
            tally.wrong(
                LINE,
                format!("{by} is recorded as signing the organisation file, and does not have to"),
            );
        }
        if holding.iter().any(|approval| approval.by == by) {
            tally.wrong(
                LINE,
                format!("{by} is recorded as signing the organisation file twice"),
            );
        }
        let known = organisation
            .people
            .get(by)
            .and_then(|member| member.key_on(day_of(at)))
            .and_then(|key| PublicKey::parse(key.key.as_str()).ok());
        let listed = keys.own.keys_for(by, namespace::ORGANISATION, at);
        if known.as_ref() != listed.first() || listed.len() > 1 {
            tally.wrong(
                LINE,
                format!(
                    "allowed_signers has another key of {by} for {} than organisation.yaml",
                    namespace::ORGANISATION
                ),
            );
        }
        // That it is missing is said with all other files.
        let Some(file) = dossier.files.get(path) else {
            continue;
        };
        let claim = Claim {
            person: by,
            namespace: namespace::ORGANISATION,
            at,
            message: &Message::of(&within.bytes),
        };
        match keys.check(&claim, file.content.as_deref().unwrap_or_default()) {
            Ok(_) => holding.push(Approval {
                by: plain(by).into_owned(),
                of: format!(
                    "the organisation file, SHA-256 {}",
                    Digest::of(&within.bytes)
                ),
                line: 1,
            }),
            Err(refusal) => {
                let what = format!(
                    "{by}'s signature over the organisation file ({path}) does not hold: {}",
                    refusal.why
                );
                tally.wrong_hint(LINE, what, refusal.hint);
            }
        }
    }
    holding
}
