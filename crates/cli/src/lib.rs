//! The one binary: relay, administration and client on the command line.
