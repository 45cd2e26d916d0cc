//! New shares of a key that is in an HSM: a new backup key, a new backup, and nothing left inside.

use std::fs;

use serde_json::Value;

use crate::common::keyrite;
use crate::common::one_line;
use crate::hsm_room::Room;
use crate::hsm_room::ecb_in;
use crate::hsm_room::keys_in;
use crate::share_kinds::FIRST;
use crate::share_kinds::given;
use crate::share_kinds::next;
use crate::tokens::Kind;
use crate::tokens::Token;

/// How the shipped script names its token, and its step about old shares.
const SOFTWARE: &str = "token: {core: software}";
const RETIRE: &str = "seen-by: eli}";
/// The same with the copies of the old backup.
const COPIES: &str =
    "seen-by: eli, copies: [{at: beside the script, by: ana}, {at: safe 3 in Porto, by: cho}]}";

fn in_token(token: &Token) -> String {
    let (label, serial) = (token.label(), token.serial());
    format!("token: {{core: pkcs11, label: \"{label}\", serial: \"{serial}\"}}")
}

/// A key that was made, backed up and locked in a token; its ceremony is in `first`.
fn backed_up(token: &Token) -> Room {
    let room = Room::shipped("hsm-generate-backup", &[]);
    room.name(token);
    room.run(token, FIRST, &[]).assert().code(0);
    room.company.newcomer();
    room
}

fn bring(room: &Room, from: &str) {
    let backup = room.path("payments-backup.kwp");
    fs::copy(
        room.path(&format!("{from}/artifacts/payments-backup.kwp")),
        backup,
    )
    .unwrap();
}

#[test]
fn a_key_in_an_hsm_is_dealt_anew_under_a_new_backup_key_and_recovers_from_it_elsewhere() {
    let token = Token::fresh(Kind::Kryoptic, "ceremony");
    let room = backed_up(&token);
    let before = (keys_in(&token), ecb_in(&token, "payments"));
    let core = in_token(&token);
    next(
        &room,
        "reshare-leaver",
        FIRST,
        &[(SOFTWARE, &core), (RETIRE, COPIES)],
    );
    bring(&room, FIRST);
    // Ben keeps his old share, and so does Dee; the backup that they open is destroyed.
    let change = [
        ("5/fate/ben", "kept"),
        ("5/told/ben", "himself"),
        ("5/fate/dee", "kept"),
        ("5/told/dee", "herself"),
    ];
    room.run(&token, "again", &change).assert().code(0);
    let verified = one_line(&room.verify("again"));
    assert!(
        verified.contains("no copy of its backup is left: the old epoch is dead"),
        "{verified}"
    );
    let reshare = room.event("again", "reshare");
    assert_eq!(reshare["subject"], "backup-key");
    assert_eq!(reshare["set"]["epoch"], 2);
    let old = room.event(FIRST, "split");
    assert_ne!(reshare["check-values"], old["check-values"]);
    assert!(!reshare["self-check"].as_array().unwrap().is_empty());
    // The key in use is untouched, and nothing stays beside it.
    assert_eq!((keys_in(&token), ecb_in(&token, "payments")), before);
    // The new shares open the new backup in an empty HSM; the old backup does not come into it.
    let block = given(&room, "again");
    assert!(!block.contains("older"), "{block}");
    let spare = Token::fresh(Kind::Kryoptic, "spare");
    next(&room, "hsm-recovery", "again", &[]);
    let text = fs::read_to_string(room.path("script.yaml")).unwrap();
    assert!(text.contains("with: [ben, dee]"));
    let text = text.replace("with: [ben, dee]", "with: [ben, cho]");
    fs::write(room.path("script.yaml"), text).unwrap();
    room.name(&spare);
    room.run(&spare, "wrong", &[]).assert().code(5);
    bring(&room, "again");
    room.run(&spare, "recovered", &[]).assert().code(0);
    room.verify("recovered");
    assert_eq!(ecb_in(&spare, "payments"), before.1);
}

#[test]
fn whatever_breaks_while_a_key_in_an_hsm_is_dealt_anew_the_reshare_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.yaml");
    let mut text = fs::read_to_string(crate::ceremonies::script("reshare-leaver")).unwrap();
    let backup = format!(
        "    backup: {{file: payments-backup.kwp, sha256: \"{}\"}}\n    share-set:",
        "b".repeat(64)
    );
    for (from, to) in [
        (
            SOFTWARE,
            "token: {core: pkcs11, label: ceremony, serial: 4a2f9c01d37be685}",
        ),
        (RETIRE, COPIES),
        ("subject: key", "subject: backup-key"),
        ("    share-set:", &backup),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    fs::write(&path, text).unwrap();
    let assert = keyrite()
        .arg("rehearse")
        .arg(&path)
        .args(["--faults", "--format", "json"])
        .assert()
        .code(0);
    let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(object["caught"], object["of"]);
    let faults = object["faults"].as_array().unwrap();
    for begins in [
        "the token vanishes after the call: C_UnwrapKey (payments)",
        "the token vanishes before the call: C_WrapKey (payments)",
        "the token vanishes after the call: C_DestroyObject (payments)",
        "the process dies during the write: ",
        "a custodian does not take the share",
    ] {
        let known = faults
            .iter()
            .any(|fault| fault["fault"].as_str().unwrap().starts_with(begins));
        assert!(known, "{begins}");
    }
}
