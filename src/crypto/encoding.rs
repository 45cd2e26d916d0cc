//! Tells one DER structure from another by the kinds of its first fields.

use der::Decode as _;
use der::Reader as _;
use der::Tag;
use der::asn1::AnyRef;
use der::asn1::ObjectIdentifier;

/// What a DER structure is by its outline.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// `PrivateKeyInfo`.
    Pkcs8,
    /// `EncryptedPrivateKeyInfo`.
    EncryptedPkcs8,
    /// `ECPrivateKey`.
    Sec1,
    /// `RSAPrivateKey`.
    Pkcs1Private,
    /// `RSAPublicKey`.
    Pkcs1Public,
    /// `SubjectPublicKeyInfo`.
    Spki,
    /// `Certificate` (or a request for one).
    Certificate,
}

/// Reads the outline of one whole DER structure; nothing if it is none of these.
pub(super) fn shape(bytes: &[u8]) -> Option<Shape> {
    let outer = AnyRef::from_der(bytes).ok()?;
    if der::Tagged::tag(&outer) != Tag::Sequence {
        return None;
    }
    let mut reader = der::SliceReader::new(outer.value()).ok()?;
    let mut tags = Vec::new();
    while !reader.is_finished() && tags.len() < 4 {
        tags.push(der::Tagged::tag(&AnyRef::decode(&mut reader).ok()?));
    }
    match tags.as_slice() {
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => Some(Shape::Pkcs8),
        [Tag::Sequence, Tag::OctetString] => Some(Shape::EncryptedPkcs8),
        [Tag::Integer, Tag::OctetString, ..] => Some(Shape::Sec1),
        [Tag::Integer, Tag::Integer, Tag::Integer, ..] => Some(Shape::Pkcs1Private),
        [Tag::Integer, Tag::Integer] => Some(Shape::Pkcs1Public),
        [Tag::Sequence, Tag::BitString] => Some(Shape::Spki),
        [Tag::Sequence, Tag::Sequence, Tag::BitString] => Some(Shape::Certificate),
        _ => None,
    }
}

/// Length of the DER structure at the start of `bytes`, header included.
pub(super) fn der_len(bytes: &[u8]) -> Option<usize> {
    let mut reader = der::SliceReader::new(bytes).ok()?;
    let header = der::Header::decode(&mut reader).ok()?;
    let body = usize::try_from(header.length()).ok()?;
    let head = usize::try_from(reader.position()).ok()?;
    head.checked_add(body)
}

/// What people call an algorithm, or its number.
pub(super) fn algorithm_name(oid: ObjectIdentifier, parameter: Option<ObjectIdentifier>) -> String {
    let oid = parameter.unwrap_or(oid).to_string();
    NAMES
        .iter()
        .find(|(number, _)| *number == oid)
        .map_or(oid, |(_, name)| (*name).to_owned())
}

/// Object identifiers that are met where they do not belong.
const NAMES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.7", "RSA-OAEP"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.10045.2.1", "EC"),
    ("1.2.840.10045.3.1.7", "EC P-256"),
    ("1.3.132.0.34", "EC P-384"),
    ("1.3.132.0.35", "EC P-521"),
    ("1.3.132.0.10", "EC secp256k1"),
    ("1.2.156.10197.1.301", "SM2"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.113549.1.3.1", "DH"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];
