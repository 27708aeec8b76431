//! The sentences of a text.

/// From how many characters a line without an end is taken for one that was wrapped.
const WRAPPED: usize = 55;

/// Words with which somebody turns from the absence to what they have to say.
const TURNS: &[&str] = &[
    " but ", " aber ", " daher ", ", mais ", " pero ", " ma ", " mas ", " maar ", " men ", " ale ",
    " но ", " ama ",
];

/// One sentence, or what is left of it behind a turn.
#[derive(Default)]
pub struct Sentence {
    /// Its text, with a blank on either side, by which short words are found.
    pub text: String,
    /// Whether it begins with the turn: few words say something there.
    pub turned: bool,
}

/// The sentences of a text as it was written, in lower case; a turn within one ends it as well.
#[must_use]
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut found: Vec<Sentence> = Vec::new();
    for line in unwrapped(text) {
        let mut line = line;
        // A turn is written small.
        for turn in TURNS {
            if line.contains(turn) {
                line = line.replace(turn, "\n");
            }
        }
        let mut sentence = Sentence::default();
        let mut signs = line.char_indices().peekable();
        while let Some((at, sign)) = signs.next() {
            let free = signs.peek().is_none_or(|(_, next)| next.is_whitespace());
            let ends = match sign {
                '\n' | '。' | '！' | '？' => true,
                '.' => free && !goes_on(&sentence.text, line.get(at + 1..).unwrap_or("")),
                '!' | '?' | ';' => free,
                _ => false,
            };
            if sign != '\n' {
                sentence.text.push(sign);
            }
            if ends {
                found.push(std::mem::take(&mut sentence));
                sentence.turned = sign == '\n';
            }
        }
        found.push(sentence);
    }
    found.retain(|sentence| !sentence.text.trim().is_empty());
    for sentence in &mut found {
        sentence.text = format!(" {} ", sentence.text.trim().to_lowercase());
    }
    found
}

/// The text without the block of names, posts and addresses at its end.
#[must_use]
pub fn above_names(text: &str) -> &str {
    let text = text.trim_end();
    let mut end = text.len();
    let mut kept = text;
    // Block by block, as long as they are made of names.
    while let Some((above, block)) = text.get(..end).and_then(|text| text.rsplit_once("\n\n")) {
        let names = block.lines().all(is_of_names);
        if !names {
            break;
        }
        kept = above.trim_end();
        end = kept.len();
    }
    kept
}

/// Whether a line is a name, a post, an address or a greeting before them: short, begun with
/// a capital, a figure or `i. V.`, and no sentence.
fn is_of_names(line: &str) -> bool {
    const WORDS: usize = 7;
    const CHARACTERS: usize = 60;
    let line = line.trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_large = |word: &str| {
        let short = word.ends_with('.') && word.len() <= 3;
        short || !word.starts_with(char::is_lowercase)
    };
    let large = words.iter().filter(|word| is_large(word)).count();
    let is_short = words.len() <= WORDS && line.chars().count() <= CHARACTERS;
    // `Ltd.` ends no sentence.
    let is_sentence = line.ends_with(['!', '?', '。', ':'])
        || line.ends_with('.') && words.last().is_some_and(|last| last.chars().count() > 6);
    let is_named = words.len() <= 3 || large * 2 >= words.len();
    let begins = words.first().is_none_or(|first| is_large(first));
    line.contains(" | ") || is_short && !is_sentence && is_named && begins
}

/// Whether a sentence goes on behind a full stop: `9. November`, `vom 4.8. bis`, `Dr. Kern`,
/// `J. Park`. What stands behind is as it was written.
fn goes_on(before: &str, behind: &str) -> bool {
    let last = before.rsplit([' ', '(']).next().unwrap_or("");
    let behind = behind.trim_start();
    let follows_small = behind.starts_with(char::is_lowercase);
    let follows_month = || {
        let lower: String = behind
            .chars()
            .take(4)
            .flat_map(char::to_lowercase)
            .collect();
        MONTHS.iter().any(|month| lower.starts_with(month))
    };
    let is_date = last.ends_with(|sign: char| sign.is_ascii_digit());
    let is_initial = last.chars().count() == 1 && last.chars().all(char::is_alphabetic);
    is_date && (follows_small || follows_month()) || is_initial || is_shortened(last)
}

/// What follows the day of a date: the beginning of a month's name, its figure, or a dash.
const MONTHS: &[&str] = &[
    "jan", "feb", "fév", "mar", "mär", "maa", "apr", "avr", "abr", "mai", "may", "maj", "mag",
    "máj", "mei", "jun", "giu", "jui", "jul", "juin", "lug", "ago", "aug", "aoû", "sep", "set",
    "okt", "oct", "ott", "out", "nov", "dez", "dec", "des", "dic", "déc", "led", "úno", "bře",
    "dub", "kvě", "čer", "srp", "zář", "říj", "lis", "pro", "sty", "lut", "kwi", "cze", "lip",
    "sie", "wrz", "paź", "gru", "tam", "hel", "huh", "tou", "kes", "hei", "elo", "syy", "lok",
    "jou", "янв", "фев", "апр", "мая", "июн", "июл", "авг", "окт", "ноя", "дек", "oca", "şub",
    "nis", "–", "-", "haz", "tem", "ağu", "eyl", "eki", "kas", "ara", "0", "1", "2", "3", "4", "5",
    "6", "7", "8", "9",
];

/// Whether a word is a title or another that is written short.
fn is_shortened(word: &str) -> bool {
    const SHORT: &[&str] = &[
        "mr", "mrs", "ms", "dr", "prof", "nr", "hr", "tel", "approx", "ca", "bzw", "mme", "mlle",
        "sr", "sra", "srta", "dra", "dott", "ing", "mgr", "inż", "sig", "sn", "др", "ul", "godz",
        "kl", "lic", "sp", "vs", "ext", "tlf", "bl",
    ];
    SHORT.contains(&word.to_lowercase().as_str())
}

/// The lines, with those joined that a program wrapped.
fn unwrapped(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        match found.last_mut() {
            Some(last) if open && !line.is_empty() => {
                last.push(' ');
                last.push_str(line);
            }
            _ => found.push(line.to_owned()),
        }
        open = line.chars().count() >= WRAPPED && !line.ends_with(['.', '!', '?', ':']);
    }
    found
}
