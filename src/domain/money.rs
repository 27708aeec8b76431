//! Money at the model, in whole micro-dollars (1 USD = 1,000,000), so that sums are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize, Serializer};

/// An amount in millionths of a US dollar. Serialises as dollars.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct MicroDollars(pub i64);

impl MicroDollars {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// As dollars, for `--json`.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // 2^53 micro-dollars are nine billion dollars
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Serialize for MicroDollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

impl Add for MicroDollars {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for MicroDollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for MicroDollars {
    /// Cents where they say something, else four places: `$0.04`, `$0.0003`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        if self.0 == 0 || self.0 >= 10_000 {
            write!(f, "${dollars:.2}")
        } else {
            write!(f, "${dollars:.4}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MicroDollars;

    #[test]
    fn small_amounts_keep_their_digits() {
        assert_eq!(MicroDollars(0).to_string(), "$0.00");
        assert_eq!(MicroDollars(300).to_string(), "$0.0003");
        assert_eq!(MicroDollars(41_000).to_string(), "$0.04");
    }
}
