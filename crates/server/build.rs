//! The relay carries the built app (`cargo xtask web`): a release is built again when the app was.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist/app");
}
