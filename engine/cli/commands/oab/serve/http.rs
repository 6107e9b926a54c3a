//! The answers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::net::TcpListener;

use super::range::{Asked, asked};

/// Serves files of `folder` until Ctrl+C. The path in front of a file's name is of no importance, as
/// clients come by `/OAB/GUID/`.
pub(super) async fn serve(listener: TcpListener, folder: PathBuf) {
    let router = Router::new()
        .route("/{file}", get(|state, Path(file): Path<String>, headers| answer(state, file, headers)))
        .route(
            "/OAB/{list}/{file}",
            get(|state, Path((_, file)): Path<(String, String)>, headers| answer(state, file, headers)),
        )
        .with_state(Arc::new(folder));
    let stopped = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the server stopped");
    }
}

async fn answer(State(folder): State<Arc<PathBuf>>, name: String, headers: HeaderMap) -> Response {
    // Only files of a book, and only of this folder.
    let known = name.ends_with(".lzx") || name.eq_ignore_ascii_case("oab.xml");
    if !known || name.contains(['/', '\\', ':']) || name.starts_with('.') {
        return StatusCode::NOT_FOUND.into_response();
    }
    match file(&folder.join(&name), &headers).await {
        Ok(response) => response,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::warn!(file = name, %error, "a file cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn file(path: &std::path::Path, headers: &HeaderMap) -> std::io::Result<Response> {
    let mut file = tokio::fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    let length = metadata.len();
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    // Files are replaced whole, so size and time tell one content from another.
    let etag = format!("\"{:x}-{length:x}\"", modified.unwrap_or_default().as_nanos());
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let matches = |value: &str| {
        value.trim() == "*" || value.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    };

    if text(header::IF_NONE_MATCH).is_some_and(matches) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    // A range of a file that has changed since is answered with the whole file.
    let ranged = text(header::IF_RANGE).is_none_or(|value| value.trim() == etag);
    let asked = asked(text(header::RANGE).filter(|_| ranged), length);
    let kind = if path.extension().is_some_and(|extension| extension == "xml") {
        "text/xml"
    } else {
        "application/octet-stream"
    };
    let part = match &asked {
        Asked::Nothing => {
            let headers = [(header::CONTENT_RANGE, format!("bytes */{length}")), (header::ETAG, etag)];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
        Asked::Part(part) => part.clone(),
        Asked::Whole => 0..length,
    };
    file.seek(std::io::SeekFrom::Start(part.start)).await?;
    let size = part.end - part.start;
    let stream = tokio_util::io::ReaderStream::with_capacity(file.take(size), 1 << 16);
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, etag),
    ];
    let body = Body::from_stream(stream);
    Ok(match asked {
        Asked::Part(_) => {
            let range = format!("bytes {}-{}/{length}", part.start, part.end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], headers, body).into_response()
        }
        _ => (headers, body).into_response(),
    })
}
