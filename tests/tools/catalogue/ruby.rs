//! Tools of Ruby.

use crate::tool::Shows::Detail;
use crate::tool::Tool;
use crate::tool::Undoes::OnlyItself;

pub const RAILS: Tool = Tool {
    name: "Rails",
    folder: "rails",
    migrates: "rake db:migrate",
    records: Some("select version from schema_migrations order by version"),
    recorded_as: ["1", "2"],
    undoes: OnlyItself,
    shows: Detail,
};
