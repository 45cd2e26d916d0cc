//! QR codes of cards: for paper, and for a terminal.

use fast_qr::ECL;
use fast_qr::QRBuilder;

use crate::custody::out::Out;
use crate::secret::Secret;

/// How much of a code may be unreadable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Level {
    /// A seventh: paper gets dirty.
    Paper,
    /// Little, so that the code fits on a screen.
    Terminal,
}

/// A QR code, one byte for each of its squares: 1 where it is dark.
#[derive(Debug)]
pub(super) struct Code {
    size: usize,
    squares: Secret,
}

impl Code {
    /// The code of a text; nothing if it is too long for one.
    ///
    /// The library keeps copies of the text and frees them unwiped: they stay in the memory of this
    /// process, which cannot be dumped, until it ends.
    pub(super) fn of(text: &Secret, level: Level) -> Option<Self> {
        let level = match level {
            Level::Paper => ECL::M,
            Level::Terminal => ECL::L,
        };
        let mut code = QRBuilder::new(text.expose()).ecl(level).build().ok()?;
        let size = code.size;
        let squares = Secret::init(size * size, |squares| {
            let rows = code.data.chunks_mut(size);
            for (to, from) in squares.iter_mut().zip(rows.flatten()) {
                *to = u8::from(from.value());
                from.set(false);
            }
        });
        Some(Self { size, squares })
    }

    /// Width and height with the quiet zone on both sides.
    pub(super) fn side(&self) -> usize {
        self.size + 2 * QUIET
    }

    /// Whether a square is dark; those around the code are not.
    fn dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.size);
        let place = inside(x).zip(inside(y)).map(|(x, y)| y * self.size + x);
        place.is_some_and(|place| self.squares.expose().get(place) == Some(&1))
    }

    /// At most how many bytes [`Code::path`] writes.
    pub(super) fn path_len(&self) -> usize {
        self.side() * self.side() * 12
    }

    /// The dark squares as the data of an SVG path, row by row.
    pub(super) fn path(&self, out: &mut Out<'_>) {
        for y in 0..self.side() {
            let mut x = 0;
            while x < self.side() {
                let run = (x..self.side()).take_while(|x| self.dark(*x, y)).count();
                if run > 0 {
                    out.put(b"M");
                    out.put_number(x);
                    out.put(b" ");
                    out.put_number(y);
                    out.put(b"h");
                    out.put_number(run);
                    out.put(b"v1h-");
                    out.put_number(run);
                    out.put(b"z");
                }
                x += run + 1;
            }
        }
    }

    /// The code in half blocks, two rows a line, black on white whatever the terminal's colours are.
    pub(super) fn terminal(&self) -> Secret {
        let lines = self.side().div_ceil(2);
        let mut place = Secret::zeroed(lines * (INK.len() + 3 * self.side() + BLANK.len() + 1));
        let mut out = Out::new(place.expose_mut());
        for line in 0..lines {
            if line > 0 {
                out.put(b"\n");
            }
            out.put(INK);
            for x in 0..self.side() {
                let square = match (self.dark(x, 2 * line), self.dark(x, 2 * line + 1)) {
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                    (false, false) => " ",
                };
                out.put(square.as_bytes());
            }
            out.put(BLANK);
        }
        let len = out.len();
        Secret::take(place.expose_mut().get_mut(..len).unwrap_or_default())
    }
}

/// Light squares around a code, as ISO/IEC 18004 wants them.
const QUIET: usize = 4;
/// Black on white, of the 256 colours.
const INK: &[u8] = b"\x1b[38;5;16;48;5;231m";
const BLANK: &[u8] = b"\x1b[0m";
