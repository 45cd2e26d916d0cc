//! `keyrite verify`: imports and lists of keys that say something else than the script, or than
//! each other. All signers collude: the chain is made anew, and everybody signs.

use std::sync::OnceLock;

use keyrite::domain::record::BatchKey;
use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Event;
use keyrite::domain::record::Fetched;

use crate::verify::Ceremony;
use crate::verify::did;
use crate::verify::holds_by_hand;
use crate::verify::open_of;
use crate::verify::script_of;
use crate::verify::step;

fn tenants() -> Ceremony {
    static PLAYED: OnceLock<Ceremony> = OnceLock::new();
    PLAYED
        .get_or_init(|| Ceremony::of(&script_of("google-tenants")))
        .copied()
}

/// The entries for keys of the list.
fn keys(entries: &mut [Entry]) -> Vec<&mut BatchKey> {
    entries
        .iter_mut()
        .filter_map(|entry| {
            if let Event::BatchKey(key) = &mut entry.event {
                Some(key)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn a_rehearsed_list_of_keys_holds_here_and_by_hand() {
    let ceremony = tenants();
    ceremony.holds();
    holds_by_hand(&ceremony.dir);
}

#[test]
fn a_list_of_keys_that_says_something_else_is_refused() {
    type Change = fn(&mut Vec<Entry>);
    let changes: &[(&str, Change)] = &[
        ("is not the next row of the list", |entries| {
            keys(entries)[2].row = 4;
        }),
        ("are not those that the list names", |entries| {
            let key = &mut *keys(entries)[1];
            key.key = "tenants-x".to_owned();
            for file in &mut key.files {
                file.path = file.path.replace("tenants-2", "tenants-x");
            }
        }),
        ("has files of another one", |entries| {
            keys(entries)[1].files[0].path = "tenants-1/wrapped-key.bin".to_owned();
        }),
        ("has files of another one", |entries| {
            keys(entries)[0].files.clear();
        }),
        ("does not lie behind the one before", |entries| {
            keys(entries)[3].archive = keys(entries)[2].archive;
        }),
        ("is recorded with", |entries| {
            keys(entries).last_mut().unwrap().archive += 512;
        }),
        (
            "has a wrapping key of its own, or none, unlike the first",
            |entries| {
                keys(entries)[2].wrapping_key = Some(Digest::of(b"another"));
            },
        ),
        ("that the key is for", |entries| {
            keys(entries)[2].r#for = "elsewhere".to_owned();
        }),
        ("check value", |entries| {
            keys(entries)[4].check_values.clear();
        }),
        ("keys are recorded,", |entries| {
            let last = entries
                .iter()
                .rposition(|entry| matches!(entry.event, Event::BatchKey(_)))
                .unwrap();
            entries.remove(last);
        }),
        ("where no batch is due", |entries| {
            let at = entries
                .iter()
                .position(|entry| matches!(entry.event, Event::BatchKey(_)))
                .unwrap();
            let key = entries.remove(at);
            entries.insert(
                2,
                Entry {
                    at: entries[1].at,
                    ..key
                },
            );
        }),
        ("said to be made", |entries| {
            if let Did::Batch { made, .. } = &mut step(entries, "batch").did {
                *made = 6;
            }
        }),
        ("the ceremony began with the wrapping key", |entries| {
            if let Did::Batch { wrapping_key, .. } = &mut step(entries, "batch").did {
                *wrapping_key = Digest::of(b"another");
            }
        }),
        ("no self-check of the wraps", |entries| {
            if let Did::Batch { self_check, .. } = &mut step(entries, "batch").did {
                self_check.clear();
            }
        }),
        ("what made or checked the keys", |entries| {
            if let Did::Batch { made_by, .. } = &mut step(entries, "batch").did {
                made_by.clear();
            }
        }),
        ("that their type is", |entries| {
            if let Did::Batch { r#type, .. } = &mut step(entries, "batch").did {
                *r#type = keyrite::domain::algorithm::KeyType::Aes128;
            }
        }),
        ("a batch leaves one archive", |entries| {
            step(entries, "batch").artifacts.clear();
        }),
        (
            "names the lists []; the script names [tenants]",
            |entries| {
                open_of(entries).batches.clear();
            },
        ),
        ("was read from another file", |entries| {
            open_of(entries).batches[0].list = Some(keyrite::domain::record::File {
                path: "others.csv".to_owned(),
                sha256: Digest::of(b""),
            });
        }),
        ("approves something else", |entries| {
            open_of(entries).batches[0].keys = 4;
        }),
    ];
    for (says, change) in changes {
        let ceremony = tenants();
        ceremony.collude(change);
        ceremony.is_refused(&[says]);
    }
}

#[test]
fn a_changed_archive_is_refused() {
    let ceremony = tenants();
    let path = "artifacts/tenants-for-google.tar";
    let mut bytes = ceremony.read(path);
    bytes[600] ^= 1;
    ceremony.write(path, bytes);
    ceremony.is_refused(&[path, "was changed"]);
}

#[test]
fn somebody_else_fetched_the_parameters_than_the_script_says() {
    let fetched = |by: &str| Fetched {
        by: by.to_owned(),
        on: "admin laptop 7".to_owned(),
        seen_by: "eli".to_owned(),
    };
    for other in [None, Some(fetched("fay"))] {
        let ceremony = tenants();
        ceremony.collude(|entries| open_of(entries).inputs[0].fetched = other);
        ceremony.is_refused(&[
            "input google is",
            "in the script it is fetched by ana on admin laptop 7",
        ]);
    }
}

#[test]
fn what_was_typed_of_a_secret_wrapping_key_must_be_its_check_value() {
    let script = String::from_utf8(script_of("vault-aes256")).unwrap();
    let begins = script.find("    provider: vault").unwrap();
    let ends = script.find("    fetched:").unwrap();
    let input = "    provider: generic\n    algorithm: kwp\n    wrapping-key: kek.bin\n";
    let script = [&script[..begins], input, &script[ends..]].concat();
    let played = Ceremony::of(script.as_bytes());
    played.holds();
    type Change = fn(&mut Did);
    let changes: &[(&str, Change)] = &[
        ("is not that of the wrapping key", |did| {
            if let Did::Compare { check_values, .. } = did {
                check_values.insert("kcv.ecb3".to_owned(), "000000".to_owned());
            }
        }),
        ("is not that of the wrapping key", |did| {
            if let Did::Compare { check_values, .. } = did {
                check_values.clear();
            }
        }),
        ("of the check value", |did| {
            if let Did::Compare { by, .. } = did {
                by[1].to = 2;
            }
        }),
    ];
    for (says, change) in changes {
        let ceremony = played.copied();
        ceremony.collude(|entries| {
            let compare = entries
                .iter_mut()
                .filter_map(did)
                .find(|did| did.name() == "compare")
                .unwrap();
            change(compare);
        });
        ceremony.is_refused(&[says]);
    }
    let ceremony = tenants();
    ceremony.collude(|entries| {
        if let Did::Compare { check_values, .. } = &mut step(entries, "compare").did {
            check_values.insert("kcv.ecb3".to_owned(), "000000".to_owned());
        }
    });
    ceremony.is_refused(&["a check value is recorded of a key that has none"]);
}
