//! The words of the prompt: `assets/prompt.md` by its parts, with values filled in.

/// The whole file.
pub const TEXT: &str = include_str!("../../../assets/prompt.md");

/// A part of the prompt text by its name, without the empty lines around it.
pub fn part(name: &str) -> &'static str {
    for text in TEXT.split("\n@@ ").skip(1) {
        if let Some((head, body)) = text.split_once('\n')
            && head.trim() == name
        {
            return body.trim();
        }
    }
    ""
}

/// Puts values in for `{{name}}`, in one pass: what is put in is not looked at again.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
