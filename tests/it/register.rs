//! The register: what it takes in, what it refuses, and what it answers.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use jiff::civil::Date;
use serde_json::Value;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::story::Story;

/// Ceremonies of one company, held once for all tests.
pub(crate) struct Held {
    pub(crate) story: Story,
    pub(crate) register: PathBuf,
}

/// `make`: a key is made, split and sealed in bags. `hand`: a share goes to a deputy. `drill`: Ben
/// and Dee prove their shares, Cho does not come. `fork`: follows the first record, too. `loose`: is
/// linked to nothing. `false`: begins with other facts than the first ceremony recorded.
pub(crate) fn held() -> &'static Held {
    static HELD: OnceLock<Held> = OnceLock::new();
    HELD.get_or_init(|| {
        let shipped = |name: &str| {
            fs::read_to_string(repository(&format!("ceremonies/{name}/script.yaml"))).unwrap()
        };
        let story = Story::new(&shipped("custody-seal-media"));
        let register = story.path("register");
        story.run("make", &[], &[]).code(0);
        add(&register, &[&story.path("make")]).code(0);
        let follows = ["--register", register.to_str().unwrap()];

        let given = story.given("make");
        let with_given = |script: &str| with_given(script, &given);
        let hand = with_given(&shipped("custody-deputy"))
            .replace("  hal: {name: Hal Quist, site: porto,  manager: lou}\n", "")
            .replace("approver: [fay]", "approver: [dee]")
            .replace("2027-06-30", "2199-06-30")
            .replace("TEB-4711", "TEB-KR-0102")
            .replace(
                "where: safe 5 in Porto",
                "where: the bag of the courier to safe 5 in Porto",
            )
            .replace("hal", "fay");
        story.company.script(&hand);
        story.run("hand", &follows, &[]).code(0);
        // Before the register knows of the second, a third ceremony begins from the same state.
        story
            .company
            .script(&hand.replace("custody-deputy", "custody-fork"));
        story.run("fork", &follows, &[]).code(0);
        add(&register, &[&story.path("hand")]).code(0);

        story
            .company
            .script(&with_given(&shipped("possession-drill")));
        let absent = [("3/here/cho", "no"), ("3/absent/cho", "she is in hospital")];
        story.run("drill", &follows, &absent).code(0);
        add(&register, &[&story.path("drill")]).code(0);

        let other = hand.replace("custody-deputy", "custody-false");
        let other = other.replace("threshold: 2", "threshold: 3");
        story.company.script(&other.replace("TEB-KR-0102", "TEB-9"));
        story.run("false", &follows, &[]).code(0);

        let loose = shipped("custody-seal-media").replace("custody-seal-media", "custody-loose");
        story.company.script(
            &loose
                .replace("payments", "savings")
                .replace("KR-01", "KR-02"),
        );
        fs::create_dir(story.path("media-2")).unwrap();
        story.run("loose", &[], &[]).code(0);
        Held { story, register }
    })
}

/// A shipped script with what an earlier ceremony left.
pub(crate) fn with_given(script: &str, given: &str) -> String {
    let from = script.find("given: ").unwrap();
    let to = script[from..].find("\n\n").unwrap() + from;
    let mut script = script.to_owned();
    script.replace_range(from..to, given.trim_end());
    script
}

impl Held {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.story.path(name)
    }

    /// A copy of the register that a test may spoil.
    pub(crate) fn copy(&self) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let to = home.path().join("register");
        copy(&self.register, &to);
        (home, to)
    }

    /// The day on which the last ceremony ended, and so many days.
    fn day(&self, later: i64) -> String {
        let list = json(&["list", self.register.to_str().unwrap()], 0);
        let ended = list["ceremonies"].as_array().unwrap().last().unwrap()["ended"].clone();
        let day: Date = ended.as_str().unwrap()[..10].parse().unwrap();
        day.checked_add(jiff::Span::new().days(later))
            .unwrap()
            .to_string()
    }
}

/// Without the index, which another test may be writing.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(b".keyrite")
        {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// How many entries of a folder are not hidden.
fn shown(dir: &Path) -> usize {
    let names = fs::read_dir(dir).unwrap().map(|it| it.unwrap().file_name());
    names
        .filter(|name| !name.to_string_lossy().starts_with('.'))
        .count()
}

pub(crate) fn add(register: &Path, dirs: &[&Path]) -> assert_cmd::assert::Assert {
    keyrite()
        .args(["register", "add"])
        .arg(register)
        .args(dirs)
        .assert()
}

pub(crate) fn ask(arguments: &[&str]) -> assert_cmd::assert::Assert {
    keyrite().arg("register").args(arguments).assert()
}

#[track_caller]
pub(crate) fn json(arguments: &[&str], code: i32) -> Value {
    let assert = keyrite()
        .arg("register")
        .args(arguments)
        .args(["--format", "json"])
        .assert()
        .code(code);
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

/// What was said on both outputs, as one line.
pub(crate) fn told(assert: &assert_cmd::assert::Assert) -> String {
    let out = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let all = format!("{out} {}", said(assert));
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub(crate) fn tells(assert: &assert_cmd::assert::Assert, words: &[&str]) {
    let text = told(assert);
    for words in words {
        assert!(text.contains(words), "nothing says {words:?}: {text}");
    }
}

#[test]
fn ceremonies_are_taken_in_under_numbers_and_stay_what_they_were() {
    let held = held();
    let list = json(&["list", held.register.to_str().unwrap()], 0);
    let all = list["ceremonies"].as_array().unwrap();
    let folders: Vec<&str> = all
        .iter()
        .map(|one| one["folder"].as_str().unwrap())
        .collect();
    assert_eq!(
        folders,
        [
            "000001-custody-seal-media",
            "000002-custody-deputy",
            "000003-possession-drill"
        ]
    );
    assert_eq!(all[0]["follows"], Value::Null);
    for at in [1, 2] {
        assert_eq!(all[at]["follows"]["sequence"], at);
        assert_eq!(all[at]["follows"]["sha256"], all[at - 1]["record"]);
    }
    assert_eq!(list["head"]["sequence"], 3);
    assert_eq!(list["head"]["sha256"], all[2]["record"]);
    let inside = fs::read(held.register.join("000002-custody-deputy/record.jsonl")).unwrap();
    assert_eq!(inside, fs::read(held.path("hand/record.jsonl")).unwrap());
    // What lies in the register is a ceremony like any other.
    keyrite()
        .arg("verify")
        .arg(held.register.join("000002-custody-deputy"))
        .assert()
        .code(0);
}

#[test]
fn custody_tells_who_holds_what_and_when_it_was_proven_with_the_lines() {
    let held = held();
    let register = held.register.to_str().unwrap();
    let answer = json(
        &["custody", register, "payments", "--as-of", &held.day(0)],
        1,
    );
    let set = &answer["sets"][0];
    assert_eq!(set["state"], "warning");
    assert_eq!(set["proven"], 2);
    let shares = set["shares"].as_array().unwrap();
    let facts: Vec<(&str, &str, &str)> = shares
        .iter()
        .map(|share| {
            (
                share["of"].as_str().unwrap(),
                share["holder"].as_str().unwrap(),
                share["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            ("ben", "ben", "proven"),
            ("cho", "fay", "absent"),
            ("dee", "dee", "proven")
        ]
    );
    assert_eq!(shares[0]["proof"], "drill");
    assert_eq!(shares[1]["why"], "she is in hospital");
    assert_eq!(shares[1]["bag"], "TEB-KR-0102");
    assert_eq!(shares[1]["where"], "safe 6 in Porto");
    // The lines are those of the records.
    for share in shares {
        for rests in share["rests-on"].as_array().unwrap() {
            let folder = held.register.join(rests["ceremony"].as_str().unwrap());
            let record = fs::read_to_string(folder.join("record.jsonl")).unwrap();
            let line = usize::try_from(rests["line"].as_u64().unwrap()).unwrap();
            let line = record.lines().nth(line - 1).unwrap();
            let known = ["\"split\":", "\"drill\":", "\"put-away\":"];
            assert!(known.iter().any(|word| line.contains(word)), "{line}");
        }
    }
    tells(
        &ask(&["custody", register, "--as-of", &held.day(0)]),
        &[
            "fay for cho: not brought: she is in hospital",
            "2 of 3 shares are proven, and 2 rebuild the key: with one less, nothing is proven",
            "medium KR-0102 with fay, for cho until 2199-06-30, in bag TEB-KR-0102, in safe 6 in Porto",
        ],
    );
}

#[test]
fn a_proof_counts_as_long_as_the_script_says_and_not_a_day_longer() {
    let held = held();
    let register = held.register.to_str().unwrap();
    let states = |days: i64| {
        let answer = json(&["custody", register, "--as-of", &held.day(days)], 1);
        let set = answer["sets"][0].clone();
        (set["state"].clone(), set["shares"][0]["status"].clone())
    };
    // `drill-every: 180d` stands in the first script alone, and holds on.
    assert_eq!(states(178), ("warning".into(), "proven".into()));
    assert_eq!(states(182), ("unproven".into(), "overdue".into()));
}

#[test]
fn due_tells_what_comes_and_fails_when_something_is_overdue() {
    let held = held();
    let register = held.register.to_str().unwrap();
    let kinds = |days: i64, within: &str, code: i32| {
        let day = held.day(days);
        let answer = json(
            &["due", register, "--within", within, "--as-of", &day],
            code,
        );
        assert!(!answer["not-looked-at"].as_array().unwrap().is_empty());
        let due = answer["due"].as_array().unwrap().clone();
        due.iter()
            .map(|due| {
                let overdue = due["overdue"].as_bool().unwrap();
                let kind = due["kind"].as_str().unwrap();
                (kind.to_owned(), overdue)
            })
            .collect::<Vec<_>>()
    };
    // Cho was asked for her share when the drill was held: the day of its end, unless it was midnight.
    let answer = json(&["custody", register], 1);
    let asked = answer["sets"][0]["shares"][1]["due"].as_str().unwrap()[..10].to_owned();
    let over = asked != held.day(0);
    assert_eq!(
        kinds(0, "30d", i32::from(over)),
        [("drill".to_owned(), over)]
    );
    let later = kinds(1, "370d", 1);
    let count = |kind: &str| later.iter().filter(|(known, _)| known == kind).count();
    assert_eq!(
        (count("drill"), count("restore-test"), count("cryptoperiod")),
        (3, 1, 1)
    );
    assert_eq!(later.iter().filter(|(_, overdue)| *overdue).count(), 1);
    assert!(
        kinds(181, "1d", 1)
            .iter()
            .filter(|(_, overdue)| *overdue)
            .count()
            >= 3
    );
    tells(
        &ask(&["due", register, "--within", "370d", "--as-of", &held.day(1)]),
        &[
            "OVERDUE fay proves share 2 of key payments, which was not brought",
            "the cryptoperiod of key payments ends, 1 year after it was made",
            "Not looked at: uses and bytes of a cryptoperiod",
        ],
    );
}

#[test]
fn a_deputy_gives_back_on_the_day_that_was_agreed() {
    let held = held();
    let register = held.register.to_str().unwrap();
    let on = |day: &str| {
        let answer = json(&["due", register, "--within", "1d", "--as-of", day], 1);
        let due = answer["due"].as_array().unwrap().clone();
        due.into_iter().find(|due| due["kind"] == "deputy-return")
    };
    let due = on("2199-06-30").unwrap();
    assert_eq!(
        (&due["by"], &due["overdue"]),
        (&"2199-06-30".into(), &false.into())
    );
    assert_eq!(due["what"], "fay gives medium KR-0102 back to cho");
    assert_eq!(on("2199-07-01").unwrap()["overdue"], true);
}

#[test]
fn a_replaced_epoch_is_live_until_too_few_of_its_shares_are_left() {
    let shipped = |name: &str| {
        fs::read_to_string(repository(&format!("ceremonies/{name}/script.yaml"))).unwrap()
    };
    let story = Story::new(&shipped("custody-seal-media"));
    let register = story.path("register");
    story.run("make", &[], &[]).code(0);
    add(&register, &[&story.path("make")]).code(0);
    let follows = ["--register", register.to_str().unwrap()];
    let reshare = with_given(&shipped("reshare-leaver"), &story.given("make"));
    let gil = reshare
        .lines()
        .find(|line| line.starts_with("  gil: "))
        .unwrap()
        .to_owned();
    // Dee stays: nobody but the custodians of the story has a recipient.
    let without_gil = |script: &str| {
        let script = script
            .replace(&format!("{gil}\n"), "")
            .replace("gil", "dee");
        script.replace("    # leaves", "")
    };
    let reshare = without_gil(&reshare);
    story.company.script(&reshare);
    let survive = [
        ("5/fate/ben", "destroyed"),
        ("5/seen/ben", "yes"),
        ("5/fate/cho", "kept"),
        ("5/told/cho", "Cho Park says so"),
        ("5/fate/dee", "lost"),
        ("5/told/dee", "Dee Marsh says so"),
    ];
    story.run("reshare", &follows, &survive).code(0);
    add(&register, &[&story.path("reshare")]).code(0);
    let register = register.to_str().unwrap();
    let states = |code: i32| {
        let answer = json(&["custody", register], code);
        let sets = answer["sets"].as_array().unwrap().clone();
        sets.iter()
            .map(|set| {
                let epoch = set["epoch"].as_u64().unwrap();
                (epoch, set["state"].as_str().unwrap().to_owned())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(states(1), [(1, "live".to_owned()), (2, "well".to_owned())]);
    tells(
        &ask(&["custody", register]).code(1),
        &["2 of 3 old shares of key payments (epoch 1) survive, and 2 rebuild it"],
    );
    // One key, not two, although the second set names another record.
    assert_eq!(
        json(&["show", register], 0)["keys"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let retire = with_given(&shipped("reshare-leaver"), &story.given("reshare"));
    let retire = without_gil(&retire);
    let step = retire
        .lines()
        .find(|line| line.starts_with("  - reshare: "))
        .unwrap();
    let retire = retire.replace(&format!("{step}\n"), "");
    story
        .company
        .script(&retire.replace("ceremony: reshare-leaver", "ceremony: retire"));
    let gone = [
        ("4/fate/ben", "destroyed"),
        ("4/seen/ben", "yes"),
        ("4/fate/cho", "destroyed"),
        ("4/seen/cho", "yes"),
        ("4/fate/dee", "lost"),
        ("4/told/dee", "Dee Marsh says so"),
    ];
    story.run("retire", &follows, &gone).code(0);
    add(Path::new(register), &[&story.path("retire")]).code(0);
    assert_eq!(states(0), [(1, "dead".to_owned()), (2, "well".to_owned())]);
}

#[test]
fn show_tells_where_each_fact_of_a_key_stands() {
    let held = held();
    let register = held.register.to_str().unwrap();
    let assert = ask(&["show", register, "payments"]).code(0);
    tells(
        &assert,
        &[
            "payments (aes-256), payments-platform (practice)",
            "(000001-custody-seal-media:",
            "kcv.ecb3",
            "epoch 1, any 2 of 3, ",
            "rebuilt from its shares",
            "destroyed wiped from the memory of the process that held it, ",
            "cryptoperiod 1 year",
        ],
    );
    let key = &json(&["show", register, "payments"], 0)["keys"][0];
    let made = &key["made"];
    assert_eq!(made["ceremony"], "000001-custody-seal-media");
    let record =
        fs::read_to_string(held.register.join("000001-custody-seal-media/record.jsonl")).unwrap();
    let line = usize::try_from(made["line"].as_u64().unwrap()).unwrap();
    assert!(
        record
            .lines()
            .nth(line - 1)
            .unwrap()
            .contains("\"generate\":")
    );
    let assert = ask(&["show", register, "paymets"]).code(1);
    tells(
        &assert,
        &[
            "no record of this register names a key paymets",
            "did you mean `payments`?",
        ],
    );
}

#[test]
fn ceremonies_that_ended_later_do_not_count() {
    let held = held();
    let register = held.register.to_str().unwrap();
    let answer = json(&["show", register, "--as-of", "2020-01-01"], 0);
    assert_eq!(answer["keys"], Value::Array(Vec::new()));
    assert_eq!(
        answer["notes"][0],
        "ceremonies that ended after that day: 3; they do not count here"
    );
}

#[test]
fn what_does_not_verify_is_not_taken_in_and_leaves_nothing() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    let bad = home.path().join("bad");
    copy(&held.path("make"), &bad);
    let record = fs::read_to_string(bad.join("record.jsonl")).unwrap();
    fs::write(
        bad.join("record.jsonl"),
        record.replace("Ana Ruiz", "Ana Ruis"),
    )
    .unwrap();
    tells(&add(&register, &[&bad]).code(5), &["bad does not verify"]);

    copy(&held.path("make"), &home.path().join("unsigned"));
    fs::remove_file(home.path().join("unsigned/signatures/ben.sig")).unwrap();
    let assert = add(&register, &[&home.path().join("unsigned")]).code(1);
    tells(&assert, &["unsigned is not signed yet by ben"]);

    let assert = add(&register, &[home.path()]).code(1);
    tells(&assert, &["holds no ceremony: record.jsonl is missing"]);

    keyrite()
        .arg("rehearse")
        .arg(repository("ceremonies/custody-deputy/script.yaml"))
        .arg("--out")
        .arg(home.path().join("rehearsal"))
        .assert()
        .code(0);
    let assert = add(&register, &[&home.path().join("rehearsal")]).code(1);
    tells(
        &assert,
        &["is a rehearsal, which says nothing about any key"],
    );
    assert_eq!(shown(&register), 1, "only what makes it a register");

    // Nor does it count when somebody puts it there by hand.
    copy(
        &home.path().join("rehearsal"),
        &register.join("000001-custody-deputy"),
    );
    let assert = ask(&["list", register.to_str().unwrap()]).code(5);
    tells(&assert, &["000001-custody-deputy: it is a rehearsal"]);
    fs::remove_dir_all(register.join("000001-custody-deputy")).unwrap();

    // What is good among the bad is taken in.
    add(&register, &[&bad, &held.path("make")]).code(5);
    assert_eq!(shown(&register), 2);
}

#[test]
fn a_record_is_taken_in_once_and_only_behind_the_one_it_follows() {
    let held = held();
    let (_home, register) = held.copy();
    let assert = add(&register, &[&held.path("hand")]).code(1);
    tells(
        &assert,
        &["is in the register already, as 000002-custody-deputy"],
    );

    let assert = add(&register, &[&held.path("fork")]).code(5);
    tells(
        &assert,
        &[
            "follows record 1 of the register, which 000002-custody-deputy follows already: two successors",
        ],
    );

    let fresh = tempfile::tempdir().unwrap();
    let other = fresh.path().join("other");
    let assert = add(&other, &[&held.path("drill")]).code(5);
    tells(
        &assert,
        &["follows record 2 (", "which is not in this register"],
    );

    add(&other, &[&held.path("loose"), &held.path("make")]).code(0);
    let assert = add(&other, &[&held.path("hand")]).code(5);
    tells(
        &assert,
        &["calls the record that it follows number 1; in this register it is number 2"],
    );
}

#[test]
fn two_do_not_write_at_once_and_reading_goes_on() {
    let held = held();
    let (_home, register) = held.copy();
    let lock = fs::File::open(register.join("keyrite-register.json")).unwrap();
    lock.lock().unwrap();
    let assert = add(&register, &[&held.path("loose")]).code(1);
    tells(&assert, &["another process is writing the register"]);
    ask(&["list", register.to_str().unwrap()]).code(0);
    drop(lock);
    add(&register, &[&held.path("loose")]).code(0);
}

#[test]
fn a_folder_of_other_things_is_no_register() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("letter.txt"), "").unwrap();
    let assert = add(home.path(), &[&held.path("make")]).code(1);
    tells(&assert, &["is no register"]);
    let assert = ask(&["list", home.path().to_str().unwrap()]).code(1);
    tells(&assert, &["is no register"]);

    let (_home, register) = held.copy();
    let marker = register.join("keyrite-register.json");
    fs::write(&marker, "{\"format\":\"keyrite-register/v2\"}").unwrap();
    let assert = ask(&["list", register.to_str().unwrap()]).code(2);
    tells(
        &assert,
        &["is a register of the format `keyrite-register/v2`, which this version does not know"],
    );
}

#[test]
fn a_record_that_was_altered_in_the_register_counts_no_more() {
    let held = held();
    let (_home, register) = held.copy();
    let path = register.join("000003-possession-drill/record.jsonl");
    let record = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        record.replace("she is in hospital", "she is on holiday!"),
    )
    .unwrap();
    let answer = json(&["custody", register.to_str().unwrap()], 5);
    assert_eq!(answer["wrong"][0]["ceremony"], "000003-possession-drill");
    // What the other two say stands.
    assert_eq!(answer["sets"][0]["shares"][0]["proof"], "restore test");
    assert_eq!(answer["sets"][0]["shares"][1]["holder"], "fay");

    let (_home, register) = held.copy();
    fs::remove_file(register.join("000001-custody-seal-media/signatures/eli.sig")).unwrap();
    tells(
        &ask(&["list", register.to_str().unwrap()]).code(5),
        &["000001-custody-seal-media: signatures of eli are gone"],
    );
}

#[test]
fn a_record_that_was_dropped_shows() {
    let held = held();
    let (_home, register) = held.copy();
    fs::remove_dir_all(register.join("000002-custody-deputy")).unwrap();
    tells(
        &ask(&["list", register.to_str().unwrap()]).code(5),
        &[
            "record 2 is missing: the numbers of the others go on behind it",
            "000003-possession-drill:1: it follows record 2",
            "which is not here or does not verify",
        ],
    );
    // Renumbering hides the gap, and not the link.
    fs::rename(
        register.join("000003-possession-drill"),
        register.join("000002-possession-drill"),
    )
    .unwrap();
    tells(
        &ask(&["list", register.to_str().unwrap()]).code(5),
        &["000002-possession-drill:1: it follows record 2"],
    );
}

#[test]
fn a_record_that_is_there_twice_and_one_with_two_successors_are_named() {
    let held = held();
    let (_home, register) = held.copy();
    copy(
        &register.join("000002-custody-deputy"),
        &register.join("000004-custody-deputy"),
    );
    copy(&held.path("fork"), &register.join("000005-custody-fork"));
    copy(&held.path("loose"), &register.join("000005-custody-loose"));
    fs::write(register.join("notes.txt"), "").unwrap();
    tells(
        &ask(&["list", register.to_str().unwrap()]).code(5),
        &[
            "000004-custody-deputy:1: it is the record of 000002-custody-deputy once more",
            "000005-custody-fork:1: a fork: it follows record 1, and so does 000002-custody-deputy",
            "000005-custody-loose: 000005-custody-fork has the number 5, too; this one is not read",
            "notes.txt does not belong to a register",
        ],
    );
}

#[test]
fn a_key_that_is_given_with_other_facts_and_a_bag_that_changed_are_named() {
    let held = held();
    let (_home, register) = held.copy();
    add(&register, &[&held.path("false")]).code(0);
    tells(
        &ask(&["custody", register.to_str().unwrap()]).code(5),
        &[
            "000004-custody-false:1: key payments is given with other facts than the ceremony that made it recorded",
            "medium KR-0102 was with fay, in bag TEB-KR-0102, in safe 6 in Porto when it was last told of, and is with cho, in bag TEB-9",
        ],
    );
}

#[test]
fn a_ceremony_that_is_linked_to_nothing_is_told_of() {
    let held = held();
    let (_home, register) = held.copy();
    add(&register, &[&held.path("loose")]).code(0);
    tells(
        &ask(&["list", register.to_str().unwrap()]).code(0),
        &["000004-custody-loose is not linked to what came before"],
    );
    let answer = json(&["show", register.to_str().unwrap()], 0);
    let keys = answer["keys"].as_array().unwrap();
    let labels: Vec<&str> = keys
        .iter()
        .map(|key| key["key"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["payments", "savings"]);
}

#[test]
fn the_auditors_own_keys_outweigh_those_that_the_records_name() {
    let held = held();
    let register = held.register.to_str().unwrap();
    let own = held
        .register
        .join("000001-custody-seal-media/allowed_signers");
    ask(&["list", register, "--allowed-signers", own.to_str().unwrap()]).code(0);
    let home = tempfile::tempdir().unwrap();
    let other = home.path().join("signers");
    let text = fs::read_to_string(&own).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("ana "))
        .collect();
    fs::write(&other, format!("{}\n", lines.join("\n"))).unwrap();
    ask(&[
        "list",
        register,
        "--allowed-signers",
        other.to_str().unwrap(),
    ])
    .code(5);
}

#[test]
fn a_run_that_names_no_register_is_not_begun() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let assert = keyrite()
        .arg("run")
        .arg(held.path("script.yaml"))
        .arg("--out")
        .arg(home.path().join("out"))
        .arg("--register")
        .arg(home.path())
        .assert()
        .code(1);
    tells(&assert, &["is no register"]);
    assert!(!home.path().join("out").exists());
}

#[test]
fn questions_that_nobody_knows_are_refused() {
    tells(
        &ask(&["custdoy"]).code(2),
        &[
            "the register does not know `custdoy`",
            "did you mean `custody`?",
        ],
    );
    tells(
        &ask(&["frobnicate"]).code(2),
        &["`keyrite register --help` lists what it answers"],
    );
}
