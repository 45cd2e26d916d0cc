"""Holds a page against the rules that every page of ours keeps: strict HTML, nothing active, nothing
from elsewhere, and what people with a screen reader or a keyboard need.

    page.py FILE…

The rules are those of WCAG 2.2 (1.1.1, 1.3.1, 2.4.1, 2.4.2, 3.1.1, 4.1.2) that can be read off the source.
"""

import base64
import hashlib
import re
import sys

import html5lib

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
ACTIVE = {"script", "iframe", "object", "embed", "link", "base", "form", "img", "audio", "video", "foreignObject"}

wrong = []


def rule(holds, what):
    if not holds:
        wrong.append(what)


def name(element):
    return element.tag.split("}")[1] if isinstance(element.tag, str) else ""


def text(element):
    return "".join(element.itertext()).strip()


def hold(path):
    """Every rule, for one page."""
    source = open(path, encoding="utf-8").read()
    # A parse error is an exception.
    page = html5lib.HTMLParser(strict=True).parse(source)
    elements = list(page.iter())

    # Nothing active, nothing from elsewhere.
    for element in elements:
        rule(name(element) not in ACTIVE, f"<{name(element)}>")
        for attribute, value in element.attrib.items():
            rule(not attribute.lower().startswith("on"), f"{attribute} of <{name(element)}>")
            rule(attribute != "style", f"style of <{name(element)}>")
            if attribute in ("href", "src", "action") or attribute.endswith("}href"):
                rule(value.startswith("#"), f"{attribute}={value}")
            rule("url(" not in value or re.fullmatch(r"url\(#[a-z-]+\)", value), f"{attribute}={value}")
    policies = [e.attrib["content"] for e in elements if e.attrib.get("http-equiv") == "Content-Security-Policy"]
    styles = [e.text for e in elements if name(e) == "style"]
    rule(len(policies) == 1 and len(styles) == 1, "one policy and one style sheet")
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    rule(f"style-src 'sha256-{digest}'" in policies[0] and "default-src 'none'" in policies[0], "the policy")
    for forbidden in ("url(", "@import", "expression("):
        rule(forbidden not in styles[0], f"{forbidden} in the style sheet")
    rule(not re.search("[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", source), "deceptive characters")

    # Names and places.
    rule(page.attrib.get("lang") == "en", "lang")
    rule(any(name(e) == "title" and text(e) for e in elements), "title")
    ids = [e.attrib["id"] for e in elements if "id" in e.attrib]
    rule(len(ids) == len(set(ids)), f"ids twice: {sorted({i for i in ids if ids.count(i) > 1})}")
    for element in elements:
        href = element.attrib.get("href", "")
        rule(not href or href[1:] in ids, f"{href} leads nowhere")
        for attribute in ("aria-labelledby", "aria-describedby"):
            for target in element.attrib.get(attribute, "").split():
                rule(target in ids, f"{attribute}={target} names nothing")
        if element.attrib.get("tabindex") is not None:
            rule(element.attrib["tabindex"] == "0", "tabindex other than 0")
            rule(name(element) == "pre" or "aria-label" in element.attrib, f"<{name(element)}> takes focus without a name")

    # Landmarks and headings.
    for landmark in ("main", "header"):
        rule(sum(name(e) == landmark for e in elements) == 1, f"one <{landmark}>")
    rule(any(e.attrib.get("class") == "skip" for e in elements), "a link past the beginning")
    levels = [int(name(e)[1]) for e in elements if re.fullmatch("h[1-6]", name(e))]
    rule(levels[:1] == [1] and levels.count(1) == 1, "one h1, first")
    rule(all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"headings skip a level: {levels}")

    # Tables and pictures.
    for table in page.iter(f"{HTML}table"):
        rule(table.find(f"{HTML}caption") is not None, "a table without caption")
        for cell in table.iter(f"{HTML}th"):
            rule(cell.attrib.get("scope") in ("col", "row"), f"th without scope: {text(cell)}")
        widths = {len(row.findall(f"{HTML}th")) + len(row.findall(f"{HTML}td")) for part in table for row in part.findall(f"{HTML}tr")}
        rule(len(widths) == 1, f"a table with rows of {widths} cells")
    for picture in page.iter(f"{SVG}svg"):
        rule(picture.attrib.get("role") == "img", "svg without role")
        rule(picture.find(f"{SVG}title") is not None and picture.find(f"{SVG}desc") is not None, "svg without title and desc")


for path in sys.argv[1:]:
    hold(path)
print("\n".join(dict.fromkeys(wrong)))
sys.exit(bool(wrong))
