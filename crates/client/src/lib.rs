//! Native driver of the client core: storage, network, files.
