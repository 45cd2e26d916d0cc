//! A ceremony that brought a key back holds; one that lies about that key does not.

use std::sync::OnceLock;

use keyrite::crypto::library::approve_key;
use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Mode;
use keyrite::domain::record::hex;

use crate::verify::Ceremony;
use crate::verify::holds_by_hand;
use crate::verify::open_of;
use crate::verify::script_of;
use crate::verify::step;

const REIMPORT: &str = "reimport-from-shares";

/// The shipped script with a key of another type, whose shares are of the key itself or of a
/// backup key. The values in it are those of a stand-in for the rehearsal anyway.
fn script(kind: &str, values: &str, backup: bool) -> Vec<u8> {
    let mut text = String::from_utf8(script_of(REIMPORT)).unwrap();
    let old = text
        .lines()
        .find_map(|line| line.strip_prefix("    check-values: "))
        .unwrap()
        .to_owned();
    let aes = old.clone();
    text = text
        .replace(&old, values)
        .replace("type: aes-256", &format!("type: {kind}"))
        .replace("    import-type: existing\n", "");
    text = text.replace("provider: aws-kms", "provider: generic");
    text = text.replace("    valid-for: 300d\n", "");
    text = text.replace("RSAES_OAEP_SHA_256", "oaep-sha256-mgf1-sha256+kwp");
    if backup {
        let digest = hex(&[7; 32]);
        text = text
            .replacen(
                "    share-set:\n",
                &format!("    backup: {{file: kept/payments.kwp, sha256: \"{digest}\"}}\n    share-set:\n"),
                1,
            )
            .replace("subject: key", "subject: backup-key")
            .replace(&format!("      check-values: {values}"), &format!("      check-values: {aes}"));
    }
    text.into_bytes()
}

fn good() -> Ceremony {
    static SCRIPT: OnceLock<Vec<u8>> = OnceLock::new();
    Ceremony::of(SCRIPT.get_or_init(|| script_of(REIMPORT)))
}

fn restored(entries: &mut [Entry]) -> &mut Did {
    &mut step(entries, "restore").did
}

#[test]
fn a_key_that_came_back_holds_here_and_by_hand() {
    let ceremony = good();
    let verdict = ceremony.holds();
    assert!(
        !verdict
            .notes
            .iter()
            .any(|note| note.contains("earlier ceremony")),
        "a rehearsal brings back no real key: {:#?}",
        verdict.notes
    );
    holds_by_hand(&ceremony.dir);
}

#[test]
fn a_key_whose_custodians_took_no_share_in_this_room_is_not_lied_about() {
    for (lie, words) in [
        (
            (|did| {
                if let Did::Restore { check_values, .. } = did {
                    check_values.insert("kcv.ecb3".to_owned(), "000000".to_owned());
                }
            }) as fn(&mut Did),
            "with check values that are not those it was given with",
        ),
        (
            |did| {
                if let Did::Restore { set, .. } = did {
                    *set = "0".repeat(32);
                }
            },
            "is recorded as rebuilt from share set 00000000000000000000000000000000",
        ),
        (
            |did| {
                if let Did::Restore { with, .. } = did {
                    with.pop();
                }
            },
            "the record says that shares were brought by [ben]",
        ),
        (
            |did| {
                if let Did::Restore { with, .. } = did {
                    *with = vec!["ben".to_owned(), "eli".to_owned()];
                }
            },
            "eli holds no share of key payments",
        ),
        (
            |did| {
                if let Did::Restore { r#type, .. } = did {
                    *r#type = "aes-128".parse().unwrap();
                }
            },
            "the record says that its type is `aes-128`",
        ),
        (
            |did| {
                if let Did::Restore { key, .. } = did {
                    *key = "savings".to_owned();
                }
            },
            "the record says that the key is `savings`",
        ),
    ] {
        let ceremony = good();
        ceremony.collude(|entries| lie(restored(entries)));
        ceremony.is_refused(&["step 4", words]);
    }
}

#[test]
fn what_the_ceremony_was_given_is_what_the_script_says() {
    let ceremony = good();
    ceremony.collude(|entries| open_of(entries).given.clear());
    ceremony.is_refused(&["line Some(1)", "does not begin with key payments"]);

    let ceremony = good();
    ceremony.collude(|entries| open_of(entries).given[0].share_set.threshold = 3);
    ceremony.is_refused(&["begins with other facts about key payments"]);

    let ceremony = good();
    ceremony.collude(|entries| {
        let share = &mut open_of(entries).given[0].share_set.shares[1];
        share.custodian = "eli".to_owned();
    });
    ceremony.is_refused(&["begins with other facts about key payments"]);

    let ceremony = good();
    ceremony.collude(|entries| open_of(entries).given[0].record = Digest([0; 32]));
    ceremony.is_refused(&["begins with other facts about key payments"]);
}

#[test]
fn a_stand_in_passes_for_no_real_key() {
    // The same record as of a practice run: the key that came back is not the one of the script.
    let ceremony = good();
    ceremony.collude(|entries| open_of(entries).mode = Mode::Practice);
    ceremony.is_refused(&["does not begin with key payments"]);
}

#[test]
fn every_way_in_which_a_key_is_kept_is_rehearsed() {
    let mac = "{mac5: \"0011223344\"}";
    let spki = format!("{{spki.sha256: \"{}\"}}", hex(&[9; 32]));
    let aes = format!(
        "{{ekcv: \"{}\", kcv.cmac5: \"0011223344\", kcv.ecb3: \"001122\"}}",
        hex(&[8; 32])
    );
    for (kind, values, backup) in [
        ("aes-192", aes.as_str(), false),
        ("hmac-512", mac, false),
        ("ed25519", spki.as_str(), false),
        ("ec-secp256k1", spki.as_str(), true),
        ("rsa-2048", spki.as_str(), true),
    ] {
        if approve_key(kind.parse().unwrap()).is_err() {
            continue;
        }
        let ceremony = Ceremony::of(&script(kind, values, backup));
        ceremony.holds();
    }
}
