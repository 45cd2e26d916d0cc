//! What a person should know of a provider, each fact with its source.

/// Everything that `keyrite providers` shows besides the table of algorithms.
#[derive(Debug)]
pub struct About {
    /// Forms of what the provider hands out.
    pub reads: &'static [&'static str],
    /// Files that are made.
    pub writes: &'static [&'static str],
    /// How the key to be filled is named.
    pub key_id: &'static str,
    /// How the wrapping key is named; nothing where it has no name.
    pub wrapping_key_id: Option<&'static str>,
    /// How long the import parameters can be used.
    pub lifetime: Fact,
    /// Sizes, encodings and what cannot be undone.
    pub facts: &'static [Fact],
    /// Commands before the ceremony; words in capitals are to be replaced.
    pub before: &'static [&'static str],
    /// Commands after it; the package has them with what is known filled in.
    pub after: &'static [&'static str],
    /// What nobody could confirm; nothing is built on it.
    pub unconfirmed: &'static [&'static str],
    /// Keys that stay outside, and are only called by the provider.
    pub external: Option<Fact>,
}

/// Something true, and where that is written.
#[derive(Debug)]
pub struct Fact {
    /// The fact.
    pub says: &'static str,
    /// Where it is written.
    pub source: &'static str,
    /// When that was read.
    pub read: &'static str,
}

impl Fact {
    /// A fact read on the day on which the tables were made.
    pub const fn new(says: &'static str, source: &'static str) -> Self {
        Self {
            says,
            source,
            read: READ,
        }
    }
}

/// When the tables were last compared with notes taken from their sources.
pub const READ: &str = "2026-11-22";
