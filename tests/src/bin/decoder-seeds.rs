//! Writes the honest inputs of every decoder into a folder, one folder each: where fuzzing begins.
//!
//! `decoder-seeds FOLDER`

use std::path::PathBuf;

use anyhow::Context as _;
use tests::decoders::DECODERS;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("decoder-seeds FOLDER")?;
    for decoder in DECODERS {
        let folder = folder.join(decoder.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (decoder.seeds)().into_iter().enumerate() {
            std::fs::write(folder.join(format!("honest-{number}")), seed)?;
        }
    }
    Ok(())
}
