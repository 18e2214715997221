//! What every store keeps to. Each sentence runs on SQLite and in memory.

use crate::{get, put, rng, transact};
use chancery_core::{
    Fault, Storage, Table,
    storage::{Entry, Order},
};
use chancery_store::{MemoryStore, SqliteStore, vault::DatabaseKey};
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use tempfile::TempDir;

/// A kind of store that can be closed and opened again.
trait Kind {
    type Store: Storage;
    fn new() -> Self;
    fn store(&mut self) -> &mut Self::Store;
    fn reopen(&mut self);
}

struct InMemory(MemoryStore);

impl Kind for InMemory {
    type Store = MemoryStore;

    fn new() -> Self {
        Self(MemoryStore::new())
    }

    fn store(&mut self) -> &mut MemoryStore {
        &mut self.0
    }

    fn reopen(&mut self) {
        self.0 = self.0.clone();
    }
}

struct OnDisk {
    folder: TempDir,
    key: DatabaseKey,
    store: Option<SqliteStore>,
}

impl Kind for OnDisk {
    type Store = SqliteStore;

    fn new() -> Self {
        let mut this = Self { folder: TempDir::new().unwrap(), key: DatabaseKey::generate(&mut rng(1)), store: None };
        this.reopen();
        this
    }

    fn store(&mut self) -> &mut SqliteStore {
        self.store.as_mut().unwrap()
    }

    fn reopen(&mut self) {
        self.store = None;
        self.store = Some(SqliteStore::open(&self.folder.path().join("store.db"), &self.key).unwrap());
    }
}

macro_rules! contract {
    ($($name:ident)*) => {
        mod memory { $(#[test] fn $name() { super::$name::<super::InMemory>(); })* }
        mod sqlite { $(#[test] fn $name() { super::$name::<super::OnDisk>(); })* }
    };
}

contract! {
    a_value_is_read_as_written_in_every_table
    a_put_replaces_and_a_delete_of_nothing_is_fine
    a_transaction_reads_its_own_writes
    a_failed_transaction_leaves_nothing_behind
    a_panic_in_a_transaction_leaves_nothing_behind
    scans_keep_bounds_order_and_limit
    crossed_bounds_are_an_empty_range
    keys_are_ordered_as_byte_strings
    what_was_committed_is_there_after_reopening
    search_finds_words_whatever_their_case_and_accents
    search_wants_every_word_and_takes_the_last_as_a_beginning
    search_finds_text_in_scripts_without_spaces
    search_gives_the_latest_first_and_at_most_the_limit
    a_replaced_text_is_found_by_its_new_words_only
    an_unindexed_text_is_found_no_more
    a_rolled_back_text_is_not_found
    any_text_is_a_valid_query
}

fn a_value_is_read_as_written_in_every_table<K: Kind>() {
    let mut kind = K::new();
    for (n, table) in Table::ALL.into_iter().enumerate() {
        put(kind.store(), table, b"key", &[n as u8, 0, 255]);
        put(kind.store(), table, b"", &[]);
    }
    for (n, table) in Table::ALL.into_iter().enumerate() {
        assert_eq!(get(kind.store(), table, b"key").unwrap(), [n as u8, 0, 255], "{table:?}");
        assert_eq!(get(kind.store(), table, b""), Some(vec![]), "{table:?}");
        assert_eq!(get(kind.store(), table, b"ke"), None);
    }
}

fn a_put_replaces_and_a_delete_of_nothing_is_fine<K: Kind>() {
    let mut kind = K::new();
    put(kind.store(), Table::Meta, b"a", b"1");
    put(kind.store(), Table::Meta, b"a", b"2");
    assert_eq!(get(kind.store(), Table::Meta, b"a").unwrap(), b"2");
    transact(kind.store(), |tx| tx.delete(Table::Meta, b"a").and_then(|()| tx.delete(Table::Meta, b"a")));
    assert_eq!(get(kind.store(), Table::Meta, b"a"), None);
}

fn a_transaction_reads_its_own_writes<K: Kind>() {
    let mut kind = K::new();
    transact(kind.store(), |tx| {
        tx.put(Table::Mls, b"a", b"1")?;
        assert_eq!(tx.get(Table::Mls, b"a")?.unwrap(), b"1");
        assert_eq!(tx.scan(Table::Mls, Unbounded, Unbounded, Order::Ascending, 9)?.len(), 1);
        tx.index_text(b"a", "hello")?;
        assert_eq!(tx.search_text("hello", 9)?, [b"a"]);
        tx.delete(Table::Mls, b"a")?;
        assert_eq!(tx.get(Table::Mls, b"a")?, None);
        Ok(())
    });
}

fn a_failed_transaction_leaves_nothing_behind<K: Kind>() {
    let mut kind = K::new();
    put(kind.store(), Table::Meta, b"kept", b"1");
    put(kind.store(), Table::Meta, b"replaced", b"1");
    let result: Result<(), Fault> = kind.store().transact(|tx| {
        tx.put(Table::Meta, b"new", b"2")?;
        tx.put(Table::Meta, b"replaced", b"2")?;
        tx.put(Table::Meta, b"replaced", b"3")?;
        tx.delete(Table::Meta, b"kept")?;
        Err(Fault("no".to_owned()))
    });
    assert_eq!(result, Err(Fault("no".to_owned())));
    let all = transact(kind.store(), |tx| tx.scan(Table::Meta, Unbounded, Unbounded, Order::Ascending, 9));
    assert_eq!(all, [(b"kept".to_vec(), b"1".to_vec()), (b"replaced".to_vec(), b"1".to_vec())]);
}

fn a_panic_in_a_transaction_leaves_nothing_behind<K: Kind>() {
    let mut kind = K::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        transact::<()>(kind.store(), |tx| {
            tx.put(Table::Meta, b"new", b"2")?;
            panic!("on purpose")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(get(kind.store(), Table::Meta, b"new"), None);
}

fn keys(entries: Vec<Entry>) -> String {
    entries.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect()
}

fn scans_keep_bounds_order_and_limit<K: Kind>() {
    let mut kind = K::new();
    for key in ["a", "b", "c", "d", "e"] {
        put(kind.store(), Table::Message, key.as_bytes(), b"");
        put(kind.store(), Table::Outbox, key.as_bytes(), b"");
    }
    type Case<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>, &'a str);
    let bounds: [Case; 8] = [
        (Unbounded, Unbounded, "abcde"),
        (Included(b"b"), Unbounded, "bcde"),
        (Excluded(b"b"), Unbounded, "cde"),
        (Unbounded, Included(b"d"), "abcd"),
        (Unbounded, Excluded(b"d"), "abc"),
        (Included(b"b"), Included(b"d"), "bcd"),
        (Excluded(b"b"), Excluded(b"d"), "c"),
        (Included(b"bb"), Included(b"d0"), "cd"),
    ];
    for (from, to, expected) in bounds {
        let mut scan =
            |order, limit| keys(transact(kind.store(), |tx| tx.scan(Table::Message, from, to, order, limit)));
        assert_eq!(scan(Order::Ascending, usize::MAX), expected);
        assert_eq!(scan(Order::Ascending, 2), expected[..expected.len().min(2)]);
        let backwards: String = expected.chars().rev().collect();
        assert_eq!(scan(Order::Descending, usize::MAX), backwards);
        assert_eq!(scan(Order::Descending, 1), backwards[..1]);
        assert_eq!(scan(Order::Descending, 0), "");
    }
}

fn crossed_bounds_are_an_empty_range<K: Kind>() {
    let mut kind = K::new();
    put(kind.store(), Table::Message, b"b", b"");
    for (from, to) in [(Included(&b"c"[..]), Included(&b"a"[..])), (Excluded(b"b"), Excluded(b"b"))] {
        for order in [Order::Ascending, Order::Descending] {
            assert_eq!(transact(kind.store(), |tx| tx.scan(Table::Message, from, to, order, 9)), []);
        }
    }
}

fn keys_are_ordered_as_byte_strings<K: Kind>() {
    let mut kind = K::new();
    let sorted: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"\x01", b"\x7f\xff", b"\xff"];
    for key in sorted.iter().rev() {
        put(kind.store(), Table::Mark, key, b"");
    }
    let all = transact(kind.store(), |tx| tx.scan(Table::Mark, Unbounded, Unbounded, Order::Ascending, 9));
    assert_eq!(all.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), sorted);
}

fn what_was_committed_is_there_after_reopening<K: Kind>() {
    let mut kind = K::new();
    put(kind.store(), Table::Contact, b"a", b"1");
    transact(kind.store(), |tx| tx.index_text(b"a", "hello"));
    kind.reopen();
    assert_eq!(get(kind.store(), Table::Contact, b"a").unwrap(), b"1");
    assert_eq!(found(&mut kind, "hello"), "a");
}

fn index<K: Kind>(kind: &mut K, texts: &[(&str, &str)]) {
    transact(kind.store(), |tx| texts.iter().try_for_each(|(key, text)| tx.index_text(key.as_bytes(), text)));
}

fn found<K: Kind>(kind: &mut K, query: &str) -> String {
    let keys = transact(kind.store(), |tx| tx.search_text(query, 100));
    keys.into_iter().map(|key| String::from_utf8(key).unwrap()).collect()
}

fn search_finds_words_whatever_their_case_and_accents<K: Kind>() {
    let mut kind = K::new();
    index(
        &mut kind,
        &[("a", "Die Straße nach Łódź ist gesperrt"), ("b", "Crème brûlée für João"), ("c", "ПРИВЕТ, Ёлка")],
    );
    for (query, expected) in [
        ("strasse", "a"),
        ("STRASSE", "a"),
        ("lodz", "a"),
        ("creme", "b"),
        ("BRÛLÉE", "b"),
        ("joao", "b"),
        ("bru\u{302}le\u{301}e", "b"),
        ("привет", "c"),
        ("елка", "c"),
    ] {
        assert_eq!(found(&mut kind, query), expected, "{query}");
    }
}

fn search_wants_every_word_and_takes_the_last_as_a_beginning<K: Kind>() {
    let mut kind = K::new();
    index(&mut kind, &[("a", "quarterly report attached"), ("b", "report for the quarter"), ("c", "nothing here")]);
    for (query, expected) in [
        ("report quarter", "ba"),
        ("quarter report", "b"),
        ("rep", "ba"),
        ("rep quarterly", ""),
        ("report nothing", ""),
        ("quarterly-report", "a"),
        ("report-quarterly", ""),
        ("the quarter", "b"),
    ] {
        assert_eq!(found(&mut kind, query), expected, "{query}");
    }
}

fn search_finds_text_in_scripts_without_spaces<K: Kind>() {
    let mut kind = K::new();
    index(
        &mut kind,
        &[
            ("a", "明日の会議は三時からです"),
            ("b", "我们下午开会"),
            ("c", "ประชุมพรุ่งนี้บ่ายโมง"),
            ("d", "한국어 회의록"),
            ("e", "会開"),
        ],
    );
    for (query, expected) in
        [("会議", "a"), ("明日 会議", "a"), ("开会", "b"), ("会", "eba"), ("พรุ่งนี้", "c"), ("회의", "d"), ("議会", "")]
    {
        assert_eq!(found(&mut kind, query), expected, "{query}");
    }
}

fn search_gives_the_latest_first_and_at_most_the_limit<K: Kind>() {
    let mut kind = K::new();
    index(&mut kind, &[("b", "tea one"), ("c", "tea two"), ("a", "tea three"), ("b", "tea one, changed")]);
    assert_eq!(found(&mut kind, "tea"), "acb");
    assert_eq!(transact(kind.store(), |tx| tx.search_text("tea", 2)), [b"a", b"c"]);
}

fn a_replaced_text_is_found_by_its_new_words_only<K: Kind>() {
    let mut kind = K::new();
    index(&mut kind, &[("a", "old words"), ("a", "new words")]);
    assert_eq!((found(&mut kind, "old").as_str(), found(&mut kind, "new").as_str()), ("", "a"));
}

fn an_unindexed_text_is_found_no_more<K: Kind>() {
    let mut kind = K::new();
    index(&mut kind, &[("a", "secret plan"), ("b", "secret cake")]);
    transact(kind.store(), |tx| tx.unindex_text(b"a").and_then(|()| tx.unindex_text(b"unknown")));
    assert_eq!(found(&mut kind, "secret"), "b");
    index(&mut kind, &[("a", "secret again")]);
    assert_eq!(found(&mut kind, "secret"), "ab");
}

fn a_rolled_back_text_is_not_found<K: Kind>() {
    let mut kind = K::new();
    index(&mut kind, &[("a", "first")]);
    let result: Result<(), Fault> = kind.store().transact(|tx| {
        tx.index_text(b"a", "second")?;
        tx.index_text(b"b", "second")?;
        Err(Fault(String::new()))
    });
    assert!(result.is_err());
    assert_eq!((found(&mut kind, "second").as_str(), found(&mut kind, "first").as_str()), ("", "a"));
}

fn any_text_is_a_valid_query<K: Kind>() {
    let mut kind = K::new();
    index(&mut kind, &[("a", "to AND or NOT near \"quoted\" a* col:umn (b) ^c")]);
    for query in [
        "AND",
        "NOT to",
        "\"quoted\"",
        "col:umn",
        "(b",
        "^c",
        "NEAR(a b)",
        "a AND AND",
        "'",
        "\"",
        "-",
        "{words}:a",
        "\0",
    ] {
        found(&mut kind, query);
    }
    assert_eq!(found(&mut kind, "AND or NOT"), "a");
    assert_eq!(found(&mut kind, "quoted\" (b)"), "a");
    assert_eq!(found(&mut kind, ""), "");
    assert_eq!(found(&mut kind, &"word ".repeat(100_000)), "");
}
