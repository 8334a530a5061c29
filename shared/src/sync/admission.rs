//! Admission: what the server takes, and what it quarantines and why.
