//! Whose keys count, and whether a signature is by one of them.

use crate::domain::record::Moment;
use crate::error::Diagnose as _;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::error::RecordError;
use crate::record::signing::Message;
use crate::record::signing::Signature;
use crate::record::verify::Dossier;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::tally::Tally;

/// The keys that the ceremony names, and those that the auditor brought.
pub(super) struct Keys<'a> {
    pub(super) own: AllowedSigners,
    trusted: Option<&'a AllowedSigners>,
}

/// What is signed by whom, for what and when.
pub(super) struct Claim<'a> {
    pub(super) person: &'a str,
    pub(super) namespace: &'a str,
    pub(super) at: Moment,
    pub(super) message: &'a Message<'a>,
}

/// Why a signature does not hold.
pub(super) struct Refusal {
    pub(super) why: String,
    pub(super) hint: Option<String>,
}

impl From<RecordError> for Refusal {
    fn from(error: RecordError) -> Self {
        Self {
            hint: error.hint(),
            why: error.to_string(),
        }
    }
}

impl<'a> Keys<'a> {
    pub(super) fn new(
        dossier: &Dossier,
        trusted: Option<&'a AllowedSigners>,
        tally: &mut Tally,
    ) -> Self {
        let own = std::str::from_utf8(&dossier.allowed_signers)
            .map_err(|_| "it is not UTF-8".to_owned())
            .and_then(|text| AllowedSigners::parse(text).map_err(|error| error.to_string()));
        let own = own.unwrap_or_else(|why| {
            tally
                .about(Check::Opening)
                .wrong(None, format!("allowed_signers cannot be read: {why}"));
            AllowedSigners::default()
        });
        tally.about(Check::Keys);
        if trusted.is_some() {
            tally.hold("whoever signed did it with a key of your list of allowed signers");
        } else {
            tally.stands(
                Standing::Unknown,
                "signed by keys that the record itself names; bring your own list of allowed signers to know that they are those people's",
            );
        }
        Self { own, trusted }
    }

    /// The fingerprint of the key that made `signature`, if it holds.
    pub(super) fn check(&self, claim: &Claim<'_>, signature: &[u8]) -> Result<String, Refusal> {
        let Claim {
            person,
            namespace,
            at,
            message,
        } = *claim;
        let (list, whose) = match self.trusted {
            Some(trusted) => (trusted, "your list of allowed signers"),
            None => (&self.own, "allowed_signers"),
        };
        let signature = Signature::parse(signature)?;
        if signature.namespace() != namespace {
            return Err(RecordError::OtherNamespace {
                found: signature.namespace().to_owned(),
                wanted: namespace.to_owned(),
            }
            .into());
        }
        let made_by = signature.key()?;
        let allowed = list.keys_for(person, namespace, at);
        let Some(any) = allowed.first() else {
            return Err(Refusal {
                why: format!("{whose} has no key of {person} for {namespace} at {at}"),
                hint: None,
            });
        };
        let key = allowed.iter().find(|key| **key == made_by).unwrap_or(any);
        signature.verify_message(namespace, message, key)?;
        Ok(key.fingerprint())
    }
}
