//! Tokens that are found by what is printed on them, and those that refuse.

use keyrite::domain::algorithm::KeyType;
use keyrite::domain::record::Digest;
use keyrite::pkcs11::error::Pkcs11Error;
use keyrite::pkcs11::keys;
use keyrite::pkcs11::keys::KeyPlan;
use keyrite::pkcs11::locate::Pin;
use keyrite::pkcs11::locate::Token as Located;
use keyrite::pkcs11::locate::Tries;
use keyrite::pkcs11::locate::Wanted;
use keyrite::pkcs11::raw::User;
use keyrite::pkcs11::rv::Rv;
use keyrite::pkcs11::usage::Usage;
use serde_json::Value;
use serde_json::json;

use super::INSIDE;
use super::Inside;
use super::inside;
use super::on;
use crate::tokens::Kind;
use crate::tokens::PIN;
use crate::tokens::Token;

fn find(inside: &Inside, wanted: &Wanted) -> Result<Located, Pkcs11Error> {
    Located::find(inside.token.module(), Digest::of(b""), wanted)
}

#[test]
fn a_token_is_found_by_label_and_serial_and_says_what_it_is() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic, Kind::Nss, Kind::P11Kit],
        "find::a_token_is_found_by_label_and_serial_and_says_what_it_is",
        |inside| {
            let facts = inside.token.facts();
            let both = Wanted {
                label: Some(facts.label.clone()),
                serial: Some(facts.serial.clone()),
                ..Wanted::default()
            };
            assert!(find(inside, &both).is_ok());
            let other = Wanted {
                label: Some(facts.label.clone()),
                serial: Some("ffff".to_owned()),
                ..Wanted::default()
            };
            let error = find(inside, &other).unwrap_err();
            assert!(matches!(error, Pkcs11Error::NoToken { .. }), "{error:?}");
            assert!(error.to_string().contains(&facts.serial), "{error}");
            json!(facts)
        },
        |token, told| {
            assert_eq!(told["label"], token.label());
            assert_eq!(told["serial"], token.serial());
            let module = std::fs::read(token.module()).unwrap();
            assert_eq!(told["module-sha256"], Digest::of(&module).to_string());
            for name in ["manufacturer", "library", "cryptoki-version", "slot"] {
                assert!(!told[name].as_str().unwrap().is_empty(), "{name}: {told}");
            }
        },
    );
}

#[test]
fn two_tokens_of_one_kind_are_told_apart_by_the_serial_only() {
    on(
        // NSS has two slots with a token in each.
        &[Kind::Nss],
        "find::two_tokens_of_one_kind_are_told_apart_by_the_serial_only",
        |inside| {
            let same = Wanted {
                manufacturer: Some(inside.token.facts().manufacturer.clone()),
                ..Wanted::default()
            };
            let error = find(inside, &same).unwrap_err();
            assert!(
                matches!(error, Pkcs11Error::SeveralTokens { .. }),
                "{error:?}"
            );
            json!(error.to_string())
        },
        |token, told| {
            assert!(told.as_str().unwrap().contains(token.label()), "{told}");
        },
    );
}

#[test]
fn a_wrong_pin_says_what_the_token_admits() {
    for (faults, tries) in [
        ("", Tries::Counted),
        ("few-tries", Tries::Counted),
        ("last-try", Tries::Last),
    ] {
        on(
            &[Kind::Shim(&Kind::SoftHsm, faults)],
            "find::a_wrong_pin_says_what_the_token_admits",
            |inside| {
                json!(
                    inside
                        .try_pin(User::User, "11111111")
                        .map(|e| format!("{e:?}"))
                )
            },
            |_, told| {
                let wanted = Pkcs11Error::WrongPin {
                    token: "keys".to_owned(),
                    tries,
                };
                assert_eq!(told, &json!(format!("{wanted:?}")), "{faults}");
            },
        );
    }
}

#[test]
fn a_token_that_cannot_be_used_is_refused_before_a_pin_is_tried() {
    let token = || "keys".to_owned();
    for (faults, refusal) in [
        (
            "pin-locked",
            Some(Pkcs11Error::PinLocked { token: token() }),
        ),
        ("read-only", Some(Pkcs11Error::ReadOnly { token: token() })),
        ("pinpad", None),
    ] {
        on(
            &[Kind::Shim(&Kind::SoftHsm, faults)],
            "find::a_token_that_cannot_be_used_is_refused_before_a_pin_is_tried",
            |inside| json!(format!("{:?}", inside.token.check(User::User).err())),
            |_, told| assert_eq!(told, &json!(format!("{refusal:?}")), "{faults}"),
        );
    }
}

#[test]
fn ten_wrong_pins_lock_a_token() {
    on(
        &[Kind::Kryoptic],
        "find::ten_wrong_pins_lock_a_token",
        |inside| {
            let refused: Vec<Pkcs11Error> = (0..10)
                .filter_map(|_| inside.try_pin(User::User, "11111111"))
                .collect();
            let last = refused.last();
            let then = inside.try_pin(User::User, PIN);
            json!([format!("{last:?}"), format!("{then:?}")])
        },
        |_, told| {
            assert!(told[0].as_str().unwrap().contains("Locked"), "{told}");
            assert!(told[1].as_str().unwrap().contains("PinLocked"), "{told}");
        },
    );
}

#[test]
fn a_pin_of_another_length_is_not_tried() {
    on(
        &[Kind::SoftHsm],
        "find::a_pin_of_another_length_is_not_tried",
        |inside| {
            let refused = Some(Pkcs11Error::PinLength { min: 4, max: 255 });
            assert_eq!(inside.try_pin(User::User, "123"), refused);
            assert_eq!(inside.try_pin(User::User, &"1".repeat(256)), refused);
            // No try was lost.
            let info = inside.token.info().unwrap();
            assert_eq!(Tries::of(User::User, &info), Tries::Unsaid);
            Value::Null
        },
        |_, _| (),
    );
}

#[test]
fn a_pin_pad_takes_the_pin_where_there_is_one() {
    on(
        &[Kind::SoftHsm, Kind::Shim(&Kind::SoftHsm, "pinpad")],
        "find::a_pin_pad_takes_the_pin_where_there_is_one",
        |inside| {
            let at_the_pad = inside.token.log_in(User::User, Pin::Pad);
            if inside.token.has_pin_pad().unwrap() {
                let session = at_the_pad.unwrap();
                let plan = KeyPlan::throwaway(KeyType::Aes256, &[Usage::Encrypt]);
                keys::generate(&session, &plan).unwrap();
            } else {
                let error = at_the_pad.err();
                assert!(
                    matches!(error, Some(Pkcs11Error::NoPinPad { .. })),
                    "{error:?}"
                );
            }
            json!(inside.kind)
        },
        |_, _| (),
    );
}

#[test]
fn a_token_that_nobody_initialised_or_that_has_no_pin_is_refused_by_name() {
    const NAME: &str =
        "find::a_token_that_nobody_initialised_or_that_has_no_pin_is_refused_by_name";
    let rule = |tokens: &[Inside]| {
        let labelled = |label: &str| Wanted {
            label: Some(label.to_owned()),
            ..Wanted::default()
        };
        let refusal = |label: &str| {
            let token = find(&tokens[0], &labelled(label)).unwrap();
            token.check(User::User).unwrap_err()
        };
        // SoftHSM always offers one more token that nobody has initialised.
        let blank = refusal("");
        assert!(
            matches!(blank, Pkcs11Error::NotInitialised { .. }),
            "{blank:?}"
        );
        assert_eq!(
            refusal("no pin"),
            Pkcs11Error::PinNotSet {
                token: "no pin".to_owned()
            }
        );
        Value::Null
    };
    if std::env::var_os(INSIDE).is_some() {
        inside(NAME, &[], rule);
    }
    let token = Token::fresh(Kind::SoftHsm, "keys");
    let answers = token.raw_calls(&[
        json!({"do": "initialize"}),
        json!({"do": "slots"}),
        json!({"do": "finalize"}),
    ]);
    let slots = answers[1]["slots"].as_array().unwrap();
    let free = slots.iter().find(|slot| slot["label"] == "").unwrap();
    token.raw_calls(&[
        json!({"do": "initialize"}),
        json!({"do": "init_token", "slot": free["slot"], "label": "no pin", "so_pin": "12345678"}),
        json!({"do": "finalize"}),
    ]);
    inside(NAME, &[(Kind::SoftHsm, &token)], rule);
}

#[test]
fn a_token_that_vanishes_says_so() {
    on(
        &[Kind::Shim(&Kind::SoftHsm, "gone@C_GenerateKey:1")],
        "find::a_token_that_vanishes_says_so",
        |inside| {
            let session = inside.session();
            let plan = KeyPlan::throwaway(KeyType::Aes256, &[Usage::Encrypt]);
            let error = keys::generate(&session, &plan).unwrap_err();
            assert!(error.is_loss(), "{error:?}");
            let Pkcs11Error::Failed { rv, .. } = error else {
                panic!("{error:?}")
            };
            json!(rv == Rv::DEVICE_REMOVED || rv == Rv::TOKEN_NOT_PRESENT)
        },
        |_, told| assert_eq!(told, &json!(true)),
    );
}
