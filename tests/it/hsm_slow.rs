//! A token that lives and takes long: the shim keeps a call back until a pipe is opened and closed.

use std::fs;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;

use rexpect::session::PtySession;
use rexpect::session::spawn_command;
use rustix::process::Pid;
use rustix::process::Signal;

use crate::common::Company;
use crate::common::said;
use crate::hsm;
use crate::hsm_room::keys_in;
use crate::leaks::nothing_leaked;
use crate::terminal::answer;
use crate::terminal::ends;
use crate::tokens::Kind;
use crate::tokens::Token;

const KIND: Kind = Kind::Shim(&Kind::Kryoptic, "");

/// A ceremony whose token keeps back the call that makes its key.
struct Slow {
    company: Company,
    token: Token,
    pipe: PathBuf,
}

impl Slow {
    fn new() -> Self {
        let mut token = Token::fresh(KIND, "ceremony");
        let company = hsm::company(&token, KIND);
        let pipe = token.slow("C_GenerateKey", calls_before(&token, &company) + 1);
        Self {
            company,
            token,
            pipe,
        }
    }

    /// The run, as a command for a terminal or for none.
    fn command(&self) -> Command {
        let run = hsm::run(&self.company, &self.token, &[]);
        let mut command = Command::new(run.get_program());
        command.args(run.get_args()).arg("--plain");
        for (name, value) in run.get_envs() {
            command.env(name, value.unwrap());
        }
        command
    }

    /// At a terminal, up to what is said of the call that does not return.
    fn waits(&self) -> PtySession {
        let mut session = spawn_command(self.command(), Some(60_000)).unwrap();
        for _ in 1..=4 {
            answer(&mut session, "Enter: do it", "");
        }
        session
            .exp_string("note: waiting for the HSM to return from C_GenerateKey, for 300 seconds")
            .unwrap();
        session.send_control('c').unwrap();
        session.exp_string("Ctrl-C again ends it at once").unwrap();
        session
    }

    /// The call goes on, where it is still waited for.
    fn goes_on(&self) {
        drop(OpenOptions::new().write(true).open(&self.pipe).unwrap());
    }

    /// Resumes to the end; what was said.
    #[track_caller]
    fn resumed(mut self) -> String {
        self.token.set_faults("");
        let resumed = hsm::run(&self.company, &self.token, &[])
            .arg("--resume")
            .assert();
        let told = said(&resumed);
        assert_eq!(resumed.get_output().status.code(), Some(0), "{told}");
        self.company.verify().assert().code(0);
        assert_eq!(keys_in(&self.token), 0);
        nothing_leaked(&self.company, resumed.get_output());
        told
    }
}

/// How often the call is made before the first step, on throwaway keys: as often in every ceremony here.
fn calls_before(token: &Token, company: &Company) -> usize {
    static CALLS: OnceLock<usize> = OnceLock::new();
    *CALLS.get_or_init(|| {
        let log = company.path("calls.log");
        hsm::run(company, token, &[("1/present/ana", "")])
            .env("KEYRITE_SHIM_LOG", &log)
            .assert()
            .code(4);
        drop(fs::remove_dir_all(company.path("out")));
        let calls = fs::read_to_string(log).unwrap();
        calls
            .lines()
            .filter(|call| *call == "C_GenerateKey")
            .count()
    })
}

#[test]
fn a_slow_call_is_told_and_an_interruption_waits_for_its_step() {
    let slow = Slow::new();
    let mut session = slow.waits();
    slow.goes_on();
    session.exp_string("interrupted at a question").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    let record = fs::read_to_string(slow.company.path("out/record.jsonl")).unwrap();
    assert!(record.contains("\"did\":{\"generate\":"), "{record}");
}

#[test]
fn who_interrupts_twice_does_not_wait_for_a_slow_call_and_resuming_tells_what_it_was_to_do() {
    let slow = Slow::new();
    let mut session = slow.waits();
    session.send_control('c').unwrap();
    session
        .exp_string("interrupted in the middle of a step")
        .unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    let told = slow.resumed();
    assert!(
        told.contains("while the token was asked to make it"),
        "{told}"
    );
}

/// Opening the pipe waits until the call does.
#[test]
fn without_a_terminal_a_termination_ends_a_slow_call_at_once() {
    let slow = Slow::new();
    let mut child = slow
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pipe = OpenOptions::new().write(true).open(&slow.pipe).unwrap();
    let process = Pid::from_child(&child);
    rustix::process::kill_process(process, Signal::TERM).unwrap();
    let code = child.wait().unwrap().code();
    drop(pipe);
    assert_eq!(code, Some(4));
    let told = slow.resumed();
    assert!(
        told.contains("while the token was asked to make it"),
        "{told}"
    );
}
