//! What there is to know about a migration tool.

/// A migration tool, and what is true of it.
#[derive(Debug)]
pub struct Tool {
    /// What the page calls it.
    pub name: &'static str,
    /// Where its project lies below `fixtures/`.
    pub folder: &'static str,
    /// The shell command that applies what is pending. It finds the database in
    /// `DATABASE_URL` and in the variables of libpq.
    pub migrates: &'static str,
    /// The query of its own records of what was applied, if it keeps any.
    pub records: Option<&'static str>,
    /// What it records of the evolving and of the breaking migration.
    pub recorded_as: [&'static str; 2],
    /// What a refusal undoes.
    pub undoes: Undoes,
    /// What it prints of a refusal, be it by the call or by the gate.
    pub shows: Shows,
}

/// What a refusal undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undoes {
    /// Everything that was pending.
    AllPending,
    /// Only itself: what was applied before it in the same run stays.
    OnlyItself,
}

/// What a tool prints of the server's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Nothing,
    /// `IntegrateDB.InvalidMigration`, and not whom it would break.
    Message,
    /// Whom it would break, too.
    Detail,
}

impl Undoes {
    /// As the page says it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::AllPending => "everything pending",
            Self::OnlyItself => "that migration",
        }
    }
}

impl Shows {
    /// What an output shows of a refusal that names this stakeholder.
    pub fn of(output: &str, stakeholder: &str) -> Self {
        match (output.contains("IntegrateDB.InvalidMigration"), output.contains(stakeholder)) {
            (true, true) => Self::Detail,
            (true, false) => Self::Message,
            (false, _) => Self::Nothing,
        }
    }

    /// As the page says it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Message => "that it is refused",
            Self::Detail => "whom it would break",
        }
    }
}
