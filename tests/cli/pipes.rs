//! Whoever reads along may stop before the end.

use std::process::Command;

use super::Example;

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let example = Example::new();
    example.json(&["run"]);
    example.replace("abc.ldif", "CN=Jed Hill,OU=London", "+44 20 7946", "+44 20 7947");
    let commands: [&[&str]; 10] = [
        &["preview", "--all"],
        &["preview", "--format", "csv"],
        &["preview", "--format", "html"],
        &["explain", "abc", "CN=Jed Hill,OU=London,OU=Offices,DC=abc,DC=example"],
        &["show", "abc", "CN=Jed Hill,OU=London,OU=Offices,DC=abc,DC=example"],
        &["history"],
        &["status"],
        &["undo", "1"],
        &["run"],
        &["history", "--format", "json"],
    ];
    let audit: [(&[&str], &[&str]); 3] = [
        (&["audit", "export"], &["--format", "csv"]),
        (&["audit", "export"], &[]),
        (&["audit", "verify"], &[]),
    ];
    let all = commands.iter().map(|all| all.split_at(1)).chain(audit);
    for (command, rest) in all {
        let run = |out: std::process::Stdio| {
            let mut run = Command::new(env!("CARGO_BIN_EXE_madrigal"));
            run.args(command).arg("-c").arg(example.path("madrigal.toml")).args(rest);
            run.env("NO_COLOR", "1").stdout(out).output().unwrap()
        };
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let unread = run(writer.into());
        let complaint = String::from_utf8(unread.stderr).unwrap();
        let expected = run(std::process::Stdio::null()).status.code();
        assert!(expected < Some(100), "{command:?} {rest:?}");
        assert_eq!((unread.status.code(), complaint.as_str()), (expected, ""), "{command:?} {rest:?}");
    }
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_madrigal"));
    let run = run.args(["history", "-c"]).arg(example.path("madrigal.toml")).stdout(full).output().unwrap();
    let complaint = String::from_utf8(run.stderr).unwrap();
    assert!(complaint.contains("MDR-C005"), "{complaint}");
}
