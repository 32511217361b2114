//! What the checks read of a Markdown file: its fenced blocks, its tables.

/// A fenced block.
#[derive(Debug, PartialEq)]
pub(crate) struct Block<'a> {
    /// The number of the line with the opening fence, from 1.
    pub(crate) line: usize,
    /// What stands behind the opening fence.
    pub(crate) info: &'a str,
    pub(crate) body: Vec<&'a str>,
    /// What the last non-empty line before it says, if that is an HTML comment.
    pub(crate) marker: Option<&'a str>,
}

impl Block<'_> {
    /// The first word of the info string: `rust` of `rust,no_run`.
    pub(crate) fn language(&self) -> &str {
        self.info.split([',', ' ']).next().unwrap_or_default()
    }
}

pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(Block<'_>, &str)> = None;
    let mut marker = None;
    for (number, line) in (1..).zip(text.lines()) {
        let bare = line.trim();
        if let Some((mut block, fence)) = open.take() {
            // A longer fence closes as well; a shorter one is text.
            if bare.starts_with(fence) && bare.chars().all(|c| fence.starts_with(c)) {
                found.push(block);
            } else {
                block.body.push(line);
                open = Some((block, fence));
            }
        } else if let Some(fence) = fence(bare) {
            let info = bare[fence.len()..].trim();
            open = Some((Block { line: number, info, body: Vec::new(), marker: marker.take() }, fence));
        } else if !bare.is_empty() {
            marker = bare.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")).map(str::trim);
        }
    }
    // A fence that is never closed runs to the end, as it does for those who read it.
    found.extend(open.map(|(block, _)| block));
    found
}

fn fence(line: &str) -> Option<&str> {
    let tick = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(tick).len();
    (length >= 3).then(|| &line[..length])
}

/// The cells of each table row, with the line's number; `header` says which rows are headers. Rules (`|---|`) are left out.
pub(crate) fn table_rows(text: &str) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some(inner) = line.trim().strip_prefix('|') else { continue };
        let cells = cells(inner.strip_suffix('|').unwrap_or(inner));
        let rule = cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':')));
        if rule {
            if let Some(above) = rows.last_mut() {
                above.header = true;
            }
        } else {
            rows.push(Row { line: number, cells, header: false });
        }
    }
    rows
}

#[derive(Debug, PartialEq)]
pub(crate) struct Row<'a> {
    pub(crate) line: usize,
    pub(crate) cells: Vec<&'a str>,
    pub(crate) header: bool,
}

/// Splits at `|`, save where it is escaped.
fn cells(line: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut start = 0;
    for (at, _) in line.match_indices('|') {
        if !line[..at].ends_with('\\') {
            cells.push(line[start..at].trim());
            start = at + 1;
        }
    }
    cells.push(line[start..].trim());
    cells
}

/// What stands between backticks in one line.
pub(crate) fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_their_line_their_info_and_the_comment_above() {
        let text = "# Title\n\n<!-- quickstart output -->\n\n```text\nhello\n```\n~~~rust,no_run\n```\n~~~\n";
        let found = blocks(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].info, found[0].marker), (5, "text", Some("quickstart output")));
        assert_eq!(found[0].body, ["hello"]);
        assert_eq!((found[1].language(), found[1].marker), ("rust", None));
        assert_eq!(found[1].body, ["```"], "another kind of fence is text");
    }

    #[test]
    fn a_comment_belongs_to_a_block_only_if_nothing_stands_between() {
        assert_eq!(blocks("<!-- a -->\nwords\n```text\n```\n")[0].marker, None);
    }

    #[test]
    fn a_table_is_a_header_and_rows() {
        let rows = table_rows("| What | Test |\n|---|:--|\n| a \\| b | `c` |\n");
        assert_eq!(rows.len(), 2);
        assert!(rows[0].header && !rows[1].header);
        assert_eq!(rows[1].cells, ["a \\| b", "`c`"]);
    }

    #[test]
    fn code_spans_are_what_stands_between_backticks() {
        assert_eq!(code_spans("see `a::b` and `c`").collect::<Vec<_>>(), ["a::b", "c"]);
    }
}
