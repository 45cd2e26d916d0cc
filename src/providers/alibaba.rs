//! Alibaba Cloud KMS: imported key material.
//!
//! Sources: alibabacloud_kms20160120 3.3.1, Alibaba's pages 608827 and 380931. Not tried against the
//! live service.

mod lifecycle;

use base64ct::Base64;
use base64ct::Encoding as _;
use serde_json::Map;
use serde_json::Value;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::crypto::wrapping_key;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Moment;
use crate::domain::record::Purpose;
use crate::providers::About;
use crate::providers::Expiry;
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
use crate::providers::json;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::reading;
use crate::providers::shell::Commands;
use crate::providers::shell::is_plain;

/// Alibaba Cloud KMS.
#[derive(Debug)]
pub struct Alibaba;

impl Provider for Alibaba {
    fn id(&self) -> &'static str {
        "alibaba"
    }

    fn title(&self) -> &'static str {
        "Alibaba Cloud KMS"
    }

    fn profiles(&self) -> &'static [Profile] {
        PROFILES
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("RSAES_PKCS1_V1_5", "its padding leaks"),
            ("SM2PKE", "SM2 is not built in this version"),
            ("SM2PKE_SM4_ECB", "SM2 is not built in this version"),
        ]
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn lifecycle(&self) -> Option<&'static Lifecycle> {
        Some(&lifecycle::LIFECYCLE)
    }

    fn specs(&self) -> &'static [(&'static str, usize)] {
        &[("RSA_2048", 2048)]
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

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if is_plain(id, b"-_") {
            return Ok(());
        }
        Err(ProviderError::OtherKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: ABOUT.key_id,
        })
    }

    fn read_parameters(&self, files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
        let Some(file) = files.first().filter(|file| json::is_json(&file.bytes)) else {
            return key_and_token(files);
        };
        reading::only(files)?;
        let answer = Answer::read(file)?;
        let missing = |name: &str| json::not_json(file, &format!("{name} is missing"));
        let key = answer
            .base64("PublicKey")?
            .ok_or_else(|| missing("PublicKey"))?;
        let token = answer
            .base64("ImportToken")?
            .ok_or_else(|| missing("ImportToken"))?;
        let mut parameters = ImportParameters::of(WrappingKey::from_bytes(&key)?);
        parameters.import_token = Some(token);
        parameters.key_id = answer.text("KeyId")?;
        if let Some(id) = &parameters.key_id {
            self.check_key_id(id)?;
        }
        if let Some(time) = answer.text("TokenExpireTime")? {
            let at = time.parse().map_err(|_| ProviderError::Time {
                name: file.name.clone(),
            })?;
            parameters.valid_to = Some(Moment::new(at));
        }
        Ok(parameters)
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
            bytes: Base64::encode_string(package.blob).into_bytes(),
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
            name: "import-key-material.sh".to_owned(),
            bytes: command(package),
            purpose: Purpose::Command,
        });
        Ok(artifacts)
    }
}

/// File of the wrapped key.
const BLOB: &str = "EncryptedKeyMaterial.b64";
/// File of the import token.
const TOKEN: &str = "ImportToken.bin";

/// The key, and perhaps the token in base64, as files of their own.
fn key_and_token(files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
    let (keys, others): (Vec<_>, Vec<_>) = files
        .iter()
        .cloned()
        .partition(|file| files.len() == 1 || WrappingKey::from_bytes(&file.bytes).is_ok());
    let mut parameters = reading::key_alone(&keys)?;
    if !others.is_empty() {
        let token = reading::only(&others)?;
        let text = String::from_utf8_lossy(&token.bytes);
        let token = wrapping_key::base64(&text).ok_or_else(|| ProviderError::Base64 {
            name: token.name.clone(),
            field: "ImportToken",
        })?;
        parameters.import_token = Some(token);
    }
    Ok(parameters)
}

/// An answer of the API: its names as the API writes them, or as the SDK for Python does.
struct Answer<'a> {
    file: &'a InputFile,
    members: Map<String, Value>,
}

impl<'a> Answer<'a> {
    fn read(file: &'a InputFile) -> Result<Self, ProviderError> {
        let mut whole = json::object(file)?;
        if let Some(Value::Object(body)) = whole.remove("body") {
            whole = body;
        }
        let mut members = Map::new();
        for (name, value) in whole {
            let plain = plain(&name);
            if members.contains_key(&plain) {
                return Err(json::not_json(file, &format!("{name:?} comes twice")));
            }
            members.insert(plain, value);
        }
        Ok(Self { file, members })
    }

    fn text(&self, name: &'static str) -> Result<Option<String>, ProviderError> {
        json::text(self.file, &self.members, &plain(name))
    }

    fn base64(&self, name: &'static str) -> Result<Option<Vec<u8>>, ProviderError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        wrapping_key::base64(&text)
            .map(Some)
            .ok_or_else(|| ProviderError::Base64 {
                name: self.file.name.clone(),
                field: name,
            })
    }
}

/// `PublicKey` and `public_key` alike.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "")
}

fn command(package: &Package<'_>) -> Vec<u8> {
    let mut commands = Commands::new(
        "Imports the wrapped key into Alibaba Cloud KMS. Needs the aliyun CLI.",
        package,
    );
    commands.note(
        "The form of this command follows the API; no page of Alibaba's was read that shows it.",
    );
    let id = package.key_id.or(package.parameters.key_id.as_deref());
    let id = commands.value(id, "KEY_ID", "the id of the key, made with origin EXTERNAL");
    if package.parameters.import_token.is_none() {
        commands.note(
            "The import token was not given: put the one that came with the wrapping key here,",
        );
        commands.note(&format!("decoded from base64, as {TOKEN}."));
        commands.line(&format!(
            "test -s {TOKEN} || {{ echo '{TOKEN} is missing: fetch it with the wrapping key' >&2; exit 1; }}"
        ));
    }
    let end = match package.expiry {
        Expiry::Never => 0,
        Expiry::At(at) => at.timestamp().as_second(),
    };
    commands.command(&[
        "aliyun kms ImportKeyMaterial".to_owned(),
        format!("--KeyId {id}"),
        format!("--EncryptedKeyMaterial \"$(cat {BLOB})\""),
        format!("--ImportToken \"$(openssl base64 -A -in {TOKEN})\""),
        format!("--KeyMaterialExpireUnix {end}"),
    ]);
    commands
        .line("")
        .note("Check: the state of the key must be Enabled, its origin EXTERNAL.");
    commands.line(&format!("aliyun kms DescribeKey --KeyId {id}"));
    commands.compare_public_half::<&str>(package, &[]);
    commands.into_bytes()
}

const SDK: &str = "https://pypi.org/project/alibabacloud-kms20160120/3.3.1/";
const PAGE: &str = "https://help.aliyun.com/document_detail/608827.html";

const PROFILES: &[Profile] = &[
    profile(
        "RSAES_OAEP_SHA_256",
        Construction::Oaep(OaepHashes::same(Hash::Sha256)),
        &[KeyType::Aes256],
    ),
    profile(
        "RSAES_OAEP_SHA_256_AES_256_ECB_PKCS7_PAD",
        Construction::OaepThenAes(OaepHashes::same(Hash::Sha256), AesMode::EcbPkcs7),
        &[
            KeyType::Rsa2048,
            KeyType::Rsa3072,
            KeyType::Rsa4096,
            KeyType::EcP256,
            KeyType::EcSecp256k1,
        ],
    ),
    profile(
        "RSAES_OAEP_SHA_1",
        Construction::Oaep(OaepHashes::same(Hash::Sha1)),
        &[KeyType::Aes256],
    ),
];

const fn profile(
    algorithm: &'static str,
    construction: Construction,
    carries: &'static [KeyType],
) -> Profile {
    Profile {
        provider: "alibaba",
        algorithm,
        construction,
        wrapping_key_bits: &[2048],
        carries,
        not_with: &[],
        max_blob: NO_LIMIT,
        source: SDK,
        read: READ,
    }
}

const DESCRIBE: &str =
    "https://www.alibabacloud.com/help/en/key-management-service/latest/describekey";

static ABOUT: About = About {
    reads: &[
        "JSON of GetParametersForImport (PublicKey or public_key, and so on)",
        "the public key alone (base64, DER, PEM), and the token in base64",
    ],
    writes: &[
        "EncryptedKeyMaterial.b64",
        "ImportToken.bin",
        "import-key-material.sh",
    ],
    key_id: "the key id: letters, digits, `-` and `_`",
    wrapping_key_id: None,
    lifetime: Fact::new(
        "24 hours; wrapping key and import token belong together",
        PAGE,
    ),
    facts: &[
        Fact::new("symmetric keys are 32 raw bytes (Aliyun_AES_256)", PAGE),
        Fact::new(
            "pairs are PKCS#8 DER under AES-256-ECB with PKCS#7 padding, not AES key wrap: nothing protects that part against change",
            PAGE,
        ),
        Fact::new("the wrapping key is RSA_2048", SDK),
        Fact::new("a key has one material for ever", PAGE),
        Fact::new(
            "DescribeKey takes KeyId and answers KeyMetadata with KeyState, Origin and MaterialExpireTime",
            DESCRIBE,
        ),
        Fact::new("KeyMaterialExpireUnix 0 keeps the material for ever", SDK),
    ],
    before: &[
        "aliyun kms GetParametersForImport --KeyId KEY --WrappingAlgorithm RSAES_OAEP_SHA_256 --WrappingKeySpec RSA_2048 > parameters.json",
    ],
    after: &[
        "sh import-key-material.sh",
        "aliyun kms DescribeKey --KeyId KEY",
    ],
    unconfirmed: &[
        "the form of the aliyun commands, DescribeKey included: their parameters are those of the API, no page was read that shows the commands",
        "which kinds of KMS instance take pairs: pages disagree",
        "AES-128 and AES-192: not carried",
        "SM2 and SM4: not built",
    ],
    external: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../tests/data/providers/alibaba/parameters.json");

    fn read(text: &str) -> Result<ImportParameters, ProviderError> {
        Alibaba.read_parameters(&[InputFile {
            name: "parameters.json".to_owned(),
            bytes: text.as_bytes().to_vec(),
        }])
    }

    #[test]
    fn both_ways_to_write_names_are_read() {
        let one = read(FILE).unwrap();
        let mut other = FILE.to_owned();
        for (api, sdk) in [
            ("KeyId", "key_id"),
            ("PublicKey", "public_key"),
            ("ImportToken", "import_token"),
            ("TokenExpireTime", "token_expire_time"),
        ] {
            other = other.replace(api, sdk);
        }
        assert_eq!(read(&other).unwrap(), one);
        assert_eq!(read(&format!("{{\"body\": {other}}}")).unwrap(), one);
        assert_eq!(one.wrapping_key.bits(), 2048);
        assert_eq!(one.valid_to.unwrap().to_string(), "2099-01-02T09:00:00Z");
        assert!(one.import_token.is_some() && one.key_id.is_some());
    }

    #[test]
    fn an_answer_with_a_part_missing_or_twice_is_refused() {
        for name in ["PublicKey", "ImportToken"] {
            let error = read(&FILE.replace(name, "Other")).unwrap_err();
            assert!(error.to_string().contains("is missing"), "{error}");
        }
        let twice = FILE.replace("\"KeyId\"", "\"public_key\": \"AA==\", \"KeyId\"");
        assert!(
            read(&twice)
                .unwrap_err()
                .to_string()
                .contains("comes twice")
        );
    }
}
