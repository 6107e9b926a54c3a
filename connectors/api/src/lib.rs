//! What every connector offers: importer, exporter, capabilities, errors.
