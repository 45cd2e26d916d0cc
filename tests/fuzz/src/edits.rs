//! Edits of something good, as a fuzzer writes them.

/// Edits parts: which one, place (two bytes), length that is taken out, length that is put in, and that.
pub(crate) fn apply(parts: &mut [&mut Vec<u8>], mut edits: &[u8]) {
    while let [which, high, low, out, into, more @ ..] = edits {
        let which = usize::from(*which) % parts.len();
        let bytes = &mut *parts[which];
        let at = usize::from(u16::from_be_bytes([*high, *low])).min(bytes.len());
        let end = (at + usize::from(*out)).min(bytes.len());
        let (new, more) = more.split_at(usize::from(*into).min(more.len()));
        bytes.splice(at..end, new.iter().copied());
        edits = more;
    }
}
