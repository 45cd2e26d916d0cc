//! A provider that is none: what a rehearsal wraps for.
//!
//! Its private key is one of the built-in test keys, which everybody knows.

use crate::crypto::wrap;
use crate::domain::record::Moment;
use crate::providers::ImportParameters;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::secret::Secret;

/// The token that comes with every stand-in wrapping key.
pub const IMPORT_TOKEN: &[u8] = b"keyrite rehearsal import token: no provider accepts this";

/// Parameters as `provider` would hand them out at `now`.
///
/// # Errors
///
/// [`CryptoError::NoTestPair`](crate::crypto::error::CryptoError::NoTestPair) if no test key has so
/// many bits.
pub fn parameters_of(
    provider: &dyn Provider,
    profile: &Profile,
    bits: usize,
    now: Moment,
) -> Result<ImportParameters, ProviderError> {
    let mut parameters = ImportParameters::of(wrap::test_key(profile.construction, bits)?);
    if provider.needs_import_token() {
        parameters.import_token = Some(IMPORT_TOKEN.to_vec());
    }
    parameters.valid_to = provider
        .parameters_live()
        .map(|seconds| now.plus_seconds(seconds));
    Ok(parameters)
}

/// Does what the provider would do with a wrapped key: opens it, by other code than made it.
///
/// # Errors
///
/// [`CryptoError::DoesNotOpen`](crate::crypto::error::CryptoError::DoesNotOpen) where a provider
/// would refuse the import.
pub fn import(profile: &Profile, bits: usize, blob: &[u8]) -> Result<Secret, ProviderError> {
    Ok(wrap::open_test(profile.construction, bits, blob)?)
}

/// Parameters of AWS KMS for tests.
#[cfg(test)]
pub(crate) fn parameters(bits: usize, now: Moment) -> Result<ImportParameters, ProviderError> {
    let provider = crate::providers::provider("aws-kms")?;
    parameters_of(provider, provider.profile("RSAES_OAEP_SHA_256")?, bits, now)
}
