//! The one way to print. A reader that goes away before the end (`madrigal history | head`) ends the printing and nothing
//! else: what the command does it does to its end, and its exit status is the usual one.

use std::fmt::Arguments;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Prints a line, as `println` does.
macro_rules! say {
    () => { $crate::say::write(format_args!("\n")) };
    ($text:literal $($values:tt)*) => {
        $crate::say::write(format_args!("{}\n", format_args!($text $($values)*)))
    };
}

/// Prints without ending the line, as `print` does.
macro_rules! say_part {
    ($($text:tt)*) => { $crate::say::write(format_args!($($text)*)) };
}

/// Prints a line to standard error.
macro_rules! complain {
    ($($text:tt)*) => { $crate::say::complain(format_args!($($text)*)) };
}

/// What became of standard output: an error ends the printing.
static END: Mutex<Option<io::Error>> = Mutex::new(None);

/// Whether what is printed is for people.
static FOR_PEOPLE: AtomicBool = AtomicBool::new(false);

/// Says that what is printed from now on is for people: nothing in it may change how the rest reads.
pub(crate) fn to_people() {
    FOR_PEOPLE.store(true, Ordering::Relaxed);
}

/// Whether what is printed is for people.
pub(crate) fn is_for_people() -> bool {
    FOR_PEOPLE.load(Ordering::Relaxed)
}

/// Prints, unless an earlier attempt failed.
pub(crate) fn write(text: Arguments<'_>) {
    let _ = write_with(|| {
        // A program gets each value as it is.
        if !is_for_people() {
            return io::stdout().lock().write_fmt(text);
        }
        let mut text = text.to_string();
        if text.contains(is_override) {
            text = text.replace(is_override, "\u{fffd}");
        }
        anstream::stdout().lock().write_all(text.as_bytes())
    });
}

/// Characters that turn the direction of what stands behind them: a name with one could pass for another name.
pub(crate) fn is_override(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Runs something that writes to standard output, unless an earlier attempt failed; whether there is still a reader.
pub(crate) fn write_with(print: impl FnOnce() -> io::Result<()>) -> bool {
    let mut end = END.lock().unwrap_or_else(PoisonError::into_inner);
    if end.is_none() {
        *end = print().err();
    }
    end.is_none()
}

/// Prints a line to standard error; where nobody reads that, there is nobody to tell.
pub(crate) fn complain(text: Arguments<'_>) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Why not everything was printed, where that is not the reader's own wish.
pub(crate) fn failure() -> Option<io::Error> {
    let _ = write_with(|| io::stdout().flush());
    let mut end = END.lock().unwrap_or_else(PoisonError::into_inner);
    end.take().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
}
