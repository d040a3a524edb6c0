//! The two text formats of Prometheus: `OpenMetrics`, and the one from before.

/// How figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus's own, version 0.0.4, which everything reads.
    Plain,
    /// `OpenMetrics` 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The one that a header `Accept` asks for.
    pub fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Plain
        }
    }

    /// As the header `Content-Type` says it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Writes what is there as `OpenMetrics`.
    pub fn write(self, open_metrics: String) -> String {
        match self {
            Self::Plain => plain(&open_metrics),
            Self::OpenMetrics => open_metrics,
        }
    }
}

/// In the older format a family has the name of its samples: counters end with `_total`
/// and infos with `_info`, which it calls gauges. It knows neither units nor an end.
fn plain(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut help = None;
    for line in open_metrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("HELP"), Some(name), said) => {
                help = Some((name, said.unwrap_or_default()));
            }
            (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                let (suffix, kind) = match kind {
                    "counter" => ("_total", kind),
                    "info" => ("_info", "gauge"),
                    _ => ("", kind),
                };
                if let Some((_, help)) = help.take().filter(|(of, _)| *of == name) {
                    text.extend(["# HELP ", name, suffix, " ", help, "\n"]);
                }
                text.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
            }
            (Some("#"), ..) => {}
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_the_name_of_its_samples() {
        let open_metrics = "# HELP requests What came.\n# TYPE requests counter\n\
                            requests_total{a=\"# x\"} 1\n\
                            # HELP lag_bytes Late.\n# TYPE lag_bytes gauge\n# UNIT lag_bytes bytes\nlag_bytes 2\n\
                            # HELP build It.\n# TYPE build info\nbuild_info{version=\"1\"} 1\n# EOF\n";
        let expected = "# HELP requests_total What came.\n# TYPE requests_total counter\n\
                        requests_total{a=\"# x\"} 1\n\
                        # HELP lag_bytes Late.\n# TYPE lag_bytes gauge\nlag_bytes 2\n\
                        # HELP build_info It.\n# TYPE build_info gauge\nbuild_info{version=\"1\"} 1\n";
        assert_eq!(Format::Plain.write(open_metrics.to_owned()), expected);
        assert_eq!(Format::OpenMetrics.write(open_metrics.to_owned()), open_metrics);
    }

    #[test]
    fn open_metrics_is_written_for_those_who_ask() {
        assert_eq!(Format::accepted(""), Format::Plain);
        let prometheus =
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        assert_eq!(Format::accepted(prometheus), Format::OpenMetrics);
    }
}
