//! `keyrite token show`

use std::collections::BTreeMap;

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::TokenArgs;
use crate::cli::hsm;
use crate::crypto::random::SystemRandom;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Mode;
use crate::domain::token_profile::Oaep;
use crate::domain::token_profile::TokenProfile;
use crate::domain::token_profile::Tried;
use crate::domain::token_profile::Way;
use crate::domain::token_profile::in_short;
use crate::engine::clock::Clock as _;
use crate::engine::clock::SystemClock;
use crate::engine::error::EngineError;
use crate::engine::serves;
use crate::engine::serves::Answer;
use crate::engine::serves::Serves;
use crate::engine::token::access::Opened;
use crate::engine::token::access::reach;
use crate::error::Exit;
use crate::pkcs11::survey::survey;
use crate::providers::PROVIDERS;
use crate::ui::answers::Answers;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::terminal::TerminalDesk;
use crate::ui::text::Tone;
use crate::ui::text::words;

pub(super) fn show(arguments: &TokenArgs, style: Style) -> Exit {
    match tried(arguments, style) {
        Ok(profile) => {
            let out = Printer::results(style);
            match arguments.format {
                Format::Json => out.raw(&format!("{:#}\n", with_providers(&profile))),
                Format::Text => tell(out, &profile),
            }
            Exit::Done
        }
        Err(error) => super::fail(&error, style),
    }
}

fn tried(arguments: &TokenArgs, style: Style) -> Result<TokenProfile, EngineError> {
    let (uri, access) = hsm::token(arguments.token.as_deref(), &arguments.hsm, style)?;
    let mut desk = TerminalDesk::new(style, Answers::default(), Mode::Production);
    let Opened { token, session } = reach(&uri.token, &[], &access, &mut desk)?;
    let talk = Printer::talk(style);
    let now = SystemClock.now();
    let profile = survey(&token, &session, now, &mut SystemRandom, |what| {
        talk.line(Tone::Quiet, &format!("trying {what} …"));
    })?;
    Ok(profile)
}

/// The profile, and what follows from it for each provider; whoever reads it computes that anew.
fn with_providers(profile: &TokenProfile) -> serde_json::Value {
    let mut object = json!(profile);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("providers".to_owned(), json!(serves::all(profile)));
    }
    object
}

/// For people, at 80 columns.
fn tell(out: Printer, profile: &TokenProfile) {
    let token = &profile.token;
    out.line(Tone::Title, &format!("Token {}", token.label));
    let pin = &profile.pin;
    let longest = if pin.max == 0 {
        " or more".to_owned()
    } else {
        format!(" to {}", pin.max)
    };
    for (name, value) in [
        ("maker", format!("{}, {}", token.manufacturer, token.model)),
        ("serial", token.serial.clone()),
        (
            "versions",
            format!(
                "hardware {}, firmware {}, PKCS#11 {}",
                token.hardware_version, token.firmware_version, token.cryptoki_version
            ),
        ),
        (
            "library",
            format!("{} {}", token.library, token.library_version),
        ),
        ("module", token.module.clone()),
        ("SHA-256", token.module_sha256.to_string()),
        (
            "PIN",
            format!(
                "{}, {}{longest} bytes{}; {}",
                if pin.set { "set" } else { "not set" },
                pin.min,
                if pin.pad { ", typed at the token" } else { "" },
                pin.tries
            ),
        ),
        ("flags", profile.flags.join(", ")),
    ] {
        row(out, Tone::Plain, 2, 10, name, &value);
    }

    heading(out, "What it says and does not do");
    if profile.lies.is_empty() {
        out.line(Tone::Good, "  nothing that was found");
    }
    for lie in &profile.lies {
        row(out, Tone::Trouble, 2, 2, "-", &lie.to_string());
    }

    heading(out, "What it can do, found by trying");
    found(out, "makes", &profile.makes, in_short);
    let backs_up = profile
        .types()
        .filter(|kind| profile.backs_up(*kind).is_ok());
    row(out, Tone::Plain, 2, 10, "backs up", &in_short(backs_up));
    for tried in &profile.abilities {
        let what = tried.what.words();
        match &tried.cannot {
            None => row(out, Tone::Plain, 2, 10, "can", what),
            Some(why) => row(out, Tone::Quiet, 2, 10, "cannot", &format!("{what}: {why}")),
        }
    }
    trials(out, profile);
    providers(out, &serves::all(profile));
}

/// What was tried of each mechanism.
fn trials(out: Printer, profile: &TokenProfile) {
    let hashes = |all: Vec<Oaep>| {
        let mut names: Vec<String> = all.into_iter().map(|one| one.hashes).collect();
        names.dedup();
        few(&names)
    };
    for (mechanism, by_hashes, carries) in [
        ("CKM_RSA_PKCS_OAEP", &profile.oaep, &profile.oaep_carries),
        (
            "CKM_RSA_AES_KEY_WRAP",
            &profile.native,
            &profile.native_carries,
        ),
    ] {
        heading(out, mechanism);
        found(out, "with", by_hashes, hashes);
        found(out, "carries", carries, in_short);
    }
    let mut by_mechanism: BTreeMap<(&str, &str), Vec<Tried<KeyType>>> = BTreeMap::new();
    for tried in &profile.aes {
        by_mechanism
            .entry((&tried.what.mechanism, &tried.what.mode))
            .or_default()
            .push(Tried {
                what: tried.what.key,
                cannot: tried.cannot.clone(),
            });
    }
    for ((mechanism, mode), carries) in by_mechanism {
        heading(out, &format!("{mechanism}, as {mode}"));
        found(out, "carries", &carries, in_short);
    }
}

/// What was right, then what was not, by the reason.
fn found<T: Clone>(out: Printer, name: &str, all: &[Tried<T>], words: impl Fn(Vec<T>) -> String) {
    let mut groups: Vec<(&Option<String>, Vec<T>)> = vec![(&None, Vec::new())];
    for tried in all {
        match groups.iter_mut().find(|(why, _)| *why == &tried.cannot) {
            Some((_, whats)) => whats.push(tried.what.clone()),
            None => groups.push((&tried.cannot, vec![tried.what.clone()])),
        }
    }
    for (why, whats) in groups {
        match why {
            None if whats.is_empty() => {}
            None => row(out, Tone::Good, 2, 10, name, &words(whats)),
            Some(why) => {
                let text = format!("{}: {why}", words(whats));
                row(out, Tone::Quiet, 2, 10, "not", &text);
            }
        }
    }
}

/// What works for each provider, and the names of what does not.
fn providers(out: Printer, all: &[Serves]) {
    heading(out, "For which provider");
    for provider in PROVIDERS {
        out.line(Tone::Plain, &format!("  {}", provider.id()));
        let mut ways: Vec<(Vec<&Answer>, Vec<String>)> = Vec::new();
        let mut none = Vec::new();
        for serves in all.iter().filter(|one| one.provider == provider.id()) {
            let works: Vec<&Answer> = serves
                .answers
                .iter()
                .filter(|answer| answer.way.is_some())
                .collect();
            if works.is_empty() {
                none.push(serves.algorithm.to_owned());
                continue;
            }
            match ways.iter_mut().find(|(others, _)| *others == works) {
                Some((_, names)) => names.push(serves.algorithm.to_owned()),
                None => ways.push((works, vec![serves.algorithm.to_owned()])),
            }
        }
        for (works, names) in ways {
            row(out, Tone::Plain, 4, 0, "", &few(&names));
            for answer in &works {
                let way = answer.way.map_or("", Way::name);
                let mut keys = in_short(answer.keys.iter().copied());
                // Some go under longer wrapping keys only.
                if works
                    .iter()
                    .any(|other| other.bits.len() > answer.bits.len())
                {
                    let bits: Vec<String> = answer.bits.iter().map(ToString::to_string).collect();
                    keys = format!("{keys} (under {} bits)", bits.join(" or "));
                }
                row(out, Tone::Good, 6, 10, way, &keys);
            }
        }
        if !none.is_empty() {
            row(out, Tone::Quiet, 4, 5, "not", &few(&none));
        }
    }
}

/// Some names, and how many more there are.
fn few(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn heading(out: Printer, text: &str) {
    out.raw("\n");
    out.line(Tone::Step, text);
}

/// A name, and a text in a column behind it.
fn row(out: Printer, tone: Tone, indent: usize, column: usize, name: &str, text: &str) {
    let mut name = name;
    for line in words(text, 80 - indent - column) {
        let line = format!("{:indent$}{name:<column$}{line}", "");
        out.line(tone, line.trim_end());
        name = "";
    }
}
