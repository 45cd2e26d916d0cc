//! AWS CloudHSM: `key unwrap` of its command line.
//!
//! Source: AWS CloudHSM User Guide, `key unwrap` (CLI 5.11 and later). Not tried against a cluster.

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Purpose;
use crate::providers::About;
use crate::providers::NO_LIMIT;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::about::Fact;
use crate::providers::about::READ;
use crate::providers::pairs::every_pair;
use crate::providers::shell::Commands;
use crate::providers::shell::is_plain;

/// AWS CloudHSM.
#[derive(Debug)]
pub struct CloudHsm;

impl Provider for CloudHsm {
    fn id(&self) -> &'static str {
        "aws-cloudhsm"
    }

    fn title(&self) -> &'static str {
        "AWS CloudHSM"
    }

    fn profiles(&self) -> &'static [Profile] {
        PROFILES
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "aes-no-pad",
                "aes-zero-pad carries the same keys and pairs too",
            ),
            ("aes-pkcs5-pad", "nothing protects it against change"),
        ]
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn specs(&self) -> &'static [(&'static str, usize)] {
        &[
            ("RSA_2048", 2048),
            ("RSA_3072", 3072),
            ("RSA_4096", 4096),
            ("AES_128", 128),
            ("AES_256", 256),
        ]
    }

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if is_plain(id, LABEL) {
            return Ok(());
        }
        Err(ProviderError::OtherKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: ABOUT.key_id,
        })
    }

    fn check_wrapping_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if is_plain(id, LABEL) {
            return Ok(());
        }
        Err(ProviderError::WrappingKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: "the label of its private half, or of the AES key",
        })
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        if let Some(id) = package.key_id {
            self.check_key_id(id)?;
        }
        let wrapping_key = package.parameters.wrapping_key_id.as_deref();
        if let Some(id) = wrapping_key {
            self.check_wrapping_key_id(id)?;
        }
        let mut commands = Commands::new(
            "Unwraps the key in AWS CloudHSM. Needs cloudhsm-cli 5.11 or later; log in as crypto user.",
            package,
        );
        let by = commands.value(
            wrapping_key,
            "WRAPPING_KEY",
            "the label of the wrapping key (its private half, with unwrap=true)",
        );
        let label = commands.value(package.key_id, "LABEL", "the label of the key to be made");
        let class = match package.kind.class() {
            Class::Rsa(_) => "rsa-private",
            Class::Ec | Class::Edwards => "ec-private",
            Class::Aes(_) | Class::Hmac(_) => "aes",
        };
        let (what, hashes) = match package.profile.construction {
            Construction::Oaep(hashes) => ("rsa-oaep", Some(hashes)),
            Construction::OaepThenAes(hashes, _) => ("rsa-aes", Some(hashes)),
            Construction::Aes(_) => ("aes-zero-pad", None),
        };
        let mut parts = vec![
            format!("cloudhsm-cli key unwrap {what}"),
            format!("--filter attr.label={by}"),
        ];
        if let Some(hashes) = hashes {
            parts.push(format!("--hash-function {}", name(hashes.hash)));
            parts.push(format!("--mgf mgf1-{}", name(hashes.mgf)));
        }
        parts.push(format!("--key-type-class {class}"));
        parts.push(format!("--label {label}"));
        parts.push(format!("--data-path {BLOB}"));
        commands.command(&parts);
        commands
            .line("")
            .note("Check: class, size, attributes; an unwrapped key shows local=false.");
        commands.line(&format!(
            "cloudhsm-cli key list --filter attr.label={label} --verbose"
        ));
        commands.compare_public_half::<&str>(package, &[]);
        Ok(vec![
            NewArtifact {
                name: BLOB.to_owned(),
                bytes: package.blob.to_vec(),
                purpose: Purpose::WrappedKey,
            },
            NewArtifact {
                name: "unwrap-key.sh".to_owned(),
                bytes: commands.into_bytes(),
                purpose: Purpose::Command,
            },
        ])
    }
}

/// File of the wrapped key.
const BLOB: &str = "wrapped-key.bin";
/// What a label may hold besides letters and digits.
const LABEL: &[u8] = b"-_.:";

const fn name(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha1 => "sha1",
        Hash::Sha224 => "sha224",
        Hash::Sha256 => "sha256",
        Hash::Sha384 => "sha384",
        Hash::Sha512 => "sha512",
    }
}

const UNWRAP: &str =
    "https://docs.aws.amazon.com/cloudhsm/latest/userguide/cloudhsm_cli-key-unwrap.html";

const DIRECT: &[KeyType] = &[KeyType::Aes128, KeyType::Aes192, KeyType::Aes256];
const WITH_AES: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes192,
    KeyType::Aes256,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::EcSecp256k1,
];

static PROFILES: &[Profile] = every_pair!(
    with_aes "rsa-aes-" "",
    direct "rsa-oaep-" "";
    with_aes("rsa-aes", Hash::Sha256, Hash::Sha256),
    direct("rsa-oaep", Hash::Sha256, Hash::Sha256),
    Profile {
        construction: Construction::Aes(AesMode::Kwp),
        wrapping_key_bits: &[128, 256],
        ..with_aes("aes-zero-pad", Hash::Sha256, Hash::Sha256)
    },
);

const fn direct(algorithm: &'static str, hash: Hash, mgf: Hash) -> Profile {
    Profile {
        provider: "aws-cloudhsm",
        algorithm,
        construction: Construction::Oaep(OaepHashes { hash, mgf }),
        wrapping_key_bits: &[2048, 3072, 4096],
        carries: DIRECT,
        not_with: &[],
        max_blob: NO_LIMIT,
        source: UNWRAP,
        read: READ,
    }
}

const fn with_aes(algorithm: &'static str, hash: Hash, mgf: Hash) -> Profile {
    Profile {
        construction: Construction::OaepThenAes(OaepHashes { hash, mgf }, AesMode::Kwp),
        carries: WITH_AES,
        ..direct(algorithm, hash, mgf)
    }
}

const CHECK_VALUE: &str =
    "https://docs.aws.amazon.com/cloudhsm/latest/userguide/chsm-cli-key-attribute-details.html";

static ABOUT: About = About {
    reads: &[
        "RSA public key of your own pair in the cluster: PEM or DER",
        "aes-zero-pad: the secret AES key, 16 or 32 raw bytes",
    ],
    writes: &["wrapped-key.bin", "unwrap-key.sh"],
    key_id: "the label of the key to be made: letters, digits and `-_.:`",
    wrapping_key_id: Some("the label of the wrapping key's private half, or of the AES key"),
    lifetime: Fact::new(
        "the wrapping pair is your own and lives as long as you keep it",
        UNWRAP,
    ),
    facts: &[
        Fact::new(
            "rsa-aes and rsa-oaep take hash and MGF by name; without names here SHA-256 in both places",
            UNWRAP,
        ),
        Fact::new(
            "classes are aes, rsa-private and ec-private; pairs are PKCS#8 DER",
            UNWRAP,
        ),
        Fact::new("an unwrapped key shows local=false", UNWRAP),
        Fact::new(
            "aes-zero-pad is AES key wrap with padding under an AES key that both sides have",
            UNWRAP,
        ),
        Fact::new(
            "`key list --filter attr.label=LABEL --verbose` shows check-value: of AES keys the first 3 bytes of an encrypted zero block (kcv.ecb3), of pairs the first 3 bytes of SHA-1 of the public key, of HMAC secrets nothing; it is what a `compare` of an AES wrapping key asks for",
            CHECK_VALUE,
        ),
    ],
    before: &[
        "cloudhsm-cli key generate-asymmetric-pair rsa --public-label WRAP --private-label WRAP --modulus-size-bits 4096 --public-exponent 65537 --private-attributes unwrap=true",
        "cloudhsm-cli key generate-file --encoding pem --path wrapping-key.pem --filter attr.label=WRAP attr.class=public-key",
    ],
    after: &["WRAPPING_KEY=WRAP LABEL=payments sh unwrap-key.sh"],
    unconfirmed: &[
        "hash functions other than SHA-256 and SHA-1 were not seen in an example",
        "the two commands that make and export the wrapping pair were not read from the guide",
        "import of HMAC secrets (class generic-secret)",
    ],
    external: None,
};
