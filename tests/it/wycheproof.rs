//! Attacks of the past, from Project Wycheproof, on what we call.
//!
//! Where two implementations stand behind a verdict, each is asked, and they must agree. Vectors
//! that are `acceptable` are compared between the two only.

use std::fmt::Display;

use aes::cipher::KeyInit as _;
use aws_lc_rs::key_wrap;
use aws_lc_rs::key_wrap::KeyWrap as _;
use aws_lc_rs::rsa as lc;
use aws_lc_rs::signature;
use keyrite::crypto::error::CryptoError;
use keyrite::crypto::software;
use keyrite::crypto::wrap;
use keyrite::crypto::wrap::Hash;
use keyrite::crypto::wrap::OaepHashes;
use keyrite::domain::algorithm::KeyType;
use keyrite::secret::Secret;
use wycheproof::HashFunction;
use wycheproof::TestResult;

/// Counts the vectors of one kind and keeps those that came out wrong.
struct Tally {
    what: &'static str,
    valid: usize,
    invalid: usize,
    acceptable: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn new(what: &'static str) -> Self {
        Self {
            what,
            valid: 0,
            invalid: 0,
            acceptable: 0,
            wrong: Vec::new(),
        }
    }

    /// `accepted` is what we made of the vector.
    fn count(&mut self, name: impl Display, wanted: TestResult, accepted: bool) {
        let (counter, right) = match wanted {
            TestResult::Valid => (&mut self.valid, accepted),
            TestResult::Invalid => (&mut self.invalid, !accepted),
            TestResult::Acceptable => (&mut self.acceptable, true),
        };
        *counter += 1;
        if !right {
            self.wrong(format!("{name}: {wanted:?}, accepted: {accepted}"));
        }
    }

    fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// Every vector came out right, and there were as many as there should be.
    #[track_caller]
    fn finish(self, valid: usize, invalid: usize) {
        assert!(
            self.wrong.is_empty() && (self.valid, self.invalid) == (valid, invalid),
            "{}: {} valid, {} invalid, {} acceptable; {} wrong:\n{}",
            self.what,
            self.valid,
            self.invalid,
            self.acceptable,
            self.wrong.len(),
            self.wrong.join("\n")
        );
    }
}

fn secret(bytes: &[u8]) -> Secret {
    Secret::take(&mut bytes.to_vec())
}

#[test]
fn aes_key_wrap_with_padding_opens_and_refuses_what_it_should() {
    let mut tally = Tally::new("KWP");
    let set =
        wycheproof::keywrap::TestSet::load(wycheproof::keywrap::TestName::AesKeyWrapWithPadding)
            .unwrap();
    for group in set.test_groups.iter().filter(|group| group.key_size == 256) {
        for test in &group.tests {
            let name = format!("{} {}", test.tc_id, test.comment);
            let kek = secret(&test.key);
            // Both implementations open; that they disagree is an error of its own.
            let opened = wrap::kwp_unwrap(&kek, &test.ct);
            if matches!(opened, Err(CryptoError::Disagree { .. })) {
                tally.wrong(format!("{name}: the implementations disagree"));
            }
            // Nobody wraps nothing: this is valid only to the letter.
            let nothing = test.pt.is_empty();
            let wanted = if nothing {
                TestResult::Invalid
            } else {
                test.result
            };
            let same = opened.is_ok_and(|opened| opened.expose() == test.pt.as_slice());
            tally.count(&name, wanted, same);
            if test.result == TestResult::Valid && !nothing {
                let wrapped = wrap::kwp_wrap(&kek, &secret(&test.pt)).unwrap();
                if wrapped != test.ct.as_slice() {
                    tally.wrong(format!("{name}: wraps to other bytes"));
                }
            }
        }
    }
    tally.finish(25, 69);
}

#[test]
fn aes_key_wrap_opens_and_refuses_what_it_should() {
    let mut tally = Tally::new("KW");
    let set =
        wycheproof::keywrap::TestSet::load(wycheproof::keywrap::TestName::AesKeyWrap).unwrap();
    for group in set.test_groups.iter().filter(|group| group.key_size == 256) {
        for test in &group.tests {
            let mut buffer = vec![0; test.ct.len()];
            let first = key_wrap::AesKek::new(&key_wrap::AES_256, &test.key)
                .unwrap()
                .unwrap(&test.ct, &mut buffer)
                .map(|opened| opened.to_vec())
                .ok();
            let mut buffer = vec![0; test.ct.len().saturating_sub(8)];
            // As for KWP: what is too short for a key is not shown to aes-kw.
            let second = (test.ct.len() >= 24)
                .then(|| {
                    aes_kw::AesKw::<aes::Aes256>::new_from_slice(&test.key)
                        .unwrap()
                        .unwrap_key(&test.ct, &mut buffer)
                        .map(<[u8]>::to_vec)
                        .ok()
                })
                .flatten();
            let name = format!("{} {}", test.tc_id, test.comment);
            if first != second {
                tally.wrong(format!("{name}: the implementations disagree"));
            }
            tally.count(
                &name,
                test.result,
                first.is_some_and(|opened| opened == test.pt.as_slice()),
            );
        }
    }
    tally.finish(13, 54);
}

#[test]
fn oaep_opens_and_refuses_what_it_should() {
    use wycheproof::rsa_oaep::TestName;
    let mut tally = Tally::new("OAEP");
    for name in [
        TestName::Rsa2048Sha1Mgf1Sha1,
        TestName::Rsa2048Sha256Mgf1Sha256,
        TestName::Rsa2048Sha384Mgf1Sha384,
        TestName::Rsa2048Sha512Mgf1Sha512,
        TestName::Rsa3072Sha256Mgf1Sha256,
        TestName::Rsa3072Sha512Mgf1Sha512,
        TestName::Rsa4096Sha256Mgf1Sha256,
        TestName::Rsa4096Sha512Mgf1Sha512,
        TestName::RsaMisc,
    ] {
        let set = wycheproof::rsa_oaep::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            // Smaller wrapping keys, other hash functions and two at a time are refused before.
            let (Some(oaep), Some(mgf)) = (hash(group.hash), hash(group.mgf_hash)) else {
                continue;
            };
            if group.key_size < 2048 || oaep != mgf {
                continue;
            }
            let hashes = OaepHashes { hash: oaep, mgf };
            let first = lc::OaepPrivateDecryptingKey::new(
                lc::PrivateDecryptingKey::from_pkcs8(&group.pkcs8).unwrap(),
            )
            .unwrap();
            for test in &group.tests {
                let case = format!("{name:?} {} {}", test.tc_id, test.comment);
                let second = wrap::unwrap_with_published_key(hashes, &group.pkcs8, &test.ct).ok();
                let mut buffer = vec![0; first.min_output_size()];
                let first = first
                    .decrypt(algorithm(oaep), &test.ct, &mut buffer, None)
                    .ok()
                    .map(|opened| secret(opened));
                if first != second {
                    tally.wrong(format!("{case}: the implementations disagree"));
                }
                // Our label is empty: what has another does not open.
                let wanted = if test.label.is_empty() {
                    test.result
                } else {
                    TestResult::Invalid
                };
                tally.count(
                    &case,
                    wanted,
                    second.is_some_and(|opened| opened.expose() == test.pt.as_slice()),
                );
            }
        }
    }
    tally.finish(125, 223);
}

fn hash(function: HashFunction) -> Option<Hash> {
    [
        (HashFunction::Sha1, Hash::Sha1),
        (HashFunction::Sha2_256, Hash::Sha256),
        (HashFunction::Sha2_384, Hash::Sha384),
        (HashFunction::Sha2_512, Hash::Sha512),
    ]
    .into_iter()
    .find_map(|(theirs, ours)| (theirs == function).then_some(ours))
}

fn algorithm(hash: Hash) -> &'static lc::OaepAlgorithm {
    match hash {
        Hash::Sha1 => &lc::OAEP_SHA1_MGF1SHA1,
        Hash::Sha224 => panic!("aws-lc-rs has no OAEP with SHA-224"),
        Hash::Sha256 => &lc::OAEP_SHA256_MGF1SHA256,
        Hash::Sha384 => &lc::OAEP_SHA384_MGF1SHA384,
        Hash::Sha512 => &lc::OAEP_SHA512_MGF1SHA512,
    }
}

#[test]
fn the_codes_behind_check_values_are_right() {
    let mut tally = Tally::new("CMAC and HMAC");
    for name in [
        wycheproof::mac::TestName::AesCmac,
        wycheproof::mac::TestName::HmacSha256,
    ] {
        let set = wycheproof::mac::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                let code = match (name, test.key.len()) {
                    (wycheproof::mac::TestName::HmacSha256, _) => {
                        code::<hmac::Hmac<sha2::Sha256>>(&test.key, &test.msg)
                    }
                    (_, 16) => code::<cmac::Cmac<aes::Aes128>>(&test.key, &test.msg),
                    (_, 24) => code::<cmac::Cmac<aes::Aes192>>(&test.key, &test.msg),
                    // Keys of a wrong length, too: they are refused.
                    (_, _) => code::<cmac::Cmac<aes::Aes256>>(&test.key, &test.msg),
                };
                let same = code
                    .and_then(|code| code.get(..group.tag_size / 8).map(<[u8]>::to_vec))
                    .is_some_and(|code| code == test.tag.as_slice());
                tally.count(
                    format!("{name:?} {} {}", test.tc_id, test.comment),
                    test.result,
                    same,
                );
            }
        }
    }
    tally.finish(129, 356);
}

fn code<M: hmac::Mac + aes::cipher::KeyInit>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as aes::cipher::KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

#[test]
fn signatures_that_prove_elliptic_curve_pairs_are_verified() {
    use wycheproof::ecdsa::TestName;
    let mut tally = Tally::new("ECDSA");
    let algorithms: [(KeyType, TestName, &dyn signature::VerificationAlgorithm); 4] = [
        (
            KeyType::EcP256,
            TestName::EcdsaSecp256r1Sha256,
            &signature::ECDSA_P256_SHA256_ASN1,
        ),
        (
            KeyType::EcP384,
            TestName::EcdsaSecp384r1Sha384,
            &signature::ECDSA_P384_SHA384_ASN1,
        ),
        (
            KeyType::EcP521,
            TestName::EcdsaSecp521r1Sha512,
            &signature::ECDSA_P521_SHA512_ASN1,
        ),
        (
            KeyType::EcSecp256k1,
            TestName::EcdsaSecp256k1Sha256,
            &signature::ECDSA_P256K1_SHA256_ASN1,
        ),
    ];
    for (kind, name, algorithm) in algorithms {
        let set = wycheproof::ecdsa::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                let case = format!("{kind} {} {}", test.tc_id, test.comment);
                let second = software::verifies(kind, &group.der, &test.msg, &test.sig);
                let first = algorithm
                    .verify_sig(&group.key.key, &test.msg, &test.sig)
                    .is_ok();
                if first != second {
                    tally.wrong(format!("{case}: the implementations disagree"));
                }
                tally.count(&case, test.result, second);
            }
        }
    }
    tally.finish(768, 1238);
}

#[test]
fn signatures_that_prove_ed25519_pairs_are_verified() {
    let mut tally = Tally::new("Ed25519");
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    for group in &set.test_groups {
        for test in &group.tests {
            let case = format!("{} {}", test.tc_id, test.comment);
            let second = software::verifies(KeyType::Ed25519, &group.der, &test.msg, &test.sig);
            let first = signature::UnparsedPublicKey::new(&signature::ED25519, &group.key.pk)
                .verify(&test.msg, &test.sig)
                .is_ok();
            if first != second {
                tally.wrong(format!("{case}: the implementations disagree"));
            }
            tally.count(&case, test.result, second);
        }
    }
    tally.finish(88, 63);
}

#[test]
#[should_panic(expected = "a: 1 valid, 1 invalid, 0 acceptable; 2 wrong")]
fn a_wrong_verdict_is_told() {
    let mut tally = Tally::new("a");
    tally.count(1, TestResult::Valid, false);
    tally.count(2, TestResult::Invalid, true);
    tally.finish(1, 1);
}
