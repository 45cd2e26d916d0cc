//! Steps that make, wrap and destroy keys.

use std::collections::BTreeMap;

use base64ct::Base64;
use base64ct::Encoding as _;

use crate::crypto::check_value;
use crate::crypto::check_value::SPKI;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Challenge;
use crate::domain::finding::TOKEN_LIES;
use crate::domain::record::Artifact;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::InToken;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::record::method;
use crate::domain::script::Core;
use crate::domain::script::Destroy;
use crate::domain::script::Kind;
use crate::domain::script::Step;
use crate::domain::script::Wrap;
use crate::domain::text::list;
use crate::record::verify::steps::Walk;

impl<'a> Walk<'a, '_> {
    pub(super) fn generate(&mut self, wanted: &str, entry: &'a StepEntry) {
        let Did::Generate {
            key,
            r#type,
            made_by,
            checked_by,
            check_values,
            token,
        } = &entry.did
        else {
            return;
        };
        self.same("that the key is", key, wanted);
        let described = self.script.keys.get(wanted).map(|key| key.r#type.value);
        if let Some(kind) = described {
            self.same("that its type is", r#type.name(), kind.name());
        }
        if made_by.trim().is_empty() || checked_by.trim().is_empty() {
            self.wrong(format!(
                "key {key}: what made or checked it is not recorded"
            ));
        }
        self.plausible(key, *r#type, check_values);
        self.in_token(key, token.as_ref());
        // A rehearsal's keys follow from its seed, and may come again.
        if self.open.mode != Mode::Rehearsal
            && let Some(other) = self
                .made
                .iter()
                .find_map(|(label, values)| (values == check_values).then(|| label.clone()))
        {
            self.wrong(format!("key {key} has the check values of key {other}"));
        }
        match (r#type.is_pair(), entry.artifacts.as_slice()) {
            (false, []) => {}
            (true, [artifact]) if artifact.purpose == Purpose::PublicKey => {
                self.public_half(key, artifact, check_values);
            }
            (false, _) => self.wrong(format!("making key {key} leaves no artifact")),
            (true, _) => self.wrong(format!(
                "making key {key} leaves its public half as the one artifact; the record says otherwise"
            )),
        }
        self.made.insert(key.clone(), check_values.clone());
        self.in_process.insert(key);
        self.destroyed.remove(key.as_str());
        self.made_of(key, entry);
    }

    /// Whether the check values are those, in shape, that a key of this type has.
    pub(super) fn plausible(
        &mut self,
        key: &str,
        kind: KeyType,
        check_values: &BTreeMap<String, String>,
    ) {
        let by_token = self.script.token.core.value == Core::Pkcs11;
        if let Some(why) = check_value::implausible(kind, check_values, by_token) {
            self.wrong(format!("key {key}: {why}"));
        }
    }

    /// Whether the file of a public half is the one that the check value is of.
    fn public_half(
        &mut self,
        key: &str,
        artifact: &Artifact,
        check_values: &BTreeMap<String, String>,
    ) {
        // That the file is there and unchanged is looked at with all other files.
        let Some(file) = self.dossier.files.get(&artifact.path) else {
            return;
        };
        let digest = file
            .content
            .as_deref()
            .and_then(spki_of)
            .map(|spki| Digest::of(&spki).to_string());
        if digest.as_ref() != check_values.get(SPKI) {
            self.wrong(format!(
                "{} is not the public half that the check value of key {key} is of",
                artifact.path
            ));
        }
    }

    /// Notes what was made of a key, for the day it is lost.
    pub(super) fn made_of(&mut self, key: &'a str, entry: &'a StepEntry) {
        let paths = entry.artifacts.iter().map(|made| made.path.as_str());
        self.files.entry(key).or_default().extend(paths);
    }

    /// What an HSM says of a key, where it is in one.
    pub(super) fn in_token(&mut self, key: &str, token: Option<&InToken>) {
        let is_hsm = self.script.token.core.value == Core::Pkcs11;
        let Some(token) = token else {
            if is_hsm && self.open.mode != Mode::Rehearsal {
                self.wrong(format!("what the HSM says of key {key} is not recorded"));
            }
            return;
        };
        if !is_hsm {
            self.wrong(format!(
                "key {key} is recorded as in an HSM; it was in none"
            ));
        }
        let mut lies: Vec<String> = token.lies().map(ToString::to_string).collect();
        let external = self.script.kind.value == Kind::External;
        if external && lies.is_empty() && !token.never_extractable() {
            lies.push("it does not say that the key could never be taken out".to_owned());
        }
        if lies.is_empty() {
            return;
        }
        let mut waivers = self.script.waivers.iter();
        let waived = waivers.any(|waiver| waiver.rule.as_str() == TOKEN_LIES.id);
        let what = format!(
            "the HSM is not to be believed about key {key}: {}",
            list(&lies)
        );
        if self.open.mode == Mode::Production && !waived {
            self.wrong(what);
        } else {
            self.tally.note(what);
        }
    }

    /// A step that needs the key itself.
    pub(super) fn needs(&mut self, key: &str) {
        if !self.made.contains_key(key) {
            self.wrong(format!("key {key} was not made before"));
        } else if self.destroyed.contains(key) {
            self.wrong(format!("key {key} was destroyed before"));
        } else if !self.in_process.contains(key) {
            self.wrong(format!(
                "key {key} was gone with the interrupted process, and its return is not recorded"
            ));
        }
    }

    pub(super) fn wrap(&mut self, index: usize, wanted: &Wrap, entry: &'a StepEntry) {
        let Did::Wrap {
            key,
            r#for,
            provider,
            algorithm,
            wrapping_key,
            import_token,
            self_check,
            challenge,
        } = &entry.did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same("that it is for", r#for, wanted.r#for.as_str());
        self.needs(key);
        let script = self.script;
        if let Some(input) = script.inputs.get(wanted.r#for.as_str()) {
            self.same("that the provider is", provider, input.provider.as_str());
            self.same("that the algorithm is", algorithm, input.algorithm.as_str());
        }
        if let Some(input) = self.input(wanted.r#for.as_str()) {
            if input.wrapping_key != *wrapping_key {
                self.wrong(format!(
                    "the key was wrapped under {wrapping_key}; the ceremony began with the wrapping key {}",
                    input.wrapping_key
                ));
            }
            if let (Some(until), Some(at)) = (input.valid_to, self.here.at)
                && at > until
                && self.open.mode != Mode::Rehearsal
            {
                self.wrong(format!(
                    "the key was wrapped at {at}, after its import parameters had run out at {until}"
                ));
            }
            if input.import_token != *import_token {
                self.wrong("the import token is not the one that the ceremony began with");
            }
        }
        if self_check.is_empty() {
            self.wrong("no self-check of the wrap is recorded");
        }
        self.package(entry, *import_token, challenge.as_ref());
        self.approved(index);
        self.made_of(key, entry);
    }

    fn package(
        &mut self,
        entry: &StepEntry,
        import_token: Option<Digest>,
        challenge: Option<&Challenge>,
    ) {
        let mut wrapped = 0;
        let mut asked = Vec::new();
        for artifact in &entry.artifacts {
            match artifact.purpose {
                Purpose::WrappedKey => wrapped += 1,
                Purpose::ImportToken => {
                    if Some(artifact.sha256) != import_token {
                        self.wrong(format!(
                            "{} is not the import token that is recorded",
                            artifact.path
                        ));
                    }
                }
                Purpose::Command => {}
                Purpose::Challenge => asked.push(artifact.sha256),
                Purpose::Answer
                | Purpose::WrappedKeys
                | Purpose::Share
                | Purpose::Backup
                | Purpose::PublicKey
                | Purpose::Recovery
                | Purpose::Receipt
                | Purpose::Snapshot
                | Purpose::Findings
                | Purpose::Certificate
                | Purpose::Notice
                | Purpose::Record => {
                    self.wrong(format!("a wrap makes no file like {}", artifact.path));
                }
            }
        }
        let question = challenge.map(|challenge| challenge.question);
        if asked != Vec::from_iter(question) {
            self.wrong("the question of the challenge is not the file that was written");
        }
        if wrapped != 1 {
            self.wrong(format!(
                "a wrap leaves one wrapped key; {wrapped} are recorded"
            ));
        }
    }

    pub(super) fn destroy(&mut self, index: usize, wanted: &Destroy, did: &'a Did) {
        let Did::Destroy {
            key,
            r#where,
            method: how,
            found,
        } = did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same("that it was destroyed in the", r#where, "token");
        if !self.made.contains_key(key) || self.destroyed.contains(key.as_str()) {
            self.wrong(format!(
                "key {key} is recorded as destroyed, but there was none"
            ));
        }
        let here = self.in_process.remove(key.as_str());
        let says = match (self.script.token.core.value, here) {
            (Core::Software, true) => method::WIPED,
            (Core::Software, false) => method::GONE,
            (Core::Pkcs11, true) => method::IN_TOKEN,
            (Core::Pkcs11, false) => method::IN_TOKEN_BEFORE,
        };
        self.was_found(key, found.as_ref(), here);
        if how != says {
            self.wrong(format!(
                "key {key} is recorded as destroyed so: {how}; by the entries before it must be: {says}"
            ));
        }
        self.destroyed.insert(key);
        self.approved(index);
    }

    /// Whether an approval covers this step where the script has one for it.
    pub(super) fn approved(&mut self, index: usize) {
        let script = self.script;
        let covering = script.steps.iter().enumerate().filter(|(at, step)| {
            matches!(&step.value, Step::Approve(approve)
                if script.covered_by(*at, approve).iter().any(|(covered, _)| *covered == index))
        });
        let until: Vec<_> = covering
            .map(|(at, _)| self.approvals.get(&at).copied())
            .collect();
        if until.is_empty() {
            return;
        }
        match until.into_iter().flatten().max() {
            None => self.wrong("it is not approved"),
            Some(until) if self.here.at.is_some_and(|at| at > until) => self.wrong(format!(
                "its approval ran out at {until}, before it was done"
            )),
            Some(_) => {}
        }
    }
}

/// DER of a public key in PEM (RFC 7468 §13).
pub fn spki_of(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let inside = text
        .strip_prefix("-----BEGIN PUBLIC KEY-----\n")?
        .strip_suffix("-----END PUBLIC KEY-----\n")?;
    let joined: String = inside.lines().collect();
    Base64::decode_vec(&joined).ok()
}
