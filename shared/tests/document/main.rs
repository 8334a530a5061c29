//! Laws and attacks of documents and admission: many devices, hostile bytes, and who may write what.

mod admission;
mod attacks;
mod bindings;
mod choice;
mod chunk;
mod hand_over;
mod histories;
mod mutants;
mod other_writers;
mod seals;
mod visits;
mod world;
