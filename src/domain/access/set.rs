//! Small sets of numbers, as bits.

/// A set of numbers.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Set {
    /// 64 of them a word; no zero word at the end, so that equal sets are equal.
    words: Vec<u64>,
}

const BITS: usize = 64;

impl Set {
    /// A set of one.
    pub fn one(number: usize) -> Self {
        let mut set = Self::default();
        set.add(number);
        set
    }

    /// Puts a number in.
    pub fn add(&mut self, number: usize) {
        let place = number / BITS;
        let words = self.words.len().max(place + 1);
        self.words.resize(words, 0);
        if let Some(word) = self.words.get_mut(place) {
            *word |= 1 << (number % BITS);
        }
    }

    /// Takes a number out.
    pub fn remove(&mut self, number: usize) {
        if let Some(word) = self.words.get_mut(number / BITS) {
            *word &= !(1 << (number % BITS));
        }
        self.trim();
    }

    /// How many numbers are in it.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| usize::try_from(word.count_ones()).unwrap_or_default())
            .sum()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether everything in it is in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.words.len() <= other.words.len()
            && self
                .words
                .iter()
                .zip(&other.words)
                .all(|(a, b)| a & !b == 0)
    }

    /// Whether something in it is in `other`.
    pub fn meets(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// What is in both.
    pub fn both(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words);
        let mut both = Self {
            words: words.map(|(a, b)| a & b).collect(),
        };
        both.trim();
        both
    }

    /// Puts everything of `other` in.
    pub fn extend(&mut self, other: &Self) {
        let words = self.words.len().max(other.words.len());
        self.words.resize(words, 0);
        for (to, from) in self.words.iter_mut().zip(&other.words) {
            *to |= from;
        }
    }

    /// Takes everything of `other` out.
    pub fn without(mut self, other: &Self) -> Self {
        for (to, from) in self.words.iter_mut().zip(&other.words) {
            *to &= !from;
        }
        self.trim();
        self
    }

    /// What is in it, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            (0..BITS)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| place * BITS + bit)
        })
    }

    fn trim(&mut self) {
        while self.words.last() == Some(&0) {
            self.words.pop();
        }
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut set = Self::default();
        for number in numbers {
            set.add(number);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_the_same_numbers_are_equal_however_they_came_about() {
        let mut set: Set = [3, 70, 300].into_iter().collect();
        set.remove(300);
        set.remove(70);
        assert_eq!(set, Set::one(3));
        assert_eq!(Set::one(200).without(&Set::one(200)), Set::default());
        assert!(Set::one(200).both(&Set::one(3)).is_empty());
    }

    #[test]
    fn a_set_beyond_64_numbers_is_within_one_that_has_them_all() {
        let large: Set = (0..300).collect();
        let small: Set = [5, 64, 299].into_iter().collect();
        assert!(small.is_within(&large) && !large.is_within(&small));
        assert!(small.meets(&Set::one(299)) && !small.meets(&Set::one(298)));
        assert_eq!(small.iter().collect::<Vec<_>>(), [5, 64, 299]);
        assert_eq!((small.len(), large.len()), (3, 300));
    }
}
