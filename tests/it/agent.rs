//! Signing through ssh-agent: OpenSSH's own with keys of every kind, and one with FIDO2 keys.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use keyrite::domain::record::namespace;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::common::said;

/// A program that serves a socket until it is dropped.
struct Agent {
    child: Child,
    socket: PathBuf,
    /// What it said first.
    line: String,
}

impl Agent {
    fn start(mut command: Command, socket: PathBuf) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The line comes when the socket is there.
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the agent did not start");
        Self {
            child,
            socket,
            line: line.trim().to_owned(),
        }
    }

    /// OpenSSH's agent; it ends with the shell that it runs, whose input this is.
    fn openssh(dir: &Path) -> Self {
        let socket = dir.join("agent");
        let mut command = Command::new("ssh-agent");
        command
            .arg("-a")
            .arg(&socket)
            .args(["sh", "-c", "echo ready; read wait"]);
        Self::start(command, socket)
    }

    /// A FIDO2 key in software that says `flags` of whoever signs.
    fn security_key(dir: &Path, kind: &str, flags: u8) -> Self {
        let socket = dir.join("fido2");
        let mut command = python();
        command
            .arg(repository("tests/data/security_key.py"))
            .arg(&socket)
            .arg(kind)
            .arg(flags.to_string());
        Self::start(command, socket)
    }

    /// `ssh-add` with these arguments, and something on its standard input.
    fn add(&self, arguments: &[&str], askpass: Option<&Path>) {
        let mut command = Command::new("ssh-add");
        command
            .args(arguments)
            .env("SSH_AUTH_SOCK", &self.socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(askpass) = askpass {
            command
                .env("SSH_ASKPASS", askpass)
                .env("SSH_ASKPASS_REQUIRE", "force");
        }
        assert!(command.status().unwrap().success(), "ssh-add {arguments:?}");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// `keyrite sign … --agent`.
fn sign(what: &Path, person: &str, socket: Option<&Path>) -> assert_cmd::Command {
    let mut command = keyrite();
    command
        .arg("sign")
        .arg(what)
        .args(["--as", person, "--agent"]);
    if let Some(socket) = socket {
        command.env("SSH_AUTH_SOCK", socket);
    }
    command
}

/// Whether `ssh-keygen -Y verify` accepts a signature of fay's over the script.
fn stock_accepts(company: &Company, line: &str) -> bool {
    let list = company.path("allowed");
    let namespace = namespace::SCRIPT;
    fs::write(&list, format!("fay namespaces=\"{namespace}\" {line}\n")).unwrap();
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", "fay", "-n", namespace, "-f"])
        .arg(&list)
        .arg("-s")
        .arg(company.path("script.yaml.fay.sig"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let script = fs::read(company.path("script.yaml")).unwrap();
    child.stdin.take().unwrap().write_all(&script).unwrap();
    child.wait().unwrap().success()
}

/// Gives fay another public key in the script.
fn fay_signs_with(company: &Company, line: &str) {
    let before = fs::read_to_string(company.path("keys/fay.pub")).unwrap();
    company.edit(before.trim(), line);
}

#[test]
fn a_key_of_each_kind_in_openssh_s_agent_signs() {
    for (kind, bits) in [
        ("ed25519", "256"),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("rsa", "3072"),
    ] {
        let company = Company::new();
        let file = company.path("fays");
        let path = file.to_str().unwrap();
        let made = Command::new("ssh-keygen")
            .args([
                "-q", "-t", kind, "-b", bits, "-N", "", "-C", "fay", "-f", path,
            ])
            .status();
        assert!(made.unwrap().success());
        let line = fs::read_to_string(file.with_extension("pub")).unwrap();
        fay_signs_with(&company, line.trim());
        let agent = Agent::openssh(company.root.path());
        // Others are there, too.
        agent.add(&["-q", company.path("keys/ana").to_str().unwrap()], None);
        agent.add(&["-q", path], None);
        // The agent alone has it.
        fs::remove_file(&file).unwrap();
        sign(&company.path("script.yaml"), "fay", Some(&agent.socket))
            .assert()
            .code(0);
        assert!(stock_accepts(&company, line.trim()), "{kind} {bits}");
    }
}

#[test]
fn an_agent_that_cannot_sign_is_told_in_its_own_words() {
    let company = Company::new();
    let script = company.path("script.yaml");
    let refused = |socket: Option<&Path>, words: &str| {
        let said = said(&sign(&script, "fay", socket).assert().code(1));
        assert!(said.contains(words), "{said}");
        assert!(!company.path("script.yaml.fay.sig").exists());
    };
    refused(None, "SSH_AUTH_SOCK is not set");
    refused(Some(&company.path("nobody")), "no ssh-agent answers at");
    let agent = Agent::openssh(company.root.path());
    refused(Some(&agent.socket), "shows no key");
    agent.add(&["-q", company.path("keys/ana").to_str().unwrap()], None);
    refused(Some(&agent.socket), "does not have the key SHA256:");
    // A key that wants to be confirmed, and nobody who confirms it.
    let no = company.path("no");
    fs::write(&no, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&no, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    agent.add(
        &["-q", "-c", company.path("keys/fay").to_str().unwrap()],
        None,
    );
    refused(Some(&agent.socket), "refused to sign with SHA256:");
    // A locked agent shows nothing.
    let passphrase = company.path("passphrase");
    fs::write(&passphrase, "#!/bin/sh\necho secret\n").unwrap();
    fs::set_permissions(
        &passphrase,
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    agent.add(&["-x"], Some(&passphrase));
    refused(Some(&agent.socket), "or it is locked");
}

#[test]
fn an_agent_that_hangs_up_is_told() {
    let company = Company::new();
    let socket = company.path("agent");
    let listener = UnixListener::bind(&socket).unwrap();
    let hangs_up = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let told = said(
        &sign(&company.path("script.yaml"), "fay", Some(&socket))
            .assert()
            .code(1),
    );
    hangs_up.join().unwrap();
    assert!(told.contains("ssh-agent broke off"), "{told}");
}

const SECURITY_KEYS: [&str; 2] = [
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

#[test]
fn a_security_key_signs_once_it_was_touched() {
    for kind in SECURITY_KEYS {
        let company = Company::new();
        let agent = Agent::security_key(company.root.path(), kind, 1);
        fay_signs_with(&company, &agent.line);
        let done = sign(&company.path("script.yaml"), "fay", Some(&agent.socket))
            .assert()
            .code(0);
        assert!(said(&done).contains("touch your security key"));
        assert!(stock_accepts(&company, &agent.line), "{kind}");
    }
}

#[test]
fn a_security_key_that_nobody_touched_does_not_count() {
    for (kind, flags) in [(SECURITY_KEYS[0], 0), (SECURITY_KEYS[1], 4)] {
        let company = Company::new();
        let agent = Agent::security_key(company.root.path(), kind, flags);
        fay_signs_with(&company, &agent.line);
        let told = said(
            &sign(&company.path("script.yaml"), "fay", Some(&agent.socket))
                .assert()
                .code(1),
        );
        assert!(told.contains("nobody touched the security key"), "{told}");
        assert!(!company.path("script.yaml.fay.sig").exists());
    }
}

#[test]
fn what_ssh_keygen_signs_with_a_security_key_is_taken() {
    let company = Company::new();
    let agent = Agent::security_key(company.root.path(), SECURITY_KEYS[0], 1);
    fay_signs_with(&company, &agent.line);
    let public = company.path("fays.pub");
    fs::write(&public, format!("{}\n", agent.line)).unwrap();
    let script = company.path("script.yaml");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", namespace::SCRIPT, "-f"])
        .arg(&public)
        .arg(&script)
        .env("SSH_AUTH_SOCK", &agent.socket)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    let signed = company.path("script.yaml.sig");
    keyrite()
        .arg("sign")
        .arg(&script)
        .args(["--as", "fay", "--key"])
        .arg(&signed)
        .assert()
        .code(0);
    assert!(stock_accepts(&company, &agent.line));
}

#[test]
fn people_sign_in_the_room_with_the_keys_in_their_agent() {
    let company = Company::new();
    let agent = Agent::openssh(company.root.path());
    for person in ["ana", "fay"] {
        let key = company.path(&format!("keys/{person}"));
        agent.add(&["-q", key.to_str().unwrap()], None);
    }
    company
        .run(&[
            ("sign/ana", "agent"),
            ("8/approval/fay", "agent"),
            // The agent does not have this one.
            ("sign/dee", "agent"),
        ])
        .env("SSH_AUTH_SOCK", &agent.socket)
        .assert()
        .code(0);
    let verdict = company.verify().assert().code(1);
    let told = String::from_utf8(verdict.get_output().stdout.clone()).unwrap();
    assert!(told.contains("still to sign: dee"), "{told}");
    let dees = company.path("keys/dee");
    agent.add(&["-q", dees.to_str().unwrap()], None);
    sign(&company.path("out"), "dee", Some(&agent.socket))
        .assert()
        .code(0);
    company.verify().assert().code(0);
}
