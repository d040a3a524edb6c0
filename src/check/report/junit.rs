//! The report as `JUnit` XML: a test case for each claim, and one for the command.

use std::io::Error;

use quick_xml::Writer;
use quick_xml::events::{BytesText, Event};

use super::text::{count, lock_in_words};
use super::{Claim, Report};
use crate::check::Ending;

pub(super) fn write(report: &Report) -> Result<String, Error> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let errors = usize::from(report.command != Ending::Succeeded);
    let counts = [
        ("tests", report.claims.len() + 1),
        ("failures", report.broken.len()),
        ("errors", errors),
        ("skipped", report.already_unmet.len()),
    ];
    let counts = counts.map(|(name, number)| (name, number.to_string()));
    let counts = || counts.iter().map(|(name, number)| (*name, number.as_str()));
    let suites = writer.create_element("testsuites").with_attributes(counts());
    suites.write_inner_content(|writer| {
        let suite = writer.create_element("testsuite");
        let suite = suite.with_attribute(("name", "integratedb check")).with_attributes(counts());
        suite.write_inner_content(|writer| {
            command(writer, &report.command)?;
            report.claims.iter().try_for_each(|claim| case(writer, report, claim))?;
            remarks(writer, report)
        })?;
        Ok(())
    })?;
    let xml = String::from_utf8(writer.into_inner()).map_err(Error::other)?;
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}\n"))
}

fn command(writer: &mut Writer<Vec<u8>>, ending: &Ending) -> Result<(), Error> {
    let case = writer.create_element("testcase");
    let case = case.with_attributes([("classname", "integratedb"), ("name", "the command")]);
    let why = match ending {
        Ending::Succeeded => {
            case.write_empty()?;
            return Ok(());
        }
        Ending::Failed(how) => format!("The command failed: {how}"),
        Ending::NotStarted(why) => format!("The command could not be started: {why}"),
        Ending::Interrupted => "The command was interrupted".to_owned(),
    };
    case.write_inner_content(|writer| {
        writer
            .create_element("error")
            .with_attribute(("message", printable(&why).as_str()))
            .write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, report: &Report, claim: &Claim) -> Result<(), Error> {
    let (class, name) = (printable(&claim.stakeholder), printable(&claim.name));
    let case = writer.create_element("testcase");
    let case = case.with_attributes([("classname", class.as_str()), ("name", name.as_str())]);
    let broken = report.broken.iter().find(|broken| broken.unmet.claim_id == claim.id);
    let already = report.already_unmet.iter().find(|unmet| unmet.claim_id == claim.id);
    let (element, problem, more) = match (broken, already) {
        (Some(broken), _) => ("failure", &broken.unmet.problem, broken.statement.as_deref()),
        (None, Some(unmet)) => ("skipped", &unmet.problem, Some("unmet before the command began")),
        (None, None) => {
            case.write_empty()?;
            return Ok(());
        }
    };
    case.write_inner_content(|writer| {
        let message = printable(problem);
        let element = writer.create_element(element).with_attribute(("message", message.as_str()));
        let text = [problem.as_str()].into_iter().chain(more).collect::<Vec<_>>().join("\n");
        element.write_text_content(BytesText::new(&printable(&text)))?;
        Ok(())
    })?;
    Ok(())
}

fn remarks(writer: &mut Writer<Vec<u8>>, report: &Report) -> Result<(), Error> {
    let locks = report.locks.iter().map(lock_in_words);
    let remarks: Vec<String> = locks.chain(report.warnings.iter().cloned()).collect();
    if remarks.is_empty() {
        return Ok(());
    }
    let text = format!("{}:\n{}", count(remarks.len(), "remark"), remarks.join("\n"));
    let element = writer.create_element("system-out");
    element.write_inner_content(|writer| {
        writer.write_event(Event::Text(BytesText::new(&printable(&text))))
    })?;
    Ok(())
}

/// XML has no way to write most control characters, not even escaped.
fn printable(text: &str) -> String {
    let is_allowed =
        |char: char| !char.is_control() || matches!(char, '\t' | '\n' | '\r' | '\u{85}');
    let is_character = |char: char| !matches!(char, '\u{fffe}' | '\u{ffff}');
    let keep = |char: char| if is_allowed(char) && is_character(char) { char } else { '\u{fffd}' };
    text.chars().map(keep).collect()
}
