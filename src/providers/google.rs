//! Google Cloud KMS: import jobs.
//!
//! Sources: google-cloud-kms 3.18.0 (`ImportJob.ImportMethod`), Google's pages on formatting and
//! importing keys, the source of gcloud. Not tried against the live service.

mod access;
mod answer;
mod lifecycle;
mod log;
mod roles;

use std::io::BufRead;

use serde_json::Value;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Form;
use crate::domain::arrival::Told;
use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogTally;
use crate::domain::record::Moment;
use crate::domain::record::Purpose;
use crate::domain::script::ImportType;
use crate::providers::About;
use crate::providers::AccessRead;
use crate::providers::Asked;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::about::Fact;
use crate::providers::about::READ;
use crate::providers::answer::BY_CHALLENGE;
use crate::providers::answer::NO_CHALLENGE;
use crate::providers::attestation;
use crate::providers::json;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::log::read;
use crate::providers::reading;
use crate::providers::shell::Commands;
use crate::providers::shell::is_plain;

/// Google Cloud KMS.
#[derive(Debug)]
pub struct Google;

impl Provider for Google {
    fn id(&self) -> &'static str {
        "google-kms"
    }

    fn title(&self) -> &'static str {
        "Google Cloud KMS"
    }

    fn profiles(&self) -> &'static [Profile] {
        PROFILES
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        REFUSED
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn lifecycle(&self) -> Option<&'static Lifecycle> {
        Some(&lifecycle::LIFECYCLE)
    }

    fn specs(&self) -> &'static [(&'static str, usize)] {
        &[("RSA_3072", 3072), ("RSA_4096", 4096)]
    }

    fn parameters_live(&self) -> Option<i64> {
        Some(3 * 24 * 60 * 60)
    }

    fn attests(&self) -> bool {
        true
    }

    fn check_attestation(
        &self,
        attestation: &[u8],
        key: &WrappingKey,
    ) -> Result<&'static str, ProviderError> {
        attestation::check(attestation, key)
    }

    fn import_types(&self) -> &'static [ImportType] {
        &[ImportType::New, ImportType::Existing]
    }

    fn read_access(&self, files: &[InputFile], key_id: &str) -> Result<AccessRead, ProviderError> {
        match Resource::read(key_id) {
            Some(of) if of.kind == "cryptoKeys" => access::read(files, key_id, &of),
            Some(_) | None => Err(ProviderError::NotWhole {
                id: key_id.to_owned(),
                wanted: "projects/P/locations/L/keyRings/R/cryptoKeys/K",
                told_by: "gcloud kms keys list",
            }),
        }
    }

    fn region_of<'a>(&self, id: &'a str) -> Option<&'a str> {
        id.split('/').skip_while(|part| *part != "locations").nth(1)
    }

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        match Resource::read(id) {
            Some(resource) if resource.kind == "cryptoKeys" => Ok(()),
            Some(_) | None => Err(ProviderError::OtherKeyId {
                provider: self.title(),
                id: id.to_owned(),
                wanted: ABOUT.key_id,
            }),
        }
    }

    fn check_wrapping_key_id(&self, id: &str) -> Result<(), ProviderError> {
        match Resource::read(id) {
            Some(resource) if resource.kind == "importJobs" => Ok(()),
            Some(_) | None => Err(ProviderError::WrappingKeyId {
                provider: self.title(),
                id: id.to_owned(),
                wanted: JOB,
            }),
        }
    }

    fn check_together(&self, key_id: &str, wrapping_key_id: &str) -> Result<(), ProviderError> {
        match (Resource::read(key_id), Resource::read(wrapping_key_id)) {
            (Some(key), Some(job)) if key.key_ring() != job.key_ring() => {
                Err(ProviderError::Elsewhere {
                    key: key.key_ring(),
                    wrapping_key: job.key_ring(),
                })
            }
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    fn read_parameters(&self, files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
        let file = reading::only(files)?;
        if !json::is_json(&file.bytes) {
            return reading::key_alone(files);
        }
        let job = json::object(file)?;
        let missing = |name: &str| json::not_json(file, &format!("{name} is missing"));
        let state = json::text(file, &job, "state")?.ok_or_else(|| missing("state"))?;
        if state != "ACTIVE" {
            return Err(ProviderError::NotActive {
                name: file.name.clone(),
                state,
            });
        }
        let method = json::text(file, &job, "importMethod")?;
        let method = method.ok_or_else(|| missing("importMethod"))?;
        let pem = match job.get("publicKey") {
            Some(Value::Object(key)) => json::text(file, key, "pem")?,
            Some(_) | None => None,
        };
        let pem = pem.ok_or_else(|| missing("publicKey.pem"))?;
        let mut parameters = ImportParameters::of(WrappingKey::from_bytes(pem.as_bytes())?);
        parameters.algorithm = Some(method.to_ascii_lowercase().replace('_', "-"));
        parameters.wrapping_key_id = json::text(file, &job, "name")?;
        if let Some(id) = &parameters.wrapping_key_id {
            self.check_wrapping_key_id(id)?;
        }
        if let Some(time) = json::text(file, &job, "expireTime")? {
            let at = time.parse().map_err(|_| ProviderError::Time {
                name: file.name.clone(),
            })?;
            parameters.valid_to = Some(Moment::new(at));
        }
        Ok(parameters)
    }

    fn read_log(
        &self,
        source: &mut dyn BufRead,
        each: &mut dyn FnMut(LogItem),
    ) -> Result<LogTally, ProviderError> {
        read(&mut log::AuditLog, source, each)
    }

    fn asks(&self, kind: KeyType) -> Option<fn(&Asked<'_>) -> Vec<u8>> {
        (Form::of(kind) == Some(Form::Hmac)).then_some(answer::ask)
    }

    fn proof(&self, kind: KeyType, challenged: bool) -> &'static str {
        match (kind.is_pair(), Form::of(kind)) {
            (true, _) => {
                "To prove it: gcloud kms keys versions get-public-key VERSION --key KEY … --output-file public-key.pem, and give that file, too."
            }
            (false, Some(Form::Hmac)) if challenged => BY_CHALLENGE,
            (false, Some(Form::Hmac)) => NO_CHALLENGE,
            (false, Some(Form::AesGcm) | None) => {
                "To prove it: only the HSM's attestation tells an EKCV: gcloud kms keys versions describe VERSION --key KEY … --attestation-file attestation.dat"
            }
        }
    }

    fn read_answer(&self, file: &InputFile, kind: KeyType) -> Result<Vec<Told>, ProviderError> {
        answer::read(file, kind, self.title())
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        if let Some(id) = package.key_id {
            self.check_key_id(id)?;
        }
        if let Some(id) = package.parameters.wrapping_key_id.as_deref() {
            self.check_wrapping_key_id(id)?;
        }
        if let (Some(key), Some(job)) = (
            package.key_id,
            package.parameters.wrapping_key_id.as_deref(),
        ) {
            self.check_together(key, job)?;
        }
        Ok(vec![
            NewArtifact {
                name: BLOB.to_owned(),
                bytes: package.blob.to_vec(),
                purpose: Purpose::WrappedKey,
            },
            NewArtifact {
                name: "import-key-version.sh".to_owned(),
                bytes: command(package),
                purpose: Purpose::Command,
            },
        ])
    }
}

/// File of the wrapped key.
const BLOB: &str = "wrapped-key.bin";

fn command(package: &Package<'_>) -> Vec<u8> {
    let mut commands = Commands::new(
        "Imports the wrapped key into Google Cloud KMS. Needs the gcloud CLI.",
        package,
    );
    let key = package.key_id.and_then(Resource::read);
    let job = package.parameters.wrapping_key_id.as_deref();
    let job = job.and_then(Resource::read);
    let place = key.as_ref().or(job.as_ref());
    let project = commands.value(place.map(|r| r.project), "PROJECT", "the project");
    let location = commands.value(
        place.map(|r| r.location),
        "LOCATION",
        "the location of the key ring",
    );
    let ring = commands.value(place.map(|r| r.ring), "KEY_RING", "the key ring");
    let key = commands.value(
        key.as_ref().map(|r| r.name),
        "KEY",
        "the key, made with --import-only",
    );
    let job = commands.value(
        job.as_ref().map(|r| r.name),
        "IMPORT_JOB",
        "the import job of this wrapping key",
    );
    let algorithm = if let Some(algorithm) = algorithm(package.kind) {
        algorithm.to_owned()
    } else {
        commands.note("As the key was made: rsa-sign-…, or rsa-decrypt-oaep-….");
        commands.value(None, "ALGORITHM", "the algorithm of the key")
    };
    if package.kind == KeyType::Aes256 {
        commands.note("For a raw key write aes-256-gcm, aes-256-cbc or aes-256-ctr below.");
    }
    let place = format!("--project {project} --location {location} --keyring {ring}");
    commands
        .line("")
        .note("The job must be ACTIVE, and of the protection level of the key.");
    commands.command(&[
        format!("gcloud kms import-jobs describe {job}"),
        place.clone(),
        "--format='value(state,importMethod,protectionLevel,expireTime)'".to_owned(),
    ]);
    commands.line("");
    let mut import = vec![
        "gcloud kms keys versions import".to_owned(),
        format!("--import-job {job}"),
        place.clone(),
        format!("--key {key}"),
        format!("--algorithm {algorithm}"),
        format!("--wrapped-key-file {BLOB}"),
    ];
    if package.import_type == Some(ImportType::Existing) {
        let version = commands.value(None, "KEY_VERSION", "the version that had this material");
        import.push(format!("--version {version}"));
    }
    commands.command(&import);
    commands.line("");
    commands.note(
        "Wait for ENABLED. IMPORT_FAILED: importFailureReason says why; nothing was imported.",
    );
    commands.command(&[
        "gcloud kms keys versions list".to_owned(),
        place.clone(),
        format!("--key {key}"),
        "--format='table(name,state,importJob,importFailureReason)'".to_owned(),
    ]);
    if !package.kind.is_pair() && package.import_type != Some(ImportType::Existing) {
        commands.line("");
        commands.note("Symmetric keys: nothing uses the new version until it is the primary one:");
        commands.note(&format!(
            "gcloud kms keys set-primary-version {key} --version VERSION {place}"
        ));
    }
    let fetch = [
        "gcloud kms keys versions get-public-key \"${KEY_VERSION:-1}\"".to_owned(),
        place,
        format!("--key {key} --output-file imported-public-key.pem"),
    ];
    commands.compare_public_half(package, &fetch);
    if package.kind.is_pair() {
        commands.line("openssl pkey -pubin -in imported-public-key.pem -outform DER | openssl dgst -sha256 -r");
    }
    commands.into_bytes()
}

/// The algorithm of a version where the type of key leaves no choice, or one is plainly meant.
fn algorithm(kind: KeyType) -> Option<&'static str> {
    match kind {
        KeyType::Aes128 => Some("aes-128-gcm"),
        KeyType::Aes256 => Some("google-symmetric-encryption"),
        KeyType::Hmac224 => Some("hmac-sha224"),
        KeyType::Hmac256 => Some("hmac-sha256"),
        KeyType::Hmac384 => Some("hmac-sha384"),
        KeyType::Hmac512 => Some("hmac-sha512"),
        KeyType::EcP256 => Some("ec-sign-p256-sha256"),
        KeyType::EcP384 => Some("ec-sign-p384-sha384"),
        KeyType::EcSecp256k1 => Some("ec-sign-secp256k1-sha256"),
        KeyType::Ed25519 => Some("ec-sign-ed25519"),
        KeyType::Aes192
        | KeyType::EcP521
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096 => None,
    }
}

/// `projects/P/locations/L/keyRings/R/KIND/NAME`.
struct Resource<'a> {
    project: &'a str,
    location: &'a str,
    ring: &'a str,
    kind: &'a str,
    name: &'a str,
}

impl<'a> Resource<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [
            "projects",
            project,
            "locations",
            location,
            "keyRings",
            ring,
            kind,
            name,
        ] = parts.as_slice()
        else {
            return None;
        };
        let plain = [location, ring, name]
            .into_iter()
            .all(|part| is_plain(part, b"-_"));
        // Projects of a domain are written `example.com:project`.
        (plain && is_plain(project, b"-_.:")).then_some(Self {
            project,
            location,
            ring,
            kind,
            name,
        })
    }

    fn key_ring(&self) -> String {
        format!(
            "projects/{}/locations/{}/keyRings/{}",
            self.project, self.location, self.ring
        )
    }
}

const JOB: &str = "its resource name, projects/P/locations/L/keyRings/R/importJobs/J";

const REFUSED: &[(&str, &str)] = &[
    ("hpke-kem-ml-kem-768-hkdf-sha256-aes-256-gcm", HPKE),
    ("hpke-kem-ml-kem-1024-hkdf-sha256-aes-256-gcm", HPKE),
    ("hpke-kem-xwing-hkdf-sha256-aes-256-gcm", HPKE),
];
const HPKE: &str = "it is a preview whose layout is not published, and not built in this version";

const TYPES: &str = "https://pypi.org/project/google-cloud-kms/3.18.0/, types/resources.py";
const FORMATTING: &str = "https://cloud.google.com/kms/docs/formatting-keys";
const IMPORT: &str = "https://cloud.google.com/kms/docs/key-import";
const MARVELL: &str = "https://www.marvell.com/products/security-solutions/nitrox-hs-adapters/software-key-attestation.html";
const ATTEST: &str = "https://cloud.google.com/kms/docs/attest-key";
const REFERENCE: &str = "https://cloud.google.com/sdk/gcloud/reference/kms/keys/versions";
/// gcloud reads no longer wrapped file.
const MAX_BLOB: usize = 64 * 1024;

const DIRECT: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes256,
    KeyType::Hmac224,
    KeyType::Hmac256,
    KeyType::Hmac384,
    KeyType::Hmac512,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcSecp256k1,
    KeyType::Ed25519,
];
const WITH_AES: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes256,
    KeyType::Hmac224,
    KeyType::Hmac256,
    KeyType::Hmac384,
    KeyType::Hmac512,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcSecp256k1,
    KeyType::Ed25519,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
];

const PROFILES: &[Profile] = &[
    profile("rsa-oaep-3072-sha256-aes-256", Hash::Sha256, true, &[3072]),
    profile("rsa-oaep-4096-sha256-aes-256", Hash::Sha256, true, &[4096]),
    profile("rsa-oaep-3072-sha256", Hash::Sha256, false, &[3072]),
    profile("rsa-oaep-4096-sha256", Hash::Sha256, false, &[4096]),
    profile("rsa-oaep-3072-sha1-aes-256", Hash::Sha1, true, &[3072]),
    profile("rsa-oaep-4096-sha1-aes-256", Hash::Sha1, true, &[4096]),
];

const fn profile(
    algorithm: &'static str,
    hash: Hash,
    with_aes: bool,
    wrapping_key_bits: &'static [usize],
) -> Profile {
    let hashes = OaepHashes::same(hash);
    Profile {
        provider: "google-kms",
        algorithm,
        construction: if with_aes {
            Construction::OaepThenAes(hashes, AesMode::Kwp)
        } else {
            Construction::Oaep(hashes)
        },
        wrapping_key_bits,
        carries: if with_aes { WITH_AES } else { DIRECT },
        not_with: &[],
        max_blob: MAX_BLOB,
        source: TYPES,
        read: READ,
    }
}

static ABOUT: About = About {
    reads: &[
        "JSON of `gcloud kms import-jobs describe J --format json`: state, method and expiry are checked",
        "PEM of --format='value(publicKey.pem)'",
    ],
    writes: &["wrapped-key.bin", "import-key-version.sh"],
    key_id: "its resource name, projects/P/locations/L/keyRings/R/cryptoKeys/K",
    wrapping_key_id: Some(JOB),
    lifetime: Fact::new("an import job expires 3 days after it was made", IMPORT),
    facts: &[
        Fact::new(
            "symmetric keys and HMAC secrets are raw, HMAC as long as the output of its hash; pairs are PKCS#8 DER",
            FORMATTING,
        ),
        Fact::new("methods without -aes-256 carry no RSA pairs", TYPES),
        Fact::new(
            "the wrapped file has at most 64 KiB, the key at most 8 KiB",
            IMPORT,
        ),
        Fact::new(
            "job and key are in the same location and key ring, and of the same protection level",
            IMPORT,
        ),
        Fact::new(
            "a version goes from PENDING_IMPORT to ENABLED or IMPORT_FAILED; a symmetric one is used after set-primary-version",
            IMPORT,
        ),
        Fact::new(
            "the same material goes into the same version again with --version (import type `existing`)",
            IMPORT,
        ),
        Fact::new(
            "HSM jobs have an attestation of the wrapping key; name its file as `attestation` in the script: the key in it is compared with the import job's, and its SHA-256 goes into the record",
            TYPES,
        ),
        Fact::new(
            "the statement is read in Marvell's version 2 (CAVIUM_V2_COMPRESSED); version 1 is refused",
            MARVELL,
        ),
        Fact::new(
            "its signature is not verified here: that takes the certificate chains of Marvell and Google; Google's page names the script that does it",
            ATTEST,
        ),
        Fact::new(
            "`versions list` and `versions get-public-key VERSION --key K --output-file F` are as the reference of gcloud has them",
            REFERENCE,
        ),
    ],
    before: &[
        "gcloud kms keys create K --location L --keyring R --purpose encryption --protection-level hsm --skip-initial-version-creation --import-only",
        "gcloud kms import-jobs create J --location L --keyring R --import-method rsa-oaep-4096-sha256-aes-256 --protection-level hsm",
        "gcloud kms import-jobs describe J --location L --keyring R --format json > import-job.json",
        "gcloud kms import-jobs describe J --location L --keyring R --attestation-file attestation.dat",
    ],
    after: &[
        "sh import-key-version.sh",
        "gcloud kms keys versions describe 1 --key K --location L --keyring R",
        "gcloud kms keys set-primary-version K --version 1 --location L --keyring R   (symmetric)",
    ],
    unconfirmed: &[
        "the three HPKE methods (preview, software keys only): layout of the wrapped key",
        "import of post-quantum signing keys",
    ],
    external: Some(Fact::new(
        "External Key Manager: protection level EXTERNAL with external_key_uri, or EXTERNAL_VPC with ekm_connection_key_path; record ekmConnection, crypto_space_path and key management mode",
        TYPES,
    )),
};

#[cfg(test)]
mod tests {
    use super::*;

    const JOB_FILE: &str = include_str!("../../tests/data/providers/google/import-job.json");
    const RING: &str = "projects/lab/locations/europe-west1/keyRings/ring";

    fn read(text: &str) -> Result<ImportParameters, ProviderError> {
        Google.read_parameters(&[InputFile {
            name: "import-job.json".to_owned(),
            bytes: text.as_bytes().to_vec(),
        }])
    }

    #[test]
    fn an_import_job_says_what_it_is_for_and_until_when() {
        let read = read(JOB_FILE).unwrap();
        assert_eq!(read.wrapping_key.bits(), 4096);
        assert_eq!(read.algorithm.unwrap(), "rsa-oaep-4096-sha256-aes-256");
        assert_eq!(
            read.wrapping_key_id.unwrap(),
            format!("{RING}/importJobs/job")
        );
        assert_eq!(read.valid_to.unwrap().to_string(), "2099-01-04T09:00:00Z");
    }

    #[test]
    fn a_job_that_cannot_be_used_is_refused_by_name() {
        for state in ["PENDING_GENERATION", "EXPIRED"] {
            assert_eq!(
                read(&JOB_FILE.replace("ACTIVE", state)),
                Err(ProviderError::NotActive {
                    name: "import-job.json".to_owned(),
                    state: state.to_owned()
                })
            );
        }
        for (from, to) in [
            ("\"state\"", "\"stat\""),
            ("\"importMethod\"", "\"method\""),
            ("\"pem\"", "\"data\""),
        ] {
            assert!(matches!(
                read(&JOB_FILE.replace(from, to)),
                Err(ProviderError::Json { .. })
            ));
        }
        assert!(matches!(
            read(&JOB_FILE.replace("2099-01-04T09:00:00Z", "soon")),
            Err(ProviderError::Time { .. })
        ));
        assert!(matches!(
            read(&JOB_FILE.replace("importJobs/job", "cryptoKeys/job")),
            Err(ProviderError::WrappingKeyId { .. })
        ));
    }

    #[test]
    fn resources_are_named_in_full_and_in_one_key_ring() {
        let (key, job) = (
            format!("{RING}/cryptoKeys/k"),
            format!("{RING}/importJobs/j"),
        );
        assert_eq!(Google.check_key_id(&key), Ok(()));
        assert_eq!(Google.check_wrapping_key_id(&job), Ok(()));
        assert_eq!(Google.check_together(&key, &job), Ok(()));
        let elsewhere = key.replace("europe-west1", "us");
        assert!(matches!(
            Google.check_together(&elsewhere, &job),
            Err(ProviderError::Elsewhere { .. })
        ));
        for id in [
            "k",
            &job,
            &format!("{key}/cryptoKeyVersions/1"),
            &key.replace("ring", "r'g"),
        ] {
            assert!(Google.check_key_id(id).is_err(), "{id}");
        }
    }
}
