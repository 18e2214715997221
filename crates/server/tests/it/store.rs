//! Old stores open.

use chancery_server::{LocalRelay, relay::store, testkit::Organisation};
use chancery_wire::{
    api::{Request, Response},
    signed::Suite,
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

const NOW_SECONDS: u64 = 1_790_000_000;

fn golden(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/golden/store-v{version}.sql"))
}

fn organisation() -> Organisation {
    Organisation::new("example.org", Suite::Classical, 7, NOW_SECONDS)
}

/// The store's tables and rows as SQL, which shows in a diff what changed.
fn dump(db: &Connection) -> String {
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let mut text = format!("PRAGMA user_version = {version};\n");
    let mut statement = db.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").unwrap();
    let tables: Vec<(String, String)> =
        statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    for (name, sql) in &tables {
        text.push_str(&format!("{sql};\n"));
        if !sql.starts_with("CREATE TABLE") {
            continue;
        }
        let mut columns = db.prepare(&format!("SELECT name FROM pragma_table_info('{name}')")).unwrap();
        let columns: Vec<String> = columns.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let values: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let mut rows = db.prepare(&format!("SELECT {} FROM {name}", values.join(" || ', ' || "))).unwrap();
        for row in rows.query_map((), |row| row.get::<_, String>(0)).unwrap() {
            text.push_str(&format!("INSERT INTO {name} VALUES ({});\n", row.unwrap()));
        }
    }
    text
}

#[test]
fn a_store_of_version_1_opens_and_serves() {
    let path = golden(1);
    if std::env::var_os("UPDATE").is_some() && !path.exists() {
        // Written once, by the program of that version; never again.
        let local = organisation().local_relay(Box::new(crate::support::rng(1)));
        let (invitation, _) = organisation().invitation("alice", &mut crate::support::rng(2), NOW_SECONDS);
        let body = chancery_wire::api::enrolment::Invite { invitation: invitation.bytes().to_vec().into() };
        let (_, _effects) = local.call(NOW_SECONDS * 1000, None, Request::Invite { body }).unwrap();
        std::fs::write(&path, dump(local.db())).unwrap();
    }
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(&std::fs::read_to_string(path).unwrap()).unwrap();
    let organisation = organisation();
    let settings = organisation.settings();
    let local = LocalRelay::open(settings, db, Box::new(crate::support::rng(3))).unwrap();
    let (invitation, _) = organisation.invitation("alice", &mut crate::support::rng(2), NOW_SECONDS);
    let id = chancery_wire::signed::invitation_id(&invitation.key);
    let (answer, _effects) = local.call(NOW_SECONDS * 1000, None, Request::GetInvitation { invitation: id }).unwrap();
    let Response::Invitation(state) = answer else { panic!("{answer:?}") };
    assert_eq!(state.invitation.0, invitation.bytes());
}

#[test]
fn a_log_of_version_1_keeps_its_items_and_their_positions() {
    let mut db = Connection::open_in_memory().unwrap();
    db.execute_batch(&std::fs::read_to_string(golden(1)).unwrap()).unwrap();
    db.execute_batch(
        "INSERT INTO users VALUES (1, 'alice@example.org', 'alice', 'member', X'00', 1);
         INSERT INTO devices VALUES (1, 1, X'01', X'00', X'00', 1, NULL, 0, NULL);
         INSERT INTO log VALUES ((7 << 32) | 1, 2, 0, 1, X'0a', 11, X'aa'), ((5 << 32) | 2, 0, 1, 1, X'0b', 12, X'bb'),
         ((5 << 32) | 1, 1, 1, NULL, X'0c', 13, X'cc');",
    )
    .unwrap();
    store::prepare(&mut db).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        db.prepare(sql).unwrap().query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(
        rows(
            "SELECT (log.position >> 32) || ' ' || (log.position & 0xffffffff) || ' ' || kind || ' ' || epoch || ' '
             || quote(log.device_id) || ' ' || at_ms || ' ' || hex(item) || ' ' || hex(body) FROM log
             JOIN entries ON entries.id = entry_id AND entries.position = log.position
             AND entries.device_id IS log.device_id ORDER BY log.position"
        ),
        ["5 1 1 1 NULL 13 0C CC", "5 2 0 1 1 12 0B BB", "7 1 2 0 1 11 0A AA"]
    );
    assert_eq!(
        rows("SELECT device_id || ' ' || hex(item) || ' ' || (position >> 32) FROM items ORDER BY item"),
        ["1 0A 7", "1 0B 5"]
    );
    assert_eq!(rows("SELECT quote(up_to) FROM filed"), ["3"]);
}

#[test]
fn a_store_of_a_newer_program_is_left_alone() {
    let mut db = Connection::open_in_memory().unwrap();
    db.pragma_update(None, "user_version", 1000).unwrap();
    let fault = store::prepare(&mut db).unwrap_err();
    assert!(fault.to_string().contains("run the newer program"), "{fault}");
}

#[test]
fn what_is_rolled_back_leaves_nothing_in_memory() {
    let local = organisation().local_relay(Box::new(crate::support::rng(1)));
    let organisation = organisation();
    let mut policy = (*organisation.signed_policy).clone();
    policy.version = 2;
    let signed = chancery_wire::signed::Signed::sign(policy, &organisation.policy);
    let body = chancery_wire::api::organisation::Publish { object: signed.bytes().to_vec().into() };
    let failed = local.transact(|relay, tx| {
        let context = chancery_server::Context { now_ms: NOW_SECONDS * 1000, caller: None, peer: 0 };
        relay.call(tx, context, Request::PublishPolicy { body: body.clone() })?;
        Err::<(), _>(chancery_wire::Code::Internal.into())
    });
    assert!(failed.is_err());
    assert_eq!(local.relay().organisation().policy.version, 1);
    let (_, _effects) = local.call(NOW_SECONDS * 1000, None, Request::PublishPolicy { body }).unwrap();
    assert_eq!(local.relay().organisation().policy.version, 2);
}
