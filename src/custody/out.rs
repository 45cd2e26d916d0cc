//! Writing of secret text in place: a buffer that grows would leave copies behind.

/// A buffer of fixed length that is filled from the left.
pub(crate) struct Out<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Out<'a> {
    pub(crate) fn new(out: &'a mut [u8]) -> Self {
        Self { out, at: 0 }
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let places = self.out.iter_mut().skip(self.at);
        for (to, from) in places.zip(bytes) {
            *to = *from;
        }
        self.at += bytes.len();
    }

    pub(crate) fn put_hex(&mut self, bytes: &[u8]) {
        let places = self.out.iter_mut().skip(self.at);
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        for (to, digit) in places.zip(digits) {
            // Arithmetic, not a table: no secret chooses an address.
            *to = digit + b'0' + u8::from(digit > 9) * (b'a' - b'0' - 10);
        }
        self.at += 2 * bytes.len();
    }

    /// A number of up to three decimal digits.
    pub(crate) fn put_number(&mut self, number: usize) {
        let digit = |unit: usize| b'0' + u8::try_from(number / unit % 10).unwrap_or(0);
        let digits = [digit(100), digit(10), digit(1)];
        let zeros = usize::from(number < 100) + usize::from(number < 10);
        self.put(digits.get(zeros..).unwrap_or_default());
    }

    /// How many bytes were put.
    pub(crate) fn len(&self) -> usize {
        self.at
    }

    pub(crate) fn written(&self) -> &[u8] {
        self.out.get(..self.at).unwrap_or_default()
    }
}
