//! Names of tokens and keys as RFC 7512 writes them.
//!
//! ```text
//! pkcs11:token=lab;serial=0a1b?module-path=/usr/lib/softhsm/libsofthsm2.so
//! ```
//!
//! What is not listed here is refused: an attribute that is not understood may be the one that
//! tells two tokens apart. A PIN never stands in an argument, so `pin-value` is refused by name.
//! `x-init-args` is this program's own: what the module takes when it is initialised.

use std::path::PathBuf;
use std::str::FromStr;

use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::locate::ModuleChoice;
use crate::pkcs11::locate::Wanted;

/// What a URI names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Uri {
    /// The token.
    pub token: Wanted,
    /// Label of an object.
    pub object: Option<String>,
    /// Id of an object.
    pub id: Option<Vec<u8>>,
    /// File of the module.
    pub module_path: Option<PathBuf>,
    /// File that holds the PIN.
    pub pin_source: Option<PathBuf>,
    /// What the module takes when it is initialised.
    pub init_args: Option<String>,
}

impl Uri {
    /// The module, if the URI names it.
    pub fn module(&self) -> Option<ModuleChoice> {
        self.module_path.as_ref().map(|path| ModuleChoice {
            path: path.clone(),
            arguments: self.init_args.clone(),
        })
    }
}

impl FromStr for Uri {
    type Err = Pkcs11Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(rest) = text
            .get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("pkcs11:"))
            .and_then(|_| text.get(7..))
        else {
            return Err(wrong("scheme", "is not `pkcs11:`"));
        };
        if rest.contains('#') {
            return Err(wrong("end", "has a fragment, which names nothing here"));
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let mut uri = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for (part, of_path) in parts(path, ';').map(|part| (part, true)).chain(
            query
                .into_iter()
                .flat_map(|query| parts(query, '&'))
                .map(|part| (part, false)),
        ) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(wrong(shown(part), "has no value"));
            };
            if seen.contains(&name) {
                return Err(wrong(shown(name), "stands there twice"));
            }
            seen.push(name);
            uri.take(name, value, of_path)?;
        }
        Ok(uri)
    }
}

/// Attributes between separators; nothing at all is no attribute.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator).filter(move |_| !text.is_empty())
}

impl Uri {
    fn take(&mut self, name: &str, value: &str, of_path: bool) -> Result<(), Pkcs11Error> {
        let text = || {
            let bytes = decoded(name, value, of_path)?;
            String::from_utf8(bytes).map_err(|_| wrong(name, "is not UTF-8"))
        };
        match (name, of_path) {
            ("token", true) => self.token.label = Some(text()?),
            ("serial", true) => self.token.serial = Some(text()?),
            ("manufacturer", true) => self.token.manufacturer = Some(text()?),
            ("model", true) => self.token.model = Some(text()?),
            ("object", true) => self.object = Some(text()?),
            ("id", true) => self.id = Some(decoded(name, value, of_path)?),
            ("type", true) => {
                if !["private", "secret-key", "public", "cert", "data"].contains(&value) {
                    return Err(wrong(name, "is no type of RFC 7512"));
                }
            }
            ("slot-id" | "slot-description" | "slot-manufacturer", true) => {
                return Err(wrong(
                    name,
                    "names a slot, which says nothing about the token in it",
                ));
            }
            ("library-description" | "library-manufacturer" | "library-version", true) => {
                return Err(wrong(name, "is not used here: give `module-path`"));
            }
            ("module-path", false) => self.module_path = Some(absolute(name, &text()?)?),
            ("pin-source", false) => {
                let source = text()?;
                let path = source.strip_prefix("file:").unwrap_or(&source);
                let path = path.strip_prefix("//").unwrap_or(path);
                self.pin_source = Some(absolute(name, path)?);
            }
            ("x-init-args", false) => self.init_args = Some(text()?),
            ("pin-value", _) => {
                return Err(wrong(
                    name,
                    "would put a PIN where others see it: use `pin-source` or --pin-file",
                ));
            }
            ("module-name", false) => {
                return Err(wrong(name, "is not looked up here: give `module-path`"));
            }
            _ => return Err(wrong(shown(name), "is not known here")),
        }
        Ok(())
    }
}

fn absolute(name: &str, path: &str) -> Result<PathBuf, Pkcs11Error> {
    if path.starts_with('/') {
        Ok(PathBuf::from(path))
    } else {
        Err(wrong(name, "is no absolute path of a file"))
    }
}

/// Takes the percent encoding off; refuses what RFC 7512 wants encoded.
fn decoded(name: &str, value: &str, of_path: bool) -> Result<Vec<u8>, Pkcs11Error> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || {
                let digit = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(digit).ok()
            };
            let (Some(high), Some(low)) = (digit(), digit()) else {
                return Err(wrong(name, "has a `%` without two hexadecimal digits"));
            };
            bytes.push(high << 4 | low);
        } else if byte.is_ascii_alphanumeric()
            || b"-._~:[]@!$'()*+,=".contains(&byte)
            || (of_path && byte == b'&')
            || (!of_path && b"/?|".contains(&byte))
        {
            bytes.push(byte);
        } else {
            return Err(wrong(
                name,
                "has a character that must be written as `%` and two digits",
            ));
        }
    }
    Ok(bytes)
}

/// A name of letters, as names are; anything else may be a PIN that somebody mistyped.
fn shown(name: &str) -> &str {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    if name.len() <= 24 && !name.is_empty() && name.bytes().all(is_name) {
        name
    } else {
        "attribute"
    }
}

fn wrong(part: &str, why: &'static str) -> Pkcs11Error {
    Pkcs11Error::Uri {
        part: part.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Diagnose as _;
    use crate::error::Exit;

    #[test]
    fn the_examples_of_rfc_7512_are_read_as_far_as_they_name_tokens_and_keys() {
        // RFC 7512 section 3.
        let uri: Uri = "pkcs11:".parse().unwrap();
        assert_eq!(uri, Uri::default());
        let uri: Uri = "pkcs11:object=my-pubkey;type=public".parse().unwrap();
        assert_eq!(uri.object.as_deref(), Some("my-pubkey"));
        let uri: Uri = "pkcs11:object=my-key;type=private?pin-source=file:/etc/token"
            .parse()
            .unwrap();
        assert_eq!(uri.pin_source, Some(PathBuf::from("/etc/token")));
        let uri: Uri = "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin"
            .parse()
            .unwrap();
        assert_eq!(
            uri.token,
            Wanted {
                label: Some("The Software PKCS#11 Softtoken".to_owned()),
                serial: Some(String::new()),
                manufacturer: Some("Snake Oil, Inc.".to_owned()),
                model: Some("1.0".to_owned()),
            }
        );
        assert_eq!(
            uri.id.as_deref(),
            Some(&[0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91][..])
        );
        let uri: Uri = "pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.?module-path=/usr/lib/x.so"
            .parse()
            .unwrap();
        assert_eq!(
            uri.module(),
            Some(ModuleChoice {
                path: PathBuf::from("/usr/lib/x.so"),
                arguments: None
            })
        );
        let uri: Uri = "pkcs11:token=My%20token%25%20created%20by%20Joe"
            .parse()
            .unwrap();
        assert_eq!(uri.token.label.as_deref(), Some("My token% created by Joe"));
        let uri: Uri = "pkcs11:token=%C3%A4;object=a&b".parse().unwrap();
        assert_eq!(uri.token.label.as_deref(), Some("ä"));
        assert_eq!(uri.object.as_deref(), Some("a&b"));
    }

    #[test]
    fn what_a_module_takes_when_it_is_initialised_may_stand_there() {
        let uri: Uri =
            "PKCS11:token=a?module-path=/lib/x.so&x-init-args=configdir='sql:/tmp/n%20s'"
                .parse()
                .unwrap();
        let module = uri.module().unwrap();
        assert_eq!(
            module.arguments.as_deref(),
            Some("configdir='sql:/tmp/n s'")
        );
        let uri: Uri = "pkcs11:?pin-source=file:///run/pin".parse().unwrap();
        assert_eq!(uri.pin_source, Some(PathBuf::from("/run/pin")));
    }

    #[test]
    fn a_uri_that_is_wrong_is_refused_by_its_part() {
        for (text, part, says) in [
            ("", "scheme", "pkcs11:"),
            ("http://x", "scheme", "pkcs11:"),
            ("pkcs11", "scheme", "pkcs11:"),
            ("pkcs11:token=a#b", "end", "fragment"),
            ("pkcs11:token", "token", "no value"),
            ("pkcs11:token=a;", "attribute", "no value"),
            ("pkcs11:token=a;token=b", "token", "twice"),
            ("pkcs11:token=%4", "token", "hexadecimal"),
            ("pkcs11:token=%zz", "token", "hexadecimal"),
            ("pkcs11:token=a b", "token", "character"),
            ("pkcs11:token=a/b", "token", "character"),
            ("pkcs11:token=ä", "token", "character"),
            ("pkcs11:token=%ff", "token", "UTF-8"),
            ("pkcs11:type=key", "type", "no type"),
            ("pkcs11:slot-id=0", "slot-id", "slot"),
            ("pkcs11:library-version=3", "library-version", "module-path"),
            ("pkcs11:colour=red", "colour", "not known"),
            ("pkcs11:module-path=/x", "module-path", "not known"),
            ("pkcs11:?token=a", "token", "not known"),
            ("pkcs11:?module-path=x.so", "module-path", "absolute"),
            ("pkcs11:?module-name=x", "module-name", "module-path"),
            ("pkcs11:?pin-source=|/bin/pin", "pin-source", "absolute"),
            ("pkcs11:?pin-source=https://x/pin", "pin-source", "absolute"),
        ] {
            let error = text.parse::<Uri>().unwrap_err();
            let Pkcs11Error::Uri { part: found, why } = &error else {
                panic!("{text}: {error}")
            };
            assert_eq!(found, part, "{text}");
            assert!(why.contains(says), "{text}: {why}");
            assert_eq!(error.exit(), Exit::Usage);
        }
    }

    #[test]
    fn a_pin_in_a_uri_is_refused_and_not_repeated() {
        for text in [
            "pkcs11:token=a?pin-value=87654321",
            "pkcs11:token=a;pin-value=87654321",
            "pkcs11:token=a;87654321",
            "pkcs11:token=a?pin-value=%8",
        ] {
            let error = text.parse::<Uri>().unwrap_err();
            assert!(matches!(error, Pkcs11Error::Uri { .. }), "{error}");
            let said = format!("{error} {error:?} {:?}", error.hint());
            assert!(!said.contains("8765"), "{said}");
        }
    }
}
