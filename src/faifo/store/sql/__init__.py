"""What every SQL database does alike: tables, the catalog, the log, units of work in groups."""
