//! A column's value as JSON.

mod array;
mod json;
mod moment;
pub mod oid;
mod string;
#[cfg(test)]
mod tests;

pub use string::write_string;

/// Appends the JSON of a value that isn't null: as Postgres's own `to_jsonb` says it,
/// except that no digit of a number is lost or added.
///
/// The text is what the type's output function writes in a session with `DateStyle`
/// ISO, `IntervalStyle` postgres, `extra_float_digits` 3 and `bytea_output` hex. A
/// domain's values need the object id of what it is made of.
///
/// - Numbers are numbers, with all their digits; a reader may not be able to hold
///   them. `NaN` and the infinities are strings.
/// - Timestamps have a `T`, and where they have an offset its minutes.
/// - A json or jsonb is put as it stands, whitespace and repeated keys included. One
///   that names half of a surrogate pair, which `to_jsonb` refuses, is a string.
/// - Arrays are arrays, one in another for each dimension; lower bounds are dropped.
/// - All other types are strings of the text: unlike in `to_jsonb` also composite
///   types, types with a cast to json (such as hstore) and arrays of unknown types.
///
/// What isn't as its type would write it becomes a string, so that whatever comes in,
/// one valid JSON value comes out.
pub fn write_json(type_oid: u32, text: &str, out: &mut String) {
    let start = out.len();
    let is_written = match type_oid {
        oid::TEXT | oid::VARCHAR | oid::UUID => false, // the commonest; spares the search below
        oid::BOOL => boolean(text, out),
        oid::INT2 | oid::INT4 | oid::INT8 | oid::NUMERIC | oid::FLOAT4 | oid::FLOAT8 => {
            splice(json::is_number(text), text, out)
        }
        oid::TIMESTAMP | oid::TIMESTAMPTZ => moment::write(text, out),
        oid::JSON | oid::JSONB => splice(json::is_document(text), text, out),
        oid::INT2VECTOR => array::write_vector(oid::INT2, text, out),
        oid::OIDVECTOR => array::write_vector(oid::OID, text, out),
        _ => oid::element(type_oid).is_some_and(|element| array::write(element, text, out)),
    };
    if !is_written {
        out.truncate(start);
        write_string(text, out);
    }
}

fn boolean(text: &str, out: &mut String) -> bool {
    match text {
        "t" => out.push_str("true"),
        "f" => out.push_str("false"),
        _ => return false,
    }
    true
}

fn splice(is_json: bool, text: &str, out: &mut String) -> bool {
    if is_json {
        out.push_str(text);
    }
    is_json
}
