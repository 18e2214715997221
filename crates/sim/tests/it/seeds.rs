//! The seeded workload itself.

use chancery_sim::scenario::{Scenario, run, suite_of};
use chancery_wire::signed::Suite;

#[test]
fn a_few_seeds_pass() {
    let mut sent = 0;
    for seed in [0, 1, 40, 43, 90153] {
        let outcome = run(seed, suite_of(seed), false);
        assert!(outcome.problems.is_empty(), "seed {seed}: {:#?}", outcome.problems);
        sent += outcome.sent;
    }
    assert!(sent > 50);
}

#[test]
fn the_same_seed_runs_the_same_way() {
    let diary = || {
        let mut scenario = Scenario::new(3, Suite::Classical, false);
        scenario.people();
        scenario.misfortune();
        scenario.workload();
        scenario.diary
    };
    assert_eq!(diary(), diary());
}
