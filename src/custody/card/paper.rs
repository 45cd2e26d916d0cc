//! A card to print: one page of A4, which needs nothing but itself.

use base64ct::Base64;
use base64ct::Encoding as _;

use crate::custody::card::Card;
use crate::custody::card::qr::Level;
use crate::custody::error::ShareError;
use crate::custody::out::Out;
use crate::custody::share::NO_CEREMONY;
use crate::domain::record::Digest;
use crate::domain::record::Subject;
use crate::secret::Secret;

/// How the page looks.
const STYLE: &str = include_str!("paper.css");

impl Card {
    /// The page to print, as self-contained HTML. It is as secret as the share.
    pub fn to_html(&self) -> Result<Secret, ShareError> {
        let lines = self.lines();
        let code = self.code(Level::Paper)?;
        let side = code.side();
        let [before, between, after] = self.around(lines.len(), side);
        let written: usize = lines.iter().map(|line| line.len() + 1).sum();
        let most = before.len() + written + between.len() + code.path_len() + after.len();
        let mut place = Secret::zeroed(most);
        let mut out = Out::new(place.expose_mut());
        out.put(before.as_bytes());
        for line in &lines {
            out.put(line.expose());
            out.put(b"\n");
        }
        out.put(between.as_bytes());
        code.path(&mut out);
        out.put(after.as_bytes());
        let len = out.len();
        Ok(Secret::take(
            place.expose_mut().get_mut(..len).unwrap_or_default(),
        ))
    }

    /// What is public on the page: before the lines, up to the code, and behind it.
    fn around(&self, lines: usize, side: usize) -> [String; 3] {
        let header = &self.header;
        let allowed = Base64::encode_string(&Digest::of(STYLE.as_bytes()).0);
        let letters = match lines {
            0..=13 => "large",
            14..=20 => "middle",
            21.. => "small",
        };
        let mut facts = Vec::new();
        if header.ceremony != NO_CEREMONY {
            facts.push(("Ceremony", header.ceremony.clone()));
        }
        let kind = header.kind_name();
        facts.push((
            "Key",
            match header.subject {
                Subject::Key => format!("{} ({kind})", header.key),
                Subject::BackupKey => format!("{} ({kind}), its backup key", header.key),
                Subject::Component => format!("{} ({kind}), a component of it", header.key),
            },
        ));
        facts.push(("Share set", format!("{}, epoch {}", self.set, header.epoch)));
        if !self.check.is_empty() {
            facts.push(("Check value", self.check.clone()));
        }
        let facts: Vec<String> = facts
            .iter()
            .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value)))
            .collect();
        let before = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>Share {index} of {total}: {key}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <header><h1>Share {index} of {total}</h1><p>Any {threshold} rebuild the secret.<br>\
             Keep this card as you keep a key.</p></header>\n<dl>\n{}</dl>\n\
             <pre class=\"{letters}\">",
            facts.concat(),
            index = self.index,
            total = header.total,
            threshold = header.threshold,
            key = escaped(&header.key),
        );
        let between = format!(
            "</pre>\n<section>\n<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" \
             role=\"img\" aria-label=\"QR code of this card\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\""
        );
        let boxes = "<i></i>".repeat(12);
        let after = format!(
            "\"/></svg>\n<table>\n\
             <tr><th>Bag number</th><td class=\"boxes\"><div>{boxes}</div></td></tr>\n\
             <tr><th>Custodian</th><td></td></tr>\n<tr><th>Date (UTC)</th><td></td></tr>\n\
             <tr><th>Signature</th><td></td></tr>\n<tr><th>Witness</th><td></td></tr>\n\
             </table>\n</section>\n\
             <footer>The last group of a line checks the others: a mistyped line is told at once. \
             No letters I, L, O or U. To use it: <code>keyrite combine - -</code> asks for the lines; \
             without keyrite, <code>recover.py</code> reads them. keyrite-card v1, {lines} lines.\
             </footer>\n</body>\n</html>\n"
        );
        [before, between, after]
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::custody::share::Header;
    use crate::custody::share::deal;
    use crate::custody::share::tests::header;

    #[test]
    fn names_cannot_become_markup() {
        let header = Header {
            key: "<script>&\"".to_owned(),
            ..header()
        };
        let dealt = deal(&Secret::zeroed(32), header, &mut SystemRandom).unwrap();
        let page = Card::of(&dealt.shares[0]).unwrap().to_html().unwrap();
        let page = String::from_utf8(page.expose().to_vec()).unwrap();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;&amp;&quot;"));
        assert!(page.ends_with("</html>\n") && !page.contains('\0'));
    }
}
