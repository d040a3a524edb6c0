//! What shells and `man` know of the program.

use std::fs;
use std::process::{Command, Output};

use crate::person::Person;

fn shell(name: &str, script: &str, person: &Person) -> Output {
    let mut command = Command::new(name);
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_integratedb")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", path.display());
    command.env_clear().env("HOME", &person.home).env("PATH", path).env("TERM", "dumb");
    command.arg("-c").arg(script).output().unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn prints(output: &Output, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    for word in words {
        assert!(text.split_whitespace().any(|found| found == *word), "{word}: {text}");
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let script = r#"
        eval "$(integratedb completions bash)"
        try() {
          COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
          _integratedb integratedb "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
          echo "${COMPREPLY[@]}"
        }
        try integratedb stake; try integratedb claims ""; try integratedb notifications letters list --l"#;
    let output = shell("bash", script, &Person::new());
    prints(&output, &["stakeholders", "edit", "apply", "--limit"]);
}

#[test]
fn zsh_and_fish_take_their_scripts() {
    let person = Person::new();
    let zsh = "autoload -U compinit && compinit -u -d $HOME/dump && eval \"$(integratedb completions zsh)\" \
               && print ${_comps[integratedb]}";
    prints(&shell("zsh", zsh, &person), &["_integratedb"]);
    let fish = "integratedb completions fish | source; complete -C 'integratedb cla'; \
                complete -C 'integratedb guards '";
    prints(&shell("fish", fish, &person), &["claims", "get", "set"]);
}

#[tokio::test]
async fn there_is_a_manual_page_for_every_command() {
    let person = Person::new();
    let folder = person.file("man/man1");
    person.says(&["man", "--folder", folder.to_str().unwrap()]).await.ends_with(0);
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    for name in ["integratedb.1", "integratedb-serve.1", "integratedb-claims-edit.1"] {
        assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
    }
    let page = person.says(&["man"]).await;
    page.ends_with(0).has(".TH integratedb 1").has(".TP\n\\fBDATABASE_URL\\fR\n");
}
