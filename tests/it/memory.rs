//! What a process still holds in memory when the life of a secret is over: nothing of it, in any form.

mod eyes;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use keyrite::custody::shamir;
use keyrite::secret::Secret;

use self::eyes::Memory;
use self::eyes::Wanted;
use self::eyes::ended;
use self::eyes::watched;
use crate::common::CUSTODIANS;
use crate::common::Company;
use crate::common::PEOPLE;
use crate::common::keyrite;
use crate::common::stock;
use crate::leaks::Known;
use crate::leaks::forms;
use crate::leaks::identity_of;
use crate::leaks::of_share;
use crate::leaks::secrets_of_practice;
use crate::leaks::secrets_of_split;
use crate::leaks::shares_on;
use crate::once::Shared;
use crate::once::bytes;
use crate::recipients::age;
use crate::recipients::share_of;
use crate::recipients::with_strange;
use crate::tokens::Kind;
use crate::tokens::PIN;
use crate::tokens::Token;

/// Seeds of everybody's signing key.
fn signing_keys(company: &Company) -> Vec<Known> {
    PEOPLE
        .iter()
        .map(|person| {
            let text = fs::read(company.path(&format!("keys/{person}"))).unwrap();
            let key = ssh_key::PrivateKey::from_openssh(text).unwrap();
            let seed = key.key_data().ed25519().unwrap().private.to_bytes();
            (format!("the signing key of {person}"), seed.to_vec())
        })
        .collect()
}

/// The main job in software, at a terminal: each time people are asked whether to begin a step, what is
/// over is gone.
#[test]
fn a_ceremony_forgets_each_secret_when_its_life_is_over() {
    let company = Company::new();
    let answers = company.answers(&[("6/identity/ben", "")]);
    let (_, identity) = identity_of(&company, "ben");
    let identity = String::from_utf8(identity).unwrap();
    let mut command = company.run_program();
    command.arg("--answers").arg(answers).arg("--plain");
    let (mut screen, eyes) = watched(&command);
    let mut before = Vec::new();
    for _ in 1..=13 {
        screen.shows("Enter: do it");
        before.push(eyes.look());
        screen.types("");
        if before.len() == 6 {
            screen.answer("which file holds your age identity", "");
            screen.answer("Nothing you type is shown", &identity);
        }
    }
    let mut last = eyes.last_look();
    last.extend(screen.ended(0));
    let mut secrets = secrets_of_practice(&company);
    secrets.extend(signing_keys(&company));
    let wanted = Wanted::new(&secrets);
    for (step, memory) in (1..).zip(before) {
        let mut found = wanted.found(&memory);
        // From its making to its destruction the key itself is there, and nothing else.
        let lives = (5..=10).contains(&step);
        let all = found.len();
        found.retain(|what| !(lives && what.contains(" of the key as raw in ")));
        assert!(
            !lives || found.len() < all,
            "step {step}: the search finds nothing"
        );
        assert_eq!(found, [""; 0], "before step {step}");
    }
    assert_eq!(wanted.found(&last), [""; 0], "at the end");

    let mut drill = keyrite();
    drill
        .args(["share", "drill"])
        .args(shares_on(&company.path("media/ben")))
        .arg("--identity")
        .arg(company.path("keys/ben.age"))
        .arg("--record")
        .arg(company.path("out"));
    let (output, memory) = ended(&drill);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(wanted.found(&memory), [""; 0], "share drill");
}

/// Even of memory that was let go and is half overwritten, what is left is found.
#[test]
fn a_part_of_a_secret_is_found_in_every_form() {
    let secret = bytes(32);
    let wanted = Wanted::new(&[("key".to_owned(), secret.clone())]);
    for at in [0, 11, 24] {
        for (form, text) in forms(&secret[at..at + 8]) {
            if form == "escaped as text" || form == "reversed" {
                continue;
            }
            let place = [&[7; 13][..], &text, &[9; 5]].concat();
            let found = wanted.found(&Memory::from([("place".to_owned(), place)]));
            assert!(!found.is_empty(), "{form}");
        }
    }
    let nothing = Memory::from([("place".to_owned(), vec![0x5a; 4096])]);
    assert_eq!(wanted.found(&nothing), [""; 0]);
}

#[test]
fn a_command_without_a_ceremony_ends_without_a_secret() {
    let shared = Shared::people(3);
    let secret = bytes(32);
    shared.write("key.bin", &secret);
    let (split, after_split) = ended(&shared.split(2, &["--key-type", "aes-256"]));
    assert!(split.status.success());
    let known = secrets_of_split(&shared, &secret);
    let company = Company::new();
    let out = shared.path("out.bin");
    let both = [shared.share(1), shared.card(3)];
    let mut wrapped = keyrite();
    wrapped
        .args(["wrap", "--provider", "aws-kms", "--key-type", "aes-256"])
        .args(["--algorithm", "RSAES_OAEP_SHA_256", "--wrapping-key"])
        .arg(company.path("parameters.json"))
        .arg("--key-file")
        .arg(shared.path("key.bin"))
        .arg("--out")
        .arg(company.path("wrapped"));
    let mut cards = shared.share_command("card", 2);
    cards.arg("--out").arg(shared.path("page"));
    let mut commands = vec![
        ("wrap", wrapped),
        ("card", cards),
        ("verify", shared.share_command("verify", 2)),
        ("show", shared.share_command("show", 2)),
        ("combine", shared.combine(&both, &["--check-value"])),
        (
            "combine to a file",
            shared.combine(&both, &["--out", out.to_str().unwrap()]),
        ),
    ];
    let mut looks = BTreeMap::from([("split", after_split)]);
    for (name, command) in &mut commands {
        let (output, memory) = ended(command);
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        looks.insert(name, memory);
    }
    let wanted = Wanted::new(&known);
    let mut all = Vec::new();
    for (name, memory) in looks {
        for found in wanted.found(&memory) {
            all.push(format!("{name}: {found}"));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Two people type the PIN; the backup key and the shares are gone when the custodians have them.
#[test]
fn a_ceremony_with_an_hsm_forgets_the_pin_and_the_backup_key() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = crate::hsm::company(&token, Kind::SoftHsm);
    company.edit("{core: pkcs11,", "{core: pkcs11, pin: [ana, cho],");
    let mut command = company.run_program();
    command
        .arg("--answers")
        .arg(company.answers(&[]))
        .arg("--module")
        .arg(token.module())
        .arg("--plain")
        .envs(token.environment().iter().cloned());
    let (mut screen, eyes) = watched(&command);
    let (one, other) = PIN.split_at(PIN.len() / 2);
    for half in [one, other] {
        screen.shows("your part of the PIN");
        screen.answer("Nothing you type is shown", half);
    }
    let mut before = Vec::new();
    for _ in 1..=13 {
        screen.shows("Enter: do it");
        before.push(eyes.look());
        screen.types("");
    }
    let mut last = eyes.last_look();
    last.extend(screen.ended(0));
    let mut secrets = signing_keys(&company);
    let backup_key = backup_key(&company, &mut secrets);
    secrets.push(("the backup key".to_owned(), backup_key.expose().to_vec()));
    secrets.push(("the PIN".to_owned(), PIN.as_bytes().to_vec()));
    let wanted = Wanted::new(&secrets);
    for (step, memory) in (1..).zip(before) {
        assert_eq!(wanted.found(&memory), [""; 0], "before step {step}");
    }
    assert_eq!(wanted.found(&last), [""; 0], "at the end");
}

/// A passphrase, the signing key that it opens, and what stands on two cards.
#[test]
fn what_was_typed_at_a_terminal_is_gone_at_the_end() {
    let company = Company::new();
    company.run(&[("sign/ana", "")]).assert().code(0);
    let mut known = signing_keys(&company);
    known.truncate(1);
    known.push(("the passphrase".to_owned(), PASSPHRASE.as_bytes().to_vec()));
    let key = company.path("keys/ana").display().to_string();
    stock(
        "ssh-keygen",
        &["-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", &key],
    );
    let mut sign = Command::new(env!("CARGO_BIN_EXE_keyrite"));
    sign.arg("sign")
        .arg(company.path("out"))
        .args(["--as", "ana", "--key", &key]);
    let (mut screen, eyes) = watched(&sign);
    screen.answer("Nothing you type is shown", PASSPHRASE);
    let mut memory = eyes.last_look();
    screen.shows("ana signed");
    memory.extend(screen.ended(0));
    assert_eq!(Wanted::new(&known).found(&memory), [""; 0], "sign");

    let secret = bytes(32);
    let shared = Shared::new(2, 3, &secret, &[]);
    let known = secrets_of_split(&shared, &secret);
    let mut combine = Command::new(env!("CARGO_BIN_EXE_keyrite"));
    combine.args(["combine", "--check-value", "-", "-"]);
    let (mut screen, eyes) = watched(&combine);
    for number in [1, 3] {
        let card = fs::read_to_string(shared.card(number)).unwrap();
        for line in card.lines().skip(3) {
            screen.answer(&format!("line {}", &line[..2]), &line[3..]);
        }
    }
    let mut memory = eyes.last_look();
    screen.shows("its check value holds");
    memory.extend(screen.ended(0));
    assert_eq!(Wanted::new(&known).found(&memory), [""; 0], "combine");
}

/// A share that was sealed to a device goes through its plugin, and the device's PIN, too.
#[test]
fn a_share_that_a_plugin_opened_is_gone_at_the_end() {
    const PIN: &str = "246810";
    let (company, strange) = with_strange();
    let mut command = strange.command(&company);
    command.args(["--plain", "--machine", strange.machine()]);
    let (mut screen, eyes) = watched(&command);
    screen.shows("PIN of the strange device");
    // While keyrite waits for the PIN, the device opens the share for age, too.
    let opened = company.path("opened");
    let opened = opened.to_str().unwrap();
    let (identity, share) = (company.path("keys/ben.age"), share_of(&company, "ben"));
    let (identity, share) = (identity.to_str().unwrap(), share.to_str().unwrap());
    let arguments = ["-d", "-i", identity, "-o", opened, share];
    let bin = Some(strange.bin.as_path());
    age(&arguments, "PIN of the strange device", &[PIN], bin);
    let mut secrets = Vec::new();
    of_share("ben", &fs::read_to_string(opened).unwrap(), &mut secrets);
    screen.types(PIN);
    screen.shows("share 1 of Ben Osei is whole");
    let mut memory = eyes.last_look();
    memory.extend(screen.ended(0));
    assert!(!secrets.is_empty());
    assert_eq!(Wanted::new(&secrets).found(&memory), [""; 0]);
    let pin = |bytes: &[u8]| bytes.windows(PIN.len()).any(|it| it == PIN.as_bytes());
    let places: Vec<_> = memory.iter().filter(|(_, bytes)| pin(bytes)).collect();
    let places: Vec<_> = places.into_iter().map(|(name, _)| name).collect();
    assert_eq!(places, [""; 0], "the PIN of the device");
}

/// What custodians and their shares are trusted with in a ceremony with an HSM.
fn backup_key(company: &Company, secrets: &mut Vec<Known>) -> Secret {
    let mut shares = Vec::new();
    for custodian in CUSTODIANS {
        secrets.push(identity_of(company, custodian));
        for file in shares_on(&company.path(&format!("media/{custodian}"))) {
            let identity = company.path(&format!("keys/{custodian}.age"));
            let identity = identity.to_str().unwrap();
            let opened = stock("age", &["-d", "-i", identity, file.to_str().unwrap()]);
            shares.push(of_share(custodian, &opened, secrets));
        }
    }
    let shares: Vec<(u8, &Secret)> = shares.iter().map(|(index, y)| (*index, y)).collect();
    shamir::combine(&shares[..2], 2).unwrap()
}

const PASSPHRASE: &str = "correct horse battery staple";

/// What the kernel says of a process that waits for its first answer, in which `with` came first.
fn waiting(company: &Company, with: &[&str]) -> (String, String) {
    drop(fs::remove_dir_all(company.path("out")));
    let run = company.run_program();
    let mut command = Command::new("sh");
    command
        .args(["-c", "echo number $$; exec \"$@\"", "sh"])
        .args(with)
        .arg(run.get_program())
        .args(run.get_args())
        .arg("--answers")
        .arg(company.answers(&[]))
        .arg("--plain");
    let mut session = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    let (_, number) = session.exp_regex("number [0-9]+").unwrap();
    let number = number.strip_prefix("number ").unwrap();
    let mut said = String::new();
    for _ in 1..=4 {
        said += &session.exp_string("Enter: do it").unwrap();
        session.send_line("").unwrap();
    }
    said += &session.exp_string("Enter: do it").unwrap();
    let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap();
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    (status, crate::common::one_line(&said))
}

/// Kilobytes of a process that are locked.
fn locked(status: &str) -> u64 {
    let line = status
        .lines()
        .find(|line| line.starts_with("VmLck:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The limit counts for those who may not pass it: where the tests may, that right is taken away.
#[test]
fn memory_is_locked_where_that_is_allowed_and_else_the_ceremony_says_so() {
    let company = Company::new();
    let root = rustix::process::geteuid().is_root();
    let (status, said) = waiting(&company, &[]);
    let all = said.contains("all of it is locked (holds)");
    assert_eq!(all, locked(&status) > 0, "{said}");
    assert!(all || !root, "{said}");

    let limited = ["sh", "-c", "ulimit -l 0; exec \"$@\"", "sh"];
    let without_right = ["setpriv", "--bounding-set=-ipc_lock"];
    let with = [if root { &without_right[..] } else { &[] }, &limited].concat();
    let (status, said) = waiting(&company, &with);
    assert_eq!(locked(&status), 0, "{said}");
    assert!(said.contains("not locked: the limit is 0 bytes"), "{said}");
}

/// Whatever the shell allowed before: a process that is aborted while it waits is not dumped.
#[test]
fn an_aborted_ceremony_leaves_no_core_file() {
    let company = Company::new();
    let run = company.run_program();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -S -c $(ulimit -H -c); exec \"$@\"", "sh"])
        .arg(run.get_program())
        .args(run.get_args())
        .arg("--plain")
        .current_dir(company.root.path());
    let mut session = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    session.exp_string("Enter: do it").unwrap();
    session
        .process_mut()
        .signal(nix::sys::signal::Signal::SIGABRT)
        .unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    // The last word says whether the kernel dumped it.
    assert!(status.ends_with("SIGABRT, false)"), "{status}");
    let mut names = fs::read_dir(company.root.path()).unwrap();
    assert!(!names.any(|it| it.unwrap().file_name().to_string_lossy().contains("core")));
}
