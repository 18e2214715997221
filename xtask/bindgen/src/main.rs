//! `chancery-bindgen <in.wasm> <out folder>`: wasm-bindgen as a library, so that nobody has to install its program.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let [input, out]: [PathBuf; 2] = match std::env::args_os().skip(1).map(PathBuf::from).collect::<Vec<_>>().try_into()
    {
        Ok(paths) => paths,
        Err(_) => bail!("usage: chancery-bindgen <in.wasm> <out folder>"),
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&input).web(true).context("choosing the kind of module")?;
    bindgen.typescript(true).remove_name_section(true).remove_producers_section(true).out_name("chancery");
    bindgen.generate(&out).with_context(|| format!("making the JavaScript around {}", input.display()))
}
