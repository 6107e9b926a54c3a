//! Writing pictures: SVG as it is, PNG drawn from it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use resvg::usvg::{Options, Tree, fontdb};
use resvg::{tiny_skia, usvg};

use super::super::{OabFailure, folder};
use super::arguments::PictureArguments;

/// A picture with the name of its file.
pub(super) struct Picture {
    pub(super) name: &'static str,
    pub(super) svg: String,
}

/// Pixels of a PNG for each unit of the drawing: sharp on a dense screen.
const SCALE: f32 = 2.0;

/// Writes the pictures into the folders that were asked for.
pub(super) fn write(arguments: &PictureArguments, pictures: &[Picture]) -> Result<(), OabFailure> {
    let make = |path: &Path| {
        fs::create_dir_all(path).map_err(|source| OabFailure::Write { path: path.to_owned(), source })
    };
    if let Some(path) = &arguments.svg {
        make(path)?;
        for picture in pictures {
            folder::replace(&path.join(format!("{}.svg", picture.name)), picture.svg.as_bytes())?;
        }
    }
    if let Some(path) = &arguments.png {
        make(path)?;
        let fonts = Arc::new(fonts());
        if fonts.is_empty() {
            let problem = "this machine has no fonts, and the drawing would have no words".to_owned();
            return Err(OabFailure::Picture { path: path.clone(), problem });
        }
        for picture in pictures {
            let path = path.join(format!("{}.png", picture.name));
            let png = draw(&picture.svg, &fonts)
                .map_err(|problem| OabFailure::Picture { path: path.clone(), problem })?;
            folder::replace(&path, &png)?;
        }
    }
    Ok(())
}

/// The machine's fonts, the first of the drawings' own families first.
fn fonts() -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    let families = ["Inter", "Segoe UI", "Helvetica Neue", "Helvetica", "Arial", "DejaVu Sans"];
    let there = |family: &&str| {
        let query = fontdb::Query { families: &[fontdb::Family::Name(family)], ..fontdb::Query::default() };
        fonts.query(&query).is_some()
    };
    let first = fonts.faces().flat_map(|face| &face.families).map(|(name, _)| name.clone()).next();
    let family = families.iter().find(|family| there(family)).map(|family| (*family).to_owned()).or(first);
    if let Some(family) = family {
        fonts.set_sans_serif_family(family);
    }
    fonts
}

fn draw(svg: &str, fonts: &Arc<fontdb::Database>) -> Result<Vec<u8>, String> {
    let options = Options { fontdb: Arc::clone(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or("the picture has no size")?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("the picture is too large")?;
    resvg::render(&tree, usvg::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}
