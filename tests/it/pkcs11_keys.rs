//! Keys in real tokens: made, read back, proved, backed up, locked and destroyed.
//!
//! A module finds its token by the environment of its process, so the part of a test that calls
//! the library runs in a process of its own: this very binary, started again for that one test.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use keyrite::domain::record::Digest;
use keyrite::pkcs11::error::Pkcs11Error;
use keyrite::pkcs11::locate::ModuleChoice;
use keyrite::pkcs11::locate::Pin;
use keyrite::pkcs11::locate::Token as Located;
use keyrite::pkcs11::locate::Wanted;
use keyrite::pkcs11::raw::Session;
use keyrite::pkcs11::raw::Unwatched;
use keyrite::pkcs11::raw::User;
use keyrite::secret::Secret;
use serde_json::Value;
use serde_json::json;

use crate::common::python;
use crate::tokens::Kind;
use crate::tokens::PIN;
use crate::tokens::Token;

mod backup;
mod find;
mod list;
mod make;
mod protect;

/// Where the other process finds what it is to work on.
const INSIDE: &str = "KEYRITE_TEST_INSIDE";

/// A token as the other process sees it.
pub(crate) struct Inside {
    /// Which one, as `SoftHsm`.
    kind: String,
    token: Located,
}

impl Inside {
    fn open(described: &Value) -> Self {
        let text = |name: &str| described[name].as_str().map(str::to_owned);
        let choice = ModuleChoice {
            path: PathBuf::from(text("module").unwrap()),
            arguments: text("arguments"),
        };
        let module = choice.load(Arc::new(Unwatched)).unwrap();
        let wanted = Wanted {
            label: text("label"),
            serial: text("serial"),
            ..Wanted::default()
        };
        let digest = Digest::of(&fs::read(&choice.path).unwrap());
        Self {
            kind: text("kind").unwrap(),
            token: Located::find(&module, digest, &wanted).unwrap(),
        }
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    /// Logged in as the user.
    pub(crate) fn session(&self) -> Session {
        let pin = Secret::take(&mut PIN.as_bytes().to_vec());
        self.token.log_in(User::User, Pin::Typed(&pin)).unwrap()
    }

    fn try_pin(&self, user: User, pin: &str) -> Option<Pkcs11Error> {
        let pin = Secret::take(&mut pin.as_bytes().to_vec());
        self.token.log_in(user, Pin::Typed(&pin)).err()
    }
}

/// In this process: starts `name` again where it finds `tokens`, and returns what it tells. In the
/// other process: follows `rule` and tells what it returns.
#[track_caller]
fn inside(name: &str, tokens: &[(Kind, &Token)], rule: impl FnOnce(&[Inside]) -> Value) -> Value {
    if let Ok(described) = std::env::var(INSIDE) {
        let described: Value = serde_json::from_str(&described).unwrap();
        let opened: Vec<Inside> = described["tokens"]
            .as_array()
            .unwrap()
            .iter()
            .map(Inside::open)
            .collect();
        let told = rule(&opened);
        fs::write(described["told"].as_str().unwrap(), told.to_string()).unwrap();
        // A test that goes through several tokens has a process for each.
        #[expect(clippy::exit, reason = "the rest of the test is not for this process")]
        std::process::exit(0);
    }
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told.json");
    let described: Vec<Value> = tokens
        .iter()
        .map(|(kind, token)| {
            json!({
                "kind": format!("{kind:?}"), "module": token.module(),
                "arguments": token.init_args(), "label": token.label(),
                "serial": token.serial(),
            })
        })
        .collect();
    let whole = if name.starts_with("pkcs11_trial::") {
        name.to_owned()
    } else {
        format!("pkcs11_keys::{name}")
    };
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &whole, "--nocapture"])
        .envs(
            tokens
                .iter()
                .flat_map(|(_, token)| token.environment().iter().cloned()),
        )
        .env(
            INSIDE,
            json!({"tokens": described, "told": told}).to_string(),
        )
        .output()
        .unwrap();
    assert!(
        output.status.success() && told.exists(),
        "{name}: {}\n{}{}",
        json!(described),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&fs::read(&told).unwrap()).unwrap()
}

/// Follows `rule` on a fresh token of each kind; `after` gets the token and what was told.
#[track_caller]
pub(crate) fn on(
    kinds: &[Kind],
    name: &str,
    rule: impl Fn(&Inside) -> Value,
    after: impl Fn(&Token, &Value),
) {
    if std::env::var_os(INSIDE).is_some() {
        inside(name, &[], |tokens| rule(&tokens[0]));
        return;
    }
    for kind in kinds {
        let token = Token::fresh(*kind, "keys");
        let told = inside(name, &[(*kind, &token)], |tokens| rule(&tokens[0]));
        after(&token, &told);
    }
}

/// Gives `input` to a script that uses pyca/cryptography and must end well.
#[track_caller]
pub(crate) fn assert_python(script: &str, input: &Value) {
    let output = python()
        .args(["-c", script, &input.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{input}: {said}");
}
