//! Signatures over the sealed record, and disagreements with it.

use crate::domain::dissent::Dissent;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Sealed;
use crate::domain::script::Script;
use crate::domain::text::list;
use crate::domain::text::plain;
use crate::record::signing::Message;
use crate::record::verify::Dossier;
use crate::record::verify::Short;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::keys::Claim;
use crate::record::verify::keys::Keys;
use crate::record::verify::keys::Refusal;
use crate::record::verify::tally::Tally;

/// What there is to sign, and who should.
pub(super) struct Signable<'a> {
    pub(super) script: Option<&'a Script>,
    pub(super) open: Option<&'a Open>,
    pub(super) sealed: Option<&'a Sealed>,
    /// When it was sealed; as late as the record tells if it was not.
    pub(super) at: Option<Moment>,
    pub(super) record_sha256: Digest,
}

/// Who signed, who did not, and who does not agree.
#[derive(Default)]
pub(super) struct Signed {
    pub(super) agreed: Vec<(String, String)>,
    pub(super) outstanding: Vec<String>,
    pub(super) short: Vec<Short>,
    pub(super) dissents: Vec<(String, String)>,
}

pub(super) fn check(
    dossier: &Dossier,
    what: &Signable<'_>,
    keys: &Keys<'_>,
    tally: &mut Tally,
) -> Signed {
    tally.about(Check::Signatures);
    let mut result = Signed::default();
    let (Some(open), Some(at)) = (what.open, what.at) else {
        tally.stands(
            Standing::Unknown,
            "signatures are not checked: the record does not say what they are for",
        );
        return result;
    };
    // The script decides who signs; the seal is held against it elsewhere.
    let required = match (what.script, what.sealed) {
        (Some(script), _) => script.record_signers(),
        (None, Some(sealed)) => sealed.signers.clone(),
        (None, None) => Vec::new(),
    };
    let message = Message::of(&dossier.record);
    for (person, signature) in &dossier.signatures {
        let claim = Claim {
            person,
            namespace: open.mode.namespace(),
            at,
            message: &message,
        };
        match keys.check(&claim, signature) {
            Ok(fingerprint) => {
                if !required.contains(person) {
                    tally.note(format!("{person} signed, too, without having to"));
                }
                result
                    .agreed
                    .push((plain(person).into_owned(), fingerprint));
            }
            Err(Refusal { why, hint }) => tally.wrong_hint(
                None,
                format!("the signature of {person} (signatures/{person}.sig) does not hold: {why}"),
                hint,
            ),
        }
    }
    dissents(dossier, what, open, at, keys, tally, &mut result);
    if what.sealed.is_some() {
        // Who does not agree has answered, and is missing nowhere.
        let answered = |person: &str| {
            dossier.signatures.contains_key(person)
                || result.dissents.iter().any(|(who, _)| who == person)
        };
        result.short = short(what.script, &required, answered);
        result.outstanding = required
            .iter()
            .filter(|person| result.short.iter().any(|short| short.of.contains(person)))
            .cloned()
            .collect();
    }
    tell(open, &result, tally);
    result
}

/// The roles of which more have to sign: all of them, or as many as the policy wants.
fn short(
    script: Option<&Script>,
    required: &[String],
    answered: impl Fn(&str) -> bool,
) -> Vec<Short> {
    let Some(script) = script else {
        let of: Vec<String> = required
            .iter()
            .filter(|id| !answered(id))
            .cloned()
            .collect();
        let role = "signers".to_owned();
        let more = of.len();
        return (more > 0)
            .then_some(Short { role, more, of })
            .into_iter()
            .collect();
    };
    let quorums = script.signatures().into_iter();
    quorums
        .filter_map(|(role, wanted)| {
            let holders = script.roles.holders(role);
            let of: Vec<String> = holders
                .iter()
                .map(ToString::to_string)
                .filter(|id| !answered(id))
                .collect();
            let more = wanted.saturating_sub(holders.len() - of.len());
            let role = role.name().to_owned();
            (more > 0).then_some(Short { role, more, of })
        })
        .collect()
}

/// Says who signed, or who has to.
fn tell(open: &Open, result: &Signed, tally: &mut Tally) {
    if !tally.is_clean() {
        return;
    }
    if let Some((person, _)) = result.dissents.first() {
        tally.stands(
            Standing::Missing,
            format!("{person} does not agree with the record"),
        );
    } else if !result.short.is_empty() {
        let short: Vec<String> = result.short.iter().map(Short::told).collect();
        tally.stands(
            Standing::Missing,
            format!("signatures are missing: {}", short.join("; ")),
        );
    } else if result.agreed.is_empty() {
        tally.stands(Standing::Unknown, "nobody has signed what is not sealed");
    } else {
        let people: Vec<&str> = result.agreed.iter().map(|(who, _)| who.as_str()).collect();
        tally.hold(format!(
            "{} signed these bytes for {}",
            list(&people),
            open.mode.namespace()
        ));
    }
}

fn dissents(
    dossier: &Dossier,
    what: &Signable<'_>,
    open: &Open,
    at: Moment,
    keys: &Keys<'_>,
    tally: &mut Tally,
    result: &mut Signed,
) {
    for (person, (json, signature)) in &dossier.dissents {
        let mut broken = |why: &str, hint: Option<String>| {
            tally.wrong_hint(
                None,
                format!(
                    "the disagreement of {person} (dissent/{person}.json) does not hold: {why}"
                ),
                hint,
            );
        };
        let dissent = match serde_json::from_slice::<Dissent>(json) {
            Ok(dissent) if dissent.bytes() == *json => dissent,
            Ok(_) => {
                broken("it is not canonical JSON", None);
                continue;
            }
            Err(_) => {
                broken("it is not a disagreement as keyrite writes it", None);
                continue;
            }
        };
        if dissent.ceremony != open.ceremony {
            broken("it is about another ceremony", None);
            continue;
        }
        if dissent.record != what.record_sha256 {
            broken(
                &format!(
                    "it is about a record with the SHA-256 {}, not {}",
                    dissent.record, what.record_sha256
                ),
                Some("one of the two was changed after it was signed".to_owned()),
            );
            continue;
        }
        let Some(signature) = signature else {
            broken("it is not signed", None);
            continue;
        };
        let claim = Claim {
            person,
            namespace: open.mode.dissent_namespace(),
            at,
            message: &Message::of(json),
        };
        match keys.check(&claim, signature) {
            Ok(_) => {
                let reason = plain(&dissent.reason).into_owned();
                result.dissents.push((plain(person).into_owned(), reason));
            }
            Err(Refusal { why, hint }) => broken(&why, hint),
        }
    }
}
