//! Cards at a pseudo-terminal: typed in line by line, and shown for one person.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rexpect::session::PtySession;
use rexpect::session::spawn_command;

use crate::once::Shared;
use crate::once::bytes;

/// Begins a command at a terminal of 80 columns, or of so many.
fn at_terminal(arguments: &[&str], paths: &[PathBuf], rows: u16) -> PtySession {
    let mut command = Command::new("sh");
    let size = format!("stty rows {rows} cols 80; exec \"$@\"");
    command
        .args(["-c", &size, "sh", env!("CARGO_BIN_EXE_keyrite")])
        .args(arguments)
        .args(paths)
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR");
    spawn_command(command, Some(60_000)).unwrap()
}

fn lines_of(shared: &Shared, number: u8) -> Vec<String> {
    let text = fs::read_to_string(shared.card(number)).unwrap();
    text.lines().skip(3).map(str::to_owned).collect()
}

/// How a row of a code begins.
const INK: &str = "\u{1b}[38;5;16;48;5;231m";

/// What another program reads from a code on a screen. The session hands out bytes as characters.
fn scanned(screen: &str) -> String {
    let bytes: Vec<u8> = screen.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let text = String::from_utf8(bytes).unwrap();
    let mut rows: Vec<String> = Vec::new();
    for line in text.lines().filter_map(|line| line.split(INK).nth(1)) {
        let line = line.split('\u{1b}').next().unwrap();
        for dark in ['▀', '▄'] {
            let squares = line
                .chars()
                .map(|c| if c == '█' || c == dark { '1' } else { '0' });
            rows.push(squares.collect());
        }
    }
    crate::paper::scanned(&rows)
}

#[track_caller]
fn ends(session: &PtySession, code: i32) {
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(
        status.starts_with("Exited") && status.ends_with(&format!(" {code})")),
        "{status}"
    );
}

/// Types a card; `wrong` is typed first in the place of its second line. What the terminal showed.
fn type_card(session: &mut PtySession, lines: &[String], wrong: &str, told: &str) -> String {
    let all = lines.len();
    let mut shown = session.exp_string("line 01 > ").unwrap();
    session.send_line(&lines[0]).unwrap();
    let second = format!("line 02 of {all:02} > ");
    shown += &session.exp_string(&second).unwrap();
    session.send_line(wrong).unwrap();
    shown += &session.exp_string(told).unwrap();
    for (number, line) in (2..).zip(&lines[1..]) {
        let prompt = format!("line {number:02} of {all:02} > ");
        shown += &session.exp_string(&prompt).unwrap();
        // Without its number, in lower case and without spaces: as people type.
        let typed = line[3..].to_lowercase().replace(' ', "");
        session.send_line(&typed).unwrap();
    }
    shown
}

#[test]
fn a_card_is_typed_line_by_line_and_a_wrong_line_is_asked_for_again() {
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let (one, three) = (lines_of(&shared, 1), lines_of(&shared, 3));
    for style in ["", "--plain"] {
        let arguments: Vec<&str> = [style, "combine", "--check-value", "-", "-"]
            .into_iter()
            .filter(|argument| !argument.is_empty())
            .collect();
        let mut session = at_terminal(&arguments, &[], 24);
        session.exp_string("Type card 1").unwrap();
        let told = "line 3 stands where line 2 belongs";
        let mut shown = type_card(&mut session, &one, &one[2], told);
        shown += &session.exp_string("Type card 2").unwrap();
        // What was typed shows on a screen that is cleared, or not at all.
        let seen = shown.contains(&one[4][3..].to_lowercase().replace(' ', ""));
        assert_eq!(seen, style.is_empty(), "{shown:?}");
        assert_eq!(shown.contains("\u{1b}[2J"), style.is_empty(), "{shown:?}");
        let mut wrong = three[1].clone();
        let other = if &wrong[14..15] == "7" { "8" } else { "7" };
        wrong.replace_range(14..15, other);
        let told = "line 2, group 3 is mistyped";
        type_card(&mut session, &three, &wrong, told);
        session.exp_string("its check value holds").unwrap();
        session.exp_eof().unwrap();
        ends(&session, 0);
    }
}

#[test]
fn lines_of_two_cards_are_told_and_the_card_is_asked_for_again() {
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let (one, three) = (lines_of(&shared, 1), lines_of(&shared, 3));
    let mut session = at_terminal(&["--plain", "share", "verify", "-"], &[], 24);
    for (number, line) in (1..).zip(&one) {
        session.exp_string(&format!("line {number:02}")).unwrap();
        session
            .send_line(if number < one.len() {
                line
            } else {
                &three[number - 1]
            })
            .unwrap();
    }
    session.exp_string("they are not all of one card").unwrap();
    for (number, line) in (1..).zip(&one) {
        session.exp_string(&format!("line {number:02}")).unwrap();
        session.send_line(line).unwrap();
    }
    session
        .exp_string("share 1 of 3 of secret is whole")
        .unwrap();
    session.exp_eof().unwrap();
    ends(&session, 0);
}

#[test]
fn ctrl_c_while_a_card_is_typed_ends_without_a_secret() {
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let mut session = at_terminal(
        &[
            "combine",
            "-",
            "--out",
            shared.path("out.bin").to_str().unwrap(),
        ],
        &[],
        24,
    );
    session.exp_string("line 01 > ").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("interrupted").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    assert!(!shared.path("out.bin").exists());
}

#[test]
fn a_card_on_the_screen_is_for_one_person_and_does_not_stay() {
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let lines = lines_of(&shared, 2);
    let line = &lines[3];
    let card = format!(
        "KEYRITE-CARD V1 {}",
        lines.join("\n").replace(' ', "").replace('\n', " ")
    );
    let paths = [shared.share(2), "--identity".into(), shared.path("2.key")];
    let mut session = at_terminal(&["share", "card", "--screen"], &paths, 60);
    let before = session.exp_string("\u{1b}[?1049h").unwrap();
    assert!(!before.contains(line.as_str()));
    session.exp_string(line).unwrap();
    session.exp_string("Enter clears the screen").unwrap();
    session.send_line("").unwrap();
    session
        .exp_string("\u{1b}[2J\u{1b}[H\u{1b}[?1049l")
        .unwrap();
    session.exp_string("Your share as a QR code").unwrap();
    let code = session.exp_string("Enter clears the screen").unwrap();
    assert_eq!(scanned(&code), card);
    session.send_line("").unwrap();
    session
        .exp_string("\u{1b}[2J\u{1b}[H\u{1b}[?1049l")
        .unwrap();
    let after = session.exp_eof().unwrap();
    assert!(!after.contains(INK), "{after:?}");
    ends(&session, 0);
}

#[test]
fn a_screen_that_is_too_small_or_cannot_be_cleared_shows_nothing_of_a_share() {
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let line = lines_of(&shared, 2).remove(3);
    let paths = [shared.share(2), "--identity".into(), shared.path("2.key")];
    // Room for the lines, but not for the code.
    let mut session = at_terminal(&["share", "card", "--screen"], &paths, 24);
    session.exp_string("Enter clears the screen").unwrap();
    session.send_line("").unwrap();
    session
        .exp_string("the screen has 24 rows of 80 columns")
        .unwrap();
    session.exp_eof().unwrap();
    ends(&session, 0);
    let mut session = at_terminal(&["share", "card", "--screen"], &paths, 10);
    let shown = session
        .exp_string("the screen has 10 rows of 80 columns")
        .unwrap();
    assert!(!shown.contains(&line));
    session.exp_eof().unwrap();
    ends(&session, 1);
    let mut session = at_terminal(&["--plain", "share", "card", "--screen"], &paths, 60);
    let shown = session.exp_string("has no screen for one person").unwrap();
    assert!(!shown.contains(&line));
    session.exp_eof().unwrap();
    ends(&session, 1);
}
