//! Cards on paper: what a scanner reads, and what the page holds besides.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::common::python;
use crate::once::Shared;
use crate::once::bytes;

/// What zxing-cpp reads from a code, given as rows of 0 and 1; each square becomes four by four
/// points of a picture.
pub(crate) fn scanned(rows: &[String]) -> String {
    const SCAN: &str = "
import sys, zxingcpp
rows = sys.stdin.read().split()
side = 4 * len(rows[0])
points = b''.join(bytes(0 if square == '1' else 255 for square in row for _ in range(4)) * 4 for row in rows)
picture = memoryview(points).cast('B', (len(points) // side, side))
found = zxingcpp.read_barcodes(picture, is_pure=True)
assert len(found) == 1 and found[0].format == zxingcpp.BarcodeFormat.QRCode, found
sys.stdout.write(found[0].text)
";
    let mut child = python()
        .args(["-c", SCAN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(rows.join("\n").as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The squares of the code on a page: its path draws rows of dark ones.
fn squares(page: &str) -> Vec<String> {
    let (_, svg) = page.split_once("<svg viewBox=\"0 0 ").unwrap();
    let side: usize = svg.split(' ').next().unwrap().parse().unwrap();
    let (_, path) = svg.split_once("fill=\"#000\" d=\"").unwrap();
    let mut rows = vec![vec!['0'; side]; side];
    for run in path.split('"').next().unwrap().split('M').skip(1) {
        let (place, run) = run.split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (length, rest) = run.split_once('v').unwrap();
        assert_eq!(rest, format!("1h-{length}z"));
        let (x, y, length): (usize, usize, usize) = (
            x.parse().unwrap(),
            y.parse().unwrap(),
            length.parse().unwrap(),
        );
        rows[y][x..x + length].fill('1');
    }
    rows.into_iter()
        .map(|row| row.into_iter().collect())
        .collect()
}

#[test]
fn a_scanner_reads_the_card_from_its_page_and_the_card_combines() {
    // A short name, a long one, and the longest secret.
    for (len, label) in [(16, "a"), (32, "payments-2026-in-lisbon"), (64, "b")] {
        let shared = Shared::new(2, 3, &bytes(len), &["--label", label]);
        let page = shared.path("card.html");
        let mut command = shared.share_command("card", 3);
        command.arg("--out").arg(&page).assert().code(0);
        let squares = squares(&fs::read_to_string(&page).unwrap());
        // The quiet zone is part of the picture.
        let empty = "0".repeat(squares.len());
        for edge in 0..4 {
            assert_eq!(squares[edge], empty);
            assert_eq!(squares[squares.len() - 1 - edge], empty);
            assert!(
                squares
                    .iter()
                    .all(|row| row.starts_with("0000") && row.ends_with("0000"))
            );
        }
        let read = scanned(&squares);
        let card = fs::read_to_string(shared.card(3)).unwrap();
        let lines: Vec<String> = card
            .lines()
            .skip(3)
            .map(|line| line.replace(' ', ""))
            .collect();
        assert_eq!(read, format!("KEYRITE-CARD V1 {}", lines.join(" ")));
        let scanned = shared.write("scanned.txt", read.as_bytes());
        shared
            .combine(&[scanned, shared.share(1)], &["--check-value"])
            .assert()
            .code(0);
    }
}

#[test]
fn a_page_needs_nothing_but_itself_and_has_room_for_what_people_write() {
    let shared = Shared::new(2, 3, &bytes(32), &["--label", "payments"]);
    let page = shared.path("card.html");
    let mut command = shared.share_command("card", 2);
    command.arg("--out").arg(&page).assert().code(0);
    let page = fs::read_to_string(&page).unwrap();
    for foreign in [
        "<script", "src=", "href=", "url(", "http:", "https:", "@import",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let (_, policy) = page
        .split_once("Content-Security-Policy\" content=\"")
        .unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    for field in ["Bag number", "Custodian", "Date", "Signature", "Witness"] {
        assert!(page.contains(field), "{field}");
    }
    let card = fs::read_to_string(shared.card(2)).unwrap();
    for line in card.lines().skip(3) {
        assert!(page.contains(line), "the page lacks a line");
    }
    for part in ["Share 2 of 3", "payments", "mac5 "] {
        assert!(page.contains(part), "{part}");
    }
}
