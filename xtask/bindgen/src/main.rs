//! `chancery-bindgen <in.wasm> <out folder>`: wasm-bindgen as a library, so that nobody has to install its program.

use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf};
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
    bindgen.generate(&out).with_context(|| format!("making the JavaScript around {}", input.display()))?;
    let declarations = out.join("chancery.d.ts");
    let text = fs::read_to_string(&declarations).with_context(|| format!("reading {}", declarations.display()))?;
    fs::write(&declarations, without_exports(&text)?).with_context(|| format!("writing {}", declarations.display()))
}

/// The declarations without the module's raw exports: nobody calls them, and their names and order change with every build, while
/// the declarations are committed.
fn without_exports(text: &str) -> Result<String> {
    const BEGIN: &str = "export interface InitOutput {\n";
    let (before, rest) = text.split_once(BEGIN).context("the declarations have no InitOutput")?;
    let (_, after) = rest.split_once("\n}").context("the declarations of InitOutput don't end")?;
    Ok(format!("{before}{BEGIN}    readonly memory: WebAssembly.Memory;\n}}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_exports_are_left_out_of_the_declarations() {
        let text = "export class A {}\nexport interface InitOutput {\n    readonly memory: WebAssembly.Memory;\n    \
                    readonly x_h030b: (a: number) => void;\n}\n\nexport default function init(): void;\n";
        let kept = without_exports(text).unwrap();
        assert!(!kept.contains("x_h030b") && kept.contains("class A") && kept.ends_with("init(): void;\n"), "{kept}");
        assert!(kept.contains("{\n    readonly memory: WebAssembly.Memory;\n}\n"), "{kept}");
    }
}
