//! People in the register: joining, acknowledging, leaving; who can get at a key; proofs of both.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use jiff::civil::Date;
use serde_json::Value;

use crate::common::keyrite;
use crate::common::repository;
use crate::register::add;
use crate::register::ask;
use crate::register::copy;
use crate::register::json;
use crate::register::tells;
use crate::story::Story;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const PEOPLE: &str = "people:
  ana: {name: Ana Ruiz,  site: lisbon, manager: kim}
  ben: {name: Ben Osei,  site: lisbon, manager: kim}
  cho: {name: Cho Park,  site: porto,  manager: lou}
  dee: {name: Dee Marsh, site: evora,  manager: max}
  eli: {name: Eli Stern, site: lisbon, manager: lou}
  fay: {name: Fay Lind,  site: porto,  manager: max}
  gil: {name: Gil Sato,  site: evora,  manager: max}
";

/// The registers of one company, at three times: Dee is a custodian; a record says that she leaves;
/// nothing of hers is left.
struct Held {
    _story: Story,
    before: PathBuf,
    leaving: PathBuf,
    after: PathBuf,
    /// What `register person leave` wrote.
    script: String,
    /// Her last day.
    on: Date,
}

impl Held {
    /// So many days after her last one.
    fn day(&self, later: i64) -> String {
        let day = self.on.checked_add(jiff::Span::new().days(later));
        day.unwrap().to_string()
    }
}

fn held() -> &'static Held {
    static HELD: OnceLock<Held> = OnceLock::new();
    HELD.get_or_init(play)
}

fn shipped(name: &str) -> String {
    fs::read_to_string(repository(&format!("ceremonies/{name}/script.yaml"))).unwrap()
}

/// A script of this company.
fn script(ceremony: &str, kind: &str, custodians: &str, more: &str) -> String {
    format!(
        "schema: keyrite/v1\nceremony: {ceremony}\ntitle: A ceremony of these tests\nkind: {kind}\nmode: practice\n\n{PEOPLE}\n\
         roles: {{administrator: [ana], custodians: [{custodians}], witness: [eli], approver: [fay]}}\n\
         token: {{core: software}}\n\n{more}  - seal\n"
    )
}

/// What AWS printed, with Dee in the place of Ben.
fn snapshot(story: &Story, folder: &str, later: &str) {
    fs::create_dir_all(story.path(folder)).unwrap();
    for name in ["key-policy", "iam", "grants"] {
        let path = format!("tests/data/providers/aws-access/{later}{name}.json");
        let text = fs::read_to_string(repository(&path)).unwrap();
        let to = story.path(&format!("{folder}/{name}.json"));
        fs::write(to, text.replace("ben", "dee")).unwrap();
    }
}

/// `register access import` into a folder, whose files become those of the next ceremony.
fn import(story: &Story, register: &Path, from: &str, more: &[&str], out: &str, code: i32) {
    let file = |name: &str| story.path(&format!("{from}/{name}.json"));
    keyrite()
        .args(["register", "access", "import"])
        .arg(register)
        .args(["--provider", "aws-kms", "--key", "payments"])
        .args(more)
        .args(["key-policy", "iam", "grants"].map(file))
        .arg("--out")
        .arg(story.path(out))
        .assert()
        .code(code);
    for entry in fs::read_dir(story.path(out)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), story.path("").join(entry.file_name())).unwrap();
    }
}

fn play() -> Held {
    let story = Story::new(&shipped("custody-seal-media"));
    story.company.newcomer();
    let register = story.path("register");
    let text = register.to_str().unwrap();
    let follows = ["--register", text];
    let hold = |out: &str, more: &[&str], change: &[(&str, &str)]| {
        story.run(out, more, change).code(0);
        add(&register, &[&story.path(out)]).code(0);
    };
    hold("make", &[], &[]);

    story.company.script(&script(
        "joins",
        "people",
        "ben, cho, dee, gil",
        "steps:
  - sign-in: [ana, ben, cho, dee, gil, eli]
  - join: {person: gil, roles: [custodians], because: a fourth custodian, seen-by: ana}
  - move-person: {person: cho, site: braga, roles: [custodians, witness], because: a new office, seen-by: ana}
  - acknowledge: {text: I keep my share., version: \"3\", by: [ben, dee, gil, cho]}
",
    ));
    let refuses = [
        ("4/acknowledges/cho", "no"),
        ("4/words/cho", "not this text"),
    ];
    hold("joins", &follows, &refuses);

    snapshot(&story, "now", "");
    import(&story, &register, "now", &["--key-id", KEY], "review", 1);
    story.company.edit(
        "      # principals:               # whose each is",
        "      principals:\n        \"arn:aws:iam::111122223333:user/ana\": ana\n        \"arn:aws:iam::111122223333:user/dee\": dee",
    );
    story.company.edit(
        "      # services:                 # which are programs, and what for",
        "      services: {\"arn:aws:iam::111122223333:role/payments-app\": the payments application}",
    );
    hold("review-1", &follows, &[]);
    let before = story.path("before");
    copy(&register, &before);

    let list = json(&["list", text], 0);
    let ended = list["ceremonies"].as_array().unwrap().last().unwrap()["ended"].clone();
    let today: Date = ended.as_str().unwrap()[..10].parse().unwrap();
    let on = today.tomorrow().unwrap();
    let out = story.path("dee-leaves");
    keyrite()
        .args(["register", "person", "leave", text, "dee", "--on"])
        .arg(on.to_string())
        .args(["--because", "another company", "--out"])
        .arg(&out)
        .assert()
        .code(1);
    let written = fs::read_to_string(out.join("script.yaml")).unwrap();
    fs::write(story.path("script.yaml"), &written).unwrap();
    hold("leaves", &follows, &[]);
    let leaving = story.path("leaving");
    copy(&register, &leaving);

    let given = story.given("make");
    let reshare = shipped("reshare-leaver");
    let (from, to) = (
        reshare.find("given: ").unwrap(),
        reshare.find("steps:").unwrap(),
    );
    let reshare = [&reshare[..from], &given, "\n", &reshare[to..]].concat();
    story.company.script(&reshare);
    let fate = ["ben", "cho", "dee"].map(|it| (format!("5/fate/{it}"), format!("5/seen/{it}")));
    let gone: Vec<(&str, &str)> = fate
        .iter()
        .flat_map(|(fate, seen)| [(fate.as_str(), "destroyed"), (seen.as_str(), "yes")])
        .collect();
    hold("reshare", &follows, &gone);

    story.company.script(&script(
        "returned",
        "custody",
        "ben, cho, gil",
        "items:
  stick-dee: {what: medium, serial: KR-0103, held-by: dee, bag: TEB-KR-0103, where: the bag of the courier to safe 1 in Evora}
steps:
  - sign-in: [ana, dee, fay, eli]
  - take-out: {item: stick-dee, by: dee, purpose: giving it back, seen-by: eli}
  - hand-over: {item: stick-dee, from: dee, to: fay, purpose: she leaves, seen-by: eli}
  - inspect: {item: stick-dee, by: fay, seen-by: eli}
  - put-away: {item: stick-dee, by: fay, where: safe 9, seen-by: eli}
  - exception: {by: eli}
",
    ));
    hold("returned", &follows, &[]);

    snapshot(&story, "then", "later-");
    let taken = on.tomorrow().unwrap().to_string();
    import(
        &story,
        &register,
        "then",
        &["--taken-on", &taken],
        "review-later",
        1,
    );
    hold("review-2", &follows, &[]);
    Held {
        before,
        leaving,
        after: register.clone(),
        _story: story,
        script: written,
        on,
    }
}

/// What and state of each task.
fn tasks(answer: &Value) -> Vec<(String, bool)> {
    let all = answer["tasks"].as_array().unwrap().iter();
    all.map(|task| {
        let what = task["what"].as_str().unwrap().to_owned();
        (what, task["closed"].as_bool().unwrap())
    })
    .collect()
}

fn path(register: &Path) -> &str {
    register.to_str().unwrap()
}

#[test]
fn what_somebody_who_leaves_can_get_at_follows_from_the_records() {
    let held = held();
    let answer = json(&["person", "leave", path(&held.before), "dee"], 1);
    let all = answer["tasks"].as_array().unwrap();
    let found: Vec<(&str, &str)> = all
        .iter()
        .map(|task| (task["what"].as_str().unwrap(), task["of"].as_str().unwrap()))
        .collect();
    let set = found[0].1;
    assert_eq!(set.len(), 32);
    assert_eq!(
        found,
        [
            ("share", set),
            ("thing", "medium KR-0103"),
            ("principal", "arn:aws:iam::111122223333:user/dee"),
            ("role", "custodians")
        ]
    );
    for task in all {
        assert_eq!(task["closed"], false);
        let rests = &task["rests-on"][0];
        assert!(rests["line"].as_u64().unwrap() > 0, "{task}");
    }
    for (what, of) in &found {
        let line = format!("- {{what: {what}, of: \"{of}\"}}");
        assert!(held.script.contains(&line), "{}", held.script);
    }
    tells(
        &ask(&["person", "leave", path(&held.before), "dee"]),
        &[
            "OPEN share share 3 of key payments (epoch 1): it is of the set that counts. Do: deal shares of payments without them",
        ],
    );
}

#[test]
fn a_departure_is_proven_only_when_every_point_is_closed_by_a_record() {
    let held = held();
    let day = held.day(10);
    let prove = |register: &Path, code| {
        let command = ["prove", "departed", path(register), "dee", "--as-of", &day];
        (json(&command, code), ask(&command))
    };
    let (answer, told) = prove(&held.before, 5);
    assert_eq!(answer["left"], Value::Null);
    tells(&told, &["no record tells that Dee Marsh left"]);

    let (answer, told) = prove(&held.leaving, 5);
    assert_eq!(answer["left"]["on"], held.on.to_string());
    let open = [
        ("share", false),
        ("thing", false),
        ("principal", false),
        ("role", true),
    ];
    assert_eq!(
        tasks(&answer),
        open.map(|(what, closed)| (what.to_owned(), closed))
    );
    tells(
        &told,
        &["3 of 4 points are open", "closed role the role custodians"],
    );

    let (answer, told) = prove(&held.after, 0);
    assert_eq!(answer["proven"], true);
    assert!(tasks(&answer).iter().all(|(_, closed)| *closed));
    assert_eq!(tasks(&answer).len(), 4);
    tells(
        &told,
        &[
            "all 4 points are closed",
            "0 of 3 old shares of key payments (epoch 1) survive",
            "fay has it",
            "reviews since they left do not have it: payments",
        ],
    );
    // She has not left before her last day is over.
    let early = held.on.yesterday().unwrap().to_string();
    ask(&[
        "prove",
        "departed",
        path(&held.after),
        "dee",
        "--as-of",
        &early,
    ])
    .code(5);
}

#[test]
fn who_can_rebuild_use_and_manage_a_key_is_told_with_what_is_not_known() {
    let held = held();
    let answer = json(&["who", path(&held.before), "payments"], 0);
    let who = &answer["keys"][0];
    let holders: Vec<&str> = who["rebuild"][0]["holders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["person"].as_str().unwrap())
        .collect();
    assert_eq!(holders, ["ben", "cho", "dee"]);
    let names = |field: &str| -> Vec<String> {
        let all = who[field].as_array().unwrap().iter();
        let mut all: Vec<String> = all
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect();
        all.dedup();
        let short = all
            .iter()
            .map(|name| name.rsplit(':').next().unwrap().to_owned());
        short.collect()
    };
    assert_eq!(
        names("use"),
        ["role/backup", "role/payments-app", "root", "user/dee"]
    );
    assert_eq!(names("manage"), ["root", "user/ana", "user/dee"]);
    let app = &who["use"].as_array().unwrap()[1];
    assert_eq!(
        app["only"][0],
        "StringEquals kms:ViaService [s3.eu-west-1.amazonaws.com]"
    );
    let told = who["not-known"].to_string();
    assert!(
        told.contains("role/payments-app may be taken over through Service ec2"),
        "{told}"
    );

    // Afterwards nothing of hers is left; whoever is asked as of a day after she left sees that.
    let answer = json(
        &[
            "who",
            path(&held.after),
            "payments",
            "--as-of",
            &held.day(10),
        ],
        0,
    );
    assert!(!answer["keys"].to_string().contains("dee"), "{answer}");
    // Between the two she still stands there, and that she left.
    tells(
        &ask(&[
            "who",
            path(&held.leaving),
            "payments",
            "--as-of",
            &held.day(10),
        ]),
        &["Dee Marsh (dee) LEFT", "user/dee (dee) LEFT"],
    );
    tells(
        &ask(&["who", path(&held.after), "paymints"]).code(1),
        &["did you mean `payments`?"],
    );
}

#[test]
fn principals_that_should_not_be_are_findings() {
    let held = held();
    let kinds = |register: &Path, day: &str| -> Vec<String> {
        let answer = json(&["access", "show", path(register), "--as-of", day], 1);
        let all = answer["findings"].as_array().unwrap().iter();
        all.map(|it| {
            let principal = it["principal"].as_str().unwrap();
            format!(
                "{} {}",
                it["kind"].as_str().unwrap(),
                principal.rsplit(':').next().unwrap()
            )
        })
        .collect()
    };
    let unmapped = ["unmapped role/backup", "unmapped user/cho"];
    let before = kinds(&held.before, &held.on.yesterday().unwrap().to_string());
    assert_eq!(
        before,
        [&unmapped[..], &["manages-and-uses user/dee"]].concat()
    );
    let stale = ["stale user/dee", "manages-and-uses user/dee"];
    assert_eq!(
        kinds(&held.leaving, &held.day(10)),
        [&unmapped[..], &stale].concat()
    );
    assert_eq!(kinds(&held.after, &held.day(10)), unmapped);
}

#[test]
fn a_snapshot_needs_the_name_of_the_key_and_a_provider_that_is_understood() {
    let held = held();
    let file = repository("tests/data/providers/aws-access/key-policy.json");
    let import = |provider: &str, more: &[&str]| {
        keyrite()
            .args([
                "register",
                "access",
                "import",
                path(&held.before),
                "--provider",
                provider,
            ])
            .args(["--key", "savings"])
            .args(more)
            .arg(&file)
            .assert()
    };
    tells(
        &import("aws-kms", &[]).code(1),
        &["no record says what key savings is called at aws-kms"],
    );
    tells(
        &import("alibaba", &["--key-id", "key-1"]).code(2),
        &["who can get at a key of Alibaba Cloud KMS is not read in this version"],
    );
    tells(
        &import("aws-kms", &["--key-id", "alias/savings"]).code(2),
        &["`alias/savings` is not the whole name of a key"],
    );
    for (provider, id, wanted) in [
        (
            "google-kms",
            "projects/x",
            "projects/P/locations/L/keyRings/R/cryptoKeys/K",
        ),
        (
            "azure-key-vault",
            "savings",
            "https://VAULT.vault.azure.net/keys/KEY",
        ),
        (
            "azure-managed-hsm",
            "savings",
            "https://HSM.managedhsm.azure.net/keys/KEY",
        ),
    ] {
        tells(&import(provider, &["--key-id", id]).code(2), &[wanted]);
    }
    let told = import("aws-kms", &["--key-id", KEY]).code(1);
    tells(
        &told,
        &[
            "not looked at: the grants on the key",
            "Nothing is recorded",
        ],
    );
}

/// Each provider's files become a ceremony that `check` lets through, with whose each principal is.
#[test]
fn snapshots_of_other_providers_are_read_and_prepared_too() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    for (provider, key_id, expected) in [
        (
            "google-kms",
            "projects/example-bank/locations/europe-west1/keyRings/ring/cryptoKeys/payments",
            &[
                "unmapped app@example-bank.iam.gserviceaccount.com",
                "unmapped dee@example.com",
                "manages-and-uses dee@example.com",
                "stale deleted:user:kim@example.com?uid=123456789012345678901",
                "unmapped gil@example.com",
                "unmapped group:owners@example.com",
            ][..],
        ),
        (
            "azure-key-vault",
            "https://example-bank.vault.azure.net/keys/payments",
            &[
                "unmapped 00001111-aaaa-2222-bbbb-3333cccc4444",
                "unmapped Owners",
                "stale cccccccc-dddd-eeee-3333-444444444444",
                "unmapped dee@example.com",
                "manages-and-uses dee@example.com",
            ],
        ),
        (
            "vault",
            "transit/keys/payments",
            &["unmapped dee", "manages-and-uses dee"],
        ),
    ] {
        let name = provider.split('-').next().unwrap();
        let data = repository(&format!("tests/data/providers/{name}-access"));
        let mut files: Vec<PathBuf> = fs::read_dir(data)
            .unwrap()
            .map(|it| it.unwrap().path())
            .collect();
        files.retain(|path| path.extension().is_some_and(|it| it == "json"));
        files.sort();
        let out = home.path().join(provider);
        let done = keyrite()
            .args(["register", "access", "import", path(&held.after)])
            .args([
                "--provider",
                provider,
                "--key",
                "payments",
                "--key-id",
                key_id,
            ])
            .args(&files)
            .args(["--format", "json", "--out", path(&out)])
            .assert()
            .code(1);
        let answer: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
        let found = answer["findings"].as_array().unwrap().iter();
        let found: Vec<String> = found
            .map(|it| {
                format!(
                    "{} {}",
                    it["kind"].as_str().unwrap(),
                    it["principal"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(found, expected, "{provider}");
        assert_eq!(answer["missing"], serde_json::json!([]), "{provider}");
        keyrite()
            .arg("check")
            .arg(out.join("script.yaml"))
            .assert()
            .code(0);
    }
}

#[test]
fn acknowledgements_hold_run_out_and_are_missing() {
    let held = held();
    let states = |day: &str, code| -> Vec<String> {
        let answer = json(
            &["acknowledgements", path(&held.before), "--as-of", day],
            code,
        );
        let all = answer["acknowledgements"].as_array().unwrap().iter();
        all.map(|it| {
            format!(
                "{} {}",
                it["person"].as_str().unwrap(),
                it["state"].as_str().unwrap()
            )
        })
        .collect()
    };
    assert_eq!(
        states(&held.day(1), 1),
        ["cho refused", "ben valid", "dee valid", "gil valid"]
    );
    assert_eq!(
        states(&held.day(350), 1),
        [
            "cho refused",
            "ben runs-out",
            "dee runs-out",
            "gil runs-out"
        ]
    );
    assert_eq!(
        states(&held.day(400), 1),
        ["cho refused", "ben ran-out", "dee ran-out", "gil ran-out"]
    );
    tells(
        &ask(&["acknowledgements", path(&held.before)]),
        &["refused Cho Park (cho) version 3; holds a share of payments; said: not this text"],
    );
    // Whoever left has no duties any more.
    let after = json(
        &[
            "acknowledgements",
            path(&held.after),
            "--as-of",
            &held.day(2),
        ],
        1,
    );
    assert!(!after.to_string().contains("dee"), "{after}");
}

#[test]
fn people_are_listed_with_what_records_say_of_them() {
    let held = held();
    let people = json(&["person", "list", path(&held.before)], 0)["people"].clone();
    assert_eq!(people["cho"]["site"], "braga");
    assert_eq!(people["cho"]["may"][0][1], "witness");
    assert_eq!(people["gil"]["manager"], "max");
    assert_eq!(people["gil"]["joined"]["line"], 3);
    let key = people["dee"]["keys"][0][0].as_str().unwrap();
    assert!(key.starts_with("SHA256:"), "{key}");
    tells(
        &ask(&["person", "list", path(&held.leaving)]).code(0),
        &[
            "dee Dee Marsh at evora",
            "left on",
            "may be custodians and witness",
        ],
    );
    tells(
        &ask(&["person", "leave", path(&held.before), "dex"]).code(1),
        &[
            "no record of this register names a person dex",
            "did you mean `dee`?",
        ],
    );
}

#[test]
fn the_matrix_has_what_people_did_and_what_policies_ask() {
    let held = held();
    let answer = json(&["matrix", path(&held.after)], 0);
    let times = |kind: &str, role: &str, person: &str| {
        let all = answer["exercised"].as_array().unwrap().iter();
        let found = all
            .filter(|it| it["kind"] == kind && it["role"] == role && it["person"] == person)
            .map(|it| it["times"].as_u64().unwrap());
        found.sum::<u64>()
    };
    assert_eq!(times("people", "administrator", "ana"), 4);
    assert_eq!(times("generate", "custodians", "dee"), 1);
    assert_eq!(times("reshare", "custodians", "dee"), 0);
    assert_eq!(answer["must"]["generate"]["approved-by"][0], "approver");
    assert_eq!(answer["must"]["generate"]["signed-by"]["custodians"], 3);
    tells(
        &ask(&["matrix", path(&held.after)]).code(0),
        &["custodians Dee Marsh (dee) once, last on", "left on"],
    );
}

#[test]
fn dual_control_is_proven_of_a_ceremony_and_of_a_key() {
    let held = held();
    let of = |what: &str, code| json(&["prove", "dual-control", path(&held.after), what], code);
    let made = of("1", 0);
    let did: Vec<&str> = made["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["did"].as_str().unwrap())
        .collect();
    assert_eq!(did, ["generate", "split", "restore-test", "destroy"]);
    let test = &made["steps"][2];
    assert_eq!(test["acted"], serde_json::json!(["ben", "dee"]));
    assert_eq!(
        test["present"],
        serde_json::json!(["ana", "ben", "cho", "dee", "eli"])
    );
    assert_eq!(test["signed"], test["present"]);
    let of_key = of("payments", 0);
    // What became of the old shares is one of them.
    assert_eq!(of_key["steps"].as_array().unwrap().len(), 6);
    assert_eq!(of("joins", 0)["steps"], serde_json::json!([]));
    tells(
        &ask(&["prove", "dual-control", path(&held.after), "nothing"]).code(1),
        &["this register has no ceremony nothing, and no record of it names such a key"],
    );
}

/// A script needs somebody else for each role; a register that names nobody has none to propose.
#[test]
fn a_script_is_not_made_without_people_for_it() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("out");
    let told = keyrite()
        .args([
            "register",
            "person",
            "leave",
            path(&held.before),
            "ana",
            "--out",
        ])
        .arg(&out)
        .assert()
        .code(1);
    tells(
        &told,
        &["no record names anybody as administrator who has not left and does nothing else"],
    );
    assert!(!out.exists());
}
