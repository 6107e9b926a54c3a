//! Who may write, connectors, runs.

use super::{Bed, World, time};
use crate::StoreError;

pub async fn one_engine_at_a_time(bed: &mut impl Bed) {
    let store = bed.store();
    store.take_lease("one", time(0), 60).await.unwrap();
    match store.take_lease("two", time(59), 60).await {
        Err(StoreError::Busy { holder, until }) => assert_eq!((holder.as_str(), until), ("one", time(60))),
        other => panic!("{other:?}"),
    }
}

pub async fn a_lease_runs_out(bed: &mut impl Bed) {
    let store = bed.store();
    let one = store.take_lease("one", time(0), 60).await.unwrap();
    let two = store.take_lease("two", time(60), 60).await.unwrap();
    assert!(two.token > one.token);
    assert_eq!(two.until, time(120));
    let own = store.take_lease("two", time(61), 60).await.unwrap();
    assert!(own.token > two.token, "a holder of the same name starts anew");
}

pub async fn renewing_holds_it(bed: &mut impl Bed) {
    let store = bed.store();
    let one = store.take_lease("one", time(0), 60).await.unwrap();
    let renewed = store.renew_lease(&one, time(50), 60).await.unwrap();
    assert_eq!((renewed.until, renewed.token), (time(110), one.token));
    assert!(matches!(store.take_lease("two", time(100), 60).await, Err(StoreError::Busy { .. })));
}

pub async fn taking_over_stops_every_write(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let new = world.store.take_lease("other", time(3600), 60).await.unwrap();
    world.every_write_is_lost(&world.lease).await;
    world.store.connector(&new, "abc").await.unwrap();
}

pub async fn a_released_lease_writes_nothing(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.store.release_lease(&world.lease).await.unwrap();
    world.every_write_is_lost(&world.lease).await;
    world.store.take_lease("other", time(0), 60).await.unwrap();
}

pub async fn the_clock_may_go_backwards(bed: &mut impl Bed) {
    let store = bed.store();
    let one = store.take_lease("one", time(1_000_000), 60).await.unwrap();
    let busy = store.take_lease("two", time(-5), 60).await;
    assert!(matches!(busy, Err(StoreError::Busy { .. })), "{busy:?}");
    let renewed = store.renew_lease(&one, time(10), 60).await.unwrap();
    assert_eq!(renewed.until, time(70));
    let run = store.begin_run(&renewed, "run", "anna", time(10)).await.unwrap();
    store.end_run(&renewed, run, "{}", time(5)).await.unwrap();
    assert_eq!(store.runs(1).await.unwrap()[0].ended, Some(time(5)));
    store.take_lease("two", time(70), 60).await.unwrap();
}

pub async fn connectors_keep_their_numbers(bed: &mut impl Bed) {
    let (a, b) = {
        let world = World::new(bed.store()).await;
        assert_ne!(world.a, world.b);
        (world.a, world.b)
    };
    bed.reopen().await;
    let world = World::new(bed.store()).await;
    assert_eq!((world.a, world.b), (a, b));
    let statuses = world.store.connectors().await.unwrap();
    let names: Vec<_> = statuses.iter().map(|status| (status.id, status.name.as_str())).collect();
    assert_eq!(names, [(a, "abc"), (b, "xyz")]);
}

pub async fn runs_are_listed_newest_first(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let second = world.store.begin_run(&world.lease, "abc/delta-import", "timer", time(7)).await.unwrap();
    assert_eq!((world.run.0, second.0), (1, 2));
    world.store.end_run(&world.lease, world.run, "{\"planned\":1}", time(9)).await.unwrap();
    let runs = world.store.runs(5).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.0).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(
        (runs[0].profile.as_str(), runs[0].by.as_str(), runs[0].began),
        ("abc/delta-import", "timer", time(7))
    );
    assert_eq!((runs[0].ended, runs[0].outcome.as_deref()), (None, None));
    assert_eq!((runs[1].ended, runs[1].outcome.as_deref()), (Some(time(9)), Some("{\"planned\":1}")));
    assert_eq!(world.store.runs(1).await.unwrap().len(), 1);
}
