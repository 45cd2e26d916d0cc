//! Every pair of hash functions as rows of a table.

/// Rows for all twenty-five pairs under each name, then the extra rows: one hash function in both
/// places first, then SHA-1 for MGF1, which Java takes for granted, then the rest.
macro_rules! every_pair {
    ($($row:ident $before:literal $after:literal),*; $($extra:expr),* $(,)?) => {
        &[
            $(
                $row(concat!($before, "sha256-mgf1-sha256", $after), Hash::Sha256, Hash::Sha256),
                $row(concat!($before, "sha384-mgf1-sha384", $after), Hash::Sha384, Hash::Sha384),
                $row(concat!($before, "sha512-mgf1-sha512", $after), Hash::Sha512, Hash::Sha512),
                $row(concat!($before, "sha1-mgf1-sha1", $after), Hash::Sha1, Hash::Sha1),
                $row(concat!($before, "sha224-mgf1-sha224", $after), Hash::Sha224, Hash::Sha224),
                $row(concat!($before, "sha256-mgf1-sha1", $after), Hash::Sha256, Hash::Sha1),
                $row(concat!($before, "sha384-mgf1-sha1", $after), Hash::Sha384, Hash::Sha1),
                $row(concat!($before, "sha512-mgf1-sha1", $after), Hash::Sha512, Hash::Sha1),
                $row(concat!($before, "sha224-mgf1-sha1", $after), Hash::Sha224, Hash::Sha1),
                $row(concat!($before, "sha256-mgf1-sha384", $after), Hash::Sha256, Hash::Sha384),
                $row(concat!($before, "sha256-mgf1-sha512", $after), Hash::Sha256, Hash::Sha512),
                $row(concat!($before, "sha256-mgf1-sha224", $after), Hash::Sha256, Hash::Sha224),
                $row(concat!($before, "sha384-mgf1-sha256", $after), Hash::Sha384, Hash::Sha256),
                $row(concat!($before, "sha384-mgf1-sha512", $after), Hash::Sha384, Hash::Sha512),
                $row(concat!($before, "sha384-mgf1-sha224", $after), Hash::Sha384, Hash::Sha224),
                $row(concat!($before, "sha512-mgf1-sha256", $after), Hash::Sha512, Hash::Sha256),
                $row(concat!($before, "sha512-mgf1-sha384", $after), Hash::Sha512, Hash::Sha384),
                $row(concat!($before, "sha512-mgf1-sha224", $after), Hash::Sha512, Hash::Sha224),
                $row(concat!($before, "sha1-mgf1-sha256", $after), Hash::Sha1, Hash::Sha256),
                $row(concat!($before, "sha1-mgf1-sha384", $after), Hash::Sha1, Hash::Sha384),
                $row(concat!($before, "sha1-mgf1-sha512", $after), Hash::Sha1, Hash::Sha512),
                $row(concat!($before, "sha1-mgf1-sha224", $after), Hash::Sha1, Hash::Sha224),
                $row(concat!($before, "sha224-mgf1-sha256", $after), Hash::Sha224, Hash::Sha256),
                $row(concat!($before, "sha224-mgf1-sha384", $after), Hash::Sha224, Hash::Sha384),
                $row(concat!($before, "sha224-mgf1-sha512", $after), Hash::Sha224, Hash::Sha512),
            )*
            $($extra),*
        ]
    };
}

pub(super) use every_pair;
