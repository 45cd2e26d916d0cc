//! Shares of the first release are rebuilt by this one, and by the script that lay beside them.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use keyrite::domain::record::unhex;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::stock;

fn kit(path: &str) -> PathBuf {
    repository("tests/data/custody/kit-v1").join(path)
}

fn wanted(folder: &str) -> Vec<u8> {
    let text = fs::read_to_string(kit(folder).join("secret.hex")).unwrap();
    unhex(text.trim()).unwrap()
}

/// Every combination of files that are enough, in `direct` and in `backup`.
const ENOUGH: [(&str, &[&str]); 8] = [
    ("direct", &["1.age", "2.age", "5.age"]),
    ("direct", &["5.qr.txt", "4.card.txt", "1.age"]),
    ("direct", &["3.card.txt", "4.card.txt", "5.qr.txt"]),
    ("direct", &["2.age", "4.card.txt", "3.card.txt"]),
    (
        "direct",
        &["5.age", "3.card.txt", "1.age", "4.card.txt", "2.age"],
    ),
    ("backup", &["2.age", "3.age"]),
    ("backup", &["3.age", "1.card.txt"]),
    ("backup", &["1.card.txt", "2.age", "3.age"]),
];

#[test]
fn this_version_rebuilds_the_kit_of_the_first_one() {
    for (folder, names) in ENOUGH {
        let room = tempfile::tempdir().unwrap();
        let out = room.path().join("out.bin");
        let mut command = keyrite();
        command.arg("combine");
        command.args(names.iter().map(|name| kit(folder).join(name)));
        for number in 1..=5 {
            command.arg("--identity").arg(kit(&format!("{number}.key")));
        }
        command.arg("--out").arg(&out);
        if folder == "backup" {
            command.arg("--backup").arg(kit("backup/backup.kwp"));
        }
        command.assert().code(0);
        assert_eq!(fs::read(out).unwrap(), wanted(folder), "{names:?}");
    }
}

/// What a script rebuilds from files, of which age has opened those that are sealed.
fn recovered(script: &Path, folder: &str, names: &[&str]) -> Vec<u8> {
    let room = tempfile::tempdir().unwrap();
    let out = room.path().join("out.bin");
    let mut command = Command::new("python3");
    command.args(["-I", "-S"]).arg(script).arg(&out);
    for name in names {
        let path = kit(folder).join(name);
        let Some(number) = name.strip_suffix(".age") else {
            command.arg(path);
            continue;
        };
        let identity = kit(&format!("{number}.key"));
        let (identity, path) = (identity.to_str().unwrap(), path.to_str().unwrap());
        let opened = room.path().join(format!("{number}.txt"));
        fs::write(&opened, stock("age", &["-d", "-i", identity, path])).unwrap();
        command.arg(opened);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{names:?}: {said}");
    fs::read(out).unwrap()
}

#[test]
fn the_script_rebuilds_it_too_that_of_today_and_the_one_that_lay_beside_it() {
    for script in [repository("src/manual/recover.py"), kit("recover.py")] {
        for (folder, names) in ENOUGH {
            let rebuilt = recovered(&script, folder, names);
            if folder == "direct" {
                assert_eq!(rebuilt, wanted(folder), "{names:?}");
                continue;
            }
            let room = tempfile::tempdir().unwrap();
            let out = room.path().join("out.bin");
            let key = keyrite::domain::record::hex(&rebuilt);
            let backup = kit("backup/backup.kwp");
            let (backup, out_text) = (backup.to_str().unwrap(), out.to_str().unwrap());
            let unwrap = ["enc", "-d", "-id-aes256-wrap-pad", "-iv", "A65959A6"];
            let files = ["-K", &key, "-in", backup, "-out", out_text];
            stock("openssl", &[&unwrap[..], &files].concat());
            assert_eq!(fs::read(out).unwrap(), wanted(folder), "{names:?}");
        }
    }
}
