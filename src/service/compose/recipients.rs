//! Who gets an answer, and who of us gives it. Addresses come from the stored thread; one
//! that nobody there has written from or to needs the person's word.

use std::collections::BTreeSet;

use super::super::ServiceError;
use crate::domain::address::is_plain_address;
use crate::domain::{Address, ConversationId, Direction, MailKind, Message};
use crate::store::{Read, StoreError};

/// Providers at which a common domain says nothing about a common owner.
const PUBLIC: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "ymail.com",
    "aol.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "gmx.de",
    "gmx.net",
    "gmx.com",
    "web.de",
    "t-online.de",
    "freenet.de",
    "posteo.de",
    "mail.com",
    "mail.ru",
    "yandex.ru",
    "yandex.com",
    "qq.com",
    "163.com",
    "126.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "fastmail.com",
    "zoho.com",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "libero.it",
    "comcast.net",
    "hey.com",
    "tutanota.com",
];

/// The addresses of an answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Recipients {
    /// Where it goes: `Reply-To` if the lead set one, else `From` (RFC 5322 3.6.2).
    pub to: Vec<Address>,
    /// The author of the mail that is answered; the lead where there is none.
    pub from: Address,
    /// Those of `to` that only a `Reply-To` names: the person has to type them.
    pub unconfirmed: Vec<Address>,
    /// The mail that is answered.
    pub answered: Option<Message>,
}

/// Who an answer in a conversation goes to.
pub fn recipients(r: Read<'_>, id: ConversationId) -> Result<Recipients, StoreError> {
    let messages = r.list_messages(id)?;
    let lead_id = r.get_conversation_lead(id)?;
    let lead = lead_id.map(|lead| r.get_lead(lead)).transpose()?.flatten();
    let lead = lead.ok_or(StoreError::Missing {
        what: "conversation",
        id: id.0,
    })?;
    let person = |m: &&Message| {
        m.content.direction == Direction::Inbound && m.content.kind == MailKind::Person
    };
    let Some(answered) = messages.iter().rev().find(person).cloned() else {
        let lead = Address::named(&lead.name, &lead.email);
        return Ok(Recipients {
            to: vec![lead.clone()],
            from: lead,
            unconfirmed: Vec::new(),
            answered: None,
        });
    };
    let own: BTreeSet<String> = r.list_own_addresses()?.iter().map(Address::key).collect();
    let mut known: BTreeSet<String> = r.list_lead_addresses(lead.id)?.into_iter().collect();
    known.insert(Address::bare(&lead.email).key());
    for message in &messages {
        match message.content.direction {
            Direction::Inbound => {
                known.insert(message.content.from.key());
            }
            Direction::Outbound => {
                let people = message.content.to.iter().chain(&message.content.cc);
                known.extend(people.map(Address::key));
            }
        }
    }
    let from = answered.content.from.clone();
    let wished: Vec<Address> = answered
        .content
        .reply_to
        .iter()
        .filter(|address| is_plain_address(&address.address) && !own.contains(&address.key()))
        .cloned()
        .collect();
    let to = if wished.is_empty() {
        vec![from.clone()]
    } else {
        wished
    };
    let unconfirmed = to
        .iter()
        .filter(|address| !known.contains(&address.key()) && !same_house(address, &known))
        .cloned()
        .collect();
    Ok(Recipients {
        to,
        from,
        unconfirmed,
        answered: Some(answered),
    })
}

/// Whether somebody known writes from the same domain, and it is not one where everybody
/// can have an address.
fn same_house(address: &Address, known: &BTreeSet<String>) -> bool {
    let key = address.key();
    let Some((_, domain)) = key.rsplit_once('@') else {
        return false;
    };
    !PUBLIC.contains(&domain)
        && known
            .iter()
            .filter_map(|known| known.rsplit_once('@'))
            .any(|(_, other)| other == domain)
}

/// What we are called: as the settings say, else as one of the account's addresses does.
pub(in crate::service) fn own_name(name: &str, own: &[Address]) -> String {
    if !name.is_empty() {
        return name.to_owned();
    }
    let named = own.iter().find_map(|own| own.name.clone());
    named.unwrap_or_default()
}

/// The address that answers: the one the lead wrote to, else the account's default.
pub(super) fn own_address(
    name: &str,
    email: &str,
    own: &[Address],
    answered: Option<&Message>,
) -> Result<Address, ServiceError> {
    let written_to = answered.and_then(|message| {
        let people = message.content.to.iter().chain(&message.content.cc);
        people
            .map(Address::key)
            .find_map(|key| own.iter().find(|own| own.key() == key))
    });
    let configured = own
        .iter()
        .find(|own| own.key() == Address::bare(email).key());
    let address = match written_to.or(configured).or(own.first()) {
        Some(own) => own.clone(),
        None if !email.is_empty() => Address::bare(email),
        None => {
            return Err(ServiceError::SignIn(
                "it is not known yet which address you send from; run: rejoinder login (or set USER_EMAIL)".to_owned(),
            ));
        }
    };
    let name = if name.is_empty() {
        address.name.as_deref().unwrap_or_default()
    } else {
        name
    };
    Ok(Address::named(name, &address.address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_domain_is_a_house_but_not_at_a_public_provider() {
        let known: BTreeSet<String> =
            ["maria@bakery.example".to_owned(), "m@gmail.com".to_owned()].into();
        assert!(same_house(&Address::bare("Office@Bakery.example"), &known));
        assert!(!same_house(&Address::bare("eve@gmail.com"), &known));
        assert!(!same_house(&Address::bare("eve@evil.example"), &known));
        assert!(!same_house(&Address::bare("eve@notbakery.example"), &known));
    }

    #[test]
    fn the_address_the_lead_wrote_to_answers() {
        let own = [
            Address::named("Sam", "sam@example.com"),
            Address::named("Studio", "hello@studio.example"),
        ];
        let from = |email: &str| own_address("", email, &own, None).unwrap();
        assert_eq!(from(""), own[0]);
        assert_eq!(from("HELLO@studio.example"), own[1]);
        assert!(own_address("Sam", "", &[], None).is_err());
    }
}
