//! The relay: it orders, stores and forwards ciphertext.
