//! A person we write to, with what we know of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::LeadId;

/// A lead as stored. Texts that came from outside are sanitised before they get here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Lead {
    /// Row number.
    pub id: LeadId,
    /// Full name.
    pub name: String,
    /// The address we write to.
    pub email: String,
    /// Role or job title.
    pub title: Option<String>,
    /// Company or organisation.
    pub company: Option<String>,
    /// Their web site.
    pub website: Option<String>,
    /// What an analysis of their web site found; goes into the prompt.
    pub analysis: Option<String>,
    /// The person's own notes; go into the prompt.
    pub notes: Option<String>,
    /// When a mail to this address last bounced for good.
    pub bounced_at: Option<Timestamp>,
    /// When the lead was added.
    pub created_at: Timestamp,
}

/// What is given to add a lead; everything but the address may be missing.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct NewLead {
    /// Full name; the address stands in for it when empty.
    pub name: String,
    /// The address.
    pub email: String,
    /// Role or job title.
    pub title: Option<String>,
    /// Company or organisation.
    pub company: Option<String>,
    /// Their web site.
    pub website: Option<String>,
    /// Website analysis.
    pub analysis: Option<String>,
    /// Notes.
    pub notes: Option<String>,
}

impl Lead {
    /// The first word of the name, for a greeting.
    #[must_use]
    pub fn first_name(&self) -> &str {
        first_name(&self.name)
    }
}

/// The word a person is greeted by: of "Maria Lopez" it is "Maria", of "Lopez, Maria"
/// too. A name that is an address gives its local part's first word.
#[must_use]
pub fn first_name(name: &str) -> &str {
    let name = name.trim();
    let given = name.split_once(',').map_or(name, |(_, given)| given).trim();
    let word = given.split_whitespace().next().unwrap_or(given);
    word.split('@').next().unwrap_or(word)
}

/// How much is held of a lead.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Holdings {
    /// Conversations.
    pub conversations: u64,
    /// Mails in them.
    pub mails: u64,
    /// Drafts for them.
    pub suggestions: u64,
    /// Replies that drafts learn from.
    pub examples: u64,
    /// Mails of the lead that belong to no conversation.
    pub unmatched: u64,
    /// Replies that are on their way.
    pub leaving: u64,
}

#[cfg(test)]
mod tests {
    use super::first_name;

    #[test]
    fn the_first_name_is_found_in_both_orders() {
        assert_eq!(first_name("Maria Lopez"), "Maria");
        assert_eq!(first_name("Lopez, Maria"), "Maria");
        assert_eq!(first_name("kim@example.org"), "kim");
        assert_eq!(first_name(""), "");
    }
}
