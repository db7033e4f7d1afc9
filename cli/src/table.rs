use unicode_width::UnicodeWidthStr as _;
use zeroize::Zeroizing;

/// Between the longest cell of a column and the next column.
const GAP: usize = 4;

/// Lines of aligned columns, as Vault's command prints them.
pub(crate) fn render(rows: &[Vec<Zeroizing<String>>]) -> Zeroizing<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let bytes = rows.iter().flatten().map(|cell| cell.len()).sum::<usize>();
    let mut text =
        Zeroizing::new(String::with_capacity(bytes + rows.len() * (widths.iter().sum::<usize>() + columns * GAP)));
    for row in rows {
        let last = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate().take(last + 1) {
            text.push_str(cell);
            if index < last {
                text.extend(std::iter::repeat_n(' ', width - cell.width() + GAP));
            }
        }
        text.push('\n');
    }
    text
}

/// Text as it may stand in a terminal: control characters, which could move the cursor or worse, are escaped.
pub(crate) fn cell(text: &str) -> Zeroizing<String> {
    let mut cell = Zeroizing::new(String::with_capacity(text.len()));
    for character in text.chars() {
        match character.is_control() {
            true => cell.extend(character.escape_default()),
            false => cell.push(character),
        }
    }
    cell
}
