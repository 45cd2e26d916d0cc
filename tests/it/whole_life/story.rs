//! What happened to the key, from shipped scripts: each ceremony is one of `ceremonies/`, with what the
//! register gives to it, and with the few words changed that its README says to change.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use keyrite::crypto::test_pairs::TestPair;
use keyrite::domain::record::Digest;
use serde_json::Value;
use serde_json::json;

use crate::common::Company;
use crate::common::repository;
use crate::tokens::Kind;
use crate::tokens::Token;
use crate::whole_life::stage::Stage;

/// The key at AWS of the first version. The next one gets a key of its own: AWS stops a key of which any
/// material is deleted.
const FIRST_KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321";
/// That of the next version.
const KMS_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// The wrapping keys of the providers: the input, the file, the size of the key.
const WRAPPING_KEYS: [(&str, usize); 2] = [("parameters.json", 4096), ("kek.pem", 3072)];
/// The second provider.
const AZURE: &str = "  azure:
    provider: azure-managed-hsm
    algorithm: CKM_RSA_AES_KEY_WRAP
    wrapping-key: kek.pem
    wrapping-key-id: https://lab.managedhsm.azure.net/keys/KEK/0123456789abcdef0123456789abcdef
    key-id: https://lab.managedhsm.azure.net/keys/payments
    fetched: {by: ana, on: admin laptop 7, seen-by: eli}

policy: {targets: 2}

";
const FETCHED: &str = "    fetched: {by: ana, on: admin laptop 7, seen-by: eli}\n";
/// Who comes in the place of Dee.
const GIL: &str = "  gil: {name: Gil Sato,  site: evora,  manager: max}";
/// Where the copies of a backup are.
const COPIES: &str =
    "seen-by: eli, copies: [{at: beside the script, by: ana}, {at: safe 3 in Porto, by: cho}]}";
const SIGN_OFF: &str = "  - re-encrypted: {key: payments, dependent: payments-database, by: ana, evidence: \"query 4711: no row has the old key material id\", logs: {from: 2025-03-10, to: 2025-06-09, last-decrypt: 2025-03-10}}
  - re-encrypted: {key: payments, dependent: settlement, by: ana, evidence: its last batch was of February, logs: {from: 2025-03-10, to: 2025-06-09}}
";

/// Whose the principals are.
const WHOSE: &str = "      principals:
        \"arn:aws:iam::111122223333:user/ana\": ana
        \"arn:aws:iam::111122223333:user/cho\": cho
      services:
        \"arn:aws:iam::111122223333:role/payments-app\": the payments application
        \"arn:aws:iam::111122223333:role/backup\": the nightly backup
";

/// What is left when all is over, and what was seen on the way.
pub(crate) struct Played {
    pub(crate) stage: Stage,
    /// A block of zeros under the key in the token, after the ceremony that made it and after its copy
    /// came and went.
    pub(crate) in_token: [String; 2],
    /// How many keys are in the token at the end: of the label payments, and payments-2025.
    pub(crate) at_the_end: [u64; 2],
    /// What comes of Azure's answer.
    pub(crate) azure: String,
    /// What comes of each answer of AWS, and what it calls the material.
    pub(crate) aws: Vec<(String, String)>,
    /// Which of `ceremonies/` were played.
    pub(crate) scripts: BTreeSet<String>,
}

/// Plays it all.
///
/// | number | day | what |
/// |---|---|---|
/// | 1 | 2024-03-04 | payments is made in the HSM, backed up in shares of Ben, Cho and Dee, and wrapped for AWS (300 days) and Azure |
/// | | 2024-03-06, -07 | Azure answers the challenge: it arrived; AWS says nothing that proves a symmetric key |
/// | 2 | 2024-03-11 | it is active |
/// | 3 | 2024-09-02 | restore test by Ben and Dee |
/// | 4 | 2025-01-06 | its material at AWS expired on 2024-12-29: it comes back from shares and is wrapped again |
/// | | 2025-01-08 | AWS took the material as the one that it had: the same id |
/// | 5 | 2025-02-10 | drill: Ben, Cho and Dee prove their shares |
/// | 6 | 2025-03-03 | the next version, payments-2025, is made in the HSM and wrapped for AWS |
/// | | 2025-03-05 | what AWS says of it is recorded |
/// | 7 | 2025-03-10 | that one is active |
/// | 8 | 2025-06-10 | what depended on payments is signed off |
/// | 9 | 2025-06-16 | Dee leaves |
/// | 10 | 2025-06-17 | Gil joins; Ben, Cho and Gil acknowledge their duties |
/// | 11, 12 | 2025-06-18, -19 | new shares of both keys for Ben, Cho and Gil; all that Dee had is destroyed |
/// | 13 | 2025-07-14 | payments-2025 is suspended because of an alert |
/// | 14 | 2025-07-15 | AWS's log has a change of its policy that no ceremony explains |
/// | 15 | 2025-07-16 | its policy is reviewed |
/// | 16, 17 | 2025-07-17, -18 | the change is explained; payments-2025 is resumed |
/// | 18 | 2025-09-01 | payments is deactivated; its destruction is asked for |
/// | 19 | 2025-10-20 | it is destroyed at AWS, at Azure, in the HSM and with its custodians |
pub(crate) fn play() -> Played {
    let stage = Stage::new(Token::fresh(Kind::Kryoptic, "ceremony"));
    provide(&stage.company);
    stage.has_clouds();
    parameters_of(&stage, KMS_KEY, FIRST_KEY);

    let make = stage.named(&shipped("hsm-aws-aes256"));
    let key_id = format!("{FETCHED}    key-id: {FIRST_KEY}\n");
    let make = edit(&make, FETCHED, &key_id);
    let make = edit(&make, "\nsteps:\n", &format!("{AZURE}steps:\n"));
    let compare =
        "  - compare: {wrapping-key: azure, channel: phone, by: [ana, cho], seen-by: eli}\n";
    let make = before(&make, "  - approve: ", compare);
    let make = before(
        &make,
        "  - lock: ",
        "  - wrap: {key: payments, for: azure}\n",
    );
    stage.hold("2024-03-04", "make", &make, &[]);
    let first = stage.block_under("payments");
    let azure = azure_arrived(&stage);
    let mut aws = vec![aws_arrived(
        &stage,
        "make",
        FIRST_KEY,
        "2024-03-04",
        "2024-03-07",
    )];

    let activate = shipped("activate");
    stage.hold(
        "2024-03-11",
        "activate",
        &stage.follows(&activate, "payments"),
        &[],
    );

    let test = stage.follows(&stage.in_hsm(&shipped("restore-test")), "payments");
    stage.bring_backup("make", "payments");
    stage.hold("2024-09-02", "test", &test, &[]);

    let again = stage.in_hsm(&shipped("reimport-from-shares"));
    let again = edit(&again, KMS_KEY, FIRST_KEY);
    let again = edit(
        &again,
        "    valid-for: 300d\n",
        &format!("    valid-for: 300d\n{FETCHED}"),
    );
    stage.hold(
        "2025-01-06",
        "again",
        &stage.follows(&again, "payments"),
        &[],
    );
    let second = stage.block_under("payments");
    aws.push(aws_arrived(
        &stage,
        "again",
        FIRST_KEY,
        "2025-01-06",
        "2025-01-08",
    ));

    let drill = stage.follows(&shipped("possession-drill"), "payments");
    stage.hold("2025-02-10", "drill", &drill, &[]);

    parameters_of(&stage, FIRST_KEY, KMS_KEY);
    let rotate = versions(&stage, &stage.in_hsm(&shipped("rotate-aws")));
    let lock = "  - lock: payments-2025";
    let rotate = edit(
        &rotate,
        "  - destroy: {key: payments-2025, where: token}",
        lock,
    );
    let rotate = between(&rotate, "    import-type: new", "    valid-for:", "");
    stage.hold("2025-03-03", "rotate", &rotate, &[]);
    aws.push(aws_arrived(
        &stage,
        "rotate",
        KMS_KEY,
        "2025-03-03",
        "2025-03-05",
    ));
    let activate = stage.follows(
        &activate.replace("payments", "payments-2025"),
        "payments-2025",
    );
    let activate = edit(&activate, "ceremony: activate", "ceremony: activate-2025");
    stage.hold("2025-03-10", "activate-2025", &activate, &[]);

    let sign_off = versions(&stage, &shipped("rotate-aws"));
    let sign_off = edit(&sign_off, "ceremony: rotate-aws", "ceremony: sign-off");
    let sign_off = between(&sign_off, "keys:\n", "versions:\n", "");
    let sign_off = between(&sign_off, "  - generate: ", "  - exception: ", SIGN_OFF);
    stage.hold("2025-06-10", "sign-off", &sign_off, &[]);

    let leave =
        "register person leave register dee --on 2025-06-16 --out dee-leaves --because moves";
    stage.keyrite(leave, 1);
    let leaves = fs::read_to_string(stage.path("dee-leaves/script.yaml")).unwrap();
    written("person-leaves");
    stage.hold("2025-06-16", "leaves", &leaves, &[]);

    stage.company.newcomer();
    let gus = "  gus: {name: Gus Weiss, site: evora,  manager: max}";
    let joins = edit(&shipped("custodian-joins"), gus, GIL);
    let joins = between(&joins, "  - move-person: ", "  - acknowledge:", "");
    stage.hold("2025-06-17", "joins", &joins.replace("gus", "gil"), &[]);
    for (day, key, from) in [
        ("2025-06-18", "payments", "make"),
        ("2025-06-19", "payments-2025", "rotate"),
    ] {
        let reshare = stage.in_hsm(&shipped("reshare-leaver").replace("payments", key));
        let reshare = edit(
            &reshare,
            "ceremony: reshare-leaver",
            &format!("ceremony: {key}-without-dee"),
        );
        let reshare = edit(&reshare, "seen-by: eli}", COPIES);
        stage.bring_backup(from, key);
        let name = format!("reshare-{key}");
        stage.hold(day, &name, &stage.follows(&reshare, key), &[]);
    }

    let of_2025 = |name: &str| {
        let script = without_dee(name).replace("payments", "payments-2025");
        stage.follows(&script, "payments-2025")
    };
    stage.hold("2025-07-14", "suspend", &of_2025("suspend"), &[]);
    let finding = reconcile(&stage);
    review(&stage);
    let explain = fs::read_to_string(stage.path("log-of-july/script.yaml")).unwrap();
    let because = "the cloud team tried a policy of its own; what was there before was put back";
    let explain = between(
        &explain,
        "  - reconcile: ",
        "  - exception: ",
        &format!(
            "  - explain: {{finding: \"{finding}\", because: {because}, by: ana, seen-by: eli}}\n"
        ),
    );
    let explain = edit(
        &explain,
        "ceremony: log-of-aws-kms-2025-07-14",
        "ceremony: explained",
    );
    stage.hold("2025-07-17", "explain", &explain, &[]);
    stage.hold("2025-07-18", "resume", &of_2025("resume"), &[]);

    let deactivate = stage.follows(&without_dee("deactivate"), "payments");
    let deactivate = edit(
        &deactivate,
        "at: {aws: 30d}            # AWS KMS waits 7 to 30 days",
        "at: {aws: 30d, azure: 30d}",
    );
    stage.hold("2025-09-01", "deactivate", &deactivate, &[]);

    let destroy = stage.follows(&stage.in_hsm(&without_dee("destroy")), "payments");
    let destroy = edit(
        &destroy,
        "  - close: {key: payments, at: aws, by: gil, seen-by: eli}\n",
        "  - close: {key: payments, at: aws, by: gil, seen-by: eli}
  - close: {key: payments, at: azure, by: gil, seen-by: eli}
  - destroy: {key: payments, where: token}\n",
    );
    let destroy = edit(
        &destroy,
        "seen-by: eli}\n  - move",
        &format!("{COPIES}\n  - move"),
    );
    stage.hold("2025-10-20", "destroy", &destroy, &[]);
    azure_log(&stage);

    let at_the_end = ["payments", "payments-2025"].map(|label| stage.count(label));
    Played {
        stage,
        in_token: [first, second],
        at_the_end,
        azure,
        aws,
        scripts: READ.lock().unwrap().clone(),
    }
}

/// Azure takes the key, and answers the question that only somebody with it can answer.
fn azure_arrived(stage: &Stage) -> String {
    let package = "make/artifacts/payments-for-azure";
    stage.uploads("2024-03-04", package, "import-key.sh");
    let show = "az keyvault key show --hsm-name lab --name payments";
    let answers = [
        ("key-show.json", stage.at_the_clouds("2024-03-06", show)),
        (
            "answered.json",
            stage.uploads("2024-03-06", package, "ask.sh"),
        ),
    ];
    written("confirm-aws");
    stage.confirms(
        "2024-03-06",
        "azure-has-it",
        "make",
        "azure-managed-hsm",
        &answers,
    )
}

/// AWS takes the key, and says what it can say of a symmetric one; with what it calls the material.
fn aws_arrived(
    stage: &Stage,
    made: &str,
    key: &str,
    uploaded: &str,
    day: &str,
) -> (String, String) {
    let label = if made == "rotate" {
        "payments-2025"
    } else {
        "payments"
    };
    let package = format!("{made}/artifacts/{label}-for-aws");
    let imported = stage.uploads(uploaded, &package, "import-key-material.sh");
    // The command looks at the key afterwards: two objects, one after the other.
    let mut told = serde_json::Deserializer::from_str(&imported).into_iter::<Value>();
    let imported = told.next().unwrap().unwrap();
    let ask = |call: &str| stage.at_the_clouds(day, &format!("aws kms {call} --key-id {key}"));
    let answers = [
        ("import-key-material.json", imported.to_string()),
        ("describe-key.json", ask("describe-key")),
        (
            "list-key-rotations.json",
            ask("list-key-rotations --include-key-material ALL_KEY_MATERIAL"),
        ),
    ];
    let name = format!("aws-answers-{made}");
    let verdict = stage.confirms(day, &name, made, "aws-kms", &answers);
    (verdict, imported["KeyMaterialId"].to_string())
}

/// Which of `ceremonies/` were read, or written by the program itself.
static READ: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn written(name: &str) {
    READ.lock().unwrap().insert(name.to_owned());
}

/// Holds what CloudTrail tells until the alert against the records; the id of the one finding.
fn reconcile(stage: &Stage) -> String {
    fs::write(stage.path("cloudtrail.json"), cloudtrail()).unwrap();
    let out = "--out log-of-july --format json";
    let log = "register --provider aws cloudtrail.json --from 2025-01-01 --to 2025-07-14";
    let told = stage.keyrite(&format!("reconcile {log} {out}"), 1);
    let told: Value = serde_json::from_str(&told).unwrap();
    let found = told["findings"]["findings"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{told:#}");
    let findings = stage.path("log-of-july/findings.json");
    fs::copy(findings, stage.path("findings.json")).unwrap();
    let script = fs::read_to_string(stage.path("log-of-july/script.yaml")).unwrap();
    written("reconcile-aws");
    stage.hold("2025-07-15", "log", &script, &[]);
    found[0]["id"].as_str().unwrap().to_owned()
}

/// What AWS logged of the key, as the AWS KMS Developer Guide shows its entries ("Logging AWS KMS API
/// calls with AWS CloudTrail"); one of them is explained by no ceremony.
fn cloudtrail() -> String {
    let import = |key: &str, until: &str, how: &str| {
        let how = json!({"keyId": key, "validTo": until, "expirationModel": "KEY_MATERIAL_EXPIRES", "importType": how});
        (how, json!({"keyId": key, "keyMaterialId": "ab".repeat(32)}))
    };
    let simple = || (json!({"keyId": KMS_KEY}), Value::Null);
    let policy = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    let policy = json!({"keyId": KMS_KEY, "policyName": "default", "policy": policy, "bypassPolicyLockoutSafetyCheck": false});
    let all = [
        (
            "2025-01-06T11:00:00Z",
            "ImportKeyMaterial",
            "dee",
            import(
                FIRST_KEY,
                "Nov 2, 2025, 9:10:00 AM",
                "EXISTING_KEY_MATERIAL",
            ),
        ),
        (
            "2025-03-03T11:00:00Z",
            "ImportKeyMaterial",
            "dee",
            import(KMS_KEY, "Dec 28, 2025, 9:10:00 AM", "NEW_KEY_MATERIAL"),
        ),
        (
            "2025-07-09T02:13:05Z",
            "PutKeyPolicy",
            "mallory",
            (policy, Value::Null),
        ),
        ("2025-07-14T09:02:00Z", "DisableKey", "gil", simple()),
    ];
    let entries = all.into_iter().zip(1..).map(|((at, name, who, (asked, answered)), number)| {
        let id = format!("7c9e6679-7425-40de-944b-e07fc1f9{number:04}");
        json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
                "arn": format!("arn:aws:iam::111122223333:user/{who}"), "userName": who,
            },
            "eventTime": at,
            "eventSource": "kms.amazonaws.com",
            "eventName": name,
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "aws-cli/2.15.0",
            "requestParameters": asked,
            "responseElements": answered,
            "requestID": id,
            "eventID": id,
            "readOnly": false,
            "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": asked["keyId"]}],
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management",
        })
    });
    json!({"Records": entries.collect::<Vec<_>>()}).to_string()
}

/// Holds what Azure tells of the key's whole life against the records: nothing is left to explain.
fn azure_log(stage: &Stage) {
    let (audit, activity) = azure_logs();
    fs::write(stage.path("PT1H.json"), audit).unwrap();
    fs::write(stage.path("activity-log.json"), activity).unwrap();
    let log = "register --provider azure PT1H.json activity-log.json --from 2024-03-01 --to 2025-10-21 --out log-of-azure";
    let told = stage.keyrite(&format!("reconcile {log} --format json"), 0);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["findings"]["findings"], json!([]), "{told:#}");
    let findings = stage.path("log-of-azure/findings.json");
    fs::copy(findings, stage.path("findings.json")).unwrap();
    let script = fs::read_to_string(stage.path("log-of-azure/script.yaml")).unwrap();
    stage.hold("2025-10-22", "azure-log", &script, &[]);
}

/// A blob of AuditEvent, as Microsoft Learn shows it under "Managed HSM logging" (identity as a text), and
/// the Activity Log, as `az monitor activity-log list` prints it ("Azure Activity Log event schema").
fn azure_logs() -> (String, String) {
    const HSM: &str = "https://lab.managedhsm.azure.net";
    let resource = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/pay/providers/Microsoft.KeyVault/managedHSMs/lab";
    let upn = |who: &str| {
        let upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
        json!({"claim": {upn: format!("{who}@bank.onmicrosoft.example")}}).to_string()
    };
    let key = format!("{HSM}/keys/payments/0123456789abcdef0123456789abcdef");
    let all = [
        (
            "2024-03-04T09:01:00Z",
            "KeyGet",
            "ana",
            "KEK/0123456789abcdef0123456789abcdef",
        ),
        ("2024-03-04T15:00:00Z", "KeyImport", "dee", "payments"),
        ("2024-03-06T15:00:00Z", "KeyDecrypt", "ana", "payments"),
        (
            "2024-05-02T10:00:00Z",
            "KeyDecrypt",
            "payments-app",
            "payments",
        ),
        ("2025-09-01T09:03:00Z", "KeyDelete", "gil", "payments"),
        ("2025-10-20T09:10:00Z", "KeyPurge", "gil", "payments"),
    ];
    let records = all.iter().zip(1..).map(|((at, name, who, path), number)| {
        let id = if *path == "payments" {
            key.clone()
        } else {
            format!("{HSM}/keys/{path}")
        };
        json!({
            "time": at,
            "category": "AuditEvent",
            "resourceId": resource.to_ascii_uppercase(),
            "operationName": name,
            "operationVersion": "7.4",
            "resultType": "Success",
            "resultSignature": "OK",
            "durationMs": "60",
            "callerIpAddress": "203.0.113.7",
            "correlationId": format!("7c9e6679-7425-40de-944b-e07fc1fa{number:04}"),
            "identity": upn(who),
            "properties": {
                "clientInfo": "azure-cli",
                "requestUri": format!("{HSM}/keys/{path}?api-version=7.4"),
                "id": id,
                "httpStatusCode": 200,
            },
        })
    });
    let audit = json!({"records": records.collect::<Vec<_>>()}).to_string();
    // Somebody tried to give himself the HSM, and may not.
    let activity = json!([{
        "authorization": {"action": "Microsoft.KeyVault/managedHSMs/write", "scope": resource},
        "caller": "mallory@bank.onmicrosoft.example",
        "category": {"localizedValue": "Administrative", "value": "Administrative"},
        "correlationId": "7c9e6679-7425-40de-944b-e07fc1fb0001",
        "eventTimestamp": "2025-07-09T02:20:00Z",
        "operationName": {
            "localizedValue": "Update Managed HSM",
            "value": "Microsoft.KeyVault/managedHSMs/write",
        },
        "resourceId": resource,
        "status": {"localizedValue": "Failed", "value": "Failed"},
        "subStatus": {"localizedValue": "Forbidden (HTTP Status Code: 403)", "value": "Forbidden"},
        "subscriptionId": "00000000-0000-0000-0000-000000000001",
    }]);
    (audit, activity.to_string())
}

/// Who can do what with the key at AWS, from what its tools print.
fn review(stage: &Stage) {
    let files = ["key-policy.json", "iam.json", "grants.json"];
    for file in files {
        let from = repository(&format!("tests/data/providers/aws-access/later-{file}"));
        fs::copy(from, stage.path(file)).unwrap();
    }
    let import = format!(
        "register access import register --provider aws-kms --key payments-2025 --key-id {KMS_KEY} --taken-on 2025-07-16 {} --out review-2025",
        files.join(" ")
    );
    stage.keyrite(&import, 1);
    let script = fs::read_to_string(stage.path("review-2025/script.yaml")).unwrap();
    let script = between(&script, "      # principals:", "      by: ana", WHOSE);
    stage.hold("2025-07-16", "review", &script, &[]);
}

/// AWS hands out its parameters for another key.
fn parameters_of(stage: &Stage, before: &str, now: &str) {
    let file = stage.path("parameters.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, edit(&text, before, now)).unwrap();
}

/// What the providers hand out.
fn provide(company: &Company) {
    for (file, bits) in WRAPPING_KEYS {
        let key = TestPair::of(bits).unwrap().public().unwrap();
        fs::write(company.path(&format!("{file}.der")), key.der()).unwrap();
    }
    let kek = company.path("kek.pem");
    let der = company.path("kek.pem.der");
    crate::common::stock(
        "openssl",
        &[
            "pkey",
            "-pubin",
            "-inform",
            "DER",
            "-in",
            path(&der),
            "-out",
            path(&kek),
        ],
    );
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn shipped(name: &str) -> String {
    written(name);
    let script = repository(&format!("ceremonies/{name}/script.yaml"));
    let script = fs::read_to_string(script).unwrap();
    edit(&script, "mode: practice ", "mode: production ")
}

/// A shipped script in which Gil operates the keys at the providers.
fn without_dee(name: &str) -> String {
    let dee = "  dee: {name: Dee Marsh, site: evora,  manager: max}";
    edit(&shipped(name), dee, GIL).replace("dee", "gil")
}

/// The shipped rotation with the names of this story.
fn versions(stage: &Stage, script: &str) -> String {
    let made = fs::read(stage.path("make/record.jsonl")).unwrap();
    let script = edit(script, "payments-2026", "payments");
    let script = edit(&script, "payments-2027", "payments-2025");
    let shipped = "3363447631b01a6a0c07a18c1a8a2521d4a0908d94fb4d83e882a06120582a78";
    edit(&script, shipped, &Digest::of(&made).to_string())
}

#[track_caller]
fn edit(script: &str, from: &str, to: &str) -> String {
    assert!(script.contains(from), "{from}: {script}");
    script.replace(from, to)
}

#[track_caller]
fn before(script: &str, line: &str, more: &str) -> String {
    edit(script, line, &format!("{more}{line}"))
}

#[track_caller]
fn between(script: &str, from: &str, to: &str, with: &str) -> String {
    let begins = script.find(from).unwrap();
    let ends = begins + script[begins..].find(to).unwrap();
    [&script[..begins], with, &script[ends..]].concat()
}

impl Stage {
    /// A script of a token, with ours.
    fn named(&self, script: &str) -> String {
        let script = edit(
            script,
            "label: ceremony\n",
            &format!("label: \"{}\"\n", self.token.label()),
        );
        edit(&script, "4a2f9c01d37be685", self.token.serial())
    }

    /// A script of keys in software, with the HSM in its place.
    fn in_hsm(&self, script: &str) -> String {
        let (label, serial) = (self.token.label(), self.token.serial());
        let core = format!(
            "token: {{core: pkcs11, label: \"{label}\", serial: \"{serial}\", pin: [ana, cho]}}"
        );
        edit(script, "token: {core: software}", &core)
    }

    /// A script with what the register gives of a key in the place of what is shipped.
    #[track_caller]
    fn follows(&self, script: &str, key: &str) -> String {
        let blocks = self.keyrite(&format!("given register {key}"), 0);
        let life = blocks.find("lifecycle:\n").unwrap();
        let mut script = script.to_owned();
        for (name, block) in [
            ("\ngiven: ", &blocks[..life]),
            ("\nlifecycle: ", &blocks[life..]),
        ] {
            if let Some(at) = script.find(name) {
                let ends = at + script[at + 1..].find("\n\n").unwrap() + 1;
                script.replace_range(at + 1..ends, block.trim_end());
            }
        }
        script
    }

    /// Puts the backup of a ceremony beside the script.
    fn bring_backup(&self, from: &str, key: &str) {
        let backup = format!("{key}-backup.kwp");
        let to = self.path(&backup);
        drop(fs::remove_file(&to));
        fs::copy(self.path(&format!("{from}/artifacts/{backup}")), to).unwrap();
    }

    /// A block of zeros under a key in the token, by somebody else's code; there is one such key.
    fn block_under(&self, label: &str) -> String {
        let answers = self.token.calls(json!([
            {"do": "find", "template": {"CKA_LABEL": label}, "as": "key"},
            {"do": "encrypt", "mechanism": "CKM_AES_ECB", "key": "key", "data": "00".repeat(16)},
        ]));
        assert_eq!(answers[0]["found"], 1, "{label}");
        answers[1]["hex"].as_str().unwrap().to_owned()
    }

    /// How many secret keys of that label are in the token.
    fn count(&self, label: &str) -> u64 {
        let template = json!({"CKA_CLASS": "secret", "CKA_LABEL": label});
        let answers = self
            .token
            .calls(json!([{"do": "find", "template": template}]));
        answers[0]["found"].as_u64().unwrap()
    }
}
