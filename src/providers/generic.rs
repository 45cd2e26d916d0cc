//! No provider in particular: every construction by its own name.

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Purpose;
use crate::providers::About;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::NO_LIMIT;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::about::Fact;
use crate::providers::about::READ;
use crate::providers::pairs::every_pair;
use crate::providers::reading;
use crate::providers::shell::Commands;
use crate::providers::shell::is_plain;

/// No provider in particular.
#[derive(Debug)]
pub struct Generic;

impl Provider for Generic {
    fn id(&self) -> &'static str {
        "generic"
    }

    fn title(&self) -> &'static str {
        "any other importer"
    }

    fn profiles(&self) -> &'static [Profile] {
        PROFILES
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        &[]
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
        if is_plain(id, b"-_.:/@+=") {
            return Ok(());
        }
        Err(ProviderError::OtherKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: ABOUT.key_id,
        })
    }

    fn check_wrapping_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if is_plain(id, b"-_.:/@+=") {
            return Ok(());
        }
        Err(ProviderError::WrappingKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: ABOUT.key_id,
        })
    }

    fn read_parameters(&self, files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
        let mut parameters = reading::key_or_jwk(files, &["import", "wrapKey", "encrypt"])?;
        // A JWK's kid may be any text; one that is no plain id is left out.
        parameters
            .wrapping_key_id
            .take_if(|id| !is_plain(id, b"-_.:/@+="));
        Ok(parameters)
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        if let Some(id) = package.key_id {
            self.check_key_id(id)?;
        }
        let mut commands = Commands::new(
            "Nothing is imported here: this says what the file is.",
            package,
        );
        if let Some(id) = package.key_id {
            commands.note(&format!("For key {id}"));
        }
        if let Some(id) = package.parameters.wrapping_key_id.as_deref() {
            self.check_wrapping_key_id(id)?;
            commands.note(&format!("Under wrapping key {id}"));
        }
        commands.note("The importer must use the same construction, with an empty label:");
        for line in describe(package.profile.construction) {
            commands.note(&line);
        }
        for (name, value) in package.check_values.clone().into_map() {
            commands.note(&format!(
                "Check value to compare after the import: {name} {value}"
            ));
        }
        commands.line(&format!("openssl dgst -sha256 -r {BLOB}"));
        Ok(vec![
            NewArtifact {
                name: BLOB.to_owned(),
                bytes: package.blob.to_vec(),
                purpose: Purpose::WrappedKey,
            },
            NewArtifact {
                name: "about-wrapped-key.sh".to_owned(),
                bytes: commands.into_bytes(),
                purpose: Purpose::Command,
            },
        ])
    }
}

/// File of the wrapped key.
const BLOB: &str = "wrapped-key.bin";

fn describe(construction: Construction) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(hashes) = construction.oaep() {
        lines.push(format!(
            "RSA-OAEP with {}, MGF1 with {}{}",
            hashes.hash.name(),
            hashes.mgf.name(),
            if construction.aes().is_some() {
                ", of a fresh AES-256 key; then, under that key,"
            } else {
                ""
            }
        ));
    }
    lines.extend(construction.aes().map(|mode| {
        match mode {
            AesMode::Kw => "AES key wrap (RFC 3394)",
            AesMode::Kwp => "AES key wrap with padding (RFC 5649)",
            AesMode::EcbPkcs7 => "AES-ECB with PKCS#7 padding",
        }
        .to_owned()
    }));
    lines
}

const OAEP: &str = "https://www.rfc-editor.org/rfc/rfc8017, section 7.1";
const KW: &str = "https://www.rfc-editor.org/rfc/rfc3394";
const KWP: &str = "https://www.rfc-editor.org/rfc/rfc5649";

const EVERY: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes192,
    KeyType::Aes256,
    KeyType::Hmac224,
    KeyType::Hmac256,
    KeyType::Hmac384,
    KeyType::Hmac512,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::EcSecp256k1,
    KeyType::Ed25519,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
];
/// What fits into one RSA block under at least one length of wrapping key.
const DIRECT: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes192,
    KeyType::Aes256,
    KeyType::Hmac224,
    KeyType::Hmac256,
    KeyType::Hmac384,
    KeyType::Hmac512,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::EcSecp256k1,
    KeyType::Ed25519,
];
/// What is a whole number of 8-byte blocks.
const BLOCKS: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes192,
    KeyType::Aes256,
    KeyType::Hmac256,
    KeyType::Hmac384,
    KeyType::Hmac512,
];

/// What does not fit into one block of a short key after all.
const fn not_direct(hash: Hash) -> &'static [(KeyType, usize)] {
    match hash {
        Hash::Sha1 | Hash::Sha224 | Hash::Sha256 => &[(KeyType::EcP521, 2048)],
        Hash::Sha384 => &[(KeyType::EcP384, 2048), (KeyType::EcP521, 2048)],
        Hash::Sha512 => &[
            (KeyType::EcP256, 2048),
            (KeyType::EcSecp256k1, 2048),
            (KeyType::EcP384, 2048),
            (KeyType::EcP521, 2048),
        ],
    }
}

static PROFILES: &[Profile] = every_pair!(
    direct "oaep-" "",
    with_aes "oaep-" "+kwp";
    under_aes("kw", AesMode::Kw, BLOCKS, KW),
    under_aes("kwp", AesMode::Kwp, EVERY, KWP),
);

const fn direct(algorithm: &'static str, hash: Hash, mgf: Hash) -> Profile {
    Profile {
        provider: "generic",
        algorithm,
        construction: Construction::Oaep(OaepHashes { hash, mgf }),
        wrapping_key_bits: &[2048, 3072, 4096],
        carries: DIRECT,
        not_with: not_direct(hash),
        max_blob: NO_LIMIT,
        source: OAEP,
        read: READ,
    }
}

const fn with_aes(algorithm: &'static str, hash: Hash, mgf: Hash) -> Profile {
    Profile {
        construction: Construction::OaepThenAes(OaepHashes { hash, mgf }, AesMode::Kwp),
        carries: EVERY,
        not_with: &[],
        source: KWP,
        ..direct(algorithm, hash, mgf)
    }
}

const fn under_aes(
    algorithm: &'static str,
    mode: AesMode,
    carries: &'static [KeyType],
    source: &'static str,
) -> Profile {
    Profile {
        construction: Construction::Aes(mode),
        wrapping_key_bits: &[128, 256],
        carries,
        not_with: &[],
        source,
        ..direct(algorithm, Hash::Sha256, Hash::Sha256)
    }
}

static ABOUT: About = About {
    reads: &[
        "RSA public key: PEM, DER, base64 or JWK",
        "kw and kwp: the secret AES key, 16 or 32 raw bytes",
    ],
    writes: &["wrapped-key.bin", "about-wrapped-key.sh"],
    key_id: "any id of letters, digits and `-_.:/@+=`",
    wrapping_key_id: Some("any id of letters, digits and `-_.:/@+=`"),
    lifetime: Fact::new("as the importer says", OAEP),
    facts: &[
        Fact::new(
            "oaep-HASH-mgf1-HASH carries what fits into one RSA block, …+kwp everything",
            OAEP,
        ),
        Fact::new(
            "sizes: modulus length; with +kwp the key rounded up to 8 bytes, and 8 more",
            KWP,
        ),
        Fact::new("kw carries multiples of 8 bytes from 16 on", KW),
        Fact::new(
            "the fingerprint of an AES wrapping key is HMAC-SHA-256 under it over the text `keyrite: fingerprint of an AES wrapping key`",
            "https://www.rfc-editor.org/rfc/rfc2104",
        ),
    ],
    before: &[],
    after: &["sh about-wrapped-key.sh   (prints the SHA-256 of the file; imports nothing)"],
    unconfirmed: &[],
    external: None,
};
