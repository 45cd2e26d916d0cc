//! The PIN of a token, typed at a terminal by two people.

use rexpect::session::PtySession;
use rexpect::session::spawn_command;

use crate::common::Company;
use crate::common::said;
use crate::hsm::company;
use crate::hsm::run;
use crate::run::approve;
use crate::tokens::Kind;
use crate::tokens::PIN;
use crate::tokens::Token;

/// A company whose PIN is typed by two people, at a terminal.
fn at_terminal(token: &Token) -> (Company, PtySession) {
    let company = company(token, Kind::SoftHsm);
    company.edit("core: pkcs11, ", "core: pkcs11, pin: [ana, cho], ");
    let mut command = company.run_program();
    command
        .arg("--module")
        .arg(token.module())
        .arg("--plain")
        .envs(token.environment().iter().cloned())
        .env("TERM", "xterm");
    (company, spawn_command(command, Some(60_000)).unwrap())
}

fn type_half(session: &mut PtySession, name: &str, half: &str) {
    session
        .exp_string(&format!("{name}: your part of the PIN"))
        .unwrap_or_else(|error| panic!("waiting for {name}: {error}"));
    session.exp_string("Nothing you type is shown").unwrap();
    session.send_line(half).unwrap();
}

#[test]
fn two_people_type_one_half_of_the_pin_each_and_a_wrong_half_is_asked_again() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let (company, mut session) = at_terminal(&token);
    let (first, second) = PIN.split_at(4);
    type_half(&mut session, "Ana Ruiz", first);
    type_half(&mut session, "Cho Park", "0000");
    session.exp_string("the PIN is not that of token").unwrap();
    type_half(&mut session, "Ana Ruiz", first);
    type_half(&mut session, "Cho Park", second);
    let shown = session.exp_string("Enter: do it").unwrap();
    // Four digits of a digest may be those of a half.
    let mut words = shown.split_whitespace().filter(|word| word.len() < 64);
    assert!(
        !words.any(|word| word.contains(first) || word.contains(second)),
        "{shown}"
    );
    assert!(company.path("out/record.jsonl").exists());
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
}

#[test]
fn in_production_no_file_holds_a_pin_that_two_people_share() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = company(&token, Kind::SoftHsm);
    company.edit("core: pkcs11, ", "core: pkcs11, pin: [ana, cho], ");
    let told = said(&run(&company, &token, &[]).assert().code(0));
    assert!(
        told.contains("Practice: the whole PIN comes from"),
        "{told}"
    );

    std::fs::rename(company.path("out"), company.path("practised")).unwrap();
    company.edit("mode: practice", "mode: production");
    approve(&company);
    let told = said(&run(&company, &token, &[]).assert().code(1));
    assert!(told.contains("type a part of the PIN each"), "{told}");
}
