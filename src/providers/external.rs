//! Services that call a key in the customer's HSM from outside (HYOK): what each of them names.
//!
//! Nothing is wrapped here. A ceremony makes the key, and records under which names the service
//! finds it; the names are held against this table, so that none is missing or of another form.

use std::collections::BTreeMap;

use crate::domain::algorithm::KeyType;
use crate::domain::script::Usage;
use crate::domain::text::list;
use crate::domain::text::nearest;
use crate::providers::about::READ;

/// A service that calls a key from outside.
#[derive(Debug)]
pub struct Service {
    /// Its name in scripts.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Types of key that it calls; nothing where its documentation does not say.
    pub kinds: Option<&'static [KeyType]>,
    /// What the key must be usable for.
    pub usages: &'static [Usage],
    /// The names it needs or knows.
    pub identifiers: &'static [Identifier],
    /// Where that stands.
    pub source: &'static str,
    /// When it was read there.
    pub read: &'static str,
}

/// A name that a service has for a key, or for the way to it.
#[derive(Debug)]
pub struct Identifier {
    /// As the script writes it.
    pub name: &'static str,
    /// Whether it must be there.
    pub needed: Needed,
    /// What it looks like.
    pub form: Form,
}

/// Whether a name must be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needed {
    /// Always.
    Yes,
    /// It may be left out.
    No,
    /// Where another one has this value.
    Where(&'static str, &'static str),
}

/// What a name looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// Any line.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Begins so.
    Begins(&'static str),
    /// So many of letters, digits, `-`, `_` and `.` at most.
    Name(usize),
    /// 64 lower-case hexadecimal digits.
    Sha256,
}

/// Every service, in the order of their ids.
pub static SERVICES: &[Service] = &[
    Service {
        id: "aws-xks",
        title: "AWS KMS external key store",
        kinds: Some(&[KeyType::Aes256]),
        usages: &[Usage::Encrypt, Usage::Decrypt],
        identifiers: &[
            must("custom-key-store-id", Form::Name(64)),
            must("xks-key-id", Form::Name(128)),
            must("xks-proxy-uri-endpoint", Form::Begins("https://")),
            must("xks-proxy-uri-path", Form::Begins("/")),
            must(
                "xks-proxy-connectivity",
                Form::Word(&["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"]),
            ),
            Identifier {
                name: "vpc-endpoint-service-name",
                needed: Needed::Where("xks-proxy-connectivity", "VPC_ENDPOINT_SERVICE"),
                form: Form::Text,
            },
            may("vpc-endpoint-service-owner", Form::Text),
            may("access-key-id", Form::Text),
            may("key-id", Form::Text),
        ],
        source: "botocore kms/2014-11-01/service-2.json @0e6e2404: CreateCustomKeyStore, CreateKey",
        read: READ,
    },
    Service {
        id: "azure-managed-hsm-ekm",
        title: "Azure Managed HSM external key management (preview)",
        kinds: None,
        usages: &[],
        identifiers: &[
            must("external-key-id", Form::Text),
            must("hsm-uri", Form::Begins("https://")),
            must("proxy-host", Form::Text),
            may("proxy-path-prefix", Form::Begins("/")),
            must("server-ca-certificate-sha256", Form::Sha256),
            may("key-uri", Form::Begins("https://")),
        ],
        source: "MicrosoftDocs/azure-security-docs; azure-cli ekm-connection",
        read: READ,
    },
    Service {
        id: "google-ekm",
        title: "Google Cloud External Key Manager",
        kinds: None,
        usages: &[],
        identifiers: &[
            must(
                "protection-level",
                Form::Word(&["EXTERNAL", "EXTERNAL_VPC"]),
            ),
            Identifier {
                name: "external-key-uri",
                needed: Needed::Where("protection-level", "EXTERNAL"),
                form: Form::Begins("https://"),
            },
            Identifier {
                name: "ekm-connection",
                needed: Needed::Where("protection-level", "EXTERNAL_VPC"),
                form: Form::Begins("projects/"),
            },
            Identifier {
                name: "ekm-connection-key-path",
                needed: Needed::Where("protection-level", "EXTERNAL_VPC"),
                form: Form::Text,
            },
            may("crypto-space-path", Form::Text),
            may("key-management-mode", Form::Word(&["MANUAL", "CLOUD_KMS"])),
            may("key-version", Form::Begins("projects/")),
        ],
        source: "google-cloud-kms 3.18.0: CryptoKeyVersion, EkmConnection",
        read: READ,
    },
];

const fn must(name: &'static str, form: Form) -> Identifier {
    Identifier {
        name,
        needed: Needed::Yes,
        form,
    }
}

const fn may(name: &'static str, form: Form) -> Identifier {
    Identifier {
        name,
        needed: Needed::No,
        form,
    }
}

/// Something in a script that a service would not take.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mistake {
    /// The identifier it is about, where it is about one that is there.
    pub identifier: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// The service of that name.
pub fn service(id: &str) -> Result<&'static Service, Mistake> {
    SERVICES
        .iter()
        .find(|service| service.id == id)
        .ok_or_else(|| {
            let ids: Vec<&str> = SERVICES.iter().map(|service| service.id).collect();
            let hint = nearest(id, ids.iter().copied()).map_or_else(
                || format!("known are {}", list(&ids)),
                |near| format!("did you mean `{near}`?"),
            );
            Mistake {
                identifier: None,
                what: format!("no service `{id}` that calls keys from outside is known"),
                hint,
            }
        })
}

impl Service {
    /// Everything that this service would not take.
    pub fn mistakes(
        &self,
        kind: KeyType,
        usages: &[Usage],
        identifiers: &BTreeMap<&str, &str>,
    ) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut add = |identifier: Option<&str>, what: String, hint: String| {
            mistakes.push(Mistake {
                identifier: identifier.map(str::to_owned),
                what,
                hint,
            });
        };
        let title = self.title;
        if let Some(kinds) = self.kinds.filter(|kinds| !kinds.contains(&kind)) {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            add(
                None,
                format!("{title} calls no key of type {kind}"),
                format!("make a key of type {}", list(&names)),
            );
        }
        for usage in self.usages.iter().filter(|usage| !usages.contains(usage)) {
            add(
                None,
                format!("{title} calls the key to {usage}, and it may not be used for that"),
                format!("add `{usage}` to the usages of the key"),
            );
        }
        for (name, value) in identifiers {
            let Some(known) = self.identifiers.iter().find(|known| known.name == *name) else {
                let names: Vec<&str> = self.identifiers.iter().map(|known| known.name).collect();
                let hint = nearest(name, names.iter().copied()).map_or_else(
                    || format!("it knows {}", list(&names)),
                    |near| format!("did you mean `{near}`?"),
                );
                add(
                    Some(name),
                    format!("{title} has no identifier `{name}`"),
                    hint,
                );
                continue;
            };
            if !known.form.fits(value) {
                add(
                    Some(name),
                    format!("`{name}` of {title} cannot be this"),
                    known.form.hint(),
                );
            }
        }
        for known in self.identifiers {
            let needed = match known.needed {
                Needed::Yes => true,
                Needed::No => false,
                Needed::Where(other, value) => identifiers.get(other) == Some(&value),
            };
            if needed && !identifiers.contains_key(known.name) {
                add(
                    None,
                    format!("{title} needs `{}`, and it is missing", known.name),
                    format!("add `{}:` under `identifiers`", known.name),
                );
            }
        }
        mistakes
    }
}

impl Form {
    fn fits(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Word(words) => words.contains(&text),
            Self::Begins(with) => text.starts_with(with) && text.len() > with.len() - 1,
            Self::Name(most) => {
                (1..=most).contains(&text.len())
                    && text
                        .bytes()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
            }
            Self::Sha256 => {
                text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
            }
        }
    }

    fn hint(self) -> String {
        match self {
            Self::Text => "write one line".to_owned(),
            Self::Word(words) => format!("it is {}", words.join(" or ")),
            Self::Begins(with) => format!("it begins with `{with}`"),
            Self::Name(most) => {
                format!("it has 1 to {most} letters, digits, hyphens, underscores and full stops")
            }
            Self::Sha256 => "it has 64 lower-case hexadecimal digits".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_names_an_identifier_and_a_word_of_it() {
        for service in SERVICES {
            for identifier in service.identifiers {
                if let Needed::Where(other, value) = identifier.needed {
                    let other = service.identifiers.iter().find(|it| it.name == other);
                    assert!(
                        matches!(other.unwrap().form, Form::Word(words) if words.contains(&value)),
                        "{}: {}",
                        service.id,
                        identifier.name
                    );
                }
            }
        }
    }

    #[test]
    fn google_needs_the_names_of_the_way_that_was_chosen() {
        let google = service("google-ekm").unwrap();
        let missing = |identifiers: &[(&str, &str)]| -> Vec<String> {
            let identifiers = identifiers.iter().copied().collect();
            google
                .mistakes(KeyType::Aes256, &[], &identifiers)
                .into_iter()
                .map(|mistake| mistake.hint)
                .collect()
        };
        assert_eq!(
            missing(&[("protection-level", "EXTERNAL")]),
            ["add `external-key-uri:` under `identifiers`"]
        );
        assert_eq!(
            missing(&[("protection-level", "EXTERNAL_VPC")]),
            [
                "add `ekm-connection:` under `identifiers`",
                "add `ekm-connection-key-path:` under `identifiers`"
            ]
        );
        assert!(
            missing(&[
                ("protection-level", "EXTERNAL"),
                ("external-key-uri", "https://ekm.example/keys/1")
            ])
            .is_empty()
        );
    }

    #[test]
    fn a_secret_has_no_place_among_the_identifiers() {
        for service in SERVICES {
            for name in [
                "secret-access-key",
                "raw-secret-access-key",
                "password",
                "pin",
            ] {
                let identifiers = [(name, "x")].into_iter().collect();
                let mistakes = service.mistakes(KeyType::Aes256, service.usages, &identifiers);
                assert_eq!(mistakes[0].identifier.as_deref(), Some(name));
            }
        }
    }
}
