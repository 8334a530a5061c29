//! Builds views from cells.
