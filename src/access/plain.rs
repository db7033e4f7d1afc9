use super::syntax::invalid;
use crate::error::Result;

/// Refuses HCL that is more than plain values, before the parser sees it: operators, indices, templates and
/// heredocs. A policy needs none of them, and the parser tries operators again at each level of brackets, so that a few
/// hundred bytes would keep it busy for days.
///
/// What a text or comment holds does not matter, save a template in a text.
///
/// # Errors
/// [`crate::Kind::InvalidPolicy`] with the line.
pub(super) fn check(text: &str) -> Result<()> {
    let mut line = 1;
    // The last character that is neither space nor comment.
    let mut before = '\n';
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..).unwrap_or_default();
        let next = after.chars().next().unwrap_or('\n');
        let plain = match letter {
            '"' => {
                let Some(length) = text_length(after) else { return Err(refused(line)) };
                (before, rest) = ('"', after.get(length..).unwrap_or_default());
                continue;
            }
            '#' | '/' if letter == '#' || next == '/' => {
                rest = after.get(after.find('\n').unwrap_or(after.len())..).unwrap_or_default();
                continue;
            }
            '/' if next == '*' => {
                let comment = after.get(..after.find("*/").map_or(after.len(), |end| end + 2)).unwrap_or_default();
                line += comment.matches('\n').count();
                rest = after.get(comment.len()..).unwrap_or_default();
                continue;
            }
            '?' | '*' | '/' | '%' | '!' | '&' | '|' | '<' | '>' => false,
            '=' => next != '=',
            '+' => matches!(before, 'e' | 'E') && next.is_ascii_digit(),
            '-' => next.is_alphanumeric() || matches!(next, '-' | '_'),
            '[' => matches!(before, '=' | ':' | ',' | '['),
            _ => true,
        };
        if !plain {
            return Err(refused(line));
        }
        line += usize::from(letter == '\n');
        if !letter.is_whitespace() {
            before = letter;
        }
        rest = after;
    }
    Ok(())
}

/// How long a text is after its first quote, with the last one; `None` for a template and for more than one line.
fn text_length(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        match byte {
            b'"' => return Some(at + 1),
            // No text goes over lines; where it would end is not for two readers to guess.
            b'\n' => return None,
            // A quote or a backslash; a line must not pass unseen.
            b'\\' if next != Some(b'\n') => drop(bytes.next()),
            b'$' | b'%' if next == Some(b'{') => return None,
            // `$${` is an escape.
            b'$' | b'%' if next == Some(byte) && text.as_bytes().get(at + 2) == Some(&b'{') => drop(bytes.nth(1)),
            _ => {}
        }
    }
    Some(text.len())
}

/// The error for what is more than a plain value.
pub(super) fn refused(line: usize) -> crate::Error {
    invalid(line, "expressions and string templates are not supported: write plain values")
}
