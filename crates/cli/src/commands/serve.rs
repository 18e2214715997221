//! `chancery serve`

use crate::{
    admin::{DataArgs, Folder},
    output::{Failure, Outcome, plain},
    session::Context,
};
use chancery_server::{Server, telemetry};
use serde_json::json;

/// Run the relay
///
/// Configuration is chancery.toml in the data folder; every key can also be given in the environment. Ends in order on
/// Ctrl-C or SIGTERM.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let folder = Folder::at(&args.data.data);
    let organisation = folder.keys().organisation();
    let config = folder.config()?;
    telemetry::start(config.log.format, &config.log.level)
        .map_err(|error| Failure::new("configuration", error.to_string()))?;
    let url = config.public_url().clone();
    let server = Server::start(config).await.map_err(|error| Failure::new("not_started", error.to_string()))?;
    let address = server.local_addr();
    // The keys may be kept elsewhere; then the name is, too.
    let name = organisation.ok().map(|organisation| format!("{} ({})", plain(&organisation.name), organisation.domain));
    context.out.record(&json!({ "listening": address.to_string(), "url": url.as_str() }), || {
        format!(
            "{} is served at {url} (listening on {address}).\n\
             Invite people from another terminal: chancery invite USER{}\n\
             Ctrl-C ends it.",
            name.as_deref().unwrap_or("The organisation"),
            super::init::data_option(&args.data.data),
        )
    })?;
    interrupted().await?;
    context.out.aside("Ending…");
    server.shutdown().await;
    Ok(())
}

/// Resolves on Ctrl-C, and on SIGTERM where there is one.
async fn interrupted() -> Outcome {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate =
            signal(SignalKind::terminate()).map_err(|error| Failure::fault("waiting for SIGTERM", error))?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| Failure::fault("waiting for Ctrl-C", error)),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(|error| Failure::fault("waiting for Ctrl-C", error))
}
