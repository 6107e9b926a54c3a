//! `oab serve`: a published folder over HTTP, as clients fetch it: manifest and files by GET and
//! HEAD, with ETag, conditional requests and ranges (BITS asks for ranges).

mod http;
mod range;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio::net::TcpListener;

use super::print::{json, line};
use super::{OabFailure, folder};
use crate::error::ExitStatus;
use crate::output::Format;

/// Serves a published folder over HTTP, as clients fetch it.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The folder with oab.xml
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub(super) async fn execute(arguments: &ServeArguments, format: Format) -> Result<ExitStatus, OabFailure> {
    let (folder, manifest) = folder::manifest(&arguments.folder)?;
    let failed = |source| OabFailure::Listen { address: arguments.listen.to_string(), source };
    let listener = TcpListener::bind(arguments.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let id = manifest.lists.first().map(|list| list.id.clone()).unwrap_or_default();
    let url = format!("http://{address}/OAB/{id}/");
    if format == Format::Json {
        json(&serde_json::json!({ "url": url, "address": address.to_string() }));
    } else {
        line(&format!("serving {} at {url}", folder.display()));
        line(&format!("the manifest: {url}oab.xml; Ctrl+C ends it"));
    }
    http::serve(listener, folder).await;
    Ok(ExitStatus::Done)
}
