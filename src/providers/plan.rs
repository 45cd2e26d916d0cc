//! Refuses, before anything is made, what the provider would refuse afterwards.

use crate::domain::algorithm::KeyType;
use crate::domain::record::Moment;
use crate::domain::script::ImportType;
use crate::providers::ImportParameters;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::provider;

/// Looks at everything that can be known before a key is made.
///
/// `spec_bits` and `key_id` are what the script or the command line says; `now` is missing where
/// time does not count. A script is planned without `parameters`, and again with them.
///
/// # Errors
///
/// The first [`ProviderError`] found, the choice of algorithm before what depends on it.
pub fn plan(
    profile: &'static Profile,
    kind: KeyType,
    parameters: Option<&ImportParameters>,
    spec_bits: Option<usize>,
    key_id: Option<&str>,
    now: Option<Moment>,
) -> Result<(), ProviderError> {
    let provider = provider(profile.provider)?;
    if !profile.carries.contains(&kind) {
        return Err(ProviderError::DoesNotCarry {
            provider: provider.title(),
            algorithm: profile.algorithm,
            kind,
            instead: instead(provider, profile, kind),
        });
    }
    let found = parameters.map(|parameters| parameters.wrapping_key.bits());
    for bits in [spec_bits, found].into_iter().flatten() {
        plan_bits(provider, profile, kind, bits)?;
    }
    if let (Some(wanted), Some(found)) = (spec_bits, found)
        && wanted != found
    {
        return Err(ProviderError::OtherSpec { wanted, found });
    }
    if let Some(id) = key_id {
        provider.check_key_id(id)?;
    }
    let Some(parameters) = parameters else {
        return Ok(());
    };
    if let Some(found) = parameters.key_id.as_deref() {
        provider.check_key_id(found)?;
        if let Some(wanted) = key_id
            && !provider.same_key(wanted, found)
        {
            return Err(ProviderError::OtherKey {
                wanted: wanted.to_owned(),
                found: found.to_owned(),
            });
        }
    }
    if let Some(found) = &parameters.algorithm
        && found != profile.algorithm
    {
        return Err(ProviderError::OtherAlgorithm {
            wanted: profile.algorithm,
            found: found.clone(),
        });
    }
    if let (Some(key_id), Some(id)) = (
        key_id.or(parameters.key_id.as_deref()),
        parameters.wrapping_key_id.as_deref(),
    ) {
        provider.check_wrapping_key_id(id)?;
        provider.check_together(key_id, id)?;
    }
    match (parameters.valid_to, now) {
        (Some(at), Some(now)) if now >= at => Err(ProviderError::Expired { at }),
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// Algorithms that carry this type of key, those with the same kind of wrapping key first.
fn instead(provider: &dyn Provider, profile: &Profile, kind: KeyType) -> Vec<&'static str> {
    let mut others: Vec<&Profile> = provider
        .profiles()
        .iter()
        .filter(|other| other.carries.contains(&kind))
        .collect();
    let under_aes = profile.construction.is_under_aes();
    others.sort_by_key(|other| other.construction.is_under_aes() != under_aes);
    others
        .iter()
        .map(|other| other.algorithm)
        .take(SUGGESTED)
        .collect()
}

/// More names than this help nobody.
const SUGGESTED: usize = 4;

/// What else a person asks of an import.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The key at the provider.
    pub key_id: Option<&'a str>,
    /// The provider's id of the wrapping key.
    pub wrapping_key_id: Option<&'a str>,
    /// What the import is, if it is not the first.
    pub import_type: Option<ImportType>,
    /// Whether the material shall end by itself.
    pub ends: bool,
}

/// Refuses what this provider does not know, or not for this type of key.
///
/// # Errors
///
/// [`ProviderError::NoWrappingKeyId`], [`ProviderError::NoImportType`],
/// [`ProviderError::OneMaterial`], [`ProviderError::NoEnd`], or what is wrong with an id.
pub fn plan_request(
    provider: &dyn Provider,
    kind: KeyType,
    request: Request<'_>,
) -> Result<(), ProviderError> {
    if let Some(id) = request.key_id {
        provider.check_key_id(id)?;
    }
    if let Some(id) = request.wrapping_key_id {
        provider.check_wrapping_key_id(id)?;
    }
    if let (Some(key_id), Some(id)) = (request.key_id, request.wrapping_key_id) {
        provider.check_together(key_id, id)?;
    }
    if let Some(import_type) = request.import_type {
        if !provider.import_types().contains(&import_type) {
            return Err(ProviderError::NoImportType {
                provider: provider.title(),
                import_type,
                known: provider.import_types(),
            });
        }
        provider.check_import_type(kind)?;
    }
    if request.ends && !provider.ends_material() {
        return Err(ProviderError::NoEnd {
            provider: provider.title(),
        });
    }
    Ok(())
}

/// The wrapping key's length must be one of the profile's, and the key must fit.
fn plan_bits(
    provider: &dyn Provider,
    profile: &'static Profile,
    kind: KeyType,
    bits: usize,
) -> Result<(), ProviderError> {
    if !profile.wrapping_key_bits.contains(&bits) {
        return Err(ProviderError::WrappingKeySize {
            provider: provider.title(),
            algorithm: profile.algorithm,
            bits,
            instead: profile.wrapping_key_bits,
        });
    }
    let works = |bits: usize| {
        !profile.not_with.contains(&(kind, bits))
            && plan_material(profile, bits, longest(kind)).is_ok()
    };
    if profile.not_with.contains(&(kind, bits)) {
        return Err(ProviderError::NotUnder {
            provider: provider.title(),
            algorithm: profile.algorithm,
            kind,
            bits,
            instead: profile
                .wrapping_key_bits
                .iter()
                .copied()
                .filter(|bits| works(*bits))
                .collect(),
        });
    }
    plan_material(profile, bits, longest(kind))
}

/// Looks again when the length of the key is known.
///
/// # Errors
///
/// [`CryptoError::TooLong`] or [`ProviderError::BlobTooLong`].
pub fn plan_material(
    profile: &Profile,
    bits: usize,
    plaintext_len: usize,
) -> Result<(), ProviderError> {
    profile.construction.check_len(bits, plaintext_len)?;
    let len = profile.construction.blob_len(bits, plaintext_len);
    if len > profile.max_blob {
        return Err(ProviderError::BlobTooLong {
            provider: provider(profile.provider)?.title(),
            len,
            max: profile.max_blob,
        });
    }
    Ok(())
}

/// The longest plain form that this program makes of a type.
pub fn longest(kind: KeyType) -> usize {
    match kind {
        KeyType::Aes128 => 16,
        KeyType::Aes192 => 24,
        KeyType::Aes256 | KeyType::Hmac256 => 32,
        KeyType::Hmac224 => 28,
        KeyType::Hmac512 => 64,
        // PKCS#8 around ECPrivateKey with the public point and without a second curve name.
        KeyType::EcP256 => 138,
        KeyType::EcP384 => 185,
        KeyType::EcP521 => 241,
        KeyType::EcSecp256k1 => 135,
        // An Ed25519 key of version 1 happens to be as long as the secret.
        KeyType::Hmac384 | KeyType::Ed25519 => 48,
        // Every integer of its greatest length.
        KeyType::Rsa2048 => 1219,
        KeyType::Rsa3072 => 1795,
        KeyType::Rsa4096 => 2377,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::error::CryptoError;
    use crate::crypto::random::SystemRandom;
    use crate::crypto::software::SoftwareKey;
    use crate::error::Diagnose as _;
    use crate::providers::PROVIDERS;
    use crate::providers::stand_in;

    fn aws(algorithm: &str) -> &'static Profile {
        provider("aws-kms").unwrap().profile(algorithm).unwrap()
    }

    fn now() -> Moment {
        Moment::new("2026-11-22T14:05:00Z".parse().unwrap())
    }

    fn refused(algorithm: &str, kind: KeyType, bits: usize) -> (String, String) {
        let error = plan(aws(algorithm), kind, None, Some(bits), None, None).unwrap_err();
        (error.to_string(), error.hint().unwrap())
    }

    fn told(message: &str, hint: &str) -> (String, String) {
        (message.to_owned(), hint.to_owned())
    }

    #[test]
    fn aes_under_rsa_aes_key_wrap_is_refused_with_what_would_work() {
        assert_eq!(
            refused("RSA_AES_KEY_WRAP_SHA_256", KeyType::Aes256, 4096),
            told(
                "RSA_AES_KEY_WRAP_SHA_256 of AWS KMS does not carry aes-256",
                "use RSAES_OAEP_SHA_256 or RSAES_OAEP_SHA_1"
            )
        );
        assert_eq!(
            refused("RSAES_OAEP_SHA_256", KeyType::Rsa2048, 4096),
            told(
                "RSAES_OAEP_SHA_256 of AWS KMS does not carry rsa-2048",
                "use RSA_AES_KEY_WRAP_SHA_256 or RSA_AES_KEY_WRAP_SHA_1"
            )
        );
        assert_eq!(
            refused("RSAES_OAEP_SHA_256", KeyType::Ed25519, 4096),
            told(
                "RSAES_OAEP_SHA_256 of AWS KMS does not carry ed25519",
                "this provider does not import keys of this type"
            )
        );
    }

    #[test]
    fn p521_directly_under_rsa_2048_is_refused_with_what_would_work() {
        assert_eq!(
            refused("RSAES_OAEP_SHA_1", KeyType::EcP521, 2048),
            told(
                "RSAES_OAEP_SHA_1 of AWS KMS does not carry ec-p521 under a wrapping key of 2048 bits",
                "use a wrapping key of 3072 or 4096 bits"
            )
        );
    }

    #[test]
    fn wrapping_keys_of_other_lengths_are_refused() {
        assert_eq!(
            refused("RSAES_OAEP_SHA_256", KeyType::Aes256, 8192),
            told(
                "RSAES_OAEP_SHA_256 of AWS KMS has no wrapping key of 8192 bits",
                "use a wrapping key of 2048, 3072 or 4096 bits"
            )
        );
        let parameters = stand_in::parameters(2048, now()).unwrap();
        assert_eq!(
            plan(
                aws("RSAES_OAEP_SHA_256"),
                KeyType::Aes256,
                Some(&parameters),
                Some(4096),
                None,
                None
            ),
            Err(ProviderError::OtherSpec {
                wanted: 4096,
                found: 2048
            })
        );
    }

    #[test]
    fn too_much_plaintext_is_refused() {
        let direct = aws("RSAES_OAEP_SHA_256");
        assert!(plan_material(direct, 2048, 190).is_ok());
        assert_eq!(
            plan_material(direct, 2048, 191),
            Err(CryptoError::TooLong { len: 191, max: 190 }.into())
        );
        let hybrid = aws("RSA_AES_KEY_WRAP_SHA_256");
        assert!(plan_material(hybrid, 4096, 6144 - 512 - 8).is_ok());
        assert_eq!(
            plan_material(hybrid, 4096, 6144 - 512 - 7),
            Err(ProviderError::BlobTooLong {
                provider: "AWS KMS",
                len: 6152,
                max: 6144
            })
        );
    }

    #[test]
    fn parameters_are_refused_from_the_moment_they_expire() {
        let parameters = stand_in::parameters(3072, now()).unwrap();
        let at = parameters.valid_to.unwrap();
        let plan = |now| {
            plan(
                aws("RSAES_OAEP_SHA_256"),
                KeyType::Aes256,
                Some(&parameters),
                None,
                None,
                Some(now),
            )
        };
        assert_eq!(plan(at.plus_seconds(-1)), Ok(()));
        assert_eq!(plan(at), Err(ProviderError::Expired { at }));
        assert_eq!(
            plan(at).unwrap_err().to_string(),
            "the import parameters expired at 2026-11-23T14:05:00Z"
        );
    }

    #[test]
    fn parameters_for_another_key_are_refused() {
        const BARE: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let arn = |region: &str| format!("arn:aws:kms:{region}:111122223333:key/{BARE}");
        let plan = |wanted: &str, found: &str| {
            let mut parameters = stand_in::parameters(3072, now()).unwrap();
            parameters.key_id = Some(found.to_owned());
            plan(
                aws("RSAES_OAEP_SHA_256"),
                KeyType::Aes256,
                Some(&parameters),
                None,
                Some(wanted),
                None,
            )
        };
        assert_eq!(plan(BARE, &arn("eu-central-1")), Ok(()));
        assert_eq!(plan(&arn("eu-central-1"), BARE), Ok(()));
        assert_eq!(plan(&arn("eu-central-1"), &arn("eu-central-1")), Ok(()));
        for (wanted, found) in [
            (arn("eu-central-1"), arn("us-east-1")),
            (BARE.to_owned(), "other".to_owned()),
            (arn("eu-central-1"), "other".to_owned()),
        ] {
            assert_eq!(
                plan(&wanted, &found),
                Err(ProviderError::OtherKey { wanted, found })
            );
        }
        for id in ["alias/key", "arn:aws:kms:eu-central-1:1:alias/key"] {
            assert!(matches!(plan(id, BARE), Err(ProviderError::Alias { .. })));
        }
        for id in ["", "-x", "a b", "$(reboot)", "a'b", "a\nb", "ä"] {
            assert!(matches!(plan(id, BARE), Err(ProviderError::KeyId { .. })));
            assert!(matches!(plan(BARE, id), Err(ProviderError::KeyId { .. })));
        }
    }

    #[test]
    fn no_key_is_longer_than_was_planned() {
        for kind in KeyType::all() {
            let twin = SoftwareKey::twin(kind, &mut SystemRandom).unwrap();
            assert!(twin.material().len() <= longest(kind), "{kind}");
        }
    }

    #[test]
    fn every_row_of_every_table_can_be_planned() {
        for provider in PROVIDERS {
            for profile in provider.profiles() {
                assert_eq!(profile.provider, provider.id());
                assert!(profile.source.starts_with("https://") && profile.read.len() == 10);
                for kind in profile.carries {
                    for bits in profile.wrapping_key_bits {
                        let excluded = profile.not_with.contains(&(*kind, *bits));
                        let planned = plan(profile, *kind, None, Some(*bits), None, None);
                        assert_eq!(planned.is_err(), excluded, "{profile:?} {kind} {bits}");
                    }
                }
            }
        }
    }
}
