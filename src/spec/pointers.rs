//! The way back from a full form into the document it was read from.

/// Where each part of a full form stands in the document it was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointers {
    pub(super) matches: Vec<MatchPlace>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MatchPlace {
    pub(super) pointer: String,
    pub(super) alternatives: Vec<AlternativePlace>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AlternativePlace {
    pub(super) pointer: String,
    pub(super) every_column: bool,
    pub(super) fields: Vec<FieldPlace>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldPlace {
    pub(super) pointer: String,
    pub(super) alternatives: Vec<ColumnPlace>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnPlace {
    pub(super) pointer: String,
    /// The properties that the document gives a value.
    pub(super) properties: Vec<&'static str>,
}

impl Pointers {
    /// Points to a property of an alternative (`path`, also for how its table is
    /// `published` and its `replica_identity`), or of one alternative of a field (`name`, `type`, `min_length`, `is_nullable`), all counted from zero.
    ///
    /// What the document doesn't say is answered by the nearest that it does:
    /// for a property the field, for a column that `*` stands for the `*`.
    #[must_use]
    pub fn of(
        &self,
        match_no: usize,
        alternative_no: usize,
        field: Option<(usize, usize)>,
        property: &str,
    ) -> String {
        let Some(place) = self.matches.get(match_no) else {
            return "#/match".to_owned();
        };
        let Some(alternative) = place.alternatives.get(alternative_no) else {
            return place.pointer.clone();
        };
        let Some((field_no, field_alternative_no)) = field else {
            return match property {
                "path" | "published" | "replica_identity" => {
                    format!("{}/path", alternative.pointer)
                }
                _ => alternative.pointer.clone(),
            };
        };
        let Some(field) = alternative.fields.get(field_no) else {
            return if alternative.every_column {
                format!("{}/fields/0", alternative.pointer)
            } else {
                alternative.pointer.clone()
            };
        };
        let Some(column) = field.alternatives.get(field_alternative_no) else {
            return field.pointer.clone();
        };
        if column.properties.contains(&property) {
            format!("{}/{property}", column.pointer)
        } else {
            column.pointer.clone()
        }
    }

    /// Points to a match.
    #[must_use]
    pub fn of_match(&self, match_no: usize) -> String {
        let place = self.matches.get(match_no);
        place.map_or_else(|| "#/match".to_owned(), |place| place.pointer.clone())
    }

    /// Points to a field, whichever of its alternatives is meant.
    #[must_use]
    pub fn of_field(&self, match_no: usize, alternative_no: usize, field_no: usize) -> String {
        let nowhere = (field_no, usize::MAX);
        self.of(match_no, alternative_no, Some(nowhere), "name")
    }
}
