//! LDIF files in, LDIF change records or snapshots out.
