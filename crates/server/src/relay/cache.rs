//! A bounded map that forgets what was not used for longest.

use std::{collections::HashMap, hash::Hash};

/// Bounded by the sum of its entries' weights.
pub struct Cache<K, V> {
    entries: HashMap<K, Entry<V>>,
    max_weight: usize,
    weight: usize,
    tick: u64,
}

struct Entry<V> {
    value: V,
    weight: usize,
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Cache<K, V> {
    /// Holds entries up to this weight together.
    pub fn new(max_weight: usize) -> Self {
        Self { entries: HashMap::new(), max_weight, weight: 0, tick: 0 }
    }

    /// The entry, which counts as used.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        self.tick += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.tick;
        Some(&mut entry.value)
    }

    /// Takes the entry out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.weight -= entry.weight;
        Some(entry.value)
    }

    /// Puts an entry in, in place of a former one. What is heavier than the whole cache is not kept.
    pub fn insert(&mut self, key: K, value: V, weight: usize) {
        self.remove(&key);
        if weight > self.max_weight {
            return;
        }
        self.tick += 1;
        self.entries.insert(key, Entry { value, weight, used: self.tick });
        self.weight += weight;
        if self.weight > self.max_weight {
            self.evict();
        }
    }

    /// All entries, which don't count as used.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, entry)| (key, &entry.value))
    }

    /// Keeps the entries whose key pleases.
    pub fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        let mut weight = 0;
        self.entries.retain(|key, entry| {
            let kept = keep(key);
            weight += if kept { entry.weight } else { 0 };
            kept
        });
        self.weight = weight;
    }

    /// Goes down to three quarters, so that the sort is paid for by many insertions.
    fn evict(&mut self) {
        let mut by_use: Vec<(u64, K)> = self.entries.iter().map(|(key, entry)| (entry.used, key.clone())).collect();
        by_use.sort_unstable_by_key(|(used, _)| *used);
        // The newest stays: it was put in because it is needed now.
        by_use.pop();
        for (_, key) in by_use {
            if self.weight <= self.max_weight / 4 * 3 {
                break;
            }
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut cache = Cache::new(4);
        for key in 0..4 {
            cache.insert(key, key, 1);
        }
        cache.get(&0);
        cache.insert(4, 4, 1);
        assert!(cache.get(&0).is_some() && cache.get(&4).is_some() && cache.get(&1).is_none());
        assert!(cache.weight <= 3);
    }

    #[test]
    fn an_entry_heavier_than_the_cache_is_not_kept() {
        let mut cache = Cache::new(4);
        cache.insert(1, 1, 5);
        assert!(cache.get(&1).is_none());
        assert_eq!(cache.weight, 0);
    }
}
