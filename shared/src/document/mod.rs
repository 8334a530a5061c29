//! Documents: the only place that knows Automerge.
