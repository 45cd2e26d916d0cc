//! What a person should know of AWS KMS.

use crate::providers::about::About;
use crate::providers::about::Fact;

const MODEL: &str = "https://github.com/boto/botocore, kms/2014-11-01/service-2.json at 0e6e2404";
const GUIDE: &str =
    "https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html";

pub(super) static ABOUT: About = About {
    reads: &[
        "parameters.json of `aws kms get-parameters-for-import` (both forms of time)",
        "ZIP of the console, old and new",
        "WrappingPublicKey.bin and ImportToken.bin",
        "the public key alone: DER, PEM or base64",
    ],
    writes: &[
        "EncryptedKeyMaterial.bin",
        "ImportToken.bin",
        "import-key-material.sh",
        "rotate-key-on-demand.sh (import type `new`)",
    ],
    key_id: "the key id or ARN of a KMS key with origin EXTERNAL; no alias",
    wrapping_key_id: None,
    lifetime: Fact::new(
        "24 hours; wrapping key and import token belong together",
        GUIDE,
    ),
    facts: &[
        Fact::new(
            "symmetric keys are 32 raw bytes, HMAC secrets exactly as long as their spec says",
            GUIDE,
        ),
        Fact::new(
            "pairs are PKCS#8 DER; RSA has two primes, EC a named curve",
            GUIDE,
        ),
        Fact::new("the wrapped key has at most 6144 bytes", MODEL),
        Fact::new("ML-DSA keys cannot be imported", GUIDE),
        Fact::new(
            "an asymmetric or HMAC key has one material for ever; a re-import must be the same bytes",
            GUIDE,
        ),
        Fact::new(
            "a symmetric key takes new material (import type `new`), then rotates on demand, at most 25 times",
            GUIDE,
        ),
        Fact::new(
            "multi-Region: new material into the primary, the same as existing into every replica, then rotate",
            MODEL,
        ),
        Fact::new(
            "material expires unless told otherwise, after at most 365 days",
            MODEL,
        ),
        Fact::new(
            "RSA_AES_KEY_WRAP carries RSA and EC pairs only: neither AES nor HMAC",
            MODEL,
        ),
    ],
    before: &[
        "aws kms create-key --origin EXTERNAL --key-spec SYMMETRIC_DEFAULT --key-usage ENCRYPT_DECRYPT",
        "aws kms get-parameters-for-import --key-id KEY --wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096 > parameters.json",
    ],
    after: &[
        "sh import-key-material.sh",
        "aws kms describe-key --key-id KEY",
        "sh rotate-key-on-demand.sh   (import type `new`, once it is in every Region)",
    ],
    unconfirmed: &[
        "ECC_NIST_EDWARDS25519 is a key spec but not in the list of importable ones: refused",
        "how AWS computes a KeyMaterialId is not published",
        "one page says that HMAC secrets may be longer than their spec: not done",
    ],
    external: Some(Fact::new(
        "external key store (XKS): origin EXTERNAL_KEY_STORE; record CustomKeyStoreId, XksKeyId, proxy endpoint and path; the outside key must be AES-256",
        MODEL,
    )),
};
