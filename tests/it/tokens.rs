//! Real tokens: one fresh, initialised token a test, of any module that the tests run on.
//!
//! Each token has a folder of its own and is found by environment variables, which only the child
//! processes get; so tests on tokens run beside each other. What is in a token is looked at from
//! outside by `tests/modules/caller.py`, which shares no code with ours, and by OpenSC's
//! `pkcs11-tool`.

mod faults;
mod kind;
mod modules;
pub(crate) mod opener;
mod traps;

use std::ffi::OsString;
use std::fs;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;

pub(crate) use self::kind::Kind;
use self::kind::module;
use self::kind::system_module;

/// The user PIN of every token; eight digits suit every module.
pub(crate) const PIN: &str = "87654321";
/// What the security officer types; NSS starts with none.
const SO_PIN: &str = "12345678";

/// A token that exists as long as this value does.
pub(crate) struct Token {
    kind: Kind,
    folder: tempfile::TempDir,
    module: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    label: String,
    serial: String,
    server: Option<Child>,
}

impl Token {
    /// A new token with a user PIN and nothing in it. NSS gives its own label to every token.
    #[track_caller]
    pub(crate) fn fresh(kind: Kind, label: &str) -> Self {
        let mut token = Self::bare(kind);
        label.clone_into(&mut token.label);
        token.initialise();
        match kind {
            Kind::SoftHsm | Kind::Kryoptic | Kind::Nss => (),
            Kind::P11Kit => token.serve(),
            Kind::Shim(_, faults) => {
                let real = std::mem::replace(&mut token.module, module("libshim.so"));
                token.set("KEYRITE_SHIM_MODULE", real);
                token.set_faults(faults);
            }
        }
        token
    }

    /// A token as it is before anybody initialises it, without a label.
    #[track_caller]
    pub(crate) fn blank(kind: Kind) -> Self {
        assert!(
            matches!(kind, Kind::SoftHsm | Kind::Kryoptic | Kind::Nss),
            "{kind:?} is in front of another"
        );
        Self::bare(kind)
    }

    #[track_caller]
    fn bare(kind: Kind) -> Self {
        let mut token = Self {
            kind,
            folder: tempfile::tempdir().unwrap(),
            module: kind.real_module(),
            environment: Vec::new(),
            label: String::new(),
            serial: String::new(),
            server: None,
        };
        token.configure();
        token.write_pin();
        token
    }

    /// Other faults than those that the shim came with.
    pub(crate) fn set_faults(&mut self, faults: &str) {
        assert!(matches!(self.kind, Kind::Shim(..)), "{:?}", self.kind);
        self.set("KEYRITE_SHIM_FAULT", faults);
        self.set("KEYRITE_SHIM_PIN", PIN);
    }

    /// The file that a caller loads.
    pub(crate) fn module(&self) -> &Path {
        &self.module
    }

    /// What a caller's process needs in its environment to find the token.
    pub(crate) fn environment(&self) -> &[(&'static str, OsString)] {
        &self.environment
    }

    /// The shim writes the name of every function called into this file.
    pub(crate) fn log_calls(&mut self) -> PathBuf {
        let log = self.folder.path().join("calls.log");
        self.set("KEYRITE_SHIM_LOG", log.clone());
        log
    }

    /// The shim makes that call when the pipe that is returned was opened and closed.
    pub(crate) fn slow(&mut self, function: &str, at: usize) -> PathBuf {
        let pipe = self.folder.path().join("pipe");
        crate::common::make_pipe(&pipe);
        self.set_faults(&format!("slow@{function}:{at}"));
        self.set("KEYRITE_SHIM_PIPE", pipe.clone());
        pipe
    }

    /// What the module wants as `pReserved` of `C_Initialize`.
    pub(crate) fn init_args(&self) -> Option<String> {
        let nss = self.folder.path().join("nss");
        matches!(self.kind.real(), Kind::Nss).then(|| format!("configdir='sql:{}'", nss.display()))
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn serial(&self) -> &str {
        &self.serial
    }

    /// A file with the user PIN that only its owner reads.
    pub(crate) fn pin_file(&self) -> PathBuf {
        self.folder.path().join("pin")
    }

    /// The token in the words of RFC 7512.
    pub(crate) fn uri(&self) -> String {
        format!(
            "pkcs11:token={};serial={}?module-path={}",
            percent(&self.label),
            percent(&self.serial),
            percent(self.module.to_str().unwrap())
        )
    }

    /// The program under test, in an environment where it finds the token.
    pub(crate) fn keyrite(&self) -> assert_cmd::Command {
        let mut command = keyrite();
        command.envs(self.environment.iter().cloned());
        command
    }

    /// Makes calls in the token from another process, logged in as the user, and returns the
    /// answers to these calls. `tests/modules/caller.py` says what can be called.
    #[track_caller]
    pub(crate) fn calls(&self, calls: Value) -> Vec<Value> {
        let mut all = self.log_in();
        let Value::Array(calls) = calls else {
            panic!("not a list: {calls}")
        };
        let before = all.len();
        all.extend(calls);
        all.push(json!({"do": "finalize"}));
        let mut answers = self.raw_calls(&all);
        answers.pop();
        answers.split_off(before)
    }

    /// The calls before all others.
    pub(crate) fn log_in(&self) -> Vec<Value> {
        vec![
            json!({"do": "initialize"}),
            json!({"do": "open", "label": self.label, "serial": self.serial}),
            json!({"do": "login", "pin": PIN}),
        ]
    }

    /// Makes these calls and no others.
    #[track_caller]
    pub(crate) fn raw_calls(&self, calls: &[Value]) -> Vec<Value> {
        let output = self.try_calls(calls);
        assert!(
            output.status.success(),
            "{:?}: {}",
            self.kind,
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Makes these calls in a process that may die of them.
    pub(crate) fn try_calls(&self, calls: &[Value]) -> std::process::Output {
        let child = self.start_calls(calls);
        child.wait_with_output().unwrap()
    }

    /// OpenSC's view of the token.
    #[track_caller]
    pub(crate) fn pkcs11_tool(&self, arguments: &[&str]) -> String {
        let output = Command::new("pkcs11-tool")
            .envs(self.environment.iter().cloned())
            .arg("--module")
            .arg(&self.module)
            .args(["--token-label", &self.label, "--pin", PIN])
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("pkcs11-tool: {error}: tests/run installs it"));
        assert!(
            output.status.success(),
            "{:?}: pkcs11-tool {arguments:?}: {}",
            self.kind,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Begins to make these calls in another process.
    pub(crate) fn start_calls(&self, calls: &[Value]) -> Child {
        let mut child = python()
            .arg(repository("tests/modules/caller.py"))
            .arg(&self.module)
            .args(self.init_args())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin
            .write_all(&serde_json::to_vec(calls).unwrap())
            .unwrap();
        child
    }

    fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.environment.retain(|(other, _)| *other != name);
        self.environment.push((name, value.into()));
    }

    /// Writes what the module reads to find its token.
    fn configure(&mut self) {
        let folder = self.folder.path().to_owned();
        match self.kind.real() {
            Kind::SoftHsm => {
                fs::create_dir(folder.join("tokens")).unwrap();
                let file = folder.join("softhsm2.conf");
                let text = format!(
                    "directories.tokendir = {}/tokens\nobjectstore.backend = file\n\
                     log.level = ERROR\nslots.removable = false\n",
                    folder.display()
                );
                fs::write(&file, text).unwrap();
                self.set("SOFTHSM2_CONF", file);
            }
            Kind::Kryoptic => {
                let file = folder.join("kryoptic.conf");
                let text = format!(
                    "[[slots]]\nslot = 1\ndbtype = \"sqlite\"\ndbargs = \"{}/token.sql\"\n",
                    folder.display()
                );
                fs::write(&file, text).unwrap();
                self.set("KRYOPTIC_CONF", file);
            }
            Kind::Nss => fs::create_dir(folder.join("nss")).unwrap(),
            Kind::P11Kit | Kind::Shim(..) => unreachable!("these are in front of another"),
        }
    }

    /// Makes an empty token of what is there, with PINs, and reads how it is called.
    #[track_caller]
    fn initialise(&mut self) {
        let (slot, so_pin) = match self.kind.real() {
            Kind::Nss => (2, ""),
            Kind::Kryoptic => (1, SO_PIN),
            Kind::SoftHsm | Kind::P11Kit | Kind::Shim(..) => (0, SO_PIN),
        };
        let answers = self.raw_calls(&[
            json!({"do": "initialize"}),
            json!({"do": "init_token", "slot": slot, "label": self.label, "so_pin": so_pin}),
            json!({"do": "open", "slot": slot}),
            json!({"do": "login", "pin": so_pin, "user": "so"}),
            json!({"do": "init_pin", "pin": PIN}),
            json!({"do": "finalize"}),
            // SoftHSM gives the slot another number, and the token its serial number, only now.
            json!({"do": "initialize"}),
            json!({"do": "slots"}),
            json!({"do": "finalize"}),
        ]);
        if matches!(self.kind.real(), Kind::Nss) {
            "NSS Certificate DB".clone_into(&mut self.label);
        }
        let ours = answers[7]["slots"]
            .as_array()
            .unwrap()
            .iter()
            .find(|slot| slot["label"] == self.label.as_str())
            .unwrap();
        ours["serial"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.serial);
    }

    fn write_pin(&self) {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.pin_file())
            .unwrap();
        writeln!(file, "{PIN}").unwrap();
    }

    /// Starts a server in front of the module and lets callers load its client.
    #[track_caller]
    fn serve(&mut self) {
        let socket = self.folder.path().join("socket");
        // The server keeps its output open, so it gets a file, not a pipe.
        let log = fs::File::create(self.folder.path().join("server.log")).unwrap();
        let server = Command::new("p11-kit")
            .arg("server")
            .arg("--foreground")
            .arg("--name")
            .arg(&socket)
            .arg("--provider")
            .arg(&self.module)
            .arg(format!("pkcs11:token={}", percent(&self.label)))
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log)
            .spawn()
            .unwrap_or_else(|error| panic!("p11-kit: {error}: tests/run installs it"));
        self.server = Some(server);
        let begun = Instant::now();
        // The file is there a moment before anybody listens.
        while UnixStream::connect(&socket).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "p11-kit server does not listen at {}",
                socket.display()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        self.environment.clear();
        self.set(
            "P11_KIT_SERVER_ADDRESS",
            format!("unix:path={}", socket.display()),
        );
        self.module = system_module("p11-kit-modules", "pkcs11/p11-kit-client.so");
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }
}

/// A value of an RFC 7512 URI.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
