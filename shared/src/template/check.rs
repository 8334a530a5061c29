//! Judges answers against a template.
