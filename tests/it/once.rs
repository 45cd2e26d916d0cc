//! `split`, `combine` and `share`: one secret, outside a ceremony.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::said;
use crate::common::stock;

/// A folder with an identity for each custodian, a secret, and its shares in `kit`.
pub(crate) struct Shared {
    root: tempfile::TempDir,
    total: u8,
}

impl Shared {
    /// `threshold` of `total` shares of `secret`.
    pub(crate) fn new(threshold: u8, total: u8, secret: &[u8], more: &[&str]) -> Self {
        let shared = Self::people(total);
        shared.write("key.bin", secret);
        shared.split(threshold, more).assert().code(0);
        shared
    }

    /// The folder and its identities.
    pub(crate) fn people(total: u8) -> Self {
        let root = tempfile::tempdir().unwrap();
        for number in 1..=total {
            let file = root.path().join(format!("{number}.key"));
            stock("age-keygen", &["-o", file.to_str().unwrap()]);
        }
        Self { root, total }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn recipient(&self, number: u8) -> String {
        let key = self.path(&format!("{number}.key"));
        stock("age-keygen", &["-y", key.to_str().unwrap()])
            .trim()
            .to_owned()
    }

    /// `keyrite split` into `kit`.
    pub(crate) fn split(&self, threshold: u8, more: &[&str]) -> assert_cmd::Command {
        let mut command = keyrite();
        command
            .args(["split", "--threshold", &threshold.to_string(), "--key-file"])
            .arg(self.path("key.bin"))
            .arg("--out")
            .arg(self.path("kit"));
        for number in 1..=self.total {
            command.args(["--recipient", &self.recipient(number)]);
        }
        command.args(more);
        command
    }

    /// The file of a share.
    pub(crate) fn share(&self, number: u8) -> PathBuf {
        let middle = format!("-share-{number}-of-");
        let mut files = fs::read_dir(self.path("kit")).unwrap();
        files
            .find_map(|file| {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                name.contains(&middle).then_some(path.clone())
            })
            .unwrap_or_else(|| panic!("no share {number}"))
    }

    /// A share as age opens it.
    pub(crate) fn opened(&self, number: u8) -> String {
        let key = self.path(&format!("{number}.key"));
        let share = self.share(number);
        stock(
            "age",
            &["-d", "-i", key.to_str().unwrap(), share.to_str().unwrap()],
        )
    }

    /// The card of a share, as text.
    pub(crate) fn card(&self, number: u8) -> PathBuf {
        let path = self.path(&format!("card-{number}.txt"));
        if !path.exists() {
            self.share_command("card", number)
                .arg("--text")
                .arg("--out")
                .arg(&path)
                .assert()
                .code(0);
        }
        path
    }

    pub(crate) fn share_command(&self, what: &str, number: u8) -> assert_cmd::Command {
        let mut command = keyrite();
        command
            .args(["share", what])
            .arg(self.share(number))
            .arg("--identity")
            .arg(self.path(&format!("{number}.key")));
        command
    }

    /// `keyrite combine` with everybody's identities.
    pub(crate) fn combine(&self, shares: &[PathBuf], more: &[&str]) -> assert_cmd::Command {
        let mut command = keyrite();
        command.arg("combine").args(shares);
        for number in 1..=self.total {
            command
                .arg("--identity")
                .arg(self.path(&format!("{number}.key")));
        }
        command.args(more);
        command
    }

    /// What `combine --check-value` says when it refuses.
    #[track_caller]
    fn refused(&self, shares: &[PathBuf], code: i32) -> String {
        said(&self.combine(shares, &["--check-value"]).assert().code(code))
    }
}

fn json(assert: &Assert) -> Value {
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

fn printed(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// Bytes without a pattern, the same each time.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    let mut state = 7_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(state >> 24).unwrap()
    })
    .take(len)
    .collect()
}

#[test]
fn any_secret_of_16_to_64_bytes_comes_back_from_any_k_shares() {
    for (len, threshold, total, chosen) in [
        (16, 2, 3, &[2, 3][..]),
        (33, 3, 5, &[5, 1, 4]),
        (64, 4, 6, &[6, 2, 3, 5, 1]),
    ] {
        let secret = bytes(len);
        let shared = Shared::new(threshold, total, &secret, &[]);
        let out = shared.path("out.bin");
        let brought: Vec<PathBuf> = chosen.iter().map(|number| shared.share(*number)).collect();
        let assert = shared
            .combine(&brought, &["--format", "json"])
            .arg("--out")
            .arg(&out)
            .assert()
            .code(0);
        assert_eq!(fs::read(&out).unwrap(), secret);
        assert_eq!(out.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let openssl = ["mac", "-digest", "SHA256", "-macopt"];
        let zeros = shared.write("zeros", &[0; 16]);
        let key = format!("hexkey:{}", keyrite::domain::record::hex(&secret));
        let input = [&key, "-in", zeros.to_str().unwrap(), "HMAC"];
        let mac = stock("openssl", &[&openssl[..], &input].concat());
        assert_eq!(json(&assert)["check-values"]["mac5"], mac[..10]);
    }
}

#[test]
fn split_reports_one_share_for_each_recipient_and_a_kit_beside_them() {
    let shared = Shared::people(3);
    shared.write("key.bin", &bytes(32));
    let more = [
        "--key-type",
        "aes-256",
        "--label",
        "Payments 2026",
        "--format",
        "json",
    ];
    let assert = shared.split(2, &more).assert().code(0);
    let made = json(&assert);
    let purposes: Vec<&str> = made["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|made| made["purpose"].as_str().unwrap())
        .collect();
    assert_eq!(
        purposes,
        ["share", "share", "share", "recovery", "recovery"]
    );
    for artifact in made["artifacts"].as_array().unwrap() {
        let file = shared.path("kit").join(artifact["path"].as_str().unwrap());
        let bytes = fs::read(&file).unwrap();
        assert_eq!(artifact["bytes"], bytes.len());
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let digest = keyrite::domain::record::Digest::of(&bytes);
        assert_eq!(artifact["sha256"], digest.to_string());
    }
    assert!(made["check-values"]["kcv.cmac5"].is_string());
    let text = shared.opened(2);
    assert!(text.contains("\nceremony -\n") && text.contains("\nkey Payments 2026\n"));
    // What is there already stays.
    let refused = shared.split(2, &more).assert().code(1);
    assert!(said(&refused).contains("exists already"));
    let shown = printed(&shared.share_command("show", 2).assert().code(0));
    for part in ["2 of 3; any 2 rebuild", "Payments 2026", "aes-256", "none"] {
        assert!(shown.contains(part), "{shown}");
    }
    let share = text
        .lines()
        .find(|line| line.starts_with("share "))
        .unwrap();
    assert!(!shown.contains(&share[6..]));
}

#[test]
fn what_is_longer_than_a_share_comes_back_with_its_backup_file() {
    let secret = bytes(1218);
    let shared = Shared::new(2, 3, &secret, &["--label", "root-ca"]);
    let backup = shared.path("kit/root-ca-backup.kwp");
    let brought = [shared.share(3), shared.share(1)];
    let out = shared.path("out.bin");
    let checked = shared
        .combine(&brought, &["--check-value"])
        .assert()
        .code(0);
    assert!(printed(&checked).contains("rebuild the backup key of root-ca"));
    let refused = shared.combine(&brought, &["--out"]).arg(&out).assert();
    assert!(said(&refused.code(1)).contains("the secret itself is in the backup file"));
    shared
        .combine(&brought, &["--out", out.to_str().unwrap(), "--backup"])
        .arg(&backup)
        .assert()
        .code(0);
    assert_eq!(fs::read(&out).unwrap(), secret);
    let mut altered = fs::read(&backup).unwrap();
    altered[40] ^= 1;
    let altered = shared.write("altered.kwp", &altered);
    let refused = shared
        .combine(&brought, &["--check-value", "--backup"])
        .arg(altered)
        .assert()
        .code(5);
    assert!(said(&refused).contains("is not wrapped under the backup key"));
    let direct = Shared::new(2, 3, &bytes(32), &[]);
    let refused = direct
        .combine(
            &[direct.share(1), direct.share(3)],
            &["--check-value", "--backup"],
        )
        .arg(&backup)
        .assert()
        .code(2);
    assert!(said(&refused).contains("there is no backup to open"));
}

#[test]
fn a_secret_may_come_from_standard_input() {
    let shared = Shared::people(3);
    let secret = bytes(32);
    let mut command = keyrite();
    command.args(["split", "--key-file", "-", "--threshold", "2", "--out"]);
    command.arg(shared.path("kit"));
    for number in 1..=3 {
        command.args(["--recipient", &shared.recipient(number)]);
    }
    command.write_stdin(secret.clone()).assert().code(0);
    let out = shared.path("out.bin");
    let brought = [shared.share(2), shared.share(3)];
    shared
        .combine(&brought, &["--out"])
        .arg(&out)
        .assert()
        .code(0);
    assert_eq!(fs::read(&out).unwrap(), secret);
    fs::remove_dir_all(shared.path("kit")).unwrap();
    let refused = command.write_stdin("").assert().code(1);
    assert!(said(&refused).contains("standard input is empty"));
    let refused = command.write_stdin(vec![1; (1 << 20) + 1]).assert().code(1);
    assert!(said(&refused).contains("standard input is larger than 1048576 bytes"));
    assert!(!shared.path("kit").exists());
}

#[test]
fn a_key_that_nobody_should_use_is_split_all_the_same() {
    let weak = crate::common::repository("tests/data/crypto/weak/p256-one.der");
    let secret = fs::read(weak).unwrap();
    let shared = Shared::new(2, 3, &secret, &["--key-type", "ec-p256"]);
    let out = shared.path("out.bin");
    let backup = shared.path("kit/secret-backup.kwp");
    let mut command = shared.combine(&[shared.share(2), shared.share(3)], &["--out"]);
    command.arg(&out);
    if backup.exists() {
        command.arg("--backup").arg(backup);
    }
    command.assert().code(0);
    assert_eq!(fs::read(&out).unwrap(), secret);
}

#[test]
fn a_split_that_makes_no_sense_is_refused_and_leaves_nothing() {
    let shared = Shared::people(3);
    shared.write("key.bin", &bytes(32));
    let same = shared.recipient(1);
    let cases: &[(u8, &[&str], i32, &str)] = &[
        (1, &[], 2, "1 of 3 shares cannot be made"),
        (0, &[], 2, "0 of 3 shares cannot be made"),
        (4, &[], 2, "4 of 3 shares cannot be made"),
        (3, &[], 2, "all 3 shares would be needed"),
        (2, &["--recipient", &same], 1, "have the same age recipient"),
        (
            2,
            &["--recipient", "age1nonsense"],
            1,
            "the age recipient is not valid",
        ),
        (2, &["--key-type", "aes-128"], 1, "aes-128"),
        (2, &["--label", " x"], 2, "cannot be written into a share"),
    ];
    for (threshold, more, code, what) in cases {
        let refused = shared.split(*threshold, more).assert().code(*code);
        assert!(said(&refused).contains(what), "{what}: {}", said(&refused));
        assert!(!shared.path("kit").exists());
    }
    shared.write("key.bin", &bytes(15));
    let refused = shared.split(2, &[]).assert().code(2);
    assert!(said(&refused).contains("a secret of 15 bytes cannot be split"));
    // Nothing beside what was there.
    assert_eq!(fs::read_dir(shared.root.path()).unwrap().count(), 4);
    shared.write("key.bin", &bytes(32));
    shared.split(3, &["--all-needed"]).assert().code(0);
    let all = [1, 2, 3].map(|number| shared.share(number));
    shared.combine(&all, &["--check-value"]).assert().code(0);
    let refused = shared.refused(&all[..2], 1);
    assert!(refused.contains("2 of the 3 shares"), "{refused}");
}

#[test]
fn two_hundred_and_fifty_six_shares_are_refused() {
    let shared = Shared::people(1);
    shared.write("key.bin", &bytes(32));
    let again: Vec<String> = (0..255).map(|_| shared.recipient(1)).collect();
    let more: Vec<&str> = again
        .iter()
        .flat_map(|recipient| ["--recipient", recipient.as_str()])
        .collect();
    let refused = shared.split(2, &more).assert().code(2);
    assert!(said(&refused).contains("256 shares cannot be made: 255 is the most"));
}

#[test]
fn a_wrong_share_is_named_and_never_becomes_a_wrong_secret() {
    let shared = Shared::new(3, 5, &bytes(32), &[]);
    let other = Shared::new(3, 5, &bytes(32), &["--label", "other"]);
    let good = [shared.share(2), shared.share(5)];
    let with = |third: PathBuf| [good[0].clone(), good[1].clone(), third];
    let text = shared.opened(4);
    let refuse = |name: &str, text: &str, code, what: &str| {
        let path = shared.write(name, text.as_bytes());
        let told = shared.refused(&with(path.clone()), code);
        assert!(told.contains(what), "{name}: {told}");
        assert!(
            told.contains(&path.display().to_string()) || told.contains("share "),
            "{name} is not named: {told}"
        );
    };
    let too_few = shared.refused(&good, 1);
    assert!(too_few.contains("2 of the 3 shares"), "{too_few}");
    let told = shared.refused(&with(shared.share(2)), 1);
    assert!(
        told.contains("share 2 of") && told.contains("was already entered"),
        "{told}"
    );
    let foreign = other.path("opened.txt");
    fs::write(&foreign, other.opened(1)).unwrap();
    let told = shared.refused(&with(foreign), 1);
    assert!(told.contains("belongs to set"), "{told}");
    let told = shared.refused(&with(other.share(1)), 1);
    assert!(told.contains("none of the identities opens"), "{told}");

    refuse(
        "index-0",
        &text.replace("\nindex 4\n", "\nindex 0\n"),
        1,
        "line 10",
    );
    refuse(
        "index-9",
        &text.replace("\nindex 4\n", "\nindex 9\n"),
        1,
        "line 10",
    );
    refuse(
        "cut",
        &text[..text.len() - 9],
        1,
        "the last line has no newline",
    );
    refuse(
        "one-digit",
        &one_digit(&text, "share "),
        1,
        "does not match its checksum",
    );
    refuse(
        "altered",
        &summed(&one_digit(&text, "share ")),
        5,
        "does not fit its commitment",
    );
    refuse(
        "salt",
        &summed(&one_digit(&text, "salt ")),
        5,
        "does not fit its commitment",
    );
    let epoch = summed(&text.replace("\nepoch 1\n", "\nepoch 2\n"));
    refuse("old", &epoch, 1, "is of epoch 2, not of epoch 1");
    let list = summed(&one_digit(&text, "commitment 1 "));
    refuse("list", &list, 5, "describe set");
    let check = summed(&text.replace("\ncheck mac5 ", "\ncheck mac5 0"));
    refuse("check", &check, 5, "describe set");
    refuse("empty", "", 1, "is empty");
    refuse("blank", " \n\n", 1, "is empty");
    refuse(
        "noise",
        "neither share nor card\n",
        1,
        "malformed in line 1",
    );
}

#[test]
fn a_share_file_that_is_no_file_of_its_own_is_refused() {
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let with = |second: PathBuf| [shared.share(1), second];
    let link = shared.path("link.age");
    std::os::unix::fs::symlink(shared.share(2), &link).unwrap();
    assert!(
        shared
            .refused(&with(link), 1)
            .contains("link.age is a link")
    );
    let told = shared.refused(&with(shared.path("nowhere")), 1);
    assert!(
        told.contains("cannot read") && told.contains("nowhere"),
        "{told}"
    );
    assert!(
        shared
            .refused(&with(shared.path("kit")), 1)
            .contains("it is a folder")
    );
    let zeros = shared.path("zeros");
    fs::File::create(&zeros).unwrap().set_len(1 << 30).unwrap();
    let told = shared.refused(&with(zeros), 1);
    assert!(told.contains("is larger than 1048576 bytes"), "{told}");
    let damaged = fs::read(shared.share(2)).unwrap();
    let damaged = shared.write("damaged.age", &damaged[..damaged.len() - 60]);
    assert!(
        shared
            .refused(&with(damaged), 1)
            .contains("is a damaged age file")
    );
    let told = shared.refused(&["-".into(), "-".into()], 2);
    assert!(
        told.contains("standard input holds one share only"),
        "{told}"
    );
}

#[test]
fn a_secret_with_another_check_value_is_told_by_exit_code_5() {
    // All shares say the same wrong check value: nothing but the value itself shows it.
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let paths = [1, 3].map(|number| {
        let text = shared.opened(number);
        let wrong = one_digit(&text, "check mac5 ");
        shared.write(&format!("{number}.txt"), summed(&wrong).as_bytes())
    });
    let out = shared.path("out.bin");
    let refused = shared
        .combine(&paths, &["--out"])
        .arg(&out)
        .assert()
        .code(5);
    assert!(said(&refused).contains("rebuild a secret with other check values"));
    assert!(!out.exists());
}

#[test]
fn plain_text_is_never_written_over_a_file() {
    let shared = Shared::new(2, 3, &bytes(32), &[]);
    let out = shared.write("out.bin", b"mine");
    let brought = [shared.share(1), shared.share(2)];
    let refused = shared
        .combine(&brought, &["--out"])
        .arg(&out)
        .assert()
        .code(1);
    assert!(said(&refused).contains("exists already"));
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    // Without a wish nothing is rebuilt at all.
    shared.combine(&brought, &[]).assert().code(2);
}

#[test]
fn cards_combine_with_each_other_and_with_files() {
    let secret = bytes(48);
    let shared = Shared::new(3, 5, &secret, &["--key-type", "hmac-384"]);
    for shares in [
        [shared.card(5), shared.card(1), shared.card(4)],
        [shared.card(2), shared.share(4), shared.card(5)],
        [shared.share(1), shared.card(3), shared.share(5)],
    ] {
        let out = shared.path("out.bin");
        shared
            .combine(&shares, &["--out"])
            .arg(&out)
            .assert()
            .code(0);
        assert_eq!(fs::read(&out).unwrap(), secret);
        fs::remove_file(out).unwrap();
    }
    // A card out of a pipe, as a scanner of QR codes gives it.
    let text = fs::read_to_string(shared.card(2)).unwrap();
    shared
        .combine(
            &["-".into(), shared.share(3), shared.share(4)],
            &["--check-value"],
        )
        .write_stdin(text.clone())
        .assert()
        .code(0);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(5, 6);
    let swapped = shared.write("swapped.txt", lines.join("\n").as_bytes());
    let told = shared.refused(&[shared.share(1), shared.share(4), swapped], 1);
    assert!(
        told.contains("swapped.txt: line 4 stands where line 3 belongs"),
        "{told}"
    );
}

#[test]
fn a_custodian_checks_his_own_share_at_home() {
    let shared = Shared::new(2, 3, &bytes(32), &["--label", "payments"]);
    let whole = printed(&shared.share_command("verify", 2).assert().code(0));
    assert!(
        whole.contains("share 2 of 3 of payments is whole and fits its commitment"),
        "{whole}"
    );
    let of_card = keyrite()
        .args(["share", "verify", "--format", "json"])
        .arg(shared.card(2))
        .assert()
        .code(0);
    assert_eq!(json(&of_card)["commitment"], false);
    let verify = |path: &Path| {
        let mut command = keyrite();
        command.args(["share", "verify"]).arg(path);
        command.arg("--identity").arg(shared.path("2.key"));
        command.assert()
    };
    let told = said(&verify(&shared.share(1)).code(1));
    assert!(told.contains("none of the identities opens"), "{told}");
    let altered = summed(&one_digit(&shared.opened(2), "share "));
    let altered = shared.write("altered.txt", altered.as_bytes());
    let told = said(&verify(&altered).code(5));
    assert!(told.contains("does not fit its commitment"), "{told}");
}

#[test]
fn shares_of_a_ceremony_are_held_against_its_record() {
    let company = Company::new();
    company.run(&[]).assert().code(0);
    let medium = |person: &str| {
        let mut files = fs::read_dir(company.path(&format!("media/{person}"))).unwrap();
        files
            .find_map(|file| {
                let path = file.unwrap().path();
                (path.extension()? == "age").then_some(path)
            })
            .unwrap()
    };
    let key = |person: &str| company.path(&format!("keys/{person}.age"));
    let verify = |share: &Path, record: &Path| {
        let mut command = keyrite();
        command.args(["share", "verify"]).arg(share);
        command.arg("--identity").arg(key("ben"));
        command.arg("--record").arg(record).assert()
    };
    let whole = verify(&medium("ben"), &company.path("out")).code(0);
    assert!(printed(&whole).contains("is as the record says"));
    // A card has no list of its own; the record has.
    let card = company.path("card.txt");
    keyrite()
        .args(["share", "card", "--text"])
        .arg(medium("ben"))
        .arg("--identity")
        .arg(key("ben"))
        .arg("--out")
        .arg(&card)
        .assert()
        .code(0);
    let whole = verify(&card, &company.path("out")).code(0);
    assert!(printed(&whole).contains("is as the record says"));
    let stranger = Shared::new(2, 3, &bytes(32), &[]);
    let told = said(&verify(&stranger.card(1), &company.path("out")).code(1));
    assert!(told.contains("has no share set"), "{told}");
    // What lies beside each share, for the day without keyrite.
    for name in ["RECOVERY.txt", "recover.py"] {
        assert!(company.path("media/ben").join(name).exists(), "{name}");
    }
    let combined = keyrite()
        .arg("combine")
        .args([&card, &medium("dee")])
        .arg("--identity")
        .arg(key("dee"))
        .arg("--check-value")
        .arg("--record")
        .arg(company.path("out"))
        .assert()
        .code(0);
    let value = printed(&combined);
    let value = value
        .split("kcv.cmac5")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next();
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert!(record.contains(value.unwrap()));
}

#[test]
fn a_card_that_names_too_much_is_refused() {
    let label = "k".repeat(400);
    let shared = Shared::new(2, 3, &bytes(32), &["--label", &label]);
    let refused = shared
        .share_command("card", 1)
        .arg("--out")
        .arg(shared.path("card.html"))
        .assert()
        .code(2);
    assert!(said(&refused).contains("are too long for a card"));
    assert!(!shared.path("card.html").exists());
    let refused = shared
        .share_command("card", 1)
        .arg("--screen")
        .assert()
        .code(2);
    assert!(said(&refused).contains("are too long for a card"));
}

/// The text with one hexadecimal digit behind `name` changed.
pub(crate) fn one_digit(text: &str, name: &str) -> String {
    let at = text.find(&format!("\n{name}")).unwrap() + 1 + name.len() + 3;
    let digit = if &text[at..=at] == "7" { "8" } else { "7" };
    [&text[..at], digit, &text[at + 1..]].concat()
}

/// The text with a checksum that fits it.
pub(crate) fn summed(text: &str) -> String {
    let (body, _) = text.split_once("checksum ").unwrap();
    let digest = keyrite::domain::record::Digest::of(body.as_bytes()).to_string();
    format!("{body}checksum {}\n", &digest[..16])
}
