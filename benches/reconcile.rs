//! A million events of CloudTrail, 2 % of them about keys, beside `zcat | jq` over the same files.
//!
//! The files lie as S3 has them, packed, 25,000 events each. *Reading* finds the entries, reads those about
//! keys into one form and hashes the files; *reconciling* is the whole command, against a register whose
//! 1,000 keys were imported by one ceremony and stand in the log. jq only selects.
//! `cargo bench --bench reconcile -- 100000` takes fewer events.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures, and writes its own files"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use base64ct::Encoding as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::domain::log_event::LogItem;
use keyrite::domain::record::Moment;
use keyrite::engine::logs;
use keyrite::providers::provider;
use table::Aim;
use table::Found;
use table::Measured;
use table::median;
use table::missing;
use table::quick;
use table::quietly;
use table::watch::watched;

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

const EVENTS: usize = 1_000_000;
const IN_A_FILE: usize = 25_000;
/// One event in so many is about a key.
const KMS: usize = 50;
const KEYS: usize = 1_000;
const RUNS: usize = 3;
/// The command that this bench gives itself, to see its own memory.
const READ: &str = "--read-only";
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// What `zcat | jq` is asked.
const BY_HAND: &str = r#"
find "$1" -name '*.json.gz' -print0 | sort -z | xargs -0 zcat |
  jq -c '.Records[] | select(.eventSource == "kms.amazonaws.com")' | wc -l
"#;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.as_slice() {
        [first, folder, ..] if first == READ => read_alone(Path::new(folder)),
        words => bench(
            words
                .iter()
                .find_map(|word| word.parse().ok())
                .or(quick().then_some(100_000)),
        ),
    };
    if let Err(why) = done {
        println!("not measured: {why}");
    }
}

/// Reads the logs and prints the seconds and how many events there were.
fn read_alone(folder: &Path) -> Result<(), String> {
    let begin = Instant::now();
    let logs = logs::find(&[folder.to_owned()]).map_err(text)?;
    let aws = provider("aws-kms").map_err(text)?;
    let mut events = 0_u64;
    let read = logs::read(aws, &logs, &mut |_| {}, &mut |_, item| match item {
        LogItem::Event(..) => events += 1,
        LogItem::Damage(_) => {}
    });
    let entries: u64 = read
        .map_err(text)?
        .iter()
        .map(|file| file.tally.entries)
        .sum();
    println!("{} {entries} {events}", begin.elapsed().as_secs_f64());
    Ok(())
}

fn bench(events: Option<usize>) -> Result<(), String> {
    let events = events.unwrap_or(EVENTS).max(IN_A_FILE);
    missing(&[
        "sh",
        "find",
        "sort",
        "xargs",
        "zcat",
        "jq",
        "wc",
        "ssh-keygen",
    ])?;
    let place = tempfile::tempdir().map_err(text)?;
    let register = register(place.path())?;
    let trail = place.path().join("trail");
    let (packed, plain) = write_trail(&trail, events)?;
    println!(
        "\nreconcile: {events} events of CloudTrail, 1 in {KMS} about keys, {} MiB, packed {} MiB",
        plain >> 20,
        packed >> 20
    );
    let own = std::env::current_exe().map_err(text)?;
    let own = own.to_string_lossy().into_owned();
    let folder = trail.to_string_lossy().into_owned();
    let register = register.to_string_lossy().into_owned();
    let keyrite = env!("CARGO_BIN_EXE_keyrite");
    let reading = [own.as_str(), READ, &folder];
    let command = [
        keyrite,
        "reconcile",
        &register,
        "--provider",
        "aws",
        &folder,
    ];
    let by_hand = ["sh", "-c", BY_HAND, "sh", &folder];
    let built = quietly(Path::new(keyrite), &["reconcile", "--help"]).is_ok();
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let mut most = [0.0_f64; 3];
    for round in 0..=RUNS {
        for (place, words) in [&reading[..], &command, &by_hand].into_iter().enumerate() {
            if place == 1 && !built {
                continue;
            }
            let cost = watched(words)?;
            // The first round fills caches and is not counted.
            if let (true, Some(times)) = (round > 0, times.get_mut(place)) {
                times.push(cost.seconds);
            }
            if let Some(most) = most.get_mut(place) {
                *most = cost.mebibytes.max(*most);
            }
        }
    }
    let [reading, command, by_hand] = times.map(|all| (!all.is_empty()).then(|| median(all)));
    let by_hand = by_hand.ok_or("jq did not run")?;
    println!(
        "{:<30} {:>9} {:>12} {:>7} {:>10}",
        "medians of alternating runs", "s", "events/s", "ratio", "peak, MiB"
    );
    for (name, seconds, memory) in [
        ("reading", reading, most[0]),
        ("reconcile, 1,000 keys", command, most[1]),
        ("zcat | jq", Some(by_hand), most[2]),
    ] {
        match seconds {
            Some(seconds) => println!(
                "{name:<30} {seconds:>9.2} {:>12.0} {:>7.2} {memory:>10.1}",
                number(events) / seconds,
                seconds / by_hand
            ),
            None => println!("{name:<30} not measured: this version has no `reconcile`"),
        }
    }
    println!("(the peak of zcat | jq is that of the shell around them)");
    let mut found = Found::by("reconcile");
    for (what, ours) in [("read and hashed", reading), ("reconciled", command)] {
        found.keep(Measured {
            what: format!("{events} events of CloudTrail, {what}"),
            unit: "s",
            ours: ours.ok_or_else(|| "it did not run".to_owned()),
            peer: Some(("zcat | jq, which only selects".to_owned(), Ok(by_hand))),
            wanted: Aim::AtMost(1.0),
        });
    }
    found.keep(Measured {
        what: format!("{events} events of CloudTrail: peak memory"),
        unit: "MiB",
        ours: Ok(most[1]),
        peer: None,
        wanted: Aim::AtMost(100.0),
    });
    found.write();
    Ok(())
}

/// A register of one ceremony, which made and wrapped a key for each of 1,000 keys at AWS.
fn register(place: &Path) -> Result<PathBuf, String> {
    let home = place.join("ceremony");
    fs::create_dir(&home).map_err(text)?;
    let key = TestPair::of(2048).ok_or("no key of 2048 bits")?;
    let public = base64ct::Base64::encode_string(key.public().map_err(text)?.der());
    let mut rows = "tenant,file\n".to_owned();
    for number in 0..KEYS {
        let parameters = format!(
            "{{\"KeyId\":\"{}\",\"ImportToken\":\"{}\",\"PublicKey\":\"{public}\",\"ParametersValidTo\":\"2099-01-01T00:00:00+00:00\"}}",
            key_arn(number),
            base64ct::Base64::encode_string(format!("token {number}").as_bytes()),
        );
        fs::write(home.join(format!("p{number}.json")), parameters).map_err(text)?;
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "t{number:04},p{number}.json");
    }
    fs::write(home.join("tenants.csv"), rows).map_err(text)?;
    let mut people = String::new();
    let mut answers = "3/otherwise/eli: \"no\"\n".to_owned();
    for person in PEOPLE {
        let path = home.join(person);
        let words = path.to_string_lossy();
        quietly(
            Path::new("ssh-keygen"),
            &["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", &words],
        )?;
        let public = fs::read_to_string(home.join(format!("{person}.pub"))).map_err(text)?;
        let _ = writeln!(
            people,
            "  {person}: {{name: {person}, site: {person}, manager: {person}-m, signs-with: \"{}\"}}",
            public.trim()
        );
        let _ = writeln!(
            answers,
            "1/present/{person}: \"yes\"\nsign/{person}: {words:?}"
        );
    }
    fs::write(home.join("answers.yaml"), answers).map_err(text)?;
    let script = SCRIPT.replace("PEOPLE\n", &people);
    fs::write(home.join("script.yaml"), script).map_err(text)?;
    let keyrite = Path::new(env!("CARGO_BIN_EXE_keyrite"));
    let (out, register) = (home.join("out"), place.join("register"));
    let words = |path: &Path| path.to_string_lossy().into_owned();
    let (script, answers) = (
        words(&home.join("script.yaml")),
        words(&home.join("answers.yaml")),
    );
    let (out, into) = (words(&out), words(&register));
    quietly(
        keyrite,
        &["run", &script, "--out", &out, "--answers", &answers],
    )?;
    quietly(keyrite, &["register", "add", &into, &out])?;
    Ok(register)
}

const PEOPLE: [&str; 5] = ["ana", "ben", "cho", "eli", "fay"];

const SCRIPT: &str = "schema: keyrite/v1
ceremony: tenants
title: A key for every tenant
kind: import
mode: practice
people:
PEOPLE
roles: {administrator: [ana], custodians: [ben, cho], witness: [eli], approver: [fay]}
token: {core: software}
batches:
  tenants:
    list: tenants.csv
    column: tenant
    parameters: file
    key: {type: aes-256, owner: saas-platform, cryptoperiod: {time: 1y}}
inputs:
  aws: {provider: aws-kms, algorithm: RSAES_OAEP_SHA_256, wrapping-key-spec: RSA_2048, valid-for: never}
waivers:
  - {rule: restore-before-wrap, reason: data can be encrypted anew, owner: saas-platform, until: 2099-12-31}
  - {rule: compare-before-wrap, reason: a bench, owner: saas-platform, until: 2099-12-31}
steps:
  - sign-in: [ana, ben, cho, eli, fay]
  - batch: {keys: tenants, for: aws}
  - exception: {by: eli}
  - seal
";

fn key_arn(number: usize) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}", key_id(number))
}

fn key_id(number: usize) -> String {
    format!("5f0c1b7e-0000-4a6b-9c1d-{number:012x}")
}

/// Writes the events as CloudTrail would; bytes packed and not.
fn write_trail(trail: &Path, events: usize) -> Result<(u64, u64), String> {
    let now = Moment::new(jiff::Timestamp::now());
    let (mut packed, mut plain) = (0, 0);
    for file in 0..events / IN_A_FILE {
        let folder = trail.join(format!(
            "AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/{:02}/{:02}",
            file / 28 % 12 + 1,
            file % 28 + 1
        ));
        fs::create_dir_all(&folder).map_err(text)?;
        let path = folder.join(format!("{ACCOUNT}_CloudTrail_{REGION}_{file:06}.json.gz"));
        let to = fs::File::create(&path).map_err(text)?;
        let mut to = GzEncoder::new(to, Compression::default());
        let mut put = |bytes: &[u8]| {
            plain += u64::try_from(bytes.len()).unwrap_or_default();
            to.write_all(bytes).map_err(text)
        };
        put(b"{\"Records\":[")?;
        for place in 0..IN_A_FILE {
            let number = file * IN_A_FILE + place;
            if place > 0 {
                put(b",")?;
            }
            put(event(number, now).as_bytes())?;
        }
        put(b"]}")?;
        to.finish().map_err(text)?;
        packed += fs::metadata(&path).map_err(text)?.len();
    }
    Ok((packed, plain))
}

/// An event: the imports of the ceremony first, then uses of its keys, and what other services tell.
fn event(number: usize, now: Moment) -> String {
    let what = if number.is_multiple_of(KMS) {
        about_a_key(number, now)
    } else {
        about_others(number, now)
    };
    let What {
        source,
        name,
        at,
        request,
        answer,
        resources,
    } = what;
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AssumedRole\",\"principalId\":\"AROAEXAMPLE{number:08}:app\",\"arn\":\"arn:aws:sts::{ACCOUNT}:assumed-role/app-{}/i-{number:017x}\",\"accountId\":\"{ACCOUNT}\",\"accessKeyId\":\"ASIA{number:016X}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"AROAEXAMPLE\",\"arn\":\"arn:aws:iam::{ACCOUNT}:role/app-{}\",\"accountId\":\"{ACCOUNT}\",\"userName\":\"app\"}},\"attributes\":{{\"creationDate\":\"2026-01-01T00:00:00Z\",\"mfaAuthenticated\":\"false\"}}}}}},\"eventTime\":\"{at}\",\"eventSource\":\"{source}\",\"eventName\":\"{name}\",\"awsRegion\":\"{REGION}\",\"sourceIPAddress\":\"10.{}.{}.{}\",\"userAgent\":\"aws-sdk-java/2.20 Linux/5.10 OpenJDK_64-Bit_Server_VM/17\",\"requestParameters\":{request},\"responseElements\":{answer},\"requestID\":\"{number:08x}-0000-4000-8000-{number:012x}\",\"eventID\":\"{number:08x}-1111-4000-8000-{number:012x}\",\"readOnly\":true,\"resources\":{resources},\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"{ACCOUNT}\",\"eventCategory\":\"Management\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"{source}\"}}}}",
        number % 7,
        number % 7,
        number % 250,
        number / 7 % 250,
        number / 11 % 250,
    )
}

/// What one event has that another has not.
struct What {
    source: &'static str,
    name: &'static str,
    at: Moment,
    request: String,
    answer: String,
    resources: String,
}

fn about_a_key(number: usize, now: Moment) -> What {
    let count = number / KMS;
    let (key, arn) = (key_id(count % KEYS), key_arn(count % KEYS));
    let import = count < KEYS;
    What {
        source: "kms.amazonaws.com",
        name: match (import, count.is_multiple_of(2)) {
            (true, _) => "ImportKeyMaterial",
            (false, true) => "Decrypt",
            (false, false) => "GenerateDataKey",
        },
        at: if import {
            now
        } else {
            now.plus_seconds(minus(number))
        },
        request: if import {
            format!("{{\"keyId\":\"{key}\",\"expirationModel\":\"KEY_MATERIAL_DOES_NOT_EXPIRE\"}}")
        } else {
            format!(
                "{{\"encryptionContext\":{{\"aws:s3:arn\":\"arn:aws:s3:::tenant-{}\"}},\"keyId\":\"{arn}\"}}",
                number % 997
            )
        },
        answer: if import {
            format!("{{\"keyId\":\"{arn}\",\"keyMaterialId\":\"{number:064x}\"}}")
        } else {
            "null".to_owned()
        },
        resources: format!(
            "[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::KMS::Key\",\"ARN\":\"{arn}\"}}]"
        ),
    }
}

fn about_others(number: usize, now: Moment) -> What {
    let (source, name) = OTHERS
        .get(number % OTHERS.len())
        .copied()
        .unwrap_or_default();
    What {
        source,
        name,
        at: now.plus_seconds(minus(number)),
        request: format!(
            "{{\"bucketName\":\"tenant-{}\",\"key\":\"invoices/2026/{number:08}.pdf\",\"x-amz-server-side-encryption\":\"aws:kms\",\"Host\":\"tenant.s3.{REGION}.amazonaws.com\"}}",
            number % 997
        ),
        answer: "null".to_owned(),
        resources: "null".to_owned(),
    }
}

const OTHERS: [(&str, &str); 5] = [
    ("s3.amazonaws.com", "GetObject"),
    ("s3.amazonaws.com", "PutObject"),
    ("sts.amazonaws.com", "AssumeRole"),
    ("ec2.amazonaws.com", "DescribeInstances"),
    ("logs.amazonaws.com", "CreateLogStream"),
];

/// Events become older by a second each, for at most a day.
fn minus(number: usize) -> i64 {
    -i64::try_from(number % 86_400).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a bench prints few digits")]
fn number(count: usize) -> f64 {
    count as f64
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
