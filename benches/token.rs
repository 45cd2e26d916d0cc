//! Thousands of keys made and wrapped in a token, beside a plain loop over the module's calls.
//!
//! Ours is what a ceremony does for each key: the whole template, the way that a trial proved, the
//! blob's length looked at. The loop makes the same objects by the same mechanisms and looks at
//! nothing. Keys are session objects, where the module itself takes least. A module finds its token
//! by the environment, so each is measured in a process of its own.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench that fails should stop at once"
)]

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;

use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::wrap::AesMode;
use keyrite::crypto::wrap::Construction;
use keyrite::crypto::wrap::Hash;
use keyrite::crypto::wrap::OaepHashes;
use keyrite::domain::algorithm::KeyType;
use keyrite::engine::files;
use keyrite::pkcs11::attribute::Attribute;
use keyrite::pkcs11::keys;
use keyrite::pkcs11::keys::KeyPlan;
use keyrite::pkcs11::locate::ModuleChoice;
use keyrite::pkcs11::locate::Pin;
use keyrite::pkcs11::locate::Token;
use keyrite::pkcs11::locate::Wanted;
use keyrite::pkcs11::raw::Handle;
use keyrite::pkcs11::raw::Mechanism;
use keyrite::pkcs11::raw::Session;
use keyrite::pkcs11::raw::Unwatched;
use keyrite::pkcs11::raw::User;
use keyrite::pkcs11::trial::Trials;
use keyrite::pkcs11::usage::Usage;
use keyrite::pkcs11::wrap::Route;
use keyrite::pkcs11::wrap::import;
use keyrite::pkcs11::wrap::wrap;
use keyrite::secret::Secret;
use serde_json::json;

use crate::table::Aim;
use crate::table::Contender;
use crate::table::Found;
use crate::table::fewer;

const KEYS: u32 = 5_000;
const ROUNDS: u32 = 9;
const BITS: usize = 2048;
const PIN: &str = "87654321";
const SO_PIN: &str = "12345678";
/// The module that this process measures.
const INSIDE: &str = "KEYRITE_BENCH_MODULE";

fn main() {
    if let Ok(module) = std::env::var(INSIDE) {
        let name = if module.contains("softhsm") {
            "token-softhsm"
        } else {
            "token-kryoptic"
        };
        let mut found = Found::by(name);
        measure(Path::new(&module), &mut found);
        found.write();
        return;
    }
    let machine = format!(
        "/usr/lib/{}-linux-gnu/softhsm/libsofthsm2.so",
        std::env::consts::ARCH
    );
    let softhsm = [machine.as_str(), "/usr/lib/softhsm/libsofthsm2.so"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("tests/run installs SoftHSM");
    let kryoptic = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/modules/debug/libkryoptic.so"
    );
    for (name, module, slot, variable, text) in [
        (
            "softhsm",
            softhsm,
            0,
            "SOFTHSM2_CONF",
            "directories.tokendir = DIR\nobjectstore.backend = file\nlog.level = ERROR\n",
        ),
        (
            "kryoptic",
            kryoptic,
            1,
            "KRYOPTIC_CONF",
            "[[slots]]\nslot = 1\ndbtype = \"sqlite\"\ndbargs = \"DIR/token.sql\"\n",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let conf = folder.path().join(format!("{name}.conf"));
        fs::write(&conf, text.replace("DIR", folder.path().to_str().unwrap())).unwrap();
        initialise(module, slot, variable, &conf);
        println!("\n{name}");
        let status = Command::new(std::env::current_exe().unwrap())
            .args(std::env::args().skip(1))
            .env(variable, &conf)
            .env(INSIDE, module)
            .status()
            .unwrap();
        assert!(status.success(), "{name}");
    }
}

/// Makes an empty token, with a caller that shares no code with ours.
fn initialise(module: &str, slot: u32, variable: &str, conf: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let calls = json!([
        {"do": "initialize"},
        {"do": "init_token", "slot": slot, "label": "bench", "so_pin": SO_PIN},
        {"do": "open", "slot": slot},
        {"do": "login", "pin": SO_PIN, "user": "so"},
        {"do": "init_pin", "pin": PIN},
        {"do": "finalize"},
    ]);
    let mut child = Command::new(root.join("target/venv/bin/python"))
        .arg(root.join("tests/modules/caller.py"))
        .arg(module)
        .env(variable, conf)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("tests/run installs the tests' Python");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(calls.to_string().as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

fn measure(module: &Path, found: &mut Found) {
    let choice = ModuleChoice {
        path: module.to_owned(),
        arguments: None,
    };
    let loaded = choice.load(Arc::new(Unwatched)).unwrap();
    let wanted = Wanted {
        label: Some("bench".to_owned()),
        ..Wanted::default()
    };
    let (digest, _) = files::digest(module, u64::MAX).unwrap();
    let token = Token::find(&loaded, digest, &wanted).unwrap();
    let pin = Secret::take(&mut PIN.as_bytes().to_vec());
    let session = token.log_in(User::User, Pin::Typed(&pin)).unwrap();
    // Every token here does OAEP with SHA-1.
    let hashes = OaepHashes::same(Hash::Sha1);
    for (what, construction) in [
        ("OAEP", Construction::Oaep(hashes)),
        (
            "OAEP, then AES-KWP",
            Construction::OaepThenAes(hashes, AesMode::Kwp),
        ),
    ] {
        side_by_side(&session, what, construction, found);
    }
}

fn side_by_side(session: &Session, what: &str, construction: Construction, found: &mut Found) {
    let keys = fewer(KEYS);
    const KIND: KeyType = KeyType::Aes256;
    let plan = KeyPlan::throwaway(KIND, Usage::usual(KIND));
    let proof = Trials::new(session)
        .prove(construction, BITS, KIND)
        .unwrap();
    let to = TestPair::of(BITS).unwrap().public().unwrap();
    let under = import(session, &to).unwrap();
    let aes = match proof.route() {
        Route::Composed(mechanism) => Some(Mechanism::Plain(mechanism)),
        Route::Direct | Route::Native | Route::Aes(_) => None,
    };
    found.compare_cpu(
        &format!("{keys} AES-256 keys made and wrapped by {what}"),
        ROUNDS,
        vec![
            Contender {
                name: "keyrite",
                run: Box::new(|_| {
                    for _ in 0..keys {
                        let made = keys::generate(session, &plan).unwrap();
                        wrap(session, &proof, under.handle(), made.key).unwrap();
                        session.destroy(made.key).unwrap();
                    }
                    Ok(())
                }),
                wanted: Aim::Nothing,
            },
            Contender {
                name: "plain loop over the module's calls",
                run: Box::new(|_| {
                    for _ in 0..keys {
                        plain(session, &plan, aes, under.handle());
                    }
                    Ok(())
                }),
                wanted: Aim::AtMost(1.05),
            },
        ],
    );
}

/// The same calls without looking at anything.
fn plain(session: &Session, plan: &KeyPlan<'_>, aes: Option<Mechanism<'_>>, under: Handle) {
    let oaep = Mechanism::Oaep {
        hash: Hash::Sha1,
        mgf: Hash::Sha1,
    };
    let make = |plan: &KeyPlan<'_>| {
        let mut template = keys::key_template(plan);
        template.push(Attribute::number(cryptoki_sys::CKA_VALUE_LEN, 32));
        let mechanism = Mechanism::Plain(keys::generator(plan.kind));
        session.generate_key(mechanism, &template).unwrap()
    };
    let key = make(plan);
    match aes {
        None => drop(session.wrap(oaep, under, key).unwrap()),
        Some(aes) => {
            let between = make(&KeyPlan::throwaway(plan.kind, &[Usage::Wrap]));
            session.wrap(oaep, under, between).unwrap();
            session.wrap(aes, between, key).unwrap();
            session.destroy(between).unwrap();
        }
    }
    session.destroy(key).unwrap();
}
