//! AWS KMS: imported key material.
//!
//! Sources: AWS KMS API reference `GetParametersForImport` and `ImportKeyMaterial` (service model of
//! botocore 0e6e2404), AWS KMS Developer Guide "Importing key material". Not tried
//! against the live service.

mod lifecycle;

use std::io::BufRead;

use crate::crypto::check_value;
use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Form;
use crate::domain::arrival::Told;
use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogTally;
use crate::domain::record::Purpose;
use crate::domain::script::ImportType;
use crate::providers::About;
use crate::providers::AccessRead;
use crate::providers::Asked;
use crate::providers::Expiry;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::answer::BY_CHALLENGE;
use crate::providers::answer::NO_CHALLENGE;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::log::read;

mod about;
mod access;
mod actions;
mod answer;
mod log;
mod parameters;
mod policy;
mod snapshot;

/// AWS KMS.
#[derive(Debug)]
pub struct Aws;

impl Provider for Aws {
    fn id(&self) -> &'static str {
        "aws-kms"
    }

    fn title(&self) -> &'static str {
        "AWS KMS"
    }

    fn profiles(&self) -> &'static [Profile] {
        PROFILES
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        REFUSED
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }

    fn lifecycle(&self) -> Option<&'static Lifecycle> {
        Some(&lifecycle::LIFECYCLE)
    }

    fn needs_import_token(&self) -> bool {
        true
    }

    fn parameters_live(&self) -> Option<i64> {
        Some(24 * 60 * 60)
    }

    fn ends_material(&self) -> bool {
        true
    }

    fn import_types(&self) -> &'static [ImportType] {
        &[ImportType::New, ImportType::Existing]
    }

    fn check_import_type(&self, kind: KeyType) -> Result<(), ProviderError> {
        if kind == KeyType::Aes256 {
            return Ok(());
        }
        Err(ProviderError::OneMaterial {
            provider: self.title(),
            kind,
        })
    }

    fn read_access(&self, files: &[InputFile], key_id: &str) -> Result<AccessRead, ProviderError> {
        let part = |n| key_id.split(':').nth(n);
        let whole = part(0) == Some("arn")
            && part(2) == Some("kms")
            && part(4).is_some_and(policy::is_account)
            && part(5).is_some_and(|key| key.starts_with("key/"));
        if !whole {
            return Err(ProviderError::NotWhole {
                id: key_id.to_owned(),
                wanted: "arn:aws:kms:REGION:ACCOUNT:key/ID",
                told_by: "aws kms describe-key",
            });
        }
        access::read(files, key_id)
    }

    fn read_log(
        &self,
        source: &mut dyn BufRead,
        each: &mut dyn FnMut(LogItem),
    ) -> Result<LogTally, ProviderError> {
        read(&mut log::CloudTrail, source, each)
    }

    fn region_of<'a>(&self, id: &'a str) -> Option<&'a str> {
        // arn:PARTITION:kms:REGION:ACCOUNT:key/ID
        let mut parts = id.split(':');
        (parts.next() == Some("arn"))
            .then(|| parts.nth(2))
            .flatten()
    }

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        // It goes into a shell command, where a leading hyphen would be an option.
        let clean = !id.is_empty()
            && !id.starts_with('-')
            && id
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b":/_-".contains(&c));
        if !clean {
            return Err(ProviderError::KeyId { id: id.to_owned() });
        }
        if id.starts_with("alias/") || id.contains(":alias/") {
            return Err(ProviderError::Alias { id: id.to_owned() });
        }
        Ok(())
    }

    fn same_key(&self, one: &str, other: &str) -> bool {
        // An ARN ends in `key/` and the bare id; two ARNs must agree as a whole, or a key of
        // another account or region with the same multi-Region id would pass.
        let bare = |id: &str| id.rsplit_once('/').map_or(id, |(_, id)| id).to_owned();
        one == other || (one.contains('/') != other.contains('/') && bare(one) == bare(other))
    }

    fn read_parameters(&self, files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
        let parameters = parameters::read(files)?;
        if let Some(id) = &parameters.key_id {
            self.check_key_id(id)?;
        }
        Ok(parameters)
    }

    fn asks(&self, kind: KeyType) -> Option<fn(&Asked<'_>) -> Vec<u8>> {
        let answers = answer::MACS.iter().any(|(known, _)| *known == kind);
        answers.then_some(answer::ask)
    }

    fn proof(&self, kind: KeyType, challenged: bool) -> &'static str {
        match (kind.is_pair(), Form::of(kind)) {
            (true, _) => {
                "To prove it: aws kms get-public-key --key-id KEY > public-key.json, and give that file, too."
            }
            (false, Some(Form::Hmac)) if challenged => BY_CHALLENGE,
            (false, Some(Form::Hmac)) => NO_CHALLENGE,
            (false, Some(Form::AesGcm) | None) => {
                "AWS KMS answers nothing that proves a symmetric key. What it says is consistent if `import-key-material` and `list-key-rotations --include-key-material ALL_KEY_MATERIAL` tell one KeyMaterialId; and a re-import as EXISTING_KEY_MATERIAL is refused unless it is the same key."
            }
        }
    }

    fn read_answer(&self, file: &InputFile, kind: KeyType) -> Result<Vec<Told>, ProviderError> {
        answer::read(file, kind, self.title())
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        for id in [package.key_id, package.parameters.key_id.as_deref()]
            .into_iter()
            .flatten()
        {
            self.check_key_id(id)?;
        }
        let mut artifacts = vec![NewArtifact {
            name: BLOB.to_owned(),
            bytes: package.blob.to_vec(),
            purpose: Purpose::WrappedKey,
        }];
        if let Some(token) = &package.parameters.import_token {
            artifacts.push(NewArtifact {
                name: TOKEN.to_owned(),
                bytes: token.clone(),
                purpose: Purpose::ImportToken,
            });
        }
        artifacts.push(NewArtifact {
            name: COMMAND.to_owned(),
            bytes: command(package).into_bytes(),
            purpose: Purpose::Command,
        });
        if package.import_type == Some(ImportType::New) {
            artifacts.push(NewArtifact {
                name: ROTATE.to_owned(),
                bytes: rotate(package).into_bytes(),
                purpose: Purpose::Command,
            });
        }
        Ok(artifacts)
    }
}

/// File of the wrapped key.
const BLOB: &str = "EncryptedKeyMaterial.bin";
/// File of the import token.
const TOKEN: &str = "ImportToken.bin";
/// File of the commands.
const COMMAND: &str = "import-key-material.sh";

/// File of the commands that take new material into use.
const ROTATE: &str = "rotate-key-on-demand.sh";

/// What makes the new material the current one, once it is everywhere.
fn rotate(package: &Package<'_>) -> String {
    let id = package.key_id.or(package.parameters.key_id.as_deref());
    let (asked, id) = match id {
        Some(id) => (String::new(), format!("'{id}'")),
        None => (
            format!("KEY_ID=${{1:?\"usage: sh {ROTATE} KEY_ID\"}}\n"),
            "\"$KEY_ID\"".to_owned(),
        ),
    };
    format!(
        "#!/bin/sh\n\
         # Makes the new key material of AWS KMS the current one. What was encrypted before stays\n\
         # readable as long as the older materials stay imported. At most 25 times a key.\n\
         # Multi-Region key: first import NEW_KEY_MATERIAL into the primary, then the same material\n\
         # as EXISTING_KEY_MATERIAL into every replica, each with its own parameters; then rotate.\n\
         set -eu\n\n\
         {asked}# The new material must be PENDING_ROTATION and IMPORTED, the others IMPORTED.\n\
         aws kms list-key-rotations --key-id {id} \\\n  \
         --include-key-material ALL_KEY_MATERIAL --output table\n\
         pending=$(aws kms list-key-rotations --key-id {id} \\\n  \
         --include-key-material ALL_KEY_MATERIAL --output text \\\n  \
         --query \"Rotations[?KeyMaterialState=='PENDING_ROTATION'].ImportState\")\n\
         test \"$pending\" = IMPORTED || {{\n  \
         echo 'no new material is PENDING_ROTATION and IMPORTED: run import-key-material.sh first' >&2\n  \
         exit 1\n\
         }}\n\
         aws kms rotate-key-on-demand --key-id {id}\n"
    )
}

/// The options that say what the import is.
fn import_type(package: &Package<'_>) -> Vec<String> {
    match package.import_type {
        None => Vec::new(),
        Some(ImportType::Existing) => vec![
            "  --import-type EXISTING_KEY_MATERIAL \\".to_owned(),
            // Where a key has several materials, its id says which one comes back.
            "  ${KEY_MATERIAL_ID:+--key-material-id \"$KEY_MATERIAL_ID\"} \\".to_owned(),
        ],
        Some(ImportType::New) => {
            let value = package.check_values.clone().into_map().into_iter().next();
            let said = value.map_or_else(
                || "imported by keyrite".to_owned(),
                |(name, value)| format!("imported by keyrite {name} {value}"),
            );
            // What AWS takes: letters, digits, white space and `:/_.-`, at most 256 characters.
            let said: String = said
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || " :/_.-".contains(*c))
                .take(256)
                .collect();
            vec![
                "  --import-type NEW_KEY_MATERIAL \\".to_owned(),
                format!("  --key-material-description '{said}' \\"),
            ]
        }
    }
}

/// The commands for the person who uploads, to be read before they are run.
fn command(package: &Package<'_>) -> String {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        "# Imports the wrapped key into AWS KMS. Needs the AWS CLI and the right to do so."
            .to_owned(),
        format!(
            "# {} key, wrapped with {} under an RSA key of {} bits.",
            package.kind,
            package.profile.algorithm,
            package.parameters.wrapping_key.bits()
        ),
    ];
    if let Some(at) = package.parameters.valid_to {
        lines.push(format!(
            "# Run it before {at}: then the import token expires."
        ));
    }
    lines.push("set -eu".to_owned());
    lines.push("cd \"$(dirname \"$0\")\"".to_owned());
    lines.push(String::new());
    let id = package.key_id.or(package.parameters.key_id.as_deref());
    // The id was checked: it holds nothing that a shell takes for more than a letter.
    let id = if let Some(id) = id {
        format!("'{id}'")
    } else {
        lines.push("# Which key is to be filled was not said: give its id or ARN.".to_owned());
        lines.push("KEY_ID=${1:?\"usage: sh import-key-material.sh KEY_ID\"}".to_owned());
        lines.push(String::new());
        "\"$KEY_ID\"".to_owned()
    };
    if package.parameters.import_token.is_none() {
        lines.push(format!(
            "# The import token was not given: put the one that came with the wrapping key here as {TOKEN}."
        ));
        lines.push(format!(
            "test -s {TOKEN} || {{ echo '{TOKEN} is missing: download it with the wrapping key' >&2; exit 1; }}"
        ));
        lines.push(String::new());
    }
    lines.push("aws kms import-key-material \\".to_owned());
    lines.push(format!("  --key-id {id} \\"));
    lines.push(format!("  --encrypted-key-material fileb://{BLOB} \\"));
    lines.push(format!("  --import-token fileb://{TOKEN} \\"));
    lines.extend(import_type(package));
    match package.expiry {
        Expiry::Never => {
            lines.push("  --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE".to_owned());
        }
        Expiry::At(at) => {
            lines.push("  --expiration-model KEY_MATERIAL_EXPIRES \\".to_owned());
            lines.push(format!("  --valid-to {at}"));
        }
    }
    lines.push(String::new());
    lines.push("# Check: the first word must be Enabled, the second EXTERNAL.".to_owned());
    lines.push(format!("aws kms describe-key --key-id {id} \\"));
    lines.push(
        "  --query 'KeyMetadata.[KeyState,Origin,KeySpec,ExpirationModel,ValidTo]' --output text"
            .to_owned(),
    );
    if let Some(spki) = package.check_values.get(check_value::SPKI) {
        lines.push(String::new());
        lines.push("# Check: the public key in AWS KMS must have this SHA-256:".to_owned());
        lines.push(format!("# {spki}"));
        lines.push(format!("aws kms get-public-key --key-id {id} \\"));
        lines.push(
            "  --query PublicKey --output text | openssl base64 -d -A | openssl dgst -sha256 -r"
                .to_owned(),
        );
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Wrapping algorithms that are refused, with the reason.
const REFUSED: &[(&str, &str)] = &[
    (
        "RSAES_PKCS1_V1_5",
        "AWS KMS accepts it no longer since 2023-10-10, and its padding leaks",
    ),
    (
        "SM2PKE",
        "it exists in China Regions only, and SM2 is not built in this version",
    ),
];

/// Members `WrappingAlgorithm` and `WrappingKeySpec` of `GetParametersForImportRequest`.
const SOURCE: &str = "https://github.com/boto/botocore, kms/2014-11-01/service-2.json at 0e6e2404";
/// When the table was last compared with notes taken from that source.
const READ: &str = "2026-11-22";
/// `CiphertextType`: 1 to 6144 bytes.
const MAX_BLOB: usize = 6144;

/// Everything but RSA private keys; symmetric keys are 256 bits, `HMAC_*` exactly their size.
const DIRECT: &[KeyType] = &[
    KeyType::Aes256,
    KeyType::Hmac224,
    KeyType::Hmac256,
    KeyType::Hmac384,
    KeyType::Hmac512,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::EcSecp256k1,
];
/// "Supported for wrapping RSA and ECC key material": neither symmetric nor HMAC keys, although one
/// page of examples mentions them; the API reference wins.
const WITH_AES: &[KeyType] = &[
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::EcSecp256k1,
];
/// `ECC_NIST_P521` does not go directly under `RSA_2048`.
const NOT_DIRECT: &[(KeyType, usize)] = &[(KeyType::EcP521, 2048)];

const PROFILES: &[Profile] = &[
    profile("RSAES_OAEP_SHA_256", Hash::Sha256, false),
    profile("RSA_AES_KEY_WRAP_SHA_256", Hash::Sha256, true),
    profile("RSAES_OAEP_SHA_1", Hash::Sha1, false),
    profile("RSA_AES_KEY_WRAP_SHA_1", Hash::Sha1, true),
];

/// The four rows differ only in this.
const fn profile(algorithm: &'static str, hash: Hash, kwp: bool) -> Profile {
    Profile {
        provider: "aws-kms",
        algorithm,
        construction: if kwp {
            Construction::OaepThenAes(OaepHashes::same(hash), AesMode::Kwp)
        } else {
            Construction::Oaep(OaepHashes::same(hash))
        },
        wrapping_key_bits: &[2048, 3072, 4096],
        carries: if kwp { WITH_AES } else { DIRECT },
        not_with: if kwp { &[] } else { NOT_DIRECT },
        max_blob: MAX_BLOB,
        source: SOURCE,
        read: READ,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::check_value::CheckValues;
    use crate::crypto::random::SystemRandom;
    use crate::crypto::software::SoftwareKey;
    use crate::domain::record::Moment;
    use crate::error::Diagnose as _;
    use crate::providers::stand_in;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn now() -> Moment {
        Moment::new("2026-11-22T14:05:00Z".parse().unwrap())
    }

    fn made(
        kind: KeyType,
        parameters: &ImportParameters,
        key_id: Option<&str>,
        expiry: Expiry,
        check_values: &CheckValues,
    ) -> Result<Vec<NewArtifact>, ProviderError> {
        Aws.package(&Package {
            profile: &PROFILES[0],
            kind,
            blob: b"blob",
            parameters,
            key_id,
            expiry,
            import_type: None,
            check_values,
        })
    }

    fn text(artifacts: &[NewArtifact]) -> String {
        String::from_utf8(artifacts.last().unwrap().bytes.clone()).unwrap()
    }

    #[test]
    fn the_package_has_the_files_and_the_command() {
        let parameters = stand_in::parameters(4096, now()).unwrap();
        let artifacts = made(
            KeyType::Aes256,
            &parameters,
            Some(ID),
            Expiry::Never,
            &CheckValues::default(),
        )
        .unwrap();
        let names: Vec<_> = artifacts
            .iter()
            .map(|a| (a.name.as_str(), a.purpose))
            .collect();
        assert_eq!(
            names,
            [
                (BLOB, Purpose::WrappedKey),
                (TOKEN, Purpose::ImportToken),
                (COMMAND, Purpose::Command)
            ]
        );
        assert_eq!(
            text(&artifacts),
            include_str!("../../tests/data/providers/aws/import-key-material.sh")
        );
    }

    #[test]
    fn a_pair_is_compared_by_its_public_half_and_expires_when_told() {
        let key = SoftwareKey::twin(KeyType::EcP256, &mut SystemRandom).unwrap();
        let values = key.check_values();
        let mut parameters = stand_in::parameters(4096, now()).unwrap();
        parameters.key_id = Some(ID.to_owned());
        let expiry = Expiry::after(now(), 3600).unwrap();
        let script = text(&made(key.kind(), &parameters, None, expiry, &values).unwrap());
        assert!(script.contains(
            "--expiration-model KEY_MATERIAL_EXPIRES \\\n  --valid-to 2026-11-22T15:05:00Z\n"
        ));
        assert!(script.contains(values.get(check_value::SPKI).unwrap()));
        assert!(script.contains(&format!("aws kms get-public-key --key-id '{ID}'")));
    }

    #[test]
    fn what_is_unknown_is_asked_for_when_the_command_runs() {
        let mut parameters = stand_in::parameters(4096, now()).unwrap();
        parameters.import_token = None;
        let artifacts = made(
            KeyType::Aes256,
            &parameters,
            None,
            Expiry::Never,
            &CheckValues::default(),
        )
        .unwrap();
        assert_eq!(artifacts.len(), 2);
        let script = text(&artifacts);
        assert!(script.contains("--key-id \"$KEY_ID\""));
        assert!(script.contains("test -s ImportToken.bin ||"));
    }

    #[test]
    fn other_imports_than_the_first_say_what_they_are() {
        let parameters = stand_in::parameters(4096, now()).unwrap();
        let key = SoftwareKey::twin(KeyType::Aes256, &mut SystemRandom).unwrap();
        let values = key.check_values();
        let made = |import_type| {
            Aws.package(&Package {
                profile: &PROFILES[0],
                kind: KeyType::Aes256,
                blob: b"blob",
                parameters: &parameters,
                key_id: Some(ID),
                expiry: Expiry::Never,
                import_type: Some(import_type),
                check_values: &values,
            })
            .unwrap()
        };
        let again = made(ImportType::Existing);
        assert_eq!(again.len(), 3);
        assert!(text(&again).contains(
            "--import-type EXISTING_KEY_MATERIAL \\\n  ${KEY_MATERIAL_ID:+--key-material-id \"$KEY_MATERIAL_ID\"} \\\n"
        ));
        let new = made(ImportType::New);
        assert_eq!(new.len(), 4);
        assert!(text(&new[..3]).contains(
            "--import-type NEW_KEY_MATERIAL \\\n  --key-material-description 'imported by keyrite "
        ));
        assert!(text(&new).ends_with(&format!("aws kms rotate-key-on-demand --key-id '{ID}'\n")));
        assert_eq!(Aws.check_import_type(KeyType::Aes256), Ok(()));
        for kind in [KeyType::Hmac256, KeyType::EcP256, KeyType::Rsa2048] {
            assert_eq!(
                Aws.check_import_type(kind),
                Err(ProviderError::OneMaterial {
                    provider: "AWS KMS",
                    kind
                })
            );
        }
    }

    #[test]
    fn no_key_id_breaks_out_of_the_command() {
        let parameters = stand_in::parameters(4096, now()).unwrap();
        for id in ["'; reboot; '", "alias/key", "--endpoint-url"] {
            let error = made(
                KeyType::Aes256,
                &parameters,
                Some(id),
                Expiry::Never,
                &CheckValues::default(),
            )
            .unwrap_err();
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn the_stand_in_opens_what_is_wrapped_for_it() {
        for profile in PROFILES {
            let kind = profile.carries[0];
            let parameters = stand_in::parameters(3072, now()).unwrap();
            let key = SoftwareKey::twin(kind, &mut SystemRandom).unwrap();
            let wrapped = crate::crypto::wrap::wrap(
                profile.construction,
                &parameters.wrapping_key,
                key.material(),
                &mut SystemRandom,
            )
            .unwrap();
            let opened = stand_in::import(profile, 3072, &wrapped.blob).unwrap();
            assert_eq!(opened, *key.material());
        }
    }
}
