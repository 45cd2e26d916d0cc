//! Reads the list of keys that a provider's own tool prints.

use serde_json::Value;

use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::json;

/// Names of the keys of a list: `aws kms list-keys`, `gcloud kms keys list --format=json`, `az keyvault key
/// list`, `vault list -format=json transit/keys`.
///
/// # Errors
///
/// When it is none of these, or only the first part of one.
pub fn inventory(file: &InputFile) -> Result<Vec<String>, ProviderError> {
    let value =
        json::strict(&file.bytes).map_err(|error| json::not_json(file, &error.to_string()))?;
    let goes_on = |name: &&&str| match value.get(**name) {
        Some(Value::String(next)) => !next.is_empty(),
        Some(Value::Bool(more)) => *more,
        Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => false,
    };
    if let Some(name) = GOES_ON.iter().find(goes_on) {
        // A key on a later page would be nobody's, and nobody would hear of it.
        let why = format!("the list goes on behind it, says its `{name}`: all of it is needed");
        return Err(json::not_json(file, &why));
    }
    let mut names = Vec::new();
    let listed = match &value {
        Value::Array(listed) => Some(listed),
        Value::Object(object) => {
            let within = ["Keys", "cryptoKeys", "value", "keys"];
            let listed = within.iter().find_map(|name| object.get(*name)?.as_array());
            // The answer of Vault's API, and of its list command.
            let data = || object.get("data")?.get("keys")?.as_array();
            listed.or_else(data)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    for key in listed.ok_or_else(|| json::not_json(file, "it lists no keys"))? {
        let named = ["KeyArn", "KeyId", "name", "kid", "id"];
        let name = match key {
            Value::String(name) => Some(name.as_str()),
            Value::Object(key) => named.iter().find_map(|field| key.get(*field)?.as_str()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        };
        let name = name.ok_or_else(|| json::not_json(file, "a key of the list has no name"))?;
        names.push(name.to_owned());
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// What a list has that was cut into pages (AWS KMS `ListKeys` and the AWS CLI, Cloud KMS
/// `cryptoKeys.list`, Key Vault `GetKeys`).
const GOES_ON: [&str; 5] = [
    "Truncated",
    "NextToken",
    "NextMarker",
    "nextPageToken",
    "nextLink",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, ProviderError> {
        inventory(&InputFile {
            name: "keys.json".to_owned(),
            bytes: text.as_bytes().to_vec(),
        })
    }

    #[test]
    fn the_lists_of_all_tools_are_read() {
        for (text, name) in [
            (
                r#"{"Keys": [{"KeyId": "1", "KeyArn": "arn:aws:kms:eu-west-1:1:key/1"}]}"#,
                "arn:aws:kms:eu-west-1:1:key/1",
            ),
            (
                r#"[{"name": "projects/p/locations/l/keyRings/r/cryptoKeys/k", "purpose": "ENCRYPT_DECRYPT"}]"#,
                "projects/p/locations/l/keyRings/r/cryptoKeys/k",
            ),
            (
                r#"[{"kid": "https://v.vault.azure.net/keys/k", "attributes": {"enabled": true}}]"#,
                "https://v.vault.azure.net/keys/k",
            ),
            (r#"["payments"]"#, "payments"),
            ("\u{feff}[\"payments\"]", "payments"),
            (r#"{"Keys": [{"KeyId": "1"}], "Truncated": false}"#, "1"),
            (r#"{"value": [{"kid": "k"}], "nextLink": null}"#, "k"),
            (r#"{"data": {"keys": ["payments"]}}"#, "payments"),
        ] {
            assert_eq!(read(text).unwrap(), [name], "{text}");
        }
    }

    #[test]
    fn one_page_of_a_longer_list_is_refused() {
        for (text, name) in [
            (
                r#"{"Keys": [{"KeyId": "1"}], "NextMarker": "a", "Truncated": true}"#,
                "Truncated",
            ),
            (
                r#"{"Keys": [{"KeyId": "1"}], "NextToken": "ey"}"#,
                "NextToken",
            ),
            (
                r#"{"cryptoKeys": [{"name": "k"}], "nextPageToken": "x"}"#,
                "nextPageToken",
            ),
            (
                r#"{"value": [{"kid": "k"}], "nextLink": "https://v"}"#,
                "nextLink",
            ),
        ] {
            let told = read(text).unwrap_err().to_string();
            assert!(told.contains(name), "{told}");
        }
    }

    #[test]
    fn what_lists_no_keys_is_refused() {
        for text in ["{}", "7", "[7]", "[{}]", "not json", "{\"Keys\": {}}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
