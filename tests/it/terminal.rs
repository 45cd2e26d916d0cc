//! A ceremony at a pseudo-terminal: what people see, type, and interrupt.

use std::fs;
use std::process::Command;

use nix::sys::signal::Signal;
use rexpect::session::PtySession;
use rexpect::session::spawn_command;

use crate::common::CUSTODIANS;
use crate::common::Company;
use crate::common::PEOPLE;

/// Begins `keyrite run` at a terminal.
pub(crate) fn at_terminal(company: &Company, more: &[&str]) -> PtySession {
    styled(company, &[&["--plain"], more].concat())
}

/// Begins `keyrite run` at a terminal, in the style that people see.
fn styled(company: &Company, more: &[&str]) -> PtySession {
    let mut command = company.run_program();
    command
        .args(more)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR");
    spawn_command(command, Some(60_000)).unwrap()
}

pub(crate) fn answer(session: &mut PtySession, question: &str, typed: &str) {
    session
        .exp_string(question)
        .unwrap_or_else(|error| panic!("waiting for {question:?}: {error}"));
    session.send_line(typed).unwrap();
}

fn sign_in(session: &mut PtySession) {
    answer(session, "Enter: do it", "");
    for _ in PEOPLE {
        answer(session, "are you here", "y");
    }
}

fn up_to_split(session: &mut PtySession) {
    sign_in(session);
    answer(session, "Enter: do it", "");
    for _ in 0..4 {
        answer(session, "do you agree?", "y");
    }
    answer(session, "Enter: do it", "");
    // The machine of the tests may have a network or not.
    let (_, found) = session
        .exp_any(vec![
            rexpect::ReadUntil::String("Look again?".to_owned()),
            rexpect::ReadUntil::String("what time is it".to_owned()),
        ])
        .unwrap();
    if found.contains("Look again") {
        session.send_line("n").unwrap();
        answer(session, "What was decided?", "go on");
        answer(session, "Who decided?", "ana");
        session.exp_string("what time is it").unwrap();
    }
    session
        .send_line(&jiff::Timestamp::now().strftime("%H:%M:%S").to_string())
        .unwrap();
    answer(session, "Enter: do it", "");
    session.exp_string("kcv.cmac5").unwrap();
}

fn split(session: &mut PtySession, company: &Company) {
    answer(session, "Enter: do it", "");
    for custodian in CUSTODIANS {
        let medium = company.path(&format!("media/{custodian}"));
        answer(session, "put in your medium", medium.to_str().unwrap());
        answer(session, "into your keeping?", "y");
    }
}

#[track_caller]
pub(crate) fn ends(session: &PtySession, code: i32) {
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(
        status.starts_with("Exited") && status.ends_with(&format!(" {code})")),
        "{status}"
    );
}

#[test]
fn people_at_a_terminal_run_the_main_job_to_a_record_that_verifies() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    up_to_split(&mut session);
    split(&mut session, &company);
    answer(&mut session, "Enter: do it", "");
    // One custodian types the identity, unseen; the other names a file.
    answer(
        &mut session,
        "Which file holds your age identity".to_lowercase().as_str(),
        "",
    );
    session.exp_string("For ben only.").unwrap();
    session.exp_string("Nothing you type is shown").unwrap();
    let identity = fs::read_to_string(company.path("keys/ben.age")).unwrap();
    let identity = identity
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-"))
        .unwrap()
        .to_owned();
    session.send_line(&identity).unwrap();
    let shown = session.exp_string("share 1 of Ben Osei is whole").unwrap();
    assert!(!shown.contains(&identity[20..]), "the identity was echoed");
    answer(
        &mut session,
        "which file holds your age identity",
        company.path("keys/dee.age").to_str().unwrap(),
    );
    session
        .exp_string("the shares rebuild key payments")
        .unwrap();
    answer(&mut session, "Enter: do it", "");
    let digest = keyrite::crypto::test_pairs::TestPair::of(4096)
        .unwrap()
        .public()
        .unwrap()
        .fingerprint();
    let words = keyrite::crypto::words::words(&digest.0);
    answer(
        &mut session,
        "Ana Ruiz: type words",
        "topmost Istanbul Pluto vagabond",
    );
    session
        .exp_string("is not that of the wrapping key")
        .unwrap();
    answer(&mut session, "Ana Ruiz: type words", &words.join(" "));
    answer(&mut session, "Cho Park: type words", &digest.to_string());
    answer(&mut session, "Enter: do it", "");
    answer(
        &mut session,
        "ceremony-approval@keyrite",
        company.path("keys/ana").to_str().unwrap(),
    );
    session
        .exp_string("the signature of fay does not hold")
        .unwrap();
    // Carried in from elsewhere: made by ssh-keygen while the ceremony waits.
    let request = company.path("out/approvals/08-import.json");
    let copy = company.path("request.json");
    fs::copy(&request, &copy).unwrap();
    let key = company.path("keys/fay").display().to_string();
    crate::common::stock(
        "ssh-keygen",
        &[
            "-q",
            "-Y",
            "sign",
            "-n",
            "ceremony-approval@keyrite",
            "-f",
            &key,
            copy.to_str().unwrap(),
        ],
    );
    answer(
        &mut session,
        "ceremony-approval@keyrite",
        company.path("request.json.sig").to_str().unwrap(),
    );
    answer(&mut session, "Enter: do it", "");
    session.exp_string("is wrapped for aws").unwrap();
    answer(&mut session, "Enter: do it", "");
    answer(&mut session, "Enter: do it", "");
    answer(&mut session, "go otherwise", "n");
    answer(&mut session, "Enter: do it", "");
    for _ in CUSTODIANS {
        answer(&mut session, "everything that is yours?", "y");
    }
    answer(&mut session, "Enter: do it", "");
    for person in PEOPLE {
        answer(
            &mut session,
            "signing key (empty: sign later)",
            company.path(&format!("keys/{person}")).to_str().unwrap(),
        );
    }
    session.exp_string("complete and sealed").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 0);
    company.verify().assert().code(0);
}

#[test]
fn ctrl_c_at_a_question_halts_with_a_message_and_can_be_resumed() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    sign_in(&mut session);
    session.exp_string("Enter: do it").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("--resume").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
}

#[test]
fn ctrl_c_at_a_secret_halts_and_plain_style_shows_no_escape_sequence() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    up_to_split(&mut session);
    split(&mut session, &company);
    answer(&mut session, "Enter: do it", "");
    answer(&mut session, "which file holds your age identity", "");
    session.exp_string("Nothing you type is shown").unwrap();
    session.send_control('c').unwrap();
    let shown = session.exp_string("interrupted").unwrap();
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    session.exp_eof().unwrap();
    ends(&session, 4);
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
}

#[test]
fn a_termination_at_a_secret_halts() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    up_to_split(&mut session);
    split(&mut session, &company);
    answer(&mut session, "Enter: do it", "");
    answer(&mut session, "which file holds your age identity", "");
    session.exp_string("Nothing you type is shown").unwrap();
    session.process_mut().signal(Signal::SIGTERM).unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
}

#[test]
fn plain_style_asks_once_and_shows_no_escape_sequence() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    answer(&mut session, "Enter: do it", "");
    for person in 0..PEOPLE.len() {
        let shown = session.exp_string("are you here").unwrap();
        assert!(!shown.contains('\u{1b}'), "{person}: {shown:?}");
        session.send_line("perhaps").unwrap();
        answer(&mut session, "are you here", "y");
    }
    let shown = session.exp_string("Enter: do it").unwrap();
    assert!(
        !shown.contains('\u{1b}') && !shown.contains("are you here"),
        "{shown:?}"
    );
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
}

#[test]
fn in_the_usual_style_a_stop_is_ignored_and_ctrl_c_halts() {
    let company = Company::new();
    let mut session = styled(&company, &[]);
    sign_in(&mut session);
    session.exp_string("Enter: do it").unwrap();
    session.process_mut().signal(Signal::SIGTSTP).unwrap();
    session.send_control('c').unwrap();
    session.exp_string("--resume").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
}

#[test]
fn a_closed_terminal_halts_and_the_record_explains_it() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    up_to_split(&mut session);
    answer(&mut session, "Enter: do it", "");
    answer(
        &mut session,
        "put in your medium",
        company.path("media/ben").to_str().unwrap(),
    );
    session.exp_string("into your keeping?").unwrap();
    session.process_mut().signal(Signal::SIGHUP).unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert!(record.contains("\"lost\":{"), "{record}");
}

#[test]
fn a_killed_process_at_any_step_leaves_a_record_that_resuming_completes() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    up_to_split(&mut session);
    split(&mut session, &company);
    session.exp_string("Enter: do it").unwrap();
    session.process_mut().signal(Signal::SIGKILL).unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(status.starts_with("Signaled"), "{status}");
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert!(record.contains("\"recovered\":{"), "{record}");
}

#[test]
fn people_can_record_an_exception_halt_and_abort_between_steps() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    sign_in(&mut session);
    answer(&mut session, "Enter: do it", "x");
    answer(&mut session, "What was expected?", "silence");
    answer(&mut session, "What happened?", "a fire drill");
    answer(&mut session, "What was decided?", "go on afterwards");
    answer(&mut session, "Who decided?", "ana");
    answer(&mut session, "Enter: do it", "h");
    session.exp_string("halted before step 2").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    let mut session = at_terminal(&company, &["--resume"]);
    answer(&mut session, "Are they all here now", "y");
    answer(&mut session, "Enter: do it", "a");
    answer(&mut session, "End this ceremony for good?", "y");
    answer(&mut session, "Why is it ended?", "the fire was real");
    for person in PEOPLE {
        answer(
            &mut session,
            "signing key (empty: sign later)",
            company.path(&format!("keys/{person}")).to_str().unwrap(),
        );
    }
    session.exp_string("aborted and sealed").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 0);
    let output = company.verify().assert().code(0);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.contains("fire"), "{text}");
}

#[test]
fn an_encrypted_signing_key_asks_for_its_passphrase_unseen() {
    let company = Company::new();
    company.run(&[("sign/ana", "")]).assert().code(0);
    let key = company.path("keys/ana").display().to_string();
    crate::common::stock(
        "ssh-keygen",
        &["-q", "-p", "-P", "", "-N", "correct horse", "-f", &key],
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyrite"));
    command
        .args(["--plain", "sign"])
        .arg(company.path("out"))
        .args(["--as", "ana", "--key", &key])
        .env("TERM", "xterm");
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    session.exp_string("Nothing you type is shown").unwrap();
    session.send_line("correct horse").unwrap();
    let shown = session.exp_string("ana signed").unwrap();
    assert!(!shown.contains("correct"), "the passphrase was echoed");
    session.exp_eof().unwrap();
    ends(&session, 0);
    company.verify().assert().code(0);
}

#[test]
fn a_secret_pasted_where_a_file_is_asked_for_is_taken_off_the_screen_and_never_quoted() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    up_to_split(&mut session);
    split(&mut session, &company);
    answer(&mut session, "Enter: do it", "");
    let identity = fs::read_to_string(company.path("keys/ben.age")).unwrap();
    let identity = identity
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-"))
        .unwrap()
        .to_owned();
    answer(
        &mut session,
        "which file holds your age identity",
        &identity,
    );
    session.exp_string("count that key as seen").unwrap();
    session.send_control('c').unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(!rest.contains(&identity), "{rest}");
    ends(&session, 4);
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert!(!record.contains(&identity));
}

#[test]
fn an_empty_answer_is_asked_again_where_the_record_needs_words() {
    let company = Company::new();
    let mut session = at_terminal(&company, &[]);
    sign_in(&mut session);
    answer(&mut session, "Enter: do it", "x");
    answer(&mut session, "What was expected?", "silence");
    answer(&mut session, "What happened?", "");
    session.exp_string("nothing was answered to").unwrap();
    answer(&mut session, "What happened?", "noise");
    answer(&mut session, "What was decided?", "go on");
    answer(&mut session, "Who decided?", "nobody in particular");
    session.exp_string("there is no person").unwrap();
    answer(&mut session, "Who decided?", "ana");
    answer(&mut session, "Enter: do it", "h");
    session.exp_eof().unwrap();
    ends(&session, 4);
}
