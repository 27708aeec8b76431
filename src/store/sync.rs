//! How far the mailbox was read, whose it is, and the secrets to read it with.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{Columns as _, count, ms, optional, stored};
use super::threads::{Read, Write};
use crate::domain::address::address_key;
use crate::domain::{Address, HistoryId};

/// The one row about the mailbox.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SyncState {
    /// The account's address.
    pub account: Option<String>,
    /// Everything up to here is stored.
    pub history_id: Option<HistoryId>,
    /// The cursor that an unfinished first or full sync will end with; what it still has
    /// to look at is the backlog.
    pub full_history_id: Option<HistoryId>,
    /// How many mails the unfinished full sync has looked at.
    pub full_done: u64,
    /// How many it will look at.
    pub full_total: u64,
    /// When the last poll succeeded.
    pub synced_at: Option<Timestamp>,
    /// When the next one is due.
    pub next_at: Option<Timestamp>,
    /// Why the last poll failed, as JSON of a `SyncProblem`.
    pub problem: Option<String>,
    /// When unread mail was last listed to catch what the history missed.
    pub safety_net_at: Option<Timestamp>,
    /// The person stopped the full sync; new mail is followed all the same.
    pub full_stopped: bool,
    /// Mail older than this, by Gmail's clock, is not looked for.
    pub floor_at: Option<Timestamp>,
    /// When the cursor was last found too old.
    pub expired_at: Option<Timestamp>,
    /// How often it was, without a good look in between.
    pub expiries: u64,
    /// When the account's own addresses were last asked for.
    pub aliases_at: Option<Timestamp>,
    /// Quota units used.
    pub units: UnitsSpent,
}

/// Quota units as the polling process has counted them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UnitsSpent {
    /// By the last poll.
    pub poll: u64,
    /// In the minute before its end, the person's own actions included.
    pub minute: u64,
    /// Which day `today` is about, counted from 1970 in UTC.
    pub day: u64,
    /// On that day, by polls.
    pub today: u64,
}

impl SyncState {
    /// Whether a full sync has something left to do now.
    #[must_use]
    pub const fn is_full_under_way(&self) -> bool {
        self.full_history_id.is_some() && !self.full_stopped
    }
}

impl Read<'_> {
    /// How far the mailbox was read.
    pub fn get_sync_state(&self) -> Result<SyncState, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT account, history_id, full_history_id, full_done, full_total, synced_at,
                        next_at, problem_json, safety_net_at, full_stopped, floor_at, expired_at,
                        expiries, aliases_at, units_poll, units_minute, units_day, units_today
                 FROM sync_state
                 WHERE id = 1",
            )?
            .query_row([], |row| {
                let history = |c| {
                    Ok::<_, rusqlite::Error>(
                        row.get::<_, Option<i64>>(c)?.map(|n| HistoryId(count(n))),
                    )
                };
                Ok(SyncState {
                    account: row.get("account")?,
                    history_id: history("history_id")?,
                    full_history_id: history("full_history_id")?,
                    full_done: count(row.get("full_done")?),
                    full_total: count(row.get("full_total")?),
                    synced_at: row.at_opt("synced_at")?,
                    next_at: row.at_opt("next_at")?,
                    problem: row.get("problem_json")?,
                    safety_net_at: row.at_opt("safety_net_at")?,
                    full_stopped: row.get("full_stopped")?,
                    floor_at: row.at_opt("floor_at")?,
                    expired_at: row.at_opt("expired_at")?,
                    expiries: count(row.get("expiries")?),
                    aliases_at: row.at_opt("aliases_at")?,
                    units: UnitsSpent {
                        poll: count(row.get("units_poll")?),
                        minute: count(row.get("units_minute")?),
                        day: count(row.get("units_day")?),
                        today: count(row.get("units_today")?),
                    },
                })
            })?)
    }

    /// The account's own addresses, the default one first.
    pub fn list_own_addresses(&self) -> Result<Vec<Address>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT address, name FROM own_addresses ORDER BY is_default DESC, address",
        )?;
        Ok(statement
            .query_map([], |row| {
                Ok(Address::named(
                    &row.get::<_, String>("name")?,
                    &row.get::<_, String>("address")?,
                ))
            })?
            .collect::<Result<_, _>>()?)
    }

    /// A secret by its name.
    pub fn get_secret(&self, name: &str) -> Result<Option<String>, StoreError> {
        optional(
            self.0
                .prepare_cached("SELECT value FROM secrets WHERE name = :name")?
                .query_row(named_params! { ":name": name }, |row| row.get(0)),
        )
    }
}

impl Write<'_> {
    /// Replaces the row about the mailbox.
    pub fn set_sync_state(&self, state: &SyncState) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE sync_state
                 SET account = :account, history_id = :history,
                     full_history_id = :full_history, full_done = :full_done, full_total = :full_total,
                     synced_at = :synced_at, next_at = :next_at, problem_json = :problem,
                     safety_net_at = :safety_net, full_stopped = :full_stopped, floor_at = :floor,
                     expired_at = :expired_at, expiries = :expiries, aliases_at = :aliases_at,
                     units_poll = :units_poll, units_minute = :units_minute,
                     units_day = :units_day, units_today = :units_today
                 WHERE id = 1",
            )?
            .execute(named_params! {
                ":account": state.account,
                ":history": state.history_id.map(|id| stored(id.0)),
                ":full_history": state.full_history_id.map(|id| stored(id.0)),
                ":full_done": stored(state.full_done),
                ":full_total": stored(state.full_total),
                ":synced_at": state.synced_at.map(ms),
                ":next_at": state.next_at.map(ms),
                ":problem": state.problem,
                ":safety_net": state.safety_net_at.map(ms),
                ":full_stopped": state.full_stopped,
                ":floor": state.floor_at.map(ms),
                ":expired_at": state.expired_at.map(ms),
                ":expiries": stored(state.expiries),
                ":aliases_at": state.aliases_at.map(ms),
                ":units_poll": stored(state.units.poll),
                ":units_minute": stored(state.units.minute),
                ":units_day": stored(state.units.day),
                ":units_today": stored(state.units.today),
            })?;
        Ok(())
    }

    /// Replaces the account's own addresses; the first is the default.
    pub fn set_own_addresses(&self, addresses: &[Address]) -> Result<(), StoreError> {
        self.0.execute("DELETE FROM own_addresses", [])?;
        let mut statement = self.0.prepare_cached(
            "INSERT INTO own_addresses (address, name, is_default)
             VALUES (:address, :name, :default)
             ON CONFLICT (address) DO NOTHING",
        )?;
        for (index, own) in addresses.iter().enumerate() {
            statement.execute(named_params! {
                ":address": address_key(&own.address),
                ":name": own.name.as_deref().unwrap_or_default(),
                ":default": index == 0,
            })?;
        }
        Ok(())
    }

    /// Keeps a secret, or forgets it.
    pub fn set_secret(
        &self,
        name: &str,
        value: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match value {
            Some(value) => self
                .0
                .prepare_cached(
                    "INSERT INTO secrets (name, value, updated_at) VALUES (:name, :value, :now)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
                )?
                .execute(named_params! { ":name": name, ":value": value, ":now": ms(now) })?,
            None => self
                .0
                .prepare_cached("DELETE FROM secrets WHERE name = :name")?
                .execute(named_params! { ":name": name })?,
        };
        Ok(())
    }
}
