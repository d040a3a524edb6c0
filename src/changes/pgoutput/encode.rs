//! Rows that didn't come out of the stream, in the form of those that did.

/// A row that no message can hold. No table of Postgres has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the row has more than 65,535 columns, or more than 2 GB in one")]
pub struct TooLarge;

/// The Insert message for a row: its values as their types' output functions write
/// them, in the order of the table's columns.
pub fn encode_insert(relation: u32, values: &[Option<&str>]) -> Result<Vec<u8>, TooLarge> {
    const BEFORE_VALUES: usize = 1 + 4 + 1 + 2;
    const BEFORE_VALUE: usize = 1 + 4;
    let text: usize = values.iter().flatten().map(|value| value.len()).sum();
    let mut bytes = Vec::with_capacity(BEFORE_VALUES + values.len() * BEFORE_VALUE + text);
    bytes.push(b'I');
    bytes.extend(relation.to_be_bytes());
    bytes.push(b'N');
    bytes.extend(u16::try_from(values.len()).map_err(|_| TooLarge)?.to_be_bytes());
    for value in values {
        let Some(value) = value else {
            bytes.push(b'n');
            continue;
        };
        bytes.push(b't');
        bytes.extend(i32::try_from(value.len()).map_err(|_| TooLarge)?.to_be_bytes());
        bytes.extend(value.as_bytes());
    }
    Ok(bytes)
}
