//! Reads what AWS hands out for one import, in each of its forms.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Cursor;
use std::io::Read as _;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error as _;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;

use crate::crypto::wrapping_key;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::record::Moment;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::ProviderError;

/// No file that AWS hands out comes near this.
const MAX_FILE: usize = 64 * 1024;
/// More files than any download has.
const MAX_ENTRIES: usize = 16;

/// Reads `parameters.json`, the console's ZIP file, its two `.bin` files, or the key alone.
pub(super) fn read(files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
    let mut found = Found::default();
    let mut loose = Vec::new();
    for file in files {
        if file.bytes.len() > MAX_FILE {
            return Err(ProviderError::TooLong {
                name: file.name.clone(),
                max: MAX_FILE,
            });
        }
        if file.bytes.starts_with(b"PK\x03\x04") {
            for entry in unzip(file)? {
                found.add_named(&entry)?;
            }
        } else if is_json(&file.bytes) {
            found.add_json(file)?;
        } else {
            loose.push(file);
        }
    }
    found.add_loose(&loose)?;
    Ok(ImportParameters {
        wrapping_key: found.key.ok_or(ProviderError::NoWrappingKey)?,
        import_token: found.token,
        key_id: found.key_id,
        valid_to: found.valid_to,
        wrapping_key_id: None,
        algorithm: None,
    })
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    key: Option<WrappingKey>,
    token: Option<Vec<u8>>,
    key_id: Option<String>,
    valid_to: Option<Moment>,
}

impl Found {
    fn add_key(&mut self, name: &str, bytes: &[u8]) -> Result<(), ProviderError> {
        let key = WrappingKey::from_bytes(bytes)?;
        once(&mut self.key, key, name, "wrapping key")
    }

    fn add_token(&mut self, name: &str, bytes: &[u8]) -> Result<(), ProviderError> {
        if bytes.is_empty() {
            return Err(ProviderError::TokenMissing);
        }
        once(&mut self.token, bytes.to_vec(), name, "import token")
    }

    /// A file of the console's download, old or new; anything else in it is left alone.
    fn add_named(&mut self, file: &InputFile) -> Result<(), ProviderError> {
        match role(&file.name) {
            Some(Role::Key) => self.add_key(&file.name, &file.bytes),
            Some(Role::Token) => self.add_token(&file.name, &file.bytes),
            None => Ok(()),
        }
    }

    /// Files given by themselves: the name tells a token, or that another file is the key.
    fn add_loose(&mut self, files: &[&InputFile]) -> Result<(), ProviderError> {
        let readable = files
            .iter()
            .filter(|file| WrappingKey::from_bytes(&file.bytes).is_ok())
            .count();
        for file in files {
            let token = match role(&file.name) {
                Some(Role::Token) => true,
                Some(Role::Key) => false,
                // With one key found, what is no key beside it can only be the token.
                None => readable == 1 && WrappingKey::from_bytes(&file.bytes).is_err(),
            };
            if token {
                self.add_token(&file.name, &file.bytes)?;
            } else {
                self.add_key(&file.name, &file.bytes)?;
            }
        }
        Ok(())
    }

    fn add_json(&mut self, file: &InputFile) -> Result<(), ProviderError> {
        let name = file.name.as_str();
        let json = file
            .bytes
            .strip_prefix(BYTE_ORDER_MARK)
            .unwrap_or(&file.bytes);
        let wire: Wire = serde_json::from_slice(json).map_err(|error| ProviderError::Json {
            name: name.to_owned(),
            why: error.to_string(),
        })?;
        let missing = |field: &str| ProviderError::Json {
            name: name.to_owned(),
            why: format!("{field} is missing"),
        };
        let key = decode(
            name,
            "PublicKey",
            &wire.public_key.ok_or_else(|| missing("PublicKey"))?,
        )?;
        let token = wire.import_token.ok_or_else(|| missing("ImportToken"))?;
        self.add_key(name, &key)?;
        self.add_token(name, &decode(name, "ImportToken", &token)?)?;
        if let Some(id) = wire.key_id {
            once(&mut self.key_id, id, name, "key id")?;
        }
        if let Some(time) = wire.valid_to {
            let moment = time.moment().ok_or_else(|| ProviderError::Time {
                name: name.to_owned(),
            })?;
            once(&mut self.valid_to, moment, name, "time of expiry")?;
        }
        Ok(())
    }
}

/// Fills a place that must be empty.
fn once<T>(
    place: &mut Option<T>,
    value: T,
    name: &str,
    what: &'static str,
) -> Result<(), ProviderError> {
    if place.replace(value).is_some() {
        return Err(ProviderError::Twice {
            name: name.to_owned(),
            what,
        });
    }
    Ok(())
}

/// What the console calls a file.
#[derive(Clone, Copy)]
enum Role {
    Key,
    Token,
}

/// Now `WrappingPublicKey.bin` and `ImportToken.bin`, once `wrappingKey_…` and `importToken_…`.
fn role(name: &str) -> Option<Role> {
    let name = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(name)
        .to_ascii_lowercase();
    if name.starts_with("wrapping") {
        Some(Role::Key)
    } else if name.starts_with("importtoken") {
        Some(Role::Token)
    } else {
        None
    }
}

/// Whether the file begins as an object of JSON.
fn is_json(bytes: &[u8]) -> bool {
    bytes
        .strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(bytes)
        .trim_ascii_start()
        .starts_with(b"{")
}

/// PowerShell writes one.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Base64 with or without line breaks.
fn decode(name: &str, field: &'static str, text: &str) -> Result<Vec<u8>, ProviderError> {
    wrapping_key::base64(text).ok_or_else(|| ProviderError::Base64 {
        name: name.to_owned(),
        field,
    })
}

/// Reads a ZIP file into memory; what its entries claim about their length is not believed.
fn unzip(file: &InputFile) -> Result<Vec<InputFile>, ProviderError> {
    let broken = || ProviderError::Zip {
        name: file.name.clone(),
    };
    let mut archive =
        zip::ZipArchive::new(Cursor::new(file.bytes.as_slice())).map_err(|_| broken())?;
    if archive.len() > MAX_ENTRIES {
        return Err(broken());
    }
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| broken())?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if role(&name).is_none() {
            continue;
        }
        let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        entry
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| broken())?;
        if bytes.len() > MAX_FILE {
            return Err(ProviderError::TooLong {
                name: file.name.clone(),
                max: MAX_FILE,
            });
        }
        entries.push(InputFile { name, bytes });
    }
    Ok(entries)
}

/// The answer of `get-parameters-for-import`.
#[derive(Default)]
struct Wire {
    key_id: Option<String>,
    import_token: Option<String>,
    public_key: Option<String>,
    valid_to: Option<WireTime>,
}

/// Text with an offset, or seconds since 1970: the CLI's setting `cli_timestamp_format` decides.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireTime {
    Text(String),
    Whole(i64),
    Seconds(f64),
}

impl WireTime {
    fn moment(&self) -> Option<Moment> {
        let time = match self {
            Self::Text(text) => text.parse().ok()?,
            Self::Whole(seconds) => Timestamp::from_second(*seconds).ok()?,
            // The fraction is cut off: to expire early is the safe side.
            Self::Seconds(seconds) => {
                let since = jiff::SignedDuration::try_from_secs_f64(*seconds).ok()?;
                Timestamp::from_second(since.as_secs()).ok()?
            }
        };
        Some(Moment::new(time))
    }
}

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WireVisitor)
    }
}

/// Reads the fields that matter and refuses any name that comes twice, known or not.
struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire, A::Error> {
        let mut wire = Wire::default();
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "KeyId" => wire.key_id = Some(map.next_value()?),
                "ImportToken" => wire.import_token = Some(map.next_value()?),
                "PublicKey" => wire.public_key = Some(map.next_value()?),
                "ParametersValidTo" => wire.valid_to = Some(map.next_value()?),
                _ => {
                    let IgnoredAny = map.next_value()?;
                }
            }
            if seen.contains(&name) {
                return Err(A::Error::custom(format!("{name:?} comes twice")));
            }
            seen.insert(name);
        }
        Ok(wire)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64ct::Base64;
    use base64ct::Encoding as _;

    use super::*;
    use crate::crypto::error::CryptoError;
    use crate::crypto::test_pairs::TestPair;

    fn file(name: &str, bytes: &[u8]) -> InputFile {
        InputFile {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
        }
    }

    fn key() -> WrappingKey {
        TestPair::of(2048).unwrap().public().unwrap()
    }

    const TOKEN: &[u8] = b"\x01token\xff";
    const ARN: &str =
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn json(time: &str) -> InputFile {
        let (key, token) = (
            Base64::encode_string(key().der()),
            Base64::encode_string(TOKEN),
        );
        file(
            "parameters.json",
            format!(
                r#"{{"KeyId": "{ARN}", "ImportToken": "{token}", "PublicKey": "{key}",
                    "ParametersValidTo": {time}, "New": {{"a": [1]}}}}"#
            )
            .as_bytes(),
        )
    }

    fn zip(entries: &[(&str, &[u8])]) -> InputFile {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(bytes).unwrap();
        }
        file("Import_Parameters.zip", &zip.finish().unwrap().into_inner())
    }

    #[test]
    fn both_forms_of_time_mean_the_same() {
        for time in [
            r#""2026-02-13T18:39:25.085000+01:00""#,
            r#""2026-02-13T17:39:25Z""#,
            "1771004365",
            "1771004365.085",
        ] {
            let read = read(&[json(time)]).unwrap();
            assert_eq!(read.valid_to.unwrap().to_string(), "2026-02-13T17:39:25Z");
            assert_eq!(read.wrapping_key, key());
            assert_eq!(read.import_token.unwrap(), TOKEN);
            assert_eq!(read.key_id.unwrap(), ARN);
        }
        for time in [r#""tomorrow""#, "1e300"] {
            assert_eq!(
                read(&[json(time)]).unwrap_err(),
                ProviderError::Time {
                    name: "parameters.json".to_owned()
                }
            );
        }
    }

    #[test]
    fn a_byte_order_mark_and_line_breaks_in_base64_do_no_harm() {
        let mut with_mark = json("1771004365");
        with_mark
            .bytes
            .splice(0..0, BYTE_ORDER_MARK.iter().copied());
        assert!(read(&[with_mark]).is_ok());
        let mut text = String::from_utf8(json("1771004365").bytes).unwrap();
        let place = text.find("MIIB").unwrap();
        text.insert_str(place + 64, "\\r\\n");
        assert_eq!(
            read(&[file("p.json", text.as_bytes())])
                .unwrap()
                .wrapping_key,
            key()
        );
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        for extra in [r#""PublicKey": "AA=="}"#, r#""New": 1}"#] {
            let mut text = String::from_utf8(json("1771004365").bytes).unwrap();
            text.pop();
            text.push(',');
            text.push_str(extra);
            let error = read(&[file("p.json", text.as_bytes())]).unwrap_err();
            assert!(error.to_string().contains("comes twice"), "{error}");
        }
    }

    #[test]
    fn json_with_a_part_missing_or_broken_is_refused() {
        for (text, says) in [
            ("{}", "PublicKey is missing"),
            (r#"{"PublicKey": "AA=="}"#, "ImportToken is missing"),
            (r#"{"PublicKey": "%", "ImportToken": "AA=="}"#, "not base64"),
            (r#"{"PublicKey": 1}"#, "not the JSON"),
            ("{", "not the JSON"),
        ] {
            let error = read(&[file("p.json", text.as_bytes())]).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn the_download_of_the_console_is_read_in_its_new_and_old_form() {
        let key = key();
        for (key_name, token_name) in [
            ("WrappingPublicKey.bin", "ImportToken.bin"),
            ("wrappingKey_1234_0213", "importToken_1234_0213"),
            ("../../etc/WrappingPublicKey.bin", "a/ImportToken.bin"),
        ] {
            let read = read(&[zip(&[
                ("README.txt", b"read me"),
                (token_name, TOKEN),
                (key_name, key.der()),
            ])])
            .unwrap();
            assert_eq!(read.wrapping_key, key);
            assert_eq!(read.import_token.unwrap(), TOKEN);
            assert_eq!((read.key_id, read.valid_to), (None, None));
        }
    }

    #[test]
    fn a_zip_that_unpacks_to_much_is_refused() {
        let bomb = zip(&[("ImportToken.bin", &vec![0; 10_000_000])]);
        assert!(bomb.bytes.len() < MAX_FILE);
        assert!(matches!(
            read(&[bomb]),
            Err(ProviderError::TooLong { max: MAX_FILE, .. })
        ));
        let names: Vec<String> = (0..17).map(|n| format!("wrapping{n}")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b""[..])).collect();
        assert!(matches!(
            read(&[zip(&many)]),
            Err(ProviderError::Zip { .. })
        ));
        let cut = file("cut.zip", b"PK\x03\x04rest");
        assert!(matches!(read(&[cut]), Err(ProviderError::Zip { .. })));
        let long = file("long", &vec![0; MAX_FILE + 1]);
        assert!(matches!(read(&[long]), Err(ProviderError::TooLong { .. })));
    }

    #[test]
    fn the_two_files_are_told_apart_by_name_or_content() {
        let key = key();
        for (key_name, token_name) in [
            ("WrappingPublicKey.bin", "ImportToken.bin"),
            ("a.bin", "b.bin"),
            ("a.bin", "importToken.bin"),
        ] {
            let mut files = vec![file(key_name, key.der()), file(token_name, TOKEN)];
            for _ in 0..2 {
                files.reverse();
                let read = read(&files).unwrap();
                assert_eq!(read.wrapping_key, key);
                assert_eq!(read.import_token.unwrap(), TOKEN);
            }
        }
    }

    #[test]
    fn the_key_alone_comes_without_a_token() {
        let read = read(&[file("key.der", key().der())]).unwrap();
        assert_eq!(read.import_token, None);
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(read(&[]).unwrap_err(), ProviderError::NoWrappingKey);
        assert_eq!(
            read(&[file("ImportToken.bin", TOKEN)]).unwrap_err(),
            ProviderError::NoWrappingKey
        );
        assert_eq!(
            read(&[json("1"), file("WrappingPublicKey.bin", key().der())]).unwrap_err(),
            ProviderError::Twice {
                name: "WrappingPublicKey.bin".to_owned(),
                what: "wrapping key"
            }
        );
        assert_eq!(
            read(&[file("key.bin", b"nonsense")]).unwrap_err(),
            ProviderError::Crypto(CryptoError::Unreadable)
        );
        assert_eq!(
            read(&[file("key.der", TestPair::of(2048).unwrap().pkcs8())]).unwrap_err(),
            ProviderError::Crypto(CryptoError::PrivateGiven)
        );
    }
}
