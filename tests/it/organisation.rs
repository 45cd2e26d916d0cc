//! An organisation file: signed, pinned by a run, and held against the record.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use keyrite::domain::record::Digest;

use crate::common::Company;
use crate::common::PEOPLE;
use crate::common::keyrite;
use crate::common::one_line;
use crate::common::repository;
use crate::common::said;
use crate::common::stock;
use crate::common::told;

/// Who signs the file, besides the people of the ceremony.
const KEEPER: &str = "kay";

/// A company whose people stand in an organisation file that the keeper signed.
fn company() -> Company {
    let company = Company::new();
    let shipped = fs::read_to_string(repository("ceremonies/aws-kms-aes256/script.yaml")).unwrap();
    let (before, rest) = shipped.split_once("people:\n").unwrap();
    let (_, after) = rest.split_once("\nroles:").unwrap();
    let script = format!("{before}organisation: organisation.yaml\n\nroles:{after}");
    fs::write(company.path("script.yaml"), script).unwrap();
    let key = company.path(&format!("keys/{KEEPER}"));
    let key = key.to_str().unwrap();
    stock(
        "ssh-keygen",
        &["-q", "-t", "ed25519", "-N", "", "-C", KEEPER, "-f", key],
    );
    fs::write(
        company.path("organisation.yaml"),
        file(&company, 1, None, ""),
    )
    .unwrap();
    company
}

/// An organisation file.
fn file(company: &Company, version: u32, follows: Option<Digest>, more: &str) -> String {
    let follows = follows.map_or(String::new(), |digest| format!("follows: \"{digest}\"\n"));
    let mut text = format!(
        "schema: keyrite-organisation/v1\norganisation: example-bank\ntitle: Example Bank\n\
         version: {version}\n{follows}signed-by: [{KEEPER}]\nsites: {{lisbon: {{country: PT}}}}\n{more}people:\n"
    );
    for (place, person) in PEOPLE.iter().chain([&KEEPER]).enumerate() {
        let public = fs::read_to_string(company.path(&format!("keys/{person}.pub"))).unwrap();
        let identity = fs::read_to_string(company.path(&format!("keys/{person}.age")));
        let receives = identity.map_or(String::new(), |identity| {
            let mut lines = identity.lines();
            let recipient = lines.find_map(|line| line.strip_prefix("# public key: "));
            format!("    receives-shares-at: {}\n", recipient.unwrap())
        });
        let role = match place {
            0 => "administrator",
            1..=3 => "custodians",
            4 => "witness",
            5 => "approver",
            _ => "auditor",
        };
        text += &format!(
            "  {person}:\n    name: {person} the {place}th\n    manager: m{place}\n    signing-keys:\n      - {{key: \"{}\", valid-from: 2026-01-01}}\n{receives}    may-be: [{role}]\n",
            public.trim()
        );
    }
    text
}

fn sign(company: &Company, path: &Path, person: &str) -> assert_cmd::assert::Assert {
    keyrite()
        .arg("sign")
        .arg(path)
        .args(["--as", person, "--key"])
        .arg(company.path(&format!("keys/{person}")))
        .assert()
}

/// One ceremony that was played within its organisation, for all tests that only look.
fn played() -> &'static Company {
    static PLAYED: OnceLock<Company> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let company = company();
        sign(&company, &company.path("organisation.yaml"), KEEPER).code(0);
        company.run(&[]).assert().code(0);
        company
    })
}

/// A copy of the played ceremony, to be tampered with.
fn copy() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out");
    let from = played().path("out");
    stock("cp", &["-r", from.to_str().unwrap(), to.to_str().unwrap()]);
    (folder, to)
}

fn verify(dir: &Path) -> assert_cmd::assert::Assert {
    keyrite().arg("verify").arg(dir).assert()
}

#[test]
fn a_run_pins_the_organisation_file_and_people_need_stand_nowhere_else() {
    let company = played();
    let out = company.path("out");
    for (kept, origin) in [
        ("organisation.yaml", "organisation.yaml"),
        (
            "approvals/organisation-kay.sig",
            "organisation.yaml.signatures/kay.sig",
        ),
    ] {
        let kept = fs::read(out.join(kept)).unwrap();
        assert_eq!(kept, fs::read(company.path(origin)).unwrap());
    }
    let printed = keyrite()
        .arg("verify")
        .arg(&out)
        .args(["--format", "json"])
        .assert()
        .code(0);
    let object: serde_json::Value = serde_json::from_slice(&printed.get_output().stdout).unwrap();
    let checks = object["ceremonies"][0]["checks"].as_array().unwrap();
    let mut checks = checks.iter();
    let organisation = checks.find(|one| one["check"] == "organisation").unwrap();
    assert_eq!(organisation["standing"], "holds", "{organisation}");
    assert!(
        organisation["says"]
            .as_str()
            .unwrap()
            .contains("signed by kay"),
        "{organisation}"
    );
}

#[test]
fn stock_tools_check_the_organisation_file() {
    let out = played().path("out");
    let verify = "ssh-keygen -Y verify -f allowed_signers -I kay -n organisation@keyrite -s approvals/organisation-kay.sig < organisation.yaml";
    stock(
        "sh",
        &["-c", &format!("cd '{}' && {verify}", out.display())],
    );
    let text = fs::read_to_string(out.join("VERIFY.txt")).unwrap();
    assert!(text.contains("-n organisation@keyrite"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let digest = lines
        .iter()
        .find(|line| line.starts_with("grep -o '\"organisation\""))
        .unwrap();
    let told = stock(
        "sh",
        &["-c", &format!("cd '{}' && {digest}", out.display())],
    );
    assert_eq!(told, "organisation.yaml: OK\n");
    stock(
        "sh",
        &[
            "-c",
            &format!("cd '{}' && python3 -I verify.py", out.display()),
        ],
    );
}

#[test]
fn an_organisation_file_that_was_touched_is_found_by_everybody() {
    type Touch = fn(&Path);
    let touches: [(&str, Touch, &str); 4] = [
        (
            "another byte",
            |out| {
                let path = out.join("organisation.yaml");
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.replace("Example Bank", "Example Bonk")).unwrap();
            },
            "organisation.yaml is not the file that the record names",
        ),
        (
            "gone",
            |out| fs::remove_file(out.join("organisation.yaml")).unwrap(),
            "organisation.yaml is missing",
        ),
        (
            "no YAML",
            |out| fs::write(out.join("organisation.yaml"), "people: [").unwrap(),
            "organisation.yaml cannot be read",
        ),
        (
            "signature gone",
            |out| fs::remove_file(out.join("approvals/organisation-kay.sig")).unwrap(),
            "approvals/organisation-kay.sig is missing",
        ),
    ];
    for (name, touch, wanted) in touches {
        let (_folder, out) = copy();
        touch(&out);
        let printed = verify(&out).code(5);
        let text = String::from_utf8(printed.get_output().stdout.clone()).unwrap();
        let text = one_line(&text);
        assert!(text.contains(wanted), "{name}: {text}");
        let python = std::process::Command::new("python3")
            .args(["-I", "verify.py"])
            .current_dir(&out)
            .output()
            .unwrap();
        assert_eq!(python.status.code(), Some(5), "{name}");
    }
}

#[test]
fn production_refuses_an_organisation_file_that_nobody_signed() {
    let company = company();
    company.edit("mode: practice", "mode: production");
    let refused = company.run(&[]).assert().code(3);
    assert!(
        told(&refused).contains("kay did not sign the organisation file"),
        "{}",
        said(&refused)
    );
    assert!(!company.path("out").exists());
}

#[test]
fn an_organisation_file_that_was_changed_after_it_was_signed_is_refused_in_practice_too() {
    let company = company();
    let path = company.path("organisation.yaml");
    sign(&company, &path, KEEPER).code(0);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("Example Bank", "Example Bonk")).unwrap();
    let refused = company.run(&[]).assert().code(3);
    assert!(told(&refused).contains("kay's signature over the organisation file does not hold"));
    let checked = keyrite().arg("check").arg(&path).assert().code(0);
    let text = String::from_utf8(checked.get_output().stdout.clone()).unwrap();
    assert!(one_line(&text).contains("every run refuses it"), "{text}");
}

#[test]
fn only_those_sign_whom_the_file_names_and_with_a_key_that_is_valid() {
    let company = company();
    let path = company.path("organisation.yaml");
    let refused = sign(&company, &path, "ana").code(1);
    assert!(told(&refused).contains("ana is not among those who sign this organisation file"));
    let text = fs::read_to_string(&path).unwrap();
    let old = text.replace(
        "valid-from: 2026-01-01",
        "valid-from: 2020-01-01, valid-to: 2020-12-31",
    );
    fs::write(&path, old).unwrap();
    let refused = sign(&company, &path, KEEPER).code(1);
    assert!(told(&refused).contains("no key of kay that is valid today"));
    fs::write(&path, text.replace("signed-by: [kay]", "signed-by: [kai]")).unwrap();
    let refused = sign(&company, &path, KEEPER).code(3);
    assert!(
        told(&refused).contains("did you mean `kay`?"),
        "{}",
        said(&refused)
    );
}

#[test]
fn a_module_that_no_machine_of_the_organisation_lists_is_not_loaded() {
    let company = company();
    let path = company.path("organisation.yaml");
    let digest = Digest::of(b"another module");
    let machines = format!(
        "machines: {{laptop: {{modules: [{{path: /usr/lib/no-such.so, sha256: \"{digest}\"}}]}}}}\n"
    );
    fs::write(&path, file(&company, 1, None, &machines)).unwrap();
    sign(&company, &path, KEEPER).code(0);
    company.edit(
        "token: {core: software}",
        "token: {core: pkcs11, label: a, serial: \"1\"}",
    );
    company.edit(
        "  - destroy: {key: payments, where: token}\n",
        "  - lock: payments\n",
    );
    let module = company.path("module.so");
    fs::write(&module, b"no module at all").unwrap();
    let refused = company
        .run(&[])
        .arg("--module")
        .arg(&module)
        .assert()
        .code(1);
    assert!(
        told(&refused).contains("is allowed by no machine of the organisation file"),
        "{}",
        said(&refused)
    );
}

#[test]
fn a_version_follows_the_one_before_when_its_signers_signed_it() {
    let company = company();
    let first = company.path("organisation.yaml");
    sign(&company, &first, KEEPER).code(0);
    let digest = Digest::of(&fs::read(&first).unwrap());
    let second = company.path("organisation-2.yaml");
    fs::write(&second, file(&company, 2, Some(digest), "")).unwrap();
    let check = |paths: &[&PathBuf]| keyrite().arg("check").args(paths).assert();
    let refused = check(&[&first, &second]).code(3);
    let text = String::from_utf8(refused.get_output().stdout.clone()).unwrap();
    let text = one_line(&text);
    assert!(
        text.contains("kay, who must sign by the version before, has not signed it"),
        "{text}"
    );
    sign(&company, &second, KEEPER).code(0);
    let holds = check(&[&first, &second]).code(0);
    let text = String::from_utf8(holds.get_output().stdout.clone()).unwrap();
    assert!(one_line(&text).contains("note: follows"), "{text}");
    let alone = check(&[&second]).code(0);
    let text = String::from_utf8(alone.get_output().stdout.clone()).unwrap();
    assert!(
        text.contains("the version before is not among these files"),
        "{text}"
    );
    // A third that skips a number follows nobody.
    let third = company.path("organisation-4.yaml");
    let digest = Digest::of(&fs::read(&second).unwrap());
    fs::write(&third, file(&company, 4, Some(digest), "")).unwrap();
    sign(&company, &third, KEEPER).code(0);
    let refused = check(&[&first, &second, &third]).code(3);
    let text = String::from_utf8(refused.get_output().stdout.clone()).unwrap();
    assert!(
        text.contains("it is version 4; version 3 comes next"),
        "{text}"
    );
}
