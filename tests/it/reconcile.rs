//! Providers' logs held against a register: what fits is quiet, what does not is found, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::Value;
use serde_json::json;

use crate::common::keyrite;
use crate::reconcile::shapes::Happens;
use crate::reconcile::shapes::Shape;
use crate::reconcile::shapes::What;
use crate::verify::copy;
use crate::years::shipped;
use crate::years_room::Years;

mod forged;
mod recorded;
mod shapes;

/// A key that is at four providers, and what records tell of it.
///
/// | day | what |
/// |---|---|
/// | 2026-01-05 | payments is made and wrapped for AWS, Google, Azure and Vault |
/// | 2026-01-07 | it is activated |
/// | 2026-02-02 | it is suspended at all of them |
/// | 2026-02-09 | it is resumed |
/// | 2026-02-23 | Cho left on 2026-02-16, and was taken out of every policy |
/// | 2026-03-02 | it only decrypts from now on, and its deletion is scheduled |
///
/// Until here the register is `before`, too.
///
/// | day | what |
/// |---|---|
/// | 2026-04-01 | what a log of AWS tells is recorded, with all that is planted, and one thing is explained |
fn years() -> &'static Years {
    static YEARS: OnceLock<Years> = OnceLock::new();
    YEARS.get_or_init(|| {
        let mut years = Years::begin();
        years.company.parameters("2026-01-06T08:30:00.000000+00:00");
        let make = shipped("aws-kms-aes256");
        let inputs = between(&make, "inputs:\n", "\nsteps:", INPUTS);
        let compare = compares();
        let make = between(&inputs, "  - compare:", "  - approve", &compare);
        let make = between(&make, "  - wrap:", "  - destroy", WRAPS);
        years.hold("2026-01-05", "make", &make, &[]);
        for (day, name, change) in [
            ("2026-01-07", "activate", 3),
            ("2026-02-02", "suspend", 3),
            ("2026-02-09", "resume", 3),
        ] {
            let script = lives_on(&years, name);
            years.hold(day, name, &script, &answers(&[change]));
        }
        let leaves = shipped("person-leaves")
            .replace("person: ben", "person: cho")
            .replace("that Ben Osei leaves", "that Cho Park leaves")
            .replace("on: 2027-01-04", "on: 2026-02-16");
        let leaves = between(&leaves, "      opens:", "  - exception", &withdrawn());
        years.hold("2026-02-23", "leaves", &leaves, &[]);
        let ends = lives_on(&years, "deactivate").replace(
            "at: {aws: 30d} ",
            "at: {aws: 30d, google: 30d, azure: 90d} ",
        );
        years.hold("2026-03-02", "deactivate", &ends, &answers(&[3, 5]));
        copy(&years.register, &years.company.path("before"));
        record(&mut years);
        years
    })
}

const INPUTS: &str = "inputs:
  aws:
    provider: aws-kms
    algorithm: RSAES_OAEP_SHA_256
    wrapping-key-spec: RSA_4096
    parameters: parameters.json
    key-id: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    valid-for: 300d
    fetched: {by: ana, on: admin laptop 7, seen-by: eli}
  google:
    provider: google-kms
    algorithm: rsa-oaep-4096-sha256
    wrapping-key: wrapping-key.pem
    wrapping-key-id: projects/bank/locations/europe-west1/keyRings/cards/importJobs/january
    key-id: projects/bank/locations/europe-west1/keyRings/cards/cryptoKeys/payments
    fetched: {by: ana, on: admin laptop 7, seen-by: eli}
  azure:
    provider: azure-managed-hsm
    algorithm: CKM_RSA_AES_KEY_WRAP
    wrapping-key: wrapping-key.pem
    wrapping-key-id: https://cards.managedhsm.azure.net/keys/KEK/0123456789abcdef0123456789abcdef
    key-id: https://cards.managedhsm.azure.net/keys/payments
    fetched: {by: ana, on: admin laptop 7, seen-by: eli}
  vault:
    provider: vault
    algorithm: sha256
    wrapping-key: wrapping-key.pem
    key-id: transit/keys/payments
    fetched: {by: ana, on: admin laptop 7, seen-by: eli}

policy: {targets: 4}
";

const WRAPS: &str = "  - wrap: {key: payments, for: aws}
  - wrap: {key: payments, for: google}
  - wrap: {key: payments, for: azure}
  - wrap: {key: payments, for: vault}
";

const PLACES: [&str; 4] = ["aws", "google", "azure", "vault"];

fn compares() -> String {
    PLACES
        .map(|at| {
            format!(
                "  - compare: {{wrapping-key: {at}, channel: phone, by: [ana, cho], seen-by: eli}}\n"
            )
        })
        .concat()
}

/// A shipped script about the key as the ceremony before left it.
fn lives_on(years: &Years, name: &str) -> String {
    let given = years.given("payments");
    let (_, life) = given.split_once("lifecycle:").unwrap();
    let life = format!("lifecycle:{}\n", life.trim_end());
    let script = shipped(name).replace(
        "    owner: payments-platform\n",
        "    owner: payments-platform\n    data-class: cards\n    model: {choice: byok, because: we hold the key ourselves, reviewed-until: 2099-12-31}\n",
    );
    between(&script, "lifecycle:", "\nsteps:", &life)
}

fn between(text: &str, from: &str, to: &str, with: &str) -> String {
    let begins = text.find(from).unwrap();
    let ends = text[begins..].find(to).unwrap() + begins;
    [&text[..begins], with, &text[ends..]].concat()
}

/// What each provider answered in these steps.
fn answers(steps: &[u32]) -> Vec<(&'static str, &'static str)> {
    let mut all = Vec::new();
    for step in steps {
        for at in PLACES {
            let id: &'static str = format!("{step}/answer/{at}").leak();
            all.push((id, "done at 09:00 UTC, request 7c9e6679"));
        }
    }
    all
}

fn withdrawn() -> String {
    let all: Vec<&str> = shapes::ALL
        .iter()
        .map(|shape| shape.name_of("cho"))
        .collect();
    let mut text = "      opens:\n".to_owned();
    for principal in &all {
        text += &format!("        - {{what: principal, of: \"{principal}\"}}\n");
    }
    for principal in &all {
        text += &format!(
            "  - withdraw: {{person: cho, what: principal, of: \"{principal}\", how: taken out of the policy, by: ana, seen-by: eli}}\n"
        );
    }
    text
}

/// The register as it was before anything of a log was recorded.
pub(crate) fn before() -> PathBuf {
    years().company.path("before")
}

/// Holds the ceremony that `keyrite reconcile --out` prepares.
fn record(years: &mut Years) {
    let shape = shapes::ALL[0];
    let home = deliver(shape, &plant(shape).0);
    let out = years.company.path("reconcile");
    let output = held(
        shape,
        &years.register,
        home.path(),
        &["--out", out.to_str().unwrap()],
    );
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    fs::copy(
        out.join("findings.json"),
        years.company.path("findings.json"),
    )
    .unwrap();
    let script = fs::read_to_string(out.join("script.yaml")).unwrap();
    let explain = format!(
        "  # - explain: {{finding: {}, because: WHY",
        explained(&answer)["id"]
    );
    assert!(script.contains(&explain), "{script}");
    let said = explain
        .replace("# - ", "- ")
        .replace("WHY", "\"alert 4711 of the cloud team\"");
    let script = script.replace(&explain, &said);
    years.hold("2026-04-01", "reconcile-held", &script, &[]);
}

/// The one finding that is explained: Mallory disabled the key.
fn explained(answer: &Value) -> &Value {
    let mut all = findings(answer).iter();
    all.find(|it| it["what"].as_str().unwrap().contains("(DisableKey)"))
        .unwrap()
}

/// What a provider's log holds when everybody does what the records tell.
fn clean(shape: &dyn Shape) -> Vec<Happens> {
    let mut all = vec![
        Happens::new("2025-12-31T00:00:10Z", What::Read, "ana"),
        Happens::new("2026-01-05T08:30:00Z", What::Fetch, "ana"),
        Happens::new("2026-01-05T11:00:00Z", What::Import, "dee"),
        Happens::new("2026-01-07T10:00:00Z", What::Encrypt, "app"),
        Happens::new("2026-01-07T23:30:00Z", What::Decrypt, "app"),
        Happens::new("2026-02-02T09:01:00Z", What::Disable, "dee"),
        Happens::new("2026-02-09T09:01:00Z", What::Enable, "dee"),
        Happens::new("2026-02-10T10:00:00Z", What::Decrypt, "app"),
        Happens::new("2026-02-12T10:00:00Z", What::Decrypt, "cho"),
        Happens::new("2026-02-20T10:00:00Z", What::SetAccess, "ana"),
        Happens::new("2026-03-02T09:01:30Z", What::ProcessOnly, "dee"),
        Happens::new("2026-03-05T10:00:00Z", What::Decrypt, "app"),
        Happens::new("2026-03-31T23:59:00Z", What::Read, "ana"),
    ];
    if shape.schedules() {
        all.push(Happens::new(
            "2026-03-02T09:02:00Z",
            What::ScheduleDeletion,
            "dee",
        ));
    }
    all
}

/// What is planted in each log: the change, and the kind of the one finding that it must be.
///
/// | planted | is found as |
/// |---|---|
/// | Mallory imports into the key | unexplained |
/// | the import of the ceremony has another fact | mismatch |
/// | the suspension is cut out of the log | missing |
/// | Mallory disables the key | unexplained |
/// | Mallory enables the key | unexplained |
/// | Mallory changes who can get at it | unexplained |
/// | Mallory rotates it | unexplained |
/// | Mallory schedules its deletion, or deletes a version where nothing is scheduled | unexplained |
/// | Mallory calls a deletion off, or allows one | unexplained |
/// | Mallory tries to delete it, and is refused | failed |
/// | Mallory imports into a key that no record knows | unknown-key |
/// | Cho uses the key after leaving | by-leaver |
/// | the key is used while it is suspended | used-after |
fn plant(shape: &dyn Shape) -> (Vec<Happens>, Vec<&'static str>) {
    let mallory = |at: &str, what: What| Happens::new(at, what, "mallory");
    let mut all = clean(shape);
    all.retain(|it| it.what != What::Disable);
    for it in &mut all {
        if it.what == What::Import {
            it.otherwise = true;
        }
    }
    all.push(mallory("2026-01-20T10:00:00Z", What::Import));
    all.push(mallory("2026-01-21T10:00:00Z", What::Disable));
    all.push(mallory("2026-01-22T10:00:00Z", What::Enable));
    all.push(mallory("2026-01-23T10:00:00Z", What::SetAccess));
    all.push(mallory("2026-01-24T10:00:00Z", What::Rotate));
    all.push(mallory("2026-01-25T10:00:00Z", What::ScheduleDeletion));
    all.push(mallory("2026-01-26T10:00:00Z", What::CancelDeletion));
    let mut refused = mallory("2026-01-27T10:00:00Z", What::ScheduleDeletion);
    refused.refused = true;
    all.push(refused);
    let mut other = mallory("2026-01-28T10:00:00Z", What::Import);
    other.key = "other";
    all.push(other);
    all.push(Happens::new("2026-02-25T10:00:00Z", What::Decrypt, "cho"));
    all.push(Happens::new("2026-02-04T10:00:00Z", What::Decrypt, "app"));
    let mut kinds = vec![
        "mismatch",
        "used-after",
        "missing",
        "failed",
        "unknown-key",
        "by-leaver",
    ];
    kinds.extend(["unexplained"; 7]);
    kinds.sort_unstable();
    (all, kinds)
}

/// Writes the log as the provider delivers it.
fn deliver(shape: &dyn Shape, all: &[Happens]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    shape.write(home.path(), all);
    home
}

/// Each provider's log with all that is planted, document by document.
pub(crate) fn planted_logs() -> Vec<(&'static str, Vec<Value>)> {
    let of = |shape: &&'static dyn Shape| {
        let home = deliver(*shape, &plant(*shape).0);
        let mut all = Vec::new();
        for path in crate::source::files(home.path()) {
            let mut text = String::new();
            let mut unpacked = flate2::read::MultiGzDecoder::new(fs::File::open(&path).unwrap());
            if std::io::Read::read_to_string(&mut unpacked, &mut text).is_err() {
                text = fs::read_to_string(&path).unwrap();
            }
            all.extend(text.lines().map(|line| serde_json::from_str(line).unwrap()));
        }
        (shape.provider(), all)
    };
    shapes::ALL.iter().map(of).collect()
}

/// Each provider's list of keys, with one that no record knows.
pub(crate) fn inventories() -> Vec<(&'static str, Value)> {
    shapes::ALL
        .iter()
        .map(|shape| {
            (
                shape.provider(),
                shape.inventory(&["payments", "forgotten"]),
            )
        })
        .collect()
}

fn held(shape: &dyn Shape, register: &Path, log: &Path, more: &[&str]) -> std::process::Output {
    keyrite()
        .arg("reconcile")
        .arg(register)
        .args(["--provider", shape.provider(), "--format", "json"])
        .arg(log)
        .args(more)
        .output()
        .unwrap()
}

fn reconcile(shape: &dyn Shape, log: &Path, more: &[&str]) -> (i32, Value) {
    let output = held(shape, &before(), log, more);
    let told = String::from_utf8_lossy(&output.stderr);
    let answer =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    (output.status.code().unwrap(), answer)
}

fn findings(answer: &Value) -> &Vec<Value> {
    answer["findings"]["findings"].as_array().unwrap()
}

fn kinds(answer: &Value) -> Vec<&str> {
    let mut kinds: Vec<&str> = findings(answer)
        .iter()
        .map(|finding| finding["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn a_log_in_which_everybody_does_what_records_tell_has_no_finding() {
    for shape in shapes::ALL {
        let home = deliver(*shape, &clean(*shape));
        let (exit, answer) = reconcile(*shape, home.path(), &[]);
        assert_eq!(kinds(&answer), [""; 0], "{}: {answer:#}", shape.provider());
        assert_eq!(exit, 0, "{answer:#}");
        let seen = answer["findings"]["seen"].as_array().unwrap();
        let whats: Vec<&str> = seen.iter().map(|it| it["what"].as_str().unwrap()).collect();
        assert!(
            whats.contains(&"import")
                && whats.contains(&"disabling")
                && whats.contains(&"enabling"),
            "{answer:#}"
        );
    }
}

#[test]
fn every_planted_discrepancy_is_found_and_nothing_else_and_each_says_what_to_do_next() {
    for shape in shapes::ALL {
        let (all, wanted) = plant(*shape);
        let home = deliver(*shape, &all);
        let (exit, answer) = reconcile(*shape, home.path(), &[]);
        assert_eq!(kinds(&answer), wanted, "{}: {answer:#}", shape.provider());
        assert_eq!(exit, 5);
        let mut ids = std::collections::BTreeSet::new();
        for finding in findings(&answer) {
            assert!(finding["next"].as_str().unwrap().len() > 20, "{finding:#}");
            assert!(ids.insert(finding["id"].as_str().unwrap()), "{finding:#}");
        }
    }
}

#[test]
fn each_discrepancy_alone_is_one_finding_of_its_own() {
    let shape = shapes::ALL[0];
    let whole = clean(shape);
    let (planted, _) = plant(shape);
    let added: Vec<&Happens> = planted.iter().filter(|it| !whole.contains(it)).collect();
    assert!(added.len() > 9);
    for one in added.into_iter().filter(|it| !it.otherwise) {
        let mut all = whole.clone();
        all.push(one.clone());
        let home = deliver(shape, &all);
        let (_, answer) = reconcile(shape, home.path(), &[]);
        assert_eq!(findings(&answer).len(), 1, "{one:?}: {answer:#}");
    }
}

#[test]
fn an_import_that_was_cut_out_of_the_log_is_asked_for_and_not_where_the_log_does_not_cover_it() {
    for shape in shapes::ALL {
        let mut all = clean(*shape);
        all.retain(|it| it.what != What::Import);
        let home = deliver(*shape, &all);
        let (exit, answer) = reconcile(*shape, home.path(), &[]);
        assert_eq!(kinds(&answer), ["missing"], "{answer:#}");
        assert_eq!(exit, 1);
        let (exit, answer) = reconcile(*shape, home.path(), &["--from", "2026-01-06"]);
        assert_eq!(kinds(&answer), [""; 0], "{answer:#}");
        assert_eq!(exit, 0);
        let not_covered = answer["not-covered"].as_array().unwrap();
        assert!(
            not_covered.iter().any(|it| it["what"] == "import"),
            "{answer:#}"
        );
    }
}

#[test]
fn a_log_that_is_delivered_twice_and_out_of_order_tells_the_same() {
    for shape in shapes::ALL {
        let (all, _) = plant(*shape);
        let (once, twice) = (deliver(*shape, &all), tempfile::tempdir().unwrap());
        let mut turned = all.clone();
        turned.reverse();
        for (name, all) in [("b", &all), ("a", &turned)] {
            let folder = twice.path().join(name);
            fs::create_dir(&folder).unwrap();
            shape.write(&folder, all);
        }
        let (_, first) = reconcile(*shape, once.path(), &[]);
        let (_, second) = reconcile(*shape, twice.path(), &[]);
        let ids = |answer: &Value| -> Vec<String> {
            findings(answer)
                .iter()
                .map(|it| it["id"].to_string())
                .collect()
        };
        assert_eq!(ids(&first), ids(&second));
        assert_eq!(first["findings"]["uses"], second["findings"]["uses"]);
        assert!(second["findings"]["counts"]["repeated"].as_u64().unwrap() > 5);
    }
}

#[test]
fn clocks_that_differ_by_an_hour_need_a_wider_skew() {
    for shape in shapes::ALL {
        let mut all = clean(*shape);
        for it in &mut all {
            if matches!(it.what, What::Disable | What::Enable) {
                it.at = it.at.replace("T09:01", "T10:01");
            }
        }
        let home = deliver(*shape, &all);
        let (exit, answer) = reconcile(*shape, home.path(), &[]);
        assert_eq!(exit, 1, "{answer:#}");
        assert_eq!(
            kinds(&answer),
            ["missing", "missing", "unexplained", "unexplained"]
        );
        let (exit, answer) = reconcile(*shape, home.path(), &["--skew", "70m"]);
        assert_eq!(exit, 0, "{answer:#}");
    }
}

#[test]
fn events_of_another_account_or_region_are_set_aside_and_counted() {
    for shape in shapes::ALL {
        let mut all = clean(*shape);
        let mut other = Happens::new("2026-01-15T10:00:00Z", What::Import, "mallory");
        other.elsewhere = true;
        all.push(other);
        let home = deliver(*shape, &all);
        let (exit, answer) = reconcile(*shape, home.path(), &[]);
        assert_eq!(exit, 0, "{answer:#}");
        assert_eq!(answer["findings"]["counts"]["elsewhere"], 1, "{answer:#}");
    }
}

#[test]
fn the_same_log_and_register_give_the_same_findings_byte_for_byte() {
    let shape = shapes::ALL[0];
    let (all, _) = plant(shape);
    let home = deliver(shape, &all);
    let out = tempfile::tempdir().unwrap();
    let findings: Vec<Vec<u8>> = ["one", "two"]
        .map(|name| {
            let dir = out.path().join(name);
            reconcile(shape, home.path(), &["--out", dir.to_str().unwrap()]);
            fs::read(dir.join("findings.json")).unwrap()
        })
        .to_vec();
    assert_eq!(findings[0], findings[1]);
    // Canonical JSON, as another program writes it.
    let value: BTreeMap<String, Value> = serde_json::from_slice(&findings[0]).unwrap();
    let again = serde_json_canonicalizer::to_vec(&value).unwrap();
    assert_eq!(again, findings[0]);
}

#[test]
fn who_used_a_key_is_told_with_addresses_off_hours_and_who_left() {
    let shape = shapes::ALL[0];
    let (all, _) = plant(shape);
    let home = deliver(shape, &all);
    let (_, answer) = reconcile(shape, home.path(), &["--used", "payments"]);
    let used = answer["used"].as_array().unwrap();
    let of = |who: &str| {
        let name = shape.name_of(who);
        used.iter().find(|row| row["principal"] == name).unwrap()
    };
    assert_eq!(of("app")["decrypts"], 4, "{answer:#}");
    assert_eq!(of("app")["off-hours"], 1);
    assert_eq!(of("cho")["last"], "2026-02-25T10:00:00Z");
    assert_eq!(of("app")["from"], json!({"203.0.113.7": 5}));
    let text = keyrite()
        .arg("reconcile")
        .arg(before())
        .args(["--provider", shape.provider(), "--used", "payments"])
        .arg(home.path())
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("LEFT"), "{text}");
}

#[test]
fn a_key_that_the_provider_lists_and_no_record_knows_is_an_orphan() {
    for shape in shapes::ALL {
        let home = tempfile::tempdir().unwrap();
        let list = home.path().join("keys.json");
        fs::write(
            &list,
            shape.inventory(&["payments", "forgotten"]).to_string(),
        )
        .unwrap();
        let output = keyrite()
            .arg("reconcile")
            .arg(before())
            .args([
                "--provider",
                shape.provider(),
                "--format",
                "json",
                "--inventory",
            ])
            .arg(&list)
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(kinds(&answer), ["orphan"], "{answer:#}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn without_a_log_a_list_or_snapshots_there_is_nothing_to_hold_against_a_register() {
    let register = &before();
    for (more, words) in [
        (&[][..], "no log is given"),
        (
            &["--access", "a.json", "b.json"][..],
            "of which key the two snapshots are is not said",
        ),
    ] {
        let output = keyrite()
            .arg("reconcile")
            .arg(register)
            .args(["--provider", "aws"])
            .args(more)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_folder_without_a_file_is_no_log() {
    let home = tempfile::tempdir().unwrap();
    let output = held(shapes::ALL[0], &before(), home.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("no file of a log was found"), "{told}");
}

#[test]
fn who_came_and_who_went_between_two_snapshots_is_told() {
    let home = tempfile::tempdir().unwrap();
    let policy = |users: &[&str]| {
        let arns: Vec<String> = users
            .iter()
            .map(|user| format!("arn:aws:iam::111122223333:user/{user}"))
            .collect();
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": arns}, "Action": "kms:Decrypt", "Resource": "*"},
        ]})
    };
    let write = |name: &str, users: &[&str]| -> PathBuf {
        let path = home.path().join(name);
        fs::write(&path, policy(users).to_string()).unwrap();
        path
    };
    let (old, new) = (
        write("old.json", &["ana", "cho"]),
        write("new.json", &["ana", "mallory"]),
    );
    let output = keyrite()
        .arg("reconcile")
        .arg(before())
        .args(["--provider", "aws", "--format", "json"])
        .args([
            "--key-id",
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ])
        .arg("--access")
        .args([old, new])
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let access = &answer["access"];
    assert_eq!(
        access["added"],
        json!(["arn:aws:iam::111122223333:user/mallory: use"])
    );
    assert_eq!(
        access["removed"],
        json!(["arn:aws:iam::111122223333:user/cho: use"])
    );
}

fn register(question: &[&str], more: &[&str]) -> (i32, Value) {
    let output = keyrite()
        .arg("register")
        .args(question)
        .arg(&years().register)
        .args(more)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let answer =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    (output.status.code().unwrap(), answer)
}

#[test]
fn what_is_recorded_of_a_log_is_due_until_somebody_explains_it() {
    let (exit, answer) = register(&["due"], &["--as-of", "2026-04-02"]);
    let due = answer["due"].as_array().unwrap();
    let of_logs: Vec<&Value> = due
        .iter()
        .filter(|it| it["kind"] == "log-finding")
        .collect();
    // One of thirteen is explained.
    assert_eq!(of_logs.len(), 12, "{answer:#}");
    assert!(of_logs.iter().all(|it| it["overdue"] == true));
    assert_eq!(exit, 1);
    let (_, answer) = register(&["deviations"], &["--as-of", "2026-04-02"]);
    let all = answer["deviations"].as_array().unwrap();
    let of_logs = all.iter().filter(|it| it["kind"] == "log-finding");
    assert_eq!(of_logs.count(), 13);
    let (_, answer) = register(&["due"], &["--as-of", "2026-03-31"]);
    let due = answer["due"].as_array().unwrap();
    assert!(
        due.iter().all(|it| it["kind"] != "log-finding"),
        "{answer:#}"
    );
}

#[test]
fn an_import_of_which_the_log_tells_otherwise_is_contradicted() {
    let (exit, answer) = register(&["prove", "import"], &["payments", "--as-of", "2026-04-02"]);
    let proofs = answer["proofs"].as_array().unwrap();
    let of_aws = proofs
        .iter()
        .find(|it| it["claim"].as_str().unwrap().contains("aws-kms"))
        .unwrap();
    assert_eq!(of_aws["standing"], "contradicted", "{of_aws:#}");
    let words = of_aws["points"].to_string();
    assert!(words.contains("valid-to"), "{words}");
    assert_eq!(exit, 5);
    let (exit, _) = register(&["prove", "import"], &["payments", "--as-of", "2026-03-31"]);
    assert_eq!(exit, 1);
}

#[test]
fn what_was_explained_stays_known_when_the_same_log_is_read_again() {
    let shape = shapes::ALL[0];
    let home = deliver(shape, &plant(shape).0);
    let output = keyrite()
        .arg("reconcile")
        .arg(&years().register)
        .args(["--provider", shape.provider()])
        .arg(home.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("explained by ana: alert 4711 of the cloud team"),
        "{text}"
    );
    assert!(
        text.lines()
            .all(|line| line.chars().count() <= 80 || !line.trim().contains(' ')),
        "{text}"
    );
}

#[test]
fn a_log_of_which_everything_is_explained_ends_well() {
    let shape = shapes::ALL[0];
    let whole = clean(shape);
    let (planted, _) = plant(shape);
    let added = planted
        .iter()
        .filter(|it| !whole.contains(it) && !it.otherwise);
    let mut ends = Vec::new();
    for one in added {
        let mut all = whole.clone();
        all.push(one.clone());
        let home = deliver(shape, &all);
        let output = held(shape, &years().register, home.path(), &[]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(findings(&answer).len(), 1, "{one:?}: {answer:#}");
        ends.push(output.status.code().unwrap());
    }
    // One of them was explained, in a ceremony.
    assert_eq!(
        ends.iter().filter(|code| **code == 0).count(),
        1,
        "{ends:?}"
    );
    assert!(ends.len() > 9);
}

#[test]
fn findings_that_were_changed_since_are_refused_before_the_first_step() {
    let company = crate::common::Company::new();
    company.script(&shipped("reconcile-aws").replace("mode: production ", "mode: practice "));
    for (findings, why) in [
        ("{}", "missing field"),
        (
            r#"{"format":"keyrite-findings/v9","provider":"aws-kms","logs":[],"skew":900,"counts":{"events":0,"repeated":0,"outside":0,"elsewhere":0,"reads":0,"uses":0,"explained":0,"retried":0,"by-service":0,"not-covered":0,"damaged":0},"seen":[],"findings":[],"uses":[]}"#,
            "its format is keyrite-findings/v9",
        ),
        (
            r#"{"format":"keyrite-findings/v1","provider":"aws-kms","logs":[],"skew":900,"counts":{"events":0,"repeated":0,"outside":0,"elsewhere":0,"reads":0,"uses":0,"explained":0,"retried":0,"by-service":0,"not-covered":0,"damaged":0},"seen":[],"findings":[],"uses":[]}"#,
            "it was written by another program",
        ),
    ] {
        fs::write(company.path("findings.json"), findings).unwrap();
        let output = keyrite()
            .arg("run")
            .arg(company.path("script.yaml"))
            .arg("--out")
            .arg(company.path("out"))
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            told.contains("does not hold the findings of a log") && told.contains(why),
            "{told}"
        );
        assert!(!company.path("out").exists());
    }
}

#[test]
fn a_record_that_says_otherwise_than_the_file_or_the_script_is_refused() {
    use keyrite::domain::record::Did;
    use keyrite::domain::record::Entry;
    type Lie = (fn(&mut Vec<Entry>), &'static str);
    let lies: [Lie; 5] = [
        (
            |entries| {
                if let Did::Reconcile(it) = &mut crate::verify::step(entries, "reconcile").did {
                    it.says.provider = "google-kms".to_owned();
                }
            },
            "the record says that the provider is `google-kms`",
        ),
        (
            |entries| {
                if let Did::Reconcile(it) = &mut crate::verify::step(entries, "reconcile").did {
                    it.says.format = "keyrite-findings/v2".to_owned();
                }
            },
            "the record says that its format is `keyrite-findings/v2`",
        ),
        (
            |entries| {
                if let Did::Reconcile(it) = &mut crate::verify::step(entries, "reconcile").did {
                    it.findings = Some(keyrite::domain::record::File {
                        path: "findings.json".to_owned(),
                        sha256: keyrite::domain::record::Digest::of(b"other"),
                    });
                }
            },
            "what is recorded of the log is not what the file says that was kept",
        ),
        (
            |entries| {
                if let Did::Explain(it) = &mut crate::verify::step(entries, "explain").did {
                    it.finding = "0000000000000000".to_owned();
                }
            },
            "the record says that the finding is `0000000000000000`",
        ),
        (
            |entries| {
                if let Did::Explain(it) = &mut crate::verify::step(entries, "explain").did {
                    it.because = "nothing".to_owned();
                }
            },
            "the record says that it was for `nothing`",
        ),
    ];
    for (lie, words) in lies {
        let ceremony = crate::verify::Ceremony::of(&crate::verify::script_of("reconcile-aws"));
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
}
