//! The paper procedure: the script with the same sentences, to be followed, initialled and filled in
//! by hand. One act a page, forms behind them.
//!
//! A script is untrusted input: its texts are escaped like all others, and nothing is read here.

mod act;
mod forms;
mod lifecycle;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::crypto::words::words;
use crate::documents::html::escape;
use crate::documents::html::margins;
use crate::documents::html::page;
use crate::documents::procedure::act::acts;
use crate::domain::estimate::summary;
use crate::domain::record::Digest;
use crate::domain::record::hex;
use crate::domain::script::Core;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::ScriptMode;

/// How the paper looks.
const STYLE: &str = include_str!("procedure.css");
/// Letters of at least 18 points.
const LARGE: &str = "html{font-size:18pt}h1{font-size:1.35rem}.boxes{font-size:.8rem}.steps th.step,.steps tbody>tr>th{width:3rem}.steps th.time{width:5.4rem}@media print{.read-back{break-inside:auto}}\n";

/// What is printed, and for whom.
pub struct Paper<'a> {
    /// The script.
    pub script: &'a Script,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Fingerprints of wrapping keys whose files lie beside the script, by input.
    pub fingerprints: BTreeMap<String, Digest>,
    /// Where something is done at a step, and the commands for it, by the step's number.
    pub acts: BTreeMap<u32, Vec<(String, Vec<String>)>>,
    /// Whether letters are large.
    pub large: bool,
    /// Whose copy it is; everybody's if absent.
    pub reader: Option<Reader>,
}

/// For whom a copy is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reader {
    /// Everybody in a role.
    Role(Role),
    /// One person, by id.
    Person(String),
}

impl Reader {
    /// A role by its word in the script or as spoken, or a person by id; nothing if the script has
    /// neither.
    pub fn of(script: &Script, word: &str) -> Option<Self> {
        let role = Role::ALL
            .into_iter()
            .find(|role| role.name() == word || role.spoken() == word);
        match role {
            Some(role) => Some(Self::Role(role)),
            None if script.people.contains_key(word) => Some(Self::Person(word.to_owned())),
            None => None,
        }
    }

    fn name(&self, script: &Script) -> String {
        match self {
            Self::Role(role) => role.name().to_owned(),
            Self::Person(id) => script.name_of(id).to_owned(),
        }
    }

    fn is(&self, script: &Script, id: &str) -> bool {
        match self {
            Self::Role(role) => script.roles.of(id).contains(role),
            Self::Person(person) => person == id,
        }
    }
}

impl Paper<'_> {
    /// Whether somebody's part is in this copy, as one that its reader does.
    fn is_readers(&self, id: &str) -> bool {
        self.reader
            .as_ref()
            .is_some_and(|reader| reader.is(self.script, id))
    }

    /// The whole page.
    pub fn render(&self) -> String {
        let script = self.script;
        let digest = Digest::of(self.bytes);
        let large = if self.large { LARGE } else { "" };
        let copy = self.reader.as_ref().map_or(String::new(), |reader| {
            format!(" · copy for {}", reader.name(script))
        });
        let mode = match script.mode.value {
            ScriptMode::Practice => "PRACTICE",
            ScriptMode::Production => "PRODUCTION",
        };
        let running = format!("{} · {mode}{copy}", script.ceremony.value);
        let style = format!(
            "{STYLE}{large}{}{}",
            margins(&running),
            forms::footer(&format!("script.yaml SHA-256 {digest}")),
        );
        let mut body =
            String::from("<a class=\"skip\" href=\"#content\">Skip to the first page</a>\n");
        if script.mode.value == ScriptMode::Practice {
            body.push_str("<div class=\"watermark\" aria-hidden=\"true\">PRACTICE</div>\n");
        }
        self.title_page(&mut body, digest, &copy);
        body.push_str("<main id=\"content\">\n");
        for (number, act) in (1..).zip(acts(script)) {
            self.act(&mut body, number, &act);
        }
        self.share_cards(&mut body);
        Self::exception_sheets(&mut body);
        self.sign_off(&mut body);
        body.push_str("</main>\n");
        page(
            &format!("{} – paper procedure{copy}", script.title),
            &style,
            &body,
        )
    }

    fn title_page(&self, out: &mut String, digest: Digest, copy: &str) {
        let script = self.script;
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            out,
            "<header>\n<p class=\"kind\">Paper procedure of a key ceremony{}</p>\n<h1>{}</h1>\n<p class=\"kind\">{} · {}</p>",
            escape(copy),
            escape(script.title.as_str()),
            escape(script.ceremony.as_str()),
            escape(script.kind.value.name()),
        );
        out.push_str(match script.mode.value {
            ScriptMode::Practice => {
                "<p class=\"mode\">PRACTICE: real people, but keys that must not be used.</p>\n"
            }
            ScriptMode::Production => "<p class=\"mode\">PRODUCTION: the real thing.</p>\n",
        });
        let _ = writeln!(
            out,
            "<h2>This paper belongs to these bytes</h2>\n<p>SHA-256 of script.yaml. Somebody reads it aloud from the machine; everybody follows here, and ticks each line.</p>\n{}",
            read_back(Some(digest), &digest.to_string())
        );
        let _ = writeln!(
            out,
            "<dl class=\"form\"><div><dt>Place</dt><dd></dd></div><div><dt>Date (YYYY-MM-DD)</dt><dd>{}</dd></div><div><dt>Begin (UTC)</dt><dd>{}</dd></div><div><dt>End (UTC)</dt><dd>{}</dd></div></dl>",
            date(),
            time(),
            time()
        );
        let _ = writeln!(out, "<p>{}</p>", escape(&summary(script)));
        self.people(out);
        out.push_str("<div class=\"act\">\n");
        out.push_str("<h2>How to use it</h2>\n<ul class=\"rules\">\n");
        for rule in RULES {
            let _ = writeln!(out, "<li>{rule}</li>");
        }
        out.push_str("</ul>\n");
        self.things(out);
        out.push_str("</div>\n");
        out.push_str("</header>\n");
    }

    fn people(&self, out: &mut String) {
        let script = self.script;
        out.push_str("<h2>People</h2>\n<table class=\"people\"><caption>People and their roles</caption>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Roles</th><th scope=\"col\">Site</th><th scope=\"col\">Initials</th><th scope=\"col\">Came</th><th scope=\"col\">Left</th></tr></thead>\n<tbody>\n");
        for (id, person) in &script.people {
            let roles: Vec<&str> = script
                .roles
                .of(id.as_str())
                .into_iter()
                .map(Role::spoken)
                .collect();
            let site = person
                .site
                .as_ref()
                .map_or(String::new(), ToString::to_string);
            let mine = if self.is_readers(id.as_str()) {
                " class=\"mine\""
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "<tr{mine}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td></td><td>{}</td><td>{}</td></tr>",
                escape(person.name.as_str()),
                escape(&roles.join(", ")),
                escape(&site),
                time(),
                time()
            );
        }
        out.push_str("</tbody></table>\n");
    }

    /// What lies on the table: machine, HSM, media and bags, each with room for its number.
    fn things(&self, out: &mut String) {
        let script = self.script;
        out.push_str("<h2>Equipment</h2>\n<table class=\"things\"><caption>Equipment, seen before the first step</caption>\n<thead><tr><th scope=\"col\">What</th><th scope=\"col\">Serial or bag number, one character a box</th><th scope=\"col\">Initials</th></tr></thead>\n<tbody>\n");
        let mut row = |what: &str, room: String| {
            let _ = writeln!(
                out,
                "<tr><th scope=\"row\">{}</th><td>{room}</td><td></td></tr>",
                escape(what)
            );
        };
        row("Ceremony machine", boxes(16, 4));
        if script.token.core.value == Core::Pkcs11 {
            let known = |text: Option<&str>| text.unwrap_or("not said").to_owned();
            let label = known(
                script
                    .token
                    .label
                    .as_ref()
                    .map(|label| label.value.as_str()),
            );
            let serial = known(
                script
                    .token
                    .serial
                    .as_ref()
                    .map(|serial| serial.value.as_str()),
            );
            row(
                &format!("HSM, token label {label}; the script wants serial number {serial}"),
                boxes(16, 4),
            );
        }
        row("Bag that the machine came in", boxes(12, 4));
        row("Boot medium", boxes(12, 4));
        out.push_str("</tbody></table>\n");
    }
}

const RULES: [&str; 6] = [
    "One step after the other. Read each sentence aloud, do it, then initial it and write the time.",
    "Times are UTC, 24 hours: 14:05. Dates are written 2026-11-22.",
    "Whoever does not agree writes “I do not agree” in place of the initials, and why on an exception sheet.",
    "Strike a slip out once so that it stays readable, and initial it. Nothing is erased.",
    "Anything that goes otherwise than written goes onto an exception sheet before the next step.",
    "Never write a PIN, a passphrase or a share on this paper.",
];

/// Room for so many characters, in groups that are not broken.
fn boxes(count: usize, group: usize) -> String {
    let mut groups = String::new();
    let mut left = count;
    while left > 0 {
        let here = left.min(group.max(1));
        let _ = write!(groups, "<span>{}</span>", "<i></i>".repeat(here));
        left -= here;
    }
    room(&format!("room for {count} characters"), &groups)
}

fn time() -> String {
    room(
        "room for hours and minutes",
        "<span><i></i><i></i><b>:</b><i></i><i></i></span>",
    )
}

fn date() -> String {
    room(
        "room for a date",
        "<span><i></i><i></i><i></i><i></i><b>-</b><i></i><i></i><b>-</b><i></i><i></i></span>",
    )
}

fn room(name: &str, groups: &str) -> String {
    format!("<span class=\"boxes\" role=\"img\" aria-label=\"{name}\">{groups}</span>")
}

/// A box to tick, with its words.
fn tick(words: &str) -> String {
    format!(
        "<span class=\"tick\"><span class=\"box\" aria-hidden=\"true\"></span> {}</span>",
        escape(words)
    )
}

/// A digest to be read aloud and followed: eight groups of four digits a line, with the words of the
/// same bytes; empty boxes where it is not known yet.
fn read_back(digest: Option<Digest>, name: &str) -> String {
    let (words_head, name) = (
        digest.map_or("", |_| "<th scope=\"col\">Words</th>"),
        escape(name),
    );
    let mut out = format!(
        "<table class=\"read-back\"><caption class=\"quiet\">{name}</caption>\n<thead><tr><th scope=\"col\">Line</th><th scope=\"col\">Digits</th>{words_head}<th scope=\"col\">Heard</th></tr></thead>\n<tbody>\n",
    );
    for line in 0..4_usize {
        let digits = match digest {
            Some(digest) => {
                let bytes = digest.0.chunks(8).nth(line).unwrap_or_default();
                let groups: Vec<String> = bytes.chunks(2).map(hex).collect();
                // Eight bytes begin at an even place, so their words are those of the whole.
                let spoken = words(bytes).join(" ");
                format!(
                    "<td><code>{}</code></td><td>{spoken}</td>",
                    groups.join(" ")
                )
            }
            None => format!("<td>{}</td>", boxes(16, 4)),
        };
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th>{digits}<td><span class=\"box\" aria-hidden=\"true\"></span></td></tr>",
            line + 1,
        );
    }
    out.push_str("</tbody></table>\n");
    out
}
