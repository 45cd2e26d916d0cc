//! Three years of a small organisation, held once for all tests: the shipped ceremonies with other names,
//! days and facts, live, each in the register before the next one begins.

use std::fs;
use std::sync::OnceLock;

use crate::common::keyrite;
use crate::common::repository;
use crate::years_room::Years;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ARCHIVE: &str = "arn:aws:kms:eu-west-1:111122223333:key/5678abcd-12ab-34cd-56ef-1234567890ab";
const NEXT: &str = "arn:aws:kms:eu-west-1:111122223333:key/2026abcd-12ab-34cd-56ef-1234567890ab";
const DEE: &str = "  dee: {name: Dee Marsh, site: evora,  manager: max}\n";
const GIL: &str = "  gil: {name: Gil Sato,  site: evora,  manager: max}\n";

/// What is told at the seal of each ceremony, in its order.
///
/// | number | day | what |
/// |---|---|---|
/// | 1 | 2024-01-08 | Dee joins as custodian; Ben, Cho and Dee acknowledge their duties for a year |
/// | 2 | 2024-01-15 | payments is made, kept in shares of Ben, Cho and Dee, and wrapped for AWS for 300 days |
/// | 3 | 2024-01-22 | orders and images, which AWS made, are declared |
/// | 4 | 2024-02-12 | payments comes back from shares and is wrapped for Vault |
/// | 5 | 2024-02-19 | payments is put to use at both |
/// | 6 | 2024-06-20 | drill: Ben and Dee prove their shares, Cho does not come |
/// | 7 | 2024-09-02 | restore test by Cho and Dee; Eli tells of a door that stood open |
/// | 8 | 2024-10-07 | review: who can get at payments at AWS; Dee's user may use it and manage it |
/// | 9 | 2024-11-18 | the material at AWS expired on 2024-11-10; it is wrapped again for 300 days |
/// | 10 | 2024-12-09 | payments is suspended |
/// | 11 | 2024-12-16 | payments is resumed |
/// | 12 | 2025-03-03 | Gil joins; Ben, Cho and Gil acknowledge their duties for a year |
/// | 13 | 2025-03-17 | Dee left on 2025-03-14: a share and her user at AWS are open |
/// | 14 | 2025-03-24 | new shares of Ben, Cho and Gil; every old one is destroyed |
/// | 15 | 2025-04-07 | review: Dee's user is gone |
/// | 16 | 2025-05-12 | Cho gives her share to Fay, her deputy, until 2025-08-31 |
/// | 17 | 2025-07-01 | drill: Fay's share is lost |
/// | 18 | 2025-11-03 | archive is made, in shares of Ben, Cho and Gil, and wrapped for AWS |
/// | 19 | 2025-11-10 | archive is put to use |
/// | 20 | 2026-01-05 | payments-2026 takes the place of payments, in a KMS key of its own: shares of Ben, Cho and Gil |
/// | 21 | 2026-01-12 | payments-2026 is put to use |
/// | 22 | 2026-02-09 | both dependents of payments are signed off |
/// | 23 | 2026-03-09 | archive is deactivated; its destruction is asked for, and AWS waits 30 days |
/// | 24 | 2026-03-16 | the destruction of archive is called off |
/// | 25 | 2026-03-23 | Ben and Gil acknowledge their duties for a year; Cho does not |
/// | 26 | 2026-05-11 | payments is deactivated, and its destruction is asked for |
/// | 27 | 2026-06-22 | payments is destroyed: at AWS, at Vault, and in its shares |
/// | 28 | 2026-08-03 | archive is reported as compromised |
pub(crate) fn years() -> &'static Years {
    static YEARS: OnceLock<Years> = OnceLock::new();
    YEARS.get_or_init(|| {
        let mut years = Years::begin();
        first_year(&mut years);
        second_year(&mut years);
        third_year(&mut years);
        years
    })
}

fn first_year(years: &mut Years) {
    let joins = joins("dee", DEE, "a third custodian at a third site");
    years.hold("2024-01-08", "joins", &joins, &[]);

    let make = two_years(&shipped("aws-kms-aes256"))
        .replace("ceremony: aws-kms-aes256", "ceremony: payments-2024")
        .replace("reviewed-until: 2099-12-31", "reviewed-until: 2025-01-31, requirements: [PCI DSS 3.7.1], decided-by: Fay Lind")
        .replace("uses: 4e9}", "uses: 4e9}\n    operational-owner: cloud-platform\n    loss-plan: cards are read again from the scheme\n    regions: {data: [eu-west-1], key: [eu-west-1], legal-entity: AWS EMEA SARL, only: [eu-west-1]}")
        .replace("    valid-for: 300d\n", &format!("    valid-for: 300d\n    key-id: {KEY}\n"))
        .replace("\nsteps:\n", "\npolicy: {drill-every: 180d, restore-test-every: 365d, targets: 2}\n\nsteps:\n");
    years.hold("2024-01-15", "make", &make, &[]);

    let declare = shipped("declare-keys")
        .replace("made-on: 2026-03-02", "made-on: 2023-06-01")
        .replacen(
            "reviewed-until: 2099-12-31",
            "reviewed-until: 2025-06-30",
            1,
        )
        .replacen(
            "reviewed-until: 2099-12-31",
            "reviewed-until: 2027-06-30",
            1,
        );
    years.hold("2024-01-22", "declare", &declare, &[]);

    let again = two_years(&shipped("reimport-from-shares")).replace(
        "reviewed-until: 2099-12-31",
        "reviewed-until: 2025-01-31, requirements: [PCI DSS 3.7.1], decided-by: Fay Lind",
    );
    let to_vault = with(&again, &years.given("payments"))
        .replace(
            "ceremony: reimport-from-shares",
            "ceremony: payments-to-vault",
        )
        .replace("wrapping-key: aws", "wrapping-key: vault")
        .replace("for: aws", "for: vault");
    let to_vault = block(
        &to_vault,
        "inputs:\n",
        "inputs:\n  vault:\n    provider: vault\n    algorithm: sha256\n    wrapping-key: wrapping-key.pem\n    key-id: transit/keys/payments\n    fetched: {by: ana, on: admin laptop 7, seen-by: eli}",
    );
    years.hold("2024-02-12", "vault", &to_vault, &[]);

    let activate = life(years, "activate", "payments");
    years.hold("2024-02-19", "activate", &activate, &[]);

    let drill = with(&shipped("possession-drill"), &years.given("payments"));
    let absent = [("3/here/cho", "no"), ("3/absent/cho", "she is in hospital")];
    years.hold("2024-06-20", "drill", &two_years(&drill), &absent);

    let test = with(&shipped("restore-test"), &years.given("payments"))
        .replace("with: [ben, dee]}", "with: [cho, dee]}");
    let door = [
        ("5/otherwise/eli", "yes"),
        ("5/exception/expected", "the door is shut"),
        ("5/exception/happened", "it stood open for a minute"),
        ("5/exception/decided", "go on: nobody came in"),
        ("5/exception/decided-by", "eli"),
    ];
    years.hold("2024-09-02", "test", &two_years(&test), &door);

    let review = review(years, "2024-10-07", "", "review");
    years.hold("2024-10-07", "review", &review, &[]);

    let renew = with(&again, &years.given("payments"))
        .replace(
            "ceremony: reimport-from-shares",
            "ceremony: payments-renewed",
        )
        .replace(
            "    valid-for: 300d\n",
            "    valid-for: 300d\n    fetched: {by: ana, on: admin laptop 7, seen-by: eli}\n",
        );
    years.hold("2024-11-18", "renew", &renew, &[]);

    let suspend = life(years, "suspend", "payments");
    years.hold("2024-12-09", "suspend", &suspend, &[]);
    let resume = life(years, "resume", "payments");
    years.hold("2024-12-16", "resume", &resume, &[]);
}

fn second_year(years: &mut Years) {
    years.company.newcomer();
    let joins = joins("gil", GIL, "he comes in the place of Dee Marsh");
    let joins = joins.replace("ceremony: custodian-joins", "ceremony: gil-joins");
    years.hold("2025-03-03", "gil", &joins, &[]);

    let out = years.company.path("dee-leaves");
    keyrite()
        .args(["register", "person", "leave"])
        .arg(&years.register)
        .args(["dee", "--on", "2025-03-14"])
        .args(["--because", "she goes to another company", "--out"])
        .arg(&out)
        .assert()
        .code(1);
    let leaves = fs::read_to_string(out.join("script.yaml")).unwrap();
    years.hold("2025-03-17", "leaves", &leaves, &[]);

    let reshare = with(
        &two_years(&shipped("reshare-leaver")),
        &years.given("payments"),
    );
    years.hold("2025-03-24", "reshare", &reshare, &[]);

    let review = review(years, "2025-04-07", "later-", "review-2");
    years.hold("2025-04-07", "review-2", &review, &[]);

    let deputy = with(&shipped("custody-deputy"), &years.given("payments"))
        .replace("  hal: {name: Hal Quist, site: porto,  manager: lou}\n", "")
        .replace("approver: [fay]", "approver: [ben]")
        .replace("2027-06-30", "2025-08-31")
        .replace("hal", "fay")
        .replace(DEE, GIL)
        .replace("reviewed-until: 2099-12-31", "reviewed-until: 2026-06-30")
        .replace("{time: 1y}", "{time: 2y}");
    years.hold("2025-05-12", "deputy", &deputy, &[]);

    let second = two_years(&by_gil(&shipped("possession-drill")))
        .replace("ceremony: possession-drill", "ceremony: second-drill");
    let second = with(&second, &years.given("payments"));
    let lost = [("3/here/cho", "no"), ("3/absent/cho", "her deputy lost it")];
    years.hold("2025-07-01", "second", &second, &lost);

    let archive = by_gil(&shipped("aws-kms-aes256"))
        .replace("ceremony: aws-kms-aes256", "ceremony: archive-2025")
        .replace("payments-platform", "records-office")
        .replace("payments", "archive")
        .replace("cardholder-data", "archived-records")
        .replace("{time: 1y, uses: 4e9}", "{time: 5y}")
        .replace("reviewed-until: 2099-12-31", "reviewed-until: 2028-12-31")
        .replace(
            "    valid-for: 300d\n",
            &format!("    valid-for: never\n    key-id: {ARCHIVE}\n"),
        );
    parameters(years, KEY, ARCHIVE);
    years.hold("2025-11-03", "archive", &archive, &[]);
    parameters(years, ARCHIVE, KEY);
    let activate = life(years, "activate", "archive")
        .replace("ceremony: activate", "ceremony: archive-in-use");
    years.hold("2025-11-10", "archive-in-use", &activate, &[]);
}

fn third_year(years: &mut Years) {
    let make = years.sha256("make");
    let rotate = by_gil(&shipped("rotate-aws"))
        .replace("payments-2026", "payments")
        .replace("payments-2027", "payments-2026")
        .replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}")
        .replace("reviewed-until: 2099-12-31", "reviewed-until: 2027-01-31")
        .replace("    valid-for: 300d\n", "    valid-for: never\n");
    // In a key of its own: AWS lets no material go without stopping the other one of its key.
    let rotate = rotate
        .replace(KEY, NEXT)
        .replace("    import-type: new              # NEW_KEY_MATERIAL: the older version stays, and decrypts\n", "");
    let from = rotate.find("    record: \"").unwrap() + "    record: \"".len();
    let rotate = [&rotate[..from], &make, &rotate[from + 64..]].concat();
    parameters(years, KEY, NEXT);
    years.hold("2026-01-05", "rotate", &rotate, &[]);

    let activate = life(years, "activate", "payments-2026")
        .replace("ceremony: activate", "ceremony: payments-2026-in-use");
    years.hold("2026-01-12", "in-use", &activate, &[]);

    years.hold("2026-02-09", "sign-off", &sign_off(&rotate), &[]);

    let deactivate = life(years, "deactivate", "archive")
        .replace("ceremony: deactivate", "ceremony: archive-deactivated");
    years.hold("2026-03-09", "archive-deactivated", &deactivate, &[]);
    let cancel = life(years, "cancel-destroy", "archive");
    years.hold("2026-03-16", "cancel", &cancel, &[]);

    let third = joins("gil", GIL, "").replace("ceremony: custodian-joins", "ceremony: third-year");
    let third = without_line(&without_line(&third, "  - join: "), "  - move-person: ")
        .replace("by: [ben, cho, gil]", "by: [ben, gil]");
    years.hold("2026-03-23", "third-year", &third, &[]);

    // The KMS key stays, and its material goes.
    let deactivate = life(years, "deactivate", "payments").replace(
        "      at: {aws: 30d}            # AWS KMS waits 7 to 30 days\n",
        "",
    );
    years.hold("2026-05-11", "deactivate", &deactivate, &[]);

    let destroy = life(years, "destroy", "payments").replace(
        "  - close: {key: payments, at: aws, by: gil, seen-by: eli}\n",
        "  - close: {key: payments, at: aws, method: delete-imported-key-material, by: gil, seen-by: eli}\n  - close: {key: payments, at: vault, by: gil, seen-by: eli}\n",
    );
    let fates = [("6/fate/cho", "lost"), ("6/told/cho", "her deputy lost it")];
    years.hold("2026-06-22", "destroy", &destroy, &fates);

    let compromise = life(years, "compromise", "archive");
    years.hold("2026-08-03", "compromise", &compromise, &[]);
}

/// What AWS handed out is for another one of its keys.
fn parameters(years: &Years, from: &str, to: &str) {
    let path = years.company.path("parameters.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace(from, to)).unwrap();
}

pub(crate) fn shipped(name: &str) -> String {
    let script = repository(&format!("ceremonies/{name}/script.yaml"));
    let script = fs::read_to_string(script).unwrap();
    script.replace("mode: practice ", "mode: production ")
}

/// The cryptoperiod of payments.
fn two_years(script: &str) -> String {
    script.replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}")
}

/// Gil in the place of Dee.
fn by_gil(script: &str) -> String {
    let row = script.lines().find(|line| line.starts_with("  dee: "));
    let script = script.replace(&format!("{}\n", row.unwrap()), GIL);
    script.replace("dee", "gil")
}

/// Somebody joins, and all custodians acknowledge.
fn joins(who: &str, row: &str, because: &str) -> String {
    shipped("custodian-joins")
        .replace("  gus: {name: Gus Weiss, site: evora, manager: max}\n", row)
        .replace(
            "Take Gus Weiss in as custodian",
            "Take somebody in as custodian",
        )
        .replace("a fourth custodian at a third site", because)
        .replace("gus", who)
}

/// A shipped ceremony about the life of a key, which it calls payments, with what the records leave.
fn life(years: &Years, name: &str, key: &str) -> String {
    let script = if years.company.path("keys/gil").exists() {
        by_gil(&shipped(name))
    } else {
        shipped(name)
    };
    let script = script
        .replace("key: payments,", &format!("key: {key},"))
        .replace("key: payments\n", &format!("key: {key}\n"))
        .replace("\n  payments:\n", &format!("\n  {key}:\n"));
    let script = match key {
        "archive" => script
            .replace("payments-platform", "records-office")
            .replace("{time: 1y, uses: 4e9}", "{time: 5y}"),
        _ => two_years(&script),
    };
    with(&script, &years.given(key))
}

/// A script with what `keyrite given` printed in the place of its blocks.
fn with(script: &str, given: &str) -> String {
    let life = given.find("lifecycle:").unwrap();
    let script = block(script, "\ngiven: ", &format!("\n{}", &given[..life]));
    block(&script, "\nlifecycle: ", &format!("\n{}", &given[life..]))
}

/// Another block in the place of one that ends with an empty line, where the script has it.
fn block(script: &str, begins: &str, with: &str) -> String {
    let Some(from) = script.find(begins) else {
        return script.to_owned();
    };
    let to = script[from + 1..].find("\n\n").unwrap() + from + 1;
    [&script[..from], with.trim_end(), &script[to..]].concat()
}

fn without_line(script: &str, begins: &str) -> String {
    let line = script.lines().find(|line| line.starts_with(begins));
    script.replace(&format!("{}\n", line.unwrap()), "")
}

/// The rotation once more, which makes nothing, and signs off what depends on the older version.
fn sign_off(rotate: &str) -> String {
    let (head, rest) = rotate.split_once("keys:\n").unwrap();
    let (_, rest) = rest.split_once("\nversions:\n").unwrap();
    let (versions, steps) = rest.split_once("  - generate: ").unwrap();
    let (_, end) = steps.split_once("  - exception: ").unwrap();
    let steps = "  - re-encrypted: {key: payments, dependent: payments-database, by: ana, evidence: query 4711, logs: {from: 2026-01-05, to: 2026-02-08}}\n  - re-encrypted: {key: payments, dependent: settlement, by: ana, evidence: the provider finds the version}\n";
    format!("{head}versions:\n{versions}{steps}  - exception: {end}")
        .replace("ceremony: rotate-aws", "ceremony: sign-off")
        .replace("no-decrypt-for: 90d", "no-decrypt-for: 30d")
}

/// What `keyrite register access import` writes of what AWS printed, with whose each principal is.
fn review(years: &Years, day: &str, later: &str, out: &str) -> String {
    let mut files = Vec::new();
    for name in ["key-policy", "iam", "grants"] {
        let path = format!("tests/data/providers/aws-access/{later}{name}.json");
        let text = fs::read_to_string(repository(&path)).unwrap();
        let to = years.company.path(&format!("{name}.json"));
        fs::write(&to, text.replace("ben", "dee")).unwrap();
        files.push(to);
    }
    let out = years.company.path(&format!("{out}-script"));
    keyrite()
        .args(["register", "access", "import"])
        .arg(&years.register)
        .args(["--provider", "aws-kms", "--key", "payments"])
        .args(["--taken-on", day])
        .args(files)
        .arg("--out")
        .arg(&out)
        .assert()
        // Whose user both manages and uses the key is a finding, until it is gone.
        .code(i32::from(later.is_empty()));
    let dee = if later.is_empty() {
        "\n        \"arn:aws:iam::111122223333:user/dee\": dee"
    } else {
        ""
    };
    fs::read_to_string(out.join("script.yaml"))
        .unwrap()
        .replace(
            "      # principals:               # whose each is",
            &format!("      principals:\n        \"arn:aws:iam::111122223333:user/ana\": ana\n        \"arn:aws:iam::111122223333:user/cho\": cho{dee}"),
        )
        .replace(
            "      # services:                 # which are programs, and what for",
            "      services:\n        \"arn:aws:iam::111122223333:role/payments-app\": the payments application\n        \"arn:aws:iam::111122223333:role/backup\": the nightly backup",
        )
}
