//! Beginnings of words, by what they mean, that say something only in one sentence with
//! another: `answer` with `soon`, `received` with `message`. All lower case; a blank before a
//! word keeps it from being found within another.

mod answer;
mod mail;
mod place;

pub use answer::{ANSWERING, HARDLY, SOON};
pub use mail::{ARRIVED, AUTOMATIC, CAME_TO_ME, I_GOT, MADE, MAIL, MAILBOX, OUT_OF_USE};
pub use place::{EMPLOYED, I_AM, JOURNEY, NO_LONGER, PART_TIME, WEEKDAY, WORKING};
