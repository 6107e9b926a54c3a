use super::*;
use crate::schedule::{Time, profile, timeline};

fn example() -> (crate::schedule::Schedule, crate::schedule::Timeline) {
    let time = |text| Time::parse(text).unwrap();
    let schedule = profile("exchange-2010").unwrap().schedule(time("2026-11-23T09:00"));
    let timeline = timeline(&schedule, time("2026-11-23T14:00"));
    (schedule, timeline)
}

#[test]
fn a_timeline_in_the_terminal() {
    let (schedule, timeline) = example();
    let text = timeline_text(&schedule, &timeline, 92);
    let expected = [
        "                 Mon 2026-11-23         │Tue 2026-11-24                    │Wed 2026-11-25",
        "                       12:00    18:00   00:00    06:00    12:00    18:00   00:00    06:00",
        "directory       ··········●━━━━━━━ 15 h ━━━━━━━━┓···········································",
        "generation      ································●━ 6 h ━┓··························┊········",
        "distribution    ·····┊···········┊···········┊··········●━━━━━━━━━━━━━ 22 h ━━━━━━━━━━━━━┓·┊",
        "client          ··○···································○··································●··",
        "                          └──────────────────────────── 43 h ────────────────────────────┘",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 92));
}

#[test]
fn durations_and_sizes_in_words() {
    for (seconds, words) in
        [(0, "0 s"), (60, "1 min"), (3_600, "1 h"), (187_199, "51 h 59 min 59 s"), (5_400, "1 h 30 min")]
    {
        assert_eq!(duration_words(seconds), words);
    }
    for (bytes, words) in
        [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (999_960, "1.0 MB"), (12_274_300, "12.3 MB")]
    {
        assert_eq!(bytes_words(bytes), words);
    }
}

#[test]
fn pictures_are_well_formed() {
    let (schedule, timeline) = example();
    let points = (0..600).map(|n| (f64::from(n) / 10.0, (f64::from(n) / 560.0).min(1.0))).collect();
    let curve = Curve { label: "a <fleet> & \"more\"".to_owned(), points };
    for svg in [
        timeline_svg(&schedule, &timeline, "From change to client <&>"),
        curve_svg("Who has it", "by the hour", &[curve.clone(), curve.clone()]),
        curve_svg("Nobody", "", &[]),
        volume_svg("Downloads", timeline.change, &[0, 5, 9], &[1, 2, 3]),
        volume_svg("Nothing", timeline.change, &[], &[]),
    ] {
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "svg");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
    println!("{}", curve_text(&curve, 80));
    assert_eq!(curve_text(&curve, 80).lines().count(), 12);
    assert_eq!(bars_text(&[0, 1, 8], 80), " ▁█\nbusiest hour: 8 B\n");
    assert_eq!(bars_text(&[], 80), " \nbusiest hour: 0 B\n");
}
