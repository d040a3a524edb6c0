//! The names of Postgres's types.

/// Names a type as `information_schema.columns` does, whatever alias, letter
/// case or white space it was written with. An array is its element with one
/// `[]`, however many dimensions were written, since Postgres doesn't tell them
/// apart. Types that Postgres doesn't bring along stay as written.
#[must_use]
pub fn canonical_type(written: &str) -> String {
    let (element, is_array) = element(written);
    match (builtin(element), is_array) {
        (Some(name), false) => name,
        (Some(name), true) => format!("{name}[]"),
        (None, true) => format!("{element}[]"),
        // Postgres's own name for an array of a type.
        (None, false) => match written.trim().strip_prefix('_').and_then(builtin) {
            Some(name) => format!("{name}[]"),
            None => written.to_owned(),
        },
    }
}

/// Takes the array suffixes off: `int[3][]` has the element `int`.
fn element(written: &str) -> (&str, bool) {
    let (mut element, mut is_array) = (written, false);
    while let Some(shorter) = without_suffix(element) {
        (element, is_array) = (shorter, true);
    }
    (element, is_array)
}

fn without_suffix(written: &str) -> Option<&str> {
    let open = written.trim_end().strip_suffix(']')?;
    let bounds = |c: char| c.is_ascii_digit() || c.is_whitespace();
    let element = open.trim_end_matches(bounds).strip_suffix('[')?.trim_end();
    (!element.is_empty()).then_some(element)
}

fn builtin(written: &str) -> Option<String> {
    let folded = written.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let canonical = match folded.as_str() {
        "int" | "int4" | "serial" | "serial4" => "integer",
        "int2" | "smallserial" | "serial2" => "smallint",
        "int8" | "bigserial" | "serial8" => "bigint",
        "varchar" | "char varying" => "character varying",
        "char" | "bpchar" => "character",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "timetz" => "time with time zone",
        "time" => "time without time zone",
        "bool" => "boolean",
        "float4" => "real",
        "float8" | "float" => "double precision",
        "decimal" | "dec" => "numeric",
        "varbit" => "bit varying",
        name if CANONICAL.contains(&name) => name,
        _ => return None,
    };
    Some(canonical.to_owned())
}

const CANONICAL: [&str; 58] = [
    "bigint",
    "bit",
    "bit varying",
    "boolean",
    "box",
    "bytea",
    "character",
    "character varying",
    "cidr",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "double precision",
    "inet",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "real",
    "regclass",
    "smallint",
    "text",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "uuid",
    "xid",
    "xid8",
    "xml",
];

#[cfg(test)]
mod tests {
    use super::canonical_type;

    #[test]
    fn an_alias_means_the_name_in_the_information_schema() {
        for (written, canonical) in [
            ("int", "integer"),
            ("INT4", "integer"),
            ("int2", "smallint"),
            ("int8", "bigint"),
            ("varchar", "character varying"),
            ("char", "character"),
            ("bpchar", "character"),
            ("timestamptz", "timestamp with time zone"),
            ("timestamp", "timestamp without time zone"),
            ("timetz", "time with time zone"),
            ("time", "time without time zone"),
            ("bool", "boolean"),
            ("float4", "real"),
            ("float8", "double precision"),
            ("float", "double precision"),
            ("decimal", "numeric"),
            ("varbit", "bit varying"),
            ("serial", "integer"),
            ("bigserial", "bigint"),
            ("smallserial", "smallint"),
            ("Text", "text"),
            (" Timestamp  With\tTime Zone ", "timestamp with time zone"),
        ] {
            assert_eq!(canonical_type(written), canonical, "{written}");
        }
    }

    #[test]
    fn an_array_is_its_element_with_one_pair_of_brackets() {
        for (written, canonical) in [
            ("int[]", "integer[]"),
            ("_int4", "integer[]"),
            ("_text", "text[]"),
            ("int[][]", "integer[]"),
            ("INT [ 3 ] []", "integer[]"),
            ("mood[][]", "mood[]"),
            ("public.Mood[]", "public.Mood[]"),
        ] {
            assert_eq!(canonical_type(written), canonical, "{written}");
        }
    }

    #[test]
    fn any_other_type_stays_as_written() {
        for written in
            ["public.Mood", "_Mood", "ARRAY", "USER-DEFINED", "\"char\"", "[]", " a b", ""]
        {
            assert_eq!(canonical_type(written), written);
        }
    }
}
