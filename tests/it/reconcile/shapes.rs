//! Logs in the shapes in which providers deliver them, made from a plain list of what happened.
//!
//! After the public documentation of each log: AWS KMS Developer Guide, "Examples of AWS KMS log entries";
//! Cloud KMS, "Audit logging"; Azure Key Vault, "Logging", and Managed HSM, "Logging"; Vault, "Audit devices"
//! and the API of the transit engine. Nothing is copied from a log of anybody.

use std::fs;
use std::path::Path;

use keyrite::domain::record::Digest;
use serde_json::Value;
use serde_json::json;

/// Something that happened at a provider.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Happens {
    pub(super) at: String,
    pub(super) what: What,
    pub(super) who: &'static str,
    /// Name of the key, without its place.
    pub(super) key: &'static str,
    /// With another fact than the record has.
    pub(super) otherwise: bool,
    pub(super) refused: bool,
    /// In another account, region, vault or mount.
    pub(super) elsewhere: bool,
    /// The id of the entry, where it is to be that of another one.
    pub(super) id: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum What {
    Read,
    Fetch,
    Import,
    Enable,
    Disable,
    SetAccess,
    ProcessOnly,
    Rotate,
    ScheduleDeletion,
    CancelDeletion,
    Encrypt,
    Decrypt,
}

impl Happens {
    pub(super) fn new(at: &str, what: What, who: &'static str) -> Self {
        Self {
            at: at.to_owned(),
            what,
            who,
            key: "payments",
            otherwise: false,
            refused: false,
            elsewhere: false,
            id: None,
        }
    }

    /// An id of the entry that stays the same however often it is delivered.
    pub(super) fn id(&self) -> String {
        if let Some(id) = &self.id {
            return id.clone();
        }
        let Digest(bytes) = Digest::of(format!("{self:?}").as_bytes());
        let hex: Vec<String> = bytes
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let hex = hex.concat();
        format!(
            "{}-{}-4{}-8{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..32]
        )
    }
}

/// How a provider writes what happened.
pub(super) trait Shape: Sync {
    /// As `--provider` names it.
    fn provider(&self) -> &'static str;
    /// How the log names a person.
    fn name_of(&self, who: &str) -> &'static str;
    /// Whether a deletion waits there.
    fn schedules(&self) -> bool {
        true
    }
    /// Writes the log into a folder.
    fn write(&self, folder: &Path, all: &[Happens]);
    /// What the provider's tool prints as its list of keys.
    fn inventory(&self, keys: &[&str]) -> Value;
}

pub(super) const ALL: &[&dyn Shape] = &[&Aws, &Google, &Azure, &Vault];

struct Aws;

impl Aws {
    fn arn(key: &str, region: &str) -> String {
        let id = match key {
            "payments" => "1234abcd-12ab-34cd-56ef-1234567890ab".to_owned(),
            other => format!("00000000-0000-0000-0000-{:0>12}", other.len()),
        };
        format!("arn:aws:kms:{region}:111122223333:key/{id}")
    }

    fn entry(it: &Happens) -> Value {
        let region = if it.elsewhere {
            "us-east-1"
        } else {
            "eu-west-1"
        };
        let arn = Self::arn(it.key, region);
        let policy = json!({"Version": "2012-10-17", "Statement": []}).to_string();
        let valid_to = if it.otherwise {
            "Jan 5, 2027 9:10:00 AM"
        } else {
            VALID_TO
        };
        let (name, asked, answered) = match it.what {
            What::Read => ("DescribeKey", json!({"keyId": arn}), Value::Null),
            What::Fetch => (
                "GetParametersForImport",
                json!({"keyId": arn, "wrappingAlgorithm": "RSAES_OAEP_SHA_256", "wrappingKeySpec": "RSA_4096"}),
                json!({"keyId": arn, "parametersValidTo": "Jan 6, 2026, 8:30:00 AM"}),
            ),
            What::Import => (
                "ImportKeyMaterial",
                json!({"keyId": arn, "validTo": valid_to, "expirationModel": "KEY_MATERIAL_EXPIRES"}),
                json!({"keyId": arn, "keyMaterialId": "aa".repeat(32)}),
            ),
            What::Enable => ("EnableKey", json!({"keyId": arn}), Value::Null),
            What::Disable => ("DisableKey", json!({"keyId": arn}), Value::Null),
            What::SetAccess | What::ProcessOnly => (
                "PutKeyPolicy",
                json!({"keyId": arn, "policyName": "default", "policy": policy, "bypassPolicyLockoutSafetyCheck": false}),
                Value::Null,
            ),
            What::Rotate => (
                "RotateKeyOnDemand",
                json!({"keyId": arn}),
                json!({"keyId": arn}),
            ),
            What::ScheduleDeletion => (
                "ScheduleKeyDeletion",
                json!({"keyId": arn, "pendingWindowInDays": 30}),
                json!({"keyId": arn, "keyState": "PendingDeletion", "deletionDate": "Apr 1, 2026, 12:00:00 AM"}),
            ),
            What::CancelDeletion => (
                "CancelKeyDeletion",
                json!({"keyId": arn}),
                json!({"keyId": arn}),
            ),
            What::Encrypt => (
                "Encrypt",
                json!({"keyId": arn, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
                Value::Null,
            ),
            What::Decrypt => (
                "Decrypt",
                json!({"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
                Value::Null,
            ),
        };
        let mut entry = json!({
            "eventVersion": "1.08",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": Aws.name_of(it.who), "accountId": "111122223333", "userName": it.who},
            "eventTime": it.at,
            "eventSource": "kms.amazonaws.com",
            "eventName": name,
            "awsRegion": region,
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "aws-cli/2.15.0",
            "requestParameters": asked,
            "responseElements": answered,
            "requestID": it.id(),
            "eventID": it.id(),
            "readOnly": matches!(it.what, What::Read | What::Fetch | What::Encrypt | What::Decrypt),
            "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": arn}],
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management",
        });
        if it.refused {
            entry["errorCode"] = json!("AccessDenied");
            entry["errorMessage"] = json!("User is not authorized to perform this operation");
            entry["responseElements"] = Value::Null;
        }
        entry
    }
}

/// 300 days after the key was wrapped, as older entries of CloudTrail write it. The ceremony goes on by
/// twenty seconds at each look at the clock.
const VALID_TO: &str = "Nov 1, 2026 9:10:00 AM";

impl Shape for Aws {
    fn provider(&self) -> &'static str {
        "aws"
    }

    fn name_of(&self, who: &str) -> &'static str {
        match who {
            "ana" => "arn:aws:iam::111122223333:user/ana",
            "dee" => "arn:aws:iam::111122223333:user/dee",
            "cho" => "arn:aws:iam::111122223333:user/cho",
            "app" => "arn:aws:iam::111122223333:user/payments-app",
            _ => "arn:aws:iam::111122223333:user/mallory",
        }
    }

    fn write(&self, folder: &Path, all: &[Happens]) {
        // As S3 delivers it: a folder for each day, packed.
        let folder = folder.join("AWSLogs/111122223333/CloudTrail/eu-west-1");
        fs::create_dir_all(&folder).unwrap();
        let half = all.len() / 2;
        for (name, part) in [("a", &all[..half]), ("b", &all[half..])] {
            let records: Vec<Value> = part.iter().map(Self::entry).collect();
            let text = json!({"Records": records}).to_string();
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
            let file = folder.join(format!("111122223333_CloudTrail_eu-west-1_{name}.json.gz"));
            fs::write(file, packed.finish().unwrap()).unwrap();
        }
    }

    fn inventory(&self, keys: &[&str]) -> Value {
        let keys: Vec<Value> = keys
            .iter()
            .map(|key| {
                let arn = Self::arn(key, "eu-west-1");
                json!({"KeyId": arn.rsplit('/').next().unwrap(), "KeyArn": arn})
            })
            .collect();
        json!({"Keys": keys})
    }
}

struct Google;

impl Google {
    fn name(key: &str, location: &str) -> String {
        format!("projects/bank/locations/{location}/keyRings/cards/cryptoKeys/{key}")
    }

    fn entry(it: &Happens) -> Value {
        let location = if it.elsewhere {
            "us-east1"
        } else {
            "europe-west1"
        };
        let key = Self::name(it.key, location);
        let version = format!("{key}/cryptoKeyVersions/1");
        let job = if it.otherwise { "february" } else { "january" };
        let state = |state: &str| json!({"cryptoKeyVersion": {"name": version, "state": state}, "updateMask": "state"});
        let (method, resource, asked, data) = match it.what {
            What::Read => ("GetCryptoKey", key.clone(), json!({"name": key}), true),
            What::Fetch => (
                "GetImportJob",
                format!("projects/bank/locations/{location}/keyRings/cards/importJobs/january"),
                json!({}),
                true,
            ),
            What::Import => (
                "ImportCryptoKeyVersion",
                key.clone(),
                json!({
                    "parent": key,
                    "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
                    "importJob": format!("projects/bank/locations/{location}/keyRings/cards/importJobs/{job}"),
                }),
                false,
            ),
            What::Enable => (
                "UpdateCryptoKeyVersion",
                version.clone(),
                state("ENABLED"),
                false,
            ),
            What::Disable => (
                "UpdateCryptoKeyVersion",
                version.clone(),
                state("DISABLED"),
                false,
            ),
            What::SetAccess => ("SetIamPolicy", key.clone(), json!({"resource": key}), false),
            What::ProcessOnly | What::Rotate => (
                "UpdateCryptoKeyPrimaryVersion",
                key.clone(),
                json!({"name": key, "cryptoKeyVersionId": "2"}),
                false,
            ),
            What::ScheduleDeletion => (
                "DestroyCryptoKeyVersion",
                version.clone(),
                json!({"name": version}),
                false,
            ),
            What::CancelDeletion => (
                "RestoreCryptoKeyVersion",
                version.clone(),
                json!({"name": version}),
                false,
            ),
            What::Encrypt => ("Encrypt", key.clone(), json!({"name": key}), true),
            What::Decrypt => ("Decrypt", version.clone(), json!({"name": key}), true),
        };
        let log = if data { "data_access" } else { "activity" };
        let status = if it.refused {
            json!({"code": 7, "message": "Permission denied"})
        } else {
            json!({})
        };
        json!({
            "protoPayload": {
                "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "status": status,
                "authenticationInfo": {"principalEmail": Google.name_of(it.who)},
                "requestMetadata": {"callerIp": "203.0.113.7", "callerSuppliedUserAgent": "gcloud"},
                "serviceName": "cloudkms.googleapis.com",
                "methodName": method,
                "authorizationInfo": [{"resource": resource, "permission": format!("cloudkms.{method}"), "granted": !it.refused}],
                "resourceName": resource,
                "request": asked,
            },
            "insertId": it.id(),
            "resource": {"type": "cloudkms_cryptokey", "labels": {"project_id": "bank", "location": location, "key_ring_id": "cards", "crypto_key_id": it.key}},
            "timestamp": it.at,
            "severity": "NOTICE",
            "logName": format!("projects/bank/logs/cloudaudit.googleapis.com%2F{log}"),
            "receiveTimestamp": it.at,
        })
    }
}

impl Shape for Google {
    fn provider(&self) -> &'static str {
        "google"
    }

    fn name_of(&self, who: &str) -> &'static str {
        match who {
            "ana" => "ana@bank.example",
            "dee" => "dee@bank.example",
            "cho" => "cho@bank.example",
            "app" => "payments-app@bank.iam.gserviceaccount.com",
            _ => "mallory@bank.example",
        }
    }

    fn write(&self, folder: &Path, all: &[Happens]) {
        let lines: Vec<String> = all
            .iter()
            .map(|it| format!("{}\n", Self::entry(it)))
            .collect();
        fs::write(folder.join("cloudaudit.jsonl"), lines.concat()).unwrap();
    }

    fn inventory(&self, keys: &[&str]) -> Value {
        let keys: Vec<Value> = keys
            .iter()
            .map(|key| json!({"name": Self::name(key, "europe-west1"), "purpose": "ENCRYPT_DECRYPT"}))
            .collect();
        json!(keys)
    }
}

struct Azure;

impl Azure {
    fn url(key: &str, elsewhere: bool) -> String {
        let host = if elsewhere { "others" } else { "cards" };
        format!("https://{host}.managedhsm.azure.net/keys/{key}")
    }

    fn entry(it: &Happens) -> Value {
        let url = Self::url(
            if it.otherwise {
                "payments-copy"
            } else {
                it.key
            },
            it.elsewhere,
        );
        let host = url.split("/keys").next().unwrap().to_owned();
        let name = match it.what {
            What::Read | What::Fetch => "KeyGet",
            What::Import => "KeyImport",
            What::Enable | What::Disable | What::ProcessOnly => "KeyUpdate",
            What::SetAccess => "RoleAssignmentCreate",
            What::Rotate => "KeyRotate",
            What::ScheduleDeletion => "KeyDelete",
            What::CancelDeletion => "KeyRecover",
            What::Encrypt => "KeyEncrypt",
            What::Decrypt => "KeyDecrypt",
        };
        let id = if it.what == What::SetAccess {
            format!(
                "{host}/keys/providers/Microsoft.Authorization/roleAssignments/{}",
                it.id()
            )
        } else {
            format!("{url}/0123456789abcdef0123456789abcdef")
        };
        // The client sends the name of the ceremony along where it says anything.
        let call = if it.otherwise {
            "aws-kms-aes256".to_owned()
        } else {
            it.id()
        };
        json!({
            "time": it.at,
            "category": "AuditEvent",
            "resourceId": format!(
                "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/CARDS/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/{}",
                if it.elsewhere { "OTHERS" } else { "CARDS" }
            ),
            "operationName": name,
            "operationVersion": "7.4",
            "resultType": if it.refused { "Unauthorized" } else { "Success" },
            "resultSignature": if it.refused { "Forbidden" } else { "OK" },
            "durationMs": "60",
            "callerIpAddress": "203.0.113.7",
            "correlationId": call,
            // A text of JSON, as Managed HSMs have it.
            "identity": json!({"claim": {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": Azure.name_of(it.who)}}).to_string(),
            "properties": {
                "clientInfo": "azure-cli",
                "requestUri": id,
                "id": if it.what == What::SetAccess { String::new() } else { id.clone() },
                "httpStatusCode": if it.refused { 403 } else { 200 },
            },
        })
    }
}

impl Shape for Azure {
    fn provider(&self) -> &'static str {
        "azure"
    }

    fn name_of(&self, who: &str) -> &'static str {
        match who {
            "ana" => "ana@bank.onmicrosoft.example",
            "dee" => "dee@bank.onmicrosoft.example",
            "cho" => "cho@bank.onmicrosoft.example",
            "app" => "payments-app@bank.onmicrosoft.example",
            _ => "mallory@bank.onmicrosoft.example",
        }
    }

    fn write(&self, folder: &Path, all: &[Happens]) {
        let records: Vec<Value> = all.iter().map(Self::entry).collect();
        let text = json!({"records": records}).to_string();
        fs::write(folder.join("PT1H.json"), text).unwrap();
    }

    fn inventory(&self, keys: &[&str]) -> Value {
        let keys: Vec<Value> = keys
            .iter()
            .map(|key| json!({"kid": Self::url(key, false), "name": key}))
            .collect();
        json!(keys)
    }
}

struct Vault;

impl Vault {
    fn entries(it: &Happens) -> [Value; 2] {
        let mount = if it.elsewhere {
            "lab-transit"
        } else {
            "transit"
        };
        let key = format!("{mount}/keys/{}", it.key);
        let (operation, path, data) = match it.what {
            What::Read => ("read", key, Value::Null),
            What::Fetch => ("read", format!("{mount}/wrapping_key"), Value::Null),
            What::Import => (
                "update",
                format!("{key}/import"),
                json!({
                    "ciphertext": "hmac-sha256:4f",
                    "type": "hmac-sha256:aa",
                    "hash_function": "hmac-sha256:bb",
                    "exportable": it.otherwise,
                    "allow_plaintext_backup": false,
                }),
            ),
            What::Enable => (
                "update",
                format!("{key}/config"),
                json!({"min_decryption_version": 1}),
            ),
            What::Disable => (
                "update",
                format!("{key}/config"),
                json!({"min_decryption_version": 2}),
            ),
            What::ProcessOnly => (
                "update",
                format!("{key}/config"),
                json!({"min_encryption_version": 2}),
            ),
            What::SetAccess => (
                "update",
                "sys/policies/acl/payments".to_owned(),
                json!({"policy": "hmac-sha256:cc"}),
            ),
            What::Rotate => ("update", format!("{key}/rotate"), Value::Null),
            // As OpenBao has it.
            What::ScheduleDeletion => ("update", format!("{key}/soft-delete"), Value::Null),
            What::CancelDeletion => ("update", format!("{key}/soft-delete-restore"), Value::Null),
            What::Encrypt => (
                "update",
                format!("{mount}/encrypt/{}", it.key),
                json!({"plaintext": "hmac-sha256:dd"}),
            ),
            What::Decrypt => (
                "update",
                format!("{mount}/decrypt/{}", it.key),
                json!({"ciphertext": "hmac-sha256:ee"}),
            ),
        };
        let of_engine = !path.starts_with("sys/");
        let request = json!({
            "id": it.id(),
            "operation": operation,
            "mount_type": if of_engine { "transit" } else { "system" },
            "mount_point": if of_engine { format!("{mount}/") } else { "sys/".to_owned() },
            "namespace": {"id": "root"},
            "path": path,
            "data": data,
            "remote_address": "203.0.113.7",
        });
        let auth = json!({"display_name": Vault.name_of(it.who), "entity_id": "entity", "policies": ["default"], "token_type": "service"});
        let error = if it.refused {
            "1 error occurred: permission denied"
        } else {
            ""
        };
        let mut asked = json!({"time": it.at, "type": "request", "auth": auth, "request": request});
        let mut answered = json!({"time": it.at, "type": "response", "auth": auth, "request": request, "response": {"mount_type": "transit"}});
        if it.refused {
            asked["error"] = json!(error);
            answered["error"] = json!(error);
        }
        [asked, answered]
    }
}

impl Shape for Vault {
    fn provider(&self) -> &'static str {
        "vault"
    }

    fn name_of(&self, who: &str) -> &'static str {
        match who {
            "ana" => "ldap-ana",
            "dee" => "ldap-dee",
            "cho" => "ldap-cho",
            "app" => "approle-payments",
            _ => "ldap-mallory",
        }
    }

    fn schedules(&self) -> bool {
        false
    }

    fn write(&self, folder: &Path, all: &[Happens]) {
        let lines: Vec<String> = all
            .iter()
            .flat_map(Self::entries)
            .map(|entry| format!("{entry}\n"))
            .collect();
        fs::write(folder.join("audit.log"), lines.concat()).unwrap();
    }

    fn inventory(&self, keys: &[&str]) -> Value {
        json!({"data": {"keys": keys}})
    }
}
