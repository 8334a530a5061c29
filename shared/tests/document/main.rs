//! Laws and attacks of documents and admission: many devices, hostile bytes, and who may write what.

mod admission;
mod attacks;
mod chunk;
mod histories;
mod mutants;
mod world;
