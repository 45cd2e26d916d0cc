//! Forms behind the acts: share cards, exception sheets, and what everybody signs.

use std::fmt::Write as _;

use crate::documents::html::escape;
use crate::documents::html::in_style;
use crate::documents::procedure::Paper;
use crate::documents::procedure::Reader;
use crate::documents::procedure::boxes;
use crate::documents::procedure::date;
use crate::documents::procedure::read_back;
use crate::documents::procedure::tick;
use crate::documents::procedure::time;
use crate::domain::script::Step;

/// How many blank exception sheets a copy has.
const SHEETS: usize = 2;

/// What stands below each printed page besides its number.
pub(super) fn footer(text: &str) -> String {
    format!("@page{{@bottom-left{{content:\"{}\"}}}}\n", in_style(text))
}

impl Paper<'_> {
    /// One card a share, to go into its bag; a custodian's copy has his own only.
    pub(super) fn share_cards(&self, out: &mut String) {
        let script = self.script;
        let mut cards = String::new();
        for step in &script.steps {
            let Step::Split(split) = &step.value else {
                continue;
            };
            let people = script.among(split);
            for (index, id) in (1..).zip(people) {
                let own =
                    matches!(&self.reader, Some(Reader::Person(person)) if person != id.as_str());
                let theirs = own && people.iter().any(|other| self.is_readers(other.as_str()));
                if theirs {
                    continue;
                }
                let _ = writeln!(
                    cards,
                    "<div class=\"card\">\n<h3>Share card · {ceremony} · key {key} · share {index} of {total}</h3>\n\
                     <p>Custodian: <strong>{name}</strong>. Any {threshold} of {total} shares rebuild the key. The share itself never stands on this card.</p>\n\
                     <dl class=\"form\"><div><dt>Share set, first 8 digits</dt><dd>{set}</dd></div><div><dt>Epoch</dt><dd>{epoch}</dd></div>\
                     <div><dt>Medium, serial number</dt><dd>{medium}</dd></div><div><dt>Bag number</dt><dd>{bag}</dd></div>\
                     <div><dt>Kept at</dt><dd></dd></div><div><dt>Packed on</dt><dd>{date}</dd></div>\
                     <div><dt>Custodian signs</dt><dd></dd></div><div><dt>Witness signs</dt><dd></dd></div></dl>\n</div>",
                    ceremony = escape(script.ceremony.as_str()),
                    key = escape(split.key.as_str()),
                    total = people.len(),
                    name = escape(script.name_of(id.as_str())),
                    threshold = split.threshold.value,
                    set = boxes(8, 4),
                    epoch = boxes(3, 3),
                    medium = boxes(16, 4),
                    bag = boxes(12, 4),
                    date = date(),
                );
            }
        }
        if !cards.is_empty() {
            let _ = writeln!(
                out,
                "<section class=\"act\" aria-labelledby=\"cards\">\n<h2 id=\"cards\">Share cards</h2>\n<p>One goes into the bag with each share. Cut along the lines.</p>\n{cards}</section>"
            );
        }
    }

    /// Blank sheets for what goes otherwise.
    pub(super) fn exception_sheets(out: &mut String) {
        for sheet in 1..=SHEETS {
            let mut fields = String::new();
            for field in [
                "What was expected",
                "What happened",
                "What was decided, and why",
            ] {
                let _ = write!(
                    fields,
                    "<h3>{field}</h3>\n<p class=\"write\"></p><p class=\"write\"></p><p class=\"write\"></p><p class=\"write\"></p>\n"
                );
            }
            let _ = writeln!(
                out,
                "<section class=\"act\" aria-labelledby=\"exception-{sheet}\">\n<h2 id=\"exception-{sheet}\">Exception sheet {sheet}</h2>\n\
                 <dl class=\"form\"><div><dt>Before or in step</dt><dd>{step}</dd></div><div><dt>Begin (UTC)</dt><dd>{begin}</dd></div><div><dt>End (UTC)</dt><dd>{end}</dd></div></dl>\n\
                 {fields}<dl class=\"form\"><div><dt>Decided by</dt><dd></dd></div><div><dt>Written by</dt><dd></dd></div><div><dt>Witness signs</dt><dd></dd></div></dl>\n\
                 <p class=\"ticks\">{recorded}</p>\n</section>",
                step = boxes(3, 3),
                begin = time(),
                end = time(),
                recorded = tick("recorded on the machine, too"),
            );
        }
    }

    /// The last page: the record's digest, and who agrees.
    pub(super) fn sign_off(&self, out: &mut String) {
        let script = self.script;
        let _ = writeln!(
            out,
            "<section class=\"act\" aria-labelledby=\"sign-off\">\n<h2 id=\"sign-off\">Signatures</h2>\n\
             <p>SHA-256 of the sealed record, as it is read aloud. Whoever signs here has followed every digit.</p>\n{}\n\
             <table class=\"signers\"><caption>This procedure was followed, but for what the exception sheets say</caption>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Agrees?</th><th scope=\"col\">Date and time (UTC)</th><th scope=\"col\">Signature</th></tr></thead>\n<tbody>",
            read_back(None, "SHA-256 of the record")
        );
        for id in script.record_signers() {
            let mine = if self.is_readers(&id) {
                " class=\"mine\""
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "<tr{mine}><th scope=\"row\">{}</th><td>{}{}</td><td>{} {}</td><td></td></tr>",
                escape(script.name_of(&id)),
                tick("I agree"),
                tick("I do not agree"),
                date(),
                time()
            );
        }
        out.push_str("</tbody></table>\n</section>\n");
    }
}
