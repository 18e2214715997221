//! The client without IO: input in, one storage transaction, outputs out.
