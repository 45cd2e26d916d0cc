//! Forms in which several providers hand out a wrapping key.

use base64ct::Base64UrlUnpadded;
use base64ct::Encoding as _;
use serde_json::Map;
use serde_json::Value;

use crate::crypto::error::CryptoError;
use crate::crypto::wrapping_key;
use crate::crypto::wrapping_key::WrappingKey;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::json;

/// No file that a provider hands out comes near this.
pub(super) const MAX_FILE: usize = 64 * 1024;

/// The only file, of a sensible length.
pub(super) fn only(files: &[InputFile]) -> Result<&InputFile, ProviderError> {
    let file = match files {
        [] => return Err(ProviderError::NoWrappingKey),
        [file] => file,
        [_, second, ..] => {
            return Err(ProviderError::OneFile {
                name: second.name.clone(),
            });
        }
    };
    if file.bytes.len() > MAX_FILE {
        return Err(ProviderError::TooLong {
            name: file.name.clone(),
            max: MAX_FILE,
        });
    }
    Ok(file)
}

/// PEM, DER or base64 of DER, and nothing else.
pub(super) fn key_alone(files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
    let file = only(files)?;
    Ok(ImportParameters::of(WrappingKey::from_bytes(&file.bytes)?))
}

/// PEM, DER, base64 of DER, or a JWK, alone or as the `key` of an answer; its operations, where it
/// has any, must all be among `operations`.
pub(super) fn key_or_jwk(
    files: &[InputFile],
    operations: &[&str],
) -> Result<ImportParameters, ProviderError> {
    let file = only(files)?;
    if !json::is_json(&file.bytes) {
        return key_alone(files);
    }
    let whole = json::object(file)?;
    match whole.get("key") {
        Some(Value::Object(key)) => jwk(file, key, operations),
        Some(_) | None => jwk(file, &whole, operations),
    }
}

/// An RSA public key as RFC 7517 and RFC 7518 section 6.3 write it. A command line that prints its
/// numbers in standard base64 is understood too.
fn jwk(
    file: &InputFile,
    key: &Map<String, Value>,
    operations: &[&str],
) -> Result<ImportParameters, ProviderError> {
    match json::text(file, key, "kty")?.as_deref() {
        Some("RSA" | "RSA-HSM") => (),
        Some(_) => return Err(json::not_json(file, "kty is not RSA")),
        None => return Err(json::not_json(file, "kty is missing: it is no JWK")),
    }
    if key.get("d").is_some_and(|d| *d != Value::Null) {
        return Err(CryptoError::PrivateGiven.into());
    }
    let number = |name: &'static str| {
        let text = json::text(file, key, name)?
            .ok_or_else(|| json::not_json(file, &format!("{name} is missing")))?;
        base64_of_either_alphabet(&text).ok_or_else(|| ProviderError::Base64 {
            name: file.name.clone(),
            field: name,
        })
    };
    let wrapping_key = WrappingKey::from_numbers(&number("n")?, &number("e")?)?;
    let mut parameters = ImportParameters::of(wrapping_key);
    parameters.wrapping_key_id = json::text(file, key, "kid")?;
    for name in ["key_ops", "keyOps"] {
        let wraps_only = match key.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::Array(found)) => found
                .iter()
                .all(|one| one.as_str().is_some_and(|one| operations.contains(&one))),
            Some(_) => false,
        };
        if !wraps_only {
            return Err(ProviderError::NotForWrapping {
                name: file.name.clone(),
            });
        }
    }
    Ok(parameters)
}

/// Base64url with or without padding, or standard base64.
pub(super) fn base64_of_either_alphabet(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.split_ascii_whitespace().collect();
    Base64UrlUnpadded::decode_vec(packed.trim_end_matches('='))
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .or_else(|| wrapping_key::base64(&packed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::test_pairs::TestPair;

    const JWK: &str = include_str!("../../tests/data/providers/azure/kek.jwk.json");

    fn read(text: &str) -> Result<ImportParameters, ProviderError> {
        let file = InputFile {
            name: "kek.json".to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        key_or_jwk(&[file], &["import"])
    }

    #[test]
    fn a_jwk_is_read_alone_and_inside_an_answer() {
        let key = TestPair::of(4096).unwrap().public().unwrap();
        for text in [
            JWK.to_owned(),
            format!("{{\"tags\": null, \"key\": {JWK}}}"),
        ] {
            let read = read(&text).unwrap();
            assert_eq!(read.wrapping_key, key);
            assert!(read.wrapping_key_id.unwrap().contains("/keys/KEK/"));
        }
    }

    #[test]
    fn a_jwk_that_is_not_for_wrapping_is_refused_by_name() {
        let bent = |from: &str, to: &str| {
            assert!(JWK.contains(from));
            read(&JWK.replace(from, to)).unwrap_err()
        };
        for (from, to, says) in [
            ("\"RSA-HSM\"", "\"EC\"", "not RSA"),
            ("\"n\"", "\"m\"", "n is missing"),
            ("\"kty\"", "\"typ\"", "no JWK"),
            ("\"import\"", "\"sign\"", "for other things than wrapping"),
            (
                "\"import\"",
                "\"import\", \"encrypt\"",
                "for other things than wrapping",
            ),
        ] {
            assert!(bent(from, to).to_string().contains(says));
        }
        assert_eq!(
            bent("\"n\"", "\"d\": \"AQAB\", \"n\""),
            CryptoError::PrivateGiven.into()
        );
    }

    #[test]
    fn both_alphabets_and_both_paddings_are_read() {
        for text in ["-_-_-w", "-_-_-w==", "+/+/+w==", "+/+/\n+w=="] {
            assert_eq!(
                base64_of_either_alphabet(text).unwrap(),
                [0xfb, 0xff, 0xbf, 0xfb]
            );
        }
        assert_eq!(base64_of_either_alphabet(""), None);
        assert_eq!(base64_of_either_alphabet("%"), None);
    }
}
