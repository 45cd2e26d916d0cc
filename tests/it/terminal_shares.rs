//! Drill and reshare at a pseudo-terminal: what custodians see and type.

use std::fs;

use rexpect::session::PtySession;

use crate::common::Company;
use crate::share_kinds::AES;
use crate::share_kinds::FIRST;
use crate::share_kinds::dealt;
use crate::share_kinds::next;
use crate::share_kinds::share_of;
use crate::terminal::answer;
use crate::terminal::at_terminal;
use crate::terminal::ends;

/// Signs in so many people, and looks at the machine, whatever it finds.
fn up_to_the_shares(session: &mut PtySession, people: usize, agree: usize) {
    answer(session, "Enter: do it", "");
    for _ in 0..people {
        answer(session, "are you here", "y");
    }
    if agree > 0 {
        answer(session, "Enter: do it", "");
    }
    for _ in 0..agree {
        answer(session, "do you agree?", "y");
    }
    answer(session, "Enter: do it", "");
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
    let now = jiff::Timestamp::now().strftime("%H:%M:%S").to_string();
    session.send_line(&now).unwrap();
    answer(session, "Enter: do it", "");
}

/// Brings the medium and the identity.
fn brings(session: &mut PtySession, company: &Company, person: &str) {
    let medium = company.path(&format!("media/{person}"));
    answer(session, "put in your medium", medium.to_str().unwrap());
    opens(session, company, person);
}

fn opens(session: &mut PtySession, company: &Company, person: &str) {
    let identity = company.path(&format!("keys/{person}.age"));
    answer(
        session,
        "which file holds your age identity",
        identity.to_str().unwrap(),
    );
}

fn seals(session: &mut PtySession, company: &Company, signers: &[&str]) {
    answer(session, "Enter: do it", "");
    for person in signers {
        let key = company.path(&format!("keys/{person}"));
        answer(
            session,
            "signing key (empty: sign later)",
            key.to_str().unwrap(),
        );
    }
    session.exp_string("complete and sealed").unwrap();
    session.exp_eof().unwrap();
    ends(session, 0);
    company.verify().assert().code(0);
}

#[test]
fn custodians_at_a_terminal_prove_their_shares_one_at_a_time() {
    let room = dealt(&[]);
    next(&room, "possession-drill", FIRST, &[]);
    let company = &room.company;
    let mut session = at_terminal(company, &[]);
    up_to_the_shares(&mut session, 2, 0);
    answer(&mut session, "Ben Osei: are you here with your share?", "y");
    // First a medium without the share: it is said, and he tries again.
    answer(
        &mut session,
        "put in your medium",
        company.path("keys").to_str().unwrap(),
    );
    opens(&mut session, company, "ben");
    answer(
        &mut session,
        "Record that the share of Ben Osei failed?",
        "n",
    );
    brings(&mut session, company, "ben");
    session.exp_string("share 1 of Ben Osei is proven").unwrap();
    // Cho's share is damaged, and is recorded as failed.
    let damaged = share_of(&room, "cho", AES);
    let text = fs::read_to_string(&damaged).unwrap();
    fs::remove_file(&damaged).unwrap();
    fs::write(&damaged, &text[..text.len() / 2]).unwrap();
    answer(&mut session, "Cho Park: are you here with your share?", "y");
    brings(&mut session, company, "cho");
    session.exp_string("is a damaged age file").unwrap();
    answer(
        &mut session,
        "Record that the share of Cho Park failed?",
        "y",
    );
    answer(
        &mut session,
        "Dee Marsh: are you here with your share?",
        "n",
    );
    answer(
        &mut session,
        "Why is the share of Dee Marsh not here?",
        "on leave",
    );
    session
        .exp_string("the drill proved 1 of the 2 shares")
        .unwrap();
    answer(&mut session, "Enter: do it", "");
    answer(&mut session, "go otherwise", "n");
    seals(&mut session, company, &["ana", "eli", "fay"]);
}

#[test]
fn custodians_at_a_terminal_take_new_shares_and_tell_of_the_old_ones() {
    let room = dealt(&[]);
    room.company.newcomer();
    next(&room, "reshare-leaver", FIRST, &[]);
    let company = &room.company;
    let mut session = at_terminal(company, &[]);
    up_to_the_shares(&mut session, 5, 4);
    brings(&mut session, company, "ben");
    session.exp_string("share 1 of Ben Osei is whole").unwrap();
    brings(&mut session, company, "cho");
    for person in ["ben", "cho", "gil"] {
        let medium = company.path(&format!("media/{person}"));
        answer(&mut session, "put in your medium", medium.to_str().unwrap());
        answer(&mut session, "into your keeping?", "y");
    }
    for person in ["ben", "cho", "gil"] {
        opens(&mut session, company, person);
    }
    session.exp_string("every new share is proved").unwrap();
    answer(&mut session, "Enter: do it", "");
    answer(&mut session, "What became of old share 1", "burnt");
    session.exp_string("that is none of destroyed").unwrap();
    answer(&mut session, "What became of old share 1", "destroyed");
    answer(&mut session, "Eli Stern: did you see", "y");
    answer(&mut session, "What became of old share 2", "destroyed");
    answer(&mut session, "Eli Stern: did you see", "y");
    answer(&mut session, "What became of old share 3", "lost");
    answer(&mut session, "Who has it, or who says so?", "Dee, by phone");
    session.exp_string("the old epoch is dead").unwrap();
    answer(&mut session, "Enter: do it", "");
    answer(&mut session, "go otherwise", "n");
    answer(&mut session, "Enter: do it", "");
    for _ in 0..3 {
        answer(&mut session, "everything that is yours?", "y");
    }
    seals(
        &mut session,
        company,
        &["ana", "ben", "cho", "gil", "eli", "fay"],
    );
}
