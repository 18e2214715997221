//! `cargo xtask web`: the app in the browser, from Rust and TypeScript to the files that the relay carries.
//!
//! ```text
//! crates/wasm --cargo--> .wasm --chancery-bindgen--> web/src/engine/wasm --wasm-opt, vite--> web/dist/app --brotli--> *.br
//! ```
//!
//! **Invariant:** the same sources give the same files, byte for byte (`--check` builds twice and compares): paths of this machine are taken out, and every
//! tool is pinned by Cargo.lock or package-lock.json.

mod compress;
mod stamp;

use crate::{
    process::{cargo, command, output, root, run as run_command, target_dir},
    tools::{self, WASM_TARGET},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What wasm-opt does: it takes away what is there twice or unused, and names. Its levels of optimisation make the file smaller and, compressed, 2 %
/// larger than the compiler's own `opt-level = "z"`. Of WebAssembly it may use exactly what the compiler uses already: with more than these browsers
/// refuse the result.
const WASM_OPT: [&str; 11] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--duplicate-function-elimination",
    "--remove-unused-module-elements",
    "--strip-debug",
    "--strip-producers",
];

/// When the crates are linked as one, only what is called once and tiny is put into its caller: that makes the file larger and, compressed, 5 %
/// smaller. What a crate inlines of itself stays.
const LINK_INLINING: &str = "llvm-args=-inline-threshold=-14930";
/// SQLite for the browser: full-text search and one cipher stay; what the store never uses goes, a third of its size.
const SQLITE: [&str; 40] = [
    "-DHAVE_CIPHER_AES_128_CBC=0",
    "-DHAVE_CIPHER_AES_256_CBC=0",
    "-DHAVE_CIPHER_SQLCIPHER=0",
    "-DHAVE_CIPHER_RC4=0",
    "-DHAVE_CIPHER_ASCON128=0",
    "-DHAVE_CIPHER_AEGIS=0",
    "-USQLITE_ENABLE_API_ARMOR",
    "-USQLITE_ENABLE_BYTECODE_VTAB",
    "-USQLITE_ENABLE_COLUMN_METADATA",
    "-USQLITE_ENABLE_DBPAGE_VTAB",
    "-USQLITE_ENABLE_DBSTAT_VTAB",
    "-USQLITE_ENABLE_MATH_FUNCTIONS",
    "-USQLITE_ENABLE_OFFSET_SQL_FUNC",
    "-USQLITE_ENABLE_PREUPDATE_HOOK",
    "-USQLITE_ENABLE_RTREE",
    "-USQLITE_ENABLE_SESSION",
    "-USQLITE_ENABLE_STMTVTAB",
    "-USQLITE_ENABLE_UNKNOWN_SQL_FUNCTION",
    "-USQLITE_ENABLE_UNLOCK_NOTIFY",
    "-DSQLITE_DEFAULT_MEMSTATUS=0",
    "-DSQLITE_DQS=0",
    "-DSQLITE_OMIT_AUTHORIZATION",
    "-DSQLITE_OMIT_AUTOMATIC_INDEX",
    "-DSQLITE_OMIT_BETWEEN_OPTIMIZATION",
    "-DSQLITE_OMIT_COMPILEOPTION_DIAGS",
    "-DSQLITE_OMIT_COMPLETE",
    "-DSQLITE_OMIT_DECLTYPE",
    "-DSQLITE_OMIT_DESERIALIZE",
    "-DSQLITE_OMIT_GET_TABLE",
    "-DSQLITE_OMIT_INTROSPECTION_PRAGMAS",
    "-DSQLITE_OMIT_JSON",
    "-DSQLITE_OMIT_LIKE_OPTIMIZATION",
    "-DSQLITE_OMIT_OR_OPTIMIZATION",
    "-DSQLITE_OMIT_PROGRESS_CALLBACK",
    "-DSQLITE_OMIT_TCL_VARIABLE",
    "-DSQLITE_OMIT_TRACE",
    "-DSQLITE_OMIT_UTF16",
    "-DSQLITE_OMIT_WAL",
    "-DSQLITE_OMIT_XFER_OPT",
    "-DSQLITE_UNTESTABLE",
];

/// Build the app for browsers, which the relay carries
#[derive(clap::Args)]
pub struct Args {
    /// Quick to build and larger: for working on the app
    #[arg(long)]
    dev: bool,
    /// Only the engine's WebAssembly, for `npm run dev` and its checks
    #[arg(long)]
    engine: bool,
    /// Build even when nothing changed
    #[arg(long)]
    force: bool,
    /// Build twice and compare: is the bundle reproducible?
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Args) -> Result<()> {
    if args.check {
        let first = build(args.dev)?;
        // The compiler's own work is compared, too.
        fs::remove_file(wasm_file(args.dev)).context("removing the first build")?;
        let second = build(args.dev)?;
        if first != second {
            bail!("the bundle isn't reproducible: {first}, then {second}");
        }
        println!("Built twice, the same both times: {second}");
        return Ok(());
    }
    if args.engine {
        check_tools()?;
        install_packages()?;
        engine(args.dev)?;
        println!("The engine is in web/src/engine/wasm.");
        return Ok(());
    }
    let hash = if args.force { build(args.dev)? } else { ensure(args.dev)? };
    println!("The app is in web/dist/app; bundle {hash}");
    Ok(())
}

/// The hash of the app when it is built from these sources already.
pub fn built(dev: bool) -> Result<Option<String>> {
    let stamp = stamp::of_sources(dev)?;
    let same = fs::read_to_string(stamp_file()).is_ok_and(|old| old == stamp);
    Ok(if same { bundle_hash().ok() } else { None })
}

/// Builds the app unless it is built from these sources already; gives its hash.
pub fn ensure(dev: bool) -> Result<String> {
    if let Some(hash) = built(dev)? {
        return Ok(hash);
    }
    let stamp = stamp::of_sources(dev)?;
    let hash = build(dev)?;
    fs::write(stamp_file(), stamp).context("writing the build's stamp")?;
    Ok(hash)
}

fn build(dev: bool) -> Result<String> {
    check_tools()?;
    install_packages()?;
    // A half-made app must not count as built.
    let _ = fs::remove_file(stamp_file());
    engine(dev)?;
    println!("Bundling the app.");
    run_command(node(&["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]))?;
    if !dev {
        compress::folder(&app())?;
    }
    bundle_hash()
}

fn web() -> PathBuf {
    root().join("web")
}

fn app() -> PathBuf {
    web().join("dist").join("app")
}

fn stamp_file() -> PathBuf {
    web().join("dist").join("stamp")
}

fn wasm_file(dev: bool) -> PathBuf {
    target_dir().join(WASM_TARGET).join(profile(dev)).join("chancery_wasm.wasm")
}

fn profile(dev: bool) -> &'static str {
    if dev { "web-dev" } else { "web" }
}

/// The hash over the app's files, which About and `chancery version` show.
fn bundle_hash() -> Result<String> {
    let path = app().join("build.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let about: serde_json::Value = serde_json::from_str(&text).context("reading build.json")?;
    about["hash"].as_str().map(str::to_owned).context("build.json has no hash")
}

/// What building the app needs beside Rust.
fn check_tools() -> Result<()> {
    tools::ensure(&[tools::FOR_BUILDING, tools::FOR_THE_APP], None)
}

/// `npm ci` when the lock file changed since the last one.
fn install_packages() -> Result<()> {
    let lock = fs::read(web().join("package-lock.json")).context("reading web/package-lock.json")?;
    let installed = web().join("node_modules").join(".chancery-lock");
    if fs::read(&installed).is_ok_and(|former| former == lock) {
        return Ok(());
    }
    println!("Installing the app's packages.");
    let mut npm = npm(&["ci", "--no-audit", "--no-fund", "--loglevel", "error"]);
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run_command(npm)?;
    fs::write(installed, lock).context("noting what was installed")
}

/// The WebAssembly with its JavaScript.
fn engine(dev: bool) -> Result<()> {
    println!("Building the engine for the browser. The first time this takes some minutes.");
    let mut build = cargo();
    build.args(["rustc", "--quiet", "--locked", "--package", "chancery-wasm"]);
    build.args(["--target", WASM_TARGET, "--profile", profile(dev)]);
    if !dev {
        build.args(["--", "-C", LINK_INLINING]);
    }
    for_browser(&mut build)?;
    run_command(build)?;
    let out = web().join("src").join("engine").join("wasm");
    let mut bindgen = cargo();
    bindgen.args(["run", "--quiet", "--locked", "--package", "chancery-bindgen", "--"]);
    bindgen.arg(wasm_file(dev)).arg(&out);
    run_command(bindgen)?;
    if !dev {
        let wasm = out.join("chancery_bg.wasm");
        let file = wasm.to_string_lossy().into_owned();
        let mut optimise = node(&["node_modules/binaryen/bin/wasm-opt"]);
        optimise.args(WASM_OPT).args([&file, "-o", &file]);
        run_command(optimise)?;
    }
    Ok(())
}

/// npm in the app's folder.
pub fn npm(args: &[&str]) -> Command {
    let mut npm = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(web()).args(args);
    npm
}

/// Sets what every build for the browser needs, and takes this machine's paths out of what is built.
pub fn for_browser(build: &mut Command) -> Result<()> {
    let mut sysroot = command("rustc");
    sysroot.args(["--print", "sysroot"]);
    let sysroot = output(sysroot)?;
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let mut flags = vec!["--cfg".to_owned(), "getrandom_backend=\"wasm_js\"".to_owned()];
    let mut remap = |from: &Path, to: &str| flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    remap(root(), "/chancery");
    if let Some(home) = &home {
        remap(home, "/cargo");
    }
    remap(Path::new(sysroot.trim()), "/rust");
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    // The same for the C of SQLite.
    let mut c_flags = format!("-ffile-prefix-map={}=/chancery", root().display());
    if let Some(home) = &home {
        c_flags.push_str(&format!(" -ffile-prefix-map={}=/cargo", home.display()));
    }
    build.env("CFLAGS_wasm32_unknown_unknown", c_flags);
    build.env("SQLITE_WASM_RS_FLAGS", SQLITE.join(" "));
    Ok(())
}

fn node(args: &[&str]) -> Command {
    let mut node = command("node");
    node.current_dir(web()).args(args);
    node
}
