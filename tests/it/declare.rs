//! Keys that a provider made: what two people saw is held against the script.

use keyrite::domain::record::Did;

use crate::verify::Ceremony;
use crate::verify::script_of;
use crate::verify::step;

/// Another value in one field, and what is said of it.
type Change = (&'static str, fn(&mut Did), &'static str);

fn text(of: &mut Did, field: &str, value: &str) {
    let Did::Declare {
        key,
        model,
        provider,
        key_id,
        made_on,
        by,
        seen_by,
        ..
    } = of
    else {
        panic!("not declared")
    };
    let place = match field {
        "key" => key,
        "model" => model,
        "provider" => provider,
        "key-id" => key_id,
        "made-on" => made_on.as_mut().unwrap(),
        "by" => by,
        "seen-by" => seen_by,
        _ => panic!("{field}"),
    };
    value.clone_into(place);
}

const CHANGES: &[Change] = &[
    (
        "key",
        |did| text(did, "key", "images"),
        "that the key is `images`",
    ),
    (
        "model",
        |did| text(did, "model", "byok"),
        "that its model is `byok`",
    ),
    (
        "provider",
        |did| text(did, "provider", "azure"),
        "that it is at `azure`",
    ),
    (
        "key-id",
        |did| text(did, "key-id", "1"),
        "that the provider calls it `1`",
    ),
    (
        "made-on",
        |did| text(did, "made-on", "2020-01-01"),
        "declared as made on another day",
    ),
    (
        "by",
        |did| text(did, "by", "fay"),
        "that it was seen by `fay`",
    ),
    (
        "seen-by",
        |did| text(did, "seen-by", "fay"),
        "that it was seen, too, by `fay`",
    ),
];

#[test]
fn a_declaration_that_says_something_else_than_its_script_is_refused() {
    let good = Ceremony::of(&script_of("declare-keys"));
    good.holds();
    for (field, change, says) in CHANGES {
        let altered = good.copied();
        altered.collude(|entries| change(&mut step(entries, "declare").did));
        altered.is_refused(&[says]);
        assert!(!field.is_empty());
    }
}
