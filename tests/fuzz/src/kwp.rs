//! AES key wrap with padding opens what RFC 5649 says, and nothing else.
//!
//! The first byte says what the rest is: a blob; edits of a good blob; or what a blob shall hold before the
//! AES key is put over it, initial value and padding included, which only a wrapper that errs would write.

use aes::Aes256;
use aes::cipher::BlockCipherEncrypt as _;
use aes::cipher::KeyInit as _;
use keyrite::crypto::wrap::kwp_unwrap;
use keyrite::crypto::wrap::kwp_wrap;
use keyrite::secret::Secret;

use super::edits;

const KEK: [u8; 32] = *b"a key that everybody may know!!!";
/// RFC 5649, section 3.
const CONSTANT: [u8; 4] = [0xa6, 0x59, 0x59, 0xa6];

/// See the module.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let kek = Secret::take(&mut KEK.to_vec());
    match how % 3 {
        0 => again(&kek, rest),
        1 => {
            let (length, edited) = rest.split_first().unwrap_or((&31, &[]));
            let material = Secret::zeroed(usize::from(*length) + 1);
            let good = kwp_wrap(&kek, &material).expect("it can be wrapped");
            let mut blob = good.clone();
            edits::apply(&mut [&mut blob], edited);
            if blob == good {
                assert_eq!(kwp_unwrap(&kek, &blob), Ok(material));
            }
            // A fuzzer that watches comparisons can put another good blob in its place.
            again(&kek, &blob);
        }
        _ => {
            let mut inside = rest.to_vec();
            inside.resize((rest.len() / 8 * 8).clamp(16, 4096), 0);
            let blob = over(&inside);
            match (said(&inside), kwp_unwrap(&kek, &blob)) {
                (Some(said), Ok(found)) => assert_eq!(found.expose(), said),
                (None, Err(_)) => {}
                (Some(_), Err(error)) => panic!("what is right does not open: {error}"),
                (None, Ok(_)) => panic!("what is wrong opens"),
            }
        }
    }
}

/// What opens is what wrapping it again gives.
fn again(kek: &Secret, blob: &[u8]) {
    if let Ok(found) = kwp_unwrap(kek, blob) {
        assert_eq!(kwp_wrap(kek, &found).expect("it can be wrapped"), blob);
    }
}

/// What RFC 5649, section 3, finds inside.
fn said(inside: &[u8]) -> Option<&[u8]> {
    let (head, body) = inside.split_at(8);
    let length = usize::try_from(u32::from_be_bytes(head[4..].try_into().ok()?)).ok()?;
    let fits = length.div_ceil(8) * 8 == body.len() && length > 0;
    let (said, padding) = body.split_at_checked(length)?;
    (head[..4] == CONSTANT && fits && padding.iter().all(|byte| *byte == 0)).then_some(said)
}

/// The AES key over it: RFC 3394, section 2.2.1, and one block by itself.
fn over(inside: &[u8]) -> Vec<u8> {
    let aes = Aes256::new(&KEK.into());
    let (head, body) = inside.split_at(8);
    let mut a: [u8; 8] = head.try_into().expect("eight bytes");
    let mut r: Vec<[u8; 8]> = body.as_chunks::<8>().0.to_vec();
    let count = r.len();
    if count == 1 {
        let mut block: [u8; 16] = inside.try_into().expect("one block");
        aes.encrypt_block((&mut block).into());
        return block.to_vec();
    }
    for round in 0..6 {
        for (place, half) in r.iter_mut().enumerate() {
            let mut block = [0; 16];
            block[..8].copy_from_slice(&a);
            block[8..].copy_from_slice(half);
            aes.encrypt_block((&mut block).into());
            let step = u64::try_from(count * round + place + 1).expect("a short blob");
            let first = u64::from_be_bytes(block[..8].try_into().expect("eight bytes"));
            a = (first ^ step).to_be_bytes();
            half.copy_from_slice(&block[8..]);
        }
    }
    [&a[..], r.as_flattened()].concat()
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let kek = Secret::take(&mut KEK.to_vec());
    let mut all = Vec::new();
    for length in [1_u8, 7, 8, 9, 16, 32, 33] {
        let blob = kwp_wrap(&kek, &Secret::zeroed(usize::from(length))).expect("it can be wrapped");
        all.push([&[0], blob.as_slice()].concat());
        all.push(vec![1, length - 1]);
        all.push(vec![1, length - 1, 0, 0, 3, 1, 1, 0xff]);
        let mut inside = [&CONSTANT[..], &u32::from(length).to_be_bytes()].concat();
        inside.resize(8 + usize::from(length).div_ceil(8) * 8, 0);
        all.push([&[2], inside.as_slice()].concat());
    }
    all
}
