//! What tokens cost, in whole micro-dollars, from an embedded table that a file of the
//! user's can override. A model that is not in it has no known price: none, never zero.
//!
//! The table is made from LiteLLM's public one (MIT); its source stands in the file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::dialect::Usage;
use crate::domain::MicroDollars;

const TABLE: &str = include_str!("../../assets/llm-prices.json");

/// Prices by model.
#[derive(Clone, Debug)]
pub struct Prices {
    models: BTreeMap<String, Price>,
    source: String,
}

/// Why a price file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// It is not JSON of the table's form.
    #[error(
        "the price table is not right: {0}; it looks like {{\"models\": {{\"name\": {{\"input\": 0.1, \"output\": 0.5}}}}}}, in US dollars for a million tokens"
    )]
    Form(#[from] serde_json::Error),
    /// A price is negative or absurd.
    #[error(
        "the price table has no sensible price for \"{model}\"; write US dollars for a million tokens"
    )]
    Value {
        /// Which model.
        model: String,
    },
}

#[derive(Deserialize)]
struct File {
    models: BTreeMap<String, Entry>,
    #[serde(default)]
    source: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(flatten)]
    rates: Rates,
    above: Option<Above>,
}

#[derive(Deserialize)]
struct Above {
    tokens: u64,
    #[serde(flatten)]
    rates: Rates,
}

#[derive(Deserialize)]
struct Rates {
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
}

/// Micro-dollars for a million tokens of each sort: whole numbers, so that sums are exact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Tariff {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Price {
    plain: Tariff,
    /// From more prompt tokens than this on, everything has the second price.
    above: Option<(u64, Tariff)>,
}

impl Default for Prices {
    /// The embedded table.
    fn default() -> Self {
        let empty = Self {
            models: BTreeMap::new(),
            source: String::new(),
        };
        // A test holds that the embedded table can be read.
        Self::parse(TABLE).unwrap_or(empty)
    }
}

impl Prices {
    /// The embedded table with the models of a user's table put over it.
    ///
    /// # Errors
    /// [`PriceError`] when the text is not such a table.
    pub fn with_overrides(text: &str) -> Result<Self, PriceError> {
        let mut prices = Self::default();
        prices.models.extend(Self::parse(text)?.models);
        Ok(prices)
    }

    fn parse(text: &str) -> Result<Self, PriceError> {
        let file: File = serde_json::from_str(text)?;
        let mut models = BTreeMap::new();
        for (name, entry) in file.models {
            let price = price(&entry).ok_or_else(|| PriceError::Value {
                model: name.clone(),
            })?;
            models.insert(name, price);
        }
        Ok(Self {
            models,
            source: file.source,
        })
    }

    /// Where the embedded table comes from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What so many tokens cost at a model; none when its price is not known.
    #[must_use]
    pub fn cost(&self, model: &str, usage: Usage) -> Option<MicroDollars> {
        let price = self.find(model)?;
        // The tier is chosen by the whole prompt and is then the price of all tokens.
        let tariff = match price.above {
            Some((tokens, tariff)) if usage.input > tokens => tariff,
            _ => price.plain,
        };
        let plain = usage
            .input
            .saturating_sub(usage.cached)
            .saturating_sub(usage.cache_write);
        let sum: u128 = [
            (plain, tariff.input),
            (usage.cached, tariff.cache_read),
            (usage.cache_write, tariff.cache_write),
            (usage.output, tariff.output),
        ]
        .into_iter()
        .map(|(tokens, rate)| u128::from(tokens) * u128::from(rate))
        .sum();
        i64::try_from((sum + 500_000) / 1_000_000)
            .ok()
            .map(MicroDollars)
    }

    /// The model by its name, or a dated version of a known one (`-2026-10-01`,
    /// `-20261001`) that the table does not list. A dated version is only taken for its
    /// family if all dated versions that are listed cost what the family costs: where
    /// prices did change between versions, a guess would be a lie.
    fn find(&self, model: &str) -> Option<&Price> {
        if let Some(price) = self.models.get(model) {
            return Some(price);
        }
        let family = undated(model)?;
        let price = self.models.get(family)?;
        let steady = self
            .models
            .range(family.to_owned()..)
            .take_while(|(name, _)| name.starts_with(family))
            .filter(|(name, _)| undated(name) == Some(family))
            .all(|(_, version)| version == price);
        steady.then_some(price)
    }
}

/// A model's name without the date at its end, if it has one.
fn undated(model: &str) -> Option<&str> {
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (rest, last) = model.rsplit_once('-')?;
    if digits(last, 8) {
        return Some(rest);
    }
    let (rest, month) = rest.rsplit_once('-')?;
    let (rest, year) = rest.rsplit_once('-')?;
    (digits(last, 2) && digits(month, 2) && digits(year, 4)).then_some(rest)
}

fn price(entry: &Entry) -> Option<Price> {
    let plain = tariff(&entry.rates)?;
    let above = match &entry.above {
        Some(above) => Some((above.tokens, tariff(&above.rates)?)),
        None => None,
    };
    Some(Price { plain, above })
}

/// Cached tokens without a price of their own cost what others cost.
fn tariff(rates: &Rates) -> Option<Tariff> {
    let input = micro(rates.input)?;
    let or_input = |rate: Option<f64>| rate.map_or(Some(input), micro);
    Some(Tariff {
        input,
        output: micro(rates.output)?,
        cache_read: or_input(rates.cache_read)?,
        cache_write: or_input(rates.cache_write)?,
    })
}

/// Dollars in micro-dollars, rounded.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 1e11, whole
fn micro(dollars: f64) -> Option<u64> {
    (0.0..=100_000.0)
        .contains(&dollars)
        .then(|| (dollars * 1e6).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, cached: u64, cache_write: u64, output: u64) -> Usage {
        Usage {
            input,
            cached,
            cache_write,
            output,
        }
    }

    fn cost(model: &str, usage: Usage) -> Option<i64> {
        Prices::default().cost(model, usage).map(|cost| cost.0)
    }

    #[test]
    fn the_embedded_table_is_read_with_its_source() {
        let prices = Prices::parse(TABLE).unwrap();
        assert!(prices.models.len() > 100);
        assert!(prices.source().contains("litellm"));
    }

    #[test]
    fn a_reply_costs_what_the_vendors_charge() {
        // 1,000 x $0.10 + 500 x $0.50, for a million each.
        assert_eq!(cost("gpt-6-luna", usage(1_000, 0, 0, 500)), Some(350));
        // 232 plain x 0.10, 768 cached x 0.01.
        assert_eq!(cost("gpt-6-luna", usage(1_000, 768, 0, 0)), Some(31));
        // Anthropic: 30 + 2 + 62.5 + 50 for 300 plain, 200 read, 500 written, 100 out.
        let drafted = usage(1_000, 200, 500, 100);
        assert_eq!(cost("claude-haiku-5-5", drafted), Some(145));
    }

    #[test]
    fn the_whole_prompt_chooses_the_tier() {
        assert_eq!(cost("gpt-6-luna", usage(272_000, 0, 0, 0)), Some(27_200));
        assert_eq!(cost("gpt-6-luna", usage(272_001, 0, 0, 0)), Some(54_400));
        let mostly_cached = usage(272_001, 272_000, 0, 1_000);
        assert_eq!(cost("gpt-6-luna", mostly_cached), Some(5_440 + 750));
    }

    #[test]
    fn an_unknown_model_has_no_price() {
        for model in [
            "",
            "qwen2.5",
            "gpt-6-lunatic",
            "gpt-6-luna-mini",
            "openai/gpt-6-luna",
        ] {
            assert_eq!(cost(model, usage(1_000, 0, 0, 0)), None, "{model}");
        }
    }

    #[test]
    fn a_dated_version_costs_what_its_family_costs_unless_versions_differ() {
        let tokens = usage(1_000_000, 0, 0, 0);
        assert_eq!(
            cost("gpt-6-luna-2026-10-01", tokens),
            cost("gpt-6-luna", tokens)
        );
        assert_eq!(
            cost("claude-haiku-5-5-20261001", tokens),
            cost("claude-haiku-5-5", tokens)
        );
        // gpt-4o-2024-05-13 was dearer than the others: an unlisted version is not known.
        assert!(cost("gpt-4o-2024-08-06", tokens).is_some());
        assert_eq!(cost("gpt-4o-2025-01-01", tokens), None);
        assert_eq!(cost("gpt-6-luna-2026", tokens), None);
    }

    #[test]
    fn a_users_table_wins_and_adds() {
        let prices = Prices::with_overrides(
            r#"{"models":{"gpt-6-luna":{"input":2,"output":4},"mine":{"input":1,"output":1}}}"#,
        )
        .unwrap();
        let cost = |model: &str| prices.cost(model, usage(1_000_000, 0, 0, 0)).map(|c| c.0);
        assert_eq!(cost("gpt-6-luna"), Some(2_000_000));
        assert_eq!(cost("mine"), Some(1_000_000));
        assert!(cost("claude-haiku-5-5").is_some());
        for wrong in ["{", "[]", r#"{"models":{"x":{"input":-1,"output":1}}}"#] {
            assert!(Prices::with_overrides(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn absurd_counts_do_no_harm() {
        assert!(cost("gpt-6-luna", usage(10, u64::MAX, 5, 0)).is_some());
        assert_eq!(cost("gpt-6-astra", usage(u64::MAX, 0, 0, u64::MAX)), None);
    }
}
